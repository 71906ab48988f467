"""A function's policy lets every AWS account invoke it.

## What it checks

Each statement of the function's resource policy is asked whether a caller from an account that no policy names may
use it directly, or through a function URL that asks callers to sign: any account can sign. With the first of the two
permissions that a URL asks for since October 2025, older ones are open: that is a warning. Statements that are good
only for unsigned calls through a function URL belong to `function-url-without-auth`.

## Why it matters

The resource policy is the function's front door. A principal of `*` without a condition on the account, the
organisation or the source lets anyone with an AWS account run the function with whatever input they choose, and the
function's role does the rest.

## Objective

Only accounts, roles and services that are named may invoke a function.

## Test procedure

For every function (`lambda:ListFunctions`, each region), and for its aliases and versions, get the policy with
`lambda:GetPolicy`. Look at each Allow statement whose `Principal` is `*`. An exception is one without a condition
that fixes the caller's account (`aws:PrincipalAccount`), organisation (`aws:PrincipalOrgID`) or ARN. A condition on
the kind of address alone (`lambda:FunctionUrlAuthType`) does not fix the caller. If there is doubt, invoke the
function with a role of an account outside the organisation: anything but an access-denied error is a deviation.

## Fails

```yaml
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/worker
      Code: {ZipFile: "def handler(event, context): pass"}
  Open:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Worker
      Action: lambda:InvokeFunction
      Principal: "*"
```

## Passes

```yaml
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/worker
      Code: {ZipFile: "def handler(event, context): pass"}
  Organisation:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Worker
      Action: lambda:InvokeFunction
      Principal: "*"
      PrincipalOrgID: o-abcdefghij
```

## Remedy

Name the account, role or service that calls the function, or add `PrincipalOrgID`. Remove the statement if nothing
calls the function from outside.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.invocation import (
    INVOKE,
    URL,
    Entry,
    Grant,
    directly,
    entry,
    grants,
    outsiders,
    through_url,
)
from apiece.access.rights import witness
from apiece.access.unsettled import unsettled
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function, UrlAuth
from apiece.estate.when import show
from apiece.iam import catalog
from apiece.iam.request import CallerType, Request
from apiece.records.verdict import Criterion, Deviation, Severity, Verdict


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.ERROR,
    reads=("function.policies",),
    remedy="narrow-permission",
)
def public_function(function: Function, estate: Estate) -> Verdict:
    deviations, unknowns = [], []
    all_grants = tuple(grants(function, estate))
    for grant in all_grants:
        found = tuple(_entries(function, grant, all_grants))
        certain = next(((one, today) for one, today in found if one.request is not None), None)
        if certain is not None and certain[0].request is not None:
            deviations.append(_deviation(function, grant, certain[0].request, today=certain[1]))
        elif any(one.unknown for one, _ in found):
            place = grant.at("Principal")
            what = f"who may invoke it through `{grant.attached.name}`"
            unknowns.append(unsettled(grant.statement, what, (place,) if place else ()))
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _entries(function: Function, grant: Grant, all_grants: tuple[Grant, ...]) -> Iterator[tuple[Entry, bool]]:
    """Ask for a stranger who invokes the function, then does anything else with it, then calls its URL.

    With each answer stands whether it holds today: of a URL it may hold for old ones only.
    """
    others = tuple(sorted({action.name for action in catalog.load().actions("lambda")} - {INVOKE, URL}))
    signed = tuple(outsiders(grant, CallerType.ROLE, CallerType.USER))
    for actions in ((INVOKE,), others):
        for who in signed:
            yield entry(function, grant, directly(who), *actions), True
    if not function.urls or any(url.auth is not UrlAuth.NONE for url in function.urls):
        for who in signed:
            yield through_url(function, grant, all_grants, who, UrlAuth.AWS_IAM.value)


def _deviation(function: Function, grant: Grant, request: Request, *, today: bool) -> Deviation:
    place = grant.at("Principal")
    age = "" if today else ", if its URL was made before October 2025"
    return Deviation(
        message=f"any AWS account may call `{request.action}`{age} {show(grant.when)}".rstrip(),
        severity=Severity.ERROR if today else Severity.WARNING,
        root_cause=f"{function.subject.key}/{grant.root_cause}",
        at=(place,) if place else (),
        hint="name the calling account, role or service, or require your organisation (`PrincipalOrgID`)",
        witness=witness(request),
    )
