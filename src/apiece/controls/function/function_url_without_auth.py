"""A function URL answers requests that nobody signed.

## What it checks

Each function URL whose `AuthType` is `NONE`. Where the function's policy also lets an anonymous caller invoke the
URL, the request that gets in is shown and the finding is an error; where no statement lets anyone in yet, it is a
warning, since the next permission opens the door.

## Why it matters

A function URL is reachable from the whole internet and has no network controls of its own. With `AuthType: NONE` AWS
does not ask who calls; only code inside the function stands between a stranger and the function's role.

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

from apiece.access.invocation import ANONYMOUS, allowed, grants, request_to, witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function, FunctionUrl, UrlAuth
from apiece.estate.when import When, show
from apiece.iam.request import Request
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
    request = _open_request(function, estate, when)
    message = (
        "anyone on the internet may call its URL"
        if request is not None
        else "its URL asks for no authentication; no statement of its policy lets anyone in yet"
    )
    return Deviation(
        message=f"{message} {show(when)}".rstrip(),
        severity=Severity.ERROR if request is not None else Severity.WARNING,
        root_cause=f"{function.subject.key}/url",
        at=(url.at,) if url.at else (),
        hint="set `AuthType: AWS_IAM`, or put an authorizer in front",
        witness=witness(request) if request is not None else None,
    )


def _open_request(function: Function, estate: Estate, when: When) -> Request | None:
    """A request of an anonymous caller through the URL that the policy allows (spec/evaluation.md, statement 12).

    URLs older than October 2025 need only InvokeFunctionUrl; the URL's age is not in a template, so that is enough.
    """
    for grant in grants(function, estate):
        if estate.together(when, grant.when) is None:
            continue
        request = request_to(function, grant, ANONYMOUS, "lambda:InvokeFunctionUrl", lambda__FunctionUrlAuthType="NONE")
        if allowed(function, grant, request):
            return request
    return None
