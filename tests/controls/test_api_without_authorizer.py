"""Claims about routes that invoke functions without asking who calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apiece.api.check import CheckRun, check
from apiece.controls.registry import control_named
from apiece.controls.shorthand import estate_of

from .conftest import TODAY

Judge = Callable[..., Any]
WORKER = """\
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: a.b, Role: arn:aws:iam::111122223333:role/worker, Code: {ZipFile: x}}
"""
CALLS = 'Uri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Worker.Arn}/invocations"'


def rest(
    method: str, *, api: str = "", integration: str = "Type: AWS_PROXY, IntegrationHttpMethod: POST, " + CALLS
) -> str:
    return f"""\
Resources:
{WORKER}
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: shop{api}}}}}
  Route:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      {method}
      Integration: {{{integration}}}
"""


def http(route: str, *, protocol: str = "HTTP", more: str = "") -> str:
    return f"""\
Resources:
{WORKER}
  Api: {{Type: AWS::ApiGatewayV2::Api, Properties: {{Name: shop, ProtocolType: {protocol}}}}}
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {{ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Worker.Arn}}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {{ApiId: !Ref Api, Target: !Sub "integrations/${{Call}}", {route}}}
{more}"""


def sam(event: str, *, api: str = "") -> str:
    return f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
{api}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: s3://code/a.zip, Events: {{Call: {event}}}}}
"""


def policy(statement: str) -> str:
    return f', Policy: {{Version: "2012-10-17", Statement: [{statement}]}}'


ANYBODY = 'Effect: Allow, Principal: "*", Action: execute-api:Invoke, Resource: "execute-api:/*"'
NONE = "HttpMethod: GET\n      AuthorizationType: NONE"
API = """\
  Api:
    Type: AWS::Serverless::{kind}
    Properties: {{StageName: prod{more}}}
"""
JWT = """, Auth: {DefaultAuthorizer: People, Authorizers: {People: {IdentitySource: $request.header.Authorization,
      JwtConfiguration: {issuer: https://id.example.com, audience: [shop]}}}}"""
COGNITO = (
    ", Auth: {DefaultAuthorizer: People, Authorizers: {People: {UserPoolArn: "
    "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_a}}}"
)
OPEN = {
    "a REST method": rest(NONE),
    "a REST method that states nothing": rest("HttpMethod: POST"),
    "a REST method for every verb": rest("HttpMethod: ANY\n      AuthorizationType: NONE"),
    "an authorizer that no method names": rest(NONE) + "  Guard: {Type: AWS::ApiGateway::Authorizer, Properties: "
    "{Name: guard, RestApiId: !Ref Api, Type: TOKEN, AuthorizerUri: x}}\n",
    "a policy that admits everybody": rest(NONE, api=policy(f"{{{ANYBODY}}}")),
    "a policy that keeps a few out": rest(
        NONE,
        api=policy(
            f"{{{ANYBODY}}}, {{Effect: Deny, Principal: '*', Action: execute-api:Invoke, Resource: 'execute-api:/*', "
            "Condition: {IpAddress: {aws:SourceIp: 203.0.113.0/24}}}"
        ),
    ),
    "an HTTP route": http("RouteKey: GET /orders"),
    "the default route": http("RouteKey: $default, AuthorizationType: NONE"),
    "a WebSocket": http("RouteKey: $connect", protocol="WEBSOCKET"),
    "SAM's implied API": sam("{Type: Api, Properties: {Path: /, Method: get}}"),
    "SAM's implied HTTP API": sam("{Type: HttpApi}"),
    "an event that turns the authorizer off": sam(
        "{Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /, Method: get, Auth: {Authorizer: NONE}}}",
        api=API.format(kind="HttpApi", more=JWT),
    ),
}
GUARDED = {
    "signed requests": rest("HttpMethod: GET\n      AuthorizationType: AWS_IAM"),
    "a user pool": rest("HttpMethod: GET\n      AuthorizationType: COGNITO_USER_POOLS\n      AuthorizerId: a1"),
    "a function that decides": rest("HttpMethod: GET\n      AuthorizationType: CUSTOM\n      AuthorizerId: a1"),
    "what browsers ask first": rest("HttpMethod: OPTIONS\n      AuthorizationType: NONE"),
    "an answer that no function gives": rest(NONE, integration="Type: MOCK"),
    "another service": rest(
        NONE, integration="Type: AWS, Uri: 'arn:aws:apigateway:us-east-1:sqs:path/111122223333/lambda-functions'"
    ),
    "a private API": rest(NONE, api=", EndpointConfiguration: {Types: [PRIVATE]}" + policy(f"{{{ANYBODY}}}")),
    "a policy that admits some addresses": rest(
        NONE, api=policy(f"{{{ANYBODY}, Condition: {{IpAddress: {{aws:SourceIp: 203.0.113.0/24}}}}}}")
    ),
    "a policy that denies all other addresses": rest(
        NONE,
        api=policy(
            f"{{{ANYBODY}}}, {{Effect: Deny, Principal: '*', Action: execute-api:Invoke, Resource: 'execute-api:/*', "
            "Condition: {NotIpAddress: {aws:SourceIp: 203.0.113.0/24}}}"
        ),
    ),
    "a policy for one account": rest(
        NONE,
        api=policy(
            "{Effect: Allow, Principal: {AWS: '111122223333'}, Action: execute-api:Invoke, Resource: 'execute-api:/*'}"
        ),
    ),
    "a policy for one network": rest(
        NONE, api=policy(f"{{{ANYBODY}, Condition: {{StringEquals: {{aws:SourceVpce: vpce-0123456789abcdef0}}}}}}")
    ),
    "a JWT": http("RouteKey: GET /orders, AuthorizationType: JWT, AuthorizerId: a1"),
    "a WebSocket whose connection is guarded": http(
        "RouteKey: $default",
        protocol="WEBSOCKET",
        more="  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $connect, "
        'AuthorizationType: AWS_IAM, Target: !Sub "integrations/${Call}"}}\n',
    ),
    "SAM's default authorizer": sam(
        "{Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /, Method: get}}",
        api=API.format(kind="HttpApi", more=JWT),
    ),
    "SAM's default authorizer of a REST API": sam(
        "{Type: Api, Properties: {RestApiId: !Ref Api, Path: /, Method: get}}", api=API.format(kind="Api", more=COGNITO)
    ),
    "a timer": sam("{Type: Schedule, Properties: {Schedule: rate(1 hour)}}"),
}


@pytest.mark.parametrize("template", OPEN.values(), ids=OPEN)
def test_a_route_that_asks_nobody_is_a_warning(judge: Judge, template: str) -> None:
    found = judge("api-without-authorizer", template)

    assert "warning" == found.gravest
    assert "without asking who calls" in found.messages[0]


@pytest.mark.parametrize("template", GUARDED.values(), ids=GUARDED)
def test_a_guarded_route_is_none(judge: Judge, template: str) -> None:
    assert "pass" == judge("api-without-authorizer", template).gravest


def test_an_api_key_alone_is_a_note(judge: Judge) -> None:
    """It tells callers apart, and anyone who has seen it has it."""
    template = rest("HttpMethod: GET\n      AuthorizationType: NONE\n      ApiKeyRequired: true")

    assert "note" == judge("api-without-authorizer", template).gravest


@pytest.mark.parametrize(
    "template",
    [
        rest("HttpMethod: GET\n      AuthorizationType: !Ref Given").replace(
            "Resources:", "Parameters: {Given: {Type: String}}\nResources:"
        ),
        "Resources: {A: {Type: AWS::ApiGateway::RestApi, Properties: {Body: {'Fn::Transform': {Name: AWS::Include}}}}}",
    ],
    ids=["a parameter", "a body that is elsewhere"],
)
def test_what_is_not_in_the_template_is_undecided(judge: Judge, template: str) -> None:
    assert "unknown" == judge("api-without-authorizer", template).gravest


def live(**route: object) -> CheckRun:
    """A route of a live account."""
    arn = "arn:aws:execute-api:us-east-1:111122223333:a1b2c3/*/GET/orders/{id}"
    called = ["arn:aws:lambda:us-east-1:111122223333:function:orders"]
    subject = {"kind": "api", "arn": arn, "account": "111122223333", "region": "us-east-1"}
    whole = {"subject": subject, "api": "a1b2c3", "method": "GET", "path": "/orders/{id}", "targets": called, **route}
    estate = estate_of({"accounts": [{"id": "111122223333"}], "routes": [whole]})
    return check(estate, (control_named("api-without-authorizer"),), today=TODAY)


@pytest.mark.parametrize(
    ("route", "severity"),
    [
        ({"auth": "NONE", "door": "load-balancer"}, "warning"),
        ({"auth": "NONE", "door": "load-balancer", "private": True}, None),
        ({"auth": "OPENID_CONNECT", "door": "load-balancer"}, None),
        ({"auth": "API_KEY", "door": "graphql-api"}, "warning"),
        ({"auth": "AWS_IAM", "also": ["API_KEY"], "door": "graphql-api"}, "warning"),
        ({"auth": "AWS_IAM", "also": ["JWT"], "door": "graphql-api"}, None),
        ({"auth": "NONE", "door": "rest-api"}, "warning"),
    ],
)
def test_live_doors_are_judged_by_their_weakest_way(route: dict[str, object], severity: str | None) -> None:
    assert ([severity] if severity else []) == [one.severity.value for one in live(**route).findings]


@pytest.mark.parametrize(("path", "told"), [("GET/orders/*", 1), ("GET/health", 0), ("POST/orders/*", 0)])
def test_a_policy_counts_for_the_route_that_it_names(path: str, told: int) -> None:
    """Another route being open says nothing of this one."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:us-east-1:111122223333:a1b2c3/prod/{path}",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}

    assert told == len(live(auth="NONE", door="rest-api", policies=document).findings)
