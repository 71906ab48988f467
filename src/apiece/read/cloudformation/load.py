"""Template files to trees with the place of every value, within bounds that no file can break."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # there, but not in the stubs

from apiece.errors import MalformedSource
from apiece.json_tree import read_json
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence, Value

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 1_000_000
_MAX_DIGITS = 18
_MOST_DIRECTIVES = 100
_PROBLEMS = {
    "did not find expected ',' or '}'": "expected a comma or a closing brace",
    "did not find expected ',' or ']'": "expected a comma or a closing bracket",
    "did not find expected '-' indicator": "expected an item that begins with a dash",
    "could not find expected ':'": "expected a colon behind a key",
}

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_NULL = frozenset({"", "~", "null"})
_MERGE = "<<"


def load(data: bytes, file: str) -> Node:
    """Parse a YAML or JSON template.

    Short tags become their long form (`!Ref A` is `{"Ref": "A"}`). Raises `MalformedSource` with the place, never
    with the content: a secret may stand there.
    """
    if len(data) > MAX_BYTES:
        msg = f"the file has {len(data):,} bytes; templates of up to {MAX_BYTES:,} bytes are read"
        raise MalformedSource(
            msg, hint="CloudFormation itself refuses templates over 1 MB", span=Span(file, 1, 1, 1, 1)
        )
    text = _decode(data, file)
    try:
        return _yaml(text, file)
    except MalformedSource as error:
        if text.lstrip()[:1] not in {"{", "["} or not error.message.startswith("not valid YAML"):
            raise
        return read_json(text, file, depth=MAX_DEPTH)  # it takes long keys, and says better what is wrong


def _yaml(text: str, file: str) -> Node:
    if text.count("%TAG") > _MOST_DIRECTIVES:  # the parser compares each with every other
        msg = f"not valid YAML: it has more than {_MOST_DIRECTIVES} tag directives"
        raise MalformedSource(msg, span=Span(file, 1, 1, 1, 1))
    try:
        return _Builder(file).build(CParser(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Span(file, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 1) if mark else None
        problem = _PROBLEMS.get(error.problem or "", _unquoted(error.problem or "unreadable"))
        msg = f"not valid YAML: {problem}"
        raise MalformedSource(msg, span=place or Span(file, 1, 1, 1, 1)) from error
    except yaml.YAMLError as error:
        msg = "not valid YAML: it holds a character that YAML does not allow"
        raise MalformedSource(msg, span=Span(file, 1, 1, 1, 1)) from error


def _unquoted(problem: str) -> str:
    """A parser's words without what they quote from the file."""
    return problem.partition("'")[0].partition('"')[0].strip()


def _decode(data: bytes, file: str) -> str:
    """UTF-8, or UTF-16 where a byte order mark says so, as some editors and shells on Windows write."""
    encoding = "utf-16" if is_utf16(data) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        msg = f"not {encoding.removesuffix('-sig').upper()}: byte {error.start} cannot be decoded"
        raise MalformedSource(msg, span=Span(file, line, 1, line, 1)) from error


def lines_of(data: bytes) -> tuple[str, ...]:
    """The lines of a file that `load` could parse."""
    return tuple(data.decode("utf-16" if is_utf16(data) else "utf-8-sig", "replace").splitlines())


def is_utf16(data: bytes) -> bool:
    """Tell whether a file begins with a byte order mark of UTF-16."""
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))


@dataclass
class _Open:
    """A collection whose end has not been seen."""

    tag: str | None
    mapping: bool
    start: tuple[int, int]
    anchor: str | None
    key: Scalar | None = None
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    weight: int = 1


class _Builder:
    """Builds nodes from parser events without recursion."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._stack: list[_Open] = []
        self._root: Node | None = None
        self._weight = 0

    def build(self, parser: CParser) -> Node:
        documents = 0
        while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._error("a template is one document, and this file has several", event)
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close(event)
        if self._root is None:
            raise MalformedSource("the file is empty", span=Span(self._file, 1, 1, 1, 1))
        return self._root

    def _error(self, message: str, event: yaml.Event) -> MalformedSource:
        return MalformedSource(message, span=self._span(event))

    def _span(self, event: yaml.Event) -> Span:
        return Span(self._file, *_place(event.start_mark), *_place(event.end_mark))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        span = self._span(event)
        plain = event.implicit[0] and not event.style  # libyaml says `""` for the plain style, PyYAML says None
        node: Node = Scalar(_plain_value(event.value) if plain else event.value, span)
        if event.tag and event.tag.startswith("!") and event.tag != "!":
            node = _tagged(event.tag, node, span)
        self._add(node, 1, event.anchor, event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise self._error("an alias names an anchor that is not complete before it", event)
        node, weight = self._anchors[event.anchor]
        self._add(node, weight, None, event)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise self._error(f"values are nested more than {MAX_DEPTH} deep", event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        tag = event.tag if event.tag and event.tag.startswith("!") and event.tag != "!" else None
        self._stack.append(_Open(tag, mapping, _place(event.start_mark), event.anchor))

    def _close(self, event: yaml.Event) -> None:
        done = self._stack.pop()
        span = Span(self._file, *done.start, *_place(event.end_mark))
        node: Node = Mapping(tuple(_merged(done.entries)), span) if done.mapping else Sequence(tuple(done.items), span)
        if done.tag is not None:
            node = _tagged(done.tag, node, span)
        self._add(node, done.weight, done.anchor, event)

    def _add(self, node: Node, weight: int, anchor: str | None, event: yaml.Event) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, weight)
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        parent.weight += weight
        if parent.weight > MAX_NODES:
            raise self._error(f"the file expands to more than {MAX_NODES:,} values", event)
        if not parent.mapping:
            parent.items.append(node)
        elif parent.key is None:
            if not isinstance(node, Scalar):
                raise self._error("a key must be a plain text", event)
            parent.key = Scalar("" if node.value is None else _key_text(node, event), node.span)
        else:
            parent.entries.append((parent.key, node))
            parent.key = None


def _key_text(node: Scalar, event: yaml.Event) -> str:
    return event.value if isinstance(event, yaml.ScalarEvent) else str(node.value)


def _plain_value(text: str) -> Value:
    """Read a plain scalar as CloudFormation does; texts that only look like numbers or dates stay texts."""
    lowered = text.lower()
    if lowered in _NULL:
        return None
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS and (digits == "0" or digits[0] != "0"):
        return int(text)
    return text


def _tagged(tag: str, node: Node, span: Span) -> Node:
    name = tag[1:]
    long = name if name in {"Ref", "Condition"} else f"Fn::{name}"
    if name == "GetAtt" and isinstance(node, Scalar):
        first, _, rest = str(node.value).partition(".")
        node = Sequence((Scalar(first, node.span), Scalar(rest, node.span)), node.span)
    return Mapping(((Scalar(long, span), node),), span)


def _merged(entries: list[tuple[Scalar, Node]]) -> list[tuple[Scalar, Node]]:
    """Apply merge keys: what they bring stands first, so that the mapping's own keys win."""
    if not any(key.value == _MERGE for key, _ in entries):
        return entries
    brought: list[tuple[Scalar, Node]] = []
    for key, value in entries:
        if key.value == _MERGE:
            for source in value.items if isinstance(value, Sequence) else (value,):
                brought = [*(source.entries if isinstance(source, Mapping) else ()), *brought]
    own = [(key, value) for key, value in entries if key.value != _MERGE]
    named = {key.value for key, _ in own}
    return [*((key, value) for key, value in brought if key.value not in named), *own]


def is_template(node: Node) -> bool:
    """Tell whether a document is a CloudFormation or SAM template rather than some other YAML or JSON."""
    if not isinstance(node, Mapping):
        return False
    resources = node.get("Resources")
    if not isinstance(resources, Mapping):
        return False
    if node.get("AWSTemplateFormatVersion") is not None or node.get("Transform") is not None:
        return True
    return any(isinstance(item, Mapping) and item.get("Type") is not None for _, item in resources.entries)


def _place(mark: object) -> tuple[int, int]:
    """Line and column from one; every event of a parser has its marks, though its type does not say so."""
    known = cast("yaml.Mark", mark)
    return known.line + 1, known.column + 1
