"""One concrete request: who asks to do what on which resource, with which context keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CallerType(StrEnum):
    ROLE = "role"
    """A role named by its own ARN; evaluated as a session of it."""
    SESSION = "session"
    USER = "user"
    FEDERATED_USER = "federated-user"
    SERVICE = "service"
    ANONYMOUS = "anonymous"
    FEDERATED = "federated"
    """A web identity or SAML provider, calling sts:AssumeRoleWith…"""
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal of a request.

    `arn` is an ARN, a service name for `SERVICE`, None for `ANONYMOUS`. `account` is 12 digits or None. `org` is the
    organisation id or None where unknown.
    """

    type: CallerType
    arn: str | None
    account: str | None = None
    org: str | None = None
    management_account: bool = False
    service_linked: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `context` maps a key as written to one value or to a list of values (a multivalued key)."""

    caller: Caller
    action: str
    resource: str
    resource_account: str | None = None
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
