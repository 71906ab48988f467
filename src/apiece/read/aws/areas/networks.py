"""Virtual networks: security groups with their rules, subnets, VPCs, and endpoints with their policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from apiece.estate.network import PeerKind, SecurityGroup, Subnet, TrafficRule, Vpc, VpcEndpoint
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call, Outcome, Quota
from apiece.read.aws.carried import carried
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts

T = TypeVar("T")


class Range4(msgspec.Struct, frozen=True, rename="pascal"):
    cidr_ip: str


class Range6(msgspec.Struct, frozen=True, rename="pascal"):
    cidr_ipv6: str


class PrefixList(msgspec.Struct, frozen=True, rename="pascal"):
    prefix_list_id: str


class Pair(msgspec.Struct, frozen=True, rename="pascal"):
    """A security group as a peer; one of a classic account may have a name alone."""

    group_id: str | None = None
    group_name: str | None = None


class Permission(msgspec.Struct, frozen=True, rename="pascal"):
    ip_protocol: str = "-1"
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[Range4, ...] = ()
    ipv6_ranges: tuple[Range6, ...] = ()
    prefix_list_ids: tuple[PrefixList, ...] = ()
    user_id_group_pairs: tuple[Pair, ...] = ()


class Group(msgspec.Struct, frozen=True, rename="pascal"):
    group_id: str
    vpc_id: str | None = None
    ip_permissions: tuple[Permission, ...] = ()
    ip_permissions_egress: tuple[Permission, ...] = ()


class GroupPage(msgspec.Struct, frozen=True, rename="pascal"):
    security_groups: tuple[Group, ...] = ()


class ListedSubnet(msgspec.Struct, frozen=True, rename="pascal"):
    subnet_id: str
    vpc_id: str | None = None


class SubnetPage(msgspec.Struct, frozen=True, rename="pascal"):
    subnets: tuple[ListedSubnet, ...] = ()


class ListedVpc(msgspec.Struct, frozen=True, rename="pascal"):
    vpc_id: str
    cidr_block: str | None = None


class VpcPage(msgspec.Struct, frozen=True, rename="pascal"):
    vpcs: tuple[ListedVpc, ...] = ()


class Endpoint(msgspec.Struct, frozen=True, rename="pascal"):
    vpc_endpoint_id: str
    service_name: str = ""
    vpc_id: str | None = None
    policy_document: str | None = None


class EndpointPage(msgspec.Struct, frozen=True, rename="pascal"):
    vpc_endpoints: tuple[Endpoint, ...] = ()


_EC2 = Quota.EC2
DESCRIBE_GROUPS = Call("ec2", "describe_security_groups", "ec2:DescribeSecurityGroups", GroupPage, quota=_EC2)
DESCRIBE_SUBNETS = Call("ec2", "describe_subnets", "ec2:DescribeSubnets", SubnetPage, quota=_EC2)
DESCRIBE_VPCS = Call("ec2", "describe_vpcs", "ec2:DescribeVpcs", VpcPage, quota=_EC2)
DESCRIBE_ENDPOINTS = Call("ec2", "describe_vpc_endpoints", "ec2:DescribeVpcEndpoints", EndpointPage, quota=_EC2)
_PAGE = {"MaxResults": 1000}


def networks(desk: Desk) -> Facts:
    """Read the networks of a region."""
    facts = Facts()
    groups = desk.ask(DESCRIBE_GROUPS, _PAGE)
    _gap(desk, DESCRIBE_GROUPS, groups, "security-groups", facts)
    facts.security_groups += [_group(desk, group) for page in groups.pages for group in page.security_groups]
    subnets = desk.ask(DESCRIBE_SUBNETS, _PAGE)
    _gap(desk, DESCRIBE_SUBNETS, subnets, "subnets", facts)
    facts.subnets += [_subnet(desk, subnet) for page in subnets.pages for subnet in page.subnets]
    vpcs = desk.ask(DESCRIBE_VPCS, _PAGE)
    _gap(desk, DESCRIBE_VPCS, vpcs, "vpcs", facts)
    facts.vpcs += [_vpc(desk, vpc) for page in vpcs.pages for vpc in page.vpcs]
    endpoints = desk.ask(DESCRIBE_ENDPOINTS, _PAGE)
    _gap(desk, DESCRIBE_ENDPOINTS, endpoints, "endpoints", facts)
    facts.endpoints += [_endpoint(desk, one, facts) for page in endpoints.pages for one in page.vpc_endpoints]
    return facts


def _gap(desk: Desk, call: Call[T], outcome: Outcome[T], needs: str, facts: Facts) -> None:
    if outcome.gap is not None:
        what = f"the list of {needs.replace('-', ' ').replace('vpcs', 'VPCs')}"
        facts.gaps.append(desk.gap(call, outcome.gap, desk.itself, needs, what))


def _group(desk: Desk, group: Group) -> SecurityGroup:
    return SecurityGroup(
        subject=desk.subject(SubjectKind.SECURITY_GROUP, desk.arn("ec2", f"security-group/{group.group_id}")),
        id=group.group_id,
        vpc=group.vpc_id,
        ingress=tuple(_rules(desk, group.ip_permissions)),
        egress=tuple(_rules(desk, group.ip_permissions_egress)),
        at=desk.at(DESCRIBE_GROUPS),
    )


def _rules(desk: Desk, permissions: tuple[Permission, ...]) -> Iterator[TrafficRule]:
    """One rule for each peer, in an order that does not depend on how AWS grouped them."""
    peers = sorted(
        {
            (permission.ip_protocol, permission.from_port, permission.to_port, kind, peer)
            for permission in permissions
            for kind, peer in _peers(permission)
        },
        key=str,
    )
    for protocol, from_port, to_port, kind, peer in peers:
        yield TrafficRule(
            protocol=protocol,
            from_port=from_port,
            to_port=to_port,
            peer_kind=kind,
            peer=peer,
            at=desk.at(DESCRIBE_GROUPS),
        )


def _peers(permission: Permission) -> Iterator[tuple[PeerKind, str]]:
    yield from ((PeerKind.IPV4, one.cidr_ip) for one in permission.ip_ranges)
    yield from ((PeerKind.IPV6, one.cidr_ipv6) for one in permission.ipv6_ranges)
    yield from ((PeerKind.PREFIX_LIST, one.prefix_list_id) for one in permission.prefix_list_ids)
    for pair in permission.user_id_group_pairs:
        yield PeerKind.SECURITY_GROUP, pair.group_id or pair.group_name or ""


def _subnet(desk: Desk, subnet: ListedSubnet) -> Subnet:
    subject = desk.subject(SubjectKind.SUBNET, desk.arn("ec2", f"subnet/{subnet.subnet_id}"))
    return Subnet(subject=subject, id=subnet.subnet_id, vpc=subnet.vpc_id, at=desk.at(DESCRIBE_SUBNETS))


def _vpc(desk: Desk, vpc: ListedVpc) -> Vpc:
    subject = desk.subject(SubjectKind.VPC, desk.arn("ec2", f"vpc/{vpc.vpc_id}"))
    return Vpc(subject=subject, id=vpc.vpc_id, cidr=vpc.cidr_block, at=desk.at(DESCRIBE_VPCS))


def _endpoint(desk: Desk, endpoint: Endpoint, facts: Facts) -> VpcEndpoint:
    arn = desk.arn("ec2", f"vpc-endpoint/{endpoint.vpc_endpoint_id}")
    subject = desk.subject(SubjectKind.ENDPOINT, arn)
    return VpcEndpoint(
        subject=subject,
        id=endpoint.vpc_endpoint_id,
        service=endpoint.service_name,
        vpc=endpoint.vpc_id,
        policies=carried(desk, DESCRIBE_ENDPOINTS, subject, endpoint.policy_document, facts),
        at=desk.at(DESCRIBE_ENDPOINTS),
    )
