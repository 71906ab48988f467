"""JSON text to a tree with the place of every value."""

from __future__ import annotations

import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]  # there, but not in the stubs
from math import isinf

from apiece.errors import MalformedSource
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence

MAX_DEPTH = 200
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_LONGEST_NUMBER = 300
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(text: str, file: str, *, depth: int = MAX_DEPTH) -> Node:
    """Parse JSON (RFC 8259) with at most `depth` collections in each other.

    Raises `MalformedSource` with the place, never with the content.
    """
    return _Reader(text.removeprefix("\ufeff"), file, depth).read()


class _Reader:
    def __init__(self, text: str, file: str, depth: int) -> None:
        self._text = text
        self._file = file
        self._deepest = depth
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def read(self) -> Node:
        node, end = self._value(self._skip(0), 0)
        end = self._skip(end)
        if end != len(self._text):
            raise self._error("expected the end of the document", end)
        return node

    def _place(self, index: int) -> tuple[int, int]:
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def _span(self, start: int, end: int) -> Span:
        return Span(self._file, *self._place(start), *self._place(end))

    def _error(self, message: str, index: int) -> MalformedSource:
        return MalformedSource(f"not valid JSON: {message}", span=self._span(index, index))

    def _skip(self, index: int) -> int:
        match = _SPACE.match(self._text, index)
        return match.end() if match else index

    def _value(self, index: int, depth: int) -> tuple[Node, int]:
        match self._text[index : index + 1]:
            case "{" | "[" if depth >= self._deepest:
                msg = f"values are nested more than {self._deepest} deep"
                raise MalformedSource(msg, span=self._span(index, index))
            case "{":
                return self._object(index, depth)
            case "[":
                return self._array(index, depth)
            case '"':
                value, end = self._string(index)
                return Scalar(value, self._span(index, end)), end
            case _:
                return self._atom(index)

    def _string(self, index: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self._text, index + 1)
        except ValueError as error:
            raise self._error("a text is not closed, or holds a control character or a bad escape", index) from error
        if not value.isascii() and _SURROGATE.search(value):
            raise self._error("a text holds half a surrogate pair, which is no character", index)
        return value, end

    def _atom(self, index: int) -> tuple[Node, int]:
        for word, value in _WORDS.items():
            if self._text.startswith(word, index):
                return Scalar(value, self._span(index, index + len(word))), index + len(word)
        match = _NUMBER.match(self._text, index)
        if match is None:
            raise self._error("expected a value", index)
        if match.end() - index > _LONGEST_NUMBER:
            msg = f"a number is longer than {_LONGEST_NUMBER} characters"
            raise self._error(msg, index)
        whole = match.group(2) is None and match.group(3) is None
        number = int(match.group()) if whole else float(match.group())
        if isinf(number):
            raise self._error("a number is too large", index)
        return Scalar(number, self._span(index, match.end())), match.end()

    def _object(self, start: int, depth: int) -> tuple[Node, int]:
        entries: list[tuple[Scalar, Node]] = []
        index = self._skip(start + 1)
        if self._text[index : index + 1] == "}":
            return Mapping((), self._span(start, index + 1)), index + 1
        while True:
            if self._text[index : index + 1] != '"':
                raise self._error("expected a key in double quotes", index)
            name, end = self._string(index)
            key = Scalar(name, self._span(index, end))
            index = self._skip(end)
            if self._text[index : index + 1] != ":":
                raise self._error("expected `:`", index)
            node, end = self._value(self._skip(index + 1), depth + 1)
            entries.append((key, node))
            index = self._skip(end)
            match self._text[index : index + 1]:
                case ",":
                    index = self._skip(index + 1)
                case "}":
                    return Mapping(tuple(entries), self._span(start, index + 1)), index + 1
                case _:
                    raise self._error("expected `,` or `}`", index)

    def _array(self, start: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        index = self._skip(start + 1)
        if self._text[index : index + 1] == "]":
            return Sequence((), self._span(start, index + 1)), index + 1
        while True:
            node, end = self._value(index, depth + 1)
            items.append(node)
            index = self._skip(end)
            match self._text[index : index + 1]:
                case ",":
                    index = self._skip(index + 1)
                case "]":
                    return Sequence(tuple(items), self._span(start, index + 1)), index + 1
                case _:
                    raise self._error("expected `,` or `]`", index)
