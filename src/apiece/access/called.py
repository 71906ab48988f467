"""Things of an estate called by name: what to say where a name fits none of them, or several."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from apiece.errors import UsageError

_MOST_NAMES = 12
_MOST_SHOWN = 5


def refuse_several(name: str, keys: Iterable[str]) -> None:
    """Raise `UsageError` where a name fits several things, given by their keys."""
    found = sorted(set(keys))
    if len(found) > 1:
        message = f"`{name[:80]}` names {len(found)} things"
        raise UsageError(message, hint="they are " + ", ".join(found[:_MOST_SHOWN]))


def instead(name: str, names: Sequence[str], kind: str) -> str:
    """Say which name may have been meant, or which there are. `kind` is what is looked for, in the plural."""
    if not names:
        return f"the source holds no {kind}"
    if near := difflib.get_close_matches(name[:200], names, n=1):
        return f"did you mean `{near[0]}`?"
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return "there are " + ", ".join(names[:_MOST_NAMES]) + more
