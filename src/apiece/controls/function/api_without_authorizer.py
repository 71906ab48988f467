"""A route of an API invokes a function without asking who calls.

## What it checks

Each method and route of API Gateway (REST, HTTP, WebSocket), each rule of a load balancer and each field of AppSync
that invokes a function: whether it has an authorizer, or asks for signed requests. None passes where the API is
private, where a load balancer is internal, and where the API's own resource policy keeps unsigned callers out.
`OPTIONS` is left alone: browsers send it without credentials. Of a WebSocket the route `$connect` decides. A route with
an API key alone is a note, since such a key tells callers apart and proves little; with AppSync it is a warning, since
clients carry it.

## Why it matters

Whoever finds the address calls the function, with any input, as often as they like: its code is all that stands between
them and what its role may do.

## Objective

Every request that reaches a function through an API comes from a caller whom the API has authenticated, unless somebody
accepted that it is open.

## Test procedure

List all APIs of each region (`apigateway:GET` on `/restapis` and their resources, `/apis` and their routes;
`appsync:ListGraphqlApis`; `elasticloadbalancing:DescribeRules` of listeners with Lambda target groups), or read them in
the template or its OpenAPI body. For each method or route with a Lambda integration note the authorization type. `NONE`
is an exception, unless the method is `OPTIONS`, the endpoint type is `PRIVATE`, or the API's resource policy admits
only named addresses, networks or accounts.

## Fails

```yaml
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
  Orders:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: GET /orders, Target: !Sub "integrations/${Call}"}
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt List.Arn}
  List:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/list
      Code: {ZipFile: "def handler(event, context): pass"}
```

## Passes

```yaml
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: shop, ProtocolType: HTTP}}
  Orders:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: GET /orders
      Target: !Sub "integrations/${Call}"
      AuthorizationType: AWS_IAM
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt List.Arn}
  List:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/list
      Code: {ZipFile: "def handler(event, context): pass"}
```

## Remedy

Give the route an authorizer: a JWT or Cognito authorizer for people, IAM for services of your own. An endpoint that
must be open, such as a webhook, checks a signature in its code: waive it with an owner.

## Limits

What an authorizer decides is not looked at. Listeners of load balancers are read from live accounts, not from
templates. Mutual TLS of a custom domain is not read.
"""

from __future__ import annotations

import re
from dataclasses import replace

from apiece.access.rights import EXAMPLE_ACCOUNT, witness
from apiece.controls.control import control
from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.when import show
from apiece.iam.document import Policy, PolicyKind, Statement, Word
from apiece.iam.exposure import Ground, admits
from apiece.iam.request import Request
from apiece.iam.scope import Scope
from apiece.iam.solver.question import Unsettled, Witnessed
from apiece.iam.strangers import stranger_account, strangers
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import MARK, Symbolic, Text, example, holes, join, marked, unmarked
from apiece.text import show as spelled

_INVOKE = "execute-api:Invoke"
_SHORT = "execute-api:/"
_ACCOUNT = 4
_VARIABLE = re.compile(r"\{[^}]*\}")


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.WARNING,
    reads=("api.routes", "route.policies"),
    remedy="add-authorizer",
)
def api_without_authorizer(route: Route) -> Verdict:
    if not route.targets:
        return Verdict.not_applicable("it invokes no function")
    if route.method.upper() == "OPTIONS":
        return Verdict.not_applicable("browsers ask `OPTIONS` without credentials")
    if route.private:
        return Verdict.not_applicable("it is reached from private networks only")
    at = (route.at,) if route.at is not None else ()
    ways = (route.auth, *route.also)
    weakest = next((one for one in (RouteAuth.NONE, RouteAuth.API_KEY) if one in ways), None)
    if weakest is None and RouteAuth.UNKNOWN in ways:
        return Verdict.of(unknowns=(Unknown(reason="whom the route asks who calls is not known", at=at),))
    if weakest is None:
        return Verdict.passed()
    let_in = _unsigned(route)
    if isinstance(let_in, Unknown):
        return Verdict.of(unknowns=(let_in,))
    if route.policies and let_in is None:
        return Verdict.passed()
    return Verdict.of((_deviation(route, weakest, let_in),))


def _deviation(route: Route, weakest: RouteAuth, request: Request | None) -> Deviation:
    only = "" if weakest is RouteAuth.NONE else ", with an API key alone"
    with_key = weakest is RouteAuth.API_KEY and route.door is not Door.GRAPHQL
    called = ", ".join(f"`{_name(one)}`" for one in route.targets[:3])
    return Deviation(
        message=f"`{_spelled(route)}` invokes {called} without asking who calls{only} {show(route.when)}".rstrip(),
        severity=Severity.NOTE if with_key else Severity.WARNING,
        root_cause=f"{route.subject.key}/auth",
        at=(route.at,) if route.at is not None else (),
        hint="give the route an authorizer, or waive it with the reason that it is open",
        witness=witness(request) if request is not None else None,
    )


def _spelled(route: Route) -> str:
    """The route as people write it. A template knows a path's resource by its reference only."""
    path = "" if route.path is None or not isinstance(route.path, str) or "/" not in route.path else f" {route.path}"
    return f"{route.method}{path}"[:120]


def _name(function: Text) -> str:
    """A function's name in its ARN, without a version: what a template calls it where it has no other."""
    before, _, rest = marked(function).rpartition(":function:")
    unknown = iter(holes(function)[before.count(MARK) :])
    name = unmarked(rest.partition(":")[0], unknown)
    alone = isinstance(name, Symbolic) and len(name.parts) == 1
    return (holes(name)[0].name if alone else spelled(name))[:80]


def _unsigned(route: Route) -> Request | Unknown | None:
    """A request that the API's own policy lets anybody make without signing; None where it has none, or lets nobody."""
    statements = [one for held in route.policies if held.document is not None for one in held.document.statements]
    if not statements:
        return None
    api, place = _address(route)
    policy = Policy(PolicyKind.RESOURCE, "2012-10-17", None, tuple(_expanded(one, api) for one in statements))
    place = place.replace(f"{api}/*/", f"{api}/{_stage(policy, api)}/")
    account = api.split(":")[_ACCOUNT]
    nobody = next(strangers((policy,), stranger_account((policy,), (account,))))
    answer = admits(policy, nobody, Ground(account, Scope((_INVOKE,), (place,))))
    if isinstance(answer, Unsettled):
        reason = f"whether the API's policy lets unsigned callers in is not known: {answer.reason}"
        return Unknown(reason=reason, at=(route.at,) if route.at is not None else ())
    return answer.request if isinstance(answer, Witnessed) else None


def _address(route: Route) -> tuple[str, str]:
    """The API's ARN, and a pattern of what a call of this route names; of all its routes where it knows no path."""
    arn = route.subject.arn
    if arn is not None and ":execute-api:" in arn:
        return arn.partition("/")[0], _VARIABLE.sub("*", arn)
    api = f"arn:aws:execute-api:us-east-1:{EXAMPLE_ACCOUNT}:{example(route.api or '*')}"
    return api, f"{api}/*"


def _stage(policy: Policy, api: str) -> str:
    """A stage that the policy names, since it may be about one alone; any name where it names none."""
    words = [one for statement in policy.statements for one in statement.resources or ()]
    named = (example(one.text).removeprefix(f"{api}/").partition("/")[0] for one in words)
    return next((one for one in named if one and not {"*", "?", ":"} & set(one)), "prod")


def _expanded(statement: Statement, api: str) -> Statement:
    """A statement with `execute-api:/…`, which stands for this API, written out."""
    return replace(
        statement, resources=_words(statement.resources, api), not_resources=_words(statement.not_resources, api)
    )


def _words(words: tuple[Word, ...] | None, api: str) -> tuple[Word, ...] | None:
    return None if words is None else tuple(replace(one, text=_full(one.text, api)) for one in words)


def _full(text: Text, api: str) -> Text:
    first, *rest = text.parts if isinstance(text, Symbolic) else (text,)
    if not isinstance(first, str) or not first.startswith(_SHORT):
        return text
    return join((f"{api}/{first.removeprefix(_SHORT)}", *rest))
