"""Claims about doors of live accounts: which routes call which functions, and who is let in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from apiece.api.policy import calls
from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.gap import Gap
from apiece.estate.provenance import InCall
from apiece.read.aws.areas.doors.graphql import graphql_apis
from apiece.read.aws.areas.doors.http import http_apis
from apiece.read.aws.areas.doors.load_balancers import load_balancers
from apiece.read.aws.areas.doors.rest import rest_apis
from apiece.read.aws.areas.doors.targets import Aim, target_of
from apiece.read.aws.call import Call, Failure, Lack, Outcome
from apiece.read.aws.desk import Counter, Desk, Source
from apiece.read.aws.facts import Facts
from apiece.read.aws.pace import real_pace
from apiece.read.aws.session import open_access
from apiece.read.aws.tape import Tape, open_tape
from apiece.read.aws.wire import Wire

T = TypeVar("T")
ACCOUNT = "123456789012"
REGION = "us-east-1"
ORDERS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"
ISSUER = "https://login.example.com"
INVOKE = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{{}}/invocations"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Clients of an empty account of its own."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    clients: list[Any] = []

    def client(service: str) -> Any:  # noqa: ANN401 (botocore's clients have no type)
        clients.append(Session().create_client(service, region_name=REGION))
        return clients[-1]

    _post(endpoint + "/moto-api/reset")
    yield client
    for one in clients:
        one.close()


def _post(url: str) -> None:
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("POST", parts.path)
    connection.getresponse().read()
    connection.close()


def _asked(area: Callable[[Desk], Facts], source: Source | None = None, tape: Tape | None = None) -> Facts:
    with ThreadPoolExecutor(4) as pool:
        answers = (
            source
            if source is not None
            else Wire(open_access(None, REGION), ACCOUNT, REGION, real_pace(), threading.Event())
        )
        return area(Desk(ACCOUNT, REGION, "aws", answers, pool, tape, Counter(), threading.Event()))


class Canned:
    """A source that answers with given pages, by the method that is called; what it has not, it denies."""

    def __init__(self, **pages: object) -> None:
        self._pages = pages

    def send(self, call: Call[T], params: dict[str, object], known: frozenset[str]) -> Outcome[T]:
        del params
        found = self._pages.get(call.method)
        if not isinstance(found, dict):
            return Outcome((), found if isinstance(found, Failure) else Failure(Lack.DENIED, "AccessDenied"))
        return Outcome((call.page_of(found, known),))


def _one(facts: Facts) -> Route:
    (route,) = facts.routes
    return route


# ---- REST APIs


def _rest_api(
    aws: Callable[[str], Any],
    uri: str,
    authorizer: dict[str, str] | None = None,
    **method: Any,  # noqa: ANN401
) -> str:
    gateway = aws("apigateway")
    api = gateway.create_rest_api(name="orders")["id"]
    if authorizer is not None:
        method |= {
            "authorizationType": "CUSTOM",
            "authorizerId": gateway.create_authorizer(restApiId=api, **authorizer)["id"],
        }
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    items = gateway.create_resource(restApiId=api, parentId=root, pathPart="items")["id"]
    gateway.put_method(restApiId=api, resourceId=items, httpMethod="GET", **({"authorizationType": "NONE"} | method))
    gateway.put_integration(
        restApiId=api,
        resourceId=items,
        httpMethod="GET",
        type="AWS_PROXY" if uri.startswith("arn:") else "HTTP_PROXY",
        integrationHttpMethod="POST",
        uri=uri,
    )
    return str(api)


def test_a_method_without_authorizer_is_an_open_route_to_its_function(aws: Callable[[str], Any]) -> None:
    """The route has the path, the verb and the function with its alias."""
    api = _rest_api(aws, INVOKE.format(f"{ORDERS}:live"))

    route = _one(_asked(rest_apis))

    assert (api, "GET", "/items", RouteAuth.NONE, (f"{ORDERS}:live",), Door.REST) == (
        route.api,
        route.method,
        route.path,
        route.auth,
        route.targets,
        route.door,
    )
    assert f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/GET/items" == route.subject.arn
    assert InCall(call="apigateway:GET", account=ACCOUNT, region=REGION) == route.at


def test_a_stage_variable_in_place_of_a_function_is_a_gap_on_the_route(aws: Callable[[str], Any]) -> None:
    """What a stage variable leads to is not known, and is not silently nothing."""
    function = ORDERS.replace("orders", "${stageVariables.backend}")
    _rest_api(aws, INVOKE.format(function))

    facts = _asked(rest_apis)

    route, (gap,) = _one(facts), facts.gaps
    assert ((), "route.targets", route.subject) == (route.targets, gap.needs, gap.subject)
    assert "stage variable" in gap.reason
    assert "backend" not in repr(facts)


def test_a_method_that_calls_no_function_is_no_route(aws: Callable[[str], Any]) -> None:
    """An address with credentials in it, called by a method, leaves no trace."""
    _rest_api(aws, "https://user:hunter2@internal.example.com/functions/a")

    facts = _asked(rest_apis)

    assert ([], []) == (facts.routes, facts.gaps)


def test_nothing_of_an_address_is_kept_on_the_tape(aws: Callable[[str], Any], tmp_path: Path) -> None:
    """Answers that are kept to go on later hold the functions that addresses name, and nothing else of them."""
    _rest_api(aws, INVOKE.format(ORDERS))
    _rest_api(aws, "https://user:hunter2@internal.example.com/a")
    _rest_api(aws, INVOKE.format(ORDERS.replace("orders", "${stageVariables.backend}")))
    tape = open_tape(tmp_path, ("aws:",), ACCOUNT, "2026-06-15T08:00:00Z")

    live = _asked(rest_apis, tape=tape)

    tape.close()
    kept = (tmp_path / "answers.jsonl").read_text()
    assert ORDERS in kept
    assert not [word for word in ("hunter2", "internal.example.com", "backend") if word in kept]
    tape = open_tape(tmp_path, ("aws:",), ACCOUNT, "2026-06-15T08:00:00Z")
    again = _asked(rest_apis, Canned(), tape=tape)
    tape.close()
    assert live == again


def test_an_api_key_alone_is_told_from_nothing(aws: Callable[[str], Any]) -> None:
    """A method that asks for a key and has no authorizer is guarded by the key."""
    _rest_api(aws, INVOKE.format(ORDERS), apiKeyRequired=True)

    assert RouteAuth.API_KEY == _one(_asked(rest_apis)).auth


def test_the_function_of_an_authorizer_is_named(aws: Callable[[str], Any]) -> None:
    """A custom authorizer's function decides who comes in, so the route names it."""
    gate = {
        "name": "gate",
        "type": "TOKEN",
        "authorizerUri": INVOKE.format(ORDERS.replace("orders", "gate")),
        "identitySource": "method.request.header.Authorization",
    }
    _rest_api(aws, INVOKE.format(ORDERS), gate)

    route = _one(_asked(rest_apis))

    assert (RouteAuth.CUSTOM, "gate", (ORDERS.replace("orders", "gate"),)) == (
        route.auth,
        route.authorizer,
        route.deciders,
    )


def _canned_rest(**changes: object) -> Canned:
    method = {"authorizationType": "NONE", "methodIntegration": {"uri": INVOKE.format(ORDERS)}}
    return Canned(**{
        "get_rest_apis": {"items": [{"id": "abc"}]},
        "get_resources": {"items": [{"id": "r", "path": "/", "resourceMethods": {"GET": method}}]},
        "get_authorizers": {"items": []},
        **changes,
    })  # fmt: skip


def test_an_escaped_api_policy_is_read() -> None:
    """API Gateway answers a policy as the inside of a JSON string."""
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    policy = json.dumps(json.dumps(document))[1:-1]

    facts = _asked(rest_apis, _canned_rest(get_rest_apis={"items": [{"id": "abc", "policy": policy}]}))

    assert [] == facts.gaps
    assert _one(facts).policies[0].document is not None


@pytest.mark.parametrize("policy", ['{\\"Version\\"', "}{", "x" * 300_000, '{\\"Statement\\": 7}'])
def test_an_api_policy_that_is_none_is_a_gap(policy: str) -> None:
    """A garbled policy leaves the route, and a gap on the account that says why."""
    facts = _asked(rest_apis, _canned_rest(get_rest_apis={"items": [{"id": "abc", "policy": policy}]}))

    assert ["route.policies"] == [gap.needs for gap in facts.gaps]
    assert _one(facts).policies[0].document is None


@pytest.mark.parametrize(
    ("denied", "needs"),
    [("get_rest_apis", "routes"), ("get_resources", "routes"), ("get_authorizers", "route.authorizer")],
)
def test_each_rest_call_that_is_denied_is_a_gap_on_the_account(denied: str, needs: str) -> None:
    """Whatever is denied, the account says what is not known and which action to grant."""
    facts = _asked(rest_apis, _canned_rest(**{denied: Failure(Lack.DENIED, "AccessDeniedException")}))

    (gap,) = facts.gaps
    assert (needs, "account", "apigateway:GET") == (gap.needs, gap.subject.kind, gap.iam_action)


def test_an_api_that_was_deleted_meanwhile_has_no_routes_and_no_gap() -> None:
    """`NotFoundException` says that there is none."""
    gone = Failure(Lack.ABSENT, "NotFoundException")

    facts = _asked(rest_apis, _canned_rest(get_resources=gone, get_authorizers=gone))

    assert ([], []) == (facts.routes, facts.gaps)


def test_a_thousand_paths_with_odd_names_are_a_thousand_routes() -> None:
    """No name of a path or a verb crashes the reader."""
    odd = ["/{proxy+}", "/a b", "/ä", "/" + "x" * 5000, "", "/..", "/`rm`"]
    method = {"methodIntegration": {"uri": INVOKE.format(ORDERS)}, "authorizationType": "🔥"}
    items = [{"id": str(n), "path": odd[n % 7], "resourceMethods": {"ANY": method}} for n in range(1000)]

    facts = _asked(rest_apis, _canned_rest(get_resources={"items": items}))

    assert (1000, {RouteAuth.UNKNOWN}, []) == (len(facts.routes), {one.auth for one in facts.routes}, facts.gaps)


# ---- what a URI names


@pytest.mark.parametrize(
    ("uri", "aim", "arn"),
    [
        (ORDERS, Aim.FUNCTION, ORDERS),
        (INVOKE.format(ORDERS), Aim.FUNCTION, ORDERS),
        (INVOKE.format(f"{ORDERS}:7").replace("2015-03-31", "2021-11-15"), Aim.FUNCTION, f"{ORDERS}:7"),
        (f"{ORDERS}:$LATEST", Aim.FUNCTION, f"{ORDERS}:$LATEST"),
        (f"{ORDERS}:${{stageVariables.alias}}", Aim.OPEN, None),
        ("${stageVariables.everything}", Aim.OPEN, None),
        ("https://${stageVariables.host}/x", Aim.ELSEWHERE, None),
        (f"arn:aws:apigateway:{REGION}:s3:path/functions/a", Aim.ELSEWHERE, None),
        (INVOKE.format("nonsense"), Aim.ODD, None),
        (ORDERS + ":" + "x" * 10_000, Aim.ODD, None),
        ("", Aim.ELSEWHERE, None),
        (None, Aim.ELSEWHERE, None),
        (7, Aim.ELSEWHERE, None),
    ],
)
def test_a_uri_names_its_function_or_says_why_not(uri: object, aim: Aim, arn: str | None) -> None:
    """Only a whole function ARN is a function; a variable is open; what claims to be a function is odd."""
    found = target_of(uri)

    assert (aim, arn) == (found.aim, found.arn)


# ---- HTTP and WebSocket APIs


def test_a_route_of_an_http_api_leads_through_its_integration(aws: Callable[[str], Any]) -> None:
    """The stand-in cannot list authorizers: the route keeps its authorizer's id, and a gap says so."""
    gateway = aws("apigatewayv2")
    api = gateway.create_api(Name="orders", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=ORDERS, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        AuthorizerType="JWT",
        Name="login",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": ISSUER, "Audience": ["orders"]},
    )["AuthorizerId"]
    gateway.create_route(
        ApiId=api,
        RouteKey="POST /items",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
    )

    facts = _asked(http_apis)

    route = _one(facts)
    assert (Door.HTTP, "POST", "/items", RouteAuth.JWT, authorizer, (ORDERS,)) == (
        route.door,
        route.method,
        route.path,
        route.auth,
        route.authorizer,
        route.targets,
    )
    assert ["route.authorizer"] == [gap.needs for gap in facts.gaps]
    assert f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/POST/items" == route.subject.arn


def _canned_http(protocol: str = "HTTP", routes: tuple[dict[str, object], ...] = (), **changes: object) -> Canned:
    return Canned(**{
        "get_apis": {"Items": [{"ApiId": "abc", "ProtocolType": protocol}]},
        "get_routes": {"Items": [{"Target": "integrations/i", **route} for route in routes]},
        "get_integrations": {"Items": [{"IntegrationId": "i", "IntegrationUri": ORDERS}]},
        "get_authorizers": {"Items": []},
        **changes,
    })  # fmt: skip


def test_a_jwt_authorizer_is_named_with_its_issuer() -> None:
    """Whoever signs the tokens decides who comes in."""
    routes = ({"RouteKey": "GET /", "AuthorizationType": "JWT", "AuthorizerId": "a"},)
    authorizers = {"Items": [{"AuthorizerId": "a", "Name": "login", "JwtConfiguration": {"Issuer": ISSUER}}]}

    route = _one(_asked(http_apis, _canned_http("HTTP", routes, get_authorizers=authorizers)))

    assert (RouteAuth.JWT, "login", (ISSUER,)) == (route.auth, route.authorizer, route.deciders)


def test_connecting_decides_for_all_routes_of_a_websocket() -> None:
    """A WebSocket asks for credentials once: messages go the way that `$connect` opened."""
    routes = ({"RouteKey": "$connect", "AuthorizationType": "AWS_IAM"}, {"RouteKey": "send"})

    facts = _asked(http_apis, _canned_http("WEBSOCKET", routes))

    assert [("$connect", RouteAuth.AWS_IAM), ("send", RouteAuth.AWS_IAM)] == [
        (route.method, route.auth) for route in facts.routes
    ]


def test_a_websocket_whose_connect_calls_nobody_is_open() -> None:
    """Without a `$connect` route, nobody is asked."""
    facts = _asked(http_apis, _canned_http("WEBSOCKET", ({"RouteKey": "$default"},)))

    assert RouteAuth.NONE == _one(facts).auth


@pytest.mark.parametrize(
    ("denied", "needs"),
    [
        ("get_apis", "routes"),
        ("get_routes", "routes"),
        ("get_integrations", "routes"),
        ("get_authorizers", "route.authorizer"),
    ],
)
def test_each_http_call_that_is_denied_is_a_gap_on_the_account(denied: str, needs: str) -> None:
    """Whatever is denied, the account says what is not known."""
    routes = ({"RouteKey": "GET /"},)

    facts = _asked(http_apis, _canned_http("HTTP", routes, **{denied: Failure(Lack.DENIED, "Forbidden")}))

    assert [(needs, "account")] == [(gap.needs, gap.subject.kind) for gap in facts.gaps]


# ---- load balancers


def _balanced(aws: Callable[[str], Any], actions: list[dict[str, Any]]) -> str:
    ec2, elb = aws("ec2"), aws("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    balancer = elb.create_load_balancer(Name="front", Subnets=subnets, Scheme="internal")["LoadBalancers"][0]
    group = elb.create_target_group(Name="orders", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    _function(aws)
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": ORDERS}])
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]["ListenerArn"]
    elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/items/*"]}],
        Actions=[*actions, {"Type": "forward", "TargetGroupArn": group, "Order": 9}],
    )
    return str(balancer["LoadBalancerArn"])


def _function(aws: Callable[[str], Any]) -> None:
    import io
    import zipfile

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    aws("lambda").create_function(
        FunctionName="orders",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Handler="app.handler",
        Code={"ZipFile": data.getvalue()},
    )


def test_a_rule_that_forwards_to_a_function_is_a_route(aws: Callable[[str], Any]) -> None:
    """Only the rule that forwards is one; an internal balancer is private."""
    balancer = _balanced(aws, [])

    facts = _asked(load_balancers)

    route = _one(facts)
    assert (balancer, "/items/*", "ANY", RouteAuth.NONE, (ORDERS,), Door.LOAD_BALANCER, True) == (
        route.api,
        route.path,
        route.method,
        route.auth,
        route.targets,
        route.door,
        route.private,
    )
    assert [] == facts.gaps


def test_a_region_without_functions_behind_balancers_takes_one_call() -> None:
    """Balancers are not looked at where no target group is one of functions."""
    groups = {"TargetGroups": [{"TargetGroupArn": "arn:g", "TargetType": "ip", "LoadBalancerArns": ["arn:b"]}]}

    facts = _asked(load_balancers, Canned(describe_target_groups=groups))

    assert ([], []) == (facts.routes, facts.gaps)


def _canned_balancer(actions: list[object], **changes: object) -> Canned:
    rule = {
        "RuleArn": "arn:aws:elasticloadbalancing:::rule",
        "Actions": [*actions, {"Type": "forward", "TargetGroupArn": "arn:g"}],
    }
    group = {"TargetGroupArn": "arn:g", "TargetType": "lambda", "LoadBalancerArns": ["arn:b"]}
    return Canned(**{
        "describe_target_groups": {"TargetGroups": [group]},
        "describe_target_health": {"TargetHealthDescriptions": [{"Target": {"Id": ORDERS}}]},
        "describe_load_balancers": {"LoadBalancers": [{"LoadBalancerArn": "arn:b", "Scheme": "internet-facing"}]},
        "describe_listeners": {"Listeners": [{"ListenerArn": "arn:l"}]},
        "describe_rules": {"Rules": [rule]},
        **changes,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("action", "auth", "deciders"),
    [
        ({"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"Issuer": ISSUER}}, RouteAuth.OIDC, (ISSUER,)),
        (
            {
                "Type": "authenticate-oidc",
                "AuthenticateOidcConfig": {"Issuer": ISSUER, "OnUnauthenticatedRequest": "allow"},
            },
            RouteAuth.NONE,
            (),
        ),
        (
            {"Type": "authenticate-cognito", "AuthenticateCognitoConfig": {"UserPoolArn": "arn:pool"}},
            RouteAuth.COGNITO,
            ("arn:pool",),
        ),
        ({"Type": "jwt-validation", "JwtValidationConfig": {"Issuer": ISSUER}}, RouteAuth.JWT, (ISSUER,)),
        ({"Type": "what-will-come"}, RouteAuth.NONE, ()),
    ],
)
def test_an_authenticating_action_guards_its_rule(
    action: dict[str, object], auth: RouteAuth, deciders: tuple[str, ...]
) -> None:
    """An action that lets strangers through guards nothing."""
    route = _one(_asked(load_balancers, _canned_balancer([action])))

    assert (auth, deciders) == (route.auth, route.deciders)


@pytest.mark.parametrize(
    ("denied", "needs"),
    [
        ("describe_target_groups", "routes"),
        ("describe_target_health", "route.targets"),
        ("describe_load_balancers", "route.private"),
        ("describe_listeners", "routes"),
        ("describe_rules", "routes"),
    ],
)
def test_each_balancer_call_that_is_denied_is_a_gap_on_the_account(denied: str, needs: str) -> None:
    """Whatever is denied, the account says what is not known."""
    facts = _asked(load_balancers, _canned_balancer([], **{denied: Failure(Lack.DENIED, "AccessDenied")}))

    assert [(needs, "account")] == [(gap.needs, gap.subject.kind) for gap in facts.gaps]


# ---- GraphQL APIs


def test_a_graphql_api_with_a_function_behind_it_is_one_route() -> None:
    """Each further way in counts: the weakest one suffices."""
    api = {
        "apiId": "abc",
        "arn": f"arn:aws:appsync:{REGION}:{ACCOUNT}:apis/abc",
        "authenticationType": "AWS_IAM",
        "additionalAuthenticationProviders": [
            {"authenticationType": "API_KEY"},
            {"authenticationType": "AWS_LAMBDA", "lambdaAuthorizerConfig": {"authorizerUri": ORDERS}},
        ],
        "visibility": "GLOBAL",
    }
    source = {"type": "AWS_LAMBDA", "lambdaConfig": {"lambdaFunctionArn": f"{ORDERS}:live"}}

    facts = _asked(
        graphql_apis,
        Canned(list_graphql_apis={"graphqlApis": [api]}, list_data_sources={"dataSources": [source, {"type": "NONE"}]}),
    )

    route = _one(facts)
    assert (RouteAuth.AWS_IAM, (RouteAuth.API_KEY, RouteAuth.CUSTOM), (ORDERS,), (f"{ORDERS}:live",), False) == (
        route.auth,
        route.also,
        route.deciders,
        route.targets,
        route.private,
    )
    assert [] == facts.gaps


def test_a_graphql_api_is_listed_over_http(aws: Callable[[str], Any]) -> None:
    """An API without data sources is no door to a function."""
    aws("appsync").create_graphql_api(name="orders", authenticationType="API_KEY")

    facts = _asked(graphql_apis)

    assert [] == facts.routes
    assert {"routes"} >= {gap.needs for gap in facts.gaps}


def test_a_data_source_whose_function_is_not_named_is_a_gap() -> None:
    """A source of type `AWS_LAMBDA` calls some function, whether it can be read or not."""
    api = {"apiId": "abc", "arn": "arn:aws:appsync:::apis/abc"}

    facts = _asked(
        graphql_apis,
        Canned(list_graphql_apis={"graphqlApis": [api]}, list_data_sources={"dataSources": [{"type": "AWS_LAMBDA"}]}),
    )

    assert ["route.targets"] == [gap.needs for gap in facts.gaps]


# ---- all of them


@pytest.mark.parametrize("area", [rest_apis, http_apis, load_balancers, graphql_apis])
def test_a_list_that_cannot_be_read_is_a_gap_and_no_empty_list(area: Callable[[Desk], Facts]) -> None:
    """Where even the list is denied, the account is asked about by the need `routes`."""
    gaps: list[Gap] = _asked(area, Canned()).gaps

    assert [("routes", "account")] == [(gap.needs, gap.subject.kind) for gap in gaps]


def test_the_policy_for_reading_names_what_doors_need() -> None:
    """API Gateway has one action for all that is read of it."""
    actions = {call.action for call in calls() if call.service in {"apigateway", "apigatewayv2", "elbv2", "appsync"}}

    assert {
        "apigateway:GET",
        "appsync:ListDataSources",
        "appsync:ListGraphqlApis",
        *(
            f"elasticloadbalancing:Describe{what}"
            for what in ("Listeners", "LoadBalancers", "Rules", "TargetGroups", "TargetHealth")
        ),
    } == actions
