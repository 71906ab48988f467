"""API routes in front of functions: REST methods, HTTP and WebSocket routes, and OpenAPI bodies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec

from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.when import When
from apiece.iam.document import PolicyKind
from apiece.read.cloudformation.attributes import ref_of
from apiece.read.cloudformation.build.policies import Carrier, documents
from apiece.read.cloudformation.build.site import Site, literal_of, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.text import Hole, Symbolic, Text, join, marked
from apiece.tree import Mapping, Scalar

_METHODS = frozenset(
    {"get", "put", "post", "delete", "options", "head", "patch", "trace", "x-amazon-apigateway-any-method"}
)
_BODIES = {"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"}


@dataclass(frozen=True)
class _Api:
    """What stands above all routes of an API. `connect` decides who may open a WebSocket, whatever is sent then."""

    door: Door = Door.UNKNOWN
    private: bool | None = None
    policies: tuple[AttachedPolicy, ...] = ()
    connect: Site | None = None


def routes(sites: Iterable[Site]) -> Iterator[Route]:
    """Build the routes of all APIs. A body that is not inline has no routes here."""
    placed = list(sites)
    integrations = {
        ref_of(site.template, site.resource): site.get("IntegrationUri")
        for site in placed
        if site.resource.type == "AWS::ApiGatewayV2::Integration"
    }
    apis = {ref_of(site.template, site.resource): _api(site) for site in placed if site.resource.type in _BODIES}
    for site in placed:
        if site.resource.type == "AWS::ApiGatewayV2::Route" and literal_of(site.get("RouteKey")) == "$connect":
            of = text_of(site.get("ApiId"))
            if of in apis:
                apis[of] = replace(apis[of], connect=site)
    for site in placed:
        match site.resource.type:
            case "AWS::ApiGateway::Method":
                yield _method(site, apis.get(text_of(site.get("RestApiId")) or "", _Api(Door.REST)))
            case "AWS::ApiGatewayV2::Route":
                yield _route(site, apis.get(text_of(site.get("ApiId")) or "", _Api()), integrations)
            case kind if kind in _BODIES:
                yield from _body(site, apis[ref_of(site.template, site.resource)])


def _api(site: Site) -> _Api:
    if site.resource.type == "AWS::ApiGatewayV2::Api":
        websocket = literal_of(site.get("ProtocolType")) == "WEBSOCKET"
        return _Api(Door.WEBSOCKET if websocket else Door.HTTP, private=False)
    types = site.get("EndpointConfiguration", "Types")
    listed = [literal_of(one) for _, one in site.elements(types)]
    private = None if None in listed else listed == ["PRIVATE"]
    carrier = Carrier(
        SubjectKind.API, "api.routes", PolicyKind.RESOURCE, PolicyForm.RESOURCE, "resource policy", "Policy"
    )
    return _Api(Door.REST, private, documents(site, site.get("Policy"), carrier))


def _auth(node: RNode | None) -> RouteAuth:
    text = literal_of(node)
    if text is None:
        return RouteAuth.NONE if node is None else RouteAuth.UNKNOWN
    return RouteAuth(text) if text in RouteAuth._value2member_map_ else RouteAuth.UNKNOWN


def _method(site: Site, above: _Api) -> Route:
    auth = _auth(site.get("AuthorizationType"))
    if auth is RouteAuth.NONE and literal_of(site.get("ApiKeyRequired")) == "true":
        auth = RouteAuth.API_KEY
    target = called_function(site.get("Integration", "Uri"))
    return Route(
        subject=site.subject(SubjectKind.API),
        api=text_of(site.get("RestApiId")),
        method=literal_of(site.get("HttpMethod")) or "ANY",
        path=text_of(site.get("ResourceId")),
        auth=auth,
        authorizer=text_of(site.get("AuthorizerId")),
        targets=(target,) if target is not None else (),
        door=above.door,
        private=above.private,
        policies=above.policies,
        when=site.when,
        at=site.place(),
    )


def _route(site: Site, above: _Api, integrations: dict[Text, RNode | None]) -> Route:
    guard = above.connect if above.door is Door.WEBSOCKET and above.connect is not None else site
    key = literal_of(site.get("RouteKey")) or "$default"
    method, _, path = key.partition(" ")
    target = text_of(site.get("Target"))
    integration = _after_slash(target) if target is not None else None
    called = called_function(integrations.get(integration)) if integration is not None else None
    return Route(
        subject=site.subject(SubjectKind.API),
        api=text_of(site.get("ApiId")),
        method=method,
        path=path or None,
        auth=_auth(guard.get("AuthorizationType")),
        authorizer=text_of(guard.get("AuthorizerId")),
        targets=(called,) if called is not None else (),
        door=above.door,
        private=above.private,
        when=site.when,
        at=site.place(),
    )


def _after_slash(target: Text) -> Text:
    """`integrations/${Integration}` names the integration after its slash."""
    parts = target.parts if isinstance(target, Symbolic) else (target,)
    first = parts[0]
    if isinstance(first, str) and first.startswith("integrations/"):
        return join((first.removeprefix("integrations/"), *parts[1:]))
    return target


def _body(site: Site, above: _Api) -> Iterator[Route]:
    for when, body in site.guarded(site.get("Body")):
        if not isinstance(body, Mapping):
            site.gap(SubjectKind.API, "api.routes", "the API's body is not inline", at=body)
            continue
        if body.get("Fn::Transform") is not None:
            site.gap(SubjectKind.API, "api.routes", "a macro brings a part of the API's body", at=body)
        default = body.get("security")
        paths = body.get("paths")
        for path, item in paths.entries if isinstance(paths, Mapping) else ():
            if isinstance(item, Mapping):
                for route in _operations(site, str(path.value), item, default, when):
                    yield msgspec.structs.replace(
                        route, door=above.door, private=above.private, policies=above.policies
                    )


def _operations(site: Site, path: str, item: Mapping, default: RNode | None, when: When) -> Iterator[Route]:
    for method, operation in item.entries:
        name = str(method.value).lower()
        if name not in _METHODS or not isinstance(operation, Mapping):
            continue
        integration = operation.get("x-amazon-apigateway-integration")
        target = called_function(integration.get("uri")) if isinstance(integration, Mapping) else None
        security = operation.get("security")
        verb = "ANY" if name.startswith("x-") else name.upper()
        yield Route(
            subject=Subject(
                kind=SubjectKind.API, logical_id=f"{site.resource.logical_id} {verb} {path}", stack=site.stack
            ),
            api=ref_of(site.template, site.resource),
            method=verb,
            path=path,
            auth=_security(security if security is not None else default),
            targets=(target,) if target is not None else (),
            when=when,
            at=site.place(method, f"Body.paths.{path}.{method.value}"),
        )


def _security(node: RNode | None) -> RouteAuth:
    items = getattr(node, "items", ())
    schemes = {str(key.value) for item in items if isinstance(item, Mapping) for key, _ in item.entries}
    if not schemes or schemes == {"NONE"}:
        return RouteAuth.NONE
    if schemes == {"api_key"}:
        return RouteAuth.API_KEY
    return RouteAuth.AWS_IAM if schemes == {"AWS_IAM"} else RouteAuth.CUSTOM


def called_function(node: RNode | None) -> Text | None:
    """Take the function's ARN out of an integration URI (`…:lambda:path/2015-03-31/functions/ARN/invocations`)."""
    text = text_of(node) if isinstance(node, Scalar) else None
    if text is None:
        return None
    parts: list[str | Hole] = list(text.parts) if isinstance(text, Symbolic) else [text]
    for position, part in enumerate(parts):
        if isinstance(part, str) and "/functions/" in part:
            parts = [part.partition("/functions/")[2], *parts[position + 1 :]]
            break
    else:
        return text if marked(text).split(":")[2:3] == ["lambda"] else None
    return join(_without_tail(parts))


def _without_tail(parts: list[str | Hole]) -> list[str | Hole]:
    last = parts[-1]
    return [*parts[:-1], last.partition("/invocations")[0]] if isinstance(last, str) else parts
