"""Sets of texts: whether a text exists that some patterns match and others do not.

A shape is a row of characters and wildcards. Several shapes make one automaton, whose set of places is an integer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from apiece.iam.checker.meter import Meter

FRESH = ""
"""Stands for a character that no pattern writes."""
_WORD_COST = 512


@dataclass(frozen=True, slots=True)
class Some:
    """One character, or with `many` any number, of those in `only` (None: of all) that are not in `but`."""

    many: bool
    only: frozenset[str] | None = None
    but: frozenset[str] = frozenset()

    def takes(self, char: str) -> bool:
        return char not in self.but and (self.only is None or char in self.only)

    def includes(self, token: Token) -> bool:
        """Tell whether every character of a token is taken."""
        if isinstance(token, str):
            return self.takes(token)
        if token.only is not None:
            return all(self.takes(char) for char in token.only - token.but)
        return self.only is None and self.but <= token.but


Token = str | Some
Shape = tuple[Token, ...]
REST = Some(many=True)
"""Any text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The texts of any of the shapes.

    Where it is not `exact` these are more than it matches, since a part is not known. Two patterns of one `identity`
    match the same texts in any case. `whole` says that it is, or where not exact could be, a pattern of stars alone.
    """

    identity: Hashable
    shapes: tuple[Shape, ...]
    exact: bool
    whole: bool = False


class Automaton:
    """Some shapes, read side by side. A place is before a token, or at the end of a shape."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        self._tokens: list[Token | None] = []
        self._many = self._free = self._accepting = self._everything = begin = 0
        self._literal: dict[str, int] = {}
        self._somes: dict[Some, int] = {}
        self._floor: dict[int, int] = {}
        self._moves: dict[str, tuple[int, int]] = {}
        for shape in shapes:
            begin |= 1 << len(self._tokens)
            self._append(shape)
        self.start = self.settled(self._closed(begin))

    def _append(self, shape: Shape) -> None:
        first = len(self._tokens)
        for place, token in enumerate(shape, first):
            if isinstance(token, str):
                self._literal[token] = self._literal.get(token, 0) | 1 << place
                continue
            self._somes[token] = self._somes.get(token, 0) | 1 << place
            if token.many:
                self._many |= 1 << place
                self._floor[place] = self._floor_of(shape, place - first) + first
        end = first + len(shape)
        if shape and shape[-1] == REST:
            self._everything |= 1 << (end - 1)
        self._accepting |= 1 << end
        self._tokens += [*shape, None]

    @staticmethod
    def _floor_of(shape: Shape, star: int) -> int:
        """The lowest place all whose way to a star the star could take itself: it adds nothing to the star's place."""
        token, floor = shape[star], star
        while floor and isinstance(token, Some) and token.includes(shape[floor - 1]):
            floor -= 1
        return floor

    @property
    def size(self) -> int:
        return len(self._tokens)

    @property
    def somes(self) -> Iterable[Some]:
        return self._somes

    @property
    def letters(self) -> Iterable[str]:
        return self._literal

    def step(self, places: int, char: str) -> int:
        """Read one character."""
        if char not in self._moves:
            taking = [(some, mask) for some, mask in self._somes.items() if some.takes(char)]
            once = self._literal.get(char, 0) | sum(mask for some, mask in taking if not some.many)
            self._moves[char] = (once, sum(mask for some, mask in taking if some.many))
        once, stay = self._moves[char]
        return self.settled(self._closed((places & once) << 1 | places & stay))

    def step_all(self, places: int, some: Some) -> int:
        """Read any of a wildcard's characters (with `many` any number): only places that take them all go on."""
        taking = [(own, mask) for own, mask in self._somes.items() if own.includes(some)]
        stay = places & sum(mask for own, mask in taking if own.many)
        once = 0 if some.many else places & sum(mask for own, mask in taking if not own.many)
        return self._closed(once << 1 | stay)

    def accepts(self, places: int) -> bool:
        return bool(places & self._accepting)

    def accepts_everything(self, places: int) -> bool:
        """Tell whether every continuation is certainly accepted."""
        return bool(places & self._everything)

    def awaited(self, places: int) -> set[str]:
        """The characters that are written at some of the places."""
        found: set[str] = set()
        while places:
            place = places.bit_length() - 1
            token = self._tokens[place]
            if isinstance(token, str):
                found.add(token)
            places ^= 1 << place
        return found

    def settled(self, places: int) -> int:
        """Leave out what a star takes anyway: the accepted texts stay the same."""
        if places & self._everything:
            return places & self._everything & -(places & self._everything)
        rest = places & self._many
        while rest:
            star = rest.bit_length() - 1
            below = (1 << star) - (1 << self._floor[star])
            places &= ~below
            rest &= ~below & ~(1 << star)
        return places

    def _closed(self, places: int) -> int:
        new = places
        while new := (new & self._many) << 1 & ~places:
            places |= new
        return places


@lru_cache(maxsize=8192)
def _alone(shape: Shape) -> Automaton:
    return Automaton((shape,))


def covers(general: Shape, special: Shape) -> bool:
    """Tell whether one shape certainly matches all texts of another; a wrong "no" is possible."""
    automaton = _alone(general)
    places = automaton.start
    for token in special:
        places = automaton.step(places, token) if isinstance(token, str) else automaton.step_all(places, token)
        if not places:
            return False
    return automaton.accepts(places) or automaton.accepts_everything(places)


def _head(shape: Shape) -> str:
    """The characters that every text of a shape begins with."""
    found = ""
    for token in shape:
        if not isinstance(token, str):
            break
        found += token
    return found


def contradict(required: Sequence[tuple[Pattern, ...]], excluded: Sequence[Pattern], meter: Meter) -> bool:
    """Tell whether no text is matched by one pattern of each required union and by no excluded one.

    True is certain. False may also mean that a part is not known.
    """
    refuted = {pattern.identity for pattern in excluded}
    against = [shape for pattern in excluded if pattern.exact for shape in pattern.shapes]
    groups: list[list[Shape]] = []
    for union in required or [(Pattern("", ((REST,),), exact=True),)]:
        shapes = [shape for one in union if one.identity not in refuted for shape in one.shapes]
        groups.append([shape for shape in shapes if not _covered(shape, against, meter)])
        if not groups[-1]:
            return True
    chosen = max(range(len(groups)), key=lambda place: len(groups[place]))
    others = groups[:chosen] + groups[chosen + 1 :]
    return all(_is_empty(shape, others, against, meter) for shape in groups[chosen])


def _covered(shape: Shape, against: Iterable[Shape], meter: Meter) -> bool:
    head = _head(shape)
    for other in against:
        meter.spend()
        if head.startswith(_head(other)):
            meter.spend(len(shape))
            if covers(other, shape):
                return True
    return False


def _is_empty(shape: Shape, others: Sequence[Sequence[Shape]], against: Sequence[Shape], meter: Meter) -> bool:
    """Tell whether no text of a shape is one of each of the others' unions and none of `against`."""
    head = _head(shape)

    def near(shapes: Sequence[Shape]) -> list[Shape]:
        meter.spend(len(shapes))
        return [one for one in shapes if head.startswith(_head(one)) or _head(one).startswith(head)]

    unions = [near(shapes) for shapes in others]
    if not all(unions):
        return True
    wanted = (_alone(shape), *(Automaton(union) for union in unions))
    return not _meet(wanted, Automaton(near(against)), meter)


def _meet(wanted: tuple[Automaton, ...], unwanted: Automaton, meter: Meter) -> bool:
    """Search breadth first for a text that all of `wanted` accept and `unwanted` does not."""
    every = (*wanted, unwanted)
    cost = 1 + sum(one.size for one in every) // _WORD_COST
    alike = _alike(every)
    start = tuple(one.start for one in every)
    seen, queue = {start}, deque([start])
    while queue:
        state = queue.popleft()
        if unwanted.accepts_everything(state[-1]):
            continue
        accepted = all(_accepts(one, places) for one, places in zip(wanted, state, strict=False))
        if accepted and not unwanted.accepts(state[-1]):
            return True
        for char in _choices(every, state, alike):
            meter.spend(cost)
            after = tuple(one.step(places, char) for one, places in zip(every, state, strict=True))
            if all(after[:-1]) and after not in seen:
                seen.add(after)
                queue.append(after)
    return False


def _accepts(automaton: Automaton, places: int) -> bool:
    return automaton.accepts(places) or automaton.accepts_everything(places)


def _alike(automata: tuple[Automaton, ...]) -> list[list[str]]:
    """Characters that all wildcards treat alike, together; the fresh one stands for all that no wildcard names."""
    somes = tuple(dict.fromkeys(some for one in automata for some in one.somes))
    named = {char for some in somes for char in (some.only or frozenset()) | some.but}
    groups: dict[tuple[bool, ...], list[str]] = {}
    for char in (FRESH, *sorted(named)):
        groups.setdefault(tuple(some.takes(char) for some in somes), []).append(char)
    return list(groups.values())


def _choices(automata: tuple[Automaton, ...], state: tuple[int, ...], alike: list[list[str]]) -> list[str]:
    """One character of each kind: those that are written at a place, and of the rest one that stands for its like."""
    written = {char for one, places in zip(automata, state, strict=True) for char in one.awaited(places)}
    others = (next((char for char in group if char not in written), None) for group in alike)
    return sorted(written) + [char for char in others if char is not None]
