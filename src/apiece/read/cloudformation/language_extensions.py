"""`AWS::LanguageExtensions`: `Fn::ForEach` written out before anything else is read.

The other functions of the transform (`Fn::Length`, `Fn::ToJsonString`, `DefaultValue` in `Fn::FindInMap`) are
evaluated like every intrinsic function.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from apiece.read.cloudformation.parameters import Parameter, read_parameters
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence

TRANSFORM = "AWS::LanguageExtensions"
_LOOP = "Fn::ForEach::"
_MOST_NODES = 200_000
_MOST_CHARACTERS = 20_000_000
_DEEPEST = 120


@dataclass(frozen=True, slots=True)
class LoopGap:
    """A loop that could not be written out."""

    path: str
    reason: str
    span: Span | None


@dataclass
class _Work:
    parameters: Dictionary[str, Parameter]
    mappings: Node | None
    gaps: list[LoopGap] = field(default_factory=list)
    written: int = 0
    characters: int = 0

    @property
    def spent(self) -> bool:
        return self.written > _MOST_NODES or self.characters > _MOST_CHARACTERS

    def put(self, text: str, bound: dict[str, str]) -> str:
        """Put bound values into a text; nothing where that would write too much."""
        for identifier, value in bound.items():
            plain = "".join(char for char in value if char.isascii() and char.isalnum())
            for mark, word in (("${" + identifier + "}", value), ("&{" + identifier + "}", plain)):
                times = text.count(mark)
                self.characters += len(text) + times * len(word) if times else 0
                if self.spent:
                    return ""
                text = text.replace(mark, word)
        return text


def expand(root: Mapping, *, parameters: Dictionary[str, str]) -> tuple[Mapping, tuple[LoopGap, ...]]:
    """Write out every loop of a template. A loop over a list that is not known is left out and becomes a gap."""
    work = _Work(read_parameters(root.get("Parameters"), parameters), root.get("Mappings"))
    expanded = _written(root, {}, work, 0)
    if work.spent:
        return root, (*work.gaps, LoopGap("Fn::ForEach", "loops write out too many values", root.span))
    return (expanded if isinstance(expanded, Mapping) else root), tuple(work.gaps)


def _written(node: Node, bound: dict[str, str], work: _Work, depth: int) -> Node:
    work.written += 1
    if work.spent or depth > _DEEPEST:
        return Scalar(None, node.span)
    match node:
        case Mapping(entries=((Scalar(value="Ref"), Scalar(value=str(name))),)) if name in bound:
            return Scalar(bound[name], node.span)
        case Mapping():
            return Mapping(tuple(_entries(node, bound, work, depth)), node.span)
        case Sequence():
            return Sequence(tuple(_written(item, bound, work, depth + 1) for item in node.items), node.span)
        case Scalar(value=str(text)) if bound:
            return Scalar(work.put(text, bound), node.span)
        case _:
            return node


def _entries(node: Mapping, bound: dict[str, str], work: _Work, depth: int) -> Iterator[tuple[Scalar, Node]]:
    for key, value in node.entries:
        name = str(key.value)
        if name.startswith(_LOOP):
            yield from _loop(key, value, bound, work, depth)
        else:
            label = Scalar(work.put(name, bound), key.span) if bound else key
            yield label, _written(value, bound, work, depth + 1)


def _loop(key: Scalar, value: Node, bound: dict[str, str], work: _Work, depth: int) -> Iterator[tuple[Scalar, Node]]:
    match value:
        case Sequence(items=(Scalar(value=str(identifier)), collection, Mapping() as body)):
            texts = _collection(collection, bound, work)
        case _:
            work.gaps.append(LoopGap(str(key.value), "a loop needs a name, a list and an object", key.span))
            return
    if texts is None:
        work.gaps.append(LoopGap(str(key.value), "the list that the loop walks is not known", collection.span))
        return
    for text in texts:
        work.written += 1
        if work.spent:
            return
        yield from _entries(body, {**bound, identifier: text}, work, depth + 1)


def _collection(node: Node, bound: dict[str, str], work: _Work) -> list[str] | None:
    match node:
        case Sequence():
            texts: list[str] = []
            for item in node.items:
                inner = _written(item, bound, work, 0)
                if isinstance(inner, Scalar) and inner.value is not None:
                    texts.append(str(inner.value))
                    continue
                several = _collection(inner, bound, work)
                if several is None:
                    return None
                texts += several
            return texts
        case Mapping(entries=((Scalar(value="Ref"), Scalar(value=str(name))),)):
            parameter = work.parameters.get(name)
            if parameter is None or parameter.value is None:
                return None
            return [item.strip() for item in parameter.value.split(",")]
        case Mapping(entries=((Scalar(value="Fn::FindInMap"), Sequence(items=(first, second, third, *_))),)):
            return _mapped((first, second, third), bound, work)
        case _:
            return None


def _mapped(route: tuple[Node, Node, Node], bound: dict[str, str], work: _Work) -> list[str] | None:
    node = work.mappings
    for step in route:
        label = _written(step, bound, work, 0)
        if not isinstance(node, Mapping) or not isinstance(label, Scalar) or not isinstance(label.value, str):
            return None
        node = node.get(label.value)
    return _collection(node, bound, work) if isinstance(node, Sequence) else None
