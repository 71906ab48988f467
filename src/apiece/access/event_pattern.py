"""EventBridge event patterns: whether a rule's pattern matches an event, by the published rules.

Source: Amazon EventBridge user guide, "Creating Amazon EventBridge event patterns" and "Comparison operators". What is
not described there is not judged.
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from apiece.access.kleene import every, negated, some

Event = Mapping[str, object]
_MISSING = object()
_DEEPEST = 50
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class _Number(str):
    """A number as it was spelled: patterns compare exact values by their text, so `300` is not `300.0`."""

    __slots__ = ()


def matches(pattern: str, event: Event) -> bool | None:
    """Tell whether a pattern, as JSON text, matches an event; None where that cannot be told."""
    tree = _tree(pattern)
    return _object(tree, event, 0) if tree else None


@lru_cache(maxsize=4096)
def _tree(pattern: str) -> Mapping[str, object] | None:
    try:
        tree = json.loads(pattern, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _object(pattern: Mapping[str, object], event: Event, depth: int) -> bool | None:
    if depth > _DEEPEST:
        return None
    return every(_field(name, wanted, event, depth) for name, wanted in pattern.items())


def _field(name: str, wanted: object, event: Event, depth: int) -> bool | None:
    if name == "$or" and isinstance(wanted, list):
        return some(_object(one, event, depth + 1) if isinstance(one, dict) else None for one in wanted)
    value = event.get(name, _MISSING)
    match wanted:
        case dict():
            return some(_object(wanted, inner, depth + 1) for inner in _objects(value))
        case list() if wanted:
            found = list(_leaves(value))
            return some(_matcher(matcher, found) for matcher in wanted)
        case _:
            return None  # AWS takes only lists and objects


def _objects(value: object) -> Iterator[Event]:
    """Objects that a nested pattern is held against: each one of a list by itself; a missing one is empty."""
    match value:
        case dict():
            yield value
        case list() if any(isinstance(item, dict) for item in value):
            yield from (item for item in value if isinstance(item, dict))
        case _:
            yield {}


def _leaves(value: object) -> Iterator[object]:
    """Plain values: one, or those of a list. An object is none: patterns look at leaves."""
    match value:
        case list():
            for item in value:
                yield from _leaves(item)
        case dict():
            return
        case _ if value is not _MISSING:
            yield value


def _matcher(matcher: object, found: list[object]) -> bool | None:
    match matcher:
        case {"exists": bool() as wanted, **rest} if not rest:
            return bool(found) is wanted
        case dict() if len(matcher) == 1:
            ((name, operand),) = matcher.items()
            return some(_operator(name, operand, value) for value in found) if name in _OPERATORS else None
        case dict() | list():
            return None
        case _:
            return any(_same(matcher, value) for value in found)


def _same(wanted: object, value: object) -> bool:
    if isinstance(wanted, _Number):
        return isinstance(value, int | float) and not isinstance(value, bool) and json.dumps(value) == str(wanted)
    return type(wanted) is type(value) and wanted == value


def _operator(name: str, operand: object, value: object) -> bool | None:
    return _OPERATORS[name](operand, value)


def _affix(holds: Callable[[str, str], bool]) -> Callable[[object, object], bool | None]:
    def judge(operand: object, value: object) -> bool | None:
        match operand:
            case {"equals-ignore-case": str() as text, **rest} if not rest:
                return isinstance(value, str) and holds(value.casefold(), text.casefold())
            case str() if not isinstance(operand, _Number):
                return isinstance(value, str) and holds(value, operand)
            case _:
                return None

    return judge


def _ignoring_case(operand: object, value: object) -> bool | None:
    if not isinstance(operand, str) or isinstance(operand, _Number):
        return None
    return isinstance(value, str) and value.casefold() == operand.casefold()


def _wildcard(operand: object, value: object) -> bool | None:
    if not isinstance(operand, str) or isinstance(operand, _Number):
        return None
    return isinstance(value, str) and _glob(operand).fullmatch(value) is not None


def _glob(text: str) -> re.Pattern[str]:
    r"""`*` is any text, `\*` a star, `\\` a backslash."""
    parts = re.findall(r"\\[*\\]|.", text, re.DOTALL)
    spelled = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    return re.compile(re.sub(r"(?:\.\*)+", ".*", spelled), re.DOTALL)


def _numeric(operand: object, value: object) -> bool | None:
    if not isinstance(operand, list) or not operand or len(operand) % 2:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    if any(sign not in _COMPARED or not isinstance(bound, _Number) for sign, bound in pairs):
        return None
    return all(_COMPARED[sign](value, float(bound)) for sign, bound in pairs)


def _cidr(operand: object, value: object) -> bool | None:
    try:
        network = ipaddress.ip_network(str(operand), strict=False)
    except ValueError:
        return None
    try:
        address = ipaddress.ip_address(str(value))
    except ValueError:
        return False
    return address.version == network.version and address in network


def _anything_but(operand: object, value: object) -> bool | None:
    """Anything but a value, any of several, or what one operator matches."""
    match operand:
        case dict() if len(operand) == 1:
            ((name, inner),) = operand.items()
            if name not in {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
                return None
            listed = inner if isinstance(inner, list) else [inner]
            return negated(some(_operator(name, one, value) for one in listed))
        case dict():
            return None
        case list():
            return not any(_same(one, value) for one in operand)
        case _:
            return not _same(operand, value)


_OPERATORS: Mapping[str, Callable[[object, object], bool | None]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
