"""What a raw value names: parameters, resources, imports, and secrets that deployment looks up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apiece.text import MARK, Text, holes, marked, unmarked
from apiece.tree import Mapping, Node, Scalar, Sequence

_SUBSTITUTED = re.compile(r"\$\{([^!${}][^${}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}")

_LOOKED_UP = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):")


def references(node: Node) -> Iterator[str]:
    """Yield the logical names that intrinsic functions inside a value refer to (`Fn::ImportValue NAME` for imports)."""
    stack: list[Node] = [node]
    while stack:
        match stack.pop():
            case Sequence() as sequence:
                stack += reversed(sequence.items)
            case Mapping() as mapping:
                for key, value in mapping.entries:
                    yield from _named(str(key.value), value)
                    stack.append(value)


def _named(function: str, value: Node) -> Iterator[str]:
    match function, value:
        case "Ref", Scalar(value=str(name)):
            yield name
        case "Fn::GetAtt", Sequence(items=(Scalar(value=str(name)), *_)):
            yield name
        case "Fn::GetAtt", Scalar(value=str(text)):
            yield text.partition(".")[0]
        case "Fn::Sub", Scalar(value=str(text)):
            yield from (match.partition(".")[0] for match in _SUBSTITUTED.findall(text))
        case "Fn::Sub", Sequence(items=(Scalar(value=str(text)), *rest)):
            own = {str(key.value) for item in rest if isinstance(item, Mapping) for key, _ in item.entries}
            yield from (name for match in _SUBSTITUTED.findall(text) if (name := match.partition(".")[0]) not in own)
        case "Fn::ImportValue", Scalar(value=str(name)):
            yield f"Fn::ImportValue {name}"
        case "Fn::ImportValue", _:
            yield "Fn::ImportValue"


def dynamic_references(text: str) -> Iterator[tuple[str, str]]:
    """Yield service and reference text of each `{{resolve:service:…}}`."""
    for match in _DYNAMIC.finditer(text):
        yield match.group(1), match.group(0)


def service_of(name: str) -> str | None:
    """The service that a hole made by `split_dynamic` is looked up in, None for any other hole."""
    match = _LOOKED_UP.match(name)
    return match.group(1) if match else None


def split_dynamic(text: Text) -> Iterator[tuple[Text, bool]]:
    """Cut a text into pieces; True marks a dynamic reference, which may name things that are not known themselves."""
    whole = marked(text)
    if whole.count(MARK) != len(holes(text)):  # it holds marks of its own
        yield text, False
        return
    rest = iter(holes(text))
    position = 0
    for match in _DYNAMIC.finditer(whole):
        if match.start() > position:
            yield unmarked(whole[position : match.start()], rest), False
        yield unmarked(match.group(0), rest), True
        position = match.end()
    if position < len(whole):
        yield unmarked(whole[position:], rest), False
