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

from apiece.access.groups import groups_of, is_world, ports
from apiece.access.index import Index
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.gap import filled_by
from apiece.estate.network import PeerKind, SecurityGroup, TrafficRule
from apiece.estate.when import When, show
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import holes, is_open


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.WARNING,
    reads=("function.vpc", "security-group.rules"),
    remedy="narrow-security-group",
)
def open_security_group(function: Function, index: Index) -> Verdict:
    if function.latest.vpc is None:
        return Verdict.not_applicable("the function is not attached to a VPC")
    found: list[Deviation | Unknown | None] = []
    for carried in groups_of(function, index):
        if isinstance(carried, Unknown):
            found.append(carried)
            continue
        group, when = carried
        found += [_of(index.estate, group, rule, when) for rule in group.ingress]
    return Verdict.of_all(found)


def _of(estate: Estate, group: SecurityGroup, rule: TrafficRule, choices: When) -> Deviation | Unknown | None:
    when = estate.together(choices, rule.when)
    if when is None or rule.peer_kind not in {PeerKind.IPV4, PeerKind.IPV6}:
        return None
    at = (rule.at,) if rule.at else ()
    if not isinstance(rule.peer, str):
        if not is_open(rule.peer):
            return None
        reason = f"the source of a rule of security group `{group.subject.name}` is not known before deployment"
        return Unknown(reason=reason, at=at, hint=filled_by(holes(rule.peer)[0]))
    if not is_world(rule.peer):
        return None
    name, which = group.subject.name, ports(rule)
    return Deviation(
        message=f"its security group `{name}` admits {rule.peer} {which} {show(when)}".rstrip(),
        severity=Severity.WARNING,
        root_cause=f"{group.subject.key}/{rule.peer}/{which}",
        at=at,
        hint="remove the rule; a function needs no inbound rule",
        related=(group.subject,),
    )
