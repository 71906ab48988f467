"""GraphQL APIs of AppSync that have functions as data sources."""

from __future__ import annotations

import msgspec

from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.subject import SubjectKind
from apiece.read.aws.areas.doors.targets import Aim, Target, items_of, open_gap, target_of, without_uris
from apiece.read.aws.call import Call
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts

_AUTH = {
    "API_KEY": RouteAuth.API_KEY,
    "AWS_IAM": RouteAuth.AWS_IAM,
    "AMAZON_COGNITO_USER_POOLS": RouteAuth.COGNITO,
    "OPENID_CONNECT": RouteAuth.OIDC,
    "AWS_LAMBDA": RouteAuth.CUSTOM,
}


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """The function that an authorizer of this kind asks."""

    target: Target = Target()


class Issuer(msgspec.Struct, frozen=True, rename="camel"):
    issuer: str | None = None


class Way(msgspec.Struct, frozen=True, rename="camel"):
    authentication_type: str | None = None
    lambda_authorizer_config: Asked | None = None
    open_id: Issuer | None = msgspec.field(default=None, name="openIDConnectConfig")


class Api(msgspec.Struct, frozen=True, rename="camel"):
    api_id: str
    arn: str
    authentication_type: str | None = None
    lambda_authorizer_config: Asked | None = None
    open_id: Issuer | None = msgspec.field(default=None, name="openIDConnectConfig")
    additional_authentication_providers: tuple[Way, ...] = ()
    visibility: str | None = None


class ApiPage(msgspec.Struct, frozen=True, rename="camel"):
    graphql_apis: tuple[Api, ...] = ()


class Called(msgspec.Struct, frozen=True, rename="camel"):
    lambda_function_arn: str | None = None


class Source(msgspec.Struct, frozen=True, rename="camel"):
    type: str | None = None
    lambda_config: Called | None = None


class SourcePage(msgspec.Struct, frozen=True, rename="camel"):
    data_sources: tuple[Source, ...] = ()


def _sealed(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    """Keep the function of each authorizer's URI and nothing else of it."""
    del known
    return {**raw, "graphqlApis": [_sealed_api(item) for item in items_of(raw, "graphqlApis")]}


def _sealed_api(item: dict[str, object]) -> dict[str, object]:
    ways = [_sealed_way(way) for way in items_of(item, "additionalAuthenticationProviders")]
    return {**_sealed_way(item), "additionalAuthenticationProviders": ways}


def _sealed_way(item: dict[str, object]) -> dict[str, object]:
    config = item.get("lambdaAuthorizerConfig")
    return (
        {**item, "lambdaAuthorizerConfig": without_uris(config, ("authorizerUri",))}
        if isinstance(config, dict)
        else item
    )


LIST_APIS = Call("appsync", "list_graphql_apis", "appsync:ListGraphqlApis", ApiPage, seal=_sealed)
LIST_SOURCES = Call(
    "appsync",
    "list_data_sources",
    "appsync:ListDataSources",
    SourcePage,
    absent=frozenset({"NotFoundException"}),
)


def graphql_apis(desk: Desk) -> Facts:
    """Read the GraphQL APIs of a region that call functions. Each has one door, whatever its fields are called."""
    facts = Facts()
    listing = desk.ask(LIST_APIS)
    if listing.gap is not None:
        facts.gaps.append(desk.gap(LIST_APIS, listing.gap, desk.itself, "routes", "the list of GraphQL APIs"))
    apis = sorted((api for page in listing.pages for api in page.graphql_apis), key=lambda api: api.api_id)
    outcomes = desk.each(LIST_SOURCES, ({"apiId": api.api_id} for api in apis))
    for api, outcome in zip(apis, outcomes, strict=True):
        if outcome.gap is not None:
            what = f"the data sources of GraphQL API `{api.api_id[:80]}`"
            facts.gaps.append(desk.gap(LIST_SOURCES, outcome.gap, desk.itself, "routes", what))
        sources = [one for page in outcome.pages for one in page.data_sources if one.type == "AWS_LAMBDA"]
        if sources:
            _api(desk, api, sources, facts)
    return facts


def _api(desk: Desk, api: Api, sources: list[Source], facts: Facts) -> None:
    subject = desk.subject(SubjectKind.API, api.arn)
    targets = [target_of(one.lambda_config.lambda_function_arn if one.lambda_config else None) for one in sources]
    for target in targets:
        odd = target if target.aim is not Aim.ELSEWHERE else Target(Aim.ODD)
        gap = open_gap(subject, odd, desk.at(LIST_SOURCES))
        if gap is not None:
            facts.gaps.append(gap)
    ways = api.additional_authentication_providers
    everyone: tuple[Api | Way, ...] = (api, *ways)
    facts.routes.append(
        Route(
            subject=subject,
            api=api.api_id,
            method="POST",
            path="/graphql",
            auth=_auth(api.authentication_type),
            targets=tuple(sorted({target.arn for target in targets if target.arn is not None})),
            door=Door.GRAPHQL,
            also=tuple(sorted({_auth(way.authentication_type) for way in ways})),
            deciders=tuple(dict.fromkeys(arn for way in everyone for arn in _deciders(way))),
            private=api.visibility == "PRIVATE" if api.visibility is not None else None,
            at=desk.at(LIST_APIS),
        )
    )


def _auth(kind: str | None) -> RouteAuth:
    return _AUTH.get(kind or "", RouteAuth.UNKNOWN)


def _deciders(way: Api | Way) -> tuple[str, ...]:
    asked = way.lambda_authorizer_config.target.arn if way.lambda_authorizer_config is not None else None
    issuer = way.open_id.issuer if way.open_id is not None else None
    return tuple(one for one in (asked, issuer) if one is not None)
