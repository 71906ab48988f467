"""Values of keys that are no plain strings, decided on critical points: numbers, dates, addresses (statement 32).

Between two neighbouring bounds all values are alike, so that trying the bounds and what lies between them is enough.
"""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import re
from collections.abc import Iterator
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from apiece.iam.solver.spending import OutOfBudget

_NUMERIC = re.compile(r"[+-]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,3})?")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?\s*([Zz]|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_SECONDS = re.compile(r"-?[0-9]{1,12}")
_NANO = Fraction(1, 10**9)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LATEST = 253402300799
_MAPPED = 96
_MOST_BOUNDS = 400
MALFORMED = "malformed"

Network = IPv4Network | IPv6Network


def as_number(text: str) -> Fraction | None:
    """Read a number exactly."""
    text = text.strip()
    return Fraction(text) if _NUMERIC.fullmatch(text) else None


def as_moment(text: str) -> Fraction | None:
    """Read a date as seconds since 1970: an integer, or ISO 8601. Four digits alone are seconds, not a year."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return Fraction(int(text))
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, part, zone = found.groups()
    try:
        at = dt.datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=dt.UTC
        )
    except ValueError:
        return None
    whole = Fraction(int((at - _EPOCH).total_seconds())) + Fraction(part or 0)
    if zone and zone not in "Zz":
        shift = 3600 * int(zone[1:3]) + 60 * int(zone[-2:])
        whole += -shift if zone[0] == "+" else shift
    return whole


def as_network(text: str) -> Network | None:
    """Read an address or a block; IPv4 in IPv6 form is IPv4."""
    try:
        found = ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(found, IPv6Network) and found.prefixlen >= _MAPPED:
        inner = found.network_address.ipv4_mapped
        if inner is not None:
            return IPv4Network((int(inner), found.prefixlen - _MAPPED), strict=False)
    return found


def as_bytes(text: str) -> bytes | None:
    """Decode base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def numbers_between(bounds: list[Fraction]) -> Iterator[str]:
    """Number texts: one for each bound, one between each two, one beyond each end. Raises `OutOfBudget`."""
    for value in _around(bounds, Fraction(1)):
        text = _decimal(value)
        if text is not None:
            yield text


def moments_between(bounds: list[Fraction]) -> Iterator[str]:
    """Date texts around the bounds, to the nanosecond. Raises `OutOfBudget`."""
    _limited(bounds)
    points = dict.fromkeys(
        bound + shift for shift in (Fraction(0), Fraction(1), Fraction(-1), _NANO, -_NANO) for bound in bounds
    )
    for value in points or {Fraction(0): None}:
        yield _dated(value)


def addresses_between(blocks: list[Network]) -> Iterator[str]:
    """Addresses: the first of each block and the one behind each, and the first of all, for both versions."""
    _limited(blocks)
    for version, size in ((4, 32), (6, 128)):
        starts = [int(block.network_address) for block in blocks if block.version == version]
        ends = [int(block.broadcast_address) + 1 for block in blocks if block.version == version]
        likely = [167772161] if version == 4 else [0x20010DB8000000000000000000000001]  # noqa: PLR2004
        for value in dict.fromkeys((*likely, *starts, *ends, 0)):
            if value < 1 << size:
                yield str(IPv4Address(value) if version == 4 else IPv6Address(value))  # noqa: PLR2004


def bytes_among(known: list[bytes]) -> Iterator[str]:
    """Base64 texts: each of the known, and one that is none of them."""
    for value in dict.fromkeys(known):
        yield base64.b64encode(value).decode()
    others = (number.to_bytes(2, "little") for number in range(len(known) + 1))
    yield base64.b64encode(next(value for value in others if value not in known)).decode()


def _limited(bounds: list[Fraction] | list[Network]) -> None:
    if len(bounds) > _MOST_BOUNDS:
        msg = f"a key is compared with more than {_MOST_BOUNDS} numbers, dates or addresses"
        raise OutOfBudget(msg)


def _around(bounds: list[Fraction], step: Fraction) -> Iterator[Fraction]:
    _limited(bounds)
    ordered = sorted(set(bounds))
    if not ordered:
        yield Fraction(1)
        return
    yield from ordered
    yield ordered[-1] + step
    yield ordered[0] - step
    for low, high in itertools.pairwise(ordered):
        middle = (low + high) / 2
        whole = Fraction(low.__floor__() + 1)
        yield whole if whole < high else middle


def _decimal(value: Fraction) -> str | None:
    """Write a number as a decimal, None where it has none that is short enough."""
    if value.denominator == 1:
        text = str(value.numerator)
    else:
        places = 0
        scaled = value
        while scaled.denominator != 1:
            scaled *= 10
            places += 1
            if places > 300:  # noqa: PLR2004
                return None
        digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
        text = f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return text if _NUMERIC.fullmatch(text) else None


def _dated(value: Fraction) -> str:
    seconds = value.__floor__()
    rest = value - seconds
    if not 0 <= seconds <= _LATEST:
        return str(seconds)
    text = (_EPOCH + dt.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    part = f".{int(rest * 10**9):09d}" if rest else ""
    return f"{text}{part}Z"
