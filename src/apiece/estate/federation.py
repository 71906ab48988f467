"""Who may come into an account from outside, and with which credentials: the ways of people and pipelines to deploy."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject


class ProviderKind(StrEnum):
    OIDC = "oidc"
    SAML = "saml"


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """An identity provider that roles of the account may trust.

    `url` and `audiences` are those of an OIDC provider, empty where they could not be read (then there is a gap).
    """

    subject: Subject
    kind: ProviderKind
    arn: str
    url: str | None = None
    audiences: tuple[str, ...] = ()
    at: Provenance | None = None


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """An access key of a user. Days are UTC; `used` None: never, or not since AWS keeps track of it."""

    active: bool
    rotated: str | None = None
    used: str | None = None


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """The long-lived credentials of a user, as the credential report tells them.

    `root` is the account's root user. `password` None: the report does not say, as for the root user. `password_used`
    None: never, or not since AWS keeps track of it. `keys` are those that exist, active or not.
    """

    subject: Subject
    user: str
    root: bool = False
    password: bool | None = None
    password_used: str | None = None
    mfa: bool = False
    keys: tuple[AccessKey, ...] = ()
    at: Provenance | None = None


class PermissionSet(msgspec.Struct, frozen=True, kw_only=True):
    """A permission set of IAM Identity Center.

    `policies` are its managed and inline policies. Its permissions boundary is not read: what these allow is the most
    that it can allow.
    """

    subject: Subject
    name: str
    arn: str
    policies: tuple[AttachedPolicy, ...] = ()
    at: Provenance | None = None


class PrincipalKind(StrEnum):
    USER = "USER"
    GROUP = "GROUP"
    UNKNOWN = "unknown"


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """A user or group of Identity Center that may take a permission set in an account. `principal` is an id."""

    subject: Subject
    """The permission set."""
    account: str
    principal: str
    kind: PrincipalKind = PrincipalKind.UNKNOWN
    at: Provenance | None = None
