"""A function's role can get more than it was granted.

## What it checks

Whether whoever controls the function can, by calls that its role allows, reach permissions that the role does not have:
replace the code of a function that runs as another role, pass a stronger role to something new, write a policy or a
trust, make credentials for another user, and so on through several steps. Each step is a request that the policy engine
allows, all layers counted. It is an error where the way ends with everything, with any permission, or with whatever
roles there are; a warning where it ends with another role of the source that may do something more. Roles that let the
function's role in by their trust were lent on purpose, and count only where they end with everything. Administrators
have everything already: see `admin-execution-role`.

## Why it matters

A review reads what a policy grants. Whoever takes the function over uses what it leads to. `iam:PassRole` with
`lambda:CreateFunction`, harmless in each line, is every role that Lambda may run as.

## Objective

No function can reach permissions that were not granted to its own role.

## Test procedure

For each execution role list what its policies allow of these: writing IAM policies, trusts, keys and group memberships;
`iam:PassRole`; `lambda:UpdateFunctionCode`, `UpdateFunctionConfiguration`, `CreateFunction`; `sts:AssumeRole`; starting
or changing CloudFormation stacks, Glue jobs, CodeBuild projects, EC2 instances and SageMaker notebooks. For each, name
the roles and functions that its resources take in. An exception is a role that so reaches another with permissions that
it lacks. `apiece reach FUNCTION` prints the steps.

## Fails

```json
{
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:release",
     "latest": {"role": "arn:aws:iam::111122223333:role/release"}},
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:payments",
     "latest": {"role": "arn:aws:iam::111122223333:role/payments"}}
  ],
  "roles": [
    {"arn": "arn:aws:iam::111122223333:role/release",
     "policies": {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}]}},
    {"arn": "arn:aws:iam::111122223333:role/payments",
     "policies": {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "dynamodb:PutItem",
        "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/payments"}]}}
  ]
}
```

## Passes

```json
{
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:release",
     "latest": {"role": "arn:aws:iam::111122223333:role/release"}},
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:payments",
     "latest": {"role": "arn:aws:iam::111122223333:role/payments"}}
  ],
  "roles": [
    {"arn": "arn:aws:iam::111122223333:role/release",
     "policies": {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "lambda:InvokeFunction",
        "Resource": "arn:aws:lambda:us-east-1:111122223333:function:payments"}]}},
    {"arn": "arn:aws:iam::111122223333:role/payments",
     "policies": {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Action": "dynamodb:PutItem",
        "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/payments"}]}}
  ]
}
```

## Remedy

Take the first step away: name the functions and roles that the permission is for, and bound what may be passed with a
permissions boundary. Leave deployments to a pipeline outside of the functions.

## Limits

The ways are those that `apiece reach` lists. A role that the source does not hold is not looked into: a way to one that
a policy names is not shown, a way to any is.
"""

from __future__ import annotations

from apiece.access.admin import admins
from apiece.access.execution import Execution
from apiece.access.principals import Principal
from apiece.access.reach.edges import Doubt, Edge
from apiece.access.reach.escalation import End, Escalation, escalation
from apiece.access.reach.paths import Gives
from apiece.access.reach.world import World
from apiece.access.rights import witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "role.policies", "role.boundary", "role.trust"),
    remedy="close-escalation",
)
def escalation_possible(execution: Execution, estate: Estate, world: World) -> Verdict:
    if any(one.request is not None for one in admins(execution, estate)):
        return Verdict.not_applicable("it is an administrator, see `admin-execution-role`")
    principals = _principals(execution, world)
    return Verdict.of_all(_of(execution, one, world) for one in principals)


def _principals(execution: Execution, world: World) -> tuple[Principal, ...]:
    subject = execution.role.subject if execution.role is not None else execution.subject
    return world.forms_of(subject)


def _of(execution: Execution, principal: Principal, world: World) -> Deviation | Unknown | None:
    found = escalation(principal, world)
    if found is None:
        return None
    if isinstance(found, Doubt):
        what = found.path.slug if found.path is not None else "any way"
        return Unknown(reason=f"whether its role gets further by {what} is not known: {found.reason}")
    first = found.edges[0].answers[0]
    owner = execution.role.subject if execution.role is not None else execution.subject
    return Deviation(
        message=_message(found),
        severity=Severity.WARNING if found.end is End.MORE else Severity.ERROR,
        root_cause=f"{owner.key}/escalation/{found.edges[0].path.slug}",
        at=tuple(place for one in first.because[:1] for place in one.at),
        hint=f"take `{first.request.action if first.request is not None else 'it'}` away, or name what it is for",
        witness=witness(first.request) if first.request is not None else None,
        related=(owner,),
    )


def _message(found: Escalation) -> str:
    return f"its role can {_gets(found)}: it {'; then, as that, it '.join(_step(one) for one in found.edges)}"


def _gets(found: Escalation) -> str:
    match found.end:
        case End.EVERYTHING:
            return f"become `{found.into[0].name}`, which is an administrator or can make itself one"
        case End.ANY_PERMISSION if found.edges[0].gives is Gives.ITSELF:
            return "give itself any permission"
        case End.ANY_PERMISSION:
            return "give any permission to others"
        case End.UNSEEN:
            return "become any other that is not in the source"
        case _ if len(found.into) > 1:
            return f"become {len(found.into)} others that may do more, such as `{found.into[0].name}`"
        case _:
            return f"become `{found.into[0].name}`, which may do more"


def _step(edge: Edge) -> str:
    return f"{edge.path.title} (`{edge.path.slug}`)"
