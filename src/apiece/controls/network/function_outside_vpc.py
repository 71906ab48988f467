"""A function is not attached to a VPC.

## What it checks

Whether the function, as it stands now, has subnets of a VPC. It is asked only where you ask for it (`--also
function-outside-vpc`): a function that reaches no private resource gains nothing from a VPC.

## Why it matters

Some organisations demand that every function runs inside their network, so that what it may connect to is decided by
their security groups, endpoints and firewalls; the AWS Config rule `lambda-inside-vpc` asks the same. For other
functions a VPC adds a network to get wrong and to pay for, and takes nothing away that their role does not already
bound. `private-resource-without-vpc` finds the functions that need one.

## Objective

Every function's network traffic passes through a network that the organisation controls.

## Test procedure

List all functions of each region (`lambda:ListFunctions`, or `AWS::Lambda::Function` in a template), so that none is
left out: the count is the population. For each, look at `VpcConfig`. A function whose `SubnetIds` are empty or absent
is an exception, unless the organisation's own rules leave functions of its kind outside.

## Fails

```yaml
Resources:
  Resize:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/resize
      Code: {ZipFile: "def handler(event, context): pass"}
```

## Passes

```yaml
Resources:
  Resize:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/resize
      Code: {ZipFile: "def handler(event, context): pass"}
      VpcConfig:
        SubnetIds: [subnet-0123456789abcdef0]
        SecurityGroupIds: [sg-0123456789abcdef0]
```

## Remedy

Attach the function to private subnets, with a security group of its own that has no inbound rule, and with endpoints
for the AWS services it calls. Leave it as it is where nothing demands a VPC.
"""

from __future__ import annotations

from apiece.controls.control import control
from apiece.estate.function import Function
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Verdict


@control(
    criteria=(Criterion.CC6_6,),
    severity=Severity.NOTE,
    reads=("function.vpc",),
    remedy="attach-to-vpc",
    cadence=Cadence.WEEKLY,
    by_default=False,
)
def function_outside_vpc(function: Function) -> Verdict:
    if function.latest.vpc is not None:
        return Verdict.passed()
    deviation = Deviation(
        message="it is not attached to a VPC",
        severity=Severity.NOTE,
        root_cause=f"{function.subject.key}/vpc",
        at=(function.at,) if function.at is not None else (),
        hint="attach it to private subnets if your rules demand a VPC",
    )
    return Verdict.of((deviation,))
