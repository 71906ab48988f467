"""All controls, found by walking the package: a new file is a new control."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

import apiece.controls as package
from apiece.controls.control import Control
from apiece.errors import UsageError


@cache
def all_controls() -> tuple[Control, ...]:
    """Return every control, ordered by id."""
    found: dict[str, Control] = {}
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.ispkg:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Control):
                found[value.id] = value
    return tuple(found[name] for name in sorted(found))


def usual_controls() -> tuple[Control, ...]:
    """Return those that run where nobody says which."""
    return tuple(control for control in all_controls() if control.by_default)


def control_named(name: str) -> Control:
    """Return one control. Raises `UsageError` with the nearest id for a name that does not exist."""
    by_id = {control.id: control for control in all_controls()}
    if name in by_id:
        return by_id[name]
    near = difflib.get_close_matches(name, by_id, n=1)
    msg = f"no control is called `{name[:80]}`"
    raise UsageError(msg, hint=f"did you mean `{near[0]}`?" if near else "`apiece controls` lists them all")
