"""What a raw value names: parameters, resources, imports, and secrets that deployment looks up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apiece.text import MARK, Hole, HoleKind, Symbolic, Text, holes, join, marked, show, unmarked
from apiece.tree import Mapping, Node, Scalar, Sequence

_SUBSTITUTED = re.compile(r"\$\{([^!${}][^${}]*)\}")
# Fields that Secrets Manager's secrets for databases hold beside the password.
_BESIDE_THE_SECRET = frozenset(
    {
        "username", "user", "host", "hostname", "port", "dbname", "database", "engine", "dbinstanceidentifier",
        "dbclusteridentifier", "endpoint", "region",
    }
)  # fmt: skip
_DYNAMIC = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}")


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


def service_of(reference: str) -> str | None:
    """The service that a dynamic reference asks, None for a text that is none."""
    head, _, rest = reference.partition(":")
    return rest.partition(":")[0] if head == "{{resolve" else None


def is_secret_reference(reference: str) -> bool:
    """Tell whether a dynamic reference fetches a credential: a secret, but not the fields that say what it is for."""
    service = service_of(reference)
    field = reference.partition(":SecretString:")[2].rstrip("}").partition(":")[0]
    return service in {"secretsmanager", "ssm-secure"} and field.lower() not in _BESIDE_THE_SECRET


def with_dynamic(text: Text, stack: str) -> Text:
    """Put a hole where a dynamic reference stands, also one that was composed of parts not known before deployment."""
    flat = marked(text)
    if "{{resolve:" not in flat or flat.count(MARK) != len(holes(text)):  # it holds marks of its own
        return text
    unknown = iter(holes(text))
    pieces: list[str | Hole | Symbolic] = []
    position = 0
    for match in _DYNAMIC.finditer(flat):
        pieces.append(unmarked(flat[position : match.start()], unknown))
        reference = show(unmarked(match.group(0), unknown))
        pieces.append(Hole(reference, HoleKind.ANY, stack, "it is looked up at deployment"))
        position = match.end()
    return join((*pieces, unmarked(flat[position:], unknown)))
