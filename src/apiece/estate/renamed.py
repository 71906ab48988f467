"""An estate whose stacks are called otherwise, so that two readings of one source speak of the same things.

A thing from a template is known by the file that it stands in. Read again from another folder it has another name, and
so has every value that exists only after deployment. Places keep the real file.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec

from apiece.estate.estate import Estate
from apiece.estate.subject import Subject
from apiece.text import Hole

Rename = Callable[[str], str]


def renamed(estate: Estate, rename: Rename) -> Estate:
    """Call every stack otherwise, in subjects, conditions and values that exist only after deployment."""
    found: Estate = _Renaming(rename).struct(estate)  # type: ignore[assignment]  # the same kind comes back
    return found


def below(targets: tuple[str, ...]) -> Rename:
    """Names relative to the targets of a reading; a single file has none."""

    def rename(name: str) -> str:
        for target in targets:
            folder = target.rstrip("/") + "/"
            if name.startswith(folder):
                return name.removeprefix(folder)
            if name == target or name.startswith((f"{target}#", f"{target}.")):
                return ("" if len(targets) == 1 else name.rpartition("/")[2]) + name.removeprefix(target)
        return name

    return rename


class _Renaming:
    def __init__(self, rename: Rename) -> None:
        self._rename = rename

    def value(self, value: object) -> object:
        match value:
            case Hole() if value.stack:
                return dataclasses.replace(value, stack=self._rename(value.stack))
            case Subject() if value.stack is not None:
                return msgspec.structs.replace(value, stack=self._rename(value.stack))
            case (str(name), bool(chosen)) if "#" in name:
                return (self._rename(name), chosen)
            case msgspec.Struct():
                return self.struct(value)
            case tuple():
                made = tuple(map(self.value, value))
                return value if all(new is old for new, old in zip(made, value, strict=True)) else made
            case dict():
                return {key: self.value(item) for key, item in value.items()}
            case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
                fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
                changed = {name: new for name, old in fields.items() if (new := self.value(old)) is not old}
                return dataclasses.replace(value, **changed) if changed else value
            case _:
                return value

    def struct(self, value: msgspec.Struct) -> msgspec.Struct:
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: new for name, old in fields.items() if (new := self.value(old)) is not old}
        return msgspec.structs.replace(value, **changed) if changed else value
