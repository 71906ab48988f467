"""Small questions about resolved values: as text, as number, in pieces; what cannot be told is None."""

from __future__ import annotations

import ipaddress

from apiece.read.cloudformation.terms import RNode
from apiece.span import Span
from apiece.text import Hole, Symbolic, Text, join, show
from apiece.tree import Mapping, Node, Scalar, Sequence


def length_of(part: str | Hole) -> int:
    """How long a part is, a hole counted by its name."""
    return len(part) if isinstance(part, str) else len(part.name)


def placed_at(name: str, span: Span | None) -> str:
    """Name an expression by its place: its text may hold what must not be stored."""
    return f"{name}@{span.line}:{span.column}" if span is not None else name


def is_function(name: str) -> bool:
    """Tell whether a key is the name of an intrinsic function."""
    return name == "Ref" or name.startswith("Fn::")


def text_of(node: RNode | None) -> Text | None:
    """A scalar as text, numbers and truth values as templates write them."""
    match node:
        case Scalar(value=bool(flag)):
            return "true" if flag else "false"
        case Scalar(value=int() | float() as number):
            return str(number)
        case Scalar(value=str() | Symbolic() as text):
            return text
        case _:
            return None


def literal_of(node: RNode) -> str | None:
    """A text of which every part is known."""
    text = text_of(node)
    return text if isinstance(text, str) else None


def integer_of(node: RNode) -> int | None:
    """A small whole number."""
    text = literal_of(node)
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004


def rows_of(node: RNode | None, key: Text | None) -> list[Node]:
    """The entries that a key selects: one for a known key, all for a key that is not known."""
    if not isinstance(node, Mapping):
        return []
    if isinstance(key, str):
        found = node.get(key)
        return [found] if found is not None else []
    return [value for _, value in node.entries]


def cut(text: Text, separator: str) -> list[Text]:
    """Split a text at every separator that can be seen; a hole is never cut."""
    pieces: list[list[str | Hole]] = [[]]
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            pieces[-1].append(part)
            continue
        first, *rest = part.split(separator)
        pieces[-1].append(first)
        pieces += [[piece] for piece in rest]
    return [join(piece) for piece in pieces]


def subnets_of(block: str, count: int, bits: int) -> list[str] | None:
    """Cut an address block into blocks of `bits` host bits, the first `count` of them."""
    try:
        network = ipaddress.ip_network(block, strict=False)
        blocks = network.subnets(new_prefix=network.max_prefixlen - bits)
        return [str(subnet) for subnet, _ in zip(blocks, range(count), strict=False)]
    except ValueError:
        return None


def spelled(node: RNode | None) -> str:
    """A value for the name of a hole."""
    match node:
        case Scalar(value=Symbolic() as text):
            return show(text)
        case Scalar():
            return str(node.value)
        case Sequence():
            return "[" + ", ".join(spelled(item) for item in node.items[:8]) + "]"
        case _:
            return "…"


def has_holes(node: RNode) -> bool:
    """Tell whether some text inside is not known."""
    stack: list[RNode] = [node]
    while stack:
        match stack.pop():
            case Scalar(value=Symbolic()):
                return True
            case Mapping() as mapping:
                stack += [value for _, value in mapping.entries]
            case Sequence() as sequence:
                stack += sequence.items
    return False
