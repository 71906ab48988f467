"""What the texts of policies match: resource words, values of string conditions, and the ARN formats of the catalogue.

A part that is not known (a policy variable, a value that a template leaves open) is taken for any text, and the pattern
is marked as not exact.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from apiece.iam.catalog.domains import NAMES_WITHOUT_SLASH
from apiece.iam.checker.language import REST, Pattern, Shape, Some, Token
from apiece.text import Hole, HoleKind, Symbolic, Text, example, is_open

_COLONS = 5
_NO_COLON = frozenset(":")
_PLACE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_INSIDE = Some(many=True, but=_NO_COLON)
"""Anything within one of the first five segments."""
ANY_ARN: Shape = (*"arn", *(":", _INSIDE) * 4, ":", REST)
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KELVIN = "\u212a"
"""The one character beyond ASCII that becomes an ASCII one in lower case."""


class Mark(Enum):
    """What stands in a text and is no character."""

    STAR = "*"
    ONE = "?"
    UNKNOWN = "unknown"


Letters = tuple[str | Mark, ...]


def letters(text: Text, *, variables: bool, wildcards: bool) -> Letters:
    """Cut a text into characters, wildcards and parts that are not known (statement 31).

    An open value may begin or end a policy variable, and then swallow what is written beside it: only what cannot be
    swallowed is kept.
    """
    if not isinstance(text, Symbolic) or not is_open(text):
        return _cut(example(text), variables=variables, wildcards=wildcards)
    open_at = [place for place, part in enumerate(text.parts) if isinstance(part, Hole) and part.kind is HoleKind.ANY]
    before = _plain(text.parts[: open_at[0]])
    after = _plain(text.parts[open_at[-1] + 1 :])
    if variables:
        begun = before.find("${", before.rfind("}") + 1)
        before = (before if begun < 0 else before[:begun]).removesuffix("$")
        after = after.rpartition("}")[2]
    return (
        *_cut(before, variables=variables, wildcards=wildcards),
        Mark.UNKNOWN,
        *_cut(after, variables=variables, wildcards=wildcards),
    )


def _plain(parts: tuple[str | Hole, ...]) -> str:
    return "".join(part.example() if isinstance(part, Hole) else part for part in parts)


def _cut(text: str, *, variables: bool, wildcards: bool) -> Letters:
    found: list[str | Mark] = []
    place = 0
    while place < len(text):
        end = text.find("}", place) if variables and text.startswith("${", place) else -1
        if end >= 0:
            name = text[place + 2 : end].partition(",")[0].strip()
            found.append(name if name in {"*", "?", "$"} else Mark.UNKNOWN)
            place = end + 1
            continue
        char = text[place]
        found.append(Mark(char) if wildcards and char in "*?" else char)
        place += 1
    return tuple(found)


def interpolates(text: Text, *, variables: bool) -> bool:
    """Tell whether policy variables could make a difference to a text."""
    return variables and (is_open(text) or "$" in example(text))


# ---- resources -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def resource(text: Text, *, variables: bool, pads: bool) -> Pattern:
    """Read a word of `Resource` (statements 20 to 22). `pads`: short ARNs are filled up even without a wildcard."""
    found = letters(text, variables=variables, wildcards=True)
    identity = ("resource", text, interpolates(text, variables=variables), pads)
    if found and set(found) == {Mark.STAR}:
        return Pattern(identity, ((REST,),), exact=True, whole=True)
    if "*" in found or "?" in found:  # the resources of the world hold neither
        return Pattern(identity, (), exact=True)
    body, missing = _segmented(found), _COLONS - found.count(":")
    if Mark.UNKNOWN in found:
        # INVARIANT: the unknown part may hold colons or none, so both readings of a short ARN are included.
        shapes = (body,) if missing <= 0 else (body, (*body, ":", REST))
        return Pattern(identity, shapes, exact=False, whole=set(found) <= {Mark.STAR, Mark.UNKNOWN})
    if missing <= 0:
        return Pattern(identity, (body,), exact=True)
    padded: Shape = (*body, *(":", _INSIDE) * (missing - 1), ":", REST)
    if any(isinstance(letter, Mark) for letter in found):
        return Pattern(identity, (padded,), exact=True)
    return Pattern(identity, (body, padded) if pads else (body,), exact=True)


def _segmented(found: Letters) -> Shape:
    """Wildcards of the first five segments do not cross `:`; behind an unknown part nobody knows the segment."""
    tokens: list[Token] = []
    colons, known = 0, True
    for letter in found:
        if isinstance(letter, str):
            tokens.append(letter)
            colons += letter == ":"
        elif letter is Mark.UNKNOWN:
            tokens.append(REST)
            known = False
        else:
            inside = known and colons < _COLONS
            tokens.append(Some(many=letter is Mark.STAR, but=_NO_COLON if inside else frozenset()))
    return tuple(tokens)


@lru_cache(maxsize=4096)
def format_shape(text: str) -> Shape:
    """The ARNs of a format of the catalogue (docs/adr/0014, "The world")."""
    tokens: list[Token] = []
    colons = 0
    for place, piece in enumerate(_VARIABLE.split(text)):
        if place % 2 == 0:
            tokens += piece
            colons += piece.count(":")
        elif colons < _COLONS:
            tokens += [Some(many=False, only=_PLACE)] if piece == "Partition" else []
            tokens.append(Some(many=True, only=_PLACE))
        else:
            but = frozenset("/") if piece in NAMES_WITHOUT_SLASH else frozenset[str]()
            tokens += [Some(many=False, but=but), Some(many=True, but=but)]
    return tuple(tokens)


# ---- values of conditions --------------------------------------------------------------------------------------------


@lru_cache(maxsize=16384)
def compared(base: str, text: Text, *, variables: bool) -> Pattern:
    """Read a value of a string, ARN or boolean operator (statements 28 to 32)."""
    variables = variables and base != "bool"
    found = letters(text, variables=variables, wildcards=base in {"stringlike", "arnlike"})
    identity = (base, text, interpolates(text, variables=variables))
    if Mark.UNKNOWN in found:
        shape = (REST,) if base in {"bool", "stringequalsignorecase"} else _loose(found, segments=base == "arnlike")
        return Pattern(identity, (shape,), exact=False)
    match base:
        case "bool" | "stringequalsignorecase":
            plain = "".join(letter for letter in found if isinstance(letter, str)).lower()
            if base == "bool" and plain not in {"true", "false"}:
                return Pattern(identity, (), exact=True)
            if not plain.isascii():  # lower case is not a matter of single characters there
                return Pattern(identity, ((REST,),), exact=False)
            return Pattern(identity, (tuple(map(_in_any_case, plain)),), exact=True)
        case "arnlike" if found == (Mark.STAR,):
            return Pattern(identity, (ANY_ARN,), exact=True)
        case "arnlike":
            return Pattern(identity, (_segmented(found),) if found.count(":") >= _COLONS else (), exact=True)
        case _:
            return Pattern(identity, (_loose(found, segments=False),), exact=True)


def _loose(found: Letters, *, segments: bool) -> Shape:
    if segments:
        return _segmented(found)
    return tuple(
        letter if isinstance(letter, str) else REST if letter is not Mark.ONE else Some(many=False) for letter in found
    )


def _in_any_case(char: str) -> Token:
    others = {char, char.upper()} | ({_KELVIN} if char == "k" else set())
    return Some(many=False, only=frozenset(others)) if len(others) > 1 else char
