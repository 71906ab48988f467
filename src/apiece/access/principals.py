"""The principals of an estate: roles and users with every policy that bounds them, and what runs as them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apiece.access.index import Index
from apiece.access.rights import EXAMPLE_ACCOUNT
from apiece.arn import try_parse
from apiece.estate.estate import Account
from apiece.estate.function import Function
from apiece.estate.gap import Gap
from apiece.estate.identity import Role, StandalonePolicy, User
from apiece.estate.policy import AttachedPolicy
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When, implies
from apiece.iam.request import Caller, CallerType
from apiece.text import Text, example, is_open

NEEDS = frozenset(
    {"function.role", "role.policies", "role.boundary", "user.policies", "user.boundary", "group.policies"}
)
"""The facts without which it is not known what a principal can do."""
_MOST_CHOICES = 4

Levels = tuple[tuple[AttachedPolicy, ...], ...]


@dataclass(frozen=True)
class Principal:
    """A role or user in one of the forms that conditions allow, or what stands for one that is not in the estate.

    `identity` and `boundary` are in force whenever `when` holds; `boundary` None: there is none. `functions` run as it.
    `gaps` say what of its policies is not known.
    """

    subject: Subject
    caller: Caller
    when: When = ALWAYS
    identity: tuple[AttachedPolicy, ...] = ()
    boundary: tuple[AttachedPolicy, ...] | None = None
    scp: Levels | None = None
    functions: tuple[Function, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def name(self) -> str:
        """What people call it: its name, or the subject's where it has none of its own."""
        arn = self.caller.arn or ""
        return arn.rpartition("/")[2] if self.subject.logical_id is None and arn else self.subject.name


def principals(index: Index) -> Iterator[Principal]:
    """Walk all principals in a stable order: roles, users, functions whose role is not here, lone policies."""
    gaps = _by_subject(index.estate.gaps)
    for role in index.estate.roles:
        yield from _forms(_of_role(role, index, gaps), role.policies, role.boundary, index)
    for user in index.estate.users:
        yield from _of_user(user, index, gaps)
    for function in index.estate.functions:
        arn = function.latest.role
        if arn is None or not any(True for _ in index.roles_with_arn(arn, function.when)):
            yield _without_role(function, index, gaps)
    for standalone in index.estate.policies:
        yield _of_policy(standalone)


def _by_subject(gaps: Sequence[Gap]) -> dict[str, tuple[Gap, ...]]:
    found: dict[str, tuple[Gap, ...]] = {}
    for gap in gaps:
        if gap.needs in NEEDS:
            found[gap.subject.key] = (*found.get(gap.subject.key, ()), gap)
    return found


def _of_role(role: Role, index: Index, gaps: dict[str, tuple[Gap, ...]]) -> Principal:
    functions = tuple(index.functions_with_role(role.arn, role.when))
    return _bare(
        role.subject, role.when, _caller(role.arn, role.subject, CallerType.ROLE, index), index, gaps, functions
    )


def _of_user(user: User, index: Index, gaps: dict[str, tuple[Gap, ...]]) -> Iterator[Principal]:
    named = {example(name) for name in user.groups}
    groups = [
        group
        for group in index.estate.groups
        if example(group.name) in named and group.subject.account == user.subject.account
    ]
    bare = _bare(user.subject, user.when, _caller(user.arn, user.subject, CallerType.USER, index), index, gaps)
    others = tuple(gap for group in groups for gap in gaps.get(group.subject.key, ()))
    policies = (*user.policies, *(policy for group in groups for policy in group.policies))
    yield from _forms(replace(bare, gaps=(*bare.gaps, *others)), policies, user.boundary, index)


def _bare(
    subject: Subject,
    when: When,
    caller: Caller,
    index: Index,
    gaps: dict[str, tuple[Gap, ...]],
    functions: tuple[Function, ...] = (),
) -> Principal:
    account = index.account(caller.account)
    scp = account.scp if account is not None else None
    return Principal(subject, caller, when, scp=scp, functions=functions, gaps=gaps.get(subject.key, ()))


def _caller(arn: Text, subject: Subject, kind: CallerType, index: Index) -> Caller:
    """Who calls; a name that exists only after deployment is an example."""
    spelled = "" if is_open(arn) else example(arn)
    parsed = try_parse(spelled)
    own = "role" if kind is CallerType.ROLE else "user"
    if parsed is None:
        spelled = f"arn:aws:iam::{EXAMPLE_ACCOUNT}:{own}/{subject.name}"
    identifier = (parsed.account if parsed is not None else "") or subject.account or EXAMPLE_ACCOUNT
    account: Account | None = index.account(identifier)
    return Caller(
        kind,
        spelled,
        identifier,
        org=account.organization if account is not None else None,
        management_account=account is not None and account.management,
        service_linked=":role/aws-service-role/" in spelled,
    )


def _forms(
    bare: Principal, policies: tuple[AttachedPolicy, ...], boundary: tuple[AttachedPolicy, ...], index: Index
) -> Iterator[Principal]:
    """One principal for each set of policies that some deployment puts in force together."""
    if _conditions(bare.when, (*policies, *boundary))[_MOST_CHOICES:]:
        reason = "its policies depend on more conditions than are told apart"
        gap = Gap(subject=bare.subject, needs="role.policies", reason=reason)
        yield replace(bare, identity=policies, boundary=boundary or None, gaps=(*bare.gaps, gap))
        return
    seen: dict[object, Principal] = {}
    for when in _choices(bare.when, (*policies, *boundary), index):
        own = tuple(policy for policy in policies if implies(when, policy.when))
        bounds = tuple(policy for policy in boundary if implies(when, policy.when))
        form = replace(bare, when=when, identity=own, boundary=bounds or None)
        seen.setdefault((own, bounds), form)
    yield from seen.values()


def _conditions(when: When, policies: tuple[AttachedPolicy, ...]) -> list[str]:
    return sorted({name for policy in policies for name, _ in policy.when} - {name for name, _ in when})


def _choices(when: When, policies: tuple[AttachedPolicy, ...], index: Index) -> Iterator[When]:
    """All choices of the conditions that policies depend on."""
    names = _conditions(when, policies)
    for values in itertools.product((True, False), repeat=len(names)):
        joint = index.estate.together(when, tuple(zip(names, values, strict=True)))
        if joint is not None:
            yield joint


def _without_role(function: Function, index: Index, gaps: dict[str, tuple[Gap, ...]]) -> Principal:
    arn = function.latest.role
    caller = _caller(arn if arn is not None else "", function.subject, CallerType.ROLE, index)
    found = gaps.get(function.subject.key, ()) or (
        Gap(subject=function.subject, needs="role.policies", reason="its role is not in what was read"),
    )
    bare = _bare(function.subject, function.when, caller, index, gaps, (function,))
    return replace(bare, gaps=found)


def _of_policy(standalone: StandalonePolicy) -> Principal:
    caller = Caller(CallerType.ROLE, f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/who-carries-it", EXAMPLE_ACCOUNT)
    return Principal(standalone.subject, caller, standalone.when, identity=(standalone.policy,))
