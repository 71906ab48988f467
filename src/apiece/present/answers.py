"""The answers of the policy engine as JSON: `apiece/compare/1`, `apiece/minimise/1`, `apiece/public/1`.

On the command line an answer names its schema; in JSON lines it has the `id` of its case instead, and an `error` where
the case could not be read. Within a version members are only added.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Policy = dict[str, Any]
Certificate = dict[str, Any]


class PrincipalOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A caller of whom more is known than the ARN says."""

    type: str
    arn: str | None = None
    account: str | None = None
    org: str | None = None
    management_account: bool = False
    service_linked: bool = False


class RequestOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request as `apiece iam evaluate` takes it: the `request` of a case."""

    principal: str | PrincipalOut
    action: str
    resource: str
    context: dict[str, str | list[str]]
    resource_account: str | None = None


class _Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    reason: str
    schema: str | None = None
    id: Any = None
    error: str | None = None


class CompareOut(_Answer, frozen=True, kw_only=True, omit_defaults=True):
    """`statements` are "side/policy/statement", numbers from 0; `actions` at most 100 of `action_count`.

    `taken_single` are multivalued keys that conditions ask about as if they had one value: `no-new-access` speaks of
    requests in which they have at most one.
    """

    verdict: Literal["no-new-access", "new-access", "unknown"]
    witness: RequestOut | None
    certificate: Certificate | None
    statements: list[str] = []
    actions: list[str] = []
    action_count: int = 0
    taken_single: list[str] = []


class StatementsOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many statements there are."""

    before: int
    after: int


class BothOut(msgspec.Struct, frozen=True, kw_only=True):
    """That the new policies do no more than the old, and no less."""

    no_more: Certificate | None
    no_less: Certificate | None


class CertificatesOut(msgspec.Struct, frozen=True, kw_only=True):
    allowed: BothOut
    denied: BothOut


class MinimiseOut(_Answer, frozen=True, kw_only=True, omit_defaults=True):
    """`policies` are those that were given where nothing smaller was proved; `taken_single` as of a comparison."""

    verdict: Literal["smaller", "unchanged", "unknown"]
    policies: list[Policy]
    steps: list[str]
    statements: StatementsOut
    certificates: CertificatesOut | None
    taken_single: list[str] = []


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A way in: through a statement, by its number from 0; `actions` at most 100 of `action_count`."""

    who: str
    witness: RequestOut
    statement: int
    actions: list[str]
    action_count: int


class UndecidedOut(msgspec.Struct, frozen=True, kw_only=True):
    who: str
    reason: str


class PublicOut(_Answer, frozen=True, kw_only=True, omit_defaults=True):
    verdict: Literal["public", "not-public", "unknown"]
    findings: list[FindingOut]
    undecided: list[UndecidedOut]


FORMS: dict[str, type] = {"compare": CompareOut, "minimise": MinimiseOut, "public": PublicOut}
ABOUT = {name: f"An answer of `apiece iam {name}`, in JSON lines with `id` in place of `schema`." for name in FORMS}
