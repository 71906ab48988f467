"""A claim made ready: every statement with the actions it is about and its components as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apiece.iam.checker import keys, resources
from apiece.iam.checker.actions import World
from apiece.iam.checker.claim import CallerClass, Claim
from apiece.iam.checker.keys import KeyFact
from apiece.iam.checker.meter import Refused
from apiece.iam.checker.resources import ResourceFact
from apiece.iam.document import Policy, Statement

PRINCIPAL, RESOURCE, KEY = "principal", "resource", "key/"


@dataclass(frozen=True, eq=False, slots=True)
class PrincipalFact:
    """The principal element of a statement is about the caller, or, with `holds` false, it is not."""

    ref: str
    holds: bool

    def contradicts(self, caller: CallerClass) -> bool:
        """Only what the claim says of the class counts: where it says nothing, both are possible."""
        return caller.says.get(self.ref, self.holds) is not self.holds


Fact = PrincipalFact | ResourceFact | KeyFact


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a statement that must be true for the statement to be about a request."""

    variable: str
    holds: Fact
    fails: Fact


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement. It may be about the pairs `may`, and is certainly about `must`, as far as actions go."""

    ref: str
    may: int = field(repr=False)
    must: int = field(repr=False)
    components: Mapping[str, Component]


@dataclass(frozen=True, slots=True)
class Rules:
    world: World
    by_ref: Mapping[str, Rule]
    several: frozenset[str]


def rules_of(claim: Claim) -> Rules:
    """Make a claim ready. Raises `Refused` for cubes about statements that the claim has not."""
    statements = list(claim.statements())
    world = World(statement for _, _, statement in statements)
    by_ref: dict[str, Rule] = {}
    for ref, policy, statement in statements:
        may, must = world.about(statement)
        if ref in claim.limited:
            kept = world.pairs(filter(world.has, claim.limited[ref]))
            may, must = may & kept, must & kept
        by_ref[ref] = Rule(ref, may, must, dict(_components(ref, policy, statement, claim)))
    named = {ref for cube in claim.cubes for group in (*cube.required, cube.forbidden) for ref in group}
    if not named <= by_ref.keys():
        raise Refused("the claim is about statements that its policies do not have")
    return Rules(world, by_ref, keys.keys_with_several_values(statement for _, _, statement in statements))


def _components(ref: str, policy: Policy, statement: Statement, claim: Claim) -> list[tuple[str, Component]]:
    """A principal that means every class, and a resource that is not named, are no components: they cannot fail."""
    found: list[tuple[str, Component]] = []
    if not all(caller.says.get(ref) is True for caller in claim.callers):
        whom = Component(PRINCIPAL, PrincipalFact(ref, holds=True), PrincipalFact(ref, holds=False))
        found.append((PRINCIPAL, whom))
    if (facts := resources.facts_of(policy, statement)) is not None:
        found.append((RESOURCE, Component(RESOURCE, *facts)))
    variables = resources.has_variables(policy)
    for place, condition in enumerate(statement.conditions):
        true, false = (KeyFact(condition, variables, holds) for holds in (True, False))
        found.append((f"condition/{place}", Component(KEY + condition.key.lower(), true, false)))
    return found
