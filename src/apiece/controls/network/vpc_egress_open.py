"""A function in a VPC may connect to any address on any port.

## What it checks

The outbound rules of every security group that a function's network interfaces carry. A rule is a note when it lets all
addresses be reached on all ports. A group for which no outbound rule was ever written has such a rule: AWS adds it when
the group is made, and takes it away with the first rule that is written. A rule for one port, such as 443, is none:
functions need it to reach AWS's own endpoints.

## Why it matters

A function that is taken over, or one library of it, sends what it can read to wherever it likes. A group with only the
ways out that the function needs stops that, and stops it from trying other hosts of your network.

## Objective

Network connections out of a function in a VPC are limited to the destinations and ports that it needs.

## Test procedure

List the functions with a VPC (`lambda:ListFunctions`, `VpcConfig.SecurityGroupIds`), and describe these groups
(`ec2:DescribeSecurityGroups`). In each group look at `IpPermissionsEgress`. An entry with protocol `-1` or all ports
whose range is `0.0.0.0/0` or `::/0` is an exception. In a template a group has that entry too where neither
`SecurityGroupEgress` nor an `AWS::EC2::SecurityGroupEgress` that names it writes another.

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
        SecurityGroupIds: [!GetAtt Way.GroupId]
  Way:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: as AWS makes it}
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
        SecurityGroupIds: [!GetAtt Way.GroupId]
  Way:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: to the database and to AWS
      SecurityGroupEgress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.0.3.0/24}
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
```

## Remedy

Write the outbound rules that the function needs: the group of its database on the database's port, and port 443 to the
VPC's endpoints, or to anywhere where there are none. Writing the first one takes AWS's rule away in a template; in an
account it has to be removed.

## Limits

Whether the subnets have a way to the internet (a NAT gateway, a proxy) is not looked at, nor are network ACLs and
firewalls: the group may be open where nothing behind it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.groups import groups_of, has_all_ports, is_world
from apiece.access.index import Index
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.gap import filled_by
from apiece.estate.network import PeerKind, SecurityGroup, TrafficRule
from apiece.estate.provenance import Provenance
from apiece.estate.when import When, show
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import holes, is_open

_LAST_PORT = 65_535


@control(
    criteria=(Criterion.CC6_6, Criterion.CC6_7),
    severity=Severity.NOTE,
    reads=("function.vpc", "security-group.rules"),
    remedy="narrow-security-group",
    cadence=Cadence.WEEKLY,
)
def vpc_egress_open(function: Function, index: Index) -> Verdict:
    if function.latest.vpc is None:
        return Verdict.not_applicable("the function is not attached to a VPC")
    found: list[Deviation | Unknown | None] = []
    for carried in groups_of(function, index):
        found += [carried] if isinstance(carried, Unknown) else list(_of_group(index.estate, *carried))
    return Verdict.of_all(found)


def _of_group(estate: Estate, group: SecurityGroup, when: When) -> Iterator[Deviation | Unknown | None]:
    if group.egress is None:
        yield _open(group, "any address on any port, as AWS lets a group that states nothing", when, group.at)
    for rule in group.egress or ():
        yield _of_rule(estate, group, rule, when)


def _of_rule(estate: Estate, group: SecurityGroup, rule: TrafficRule, choices: When) -> Deviation | Unknown | None:
    when = estate.together(choices, rule.when)
    if when is None or rule.peer_kind not in {PeerKind.IPV4, PeerKind.IPV6} or not _is_any_port(rule):
        return None
    if not isinstance(rule.peer, str):
        if not is_open(rule.peer):
            return None
        reason = f"where a rule of security group `{group.subject.name}` leads is not known before deployment"
        return Unknown(reason=reason, at=(rule.at,) if rule.at else (), hint=filled_by(holes(rule.peer)[0]))
    return _open(group, f"{rule.peer} on any port", when, rule.at) if is_world(rule.peer) else None


def _is_any_port(rule: TrafficRule) -> bool:
    """Tell whether a rule is about all ports, written out or not."""
    return has_all_ports(rule) or ((rule.from_port or 0) <= 1 and (rule.to_port or 0) >= _LAST_PORT)


def _open(group: SecurityGroup, where: str, when: When, at: Provenance | None) -> Deviation:
    return Deviation(
        message=f"its security group `{group.subject.name}` lets it connect to {where} {show(when)}".rstrip(),
        severity=Severity.NOTE,
        root_cause=f"{group.subject.key}/egress",
        at=(at,) if at is not None else (),
        hint="name the destinations and ports that the function needs",
        related=(group.subject,),
    )
