"""An AWS service may invoke a function on behalf of anyone.

## What it checks

Each statement of the function's policy whose principal is an AWS service, asked with a call that the service makes
for a foreign account. If the call is allowed, the statement names no source.

## Why it matters

The service is trusted, but whoever sets up a bucket, a rule or an API in *their* account can make the service call
your function: the confused deputy. `SourceArn` and `SourceAccount` say for whom the service may call.

## Fails

```yaml
Resources:
  Thumbnails:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/thumbnails
      Code: {ZipFile: "def handler(event, context): pass"}
  FromStorage:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Thumbnails
      Action: lambda:InvokeFunction
      Principal: s3.amazonaws.com
```

## Passes

```yaml
Resources:
  Thumbnails:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/thumbnails
      Code: {ZipFile: "def handler(event, context): pass"}
  FromStorage:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Thumbnails
      Action: lambda:InvokeFunction
      Principal: s3.amazonaws.com
      SourceArn: arn:aws:s3:::my-app-uploads
      SourceAccount: !Ref AWS::AccountId
```

## Remedy

Add `SourceArn` with the exact resource that calls. For S3 add `SourceAccount` too: a bucket's ARN names no account.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.invocation import STRANGER_ACCOUNT, Grant, allowed, grants, open_holes, request_to, witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.gap import filled_by
from apiece.estate.when import show
from apiece.iam.document import PrincipalType
from apiece.iam.request import Caller, CallerType, Request
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example

_WITHOUT_ACCOUNT = 5
_STRANGE_SOURCES = {
    "apigateway": "arn:aws:execute-api:us-east-1:{account}:strangerapi/prod/GET/",
    "cognito-idp": "arn:aws:cognito-idp:us-east-1:{account}:userpool/us-east-1_stranger",
    "elasticloadbalancing": "arn:aws:elasticloadbalancing:us-east-1:{account}:targetgroup/stranger/0123456789abcdef",
    "events": "arn:aws:events:us-east-1:{account}:rule/stranger",
    "iot": "arn:aws:iot:us-east-1:{account}:rule/stranger",
    "logs": "arn:aws:logs:us-east-1:{account}:log-group:stranger:*",
    "s3": "arn:aws:s3:::a-strangers-bucket",
}


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.WARNING,
    reads=("function.policies",),
    remedy="name-the-source",
)
def invoke_without_source(function: Function, estate: Estate) -> Verdict:
    deviations, unknowns = [], []
    applicable = False
    for grant in grants(function, estate):
        for service in _services(grant):
            applicable = True
            request = _foreign_request(function, grant, service)
            if request is not None:
                deviations.append(_deviation(function, grant, service, request))
            elif open_holes(grant):
                unknowns.append(_unknown(grant, service))
    if not applicable and not unknowns:
        return Verdict.not_applicable("no AWS service may invoke it")
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _services(grant: Grant) -> Iterator[str]:
    for principal in grant.statement.principals or ():
        if principal.type is PrincipalType.SERVICE:
            yield example(principal.word.text)


def _foreign_request(function: Function, grant: Grant, service: str) -> Request | None:
    caller = Caller(CallerType.SERVICE, service)
    name = service.partition(".")[0]
    strange = _STRANGE_SOURCES.get(name, "arn:aws:{service}:us-east-1:{account}:stranger")
    for source in (strange.format(service=name, account=STRANGER_ACCOUNT), *_patterned_sources(grant)):
        request = request_to(
            function, grant, caller, "lambda:InvokeFunction", aws__SourceArn=source, aws__SourceAccount=STRANGER_ACCOUNT
        )
        if allowed(function, grant, request):
            return request
    return None


def _patterned_sources(grant: Grant) -> Iterator[str]:
    """ARNs of a foreign account that a pattern in the statement's SourceArn condition admits."""
    for condition in grant.statement.conditions:
        if condition.key.lower() != "aws:sourcearn":
            continue
        for value in condition.values:
            segments = example(value.text).split(":", 5)
            if len(segments) > _WITHOUT_ACCOUNT and ("*" in segments[4] or "?" in segments[4] or not segments[4]):
                if segments[4]:
                    segments[4] = STRANGER_ACCOUNT
                yield ":".join(segments).replace("*", "stranger").replace("?", "x")


def _deviation(function: Function, grant: Grant, service: str, request: Request) -> Deviation:
    source = str(request.context["aws:SourceArn"])
    only_name = source.startswith("arn:aws:s3:::") and "stranger" not in source
    message = (
        f"`{service}` may invoke it for a bucket of that name in any account"
        if only_name
        else f"`{service}` may invoke it on behalf of any account"
    )
    return Deviation(
        message=f"{message} {show(grant.when)}".rstrip(),
        severity=Severity.NOTE if only_name else Severity.WARNING,
        root_cause=f"{function.subject.key}/{grant.root_cause}",
        at=(grant.attached.at,) if grant.attached.at else (),
        hint=_hint(service, only_name=only_name),
        witness=witness(request),
    )


def _hint(service: str, *, only_name: bool) -> str:
    if only_name:
        return "add `SourceAccount`"
    if service == "s3.amazonaws.com":
        return "add `SourceArn` with the bucket, and `SourceAccount`: a bucket's ARN names no account"
    if service.startswith("alexa-"):
        return "add `EventSourceToken` with the id of the skill"
    return "add `SourceArn` with the resource that calls, or `SourceAccount`"


def _unknown(grant: Grant, service: str) -> Unknown:
    return Unknown(
        reason=f"for whom `{service}` may invoke it is not known before deployment",
        at=(grant.attached.at,) if grant.attached.at else (),
        hint=filled_by(open_holes(grant)[0]),
    )
