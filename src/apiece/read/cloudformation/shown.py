"""Which parts of a template may be shown to a person, and which texts must never be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.estate.seal import Sealed, judge, seal
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence

_CONFINED = frozenset({
    "ZipFile", "SecretString", "InlineCode", "UserData", "Variables", "Default", "Description", "Metadata",
})  # fmt: skip
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """Spans of keys and scalars that an excerpt may show and of those it hides, in source order, and the secrets."""

    visible: tuple[Span, ...]
    hidden: tuple[Span, ...]
    secrets: frozenset[str]


def shown(root: Mapping) -> Shown:
    """Judge every key and scalar of a document. An aliased scalar is hidden if one of its places hides it."""
    visible: set[Span] = set()
    hidden: set[Span] = set()
    secrets: set[str] = set()
    names = frozenset(_names(root))
    for span, name, text, confined in _walk(root, "", confined=False):
        hits = judge(name, text)
        if hits and len(text) >= _SHORTEST_SECRET:
            secrets.add(text)
        if not hits and not (confined and isinstance(seal(text, known_names=names), Sealed)):
            visible.add(span)
        else:
            hidden.add(span)
    return Shown(tuple(sorted(visible - hidden)), tuple(sorted(hidden)), frozenset(secrets))


def _names(root: Mapping) -> Iterator[str]:
    for section in ("Parameters", "Resources", "Conditions", "Mappings"):
        block = root.get(section)
        for key, _ in block.entries if isinstance(block, Mapping) else ():
            yield str(key.value)


def _walk(node: Node, name: str, *, confined: bool) -> Iterator[tuple[Span, str, str, bool]]:
    """Yield place, name, text, and whether the text stands where only harmless values may be shown."""
    match node:
        case Mapping():
            for key, value in node.entries:
                label = str(key.value)
                if key.span is not None:
                    yield key.span, "", label, False
                yield from _walk(value, label, confined=confined or label in _CONFINED)
        case Sequence():
            for item in node.items:
                yield from _walk(item, name, confined=confined)
        case Scalar() if node.span is not None:
            yield node.span, name, str(node.value), confined
