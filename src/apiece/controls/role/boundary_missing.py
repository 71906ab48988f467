"""A function that can give permissions away has no permissions boundary.

## What it checks

Execution roles that are allowed to make roles or users, to write or attach their policies, or to change whom they
trust, decided from all policies together: whether the role has a permissions boundary. Where most execution roles of an
account have one, each role that has none is noted too, whatever it may do. An administrator is not noted: a boundary
that allows everything would change nothing, and `admin-execution-role` speaks of it.

## Why it matters

A boundary is the most that an identity can ever do. It does not matter for a role whose policies are right, but a
function that writes policies can make a mistake, or be made to make one, and then only a boundary limits the damage.

## Objective

Functions that manage identities are held by a permissions boundary, so that neither they nor what they create can
exceed it.

## Test procedure

From `iam get-account-authorization-details` take the roles that functions run as (`lambda list-functions`). Select
those that are allowed `iam:CreateRole`, `iam:CreateUser`, `iam:CreatePolicyVersion`, `iam:UpdateAssumeRolePolicy`, or a
`Put…Policy` or `Attach…Policy` action. For each, see whether `PermissionsBoundary` is set and what the policy that it
names allows. An exception is such a role without a boundary. Where the organisation's own rule demands boundaries for
all roles, test all of them.

## Fails

```yaml
Resources:
  Tenants:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: [iam:CreateRole, iam:PutRolePolicy]
              Resource: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/tenant-*"
```

## Passes

```yaml
Resources:
  Limits:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: ["iam:*", "s3:GetObject"], Resource: "*"}]
  Tenants:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      PermissionsBoundary: !Ref Limits
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: [iam:CreateRole, iam:PutRolePolicy]
              Resource: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/tenant-*"
```

## Remedy

Write a policy with the most that the function and its creations may ever do, set it as the role's permissions boundary,
and allow `iam:CreateRole` only with the condition `iam:PermissionsBoundary` on that policy.

## Limits

What a boundary allows is not judged here; the other controls count it in.
"""

from __future__ import annotations

from apiece.access.bounded import Bounded
from apiece.access.execution import Execution
from apiece.access.rights import witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.when import show
from apiece.iam.granted import Granted
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_3,),
    severity=Severity.NOTE,
    reads=("function.role", "role.policies"),
    remedy="set-boundary",
)
def boundary_missing(execution: Execution, estate: Estate, bounded: Bounded) -> Verdict:
    role = execution.role
    if role is None:
        return Verdict.not_applicable("the role is not in the source")
    if execution.boundary:
        return Verdict.passed()
    answer = bounded.gives(role)
    custom = bounded.is_custom(role.subject.account) and role.arn in bounded.world.index.running_roles
    if answer.result is Granted.NO and not custom:
        return Verdict.passed()
    if any(gap.subject.key == role.subject.key and gap.needs == "role.boundary" for gap in estate.gaps):
        return Verdict.of(unknowns=(Unknown(reason="whether its role has a permissions boundary is not known"),))
    if answer.request is None and not custom:
        reason = f"whether its role may give permissions away is not known: {answer.reason}"
        return Verdict.of(unknowns=(Unknown(reason=reason),))
    what = (
        "can give permissions away and has no permissions boundary"
        if answer.request is not None
        else "has no permissions boundary, as most execution roles here have"
    )
    where = answer.because[0].at if answer.because else (role.at,) if role.at is not None else ()
    deviation = Deviation(
        message=f"its role {what} {show(execution.when)}".rstrip(),
        severity=Severity.NOTE,
        root_cause=f"{role.subject.key}/boundary",
        at=where,
        hint="set a permissions boundary with the most that it may ever do",
        witness=witness(answer.request) if answer.request is not None else None,
        related=(role.subject,),
    )
    return Verdict.of((deviation,))
