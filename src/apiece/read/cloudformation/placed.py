"""Plain Python values that remember their place while foreign code moves them about."""

from __future__ import annotations

from typing import TypeAlias

from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence, Value

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"


class PlacedStr(str):
    """A text with its place; copying keeps both."""

    __slots__ = ("span",)
    span: Span | None

    def __deepcopy__(self, memo: object) -> PlacedStr:
        return self

    def __copy__(self) -> PlacedStr:
        return self


class PlacedDict(dict):  # type: ignore[type-arg]
    """An object with its place; copies keep it."""

    __slots__ = ("span",)
    span: Span | None

    def __deepcopy__(self, memo: dict[int, object]) -> PlacedDict:
        made = PlacedDict((key, _copied(value)) for key, value in self.items())
        made.span = self.span
        return made


class PlacedList(list):  # type: ignore[type-arg]
    """A list with its place; copies keep it."""

    __slots__ = ("span",)
    span: Span | None

    def __deepcopy__(self, memo: dict[int, object]) -> PlacedList:
        made = PlacedList(_copied(value) for value in self)
        made.span = self.span
        return made


def _copied(value: object) -> object:
    """Copy what foreign code may have put into a placed collection. Depth is bounded by the loader."""
    match value:
        case PlacedDict() | PlacedList():
            return value.__deepcopy__({})
        case dict():
            return {key: _copied(item) for key, item in value.items()}
        case list():
            return [_copied(item) for item in value]
        case _:
            return value


def placed(node: Node) -> Plain:
    """Turn a tree into plain values that keep their places. Of duplicate keys the last wins."""
    match node:
        case Mapping():
            made = PlacedDict((placed_text(str(key.value), key.span), placed(value)) for key, value in node.entries)
            made.span = node.span
            return made
        case Sequence():
            items = PlacedList(placed(item) for item in node.items)
            items.span = node.span
            return items
        case Scalar(value=str(text)):
            return placed_text(text, node.span)
        case Scalar():
            return node.value  # type: ignore[return-value]


def placed_text(text: str, span: Span | None) -> PlacedStr:
    """Make a text with a place."""
    made = PlacedStr(text)
    made.span = span
    return made


def unplaced(value: object, around: Span | None) -> Node:
    """Turn plain values back into a tree; what has no place of its own takes that of what holds it."""
    span = getattr(value, "span", None) or around
    match value:
        case dict():
            return Mapping(
                tuple(
                    (
                        Scalar(str(key), getattr(key, "span", None) or span),
                        unplaced(item, getattr(key, "span", None) or span),
                    )
                    for key, item in value.items()
                ),
                span,
            )
        case list() | tuple():
            return Sequence(tuple(unplaced(item, span) for item in value), span)
        case str():
            return Scalar(str(value), span)
        case _:
            return Scalar(_scalar(value), span)


def _scalar(value: object) -> Value:
    return value if isinstance(value, int | float | bool) or value is None else str(value)
