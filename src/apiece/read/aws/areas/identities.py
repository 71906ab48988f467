"""Roles, users and groups of an account with every policy they carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.identity import Group, Role, User
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.catalog import managed
from apiece.iam.document import PolicyKind
from apiece.read.aws.call import Call, Outcome, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.documents import attached
from apiece.read.aws.facts import Facts
from apiece.read.managed import aws_managed_document


class Named(msgspec.Struct, frozen=True, rename="pascal"):
    policy_name: str
    policy_document: object = None


class Ref(msgspec.Struct, frozen=True, rename="pascal"):
    policy_arn: str


class Boundary(msgspec.Struct, frozen=True, rename="pascal"):
    permissions_boundary_arn: str


class LastUsed(msgspec.Struct, frozen=True, rename="pascal"):
    last_used_date: dt.datetime | None = None


class RoleDetail(msgspec.Struct, frozen=True, rename="pascal"):
    role_name: str
    arn: str
    create_date: dt.datetime | None = None
    assume_role_policy_document: object = None
    role_policy_list: tuple[Named, ...] = ()
    attached_managed_policies: tuple[Ref, ...] = ()
    permissions_boundary: Boundary | None = None
    role_last_used: LastUsed | None = None


class UserDetail(msgspec.Struct, frozen=True, rename="pascal"):
    user_name: str
    arn: str
    user_policy_list: tuple[Named, ...] = ()
    group_list: tuple[str, ...] = ()
    attached_managed_policies: tuple[Ref, ...] = ()
    permissions_boundary: Boundary | None = None


class GroupDetail(msgspec.Struct, frozen=True, rename="pascal"):
    group_name: str
    arn: str
    group_policy_list: tuple[Named, ...] = ()
    attached_managed_policies: tuple[Ref, ...] = ()


class PolicyVersion(msgspec.Struct, frozen=True, rename="pascal"):
    document: object = None
    version_id: str | None = None
    is_default_version: bool = False


class LocalPolicy(msgspec.Struct, frozen=True, rename="pascal"):
    arn: str
    policy_version_list: tuple[PolicyVersion, ...] = ()


class DetailPage(msgspec.Struct, frozen=True, rename="pascal"):
    role_detail_list: tuple[RoleDetail, ...] = ()
    user_detail_list: tuple[UserDetail, ...] = ()
    group_detail_list: tuple[GroupDetail, ...] = ()
    policies: tuple[LocalPolicy, ...] = ()


class ManagedPolicy(msgspec.Struct, frozen=True, rename="pascal"):
    default_version_id: str | None = None


class ManagedPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy: ManagedPolicy


class VersionPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy_version: PolicyVersion


_ABSENT = frozenset({"NoSuchEntity"})
GET_DETAILS = Call(
    "iam",
    "get_account_authorization_details",
    "iam:GetAccountAuthorizationDetails",
    DetailPage,
    quota=Quota.IAM,
)
GET_MANAGED = Call("iam", "get_policy", "iam:GetPolicy", ManagedPage, quota=Quota.IAM, absent=_ABSENT)
GET_VERSION = Call("iam", "get_policy_version", "iam:GetPolicyVersion", VersionPage, quota=Quota.IAM, absent=_ABSENT)
_FILTER = ("Role", "User", "Group", "LocalManagedPolicy")


@dataclass
class _Library:
    """Managed policies by ARN: the text, or why it cannot be read."""

    desk: Desk
    texts: dict[str, AttachedPolicy] = field(default_factory=dict)
    missing: dict[str, Gap] = field(default_factory=dict)


def identities(desk: Desk) -> Facts:
    """Read the identities of an account; the region is the one where IAM answers."""
    outcome = desk.ask(GET_DETAILS, {"Filter": list(_FILTER)})
    return identities_of(desk, outcome)


def identities_of(desk: Desk, outcome: Outcome[DetailPage]) -> Facts:
    """Make records of the answer, wherever it comes from."""
    facts = Facts()
    if outcome.gap is not None:
        for needs in ("roles", "users"):
            facts.gaps.append(desk.gap(GET_DETAILS, outcome.gap, desk.itself, needs, f"the list of {needs}"))
    pages = outcome.pages
    library = _library(desk, pages)
    for page in pages:
        for role in page.role_detail_list:
            facts.roles.append(_role(desk, role, library, facts))
        for user in page.user_detail_list:
            facts.users.append(_user(desk, user, library, facts))
        for group in page.group_detail_list:
            facts.groups.append(_group(desk, group, library, facts))
    return facts


def _arns(refs: Iterable[Ref], boundary: Boundary | None) -> set[str]:
    return {ref.policy_arn for ref in refs} | ({boundary.permissions_boundary_arn} if boundary is not None else set())


def _role(desk: Desk, detail: RoleDetail, library: _Library, facts: Facts) -> Role:
    subject = Subject(kind=SubjectKind.ROLE, arn=detail.arn, account=desk.account)
    trust, why = attached(
        detail.assume_role_policy_document,
        PolicyKind.TRUST,
        name="trust policy",
        form=PolicyForm.TRUST,
        at=desk.at(GET_DETAILS),
    )
    if why is not None:
        facts.gaps.append(_gap(desk, subject, "role.trust", f"the trust policy is not one: {why}"))
    used = detail.role_last_used.last_used_date if detail.role_last_used is not None else None
    return Role(
        subject=subject,
        name=detail.role_name,
        arn=detail.arn,
        trust=(trust,),
        policies=_policies(desk, subject, detail.role_policy_list, detail.attached_managed_policies, library, facts),
        boundary=_boundary(subject, detail.permissions_boundary, library, facts),
        created=_day(detail.create_date),
        last_used=_day(used),
        at=desk.at(GET_DETAILS),
    )


def _user(desk: Desk, detail: UserDetail, library: _Library, facts: Facts) -> User:
    subject = Subject(kind=SubjectKind.USER, arn=detail.arn, account=desk.account)
    return User(
        subject=subject,
        name=detail.user_name,
        arn=detail.arn,
        groups=detail.group_list,
        policies=_policies(desk, subject, detail.user_policy_list, detail.attached_managed_policies, library, facts),
        boundary=_boundary(subject, detail.permissions_boundary, library, facts),
        at=desk.at(GET_DETAILS),
    )


def _group(desk: Desk, detail: GroupDetail, library: _Library, facts: Facts) -> Group:
    subject = Subject(kind=SubjectKind.GROUP, arn=detail.arn, account=desk.account)
    return Group(
        subject=subject,
        name=detail.group_name,
        arn=detail.arn,
        policies=_policies(desk, subject, detail.group_policy_list, detail.attached_managed_policies, library, facts),
        at=desk.at(GET_DETAILS),
    )


def _policies(
    desk: Desk, subject: Subject, inline: Iterable[Named], refs: Iterable[Ref], library: _Library, facts: Facts
) -> tuple[AttachedPolicy, ...]:
    found: list[AttachedPolicy] = []
    for one in inline:
        policy, why = attached(
            one.policy_document,
            PolicyKind.IDENTITY,
            name=one.policy_name,
            form=PolicyForm.INLINE,
            at=desk.at(GET_DETAILS),
        )
        if why is not None:
            reason = f"policy `{one.policy_name[:80]}` is not one: {why}"
            facts.gaps.append(_gap(desk, subject, f"{subject.kind}.policies", reason))
        found.append(policy)
    found += [_managed(subject, ref.policy_arn, f"{subject.kind}.policies", library, facts) for ref in refs]
    return tuple(found)


def _boundary(
    subject: Subject, boundary: Boundary | None, library: _Library, facts: Facts
) -> tuple[AttachedPolicy, ...]:
    if boundary is None:
        return ()
    return (_managed(subject, boundary.permissions_boundary_arn, f"{subject.kind}.boundary", library, facts),)


def _managed(subject: Subject, arn: str, needs: str, library: _Library, facts: Facts) -> AttachedPolicy:
    policy = library.texts.get(arn)
    gap = library.missing.get(arn)
    if gap is None and policy is None:
        reason = f"the text of managed policy `{arn[:160]}` was not among the account's policies"
        gap = _gap(library.desk, subject, needs, reason)
    if gap is not None:
        facts.gaps.append(msgspec.structs.replace(gap, subject=subject, needs=needs))
    form = PolicyForm.AWS_MANAGED if _is_aws(arn) else PolicyForm.CUSTOMER_MANAGED
    return policy or AttachedPolicy(
        name=arn.rpartition("/")[2], form=form, document=None, arn=arn, at=library.desk.at(GET_DETAILS)
    )


def _library(desk: Desk, pages: Iterable[DetailPage]) -> _Library:
    library = _Library(desk)
    arns: set[str] = set()
    for page in pages:
        for policy in page.policies:
            _local(library, policy)
        for role in page.role_detail_list:
            arns |= _arns(role.attached_managed_policies, role.permissions_boundary)
        for user in page.user_detail_list:
            arns |= _arns(user.attached_managed_policies, user.permissions_boundary)
        for group in page.group_detail_list:
            arns |= _arns(group.attached_managed_policies, None)
    _shelve_of_aws(library, arns)
    return library


def managed_by_aws(
    desk: Desk, subject: Subject, arns: Iterable[str], needs: str, facts: Facts
) -> tuple[AttachedPolicy, ...]:
    """Policies that AWS manages, as something carries them."""
    library = _Library(desk)
    listed = tuple(arns)
    _shelve_of_aws(library, listed)
    return tuple(_managed(subject, arn, needs, library, facts) for arn in listed)


def _shelve_of_aws(library: _Library, arns: Iterable[str]) -> None:
    desk = library.desk
    shipped = sorted({arn for arn in arns if _is_aws(arn)})
    outcomes = desk.each(GET_MANAGED, ({"PolicyArn": arn} for arn in shipped))
    for arn, outcome in zip(shipped, outcomes, strict=True):
        _of_aws(library, arn, outcome)


def _local(library: _Library, policy: LocalPolicy) -> None:
    version = next((one for one in policy.policy_version_list if one.is_default_version), None)
    if version is None:
        reason = f"managed policy `{policy.arn[:160]}` came without its default version"
        library.missing[policy.arn] = _gap(library.desk, library.desk.itself, "policy", reason)
        return
    _shelve(library, policy.arn, version.document, PolicyForm.CUSTOMER_MANAGED)


def _shelve(library: _Library, arn: str, document: object, form: PolicyForm) -> None:
    name, at = arn.rpartition("/")[2], library.desk.at(GET_DETAILS)
    library.texts[arn], why = attached(document, PolicyKind.IDENTITY, name=name, form=form, at=at, arn=arn)
    if why is not None:
        library.missing[arn] = _gap(library.desk, library.desk.itself, "policy", f"`{arn[:160]}` is no policy: {why}")


def _of_aws(library: _Library, arn: str, outcome: Outcome[ManagedPage]) -> None:
    """The text that ships with us, if AWS's version is the same or AWS does not know the policy; else AWS's."""
    desk = library.desk
    canonical = f"arn:aws:iam::aws:{arn.split(':', 5)[-1]}"
    current = outcome.first.policy.default_version_id if outcome.first is not None else None
    shipped = managed.version(canonical)
    if outcome.gap is not None:
        what = f"the current version of `{arn[:160]}`"
        library.missing[arn] = desk.gap(GET_MANAGED, outcome.gap, desk.itself, "policy", what)
    if shipped is not None and current in {None, shipped}:
        library.texts[arn] = AttachedPolicy(
            name=arn.rpartition("/")[2],
            form=PolicyForm.AWS_MANAGED,
            document=aws_managed_document(canonical),
            arn=arn,
            at=desk.at(GET_DETAILS),
        )
        return
    if current is None:
        return
    answer = desk.ask(GET_VERSION, {"PolicyArn": arn, "VersionId": current})
    if answer.failure is not None or answer.first is None:
        what = f"version {current[:20]} of `{arn[:160]}`"
        if answer.failure is not None:
            library.missing[arn] = desk.gap(GET_VERSION, answer.failure, desk.itself, "policy", what)
        return
    _shelve(library, arn, answer.first.policy_version.document, PolicyForm.AWS_MANAGED)


def _is_aws(arn: str) -> bool:
    parts = arn.split(":")
    return len(parts) > 5 and parts[4] == "aws"  # noqa: PLR2004 (the account field of an ARN)


def _day(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d") if moment is not None else None


def _gap(desk: Desk, subject: Subject, needs: str, reason: str) -> Gap:
    return Gap(subject=subject, needs=needs, reason=reason, at=desk.at(GET_DETAILS))
