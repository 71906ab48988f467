"""Doors in front of functions: routes of APIs and load balancers, and their authorizers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class RouteAuth(StrEnum):
    NONE = "NONE"
    AWS_IAM = "AWS_IAM"
    CUSTOM = "CUSTOM"
    COGNITO = "COGNITO_USER_POOLS"
    JWT = "JWT"
    API_KEY = "API_KEY"
    OIDC = "OPENID_CONNECT"
    UNKNOWN = "unknown"


class Door(StrEnum):
    """What a route belongs to."""

    REST = "rest-api"
    HTTP = "http-api"
    WEBSOCKET = "websocket-api"
    LOAD_BALANCER = "load-balancer"
    GRAPHQL = "graphql-api"
    UNKNOWN = "unknown"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route of an API. `targets` are the ARNs of the functions it calls, where they could be told.

    `also` are further ways to be let in, each of which suffices. `deciders` are the ARNs of the functions or user pools
    that the authorizer asks. `private` tells that the door opens to a VPC only, None where that is not known.
    `policies` is the API's own resource policy, which stands above all its routes.
    """

    subject: Subject
    api: Text | None
    method: str
    path: Text | None
    auth: RouteAuth
    authorizer: Text | None = None
    targets: tuple[Text, ...] = ()
    door: Door = Door.UNKNOWN
    also: tuple[RouteAuth, ...] = ()
    deciders: tuple[Text, ...] = ()
    private: bool | None = None
    policies: tuple[AttachedPolicy, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None
