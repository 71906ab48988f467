"""Patterns and ARN formats as regular expressions of z3, written anew from statements 13, 20, 21 and 28 to 31.

Nothing here is shared with `apiece.iam.pattern` or the solver. What z3 cannot say raises `NotEncodable`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Any

import z3
from world import ANY_ARN, pieces

from apiece.text import Symbolic, Text

Term = Any
"""A term or a model of z3, which has no types of its own."""
Regex = Any
"""A regular expression of z3."""
Formula = Any
"""A Boolean term of z3, or a bool."""
_SEGMENTS = 6
_STRINGS = z3.StringSort()


class NotEncodable(Exception):
    """The question holds something that this encoding has no term for."""


class Wild(Enum):
    MANY = "*"
    ONE = "?"


Token = str | Wild


def tokens_of(text: Text, *, variables: bool, wildcards: bool = True) -> tuple[Token, ...]:
    """Cut a policy's text into characters and wildcards (statement 31)."""
    if isinstance(text, Symbolic):
        raise NotEncodable(f"open text {text}")
    found: list[Token] = []
    rest = text
    while rest:
        if variables and rest.startswith("${") and "}" in rest[2:]:
            body, _, rest = rest[2:].partition("}")
            name = body.partition(",")[0].strip()
            if name not in {"*", "?", "$"}:
                raise NotEncodable(f"policy variable ${{{body}}}")
            found.append(name)
            continue
        found.append(Wild(rest[0]) if wildcards and rest[0] in "*?" else rest[0])
        rest = rest[1:]
    return tuple(found)


def is_everything(tokens: tuple[Token, ...]) -> bool:
    """Tell whether a pattern is `*`, however many stars it is written with."""
    return bool(tokens) and set(tokens) == {Wild.MANY}


def string(text: str) -> Term:
    """A text as a constant of z3, which reads `\\u{…}` as an escape."""
    escaped = (c if " " <= c <= "~" and c != "\\" else f"\\u{{{ord(c):x}}}" for c in text)
    return z3.StringVal("".join(escaped))


def text_of(value: Term) -> str:
    """The text that a constant of z3 stands for."""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), value.as_string())


def every(formulas: Iterable[Formula]) -> Formula:
    """All of them hold; plain bools stay plain."""
    rest = [formula for formula in formulas if formula is not True]
    if any(formula is False for formula in rest):
        return False
    return True if not rest else rest[0] if len(rest) == 1 else z3.And(*rest)


def some(formulas: Iterable[Formula]) -> Formula:
    """One of them holds; plain bools stay plain."""
    rest = [formula for formula in formulas if formula is not False]
    if any(formula is True for formula in rest):
        return True
    return False if not rest else rest[0] if len(rest) == 1 else z3.Or(*rest)


def no(formula: Formula) -> Formula:
    """It does not hold; a plain bool stays plain."""
    return not formula if isinstance(formula, bool) else z3.Not(formula)


@lru_cache(maxsize=64)
def any_but(excluded: str) -> Regex:
    """One character, none of those."""
    if not excluded:
        return z3.AllChar(z3.ReSort(_STRINGS))
    edges = [-1, *sorted(map(ord, set(excluded))), 0x30000]
    ranges = [
        z3.Range(f"\\u{{{low + 1:x}}}", f"\\u{{{high - 1:x}}}")
        for low, high in itertools.pairwise(edges)
        if low + 1 <= high - 1
    ]
    return _either(ranges)


def joined(parts: list[Regex]) -> Regex:
    """One after the other."""
    if not parts:
        return z3.Re(string(""))
    return parts[0] if len(parts) == 1 else z3.Concat(*parts)


def _either(parts: list[Regex]) -> Regex:
    return parts[0] if len(parts) == 1 else z3.Union(*parts)


def glob(tokens: tuple[Token, ...], *, excluded: str = "") -> Regex:
    """The texts that a pattern matches; its wildcards cross none of the excluded characters."""
    parts: list[Regex] = []
    literal = ""
    for token in tokens:
        if isinstance(token, str):
            literal += token
            continue
        if literal:
            parts.append(z3.Re(string(literal)))
            literal = ""
        one = any_but(excluded)
        parts.append(z3.Star(one) if token is Wild.MANY else one)
    if literal:
        parts.append(z3.Re(string(literal)))
    return joined(parts)


def segments_of(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Cut a pattern at its first five colons."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token == ":" and len(found) < _SEGMENTS:
            found.append([])
        else:
            found[-1].append(token)
    return [tuple(segment) for segment in found]


def _by_segments(segments: list[tuple[Token, ...]]) -> Regex:
    parts: list[Regex] = []
    for place, segment in enumerate(segments):
        if place:
            parts.append(z3.Re(string(":")))
        parts.append(glob(segment, excluded=":" if place < _SEGMENTS - 1 else ""))
    return joined(parts)


@lru_cache(maxsize=20000)
def resource(text: str, *, variables: bool) -> Regex | bool:
    """The ARNs that an identity policy's resource matches; True for all (statements 20 and 21)."""
    tokens = tokens_of(text, variables=variables)
    if is_everything(tokens):
        return True
    segments = segments_of(tokens)
    segments += [(Wild.MANY,)] * (_SEGMENTS - len(segments))
    return _by_segments(segments)


@lru_cache(maxsize=20000)
def arn_value(text: str, *, variables: bool) -> Regex | bool:
    """The values that an ARN operator's pattern matches (statement 28); False for none."""
    tokens = tokens_of(text, variables=variables)
    if tokens == (Wild.MANY,):
        free: list[tuple[Token, ...]] = [(Wild.MANY,)] * (_SEGMENTS - 1)
        return _by_segments([tuple("arn"), *free])
    segments = segments_of(tokens)
    return _by_segments(segments) if len(segments) == _SEGMENTS else False


@lru_cache(maxsize=20000)
def like(text: str, *, variables: bool) -> Regex:
    """The values that `StringLike` matches (statement 29)."""
    return glob(tokens_of(text, variables=variables))


@lru_cache(maxsize=20000)
def exactly(text: str, *, variables: bool) -> str:
    """The one value that `StringEquals` matches (statement 30)."""
    tokens = tokens_of(text, variables=variables, wildcards=False)
    return "".join(token for token in tokens if isinstance(token, str))


@lru_cache(maxsize=20000)
def in_any_case(text: str) -> Regex:
    """The texts that are equal to this one when both are put into lower case."""
    if not text.isascii():
        raise NotEncodable(f"case of `{text}`")
    return joined([_either([z3.Re(string(form)) for form in _cases(char)]) for char in text])


def _cases(char: str) -> list[str]:
    kelvin = ["\N{KELVIN SIGN}"] if char in "kK" else []
    return sorted({char.lower(), char.upper()}) + kelvin


# ---- ARN formats -----------------------------------------------------------------------------------------------------

_LOWER = z3.Union(z3.Range("a", "z"), z3.Range("0", "9"), z3.Re("-"))
_ASKS_ABOUT_MANY = "*?"
"""A request on a resource with a wildcard asks about many resources at once; the world has single ones."""


@lru_cache(maxsize=4096)
def arn_format(text: str) -> Regex:
    """The ARNs of a format of the catalogue; `arn` alone stands for any ARN."""
    if text == ANY_ARN:
        free = z3.Star(any_but(":" + _ASKS_ABOUT_MANY))
        colon = z3.Re(string(":"))
        middle = [part for _ in range(_SEGMENTS - 2) for part in (free, colon)]
        return joined([z3.Re(string("arn:")), *middle, z3.Star(any_but(_ASKS_ABOUT_MANY))])
    return joined([_piece(part, place) for part, place in pieces(text)])


def _piece(part: str, place: str) -> Regex:
    match place:
        case "":
            return z3.Re(string(part))
        case "partition":
            return z3.Plus(_LOWER)
        case "place":
            return z3.Star(_LOWER)
        case "name":
            return z3.Plus(any_but("/" + _ASKS_ABOUT_MANY))
        case _:
            return z3.Plus(any_but(_ASKS_ABOUT_MANY))
