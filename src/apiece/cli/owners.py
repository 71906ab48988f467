"""`[owners]` of the settings."""

from __future__ import annotations

import difflib

from apiece.errors import ConfigError
from apiece.records.owners import Owners
from apiece.span import Span

_TABLES = ("names", "stacks", "controls")
_KEYS = (*_TABLES, "tags")


def owners_of(value: object, file: str) -> Owners | None:
    """Read the table; None where there is none. Raises `ConfigError` for anything else than its schema."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _refused("`owners` must be a table", file)
    for key in value:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "settings of `[owners]` are " + ", ".join(_KEYS)
            raise _refused(f"`{str(key)[:60]}` is not a setting of `[owners]`", file, hint)
    tables = {name: _pairs(value.get(name, {}), name, file) for name in _TABLES}
    tags = value.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag for tag in tags):
        raise _refused("`owners.tags` must be a list of texts", file)
    made = Owners(tags=tuple(tags), **tables)
    if made == Owners():
        raise _refused("`[owners]` names nobody", file, "state `tags`, `names`, `stacks` or `controls`")
    _known_controls(made, file)
    return made


def _pairs(value: object, name: str, file: str) -> tuple[tuple[str, str], ...]:
    if isinstance(value, dict) and all(isinstance(owner, str) and owner.strip() for owner in value.values()):
        return tuple((str(pattern), owner) for pattern, owner in value.items())
    raise _refused(f"`owners.{name}` must be a table of texts", file)


def _known_controls(owners: Owners, file: str) -> None:
    if not owners.controls:
        return
    from apiece.controls.registry import all_controls

    known = [control.id for control in all_controls()]
    for name, _ in owners.controls:
        if name != "*" and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "`apiece controls` lists them all"
            raise _refused(f"no control is called `{name[:80]}`", file, hint)


def _refused(message: str, file: str, hint: str | None = None) -> ConfigError:
    return ConfigError(message, span=Span(file, 1, 1, 1, 1), hint=hint)
