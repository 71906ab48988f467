"""Cheap certain answers about resource words, from their text; what they cannot tell, automata decide."""

from __future__ import annotations

import re
from functools import lru_cache

from apiece.iam.catalog.domains import NAMES_WITHOUT_SLASH
from apiece.iam.solver.words import SEGMENTS, Word


def segments_of(text: str) -> list[str] | None:
    """Cut a word's text at its first five colons; None where a variable stands before the sixth segment."""
    parts = text.split(":", SEGMENTS - 1)
    if any("$" in part for part in parts[: SEGMENTS - 1]):
        return None
    return parts


def apart(first: Word, second: Word) -> bool:
    """Tell cheaply that no ARN is in both; False means "perhaps not"."""
    for one, other in zip(first.head, second.head, strict=False):
        if one is not None and other is not None and one != other:
            return True
    return _differ(first.stem, second.stem) or _differ(first.tail, second.tail)


def _differ(left: str | None, right: str | None) -> bool:
    """Tell whether no text begins with both."""
    return left is not None and right is not None and not (left.startswith(right) or right.startswith(left))


def covers(outer: Word, inner: Word) -> bool:
    """Tell cheaply that every ARN of `inner` is in `outer`; False means "perhaps not"."""
    if outer.is_everything or outer == inner:
        return True
    if outer.is_opaque or outer.has_open_value or not isinstance(outer.text, str) or not isinstance(inner.text, str):
        return False
    if "?" in outer.text or "$" in outer.text:
        return False
    wanted, own = segments_of(inner.text), outer.text.split(":", SEGMENTS - 1)
    if wanted is None or len(wanted) != SEGMENTS or len(own) != SEGMENTS:
        return False
    return all(_fits(pattern, text) for pattern, text in zip(own, wanted, strict=True))


def names(word: Word, text: str) -> bool | None:
    """Tell whether an exact word matches an ARN; None where only the automaton knows."""
    if word.is_everything:
        return True
    if word.is_opaque or not isinstance(word.text, str) or "?" in word.text or "$" in word.text:
        return None
    own, wanted = word.text.split(":", SEGMENTS - 1), text.split(":", SEGMENTS - 1)
    if len(own) != SEGMENTS or len(wanted) != SEGMENTS:
        return None
    return all(_fits(pattern, part) for pattern, part in zip(own, wanted, strict=True))


def parts_of(word: Word) -> list[str] | None:
    """The segments of a word as they are written, `*` for a variable; None where it cannot be told so."""
    if not isinstance(word.text, str) or ("$" in word.text and not word.variables):
        return None
    text = _VARIABLES.sub("*", word.text) if "$" in word.text else word.text
    return None if "$" in text else text.split(":", SEGMENTS - 1)


_PLACE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_VARIABLES = re.compile(r"\$\{([^}]*)\}")


@lru_cache(maxsize=8192)
def _format(domain: str) -> tuple[tuple[str | None, ...], tuple[str, ...], tuple[bool, ...]]:
    """The first segments of a format, None for a variable; what stands around its names; which of them have no `/`."""
    *first, rest = domain.split(":", SEGMENTS - 1)
    pieces = _VARIABLES.split(rest)
    plain = tuple(name in NAMES_WITHOUT_SLASH for name in pieces[1::2])
    return tuple(None if "$" in part else part for part in first), tuple(pieces[::2]), plain


def misses(word: Word, domain: str) -> bool:
    """Tell cheaply that no ARN of a format is in a word; False means "perhaps not"."""
    first, around, _ = _format(domain)
    for own, fixed in zip(word.head, first, strict=False):
        if own is not None and fixed is not None and own != fixed:
            return True
    return _differ(word.tail, around[0])


def in_format(domain: str, text: str) -> bool:
    """Tell whether an ARN is one of a format's. Names end at the first place where they can: later is never better."""
    first, around, plain = _format(domain)
    parts = text.split(":", SEGMENTS - 1)
    if len(parts) != SEGMENTS or not parts[1]:
        return False
    for own, part in zip(first, parts, strict=False):
        if part != own if own is not None else not _PLACE.issuperset(part):
            return False
    rest = parts[-1]
    if not plain:
        return rest == around[0]
    if not rest.startswith(around[0]):
        return False
    place = len(around[0])
    for text_behind, no_slash in zip(around[1:-1], plain[:-1], strict=True):
        end = rest.find(text_behind, place + 1)
        if end < 0 or (no_slash and "/" in rest[place:end]):
            return False
        place = end + len(text_behind)
    end = len(rest) - len(around[-1])
    return end > place and rest.endswith(around[-1]) and not (plain[-1] and "/" in rest[place:end])


def _fits(pattern: str, text: str) -> bool:
    """Match a pattern with `*` only. A `*` of the text is a character like others: only a `*` takes it."""
    if "*" not in pattern:
        return pattern == text
    first, *middle, last = pattern.split("*")
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in middle:
        place = text.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True
