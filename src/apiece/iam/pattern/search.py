"""Questions about patterns, decided exactly: matching, meeting, containment, and a shortest text as witness.

The search walks the product of the machines, breadth first. It has a budget of steps and says so when it is used up.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from apiece.errors import ApieceError
from apiece.iam.pattern.compiled import Pattern

BUDGET = 400_000
_MASKS_A_STEP = (
    512  # a letter more costs a mask as long as each pattern: nothing for people's patterns, all for hostile
)
_TOKENS_A_STEP = 1024
_TOKENS_MET_A_STEP = 4
_READABLE = "xyzwvutsrqponmlkjihgfedcba0123456789"
_PREFERRED = _READABLE + "XYZWVUTSRQPONMLKJIHGFEDCBA-_./:"
_FIRST_FOREIGN = 0xE9

State = tuple[int, ...]
Parents = Mapping[State, tuple[State, str] | None]


class PatternBudget(ApieceError):
    """A search took more steps than allowed; the caller's answer is unknown."""


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
    return first.meets(second)


def contains(outer: Pattern, inner: Pattern, *, budget: int = BUDGET) -> bool:
    """Tell whether everything that `inner` matches, `outer` matches too. Raises `PatternBudget`."""
    return find((inner,), (outer,), budget=budget) is None


def find(
    positive: Sequence[Pattern],
    negative: Sequence[Pattern] = (),
    *,
    budget: int = BUDGET,
    spend: Callable[[int], None] | None = None,
) -> str | None:
    """Find a shortest text that every `positive` matches and no `negative` does, None where there is none.

    Exact: characters that all patterns treat alike are tried once, and one that none of them names stands for all
    others. Raises `PatternBudget` when the search takes more than `budget` steps of one pattern; `spend` is told how
    many it took.
    """
    wanted = tuple(dict.fromkeys(positive))
    if any(not first.meets(second) for index, first in enumerate(wanted) for second in wanted[index + 1 :]):
        return None
    unwanted = tuple(one for one in dict.fromkeys(negative) if all(one.meets(other) for other in wanted))
    if any(one.surely_takes_in(other) for one in unwanted for other in wanted):
        return None
    search = _Search(wanted, unwanted, budget)
    try:
        return search.run()
    finally:
        if spend is not None:
            spend(budget - search.left)


def cost_of_meeting(first: Pattern, second: Pattern) -> int:
    """How many steps it takes to tell whether two patterns meet."""
    return 1 + len(first.tokens) * (1 + len(second.tokens) // _TOKENS_A_STEP) // _TOKENS_MET_A_STEP


class _Search:
    def __init__(self, wanted: tuple[Pattern, ...], unwanted: tuple[Pattern, ...], budget: int) -> None:
        self._patterns = (*wanted, *unwanted)
        self._wanted = len(wanted)
        self._universal = tuple(pattern.universal for pattern in unwanted)
        self.left = budget
        self._cost = sum(1 + len(pattern.tokens) // _TOKENS_A_STEP for pattern in self._patterns)
        letters = sum(len(pattern.named) for pattern in self._patterns)
        self._spend(letters * sum(len(pattern.tokens) for pattern in self._patterns) // _MASKS_A_STEP)
        self._kinds = _kinds(self._patterns)
        self._alphabet = tuple(dict.fromkeys(self._kinds.values()))
        self._rank = {char: rank for rank, char in enumerate(self._alphabet)}

    def run(self) -> str | None:
        first = tuple(pattern.start for pattern in self._patterns)
        parents: dict[State, tuple[State, str] | None] = {first: None}
        if not self._is_alive(first):
            return None
        queue = deque([first])
        while queue:
            state = queue.popleft()
            if self._accepts(state):
                return _spelled(parents, state)
            for char in self._candidates(state):
                self._spend(self._cost)
                following = tuple(
                    pattern.step(place, char) if place else 0
                    for pattern, place in zip(self._patterns, state, strict=True)
                )
                if following not in parents and self._is_alive(following):
                    parents[following] = (state, char)
                    queue.append(following)
        return None

    def _spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise PatternBudget("the patterns are too entangled to be decided")

    def _is_alive(self, state: State) -> bool:
        """Tell whether some continuation may still be accepted."""
        if not all(state[: self._wanted]):
            return False
        return not any(place & all_ for place, all_ in zip(state[self._wanted :], self._universal, strict=True))

    def _accepts(self, state: State) -> bool:
        accepted = [pattern.accepts(place) for pattern, place in zip(self._patterns, state, strict=True)]
        return all(accepted[: self._wanted]) and not any(accepted[self._wanted :])

    def _candidates(self, state: State) -> Iterator[str]:
        """One readable character that is nothing special in this state, then each that is."""
        noticed = set[str]().union(
            *(pattern.noticed(place) for pattern, place in zip(self._patterns, state, strict=True))
        )
        special = {self._kinds[char] for char in noticed}
        yield next(char for char in self._alphabet if char not in special)
        yield from sorted(special, key=self._rank.__getitem__)


def _kinds(patterns: Sequence[Pattern]) -> dict[str, str]:
    """Each readable or named character with the first, the most readable, that the patterns do not tell apart from it.

    INVARIANT: one of them is named by no pattern, so that in every state at least one is nothing special.
    """
    named = frozenset[str]().union(*(pattern.named for pattern in patterns))
    known = dict.fromkeys((*_PREFERRED, *sorted(named - set(_PREFERRED)), _unnamed(named)))
    first: dict[tuple[tuple[int, int], ...], str] = {}
    return {char: first.setdefault(tuple(pattern.moves(char) for pattern in patterns), char) for char in known}


def fresh_characters(patterns: Iterable[Pattern]) -> tuple[str, ...]:
    """Readable characters that no pattern writes: only wildcards can match them. At least one."""
    written = frozenset[str]().union(*(pattern.literals for pattern in patterns))
    return tuple(char for char in _READABLE if char not in written) or (_unnamed(written),)


def _unnamed(named: frozenset[str]) -> str:
    foreign = (chr(_FIRST_FOREIGN + offset) for offset in range(len(named) + 1))
    return next(char for char in itertools.chain(_PREFERRED, foreign) if char not in named)


def _spelled(parents: Parents, state: State) -> str:
    chars: list[str] = []
    place = parents[state]
    while place is not None:
        state, char = place
        chars.append(char)
        place = parents[state]
    return "".join(reversed(chars))
