"""Parameters of a template: what is known of the values they may take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]  # there, but not in the stubs
from re import _parser as parser  # type: ignore[attr-defined]
from typing import cast

from apiece.span import Span
from apiece.text import Hole, HoleKind
from apiece.tree import Mapping, Node, Scalar, Sequence

_AWS_NAMES = re.compile(r"(?:List<)?AWS::(?:EC2|Route53)::[A-Za-z:]+>?")
_LONGEST_PATTERN = 500


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `default` is the text as written: it may be a secret, never show it.

    `given` is the value from outside; `allowed` is empty where any value is allowed.
    """

    name: str
    type: str
    no_echo: bool
    default: str | None
    given: str | None
    allowed: tuple[str, ...]
    pattern: str | None
    span: Span | None

    @property
    def value(self) -> str | None:
        """The value to use: the given one, else the default."""
        return self.given if self.given is not None else self.default

    @property
    def is_list(self) -> bool:
        return self.type == "CommaDelimitedList" or self.type.startswith("List<")

    @property
    def from_parameter_store(self) -> bool:
        """The value is the *name* of a Systems Manager parameter whose value is used."""
        return self.type.startswith("AWS::SSM::Parameter::Value<")

    def hole(self, stack: str) -> Hole:
        """What stands for the parameter where it has no value here."""
        if self.from_parameter_store:
            return Hole(self.name, HoleKind.ANY, stack, f"parameter `{self.name}` is read from Parameter Store")
        return Hole(self.name, self._kind(), stack, "" if self._kind() is not HoleKind.ANY else self._why())

    def _why(self) -> str:
        return f"parameter `{self.name}` has no default"

    def _kind(self) -> HoleKind:
        if self.type == "Number" or _AWS_NAMES.fullmatch(self.type):
            return HoleKind.NAME
        if self.allowed:
            return _kind_of(set("".join(self.allowed)))
        if self.pattern is not None and len(self.pattern) <= _LONGEST_PATTERN:
            admitted = frozenset(char for char in "*?:/" if may_match(self.pattern, char))
            return _kind_of(set(admitted))
        return HoleKind.ANY


def _kind_of(characters: set[str]) -> HoleKind:
    if characters & {"*", "?"}:
        return HoleKind.ANY
    return HoleKind.LITERAL if characters & {":", "/"} else HoleKind.NAME


def may_match(pattern: str, char: str) -> bool:
    """Tell whether any text that a regular expression matches could hold a character; yes where it cannot be told."""
    try:
        parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return True
    return any(_admits(code, argument, char) for code, argument in _nodes(parsed))


def _nodes(parsed: object) -> Iterator[tuple[object, object]]:
    stack: list[object] = [parsed]
    while stack:
        item = stack.pop()
        if isinstance(item, parser.SubPattern):
            stack += list(item)
        elif isinstance(item, tuple) and len(item) == 2 and item[0] is not codes.IN:  # noqa: PLR2004
            yield item
            stack.append(item[1])
        elif isinstance(item, list | tuple):
            if item and item[0] is codes.IN:
                yield item  # type: ignore[misc]
            else:
                stack += list(item)


def _admits(code: object, argument: object, char: str) -> bool:
    match code:
        case codes.LITERAL:
            return argument == ord(char)
        case codes.NOT_LITERAL:
            return argument != ord(char)
        case codes.ANY:
            return True
        case codes.IN:
            return _class_admits(argument, char)  # type: ignore[arg-type]
        case codes.CATEGORY:
            return "NOT" in str(argument)
        case codes.GROUPREF | codes.GROUPREF_EXISTS:
            return True
        case _:
            return False


def _class_admits(items: list[tuple[object, object]], char: str) -> bool:
    negated = bool(items) and items[0][0] is codes.NEGATE
    found = False
    for code, argument in items:
        match code:
            case codes.LITERAL:
                found = found or argument == ord(char)
            case codes.RANGE:
                low, high = cast("tuple[int, int]", argument)
                found = found or low <= ord(char) <= high
            case codes.CATEGORY:
                found = found or "NOT" in str(argument)
    return found is not negated


def read_parameters(block: Node | None, given: Dictionary[str, str]) -> dict[str, Parameter]:
    """Read the `Parameters` section."""
    found = {}
    for key, body in block.entries if isinstance(block, Mapping) else ():
        name = str(key.value)
        entry = body if isinstance(body, Mapping) else Mapping(())
        allowed = entry.get("AllowedValues")
        found[name] = Parameter(
            name=name,
            type=_text(entry.get("Type")) or "String",
            no_echo=(_text(entry.get("NoEcho")) or "").lower() == "true",
            default=_default(entry.get("Default")),
            given=given.get(name),
            allowed=tuple(_text(item) or "" for item in allowed.items) if isinstance(allowed, Sequence) else (),
            pattern=_text(entry.get("AllowedPattern")),
            span=key.span,
        )
    return found


def _default(node: Node | None) -> str | None:
    if isinstance(node, Sequence):
        return ",".join(_text(item) or "" for item in node.items)
    return _text(node)


def _text(node: Node | None) -> str | None:
    if not isinstance(node, Scalar) or node.value is None:
        return "" if isinstance(node, Scalar) else None
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return str(node.value)
