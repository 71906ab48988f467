"""Documents as trees that remember where each value stood.

Every reader of JSON or YAML produces `Node`s; the policy parser and the template resolver read them. Scalars may be
`Symbolic` after a template was resolved. Mappings keep their entries in order and keep duplicate keys, so that whoever
reads them can refuse duplicates with a position.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.span import Span
from apiece.text import Symbolic

Value = str | int | float | bool | None | Symbolic


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value that has no children."""

    value: Value
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """An ordered list."""

    items: tuple[Node, ...]
    span: Span | None = None

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values, in source order, duplicates kept. `get` returns the last, as JSON readers do."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span | None = None

    def get(self, key: str) -> Node | None:
        found: Node | None = None
        for name, node in self.entries:
            if name.value == key:
                found = node
        return found

    def key(self, key: str) -> Scalar | None:
        """Return the key's own scalar, for its span."""
        return next((name for name, _ in self.entries if name.value == key), None)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


Node = Scalar | Sequence | Mapping


def repeated(node: Node, path: str = "") -> Iterator[tuple[str, Scalar]]:
    """Walk the keys that stand a second time in one mapping, each with its path."""
    if isinstance(node, Mapping):
        seen: set[object] = set()
        for key, value in node.entries:
            below = f"{path}.{key.value}" if path else str(key.value)
            if key.value in seen:
                yield below, key
            seen.add(key.value)
            if not isinstance(value, Scalar):
                yield from repeated(value, below)
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if not isinstance(item, Scalar):
                yield from repeated(item, f"{path}[{index}]")


def is_deeper(node: Node, limit: int) -> bool:
    """Tell whether collections stand in each other more than `limit` deep."""
    level: list[Node] = [node]
    for _ in range(limit + 1):
        below: list[Node] = []
        for item in level:
            if isinstance(item, Mapping):
                below += [value for _, value in item.entries]
            elif isinstance(item, Sequence):
                below += item.items
        if not below:
            return False
        level = below
    return True


def from_plain(value: object) -> Node:
    """Make a tree without spans from plain Python data (`dict`, `list`, `str`, numbers, `bool`, `None`, `Symbolic`).

    Raises `TypeError` for anything else.
    """
    match value:
        case dict():
            return Mapping(tuple((Scalar(str(key)), from_plain(item)) for key, item in value.items()))
        case list() | tuple():
            return Sequence(tuple(from_plain(item) for item in value))
        case str() | int() | float() | bool() | None | Symbolic():
            return Scalar(value)
        case _:
            msg = f"cannot make a tree of `{type(value).__name__}`"
            raise TypeError(msg)


def to_plain(node: Node) -> object:
    """Return plain Python data; of duplicate keys the last wins."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [to_plain(item) for item in node.items]
    return {key.value: to_plain(item) for key, item in node.entries}


def unplaced(node: Node) -> Node:
    """Return the same tree without spans, duplicate keys kept: a document inside a text has no places of its own."""
    if isinstance(node, Scalar):
        return Scalar(node.value)
    if isinstance(node, Sequence):
        return Sequence(tuple(unplaced(item) for item in node.items))
    return Mapping(tuple((Scalar(key.value), unplaced(item)) for key, item in node.entries))
