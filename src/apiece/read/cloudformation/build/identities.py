"""Roles, users, groups and the policies that templates attach to them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import msgspec

from apiece.estate.identity import Group, Role, StandalonePolicy, User
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.subject import SubjectKind
from apiece.estate.when import When
from apiece.iam.document import PolicyKind
from apiece.read.cloudformation.attributes import arn_of, name_of
from apiece.read.cloudformation.build.policies import Carrier, Managed, PolicyText, carry, documents, managed_policy
from apiece.read.cloudformation.build.site import Notebook, Site, literal_of, shown, text_of
from apiece.text import Text, show
from apiece.tree import Mapping

Identity = Role | User | Group

_KINDS = {"AWS::IAM::Role": SubjectKind.ROLE, "AWS::IAM::User": SubjectKind.USER, "AWS::IAM::Group": SubjectKind.GROUP}
_ATTACHING = {
    "AWS::IAM::Policy": (("Roles", SubjectKind.ROLE), ("Users", SubjectKind.USER), ("Groups", SubjectKind.GROUP)),
    "AWS::IAM::ManagedPolicy": (
        ("Roles", SubjectKind.ROLE),
        ("Users", SubjectKind.USER),
        ("Groups", SubjectKind.GROUP),
    ),
    "AWS::IAM::RolePolicy": (("RoleName", SubjectKind.ROLE),),
    "AWS::IAM::UserPolicy": (("UserName", SubjectKind.USER),),
    "AWS::IAM::GroupPolicy": (("GroupName", SubjectKind.GROUP),),
}


def customer_managed(sites: Iterable[Site]) -> Managed:
    """The customer managed policies of all templates, by ARN."""
    found: Managed = {}
    for site in sites:
        if site.resource.type == "AWS::IAM::ManagedPolicy":
            arn = arn_of(site.template, site.resource)
            found[arn] = (*found.get(arn, ()), _own_text(site, PolicyForm.CUSTOMER_MANAGED, arn))
    return found


def _own_text(site: Site, form: PolicyForm, arn: Text | None = None) -> PolicyText:
    """Read the document of a policy resource; its gaps wait for the identities that carry it."""
    name = literal_of(site.get("PolicyName")) or literal_of(site.get("ManagedPolicyName")) or site.resource.logical_id
    scratch = Notebook(choices=site.notebook.choices)
    carrier = Carrier(SubjectKind.POLICY, "policy.document", PolicyKind.IDENTITY, form, name, "PolicyDocument", arn)
    policies = documents(dataclasses.replace(site, notebook=scratch), site.get("PolicyDocument"), carrier)
    return PolicyText(policies, tuple(scratch.gaps))


def identities(sites: Iterable[Site], managed: Managed) -> Iterator[Identity]:
    """Build each role, user and group with what its own resource says."""
    for site in sites:
        kind = _KINDS.get(site.resource.type)
        if kind is None:
            continue
        name, arn = name_of(site.template, site.resource), arn_of(site.template, site.resource)
        policies = _inline(site, kind) + _managed(site, kind, managed)
        common = {
            "subject": site.subject(kind),
            "name": name,
            "arn": arn,
            "policies": policies,
            "when": site.when,
            "at": site.place(),
        }
        match kind:
            case SubjectKind.ROLE:
                yield Role(**common, trust=_trust(site), boundary=_boundary(site, kind, managed))  # type: ignore[arg-type]
            case SubjectKind.USER:
                groups = tuple(text for _, item in site.elements(site.get("Groups")) if (text := text_of(item)))
                yield User(**common, groups=groups, boundary=_boundary(site, kind, managed))  # type: ignore[arg-type]
            case _:
                yield Group(**common)  # type: ignore[arg-type]


def _trust(site: Site) -> tuple[AttachedPolicy, ...]:
    carrier = Carrier(
        SubjectKind.ROLE, "role.trust", PolicyKind.TRUST, PolicyForm.TRUST, "trust policy", "AssumeRolePolicyDocument"
    )
    return documents(site, site.get("AssumeRolePolicyDocument"), carrier)


def _inline(site: Site, kind: SubjectKind) -> tuple[AttachedPolicy, ...]:
    found: tuple[AttachedPolicy, ...] = ()
    for index, (when, item) in enumerate(site.elements(site.get("Policies"))):
        if not isinstance(item, Mapping):
            site.gap(kind, f"{kind}.policies", f"an inline policy is {shown(item)}", at=item)
            continue
        name = literal_of(item.get("PolicyName"))
        label = name if name is not None else show(text_of(item.get("PolicyName")) or f"#{index}")
        carrier = Carrier(
            kind, f"{kind}.policies", PolicyKind.IDENTITY, PolicyForm.INLINE, label, f"Policies.{index}.PolicyDocument"
        )
        found += documents(site, item.get("PolicyDocument"), carrier, when)
    return found


def _managed(site: Site, kind: SubjectKind, managed: Managed) -> tuple[AttachedPolicy, ...]:
    found: tuple[AttachedPolicy, ...] = ()
    for index, (when, item) in enumerate(site.elements(site.get("ManagedPolicyArns"))):
        found += managed_policy(
            site, item, when, path=f"ManagedPolicyArns.{index}", customer=managed, kind=kind, needs=f"{kind}.policies"
        )
    return found


def _boundary(site: Site, kind: SubjectKind, managed: Managed) -> tuple[AttachedPolicy, ...]:
    found: tuple[AttachedPolicy, ...] = ()
    for when, item in site.guarded(site.get("PermissionsBoundary")):
        found += managed_policy(
            site, item, when, path="PermissionsBoundary", customer=managed, kind=kind, needs=f"{kind}.boundary"
        )
    return found


def attach(
    found: list[Identity], sites: Iterable[Site], managed: Managed
) -> tuple[list[Identity], list[StandalonePolicy]]:
    """Add the policies that stand in resources of their own to the identities they name.

    Returns the identities, and those policies that are attached to a role which no template holds.
    """
    by_name: dict[tuple[SubjectKind, Text], list[int]] = {}
    for position, identity in enumerate(found):
        by_name.setdefault((identity.subject.kind, identity.name), []).append(position)
    elsewhere: list[StandalonePolicy] = []
    for site in sites:
        if site.resource.type not in _ATTACHING:
            continue
        texts = (
            managed[arn_of(site.template, site.resource)]
            if site.resource.type == "AWS::IAM::ManagedPolicy"
            else (_own_text(site, PolicyForm.INLINE),)
        )
        for key, kind in _ATTACHING[site.resource.type]:
            for when, item in site.elements(site.get(key)):
                name = text_of(item)
                positions = by_name.get((kind, name), []) if name is not None else []
                for text in texts:
                    elsewhere.extend(_attach_one(found, positions, site, (kind, when), text))
    return found, elsewhere


def _attach_one(
    found: list[Identity], positions: list[int], site: Site, target: tuple[SubjectKind, When], text: PolicyText
) -> Iterator[StandalonePolicy]:
    kind, when = target
    for position in positions:
        carry(text.gaps, found[position].subject, f"{kind}.policies", site.notebook)
    for policy in text.policies:
        joint = site.joined(when, policy.when)
        if joint is None:
            continue
        attached = msgspec.structs.replace(policy, when=joint)
        for position in positions:
            found[position] = msgspec.structs.replace(found[position], policies=(*found[position].policies, attached))
        if not positions and kind is SubjectKind.ROLE:
            yield StandalonePolicy(subject=site.subject(SubjectKind.POLICY), policy=attached, when=joint)
    if not positions and kind is SubjectKind.ROLE:
        carry(text.gaps, site.subject(SubjectKind.POLICY), "role.policies", site.notebook)
