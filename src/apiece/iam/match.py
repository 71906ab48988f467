"""The reference evaluator's own matching: plain, slow, and shared with nothing else.

Every answer is True, False, or None for "not known": a pattern with an open value may match or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apiece.text import Hole, HoleKind, Symbolic, Text

STAR, ONE = "\0*", "\0?"
"""Wildcards as tokens, apart from the characters `*` and `?`."""

Truth = bool | None
Tokens = tuple[str, ...]


def any_of(truths: list[Truth]) -> Truth:
    """True if one is true, else not known if one is not known, else false."""
    return True if True in truths else None if None in truths else False


def all_of(truths: list[Truth]) -> Truth:
    """False if one is false, else not known if one is not known, else true."""
    return False if False in truths else None if None in truths else True


def negated(truth: Truth) -> Truth:
    """True and false change places; what is not known stays so."""
    return None if truth is None else not truth


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A pattern whose policy variable has no value: it matches nothing (statement 31)."""


@dataclass(frozen=True, slots=True)
class Open:
    """A pattern with a value that is not known before deployment."""


Prepared = Tokens | Unresolved | Open


def prepare(text: Text, *, variables: bool, context: Mapping[str, tuple[str, ...]], wildcards: bool = True) -> Prepared:
    """Cut a pattern into characters and wildcards, with policy variables replaced (statement 31).

    `variables` is false for documents of version 2008-10-17, where `${` is plain text; `wildcards` is false for
    operators that know none (statement 30).
    """
    tokens: list[str] = []
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            if part.kind is HoleKind.ANY:
                return Open()
            tokens += part.example()
            continue
        position = 0
        while position < len(part):
            end = part.find("}", position) if variables and part.startswith("${", position) else -1
            if end > 0:
                value = _variable(part[position + 2 : end], context)
                if value is None:
                    return Unresolved()
                tokens += value
                position = end + 1
                continue
            char = part[position]
            tokens.append({"*": STAR, "?": ONE}.get(char, char) if wildcards else char)
            position += 1
    return tuple(tokens)


def _variable(body: str, context: Mapping[str, tuple[str, ...]]) -> str | None:
    name, comma, rest = body.partition(",")
    name = name.strip()
    if name in {"*", "?", "$"}:
        return name
    values = context.get(name.lower(), ())
    if len(values) == 1:
        return values[0]
    default = rest.strip()
    if comma and len(default) > 1 and default[0] == default[-1] == "'":
        return default[1:-1]
    return None


def glob(pattern: Tokens, subject: Tokens) -> bool:
    """Tell whether a pattern matches a subject.

    A wildcard of the subject itself is matched only by `*` of the pattern (or `?` by `?`): then the pattern covers
    everything the subject stands for. Places of the subject are bits of a number, so that hostile texts take no longer.
    """
    standing: dict[str, int] = {}
    for place, char in enumerate(subject):
        standing[char] = standing.get(char, 0) | 1 << place
    whole = (1 << len(subject) + 1) - 1
    standing[ONE] = whole & ~standing.pop(STAR, 0)
    reached = 1
    for token in pattern:
        after = (reached & standing.get(token, 0)) << 1
        reached = whole & (-(reached & -reached) if token == STAR else after)  # a star: from the lowest place on
        if not reached:
            return False
    return bool(reached >> len(subject))


def overlaps(first: Tokens, second: Tokens) -> bool:
    """Tell whether two patterns have a string in common."""
    seen: set[tuple[int, int]] = set()
    stack = [(0, 0)]
    while stack:
        place = stack.pop()
        if place in seen:
            continue
        seen.add(place)
        left, right = place
        a = first[left] if left < len(first) else None
        b = second[right] if right < len(second) else None
        if a is None and b is None:
            return True
        if a == STAR:
            stack.append((left + 1, right))
            if b is not None:
                stack.append((left, right + 1))
        if b == STAR:
            stack.append((left, right + 1))
            if a is not None:
                stack.append((left + 1, right))
        if a is not None and b is not None and STAR not in (a, b) and (a == b or ONE in (a, b)):
            stack.append((left + 1, right + 1))
    return False


def segments(tokens: Tokens) -> list[Tokens]:
    """Cut an ARN pattern at its first five colons."""
    found: list[list[str]] = [[]]
    for token in tokens:
        if token == ":" and len(found) < 6:  # noqa: PLR2004
            found.append([])
        else:
            found[-1].append(token)
    return [tuple(segment) for segment in found]


def has_wildcard(tokens: Tokens) -> bool:
    """Tell whether a pattern holds a `*` or `?` that is not written as a variable."""
    return STAR in tokens or ONE in tokens


def is_everything(tokens: Tokens) -> bool:
    """Tell whether a pattern is `*`, however many stars it is written with."""
    return bool(tokens) and set(tokens) == {STAR}


def padded(tokens: Tokens, *, always: bool) -> list[Tokens] | None:
    """The six segments of a resource pattern; a short one is filled with `*` (statement 21), None if it may not be."""
    parts = segments(tokens)
    if len(parts) == 6:  # noqa: PLR2004
        return parts
    if not always and not has_wildcard(tokens):
        return None
    return [*parts, *([(STAR,)] * (6 - len(parts)))]


def resource_matches(pattern: Tokens, subject: Tokens, *, pad_always: bool, covering: bool) -> bool:
    """Tell whether a policy's resource pattern matches the requested resource (statements 20 and 21).

    A subject with wildcards asks about many resources at once: `covering` demands that the pattern matches all of
    them, otherwise one is enough.
    """
    if is_everything(pattern):
        return True
    if is_everything(subject):
        return not covering
    parts, wanted = padded(pattern, always=pad_always), segments(subject)
    if parts is None or len(wanted) != 6:  # noqa: PLR2004
        return pattern == subject
    check = glob if covering or not has_wildcard(subject) else overlaps
    return all(check(part, want) for part, want in zip(parts, wanted, strict=True))
