"""Claims about security groups of functions that let the internet in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]


def function(rules: str, *, head: str = "", more: str = "", group: str = "!GetAtt Door.GroupId") -> str:
    return f"""\
{head}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      Role: arn:aws:iam::111122223333:role/worker
      Code: {{ZipFile: x}}
      VpcConfig: {{SubnetIds: [subnet-1], SecurityGroupIds: [{group}]}}
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: d
{rules}
{more}"""


def ingress(rule: str) -> str:
    return f"      SecurityGroupIngress: [{{IpProtocol: tcp, FromPort: 443, ToPort: 443, {rule}}}]"


CONDITION = "Parameters: {S: {Type: String}}\nConditions: {Open: !Equals [!Ref S, y]}"
OPEN = {
    "all of IPv4": function(ingress("CidrIp: 0.0.0.0/0")),
    "all of IPv6": function(ingress('CidrIpv6: "::/0"')),
    "all of IPv6, written out": function(ingress('CidrIpv6: "0:0:0:0:0:0:0:0/0"')),
    "half of IPv4": function(ingress("CidrIp: 128.0.0.0/1")),
    "all protocols": function('      SecurityGroupIngress: [{IpProtocol: "-1", CidrIp: 0.0.0.0/0}]'),
    "a rule that is no list": function("      SecurityGroupIngress: {IpProtocol: -1, CidrIp: 0.0.0.0/0}"),
    "a rule of its own": function(
        "",
        more="  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !GetAtt Door.GroupId, "
        "IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}}\n",
    ),
    "a rule of its own, by reference": function(
        "",
        more="  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Door, IpProtocol: -1, "
        "CidrIpv6: '::/0'}}\n",
    ),
    "a default": function(ingress("CidrIp: !Ref C"), head="Parameters: {C: {Type: String, Default: 0.0.0.0/0}}"),
    "one form": function(ingress("CidrIp: !If [Open, 0.0.0.0/0, 10.0.0.0/8]"), head=CONDITION),
    "the group by reference": function(ingress("CidrIp: 0.0.0.0/0"), group="!Ref Door"),
}
CLOSED = {
    "no rule": function(""),
    "a private network": function(ingress("CidrIp: 10.0.0.0/8")),
    "a private network of IPv6": function(ingress('CidrIpv6: "fd00::/8"')),
    "one address": function(ingress("CidrIp: 203.0.113.7/32")),
    "another group": function(ingress("SourceSecurityGroupId: sg-0123456789abcdef0")),
    "itself": function(
        "",
        more="  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {GroupId: !Ref Door, IpProtocol: -1, "
        "SourceSecurityGroupId: !Ref Door}}\n",
    ),
    "a prefix list": function(ingress("SourcePrefixListId: pl-0123456789abcdef0")),
    "the internet on the way out": function(
        '      SecurityGroupEgress: [{IpProtocol: "-1", CidrIp: 0.0.0.0/0}, {IpProtocol: "-1", CidrIpv6: "::/0"}]'
    ),
    "a way out of its own": function(
        "",
        more="  Rule: {Type: AWS::EC2::SecurityGroupEgress, Properties: {GroupId: !Ref Door, IpProtocol: -1, "
        "CidrIp: 0.0.0.0/0}}\n",
    ),
    "another thing's open group": function(
        "",
        more="""\
  Other:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: d, SecurityGroupIngress: [{IpProtocol: -1, CidrIp: 0.0.0.0/0}]}
""",
    ),
    "a block of the network": function(
        ingress("CidrIp: !GetAtt Net.CidrBlock"),
        more="  Net: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}\n",
    ),
}


@pytest.mark.parametrize("case", OPEN)
def test_a_group_that_admits_the_internet_is_a_warning(judge: Judge, case: str) -> None:
    """An inbound rule for all addresses is found in either family, wherever it is written."""
    assert "warning" == judge("open-security-group", OPEN[case]).gravest


@pytest.mark.parametrize("case", CLOSED)
def test_a_group_that_admits_few_passes(judge: Judge, case: str) -> None:
    """Private networks, groups, prefix lists and the way out are not the internet coming in."""
    assert "pass" == judge("open-security-group", CLOSED[case]).gravest


def test_a_function_outside_of_a_vpc_has_no_group(judge: Judge) -> None:
    """A group that no function carries is not judged."""
    text = function(ingress("CidrIp: 0.0.0.0/0")).replace(
        "      VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [!GetAtt Door.GroupId]}\n", ""
    )

    assert "pass" == judge("open-security-group", text).gravest


def test_an_address_given_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter may be the whole internet."""
    assert "unknown" == judge("open-security-group", function(ingress("CidrIp: !Ref S"), head=CONDITION)).gravest
