"""One concrete request: who asks to do what on which resource, with which context keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apiece.arn import try_parse


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


def caller_named(name: str) -> Caller:
    """Make a caller from an ARN, a 12-digit account, a service name, or `*` for anyone."""
    if name in {"*", ""}:
        return Caller(CallerType.ANONYMOUS, None)
    if name.isascii() and name.isdigit():
        return Caller(CallerType.ROOT, f"arn:aws:iam::{name}:root", name)
    arn = try_parse(name)
    if arn is None:
        return Caller(CallerType.SERVICE, name)
    kind = arn.resource.partition("/")[0]
    types = {
        ("iam", "role"): CallerType.ROLE,
        ("iam", "user"): CallerType.USER,
        ("iam", "root"): CallerType.ROOT,
        ("sts", "assumed-role"): CallerType.SESSION,
        ("sts", "federated-user"): CallerType.FEDERATED_USER,
    }
    found = types.get((arn.service, kind), CallerType.FEDERATED)
    return Caller(found, name, arn.account or None)


def role_arn(caller: Caller, context: Mapping[str, tuple[str, ...]]) -> str | None:
    """The role behind a caller. A session's ARN drops the role's path; aws:PrincipalArn has it (statement 33)."""
    if caller.arn is None:
        return None
    if caller.type is CallerType.ROLE:
        return caller.arn
    if caller.type is CallerType.SESSION:
        stated = context.get("aws:principalarn", ())
        if stated and ":role/" in stated[0]:
            return stated[0]
        arn = try_parse(caller.arn)
        name = arn.resource.split("/")[1] if arn is not None and "/" in arn.resource else None
        return f"arn:{arn.partition}:iam::{arn.account}:role/{name}" if arn is not None and name else None
    return None


def context_of(request: Request) -> dict[str, tuple[str, ...]]:
    """The context in lower case, with the keys that AWS derives from caller and resource (statement 35).

    Keys that the request states are kept as stated; a key with an empty list stays, empty (statement 26).
    """
    caller = request.caller
    found: dict[str, tuple[str, ...]] = {}
    for key, value in request.context.items():
        found[key.lower()] = (value,) if isinstance(value, str) else tuple(value)
    role = role_arn(caller, found)
    principal = role or (caller.arn if caller.type is not CallerType.SERVICE else None)
    derived: dict[str, str | None] = {
        "aws:principalarn": principal,
        "aws:principalaccount": "anonymous" if caller.type is CallerType.ANONYMOUS else caller.account,
        "aws:principalorgid": caller.org,
        "aws:principaltype": PRINCIPAL_TYPES.get(caller.type),
        "aws:username": principal.rpartition("/")[2] if caller.type is CallerType.USER and principal else None,
        "aws:principalisawsservice": _IS_SERVICE.get(caller.type, "false"),
        "aws:principalservicename": caller.arn if caller.type is CallerType.SERVICE else None,
        "aws:resourceaccount": resource_account(request),
    }
    for name, known in derived.items():
        if known is not None:
            found.setdefault(name, (known,))
    return found


def resource_account(request: Request) -> str | None:
    """The account that owns the resource: stated, or the account segment of its ARN."""
    if request.resource_account:
        return request.resource_account
    arn = try_parse(request.resource)
    return arn.account if arn is not None and arn.account.isdigit() else None


_IS_SERVICE = {CallerType.SERVICE: "true", CallerType.ANONYMOUS: None}
"""Requests that nobody signed lack the key."""
PRINCIPAL_TYPES = {
    CallerType.ROLE: "AssumedRole",
    CallerType.SESSION: "AssumedRole",
    CallerType.USER: "User",
    CallerType.FEDERATED_USER: "FederatedUser",
    CallerType.ROOT: "Account",
    CallerType.ANONYMOUS: "Anonymous",
}
