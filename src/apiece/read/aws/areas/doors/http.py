"""HTTP and WebSocket APIs of API Gateway: the routes that call functions."""

from __future__ import annotations

import msgspec

from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.gap import Gap
from apiece.estate.subject import SubjectKind
from apiece.read.aws.areas.doors.targets import NOWHERE, Aim, Target, items_of, open_gap, without_uris
from apiece.read.aws.call import Call, Outcome, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts

_GONE = frozenset({"NotFoundException"})
_CONNECT = "$connect"


class Api(msgspec.Struct, frozen=True, rename="pascal"):
    api_id: str
    protocol_type: str | None = None


class ApiPage(msgspec.Struct, frozen=True, rename="pascal"):
    items: tuple[Api, ...] = ()


class ListedRoute(msgspec.Struct, frozen=True, rename="pascal"):
    route_key: str
    authorization_type: str | None = None
    authorizer_id: str | None = None
    api_key_required: bool = False
    target: str | None = None


class RoutePage(msgspec.Struct, frozen=True, rename="pascal"):
    items: tuple[ListedRoute, ...] = ()


class Integration(msgspec.Struct, frozen=True, rename="pascal"):
    """`target` stands for the URI since the answer was taken in."""

    integration_id: str
    target: Target = msgspec.field(default=NOWHERE, name="target")


class IntegrationPage(msgspec.Struct, frozen=True, rename="pascal"):
    items: tuple[Integration, ...] = ()


class Jwt(msgspec.Struct, frozen=True, rename="pascal"):
    issuer: str | None = None


class Authorizer(msgspec.Struct, frozen=True, rename="pascal"):
    authorizer_id: str
    name: str | None = None
    jwt_configuration: Jwt | None = None
    target: Target = msgspec.field(default=NOWHERE, name="target")


class AuthorizerPage(msgspec.Struct, frozen=True, rename="pascal"):
    items: tuple[Authorizer, ...] = ()


def _sealed_integrations(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    """Keep the function of each URI and nothing else of it: a URI may hold credentials and stage variables."""
    del known
    return {**raw, "Items": [without_uris(item, ("IntegrationUri",)) for item in items_of(raw, "Items")]}


def _sealed_authorizers(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    del known
    return {**raw, "Items": [without_uris(item, ("AuthorizerUri",)) for item in items_of(raw, "Items")]}


GET_APIS = Call("apigatewayv2", "get_apis", "apigateway:GET", ApiPage, quota=Quota.API_GATEWAY)
GET_ROUTES = Call("apigatewayv2", "get_routes", "apigateway:GET", RoutePage, quota=Quota.API_GATEWAY, absent=_GONE)
GET_INTEGRATIONS = Call(
    "apigatewayv2",
    "get_integrations",
    "apigateway:GET",
    IntegrationPage,
    quota=Quota.API_GATEWAY,
    absent=_GONE,
    seal=_sealed_integrations,
)
GET_AUTHORIZERS = Call(
    "apigatewayv2",
    "get_authorizers",
    "apigateway:GET",
    AuthorizerPage,
    quota=Quota.API_GATEWAY,
    absent=_GONE,
    seal=_sealed_authorizers,
)


def http_apis(desk: Desk) -> Facts:
    """Read the routes of all HTTP and WebSocket APIs of a region that call functions."""
    facts = Facts()
    listing = desk.ask(GET_APIS)
    if listing.gap is not None:
        facts.gaps.append(desk.gap(GET_APIS, listing.gap, desk.itself, "routes", "the list of HTTP and WebSocket APIs"))
    apis = sorted((api for page in listing.pages for api in page.items), key=lambda api: api.api_id)
    asked = [{"ApiId": api.api_id} for api in apis]
    routes = desk.each(GET_ROUTES, asked)
    integrations = desk.each(GET_INTEGRATIONS, asked)
    authorizers = desk.each(GET_AUTHORIZERS, asked)
    for api, listed, called, deciding in zip(apis, routes, integrations, authorizers, strict=True):
        _gaps(desk, api, (listed, called, deciding), facts)
        targets = {one.integration_id: one.target for page in called.pages for one in page.items}
        known = {one.authorizer_id: one for page in deciding.pages for one in page.items}
        _routes(desk, api, [one for page in listed.pages for one in page.items], (targets, known), facts)
    return facts


def _gaps(
    desk: Desk,
    api: Api,
    outcomes: tuple[Outcome[RoutePage], Outcome[IntegrationPage], Outcome[AuthorizerPage]],
    facts: Facts,
) -> None:
    listed, called, deciding = outcomes
    of = f"of API `{api.api_id[:80]}`"
    if listed.gap is not None:
        facts.gaps.append(desk.gap(GET_ROUTES, listed.gap, desk.itself, "routes", f"the routes {of}"))
    if called.gap is not None:
        # Routes whose integration is not known are left out below: one of them may call a function.
        facts.gaps.append(desk.gap(GET_INTEGRATIONS, called.gap, desk.itself, "routes", f"the integrations {of}"))
    if deciding.gap is not None:
        facts.gaps.append(
            desk.gap(GET_AUTHORIZERS, deciding.gap, desk.itself, "route.authorizer", f"the authorizers {of}")
        )


def _routes(
    desk: Desk,
    api: Api,
    listed: list[ListedRoute],
    known: tuple[dict[str, Target], dict[str, Authorizer]],
    facts: Facts,
) -> None:
    targets, authorizers = known
    websocket = api.protocol_type == "WEBSOCKET"
    connect = next((one for one in listed if one.route_key == _CONNECT), None) if websocket else None
    for one in sorted(listed, key=lambda one: one.route_key):
        target = targets.get((one.target or "").removeprefix("integrations/"), NOWHERE)
        if target.aim is Aim.ELSEWHERE:
            continue
        # Who may connect to a WebSocket is decided once, by its `$connect` route.
        guard = connect or one
        authorizer = authorizers.get(guard.authorizer_id or "")
        method, _, path = one.route_key.partition(" ")
        subject = desk.subject(SubjectKind.API, desk.arn("execute-api", f"{api.api_id}/*/{_in_arn(one.route_key)}"))
        facts.routes.append(
            Route(
                subject=subject,
                api=api.api_id,
                method=method,
                path=path or None,
                auth=_auth(guard),
                authorizer=(authorizer.name or authorizer.authorizer_id)
                if authorizer is not None
                else guard.authorizer_id,
                targets=(target.arn,) if target.arn is not None else (),
                door=Door.WEBSOCKET if websocket else Door.HTTP,
                deciders=_deciders(authorizer),
                private=False,
                at=desk.at(GET_ROUTES),
            )
        )
        gap: Gap | None = open_gap(subject, target, desk.at(GET_INTEGRATIONS))
        if gap is not None:
            facts.gaps.append(gap)


def _in_arn(key: str) -> str:
    """`GET /items` as the ARN of an invocation has it: `GET/items`."""
    method, space, path = key.partition(" ")
    return f"{method}{path}" if space else method


def _auth(route: ListedRoute) -> RouteAuth:
    match route.authorization_type:
        case "NONE" | None:
            return RouteAuth.API_KEY if route.api_key_required else RouteAuth.NONE
        case "AWS_IAM" | "CUSTOM" | "JWT" as kind:
            return RouteAuth(kind)
        case _:
            return RouteAuth.UNKNOWN


def _deciders(authorizer: Authorizer | None) -> tuple[str, ...]:
    if authorizer is None:
        return ()
    issuer = authorizer.jwt_configuration.issuer if authorizer.jwt_configuration is not None else None
    return tuple(one for one in (issuer, authorizer.target.arn) if one is not None)
