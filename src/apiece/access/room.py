"""What is left to a statement's actions after every Deny and below each ceiling: room for resources.

Whether the conditions of denials can be escaped, and those of ceilings met, the solver decides over the context keys;
resources stay patterns, so that it can be asked how wide they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from apiece.access.execution import Execution
from apiece.access.rights import InForce, caller, ceilings, denials
from apiece.iam.document import Policy, PolicyKind, Statement, Word
from apiece.iam.pattern import Pattern, resource
from apiece.iam.solver import Model, OutOfBudget, Rule, Rules, Search, Spending, rules_of
from apiece.iam.solver.classes import Facts, facts_of
from apiece.iam.solver.cubes import classes_of_actions
from apiece.iam.solver.facts import About
from apiece.iam.solver.search import Conflict
from apiece.text import Hole, HoleKind, Symbolic, Text, is_open, join

_MOST_CHOICES = 64
_BUDGET = 200_000
_GRANT, _DENY, _LEVEL = "grant", "deny", "level"


@dataclass(frozen=True, slots=True)
class Room:
    """What narrows a statement: patterns that are taken away, and sets of which one must match."""

    without: tuple[Pattern, ...] = ()
    within: tuple[tuple[Pattern, ...], ...] = ()


UNLIMITED = (Room(),)


@dataclass(frozen=True, slots=True)
class Part:
    """Actions that everything treats alike (None: all), with the rooms they have: each under another context."""

    names: frozenset[str] | None
    rooms: tuple[Room, ...]
    undecided: bool = False


def parts(execution: Execution, force: InForce) -> tuple[Part, ...]:
    """Split a statement's actions by what limits them. Actions to which nothing is left are in no part."""
    denied = denials(execution, force.when)
    levels = ceilings(execution, force.when)
    if not denied and not levels:
        return (Part(None, UNLIMITED),)
    grant = Policy(PolicyKind.IDENTITY, _version(force), None, (force.statement,))
    layers = {_GRANT: (grant,), _DENY: tuple(replace(policy, statements=(one,)) for policy, one in denied)}
    layers |= {f"{_LEVEL}{depth}": level for depth, level in enumerate(levels)}
    try:
        rules = rules_of(layers)
    except OutOfBudget:
        return (Part(None, (), undecided=True),)
    return tuple(_alike(_Splitting(rules, _facts(execution), len(levels)).run()))


def _facts(execution: Execution) -> Facts:
    """What is true of the role; not what follows from a name that it gets when it is deployed."""
    facts = facts_of(caller(execution))
    unknown = () if isinstance(execution.role_arn, str) else ("key/aws:principalarn", "key/aws:principalaccount")
    return {variable: about for variable, about in facts.items() if variable not in unknown}


def _alike(found: Iterable[Part]) -> Iterator[Part]:
    """Put actions together that have the same rooms."""
    names: dict[tuple[tuple[Room, ...], bool], frozenset[str]] = {}
    for part in found:
        key = (part.rooms, part.undecided)
        names[key] = names.get(key, frozenset()) | (part.names or frozenset())
    return (Part(those, rooms, undecided) for (rooms, undecided), those in names.items())


def _version(force: InForce) -> str:
    return force.attached.document.version if force.attached.document is not None else "2012-10-17"


@dataclass(frozen=True)
class _Option:
    """One way to be below a ceiling: the resources, and the statement whose conditions must hold."""

    room: Room
    rule: Rule | None = None


class _Splitting:
    def __init__(self, rules: Rules, facts: Facts, levels: int) -> None:
        self._rules = rules
        self._facts = facts
        self._levels = [tuple(map(_at_most, rules.of(f"{_LEVEL}{depth}", allows=True))) for depth in range(levels)]
        self._search = Search(Spending(_BUDGET), rules.several)

    def run(self) -> Iterator[Part]:
        (grant,) = self._rules.of(_GRANT, allows=True)
        denied = self._rules.of(_DENY, allows=False)
        above = tuple(rule for level in self._levels for rule in level)
        for group, about in classes_of_actions(grant.bits, (*denied, *above)):
            names = frozenset(self._rules.universe.names(group))
            options = [tuple(_options([rule for rule in level if rule in about])) for level in self._levels]
            refusals = [rule for rule in about if not rule.allows]
            try:
                found = tuple(dict.fromkeys(self._rooms(grant, refusals, options)))
            except OutOfBudget:
                yield Part(names, (), undecided=True)
                continue
            if found:
                yield Part(names, found)

    def _rooms(self, grant: Rule, refusals: list[Rule], options: list[tuple[_Option, ...]]) -> Iterator[Room]:
        for place, choice in enumerate(itertools.product(*options)):
            if place == _MOST_CHOICES:
                raise OutOfBudget("too many ways to be below all ceilings")
            asked = [_keys_of(rule) for rule in (grant, *(one.rule for one in choice)) if rule is not None]
            facts = self._search.assume(None, self._facts, asked)
            if isinstance(facts, Conflict):
                continue
            rooms = [one.room for one in choice]
            for standing in self._standing(facts, refusals):
                yield _joined([*rooms, *(_refused(rule.statement) for rule in standing)])

    def _standing(self, facts: Mapping[str, About], refusals: list[Rule]) -> Iterator[list[Rule]]:
        """The denials whose conditions no context escapes: one answer, or several where not all can be at once."""
        free = [rule for rule in refusals if rule.statement.conditions and self._escape(facts, [rule])]
        fixed = [rule for rule in refusals if rule not in free]
        pending, seen = [tuple(free)], set[tuple[Rule, ...]]()
        while pending:
            escaped = pending.pop(0)
            if self._escape(facts, escaped):
                yield [*fixed, *(rule for rule in free if rule not in escaped)]
                continue
            for one in escaped:
                fewer = tuple(rule for rule in escaped if rule is not one)
                if fewer not in seen:
                    seen.add(fewer)
                    pending.append(fewer)
            if len(seen) > _MOST_CHOICES:
                raise OutOfBudget("too many ways to escape denials")

    def _escape(self, facts: Mapping[str, About], rules: Sequence[Rule]) -> bool:
        """Tell whether some context fails a condition of each of these denials, at least perhaps."""
        return isinstance(self._search.solve(None, facts, map(_keys_of, rules)), Model)


def _at_most(rule: Rule) -> Rule:
    """The statement as about all actions that it may be about."""
    return replace(rule, certain=rule.bits)


def _keys_of(rule: Rule) -> Rule:
    """The statement without a word on resources."""
    return replace(rule, statement=replace(rule.statement, resources=None, not_resources=None))


def _options(level: list[Rule]) -> Iterator[_Option]:
    """Statements without conditions are one option: they allow the union of their resources."""
    plain = [rule for rule in level if not rule.statement.conditions and rule.statement.not_resources is None]
    words = [word for rule in plain for word in rule.statement.resources or (Word("*"),)]
    if words:
        yield _Option(Room(within=(_widest(words),)))
    for rule in level:
        if rule not in plain:
            yield _Option(_allowed(rule.statement), rule)


def _allowed(statement: Statement) -> Room:
    if statement.not_resources is not None:
        return Room(without=_patterns(statement.not_resources))
    return Room(within=(_widest(statement.resources or (Word("*"),)),))


def _refused(statement: Statement) -> Room:
    """What a Deny leaves. One with open values takes away what it surely is about."""
    if statement.resources is not None:
        return Room(without=_patterns(statement.resources))
    if statement.not_resources is None:
        return Room(without=(resource("*"),))
    if any(is_open(word.text) for word in statement.not_resources):
        return Room()
    return Room(within=(_patterns(statement.not_resources),))


def _patterns(words: tuple[Word, ...]) -> tuple[Pattern, ...]:
    return tuple(resource(word.text) for word in words if not is_open(word.text))


def _widest(words: Iterable[Word]) -> tuple[Pattern, ...]:
    return tuple(resource(widest(word.text)) for word in words)


def widest(text: Text) -> Text:
    """Take open values for `*`: nothing more can be reached."""
    if not isinstance(text, Symbolic):
        return text
    return join("*" if isinstance(part, Hole) and part.kind is HoleKind.ANY else part for part in text.parts)


def _joined(rooms: list[Room]) -> Room:
    without = dict.fromkeys(pattern for room in rooms for pattern in room.without)
    within = dict.fromkeys(patterns for room in rooms for patterns in room.within)
    return Room(tuple(without), tuple(within))
