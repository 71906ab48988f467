"""Wildcard languages: what a pattern matches, whether two meet, and the shortest text that some match and others do not.

Patterns are compiled to tokens and run as sets of positions kept in one integer, so that no pattern, however it is
built, costs more than its length times the text's. The searches have a step budget and say so when it is used up.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from apiece.errors import ApieceError
from apiece.text import Hole, HoleKind, Symbolic, Text

_SEGMENTS = 6
_BUDGET = 60_000
_FRESH = "xyzwvutsrqponmlkjihgfedcba0123456789"
_COLON = frozenset(":")


class PatternBudget(ApieceError):
    """A search took more steps than allowed; the caller's answer is unknown."""


@dataclass(frozen=True, slots=True)
class Wild:
    """A wildcard: one character, or any number of them, within what `forbid` and `only` leave."""

    many: bool
    forbid: frozenset[str] = frozenset()
    only: frozenset[str] | None = None

    def admits(self, char: str) -> bool:
        return char not in self.forbid and (self.only is None or char in self.only)


Token = str | Wild
"""A single literal character, or a wildcard."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    tokens: tuple[Token, ...]

    @cached_property
    def _closed(self) -> tuple[int, ...]:
        """For each position, the positions reachable without a character (stars may be skipped)."""
        found = [0] * (len(self.tokens) + 1)
        reach = 1 << len(self.tokens)
        found[-1] = reach
        for position in range(len(self.tokens) - 1, -1, -1):
            token = self.tokens[position]
            skip = isinstance(token, Wild) and token.many
            found[position] = (1 << position) | (found[position + 1] if skip else 0)
        return tuple(found)

    @property
    def start(self) -> int:
        return self._closed[0]

    def step(self, positions: int, char: str) -> int:
        """Advance a set of positions by one character."""
        result, rest = 0, positions
        while rest:
            low = rest & -rest
            position = low.bit_length() - 1
            rest ^= low
            if position == len(self.tokens):
                continue
            token = self.tokens[position]
            if isinstance(token, str):
                if token == char:
                    result |= self._closed[position + 1]
            elif token.admits(char):
                result |= self._closed[position] if token.many else self._closed[position + 1]
        return result

    def accepts(self, positions: int) -> bool:
        return bool(positions >> len(self.tokens) & 1)

    def literals(self, positions: int) -> Iterable[str]:
        """Characters that some position demands or that a restricted wildcard admits."""
        rest = positions
        while rest:
            low = rest & -rest
            position = low.bit_length() - 1
            rest ^= low
            if position < len(self.tokens):
                token = self.tokens[position]
                if isinstance(token, str):
                    yield token
                elif token.only is not None:
                    yield min(token.only)


def glob(text: Text, *, ignore_case: bool = False) -> Pattern:
    """Compile a whole-string pattern: `*` and `?` stand for any characters. Raises `ValueError` for open text."""
    tokens: list[Token] = []
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            tokens += _example(part)
        else:
            tokens += [_wild(char, frozenset()) if char in "*?" else char.lower() if ignore_case else char for char in part]
    return Pattern(tuple(tokens))


def resource(text: Text) -> Pattern:
    """Compile a policy's resource pattern (spec/evaluation.md, statements 20 and 21).

    In the first five segments of an ARN a wildcard does not cross `:`; a short ARN is filled up with `*`. Policy
    variables (`${aws:username}`) count as one name. Raises `ValueError` for open text.
    """
    if isinstance(text, str) and text.strip("*") == "" and text:
        return Pattern((Wild(many=True),))
    tokens: list[Token] = []
    colons = 0
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            tokens += _example(part)
            colons += part.example().count(":")
            continue
        for piece in re.split(r"(\$\{[^}]*\}|[*?:])", part):
            if piece == ":":
                colons += 1
                tokens.append(":")
            elif piece in {"*", "?"}:
                tokens.append(_wild(piece, _COLON if colons < _SEGMENTS - 1 else frozenset()))
            elif piece.startswith("${") and len(piece) > 2:  # noqa: PLR2004
                tokens += {"${*}": "*", "${?}": "?", "${$}": "$"}.get(piece, _variable(piece))
            else:
                tokens += piece
    for _ in range(colons, _SEGMENTS - 1):
        tokens += [":", Wild(many=True, forbid=_COLON)] if _ < _SEGMENTS - 2 else [":", Wild(many=True)]
    return Pattern(tuple(tokens))


def _example(hole: Hole) -> str:
    if hole.kind is HoleKind.ANY:
        msg = "an open value is no pattern"
        raise ValueError(msg)
    return hole.example()


def _variable(piece: str) -> str:
    return "".join(char for char in piece if char.isalnum()) or "variable"


def _wild(char: str, forbid: frozenset[str]) -> Wild:
    return Wild(many=char == "*", forbid=forbid)


def matches(pattern: Pattern, text: str) -> bool:
    """Tell whether a pattern matches a text."""
    positions = pattern.start
    for char in text:
        positions = pattern.step(positions, char)
        if not positions:
            return False
    return pattern.accepts(positions)


def intersects(first: Pattern, second: Pattern) -> bool:
    """Tell whether some text matches both."""
    return find((first, second)) is not None


def contains(outer: Pattern, inner: Pattern) -> bool:
    """Tell whether everything that `inner` matches, `outer` matches too."""
    return find((inner,), (outer,)) is None


def find(positive: Sequence[Pattern], negative: Sequence[Pattern] = ()) -> str | None:
    """Find a shortest text that every `positive` matches and no `negative` does, None where there is none.

    Exact: besides the characters that patterns name, one character that none of them names stands for all others.
    Raises `PatternBudget` when the search takes too many steps.
    """
    patterns = (*positive, *negative)
    count = len(positive)
    fresh = fresh_characters(patterns)
    first = tuple(pattern.start for pattern in patterns)
    parents: dict[tuple[int, ...], tuple[tuple[int, ...], str] | None] = {first: None}
    queue = deque([first])
    while queue:
        state = queue.popleft()
        if _accepted(patterns, state, count):
            return _spelled(parents, state)
        for char in _candidates(patterns, state, count, fresh):
            following = tuple(pattern.step(place, char) for pattern, place in zip(patterns, state, strict=True))
            if all(following[:count]) and following not in parents:
                parents[following] = (state, char)
                queue.append(following)
                if len(parents) > _BUDGET:
                    msg = "the patterns are too entangled to be decided"
                    raise PatternBudget(msg)
    return None


def fresh_characters(patterns: Iterable[Pattern]) -> tuple[str, ...]:
    """Characters that no pattern names: they can only be matched by wildcards."""
    named = {token for pattern in patterns for token in pattern.tokens if isinstance(token, str)}
    found = tuple(char for char in _FRESH if char not in named)
    return found or ("\u00e9",)


def _accepted(patterns: Sequence[Pattern], state: tuple[int, ...], count: int) -> bool:
    accepted = [pattern.accepts(place) for pattern, place in zip(patterns, state, strict=True)]
    return all(accepted[:count]) and not any(accepted[count:])


def _candidates(
    patterns: Sequence[Pattern], state: tuple[int, ...], count: int, fresh: tuple[str, ...]
) -> list[str]:
    named: dict[str, None] = {}
    for pattern, place in zip(patterns[:count], state[:count], strict=True):
        named |= dict.fromkeys(pattern.literals(place))
    free = dict.fromkeys((fresh[0], next((char for char in fresh if char.isdigit()), "0"), "/", ":"))
    others: dict[str, None] = {}
    for pattern, place in zip(patterns[count:], state[count:], strict=True):
        others |= dict.fromkeys(pattern.literals(place))
    return list(free | named | others)


def _spelled(parents: Mapping[tuple[int, ...], tuple[tuple[int, ...], str] | None], state: tuple[int, ...]) -> str:
    chars: list[str] = []
    place = parents[state]
    while place is not None:
        state, char = place
        chars.append(char)
        place = parents[state]
    return "".join(reversed(chars))
