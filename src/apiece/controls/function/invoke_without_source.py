"""An AWS service may invoke a function on behalf of anyone.

## What it checks

Each statement of the function's policy whose principal is an AWS service, asked with a call that the service makes
for a foreign account. If the call is allowed, the statement names no source.

## Why it matters

The service is trusted, but whoever sets up a bucket, a rule or an API in *their* account can make the service call
your function: the confused deputy. `SourceArn` and `SourceAccount` say for whom the service may call.

## Objective

An AWS service that may invoke a function does so only on behalf of a resource or account that is named.

## Test procedure

For every function (`lambda:ListFunctions`, each region) get the policy with `lambda:GetPolicy` and take the Allow
statements whose `Principal` is a service, such as `s3.amazonaws.com`. Read their conditions. An exception is a
statement with neither `aws:SourceArn` nor `aws:SourceAccount` nor a condition on the organisation of the source, and
one for S3 that has a `SourceArn` only, since a bucket's ARN names no account.

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
from dataclasses import replace

from apiece.access.invocation import INVOKE, Entry, Grant, entry, grants
from apiece.access.rights import EXAMPLE_ACCOUNT, witness
from apiece.access.unsettled import unsettled
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.when import show
from apiece.iam.document import PrincipalType
from apiece.iam.request import Request
from apiece.iam.strangers import source_of, stranger_account, through_service
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example, is_open

_SOME_SERVICE = "example.amazonaws.com"
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
            found, only_name = _for_a_stranger(function, grant, service)
            if found.request is not None:
                deviations.append(_deviation(function, grant, service, found.request, only_name=only_name))
            elif found.unknown:
                unknowns.append(_unknown(grant, f"for whom `{service}` may invoke it"))
        if any(is_open(principal.word.text) for principal in grant.statement.principals or ()):
            found, _ = _for_a_stranger(function, grant, _SOME_SERVICE)
            if found.request is not None or found.unknown:
                unknowns.append(_unknown(grant, "whether a service may invoke it for anyone"))
    if not applicable and not unknowns:
        return Verdict.not_applicable("no AWS service may invoke it")
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _services(grant: Grant) -> Iterator[str]:
    for principal in grant.statement.principals or ():
        if principal.type is PrincipalType.SERVICE and not is_open(principal.word.text):
            yield example(principal.word.text)


def _for_a_stranger(function: Function, grant: Grant, service: str) -> tuple[Entry, bool]:
    """Ask for a call of a service for a stranger's resource; and whether only for a bucket of a name that is given."""
    account = stranger_account((grant.policy,), (EXAMPLE_ACCOUNT,))
    who = through_service(service, (grant.policy,), account)
    anyone = entry(function, grant, replace(who, facts={**who.facts, **source_of(account)}), INVOKE)
    if anyone.request is None:
        return anyone, False
    name = service.partition(".")[0]
    source = _STRANGE_SOURCES.get(name, "arn:aws:{service}:us-east-1:{account}:stranger")
    believable = (("aws:SourceArn", source.format(service=name, account=account)), ("aws:SourceAccount", account))
    for context in (believable, ()):
        found = entry(function, grant, who, INVOKE, context=context)
        if found.request is not None:
            return found, False
    return anyone, True


def _deviation(function: Function, grant: Grant, service: str, request: Request, *, only_name: bool) -> Deviation:
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


def _unknown(grant: Grant, what: str) -> Unknown:
    return unsettled(grant.statement, what, (grant.attached.at,) if grant.attached.at else ())
