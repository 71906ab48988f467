"""Statements made ready for the search: bits of actions, a resource fact, and one atom for each condition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from apiece.iam.catalog.keys import Values, values_of
from apiece.iam.document import Effect, Policy, PolicyKind, Statement, Word
from apiece.iam.solver.actions import Universe
from apiece.iam.solver.atoms import atom_of
from apiece.iam.solver.facts import RESOURCE, Literal, Union
from apiece.iam.solver.principals import doubt, is_doubtful
from apiece.iam.solver.words import word_of
from apiece.text import Text

_ABOUT = "which actions it is about is not known before deployment: statement"


@dataclass(frozen=True, eq=False)
class Rule:
    """One statement of a question. `ref` is "layer/policy/statement".

    `bits` are the actions that it may be about, `sure` those that it is certainly about: the same but for open words.
    """

    ref: str
    policy: Policy
    statement: Statement
    bits: int
    sure: int

    @property
    def allows(self) -> bool:
        return self.statement.effect is Effect.ALLOW

    @cached_property
    def certain(self) -> int:
        """The actions that it is certainly about, whoever calls of those whom it means; none if that is not known."""
        return 0 if is_doubtful(self.statement) else self.sure

    def doubt(self, bits: int) -> str:
        """Say what is not known of the statement before deployment, for some of the actions that it may be about."""
        if not bits & self.bits & ~self.certain:
            return ""
        return doubt(self.statement) if is_doubtful(self.statement) else f"{_ABOUT} {self.statement.name}"

    def within(self, bits: int) -> Rule:
        """The statement for some of its actions only."""
        return replace(self, bits=self.bits & bits, sure=self.sure & bits)

    @cached_property
    def body(self) -> object:
        """What is equal for statements with equal resources and conditions."""
        one = self.statement
        return (
            _texts(one.resources),
            _texts(one.not_resources),
            tuple(
                sorted(
                    (c.operator.lower(), c.key.lower(), tuple(sorted(str(w.text) for w in c.values)))
                    for c in one.conditions
                )
            ),
            self._variables,
            self._pads,
        )

    @cached_property
    def is_unconditional(self) -> bool:
        """Tell whether the statement is about every resource, under no condition."""
        one = self.statement
        if one.conditions or one.not_resources is not None:
            return False
        return one.resources is None or any(word.text == "*" for word in one.resources)

    @cached_property
    def literals(self) -> tuple[tuple[str, Literal], ...]:
        """Each component (`resource`, `condition/N`) with the fact that it states."""
        found: list[tuple[str, Literal]] = []
        one = self.statement
        words = one.resources if one.resources is not None else one.not_resources
        if words is not None:
            made = (word_of(word.text, variables=self._variables, pad=self._pads) for word in words)
            union = Union(tuple(dict.fromkeys(made)))
            found.append((RESOURCE, (RESOURCE, (union, one.resources is not None))))
        for place, condition in enumerate(one.conditions):
            atom = atom_of(condition, variables=self._variables)
            found.append((f"condition/{place}", (f"key/{atom.key}", (atom, True))))
        return tuple(found)

    @cached_property
    def failures(self) -> tuple[tuple[str, Literal], ...]:
        """Each component with the opposite of the fact that it states."""
        stated = ((component, variable, fact) for component, (variable, fact) in self.literals)
        return tuple((component, (variable, (what, not holds))) for component, variable, (what, holds) in stated)

    @property
    def _variables(self) -> bool:
        return self.policy.version == "2012-10-17"

    @property
    def _pads(self) -> bool:
        return self.policy.kind is PolicyKind.IDENTITY


@dataclass(frozen=True)
class Rules:
    """All statements of a question, by reference, with the actions and the multivalued keys of its world."""

    universe: Universe
    by_ref: Mapping[str, Rule]
    several: frozenset[str]
    taken_single: frozenset[str] = frozenset()

    def of(self, layer: str, *, allows: bool) -> tuple[Rule, ...]:
        """The Allow or the Deny statements of a layer, in order."""
        start = f"{layer}/"
        return tuple(rule for ref, rule in self.by_ref.items() if ref.startswith(start) and rule.allows is allows)


def words_of(layers: Mapping[str, tuple[Policy, ...]]) -> Iterator[Word]:
    """All action words of some layers."""
    return (word for one in statements_of(layers) for word in (one.actions or one.not_actions or ()))


def statements_of(layers: Mapping[str, tuple[Policy, ...]]) -> list[Statement]:
    """All statements of some layers."""
    return [one for policies in layers.values() for policy in policies for one in policy.statements]


def longest_text(layers: Mapping[str, tuple[Policy, ...]]) -> int:
    """The length of the longest text that a statement compares with."""
    return max((len(str(text)) for one in statements_of(layers) for text in _compared(one)), default=0)


def _compared(one: Statement) -> Iterator[Text]:
    for words in (one.actions, one.not_actions, one.resources, one.not_resources):
        yield from (word.text for word in words or ())
    for condition in one.conditions:
        yield condition.key
        yield from (word.text for word in condition.values)


def rules_of(layers: Mapping[str, tuple[Policy, ...]]) -> Rules:
    """Compile the statements of all layers over one universe of actions."""
    statements = [
        (f"{layer}/{place}/{number}", policy, statement)
        for layer, policies in layers.items()
        for place, policy in enumerate(policies)
        for number, statement in enumerate(policy.statements)
    ]
    universe = Universe(word for _, _, one in statements for word in (one.actions or one.not_actions or ()))
    by_ref = {ref: _rule(ref, policy, one, universe) for ref, policy, one in statements}
    several, single = _several(one for _, _, one in statements)
    return Rules(universe, by_ref, several, single)


def _rule(ref: str, policy: Policy, statement: Statement, universe: Universe) -> Rule:
    words = statement.actions if statement.actions is not None else statement.not_actions or ()
    bits, is_open = universe.bits(words), has_open_action(statement)
    if statement.actions is None:
        bits = universe.all & ~bits
        return Rule(ref, policy, statement, bits, 0 if is_open else bits)
    return Rule(ref, policy, statement, universe.all if is_open else bits, bits)


def has_open_action(statement: Statement) -> bool:
    """Tell whether an action word holds an open value: the statement may be about any action."""
    words = statement.actions or statement.not_actions or ()
    return any(not isinstance(word.text, str) for word in words)


def _several(statements: Iterable[Statement]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys that may hold several values, and those that may but are taken to hold one (docs/adr/0014, "The world").

    What an operator without set operator makes of several values is not documented (27).
    """
    asked, alone = set(), set()
    for statement in statements:
        for condition in statement.conditions:
            name, key = condition.operator.lower(), condition.key.lower()
            if name.startswith(("forallvalues:", "foranyvalue:")):
                asked.add(key)
            elif name != "null":
                alone.add(key)
    many = {key for key in asked | alone if values_of(key) is Values.SEVERAL}
    many |= {key for key in asked if values_of(key) is Values.UNDOCUMENTED}
    return frozenset(many - alone), frozenset(many & alone)


def _texts(words: Iterable[object] | None) -> tuple[Text, ...] | None:
    return None if words is None else tuple(sorted({word.text for word in words}, key=str))  # type: ignore[attr-defined]
