"""A function URL answers requests that nobody signed.

## What it checks

Each function URL whose `AuthType` is `NONE`. Where the function's policy also lets an anonymous caller invoke the
URL, the request that gets in is shown and the finding is an error. A URL made since October 2025 asks for two
permissions, `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`: with the first alone only older ones are open, and
it is a warning. So it is where no statement lets anyone in yet, since the next permission opens the door.

## Why it matters

A function URL is reachable from the whole internet and has no network controls of its own. With `AuthType: NONE` AWS
does not ask who calls; only code inside the function stands between a stranger and the function's role.

## Objective

A function's own web address answers only callers that AWS has authenticated.

## Test procedure

For every function (`lambda:ListFunctions`, each region) call `lambda:ListFunctionUrlConfigs` and read `AuthType` of
each address. An exception is `NONE`. To see whether it is open today, get the function's policy (`lambda:GetPolicy`)
and look for statements that let `*` use `lambda:InvokeFunctionUrl` and `lambda:InvokeFunction`; then request the
address once without a signature: an answer other than 403 confirms it.

## Fails

```yaml
Resources:
  Hook:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/hook
      Code: {ZipFile: "def handler(event, context): pass"}
  Url:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: !GetAtt Hook.Arn
      AuthType: NONE
```

## Passes

```yaml
Resources:
  Hook:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/hook
      Code: {ZipFile: "def handler(event, context): pass"}
  Url:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: !GetAtt Hook.Arn
      AuthType: AWS_IAM
```

## Remedy

Set `AuthType: AWS_IAM` and grant `lambda:InvokeFunctionUrl` to the callers. If strangers must call it, put an API with
an authorizer or a CDN with origin access control in front, or waive the finding with the reason.
"""

from __future__ import annotations

from apiece.access.invocation import grants, outsiders, through_url
from apiece.access.rights import witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function, FunctionUrl, UrlAuth
from apiece.estate.when import When, show
from apiece.iam.request import CallerType, Request
from apiece.records.verdict import Criterion, Deviation, Severity, Verdict


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.ERROR,
    reads=("function.urls", "function.policies"),
    remedy="require-iam-auth",
)
def function_url_without_auth(function: Function, estate: Estate) -> Verdict:
    if not function.urls:
        return Verdict.not_applicable("the function has no URL")
    deviations = []
    for url in function.urls:
        when = estate.together(function.when, url.when)
        if url.auth is UrlAuth.NONE and when is not None:
            deviations.append(_deviation(function, estate, url, when))
    return Verdict.of(tuple(deviations))


def _deviation(function: Function, estate: Estate, url: FunctionUrl, when: When) -> Deviation:
    request, today, unknown = _open_request(function, estate, when)
    if request is not None:
        message = "anyone on the internet may call its URL" + ("" if today else ", if it was made before October 2025")
    elif unknown:
        message = "its URL asks for no authentication; whether its policy lets anyone in is not known before deployment"
    else:
        message = "its URL asks for no authentication; no statement of its policy lets anyone in yet"
    return Deviation(
        message=f"{message} {show(when)}".rstrip(),
        severity=Severity.ERROR if request is not None and today else Severity.WARNING,
        root_cause=f"{function.subject.key}/url",
        at=(url.at,) if url.at else (),
        hint="set `AuthType: AWS_IAM`, or put an authorizer in front",
        witness=witness(request) if request is not None else None,
    )


def _open_request(function: Function, estate: Estate, when: When) -> tuple[Request | None, bool, bool]:
    """A request through the URL that nobody signed and the policy allows; whether that is so for a URL of today.

    Last, whether it is unknown. Older URLs need one permission only (spec/evaluation.md, statement 12).
    """
    all_grants = [grant for grant in grants(function, estate) if estate.together(when, grant.when) is not None]
    old: Request | None = None
    unknown = False
    for grant in all_grants:
        for who in outsiders(grant, CallerType.ANONYMOUS):
            first, today = through_url(function, grant, all_grants, who, UrlAuth.NONE.value)
            if today:
                return first.request, True, False
            old = old or first.request
            unknown = unknown or first.unknown
    return old, False, unknown
