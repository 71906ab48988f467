"""The search within one class of actions: choose for each forbidden statement which of its components fails.

Variables are independent of each other, so that each is looked at by itself; facts gather, clauses shrink, and the
shortest clause is branched on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apiece.iam.solver import keys, resources
from apiece.iam.solver.answers import Holds, Look
from apiece.iam.solver.facts import NOTHING, RESOURCE, About, Fact, Facts, Literal
from apiece.iam.solver.rules import Rule
from apiece.iam.solver.spending import Spending

_DEEPEST = 100
"""Branches in each other. A certificate nests three times as deep, which every reader of JSON takes."""
Clause = tuple[str, tuple[tuple[str, Literal], ...]]
"""A forbidden statement with the failures that may still happen to it."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """The facts about a variable contradict each other."""

    variable: str


@dataclass(frozen=True, slots=True)
class Split:
    """A forbidden statement: one of its components must fail. A component that is not listed cannot."""

    ref: str
    cases: Mapping[str, Proof]


Proof = Conflict | Split


@dataclass(frozen=True, slots=True)
class Model:
    """Facts that contradict neither each other nor any clause. `why` is empty where that is certain."""

    facts: Facts
    why: str = ""


@dataclass
class Search:
    """One question's theory checks, remembered; `several` are the keys that may hold more than one value."""

    spending: Spending
    several: frozenset[str]
    _depth: int = 0
    _looks: dict[object, Look] = field(default_factory=dict)

    def look(self, domain: str | None, variable: str, facts: About) -> Look:
        """Tell whether a variable has a value with which all facts are true."""
        asked = (domain, facts) if variable == RESOURCE else (variable, facts)
        found = self._looks.get(asked)
        if found is None:
            self.spending.spend(1)
            if variable == RESOURCE:
                found = resources.look(domain, facts, self.spending)
            else:
                several = variable.removeprefix("key/") in self.several
                found = keys.look(facts, self.spending, several=several)
            self._looks[asked] = found
        return found

    def assume(self, domain: str | None, facts: Facts, rules: Iterable[Rule]) -> Facts | Conflict:
        """Add that statements are about the request. What was known before contradicts itself nowhere."""
        literals = [literal for rule in rules for _, literal in rule.literals]
        gathered = _with(facts, literals)
        for variable in sorted({variable for variable, _ in literals} | {RESOURCE}):  # keys first: they are cheap
            about = gathered.get(variable)
            if about is not None and self.look(domain, variable, about).holds is Holds.NEVER:
                return Conflict(variable)
        return gathered

    def solve(self, domain: str | None, facts: Facts, forbidden: Iterable[Rule]) -> Model | Proof:
        """Find facts with which none of the forbidden statements is about the request, or prove that there are none."""
        return self._solve(domain, facts, [(rule.ref, rule.failures) for rule in forbidden])

    def _solve(self, domain: str | None, facts: Facts, clauses: list[Clause]) -> Model | Proof:
        taken: list[tuple[str, str]] = []
        while True:
            self.spending.spend(len(clauses) + 1)
            left: list[Clause] = []
            units: list[tuple[str, str, Literal]] = []
            for ref, literals in clauses:
                live = self._live(domain, facts, literals)
                if live is None:
                    continue
                if not live:
                    return _nested(taken, Split(ref, {}))
                if len(live) > 1:
                    left.append((ref, live))
                else:
                    units.append((ref, *live[0]))
            clauses = left
            if not units:
                return self._branch(domain, facts, clauses, taken) if clauses else self._model(domain, facts)
            taken += [(ref, component) for ref, component, _ in units]
            facts = _with(facts, [literal for _, _, literal in units])
            for variable in dict.fromkeys(variable for _, _, (variable, _) in units):
                if self.look(domain, variable, facts[variable]).holds is Holds.NEVER:
                    return _nested(taken, Conflict(variable))

    def _branch(
        self, domain: str | None, facts: Facts, clauses: list[Clause], taken: list[tuple[str, str]]
    ) -> Model | Proof:
        clauses.sort(key=lambda clause: len(clause[1]))
        (ref, literals), *rest = clauses
        cases: dict[str, Proof] = {}
        doubtful: Model | None = None
        for component, literal in literals:
            self._depth += 1
            if self._depth > _DEEPEST:
                self.spending.spend(self.spending.left + 1)
            found = self._solve(domain, _with(facts, [literal]), list(rest))
            self._depth -= 1
            if isinstance(found, Model):
                if not found.why:
                    return found
                doubtful = doubtful or found
            else:
                cases[component] = found
        return doubtful or _nested(taken, Split(ref, cases))

    def _live(
        self, domain: str | None, facts: Facts, literals: tuple[tuple[str, Literal], ...]
    ) -> tuple[tuple[str, Literal], ...] | None:
        """The failures that are still possible; None where one is certain already."""
        live = []
        for component, (variable, fact) in literals:
            known = facts.get(variable, NOTHING)
            if fact in known:
                return None
            inverse = _inverse(fact)
            if inverse in known:
                continue
            if self.look(domain, variable, known | {fact}).holds is Holds.NEVER:
                continue
            if self.look(domain, variable, known | {inverse}).holds is Holds.NEVER:
                return None
            live.append((component, (variable, fact)))
        return tuple(live)

    def _model(self, domain: str | None, facts: Facts) -> Model:
        for variable, about in facts.items():
            found = self.look(domain, variable, about)
            if found.holds is Holds.PERHAPS:
                return Model(facts, found.why)
        return Model(facts)


def _with(facts: Facts, literals: Iterable[Literal]) -> Facts:
    more: dict[str, set[Fact]] = {}
    for variable, fact in literals:
        more.setdefault(variable, set()).add(fact)
    return {**facts, **{variable: facts.get(variable, NOTHING) | about for variable, about in more.items()}}


def _inverse(fact: Fact) -> Fact:
    what, sign = fact
    return what, not sign


def _nested(taken: list[tuple[str, str]], proof: Proof) -> Proof:
    for ref, component in reversed(taken):
        proof = Split(ref, {component: proof})
    return proof
