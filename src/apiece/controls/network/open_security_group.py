"""A function's security group lets the whole internet in.

## What it checks

The inbound rules of every security group that a function's network interfaces carry. A rule fails when it admits all
addresses of IPv4 or IPv6, or a block so large (wider than `/8`, or `/16` of IPv6) that it amounts to the same.

## Why it matters

A function never accepts inbound connections, so such a rule does nothing for it. It does something for whatever else
carries the group, now or next month: a proxy, a cache, a database. The group was meant to be the function's narrow
door to private resources.

## Objective

The security groups that functions carry admit nobody from the internet.

## Test procedure

List the functions with `lambda:ListFunctions` and take `VpcConfig.SecurityGroupIds` of those that are attached to a
VPC. Get the groups with `ec2:DescribeSecurityGroups` and read `IpPermissions`. An exception is a rule whose source is
`0.0.0.0/0` or `::/0`, or a block wider than `/8` (IPv6: `/16`). Rules that name another security group or a prefix
list are not exceptions.

## Fails

```yaml
Resources:
  Reports:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/reports
      Code: {ZipFile: "def handler(event, context): pass"}
      VpcConfig:
        SubnetIds: [subnet-0123456789abcdef0]
        SecurityGroupIds: [!GetAtt Door.GroupId]
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: open
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 0.0.0.0/0}
```

## Passes

```yaml
Resources:
  Reports:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/reports
      Code: {ZipFile: "def handler(event, context): pass"}
      VpcConfig:
        SubnetIds: [subnet-0123456789abcdef0]
        SecurityGroupIds: [!GetAtt Door.GroupId]
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: no way in, one way out
      SecurityGroupEgress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.3.0/24}
```

## Remedy

Remove the inbound rule. Give the function a group of its own without inbound rules, and let the private resource's
group admit that group.
"""

from __future__ import annotations

import ipaddress

from apiece.access.index import Index
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function, VpcAttachment
from apiece.estate.gap import filled_by
from apiece.estate.network import PeerKind, SecurityGroup, TrafficRule
from apiece.estate.when import When, show
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import Text, holes, is_open
from apiece.text import show as spelled

_WIDEST = {4: 8, 6: 16}
_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.WARNING,
    reads=("function.vpc", "security-group.rules"),
    remedy="narrow-security-group",
)
def open_security_group(function: Function, index: Index) -> Verdict:
    vpc = function.latest.vpc
    if vpc is None:
        return Verdict.not_applicable("the function is not attached to a VPC")
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for identifier in vpc.security_groups:
        groups = list(index.security_groups(identifier, function.when))
        if not groups:
            unknowns.append(_missing(function, vpc, identifier, index.estate))
        for group, when in groups:
            for rule in group.ingress:
                _judge(index.estate, (group, rule, when), (deviations, unknowns))
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _missing(function: Function, vpc: VpcAttachment, identifier: Text, estate: Estate) -> Unknown:
    """Why a group is not there: the list of groups could not be read, or it lies outside of the source."""
    here = (function.subject.account, function.subject.region)
    for gap in estate.gaps:
        if gap.needs == "security-groups" and here == (gap.subject.account, gap.subject.region):
            return Unknown(reason=gap.reason, hint=gap.hint, at=(gap.at,) if gap.at else ())
    return Unknown(
        reason=f"security group `{spelled(identifier)}` is not in the source",
        at=(vpc.at,) if vpc.at else (),
        hint="check the template that defines it in the same run, or the live account",
    )


def _judge(
    estate: Estate,
    place: tuple[SecurityGroup, TrafficRule, When],
    found: tuple[list[Deviation], list[Unknown]],
) -> None:
    group, rule, choices = place
    when = estate.together(choices, rule.when)
    if when is None or rule.peer_kind not in {PeerKind.IPV4, PeerKind.IPV6}:
        return
    deviations, unknowns = found
    at = (rule.at,) if rule.at else ()
    if not isinstance(rule.peer, str):
        if is_open(rule.peer):
            reason = f"the source of a rule of security group `{group.subject.name}` is not known before deployment"
            unknowns.append(Unknown(reason=reason, at=at, hint=filled_by(holes(rule.peer)[0])))
        return
    if _is_world(rule.peer):
        name, ports = group.subject.name, _ports(rule)
        deviations.append(
            Deviation(
                message=f"its security group `{name}` admits {rule.peer} {ports} {show(when)}".rstrip(),
                severity=Severity.WARNING,
                root_cause=f"{group.subject.key}/{rule.peer}/{ports}",
                at=at,
                hint="remove the rule; a function needs no inbound rule",
                related=(group.subject,),
            )
        )


def _is_world(peer: str) -> bool:
    try:
        network = ipaddress.ip_network(peer, strict=False)
    except ValueError:
        return False
    unique_local = isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_UNIQUE_LOCAL)
    return network.prefixlen < _WIDEST[network.version] and not unique_local


def _ports(rule: TrafficRule) -> str:
    if rule.protocol == "-1" or rule.from_port is None:
        return "on all ports"
    if rule.from_port == rule.to_port or rule.to_port is None:
        return f"on port {rule.from_port}"
    return f"on ports {rule.from_port} to {rule.to_port}"
