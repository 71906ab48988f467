"""Doors in front of functions: API routes and their authorizers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

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
    UNKNOWN = "unknown"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route of an API. `targets` are the ARNs of the functions it calls, where they could be told."""

    subject: Subject
    api: Text | None
    method: str
    path: Text | None
    auth: RouteAuth
    authorizer: Text | None = None
    targets: tuple[Text, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None
