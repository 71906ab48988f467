"""Whether what is known of one condition key contradicts itself: the key is absent, has one value, or several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from apiece.iam.catalog.keys import Values, values_of
from apiece.iam.checker import values
from apiece.iam.checker.meter import Meter
from apiece.iam.checker.values import Test
from apiece.iam.checker.words import interpolates
from apiece.iam.document import Condition, Statement

_TEXTS = ("stringequals", "stringequalsignorecase", "stringlike")
_ORDERS = ("lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
_BASES: dict[str, tuple[str, bool]] = {
    **{base: (base, False) for base in (*_TEXTS, "bool", "binaryequals", "ipaddress")},
    **{base.replace("string", "stringnot"): (base, True) for base in _TEXTS},
    "null": ("null", False),
    "notipaddress": ("ipaddress", True),
    **dict.fromkeys(("arnequals", "arnlike"), ("arnlike", False)),
    **dict.fromkeys(("arnnotequals", "arnnotlike"), ("arnlike", True)),
    **{f"{kind}{order}": (f"{kind}{order}", False) for kind in ("numeric", "date") for order in (*_ORDERS, "equals")},
    **{f"{kind}notequals": (f"{kind}equals", True) for kind in ("numeric", "date")},
}
"""Operators in lower case: what they compare, and whether they are a negation."""
_ALL, _ANY = "forallvalues:", "foranyvalue:"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator taken apart. `base` is `null`, or empty for an operator that does not exist."""

    qualifier: str
    base: str
    negative: bool
    if_exists: bool


def operator_of(name: str) -> Operator:
    """Take an operator apart, in any case."""
    name = name.lower()
    qualifier = next((one for one in (_ALL, _ANY) if name.startswith(one)), "")
    plain = name.removeprefix(qualifier)
    base, negative = _BASES.get(plain.removesuffix("ifexists"), ("", False))
    return Operator(qualifier, base, negative, plain.endswith("ifexists"))


def keys_with_several_values(statements: Iterable[Statement]) -> frozenset[str]:
    """The keys, in lower case, that may have several values (docs/adr/0014, "The world").

    Those documented so, and undocumented ones that a set operator asks about; but none that some condition compares
    without set operator, since what AWS makes of several values then is not documented (27).
    """
    asked: set[str] = set()
    alone: set[str] = set()
    for statement in statements:
        for condition in statement.conditions:
            operator = operator_of(condition.operator)
            if operator.base != "null":
                (asked if operator.qualifier else alone).add(condition.key.lower())
    documented = {key for key in asked if values_of(key) is not Values.ONE}
    return frozenset(documented - alone)


@dataclass(frozen=True, eq=False)
class KeyFact:
    """A condition is true, or, with `holds` false, it is not. What the rules leave unknown may be either."""

    condition: Condition
    variables: bool
    holds: bool

    @cached_property
    def operator(self) -> Operator:
        return operator_of(self.condition.operator)

    @cached_property
    def identity(self) -> object:
        """What two conditions share that are true of the same requests."""
        texts = frozenset(word.text for word in self.condition.values)
        needs = any(interpolates(text, variables=self.variables) for text in texts)
        return self.operator, self.condition.operator.lower() if not self.operator.base else "", texts, needs

    @cached_property
    def test(self) -> Test | None:
        """What it asks of a value that the operator looks at; None where it asks nothing."""
        if self.operator.base in {"", "null"}:
            return None
        words = tuple(word.text for word in self.condition.values)
        return Test(self.operator.base, words, self.variables, self.holds is not self.operator.negative)

    def admits_absence(self) -> bool:
        """Statements 25 and 26: an absent key, or a key with an empty list."""
        operator = self.operator
        if operator.base == "null":
            return self._admits_presence(present=False)
        if not operator.base:
            return True
        if operator.qualifier == _ALL:
            return self.holds
        if operator.qualifier == _ANY:
            return operator.if_exists or not self.holds
        return (operator.if_exists or operator.negative) is self.holds

    def admits_presence(self) -> bool:
        """Whether a key with values could do; which values is the test's question."""
        return self.operator.base != "null" or self._admits_presence(present=True)

    def _admits_presence(self, *, present: bool) -> bool:
        truths = [
            (word.text.lower() == "true") is not present if isinstance(word.text, str) else None
            for word in self.condition.values
        ]
        truth = True if True in truths else None if None in truths else False
        return truth is None or truth is self.holds


def contradicts(facts: Sequence[KeyFact], meter: Meter, *, several: bool) -> bool:
    """Tell whether a key cannot be so that the facts are true. True is certain.

    `several` says that it may have more than one value. A key is absent (or empty, which no operator tells apart), has
    one value, or has several: each of the three must be impossible. One condition that is both true and false is so at
    once, also where it is not known what it says: it says the same both times.
    """
    denied = {fact.identity for fact in facts if not fact.holds}
    if any(fact.holds and fact.identity in denied for fact in facts):
        return True
    if all(fact.admits_absence() for fact in facts):
        return False
    if not all(fact.admits_presence() for fact in facts):
        return True
    if not values.contradict([fact.test for fact in facts if fact.test is not None], meter):
        return False
    return not several or _several_contradict(facts, meter)


def _several_contradict(facts: Sequence[KeyFact], meter: Meter) -> bool:
    """Statement 27: some facts are about every value of a set, the others each about some value of it."""
    of_all = [test for test, every in _of_sets(facts) if every]
    of_some = [test for test, every in _of_sets(facts) if not every]
    return values.contradict(of_all, meter) or any(values.contradict([*of_all, test], meter) for test in of_some)


def _of_sets(facts: Sequence[KeyFact]) -> Iterator[tuple[Test, bool]]:
    """The tests of facts with a set operator, and whether every value must pass; without one a set is unknown."""
    for fact in facts:
        if fact.test is not None and fact.operator.qualifier:
            yield fact.test, (fact.operator.qualifier == _ALL) is fact.holds
