"""Cheap certain answers about resource words, from the text of their segments; what they cannot tell, automata decide."""

from __future__ import annotations

from apiece.iam.solver.words import SEGMENTS, Word

_OUTSIDE_ARN = ("aws", None, "us-east-1", "111122223333")


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
    left, right = first.stem, second.stem
    return not (left.startswith(right) or right.startswith(left))


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


def filled(word: Word, filler: str) -> str | None:
    """An ARN that a word surely matches if it is exact: wildcards are filled with something readable."""
    if not isinstance(word.text, str):
        return None
    parts = segments_of(word.text)
    if parts is None or "$" in parts[-1]:
        return None
    if len(parts) < SEGMENTS:
        parts += ["*"] * (SEGMENTS - len(parts))
    found = []
    for place, part in enumerate(parts):
        fixed = _OUTSIDE_ARN[place - 1] if 1 <= place < SEGMENTS - 1 else None
        found.append((fixed or filler) if part == "*" else part.replace("*", filler).replace("?", filler[:1]))
    return ":".join(found)


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
