"""The organisation: its accounts, and the service and resource control policies above each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from apiece.estate.estate import Account
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.iam.document import PolicyKind
from apiece.read.aws.call import Call, Failure, Lack, Outcome, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.documents import attached

T = TypeVar("T")
_DEEPEST = 8
"""AWS allows five levels of units below the root."""


class Organization(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    master_account_id: str


class OrganizationPage(msgspec.Struct, frozen=True, rename="pascal"):
    organization: Organization


class Member(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    name: str | None = None
    status: str = "ACTIVE"


class MemberPage(msgspec.Struct, frozen=True, rename="pascal"):
    accounts: tuple[Member, ...] = ()


class PolicyType(msgspec.Struct, frozen=True, rename="pascal"):
    type: str
    status: str


class Root(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    policy_types: tuple[PolicyType, ...] = ()


class RootPage(msgspec.Struct, frozen=True, rename="pascal"):
    roots: tuple[Root, ...] = ()


class Unit(msgspec.Struct, frozen=True, rename="pascal"):
    id: str


class UnitPage(msgspec.Struct, frozen=True, rename="pascal"):
    organizational_units: tuple[Unit, ...] = ()


class Summary(msgspec.Struct, frozen=True, rename="pascal"):
    id: str
    name: str = ""


class SummaryPage(msgspec.Struct, frozen=True, rename="pascal"):
    policies: tuple[Summary, ...] = ()


class Content(msgspec.Struct, frozen=True, rename="pascal"):
    content: str


class ContentPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy: Content


class Target(msgspec.Struct, frozen=True, rename="pascal"):
    target_id: str


class TargetPage(msgspec.Struct, frozen=True, rename="pascal"):
    targets: tuple[Target, ...] = ()


DESCRIBE = Call(
    "organizations",
    "describe_organization",
    "organizations:DescribeOrganization",
    OrganizationPage,
    quota=Quota.ORGANIZATIONS,
    absent=frozenset({"AWSOrganizationsNotInUseException"}),
)
LIST_ACCOUNTS = Call(
    "organizations", "list_accounts", "organizations:ListAccounts", MemberPage, quota=Quota.ORGANIZATIONS
)
LIST_ROOTS = Call("organizations", "list_roots", "organizations:ListRoots", RootPage, quota=Quota.ORGANIZATIONS)
LIST_UNITS = Call(
    "organizations",
    "list_organizational_units_for_parent",
    "organizations:ListOrganizationalUnitsForParent",
    UnitPage,
    quota=Quota.ORGANIZATIONS,
)
LIST_MEMBERS = Call(
    "organizations",
    "list_accounts_for_parent",
    "organizations:ListAccountsForParent",
    MemberPage,
    quota=Quota.ORGANIZATIONS,
)
LIST_POLICIES = Call(
    "organizations", "list_policies", "organizations:ListPolicies", SummaryPage, quota=Quota.ORGANIZATIONS
)
DESCRIBE_POLICY = Call(
    "organizations", "describe_policy", "organizations:DescribePolicy", ContentPage, quota=Quota.ORGANIZATIONS
)
LIST_TARGETS = Call(
    "organizations",
    "list_targets_for_policy",
    "organizations:ListTargetsForPolicy",
    TargetPage,
    quota=Quota.ORGANIZATIONS,
)
_KINDS = {"SERVICE_CONTROL_POLICY": PolicyKind.SCP, "RESOURCE_CONTROL_POLICY": PolicyKind.RCP}


class NotReadable(Exception):
    """A call that the organisation cannot be understood without did not answer."""

    def __init__(self, call: Call[object], failure: Failure) -> None:
        super().__init__(call.action)
        self.call = call
        self.failure = failure


@dataclass(frozen=True)
class Organisation:
    """Accounts by id, and the layers that could not be read, with the call that failed first.

    `outside`: the account is a member, which AWS does not let see them. `listed`: all accounts are known, not only the
    one that was asked.
    """

    accounts: dict[str, Account]
    unread: tuple[str, ...] = ()
    why: tuple[Call[object], Failure] | None = None
    outside: bool = False
    listed: bool = True


def organization(desk: Desk) -> Organisation:
    """Read the organisation that an account belongs to.

    Only its management account and delegated administrators may; for all others SCPs and RCPs lie outside of what they
    can see, as they do for a template.
    """
    accounts = {desk.account: Account(id=desk.account)}
    listed = member = False
    try:
        found = _needed(desk, DESCRIBE)
        if not found:
            return Organisation(accounts)
        head = found[0].organization
        member = head.master_account_id != desk.account
        members = [one for page in _needed(desk, LIST_ACCOUNTS) for one in page.accounts if one.status == "ACTIVE"]
        accounts = {one.id: _account(one, head) for one in members}
        listed = True
        roots = [root for page in _needed(desk, LIST_ROOTS) for root in page.roots]
        levels = {one.id: route for root in roots for one, route in _below(desk, root.id, (root.id,))}
        policies = {kind: _policies(desk, kind, roots) for kind in _KINDS}
    except NotReadable as error:
        outside = member and error.failure.lack is Lack.DENIED
        return Organisation(accounts, ("scp", "rcp"), (error.call, error.failure), outside=outside, listed=listed)
    return Organisation(
        {
            id_: msgspec.structs.replace(
                account,
                scp=_levels(policies["SERVICE_CONTROL_POLICY"], levels.get(id_, ())),
                rcp=_levels(policies["RESOURCE_CONTROL_POLICY"], levels.get(id_, ())),
            )
            for id_, account in accounts.items()
        }
    )


def _account(member: Member, head: Organization) -> Account:
    management = member.id == head.master_account_id
    return Account(id=member.id, name=member.name, organization=head.id, management=management)


def _needed(desk: Desk, call: Call[T], **params: str) -> tuple[T, ...]:
    outcome: Outcome[T] = desk.ask(call, params)
    if outcome.gap is not None:
        raise NotReadable(call, outcome.gap)  # type: ignore[arg-type]
    return outcome.pages


def _below(desk: Desk, parent: str, route: tuple[str, ...]) -> Iterator[tuple[Member, tuple[str, ...]]]:
    """Accounts below a root or unit, each with the way to it: root, units, account."""
    for page in _needed(desk, LIST_MEMBERS, ParentId=parent):
        for member in page.accounts:
            yield member, (*route, member.id)
    if len(route) > _DEEPEST:
        return
    for units in _needed(desk, LIST_UNITS, ParentId=parent):
        for unit in units.organizational_units:
            yield from _below(desk, unit.id, (*route, unit.id))


def _policies(desk: Desk, kind: str, roots: list[Root]) -> dict[str, list[AttachedPolicy]] | None:
    """Policies by what they are attached to; None where the organisation has not enabled this kind."""
    enabled = any(one.type == kind and one.status == "ENABLED" for root in roots for one in root.policy_types)
    if not enabled:
        return None
    found: dict[str, list[AttachedPolicy]] = {}
    for page in _needed(desk, LIST_POLICIES, Filter=kind):
        for summary in page.policies:
            (content,) = _needed(desk, DESCRIBE_POLICY, PolicyId=summary.id)
            policy, why = attached(
                content.policy.content,
                _KINDS[kind],
                name=summary.name or summary.id,
                form=PolicyForm.CONTROL,
                at=desk.at(DESCRIBE_POLICY),
            )
            if why is not None:
                raise NotReadable(DESCRIBE_POLICY, Failure(Lack.BROKEN, "MalformedPolicy"))  # type: ignore[arg-type]
            for targets in _needed(desk, LIST_TARGETS, PolicyId=summary.id):
                for target in targets.targets:
                    found.setdefault(target.target_id, []).append(policy)
    return found


def _levels(
    policies: dict[str, list[AttachedPolicy]] | None, route: tuple[str, ...]
) -> tuple[tuple[AttachedPolicy, ...], ...] | None:
    if policies is None or not route:
        return None
    return tuple(tuple(policies.get(place, ())) for place in route)
