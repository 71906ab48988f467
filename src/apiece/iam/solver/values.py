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
from functools import lru_cache
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
_EARLIEST, _LATEST = -62135596800, 253402300799
_SHIFT = 86340
"""The time zone furthest away, in seconds."""
_LONGEST, _MOST_EXPONENT = 300, 999
"""Digits before and behind the point of a number, and its exponent."""
_MAPPED = 96
_MOST_BOUNDS = 400
MALFORMED = "malformed"

Network = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def as_number(text: str) -> Fraction | None:
    """Read a number exactly."""
    text = text.strip()
    return Fraction(text) if _NUMERIC.fullmatch(text) else None


@lru_cache(maxsize=4096)
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


@lru_cache(maxsize=4096)
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
    for options in _around(bounds):
        text = next((text for value in options if (text := _decimal(value)) is not None), None)
        if text is None:
            raise OutOfBudget("a key is compared with numbers too close to each other to write down one between them")
        yield text


def moments_between(bounds: list[Fraction]) -> Iterator[str]:
    """Date texts around the bounds, to the nanosecond. Raises `OutOfBudget`."""
    _limited(bounds)
    points = dict.fromkeys(
        bound + shift for shift in (Fraction(0), Fraction(1), Fraction(-1), _NANO, -_NANO) for bound in bounds
    )
    for value in points or {Fraction(0): None}:
        text = _dated(value)
        if as_moment(text) != value:
            raise OutOfBudget("a key is compared with dates so far away that the moments beside them cannot be written")
        yield text


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


def _around(bounds: list[Fraction]) -> Iterator[tuple[Fraction, ...]]:
    """What is to be tried, each with others that would do as well."""
    _limited(bounds)
    ordered = sorted(set(bounds))
    if not ordered:
        yield (Fraction(1),)
        return
    yield from ((bound,) for bound in ordered)
    yield ordered[-1] + 1, _rounder(ordered[-1], 2 * abs(ordered[-1]) + 1)
    yield ordered[0] - 1, -_rounder(-ordered[0], 2 * abs(ordered[0]) + 1)
    for low, high in itertools.pairwise(ordered):
        whole = Fraction(low.__floor__() + 1)
        yield (*((whole,) if whole < high else ()), (low + high) / 2, _rounder(low, high))


def _rounder(low: Fraction, high: Fraction) -> Fraction:
    """A number between two others, with hardly more digits than tell them apart."""
    width = high - low
    places = len(str(width.denominator // width.numerator)) if width < 1 else 2 - len(str(width.__floor__()))
    unit = Fraction(10) ** -places
    return ((low / unit).__floor__() + 1) * unit


def _decimal(value: Fraction) -> str | None:
    """Write a number as a decimal, with an exponent where it is long; None where it has none that is short enough."""
    places = _places(value)
    if places is None:
        return None
    digits, exponent = str(abs(value * 10**places).numerator), 0
    sign = "-" if value < 0 else ""
    if max(len(digits), places) > _LONGEST:
        stripped = digits.rstrip("0") or "0"
        exponent = len(digits) - len(stripped) - places
        point = max(-_MOST_EXPONENT - exponent, len(stripped) - _LONGEST, 0)
        zeros = max(exponent - _MOST_EXPONENT, 0)
        digits, places, exponent = stripped + "0" * zeros, point, exponent - zeros + point
    digits = digits.rjust(places + 1, "0")
    whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
    text = f"{sign}{whole}{'.' if part else ''}{part}{f'e{exponent}' if exponent else ''}"
    return text if _NUMERIC.fullmatch(text) else None


def _places(value: Fraction) -> int | None:
    """How many digits a number has behind the point, None where they never end."""
    twos = (value.denominator & -value.denominator).bit_length() - 1
    rest, fives = value.denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _dated(value: Fraction) -> str:
    """Write a moment as a date, as seconds where the calendar has none for it."""
    seconds = value.__floor__()
    rest = value - seconds
    if (seconds < 0 and not rest) or not _EARLIEST - _SHIFT <= seconds <= _LATEST + _SHIFT:
        return str(seconds)
    shift = _SHIFT if seconds < _EARLIEST else -_SHIFT if seconds > _LATEST else 0
    text = (_EPOCH + dt.timedelta(seconds=seconds + shift)).replace(tzinfo=None).isoformat()
    part = f".{int(rest * 10**9):09d}" if rest else ""
    return f"{text}{part}{'Z' if not shift else '+23:59' if shift > 0 else '-23:59'}"
