"""The things of an estate that a request can be made on, each with the policies that stand before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec

from apiece.access.index import Index
from apiece.access.rights import EXAMPLE_ACCOUNT
from apiece.arn import try_parse
from apiece.estate.function import Function
from apiece.estate.gap import Gap
from apiece.estate.identity import Group, Role, User
from apiece.estate.policy import AttachedPolicy
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.when import When, implies
from apiece.iam.document import Effect, Policy, PolicyKind, PrincipalType, Statement
from apiece.iam.request import Caller
from apiece.text import Text, example, is_open

_INSIDE = {
    SubjectKind.BUCKET: ("/*",),
    SubjectKind.TABLE: ("/*",),
    SubjectKind.FUNCTION: (":*",),
    SubjectKind.LAYER: (":*",),
}
"""What lies inside of a container, behind its ARN."""
_CALLED = frozenset({PrincipalType.AWS, PrincipalType.ANYONE})
Thing = Function | Role | User | Group | Resource | None


@dataclass(frozen=True)
class Target:
    """One thing with its own policies: `policies` of the resource, or `trust` of a role; `rcp` of its account.

    `arn` is an example where it exists only after deployment; `inside` are patterns for it and all that lies in it.
    """

    subject: Subject
    arn: str
    owner: str | None
    policies: tuple[AttachedPolicy, ...] = ()
    trust: tuple[AttachedPolicy, ...] = ()
    rcp: tuple[tuple[AttachedPolicy, ...], ...] | None = None
    thing: Thing = None
    gaps: tuple[Gap, ...] = ()

    @property
    def name(self) -> str:
        return self.subject.name

    @cached_property
    def inside(self) -> tuple[str, ...]:
        own = verbatim(self.arn)
        return (own, *(own + behind for behind in _INSIDE.get(self.subject.kind, ())))

    @cached_property
    def policy(self) -> Policy | None:
        """Its policy as one document, None where it has none."""
        return merged(self.policies, PolicyKind.RESOURCE)

    @cached_property
    def trust_policy(self) -> Policy | None:
        return merged(self.trust, PolicyKind.TRUST)

    def invites(self, caller: Caller) -> bool:
        """Tell whether a policy of its own may let a caller in by itself, whatever the caller's own policies say.

        It does so only within one account (statement 8), and not by naming the account (statements 2 and 9).
        """
        return self.owner == caller.account and any(_invites(one, caller) for one in self._allowing)

    @cached_property
    def _allowing(self) -> tuple[Statement, ...]:
        found = (one.document for one in (*self.policies, *self.trust) if one.document is not None)
        return tuple(one for policy in found for one in policy.statements if one.effect is Effect.ALLOW)

    @cached_property
    def speaks_of_callers(self) -> bool:
        """Tell whether a policy of its own may be about roles and users: one that names services only is not."""
        found = (one.document for one in (*self.policies, *self.trust) if one.document is not None)
        return any(_is_about_callers(statement) for policy in found for statement in policy.statements)


def _is_about_callers(statement: Statement) -> bool:
    return statement.not_principals is not None or any(one.type in _CALLED for one in statement.principals or ())


def _invites(statement: Statement, caller: Caller) -> bool:
    if statement.not_principals is not None:
        return True
    words = ((one.type, one.word.text) for one in statement.principals or () if one.type in _CALLED)
    return any(
        kind is PrincipalType.ANYONE or is_open(text) or example(text) in {"*", caller.arn} for kind, text in words
    )


def verbatim(arn: str) -> str:
    """Write an ARN as a pattern that matches nothing else (statement 28)."""
    return "".join(f"${{{char}}}" if char in "*?$" else char for char in arn)


def merged(policies: tuple[AttachedPolicy, ...], kind: PolicyKind) -> Policy | None:
    """Documents that hang on one thing as one; of the later version if they differ."""
    documents = [one.document for one in policies if one.document is not None]
    if len(documents) == 1:
        return documents[0]
    if not documents:
        return None
    version = max(one.version for one in documents)
    return Policy(kind, version, None, tuple(statement for one in documents for statement in one.statements))


def targets(index: Index) -> Iterator[Target]:
    """Walk everything of an estate that can be named as a resource, in a stable order."""
    estate = index.estate
    gaps: dict[str, tuple[Gap, ...]] = {}
    for gap in estate.gaps:
        gaps[gap.subject.key] = (*gaps.get(gap.subject.key, ()), gap)
    things: tuple[Function | Role | User | Group | Resource, ...] = (
        *estate.functions,
        *estate.roles,
        *estate.users,
        *estate.groups,
        *estate.resources,
    )
    for thing in things:
        if not is_open(thing.arn):
            yield _target(thing, index, gaps)


def target_at(arn: Text, subject: Subject, index: Index) -> Target:
    """A thing that the estate does not hold, known by its ARN only."""
    bare = Target(subject, example(arn), _owner(example(arn), subject))
    return _in_account(bare, index)


def _target(thing: Function | Role | User | Group | Resource, index: Index, gaps: dict[str, tuple[Gap, ...]]) -> Target:
    arn = example(thing.arn)
    needs = f"{thing.subject.kind}.policies"
    own = tuple(gap for gap in gaps.get(thing.subject.key, ()) if gap.needs == needs)
    bare = Target(thing.subject, arn, _owner(arn, thing.subject), thing=thing)
    if isinstance(thing, Function | Resource):
        bare = replace(bare, policies=_at_most(thing.policies, thing.when), gaps=own)
    elif isinstance(thing, Role):
        bare = replace(bare, trust=_at_most(thing.trust, thing.when))
    return _in_account(bare, index)


def _at_most(policies: tuple[AttachedPolicy, ...], when: When) -> tuple[AttachedPolicy, ...]:
    """Policies as they stand in the deployment that allows most: a Deny that depends on a condition is not there."""
    return tuple(one if implies(when, one.when) else _allowing(one) for one in policies)


def _allowing(one: AttachedPolicy) -> AttachedPolicy:
    if one.document is None:
        return one
    kept = tuple(statement for statement in one.document.statements if statement.effect is Effect.ALLOW)
    return msgspec.structs.replace(one, document=replace(one.document, statements=kept))


def _in_account(bare: Target, index: Index) -> Target:
    account = index.account(bare.owner)
    return replace(bare, rcp=account.rcp) if account is not None else bare


def _owner(arn: str, subject: Subject) -> str:
    parsed = try_parse(arn)
    return subject.account or (parsed.account if parsed is not None else "") or EXAMPLE_ACCOUNT
