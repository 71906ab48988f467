"""REST APIs of API Gateway: the methods that call functions, with their authorizers and the API's policy."""

from __future__ import annotations

import json

import msgspec

from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.gap import Gap
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import PolicyKind
from apiece.read.aws.areas.doors.targets import NOWHERE, Aim, Target, items_of, open_gap, without_uris
from apiece.read.aws.call import Call, Outcome, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.documents import attached
from apiece.read.aws.facts import Facts

_GONE = frozenset({"NotFoundException"})
_MOST_OF_A_PAGE = 500


class Endpoint(msgspec.Struct, frozen=True, rename="camel"):
    types: tuple[str, ...] = ()


class Api(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    policy: str | None = None
    endpoint_configuration: Endpoint | None = None


class ApiPage(msgspec.Struct, frozen=True, rename="camel"):
    items: tuple[Api, ...] = ()


class Integration(msgspec.Struct, frozen=True, rename="camel"):
    """`target` stands for the URI since the answer was taken in."""

    target: Target = NOWHERE


class Method(msgspec.Struct, frozen=True, rename="camel"):
    authorization_type: str | None = None
    authorizer_id: str | None = None
    api_key_required: bool = False
    method_integration: Integration | None = None


class ListedResource(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    path: str | None = None
    resource_methods: dict[str, Method] = {}


class ResourcePage(msgspec.Struct, frozen=True, rename="camel"):
    items: tuple[ListedResource, ...] = ()


class Authorizer(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: str | None = None
    pools: tuple[str, ...] = msgspec.field(default=(), name="providerARNs")
    target: Target = NOWHERE


class AuthorizerPage(msgspec.Struct, frozen=True, rename="camel"):
    items: tuple[Authorizer, ...] = ()


def _sealed_resources(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    """Keep the function of each URI and nothing else of it: a URI may hold credentials and stage variables."""
    del known
    return {**raw, "items": [_sealed_resource(item) for item in items_of(raw, "items")]}


def _sealed_resource(item: dict[str, object]) -> dict[str, object]:
    methods = item.get("resourceMethods")
    if not isinstance(methods, dict):
        return item
    return {**item, "resourceMethods": {verb: _sealed_method(method) for verb, method in methods.items()}}


def _sealed_method(method: object) -> object:
    integration = method.get("methodIntegration") if isinstance(method, dict) else None
    if not isinstance(method, dict) or not isinstance(integration, dict):
        return method
    return {**method, "methodIntegration": without_uris(integration, ("integrationTarget", "uri"))}


def _sealed_authorizers(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    del known
    return {**raw, "items": [without_uris(item, ("authorizerUri",)) for item in items_of(raw, "items")]}


GET_APIS = Call("apigateway", "get_rest_apis", "apigateway:GET", ApiPage, quota=Quota.API_GATEWAY)
GET_RESOURCES = Call(
    "apigateway",
    "get_resources",
    "apigateway:GET",
    ResourcePage,
    quota=Quota.API_GATEWAY_RESOURCES,
    absent=_GONE,
    seal=_sealed_resources,
)
GET_AUTHORIZERS = Call(
    "apigateway",
    "get_authorizers",
    "apigateway:GET",
    AuthorizerPage,
    quota=Quota.API_GATEWAY,
    absent=_GONE,
    seal=_sealed_authorizers,
)


def rest_apis(desk: Desk) -> Facts:
    """Read the methods of all REST APIs of a region that call functions."""
    facts = Facts()
    listing = desk.ask(GET_APIS)
    if listing.gap is not None:
        facts.gaps.append(desk.gap(GET_APIS, listing.gap, desk.itself, "routes", "the list of REST APIs"))
    apis = sorted((api for page in listing.pages for api in page.items), key=lambda api: api.id)
    asked = [{"restApiId": api.id} for api in apis]
    resources = desk.each(GET_RESOURCES, ({**one, "embed": ["methods"], "limit": _MOST_OF_A_PAGE} for one in asked))
    authorizers = desk.each(GET_AUTHORIZERS, asked)
    for api, listed, deciding in zip(apis, resources, authorizers, strict=True):
        _api(desk, api, listed, deciding, facts)
    return facts


def _api(desk: Desk, api: Api, listed: Outcome[ResourcePage], deciding: Outcome[AuthorizerPage], facts: Facts) -> None:
    if listed.gap is not None:
        what = f"the methods of REST API `{api.id[:80]}`"
        facts.gaps.append(desk.gap(GET_RESOURCES, listed.gap, desk.itself, "routes", what))
    if deciding.gap is not None:
        what = f"the authorizers of REST API `{api.id[:80]}`"
        facts.gaps.append(desk.gap(GET_AUTHORIZERS, deciding.gap, desk.itself, "route.authorizer", what))
    authorizers = {one.id: one for page in deciding.pages for one in page.items}
    calling = [
        (resource.path or resource.id, verb, method)
        for page in listed.pages
        for resource in page.items
        for verb, method in sorted(resource.resource_methods.items())
        if _target(method).aim is not Aim.ELSEWHERE
    ]
    policies = _policies(desk, api, facts) if calling else ()
    for path, verb, method in calling:
        arn = desk.arn("execute-api", f"{api.id}/*/{verb}{path}")
        subject = desk.subject(SubjectKind.API, arn)
        facts.routes.append(_route(desk, api, subject, (path, verb), method, authorizers, policies))
        gap = open_gap(subject, _target(method), desk.at(GET_RESOURCES))
        if gap is not None:
            facts.gaps.append(gap)


def _target(method: Method) -> Target:
    return method.method_integration.target if method.method_integration is not None else NOWHERE


def _route(
    desk: Desk,
    api: Api,
    subject: Subject,
    place: tuple[str, str],
    method: Method,
    authorizers: dict[str, Authorizer],
    policies: tuple[AttachedPolicy, ...],
) -> Route:
    path, verb = place
    target = _target(method)
    authorizer = authorizers.get(method.authorizer_id or "")
    endpoint = api.endpoint_configuration
    return Route(
        subject=subject,
        api=api.id,
        method=verb,
        path=path,
        auth=_auth(method),
        authorizer=(authorizer.name or authorizer.id) if authorizer is not None else method.authorizer_id,
        targets=(target.arn,) if target.arn is not None else (),
        door=Door.REST,
        deciders=_deciders(authorizer),
        private=endpoint.types == ("PRIVATE",) if endpoint is not None and endpoint.types else None,
        policies=policies,
        at=desk.at(GET_RESOURCES),
    )


def _auth(method: Method) -> RouteAuth:
    """An API key alone is weaker than any authorizer; next to one it only counts calls."""
    match method.authorization_type:
        case "NONE" | None:
            return RouteAuth.API_KEY if method.api_key_required else RouteAuth.NONE
        case "AWS_IAM" | "CUSTOM" | "COGNITO_USER_POOLS" as kind:
            return RouteAuth(kind)
        case _:
            return RouteAuth.UNKNOWN


def _deciders(authorizer: Authorizer | None) -> tuple[str, ...]:
    if authorizer is None:
        return ()
    return (*authorizer.pools, *((authorizer.target.arn,) if authorizer.target.arn is not None else ()))


def _policies(desk: Desk, api: Api, facts: Facts) -> tuple[AttachedPolicy, ...]:
    """The API's resource policy, which API Gateway spells as the inside of a JSON string."""
    if not api.policy:
        return ()
    at = desk.at(GET_APIS)
    policy, why = attached(
        _unescaped(api.policy), PolicyKind.RESOURCE, name="resource policy", form=PolicyForm.RESOURCE, at=at
    )
    if why is not None:
        reason = f"the resource policy of REST API `{api.id[:80]}` is not one: {why}"
        facts.gaps.append(Gap(subject=desk.itself, needs="route.policies", reason=reason, at=at))
    return (policy,)


def _unescaped(text: str) -> str:
    if not text.lstrip().startswith('{\\"'):
        return text
    try:
        plain = json.loads(f'"{text}"')
    except ValueError:
        return text
    return plain if isinstance(plain, str) else text
