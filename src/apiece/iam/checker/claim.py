"""What a certificate must prove: policies, cubes over their statements, and the classes of callers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apiece.errors import UsageError
from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement

_WITHOUT_PRINCIPAL = frozenset({PolicyKind.IDENTITY, PolicyKind.SCP})


@dataclass(frozen=True, slots=True)
class Given:
    """What is true of a class of callers: a condition on one key holds, or, with `holds` false, it does not.

    Policy variables in it are plain text.
    """

    condition: Condition
    holds: bool = True


@dataclass(frozen=True, slots=True)
class CallerClass:
    """A class of callers.

    `says` tells by reference whether a statement's principal element is about the class; a statement that is not in it
    may be or may not be. `owns` are patterns for the resources that are asked about, beside `*`; None for all.
    """

    name: str
    facts: tuple[Given, ...] = ()
    says: Mapping[str, bool] = field(default_factory=dict)
    owns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cube:
    """One statement of each required group is about the request, and none of the forbidden; all by reference.

    `actions` limits the cube to some, in lower case; None for all.
    """

    required: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...]
    actions: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """No request is in one of the cubes. `policies` are by layer; references are "layer/policy/statement".

    `limited` are statements that count for some of their actions only, in lower case.
    """

    policies: Mapping[str, tuple[Policy, ...]]
    cubes: tuple[Cube, ...]
    callers: tuple[CallerClass, ...]
    limited: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def statements(self) -> Iterator[tuple[str, Policy, Statement]]:
        """All statements with their references, in order."""
        for layer, policies in self.policies.items():
            for place, policy in enumerate(policies):
                for index, statement in enumerate(policy.statements):
                    yield f"{layer}/{place}/{index}", policy, statement


def no_new_access(old: Sequence[Policy], new: Sequence[Policy]) -> Claim:
    """The claim that policies without principals allow nothing that others do not.

    Raises `UsageError` for policies that name principals: whom they mean is a question of classes of callers.
    """
    if any(policy.kind not in _WITHOUT_PRINCIPAL for policy in (*old, *new)):
        raise UsageError("a comparison of policies that name principals needs classes of callers")
    policies = {"old": tuple(old), "new": tuple(new)}
    plain = Claim(policies, (), ())
    says = {ref: True for ref, _, _ in plain.statements()}
    return Claim(policies, cubes_of_comparison(plain), (CallerClass("any", says=says),))


def cubes_of_comparison(claim: Claim) -> tuple[Cube, ...]:
    """The cubes of "new allows, and old does not" over the layers `old` and `new` (docs/adr/0014, "The question")."""
    refs: dict[tuple[str, Effect], list[str]] = {}
    for ref, _, statement in claim.statements():
        refs.setdefault((ref.partition("/")[0], statement.effect), []).append(ref)
    allows = tuple(refs.get(("new", Effect.ALLOW), ()))
    denies = tuple(refs.get(("new", Effect.DENY), ()))
    before = tuple(refs.get(("old", Effect.ALLOW), ()))
    lifted = refs.get(("old", Effect.DENY), [])
    return (Cube((allows,), (*denies, *before)), *(Cube((allows, (ref,)), denies) for ref in lifted))
