"""Security groups, networks, subnets and endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from apiece.estate.network import PeerKind, SecurityGroup, Subnet, TrafficRule, Vpc, VpcEndpoint
from apiece.estate.policy import PolicyForm
from apiece.estate.subject import SubjectKind
from apiece.estate.when import When
from apiece.iam.document import PolicyKind
from apiece.read.cloudformation.attributes import ref_of
from apiece.read.cloudformation.build.policies import Carrier, documents
from apiece.read.cloudformation.build.site import Site, integer_of, shown, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.text import Text
from apiece.tree import Mapping

_PEERS = (
    ("CidrIp", PeerKind.IPV4),
    ("CidrIpv6", PeerKind.IPV6),
    ("SourceSecurityGroupId", PeerKind.SECURITY_GROUP),
    ("SourceSecurityGroupName", PeerKind.SECURITY_GROUP),
    ("DestinationSecurityGroupId", PeerKind.SECURITY_GROUP),
    ("SourcePrefixListId", PeerKind.PREFIX_LIST),
    ("DestinationPrefixListId", PeerKind.PREFIX_LIST),
)


def security_groups(sites: Iterable[Site]) -> list[SecurityGroup]:
    """Build the security groups with their inline rules, then add rules that stand in resources of their own."""
    placed = list(sites)
    found: list[SecurityGroup] = []
    by_id: dict[Text, int] = {}
    for site in placed:
        if site.resource.type != "AWS::EC2::SecurityGroup":
            continue
        by_id[ref_of(site.template, site.resource)] = len(found)
        egress = site.get("SecurityGroupEgress")
        found.append(
            SecurityGroup(
                subject=site.subject(SubjectKind.SECURITY_GROUP),
                id=ref_of(site.template, site.resource),
                vpc=text_of(site.get("VpcId")),
                ingress=tuple(_rules(site, site.get("SecurityGroupIngress"), "SecurityGroupIngress")),
                egress=tuple(_rules(site, egress, "SecurityGroupEgress")) if egress is not None else None,
                when=site.when,
                at=site.place(),
            )
        )
    for site in placed:
        if site.resource.type in {"AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"}:
            for when, node in site.guarded(site.get("GroupId")):
                _add(site, node, when, found, by_id)
    return found


def _add(site: Site, node: RNode, when: When, found: list[SecurityGroup], by_id: dict[Text, int]) -> None:
    """Add a rule to its group. A rule for a group that no template holds stands for that group."""
    rules = tuple(
        msgspec.structs.replace(rule, when=joint)
        for rule in _rules(site, site.resource.properties, "")
        if (joint := site.joined(when, rule.when)) is not None
    )
    inbound = site.resource.type == "AWS::EC2::SecurityGroupIngress"
    text = text_of(node)
    position = by_id.get(text) if text is not None else None
    if position is None:
        reason = f"the other rules of security group `{shown(node)}` are not in the source"
        site.gap(SubjectKind.SECURITY_GROUP, "security-group.rules", reason, at=node)
        found.append(
            SecurityGroup(
                subject=site.subject(SubjectKind.SECURITY_GROUP),
                id=text if text is not None else shown(node),
                ingress=rules if inbound else (),
                egress=None if inbound else rules,
                when=when,
                at=site.place(node, "GroupId"),
            )
        )
        return
    group = found[position]
    found[position] = (
        msgspec.structs.replace(group, ingress=(*group.ingress, *rules))
        if inbound
        else msgspec.structs.replace(group, egress=(*(group.egress or ()), *rules))
    )


def _rules(site: Site, node: RNode | None, path: str) -> Iterator[TrafficRule]:
    for when, item in site.elements(node):
        forms = site.forms(item, when)
        if forms is None:
            site.gap(
                SubjectKind.SECURITY_GROUP, "security-group.rules", "a rule depends on too many conditions", at=item
            )
            continue
        for joint, form in forms:
            yield from _rule(site, form, joint, path)


def _rule(site: Site, form: RNode, when: When, path: str) -> Iterator[TrafficRule]:
    peers = [(kind, name) for name, kind in _PEERS if isinstance(form, Mapping) and form.get(name) is not None]
    if not isinstance(form, Mapping) or not peers:
        site.gap(SubjectKind.SECURITY_GROUP, "security-group.rules", f"a rule is {shown(form)}", at=form)
        return
    for kind, name in peers:
        node = form.get(name)
        text = text_of(node)
        if text is None:
            site.gap(SubjectKind.SECURITY_GROUP, "security-group.rules", f"`{name}` is {shown(node)}", at=node)
            continue
        yield TrafficRule(
            protocol=text_of(form.get("IpProtocol")) or "-1",
            from_port=integer_of(form.get("FromPort")),
            to_port=integer_of(form.get("ToPort")),
            peer_kind=kind,
            peer=text,
            when=when,
            at=site.place(node, f"{path}.{name}" if path else name),
        )


def vpcs(sites: Iterable[Site]) -> Iterator[Vpc]:
    """VPCs of the templates."""
    for site in sites:
        if site.resource.type == "AWS::EC2::VPC":
            yield Vpc(
                subject=site.subject(SubjectKind.VPC),
                id=ref_of(site.template, site.resource),
                cidr=text_of(site.get("CidrBlock")),
                when=site.when,
                at=site.place(),
            )


def subnets(sites: Iterable[Site]) -> Iterator[Subnet]:
    """Subnets of the templates."""
    for site in sites:
        if site.resource.type == "AWS::EC2::Subnet":
            yield Subnet(
                subject=site.subject(SubjectKind.SUBNET),
                id=ref_of(site.template, site.resource),
                vpc=text_of(site.get("VpcId")),
                when=site.when,
                at=site.place(),
            )


def endpoints(sites: Iterable[Site]) -> Iterator[VpcEndpoint]:
    """VPC endpoints with their policies of the templates."""
    for site in sites:
        if site.resource.type == "AWS::EC2::VPCEndpoint":
            carrier = Carrier(
                SubjectKind.ENDPOINT,
                "endpoint.policies",
                PolicyKind.ENDPOINT,
                PolicyForm.RESOURCE,
                site.resource.logical_id,
                "PolicyDocument",
            )
            yield VpcEndpoint(
                subject=site.subject(SubjectKind.ENDPOINT),
                id=ref_of(site.template, site.resource),
                service=text_of(site.get("ServiceName")) or "",
                vpc=text_of(site.get("VpcId")),
                policies=documents(site, site.get("PolicyDocument"), carrier),
                when=site.when,
                at=site.place(),
            )
