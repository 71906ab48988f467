"""What each condition operator compares, one pattern against one value (statements 28 to 32)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from apiece.iam.match import ONE, STAR, Tokens, glob, segments

_NUMBER = re.compile(r"[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"-?\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Family:
    """One operator: how it compares, whether it is a negation, and what its patterns may hold."""

    matches: Callable[[Tokens, str], bool]
    negative: bool = False
    wildcards: bool = False
    variables: bool = True


def _plain(tokens: Tokens) -> str:
    return "".join({STAR: "*", ONE: "?"}.get(token, token) for token in tokens)


def _equals(pattern: Tokens, value: str) -> bool:
    return _plain(pattern) == value


def _equals_ignoring_case(pattern: Tokens, value: str) -> bool:
    return _folded(_plain(pattern)) == _folded(value)


def _folded(text: str) -> str:
    """Put a text into lower case character by character, as Java compares: none becomes two, none minds the others."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _like(pattern: Tokens, value: str) -> bool:
    return glob(pattern, tuple(value))


def _arn(pattern: Tokens, value: str) -> bool:
    """Six segments, each with its own wildcards; what is no ARN never matches (statements 28, 29)."""
    parts, wanted = segments(pattern), segments(tuple(value))
    if len(parts) == 1 and parts[0] == (STAR,):
        return len(wanted) == 6 and value.startswith("arn:")  # noqa: PLR2004
    if len(parts) != 6 or len(wanted) != 6:  # noqa: PLR2004
        return False
    return all(glob(part, want) for part, want in zip(parts, wanted, strict=True))


def _bool(pattern: Tokens, value: str) -> bool:
    wanted = _plain(pattern).lower()
    return wanted in {"true", "false"} and value.lower() == wanted


def _binary(pattern: Tokens, value: str) -> bool:
    try:
        return base64.b64decode(_plain(pattern), validate=True) == base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False


def number(text: str) -> Fraction | None:
    """Read a number exactly, None for anything else."""
    text = text.strip()
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Fraction | None:
    """Read an ISO 8601 date or an epoch as seconds since 1970, None for anything else."""
    text = text.strip()
    if _EPOCH.fullmatch(text) and not re.fullmatch(r"\d{4}", text):
        return Fraction(int(text))
    match = _DATE.fullmatch(text)
    if match is None:
        return Fraction(int(text)) if _EPOCH.fullmatch(text) else None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        day_time = dt.datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=dt.UTC
        )
    except ValueError:
        return None
    seconds = Fraction(int((day_time - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds()))
    if fraction:
        seconds += Fraction(fraction)
    if zone and zone.upper() != "Z":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return seconds


Reader = Callable[[str], Fraction | None]
Relation = Callable[[Fraction, Fraction], bool]


def _compared(read: Reader, relation: Relation) -> Callable[[Tokens, str], bool]:
    """Compare two readable values; a value that cannot be read never matches (statement 32)."""

    def matches(pattern: Tokens, value: str) -> bool:
        left, right = read(value), read(_plain(pattern))
        return left is not None and right is not None and relation(left, right)

    return matches


def _address(pattern: Tokens, value: str) -> bool:
    """An address or block in a block; IPv4 in IPv6 form counts as IPv4 (statement 32)."""
    outer, inner = _network(_plain(pattern)), _network(value)
    if outer is None or inner is None or outer.version != inner.version:
        return False
    return outer.network_address <= inner.network_address and inner.broadcast_address <= outer.broadcast_address  # type: ignore[operator]


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped and network.prefixlen >= 96:  # noqa: PLR2004
        return ipaddress.ip_network(f"{network.network_address.ipv4_mapped}/{network.prefixlen - 96}", strict=False)
    return network


def _families() -> dict[str, Family]:
    found = {
        "stringequals": Family(_equals),
        "stringequalsignorecase": Family(_equals_ignoring_case),
        "stringlike": Family(_like, wildcards=True),
        "arnequals": Family(_arn, wildcards=True),
        "arnlike": Family(_arn, wildcards=True),
        "bool": Family(_bool, variables=False),
        "binaryequals": Family(_binary, variables=False),
        "ipaddress": Family(_address, variables=False),
    }
    negations = {
        "stringequals": "stringnotequals",
        "stringequalsignorecase": "stringnotequalsignorecase",
        "stringlike": "stringnotlike",
        "arnequals": "arnnotequals",
        "arnlike": "arnnotlike",
        "ipaddress": "notipaddress",
    }
    for positive, negative in negations.items():
        family = found[positive]
        found[negative] = Family(family.matches, negative=True, wildcards=family.wildcards, variables=family.variables)
    relations: dict[str, Relation] = {
        "equals": lambda left, right: left == right,
        "lessthan": lambda left, right: left < right,
        "lessthanequals": lambda left, right: left <= right,
        "greaterthan": lambda left, right: left > right,
        "greaterthanequals": lambda left, right: left >= right,
    }
    for prefix, read in (("numeric", number), ("date", moment)):
        for name, relation in relations.items():
            found[prefix + name] = Family(_compared(read, relation), variables=False)
        found[prefix + "notequals"] = Family(_compared(read, relations["equals"]), negative=True, variables=False)
    return found


FAMILIES = _families()
"""Operators by lower-case name, without set operator and `IfExists`."""
