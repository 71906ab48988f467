"""Claims about security groups that let functions connect anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .test_open_security_group import CONDITION, function

Judge = Callable[..., Any]


def egress(rule: str) -> str:
    return f"      SecurityGroupEgress: [{{{rule}}}]"


def rule(properties: str, target: str = "!Ref Door") -> str:
    return f"  Rule: {{Type: AWS::EC2::SecurityGroupEgress, Properties: {{GroupId: {target}, {properties}}}}}\n"


OPEN = {
    "nothing stated": function(""),
    "inbound rules only": function("      SecurityGroupIngress: []"),
    "all of IPv4": function(egress('IpProtocol: "-1", CidrIp: 0.0.0.0/0')),
    "all of IPv6": function(egress("IpProtocol: -1, CidrIpv6: '::/0'")),
    "all ports of TCP": function(egress("IpProtocol: tcp, FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0")),
    "all ports from 1": function(egress("IpProtocol: udp, FromPort: 1, ToPort: 65535, CidrIp: 0.0.0.0/0")),
    "half of IPv4": function(egress("IpProtocol: -1, CidrIp: 128.0.0.0/1")),
    "a rule of its own": function("", more=rule("IpProtocol: -1, CidrIp: 0.0.0.0/0")),
    "one form": function(egress("IpProtocol: -1, CidrIp: !If [Open, 0.0.0.0/0, 10.0.0.0/8]"), head=CONDITION),
    "beside a narrow rule": function(
        egress("IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0"),
        more=rule("IpProtocol: -1, CidrIp: 0.0.0.0/0"),
    ),
}
NARROW = {
    "HTTPS to anywhere": function(egress("IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0")),
    "any port of a private network": function(egress("IpProtocol: -1, CidrIp: 10.0.0.0/8")),
    "any port of one's own IPv6": function(egress("IpProtocol: -1, CidrIpv6: 'fd00::/8'")),
    "nowhere, as it is often written": function(egress("IpProtocol: -1, CidrIp: 127.0.0.1/32")),
    "nothing at all": function("      SecurityGroupEgress: []"),
    "another group, any port": function(egress("IpProtocol: -1, DestinationSecurityGroupId: sg-0123456789abcdef0")),
    "a prefix list": function(egress("IpProtocol: -1, DestinationPrefixListId: pl-0123456789abcdef0")),
    "a narrow rule of its own, which takes AWS's away": function(
        "", more=rule("IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.3.0/24")
    ),
    "open inwards": function(
        '      SecurityGroupIngress: [{IpProtocol: "-1", CidrIp: 0.0.0.0/0}]\n'
        "      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8}]"
    ),
}


@pytest.mark.parametrize("template", OPEN.values(), ids=OPEN)
def test_a_way_out_to_anywhere_on_any_port_is_a_note(judge: Judge, template: str) -> None:
    found = judge("vpc-egress-open", template)

    assert "note" == found.gravest
    assert "`Door`" in found.messages[0]


@pytest.mark.parametrize("template", NARROW.values(), ids=NARROW)
def test_a_narrow_way_out_is_none(judge: Judge, template: str) -> None:
    assert "pass" == judge("vpc-egress-open", template).gravest


def test_a_function_without_vpc_has_no_way_out_to_judge(judge: Judge) -> None:
    template = "Resources: {W: {Type: AWS::Lambda::Function, Properties: {Role: arn:aws:iam::1:role/w, Code: {}}}}"

    assert "pass" == judge("vpc-egress-open", template).gravest


@pytest.mark.parametrize("group", ["sg-0123456789abcdef0", "!ImportValue shared-group"])
def test_a_group_that_is_not_in_the_source_is_undecided(judge: Judge, group: str) -> None:
    assert (
        "unknown"
        == judge("vpc-egress-open", function(egress("IpProtocol: -1, CidrIp: 10.0.0.0/8"), group=group)).gravest
    )


def test_a_destination_that_nobody_knows_is_undecided(judge: Judge) -> None:
    head = "Parameters: {C: {Type: String}}"

    assert "unknown" == judge("vpc-egress-open", function(egress("IpProtocol: -1, CidrIp: !Ref C"), head=head)).gravest
