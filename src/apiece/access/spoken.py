"""What the policies of principals speak of: bits of actions, cut-outs of policies, resources that may be meant.

It decides nothing: it only tells what cannot matter to a question, so that it need not be asked or read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from apiece.access.principals import Principal
from apiece.access.targets import Target
from apiece.estate.policy import AttachedPolicy
from apiece.iam.document import Effect, Policy, Statement, Word
from apiece.iam.pattern import glob, matches
from apiece.iam.solver.actions import Universe, located, texts_of
from apiece.iam.solver.rules import actions_of, has_open_action
from apiece.text import Text, example, is_open

_HEAD = 5
_FEW = 8


@dataclass(frozen=True)
class Cut:
    """The policies of a principal that speak of some actions."""

    identity: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None
    scp: tuple[tuple[Policy, ...], ...] | None

    @property
    def words(self) -> Iterator[tuple[Statement, tuple[Word, ...] | None]]:
        """Each Allow statement of the identity policies with its resource words."""
        for policy in self.identity:
            for one in policy.statements:
                if one.effect is Effect.ALLOW:
                    yield one, one.resources


@dataclass
class Spoken:
    """The actions that the statements of some principals are about, compiled once."""

    principals: Sequence[Principal]
    more: tuple[str, ...] = ()
    """Actions that are asked about and that the catalogue may not know."""
    _universe: Universe = field(init=False)
    _bits: dict[int, int] = field(default_factory=dict)
    _slices: dict[tuple[int, int], Cut] = field(default_factory=dict)
    _wanted: dict[tuple[str, ...], int] = field(default_factory=dict)
    _mays: dict[int, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = {text for one in _statements(self.principals) for text in texts_of(actions_of(one))}
        self._universe = Universe(texts.union(self.more))

    def may(self, principal: Principal, actions: tuple[str, ...]) -> bool:
        """Tell cheaply whether a principal's own policies might allow any of some actions; False is certain."""
        key = id(principal)
        if key not in self._mays:
            own = (one for policy in principal.identity if policy.document for one in policy.document.statements)
            unknown = principal.gaps or any(has_open_action(one) for one in own if one.effect is Effect.ALLOW)
            self._mays[key] = None if unknown else self.of(principal)
        known = self._mays[key]
        return known is None or bool(known & self.wanted(actions))

    def of(self, principal: Principal) -> int:
        """All actions that some Allow statement of a principal is about, as bits."""
        found = 0
        for policy in principal.identity:
            for one in policy.document.statements if policy.document is not None else ():
                if one.effect is Effect.ALLOW:
                    found |= self._about(one)
        return found

    def names(self, bits: int) -> list[str]:
        """The actions of a set."""
        return self._universe.names(bits)

    def wanted(self, actions: tuple[str, ...]) -> int:
        """Actions, or patterns of them that are asked about, as bits."""
        found = self._wanted.get(actions)
        if found is None:
            more = located([one for one in actions if one in self.more])
            found = self._universe.named(one for one in actions if one not in self.more) | self._universe.bits(more)
            self._wanted[actions] = found
        return found

    def words(self, principal: Principal, actions: tuple[str, ...]) -> list[tuple[Text, ...] | None]:
        """The resource words of each Allow statement about some actions, None where it names what it is not about."""
        found = self.cut(principal, self.wanted(actions)).words
        return [None if words is None else tuple(word.text for word in words) for _, words in found]

    def _about(self, statement: Statement) -> int:
        found = self._bits.get(id(statement))
        if found is None:
            found = self._bits_of(*actions_of(statement))
            if statement.actions is None:
                found = self._universe.all & ~found
            self._bits[id(statement)] = found
        return found

    def _bits_of(self, *words: Word) -> int:
        return self._universe.bits(located(texts_of(words)))

    def _is_about(self, statement: Statement, wanted: int) -> bool:
        return bool(self._about(statement) & wanted) or has_open_action(statement)

    def cut(self, principal: Principal, wanted: int) -> Cut:
        """The statements of a principal that are about some of the actions; the others cannot change a decision."""
        key = (id(principal), wanted)
        found = self._slices.get(key)
        if found is None:
            scp = principal.scp
            found = self._slices[key] = Cut(
                self._sliced(principal.identity, wanted),
                None if principal.boundary is None else self._sliced(principal.boundary, wanted),
                None if scp is None else tuple(self._sliced(level, wanted) for level in scp),
            )
        return found

    def _sliced(self, policies: tuple[AttachedPolicy, ...], wanted: int) -> tuple[Policy, ...]:
        return tuple(
            replace(
                one.document,
                statements=tuple(
                    self._short(two, wanted) for two in one.document.statements if self._is_about(two, wanted)
                ),
            )
            for one in policies
            if one.document is not None
        )

    def _short(self, statement: Statement, wanted: int) -> Statement:
        """A statement of many actions without the words that match none of those wanted."""
        words = statement.actions or ()
        if len(words) <= _FEW:
            return statement
        kept = tuple(word for word in words if is_open(word.text) or self._bits_of(word) & wanted)
        return replace(statement, actions=kept)


def _statements(found: Iterable[Principal]) -> Iterator[Statement]:
    for principal in found:
        levels = principal.scp or ()
        for one in (*principal.identity, *(principal.boundary or ()), *(two for level in levels for two in level)):
            yield from one.document.statements if one.document is not None else ()


# ---- which things the words of a policy can mean ---------------------------------------------------------------------


class Words:
    """The resource words of the Allow statements of a cut-out; None: they may mean anything."""

    def __init__(self, texts: frozenset[str] | None) -> None:
        self._words = None if texts is None else tuple(_Word(text) for text in sorted(texts))

    def meet(self, target: Target) -> bool:
        """Tell whether some word may mean the target or what lies in it; False is certain."""
        return self._words is None or any(word.may_mean(target) for word in self._words)


class _Word:
    """One resource word, taken apart as an ARN; where it has no six parts it may mean anything."""

    def __init__(self, text: str) -> None:
        *head, rest = text.split(":", _HEAD)
        self._head = tuple(head) if len(head) == _HEAD else None
        self._rest = rest
        self._stem = rest.partition("*")[0].partition("?")[0]

    def may_mean(self, target: Target) -> bool:
        if self._head is None:
            return True
        *head, rest = target.arn.split(":", _HEAD)
        if not all(own == other or _segment(own, other) for own, other in zip(self._head, head, strict=False)):
            return False
        if len(target.inside) > 1 and self._rest.startswith(rest):
            return True
        return rest == self._rest if self._stem == self._rest else rest.startswith(self._stem)


@lru_cache(maxsize=4096)
def _segment(own: str, other: str) -> bool:
    """Tell whether a part of a pattern may match a part of an ARN (statement 20: no wildcard crosses a colon)."""
    return bool(set(own) & {"*", "?"}) and matches(glob(own), other)


def words_of(own: Cut) -> Words:
    """The resources that a cut-out may mean."""
    texts: set[str] = set()
    for _, words in own.words:
        if words is None or any(is_open(word.text) or "${" in example(word.text) for word in words):
            return Words(None)
        texts |= {example(word.text) for word in words}
    return Words(frozenset(texts))
