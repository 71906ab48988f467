"""Policy documents as typed statements.

The grammar is AWS's (IAM user guide, "Grammar of the IAM JSON policy language"); `parse` refuses what AWS refuses, with
the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apiece.span import Span
from apiece.text import Text


class Effect(StrEnum):
    ALLOW = "Allow"
    DENY = "Deny"


class PolicyKind(StrEnum):
    """Which grammar a document must obey: who may carry `Principal`, and what else is required or forbidden."""

    IDENTITY = "identity"
    """Managed or inline policy of a role, user or group; also permissions boundary and session policy."""
    RESOURCE = "resource"
    """Attached to a resource; statements need `Principal` or `NotPrincipal`."""
    TRUST = "trust"
    """A role's trust policy: a resource policy without `Resource`."""
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class Word:
    """One string of a policy, as written, and where."""

    text: Text
    span: Span | None = None


class PrincipalType(StrEnum):
    """The keys of a `Principal` element; `ANYONE` is the bare `"*"`."""

    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"
    ANYONE = "*"


@dataclass(frozen=True, slots=True)
class PrincipalWord:
    """One principal named by a statement. `Principal: "*"` and `{"AWS": "*"}` keep their different types."""

    type: PrincipalType
    word: Word


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key: `operator` and `key` as written, `values` in order."""

    operator: str
    key: str
    values: tuple[Word, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Exactly one of each pair (`actions`, `not_actions`), … is not None, or neither where the
    grammar of the policy's kind has no such element."""

    index: int
    sid: str | None
    effect: Effect
    principals: tuple[PrincipalWord, ...] | None
    not_principals: tuple[PrincipalWord, ...] | None
    actions: tuple[Word, ...] | None
    not_actions: tuple[Word, ...] | None
    resources: tuple[Word, ...] | None
    not_resources: tuple[Word, ...] | None
    conditions: tuple[Condition, ...]
    span: Span | None = None

    @property
    def name(self) -> str:
        """The Sid, or `#2` for the third statement."""
        return self.sid or f"#{self.index}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole document. `version` is `2012-10-17` or `2008-10-17` (the default, without policy variables)."""

    kind: PolicyKind
    version: str
    id: str | None
    statements: tuple[Statement, ...]
    span: Span | None = None
