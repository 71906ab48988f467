"""Statements made ready for the search: bits of actions, a resource fact, and one atom for each condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from apiece.iam.catalog.keys import Values, values_of
from apiece.iam.document import Effect, Policy, PolicyKind, Statement, Word
from apiece.iam.solver.actions import Universe, are_too_many, located, texts_of
from apiece.iam.solver.atoms import atom_of
from apiece.iam.solver.facts import RESOURCE, Literal, Union
from apiece.iam.solver.principals import doubt, is_doubtful
from apiece.iam.solver.spending import OutOfBudget
from apiece.iam.solver.words import word_of
from apiece.text import Text

Layers = Mapping[str, tuple[Policy, ...]]
_LONGEST = 32_768
"""Characters of the longest policy that AWS takes, a KMS key's: no text of a policy is longer."""
_ABOUT = "which actions it is about is not known before deployment: statement"


@dataclass(frozen=True, eq=False)
class Rule:
    """One statement of a question. `ref` is "layer/policy/statement".

    `bits` are the actions that it may be about; `certain` those that it is about for sure, whoever calls of those whom
    it means: the same but for open words, and none where it is not known whom it means.
    """

    ref: str
    policy: Policy
    statement: Statement
    bits: int
    certain: int

    @property
    def allows(self) -> bool:
        return self.statement.effect is Effect.ALLOW

    def doubt(self, bits: int) -> str:
        """Say what is not known of the statement before deployment, for some of the actions that it may be about."""
        if not bits & self.bits & ~self.certain:
            return ""
        return doubt(self.statement) if is_doubtful(self.statement) else f"{_ABOUT} {self.statement.name}"

    def within(self, bits: int) -> Rule:
        """The statement for some of its actions only."""
        return replace(self, bits=self.bits & bits, certain=self.certain & bits)

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
            self._fills,
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
            made = (word_of(word.text, variables=self._fills, pad=self._pads) for word in words)
            union = Union(tuple(dict.fromkeys(made)))
            found.append((RESOURCE, (RESOURCE, (union, one.resources is not None))))
        for place, condition in enumerate(one.conditions):
            atom = atom_of(condition, variables=self._fills)
            found.append((f"condition/{place}", (f"key/{atom.key}", (atom, True))))
        return tuple(found)

    @cached_property
    def failures(self) -> tuple[tuple[str, Literal], ...]:
        """Each component with the opposite of the fact that it states."""
        stated = ((component, variable, fact) for component, (variable, fact) in self.literals)
        return tuple((component, (variable, (what, not holds))) for component, variable, (what, holds) in stated)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The keys, in lower case, that policy variables of the statement stand for."""
        if not self._fills:
            return frozenset()
        one = self.statement
        words = [*(one.resources or ()), *(one.not_resources or ())]
        words += [word for condition in one.conditions for word in condition.values]
        texts = {word.text for word in words if not isinstance(word.text, str) or "${" in word.text}
        return frozenset(found.key for text in texts for found in word_of(text, variables=True).unknown_variables)

    @property
    def _fills(self) -> bool:
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


def statements_of(layers: Layers) -> list[Statement]:
    """All statements of some layers."""
    return [one for policies in layers.values() for policy in policies for one in policy.statements]


def rules_of(layers: Layers) -> Rules:
    """Compile the statements of all layers over one universe of actions. Raises `OutOfBudget`."""
    said = [
        (f"{layer}/{place}/{number}", policy, statement)
        for layer, policies in layers.items()
        for place, policy in enumerate(policies)
        for number, statement in enumerate(policy.statements)
    ]
    words = [actions_of(statement) for _, _, statement in said]
    texts = [texts_of(some) for some in words]
    found = [located(some) for some in texts]
    others = {text for _, some in found for text in some}
    if are_too_many(others):
        msg = "the policies name more action patterns than are looked up"
        raise OutOfBudget(msg)
    _limit_length(others, [statement for _, _, statement in said])
    universe = Universe(others)
    by_ref = {}
    for (ref, policy, statement), every, known, places in zip(said, words, texts, found, strict=True):
        bits = _bounds(statement, universe, universe.bits(places), is_open=len(known) < len(every))
        by_ref[ref] = Rule(ref, policy, statement, *bits)
    return Rules(universe, by_ref, *several(layers))


def _limit_length(texts: Iterable[str], statements: Iterable[Statement]) -> None:
    """Refuse texts that no policy of AWS has room for."""
    longest = max(map(len, texts), default=0)
    for one in statements:
        compared = one.resources or one.not_resources or ()
        for words in (compared, *[condition.values for condition in one.conditions]):
            for word in words:
                text = word.text
                longest = max(longest, len(text) if isinstance(text, str) else len(str(text)))
    if longest > _LONGEST:
        msg = f"a text of {longest:,} characters is longer than the {_LONGEST:,} that are looked at"
        raise OutOfBudget(msg)


def actions_of(statement: Statement) -> tuple[Word, ...]:
    """The words of `Action` or `NotAction`."""
    return statement.actions or statement.not_actions or ()


def _bounds(statement: Statement, universe: Universe, bits: int, *, is_open: bool) -> tuple[int, int]:
    """The actions that a statement may be about, and those that it certainly is, from those of its known words."""
    may = bits
    if statement.actions is None:
        may = universe.all & ~bits
        bits = 0 if is_open else may
    elif is_open:
        may = universe.all
    return may, 0 if is_doubtful(statement) else bits


def has_open_action(statement: Statement) -> bool:
    """Tell whether an action word holds an open value: the statement may be about any action."""
    return any(not isinstance(word.text, str) for word in actions_of(statement))


def several(layers: Layers) -> tuple[frozenset[str], frozenset[str]]:
    """The keys that may hold several values, and those that may but are taken to hold one (docs/adr/0014, "The world").

    What an operator without set operator makes of several values is not documented (27).
    """
    asked, alone = set(), set()
    for statement in statements_of(layers):
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
