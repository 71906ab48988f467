"""Somebody who is not a deployer can change what a function runs.

## What it checks

Every role and user of the source that `[deployers]` in `apiece.toml` does not name: whether all their policies together
allow them to replace the code of a function of the source, to change its configuration, or to move one of its aliases.
It is shown with a request that was evaluated. Without a list of deployers the control does not run.

## Why it matters

What a function does, and with it what its role's permissions are used for, is up to everybody who can write its code.
Changes that do not come through the pipeline were reviewed by nobody and are in no repository.

## Objective

Only the identities that the organisation has named for deployment can change the code or configuration of its
functions.

## Test procedure

Obtain the list of approved deployers from the owner of the process. Take all roles and users with their policies from
`iam get-account-authorization-details` and select those that are allowed `lambda:UpdateFunctionCode`,
`lambda:UpdateFunctionConfiguration` or `lambda:UpdateAlias` on any function that `lambda list-functions` returns,
administrators included. Compare both lists. An exception is an identity that can make such a change and is not
approved.

## Fails

```json
{
  "functions": [{"arn": "arn:aws:lambda:us-east-1:111122223333:function:billing", "latest": {}}],
  "users": [
    {"arn": "arn:aws:iam::111122223333:user/ann", "policies": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "lambda:Update*", "Resource": "*"}]}}
  ]
}
```

## Passes

```json
{
  "functions": [{"arn": "arn:aws:lambda:us-east-1:111122223333:function:billing", "latest": {}}],
  "users": [
    {"arn": "arn:aws:iam::111122223333:user/ann", "policies": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": ["lambda:Get*", "lambda:InvokeFunction"], "Resource": "*"}]}}
  ]
}
```

## Remedy

Take the permission away, or put the identity on the list of deployers if it is meant to deploy. A role for emergencies
belongs on the list, with its own trail and alarm.

## Limits

Permission sets of Identity Center are seen as the roles that they leave in each account. Ways that lead to the same in
two steps, such as a stack's role or a role that may be assumed, are not followed here; the roles themselves are.
"""

from __future__ import annotations

from apiece.access.deploying import Deployers, Deploying
from apiece.access.principals import Principal
from apiece.access.reach.paths import On
from apiece.access.rights import witness
from apiece.controls.control import control
from apiece.estate.when import show
from apiece.iam.granted import Granted
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_8, Criterion.CC8_1),
    severity=Severity.WARNING,
    reads=("role.policies", "role.boundary", "user.policies", "user.boundary"),
    remedy="narrow-policy",
)
def code_writable_by_many(principal: Principal, deploying: Deploying, deployers: Deployers) -> Verdict:
    if not deploying.world.by_kind[On.FUNCTION]:
        return Verdict.not_applicable("the source has no function whose code could be written")
    answer, function = deploying.code_of(principal)
    if answer.result is Granted.NO:
        return Verdict.passed()
    if deployers.include(principal):
        return Verdict.not_applicable("it is named as a deployer")
    if function is None or answer.request is None:
        reason = f"whether it may change the code of functions is not known: {answer.reason}"
        return Verdict.of(unknowns=(Unknown(reason=reason),))
    change = "move the aliases" if answer.request.action == "lambda:UpdateAlias" else "change the code or configuration"
    deviation = Deviation(
        message=f"may {change} of `{function.subject.name}` and is no deployer {show(principal.when)}".rstrip(),
        severity=Severity.WARNING,
        root_cause=f"{principal.subject.key}/code",
        at=answer.because[0].at if answer.because else (),
        hint="take the permission away, or name it in `[deployers]`",
        witness=witness(answer.request),
        related=(function.subject,),
    )
    return Verdict.of((deviation,))
