"""IAM Identity Center: permission sets, and who may take them in which account.

It lives in one region and answers to the organisation's management account or a delegated administrator, so it is
looked for in each region; where there is none, one call says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from apiece.estate.federation import Assignment, PermissionSet, PrincipalKind
from apiece.estate.gap import Gap
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import PolicyKind
from apiece.read.aws.areas.identities import managed_by_aws
from apiece.read.aws.call import Call, Failure, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.documents import attached
from apiece.read.aws.facts import Facts

T = TypeVar("T")
_GONE = frozenset({"ResourceNotFoundException"})
_MOST_PAIRS = 20_000
"""Pairs of a permission set and an account that are asked about: at 16 calls a second, twenty minutes."""


class Instance(msgspec.Struct, frozen=True, rename="pascal"):
    instance_arn: str
    owner_account_id: str | None = None


class InstancePage(msgspec.Struct, frozen=True, rename="pascal"):
    instances: tuple[Instance, ...] = ()


class SetPage(msgspec.Struct, frozen=True, rename="pascal"):
    permission_sets: tuple[str, ...] = ()


class Described(msgspec.Struct, frozen=True, rename="pascal"):
    name: str | None = None


class DescribedPage(msgspec.Struct, frozen=True, rename="pascal"):
    permission_set: Described = Described()


class AccountPage(msgspec.Struct, frozen=True, rename="pascal"):
    account_ids: tuple[str, ...] = ()


class Assigned(msgspec.Struct, frozen=True, rename="pascal"):
    principal_id: str
    principal_type: str | None = None


class AssignedPage(msgspec.Struct, frozen=True, rename="pascal"):
    account_assignments: tuple[Assigned, ...] = ()


class Managed(msgspec.Struct, frozen=True, rename="pascal"):
    arn: str


class ManagedPage(msgspec.Struct, frozen=True, rename="pascal"):
    attached_managed_policies: tuple[Managed, ...] = ()


class Reference(msgspec.Struct, frozen=True, rename="pascal"):
    name: str


class ReferencePage(msgspec.Struct, frozen=True, rename="pascal"):
    customer_managed_policy_references: tuple[Reference, ...] = ()


class InlinePage(msgspec.Struct, frozen=True, rename="pascal"):
    inline_policy: str | None = None


_SSO = "sso-admin"
LIST_INSTANCES = Call(_SSO, "list_instances", "sso:ListInstances", InstancePage, quota=Quota.IDENTITY_CENTER)
LIST_SETS = Call(_SSO, "list_permission_sets", "sso:ListPermissionSets", SetPage, quota=Quota.IDENTITY_CENTER)
DESCRIBE = Call(
    _SSO,
    "describe_permission_set",
    "sso:DescribePermissionSet",
    DescribedPage,
    quota=Quota.IDENTITY_CENTER,
    absent=_GONE,
)
LIST_ACCOUNTS = Call(
    _SSO,
    "list_accounts_for_provisioned_permission_set",
    "sso:ListAccountsForProvisionedPermissionSet",
    AccountPage,
    quota=Quota.IDENTITY_CENTER,
    absent=_GONE,
)
LIST_ASSIGNMENTS = Call(
    _SSO,
    "list_account_assignments",
    "sso:ListAccountAssignments",
    AssignedPage,
    quota=Quota.IDENTITY_CENTER,
    absent=_GONE,
)
LIST_MANAGED = Call(
    _SSO,
    "list_managed_policies_in_permission_set",
    "sso:ListManagedPoliciesInPermissionSet",
    ManagedPage,
    quota=Quota.IDENTITY_CENTER,
    absent=_GONE,
)
LIST_REFERENCES = Call(
    _SSO,
    "list_customer_managed_policy_references_in_permission_set",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    ReferencePage,
    quota=Quota.IDENTITY_CENTER,
    absent=_GONE,
)
GET_INLINE = Call(
    _SSO,
    "get_inline_policy_for_permission_set",
    "sso:GetInlinePolicyForPermissionSet",
    InlinePage,
    quota=Quota.IDENTITY_CENTER,
    absent=_GONE,
)


def identity_center(desk: Desk) -> Facts:
    """Read the permission sets of the instances that a region has, with their assignments."""
    facts = Facts()
    listing = desk.ask(LIST_INSTANCES)
    if listing.gap is not None:
        what = "the list of Identity Center instances"
        facts.gaps.append(desk.gap(LIST_INSTANCES, listing.gap, desk.itself, "permission-sets", what))
    for page in listing.pages:
        for instance in page.instances:
            _instance(desk, instance, facts)
    return facts


def _instance(desk: Desk, instance: Instance, facts: Facts) -> None:
    listing = desk.ask(LIST_SETS, {"InstanceArn": instance.instance_arn})
    if listing.gap is not None:
        gap = desk.gap(LIST_SETS, listing.gap, desk.itself, "permission-sets", "the list of permission sets")
        owner = instance.owner_account_id
        if owner is not None and owner != desk.account:
            hint = f"read account {owner[:12]}, which owns this Identity Center, or a delegated administrator"
            gap = msgspec.structs.replace(gap, hint=hint)
        facts.gaps.append(gap)
    sets = sorted({arn for page in listing.pages for arn in page.permission_sets})
    asked = [{"InstanceArn": instance.instance_arn, "PermissionSetArn": arn} for arn in sets]
    described = desk.each(DESCRIBE, asked)
    for arn, params, outcome in zip(sets, asked, described, strict=True):
        if outcome.absent:
            continue
        subject = Subject(kind=SubjectKind.PERMISSION_SET, arn=arn, account=desk.account, region=desk.region)
        _missing(desk, DESCRIBE, outcome.gap, (subject, "permission-set.name", "the name"), facts)
        name = outcome.first.permission_set.name if outcome.first is not None else None
        facts.permission_sets.append(
            PermissionSet(
                subject=subject,
                name=name or arn.rpartition("/")[2],
                arn=arn,
                policies=_policies(desk, params, subject, facts),
                at=desk.at(DESCRIBE),
            )
        )
    _assignments(desk, asked, facts)


def _missing(
    desk: Desk,
    call: Call[T],
    failure: Failure | None,
    what: tuple[Subject, str, str],
    facts: Facts,
) -> None:
    if failure is not None:
        facts.gaps.append(desk.gap(call, failure, *what))


def _policies(desk: Desk, params: dict[str, str], subject: Subject, facts: Facts) -> tuple[AttachedPolicy, ...]:
    """The managed policies of a permission set, those that each account brings itself, and the inline policy."""
    needs = "permission-set.policies"
    managed = desk.ask(LIST_MANAGED, params)
    references = desk.ask(LIST_REFERENCES, params)
    inline = desk.ask(GET_INLINE, params)
    _missing(desk, LIST_MANAGED, managed.gap, (subject, needs, "the managed policies"), facts)
    _missing(desk, LIST_REFERENCES, references.gap, (subject, needs, "the customer managed policies"), facts)
    _missing(desk, GET_INLINE, inline.gap, (subject, needs, "the inline policy"), facts)
    arns = [one.arn for page in managed.pages for one in page.attached_managed_policies]
    names = [one.name for page in references.pages for one in page.customer_managed_policy_references]
    text = inline.first.inline_policy if inline.first is not None else None
    return (
        *managed_by_aws(desk, subject, sorted(set(arns)), needs, facts),
        *_referred(desk, subject, sorted(set(names)), facts),
        *(_inline(desk, text, subject, facts) if text else ()),
    )


def _referred(desk: Desk, subject: Subject, names: Iterable[str], facts: Facts) -> Iterable[AttachedPolicy]:
    """Policies that a permission set names and each account defines by itself."""
    for name in names:
        reason = f"customer managed policy `{name[:80]}` has a text of its own in each account"
        at = desk.at(LIST_REFERENCES)
        facts.gaps.append(Gap(subject=subject, needs="permission-set.policies", reason=reason, at=at))
        yield AttachedPolicy(name=name, form=PolicyForm.CUSTOMER_MANAGED, document=None, at=at)


def _inline(desk: Desk, text: str, subject: Subject, facts: Facts) -> tuple[AttachedPolicy]:
    at = desk.at(GET_INLINE)
    policy, why = attached(text, PolicyKind.IDENTITY, name="inline policy", form=PolicyForm.INLINE, at=at)
    if why is not None:
        reason = f"the inline policy is not one: {why}"
        facts.gaps.append(Gap(subject=subject, needs="permission-set.policies", reason=reason, at=at))
    return (policy,)


def _assignments(desk: Desk, sets: list[dict[str, str]], facts: Facts) -> None:
    outcomes = desk.each(LIST_ACCOUNTS, sets)
    pairs: list[dict[str, str]] = []
    for params, outcome in zip(sets, outcomes, strict=True):
        what = (_subject(desk, params), "assignments", "the accounts that have the permission set")
        _missing(desk, LIST_ACCOUNTS, outcome.gap, what, facts)
        accounts = sorted({account for page in outcome.pages for account in page.account_ids})
        pairs += [{**params, "AccountId": account} for account in accounts]
    if len(pairs) > _MOST_PAIRS:
        reason = f"who may take which permission set was read for the first {_MOST_PAIRS} of {len(pairs)} pairs"
        facts.gaps.append(Gap(subject=desk.itself, needs="assignments", reason=reason, at=desk.at(LIST_ASSIGNMENTS)))
        del pairs[_MOST_PAIRS:]
    for params, answer in zip(pairs, desk.each(LIST_ASSIGNMENTS, pairs), strict=True):
        subject = _subject(desk, params)
        what = (subject, "assignments", f"the assignments in account {params['AccountId'][:12]}")
        _missing(desk, LIST_ASSIGNMENTS, answer.gap, what, facts)
        found = {(one.principal_id, one.principal_type) for page in answer.pages for one in page.account_assignments}
        facts.assignments += [
            Assignment(
                subject=subject,
                account=params["AccountId"],
                principal=principal,
                kind=PrincipalKind(kind) if kind in {"USER", "GROUP"} else PrincipalKind.UNKNOWN,
                at=desk.at(LIST_ASSIGNMENTS),
            )
            for principal, kind in sorted(found, key=str)
        ]


def _subject(desk: Desk, params: dict[str, str]) -> Subject:
    arn = params["PermissionSetArn"]
    return Subject(kind=SubjectKind.PERMISSION_SET, arn=arn, account=desk.account, region=desk.region)
