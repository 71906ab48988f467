"""A function's policy lets every AWS account invoke it.

## What it checks

Each statement of the function's resource policy is asked whether a caller from an account that no policy names may
use it directly, or through a function URL that asks callers to sign: any account can sign. Statements that are good
only for unsigned calls through a function URL belong to `function-url-without-auth`.

## Why it matters

The resource policy is the function's front door. A principal of `*` without a condition on the account, the
organisation or the source lets anyone with an AWS account run the function with whatever input they choose, and the
function's role does the rest.

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

from apiece.access.invocation import STRANGER, Grant, allowed, grants, open_holes, request_to, witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function, UrlAuth
from apiece.estate.gap import filled_by
from apiece.estate.when import show
from apiece.iam import catalog
from apiece.iam.request import Request
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import is_open

_THROUGH_URL = "lambda:invokefunctionurl"


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.ERROR,
    reads=("function.policies",),
    remedy="narrow-permission",
)
def public_function(function: Function, estate: Estate) -> Verdict:
    deviations, unknowns = [], []
    for grant in grants(function, estate):
        place = grant.at("Principal")
        request = _stranger_request(function, grant)
        if request is not None:
            deviations.append(
                Deviation(
                    message=f"any AWS account may call `{request.action}` {show(grant.when)}".rstrip(),
                    severity=Severity.ERROR,
                    root_cause=f"{function.subject.key}/{grant.root_cause}",
                    at=(place,) if place else (),
                    hint="name the calling account, role or service, or require your organisation (`PrincipalOrgID`)",
                    witness=witness(request),
                )
            )
        elif any(is_open(principal.word.text) for principal in grant.statement.principals or ()) and open_holes(grant):
            unknowns.append(
                Unknown(
                    reason=f"who may invoke it through `{grant.attached.name}` is not known before deployment",
                    at=(place,) if place else (),
                    hint=filled_by(open_holes(grant)[0]),
                )
            )
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _stranger_request(function: Function, grant: Grant) -> Request | None:
    for action in _actions(grant):
        request = request_to(function, grant, STRANGER, action)
        if allowed(function, grant, request):
            return request
    if not function.urls or any(url.auth is not UrlAuth.NONE for url in function.urls):
        request = request_to(
            function, grant, STRANGER, "lambda:InvokeFunctionUrl", lambda__FunctionUrlAuthType="AWS_IAM"
        )
        return request if allowed(function, grant, request) else None
    return None


def _actions(grant: Grant) -> tuple[str, ...]:
    """The actions to try: invoking first, then whatever else the statement names."""
    words = [word.text for word in grant.statement.actions or () if isinstance(word.text, str)]
    named = {action.name for word in words for action in catalog.load().expand(word)}
    others = sorted(name for name in named if name.lower() not in {_THROUGH_URL, "lambda:invokefunction"})
    return ("lambda:InvokeFunction", *others[:50])
