"""The best certificate that can be made for a claim, with false steps where none holds."""

from __future__ import annotations

import functools
import itertools
import operator
import random
from collections.abc import Iterator
from typing import Any

from apiece.iam import catalog
from apiece.iam.catalog.domains import domains_of
from apiece.iam.checker import SCHEMA, CallerClass, Claim, Cube
from apiece.iam.checker.meter import Meter
from apiece.iam.checker.proof import Case, Judge
from apiece.iam.checker.rules import Component, Fact, Rule, Rules, rules_of

Body = dict[str, object]
PAIRS = [
    (action.name.lower(), domain)
    for service in catalog.load().services
    for action in catalog.load().actions(service)
    for domain in domains_of(action.name)
]


class Maker:
    """Makes a certificate as well as it can, and claims what it cannot show."""

    def __init__(self, claim: Claim, seed: int, *, odd: tuple[str, ...] = ()) -> None:
        """`odd` are the actions of the claim's world that the catalogue does not know, in order."""
        self.odd = odd
        self.claim = claim
        self.random = random.Random(seed)
        self.rules: Rules = rules_of(claim)
        self.judge = Judge(self.rules, Meter(10**9))

    def make(self) -> dict[str, Any]:
        cubes = (
            [entry for caller in self.claim.callers for entry in self._entries(cube, caller)]
            for cube in self.claim.cubes
        )
        digest = catalog.load().digest
        return {"schema": SCHEMA, "catalog": digest, "cubes": [{"entries": entries} for entries in cubes]}

    def _entries(self, cube: Cube, caller: CallerClass) -> Iterator[Body]:
        forbidden = [self.rules.by_ref[ref] for ref in cube.forbidden]
        for choice in itertools.product(*cube.required):
            assumed = [self.rules.by_ref[ref] for ref in choice]
            facts: dict[str, tuple[Fact, ...]] = {}
            for rule in assumed:
                for component in rule.components.values():
                    facts = self._with(facts, component, component.holds)
            alike: dict[tuple[str, tuple[str, ...]], set[str]] = {}
            if any(caller.says.get(ref) is False for ref in choice):
                continue
            common = functools.reduce(operator.and_, (rule.may for rule in assumed), self._asked(cube))
            for bit, (name, domain) in self._named(common).items():
                about = tuple(rule.ref for rule in forbidden if rule.must & bit)
                alike.setdefault((domain, about), set()).add(name)
            for (domain, about), names in alike.items():
                pairs = self.rules.world.pairs(names)
                case = Case(caller, domain, pairs, frozenset(cube.forbidden))
                # A name's other domains are other entries: a rule is about all pairs of a name or about none.
                order = [self.rules.by_ref[ref] for ref in self.random.sample(about, len(about))]
                proof = self._prove(facts, order, case)
                yield {
                    "caller": caller.name,
                    "assume": list(choice),
                    "actions": sorted(names),
                    "resource": domain,
                    "proof": proof,
                }

    def _asked(self, cube: Cube) -> int:
        world = self.rules.world
        return world.all if cube.actions is None else world.pairs(filter(world.has, cube.actions))

    def _named(self, pairs: int) -> dict[int, tuple[str, str]]:
        found = {}
        odd = [(name, domain) for name in self.odd for domain in ("*", "arn")]
        while pairs:
            bit = pairs & -pairs
            pairs ^= bit
            place = bit.bit_length() - 1
            found[bit] = PAIRS[place] if place < len(PAIRS) else odd[place - len(PAIRS)]
        return found

    @staticmethod
    def _with(facts: dict[str, tuple[Fact, ...]], component: Component, fact: Fact) -> dict[str, tuple[Fact, ...]]:
        return {**facts, component.variable: (*facts.get(component.variable, ()), fact)}

    def _prove(self, facts: dict[str, tuple[Fact, ...]], about: list[Rule], case: Case) -> Body:
        for variable, known in facts.items():
            if self.judge.contradicts(variable, known, case):
                return {"conflict": variable}
        if not about:
            return {"conflict": self.random.choice([*facts, "principal", "resource"])}
        rule, *rest = about
        cases: dict[str, object] = {}
        for name, component in rule.components.items():
            more = self._with(facts, component, component.fails)
            if not self.judge.contradicts(component.variable, more[component.variable], case):
                cases[name] = self._prove(more, rest, case)
        return {"split": rule.ref, "cases": cases}
