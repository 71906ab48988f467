"""Whom the policy of one thing lets in from outside of the estate: anyone, accounts, services, identity providers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.access.asking import Because, because_of
from apiece.access.targets import Target
from apiece.estate.estate import Estate
from apiece.estate.function import Function, UrlAuth
from apiece.estate.policy import AttachedPolicy
from apiece.estate.resource import Resource, Strangers
from apiece.estate.subject import SubjectKind
from apiece.iam.document import Effect, Policy, PrincipalType, Statement
from apiece.iam.exposure import Exposure, Ground, Undecided, admits, cross_account, public
from apiece.iam.request import Caller, CallerType, Request
from apiece.iam.scope import Scope
from apiece.iam.solver.question import Proved, Witnessed
from apiece.iam.strangers import Stratum, named_outsider
from apiece.text import example, is_open

_UNSIGNED = frozenset({SubjectKind.BUCKET, SubjectKind.QUEUE, SubjectKind.TOPIC})
_SERVICES = {PrincipalType.SERVICE: CallerType.SERVICE, PrincipalType.FEDERATED: CallerType.FEDERATED}
_SAID = frozenset({"aws:sourceowner", "kms:calleraccount"})
_WHO = {
    Stratum.ANYONE: "anyone, without signing in",
    Stratum.ANY_ACCOUNT: "any identity of any AWS account",
    Stratum.ANY_SOURCE: "an AWS service, for anyone's resource",
}


@dataclass(frozen=True)
class Invited:
    """One kind of outsider that a policy lets in, with a request and the statement; or why it is not known."""

    who: str
    stratum: str
    target: Target
    request: Request | None = None
    because: Because | None = None
    reason: str = ""

    @property
    def conditions(self) -> dict[str, str | tuple[str, ...]]:
        """What must hold beside what AWS says of the caller."""
        context = self.request.context if self.request is not None else {}
        return {key: value for key, value in context.items() if key.lower() not in _SAID}


def invited(target: Target, action: str, estate: Estate) -> Iterator[Invited]:
    """Walk the outsiders that a thing's own policy lets do an action on it or on what lies in it."""
    attached = target.trust if target.trust_policy is not None else target.policies
    policy = target.trust_policy or target.policy
    if policy is None:
        return
    stated = [(one, two) for one in attached if one.document is not None for two in one.document.statements]
    ground = Ground(
        target.owner,
        Scope((action,), target.inside),
        rcp=None if target.rcp is None else tuple(tuple(p.document for p in one if p.document) for one in target.rcp),
        unsigned=_answers_unsigned(target),
        known=tuple(account.id for account in estate.accounts),
    )
    if not _keeps_strangers_out(target):
        for found in public(policy, ground):
            if found.stratum is Stratum.ANY_SOURCE and target.trust_policy is not None:
                continue  # a role is for services that the policy names; none of them is a stranger's
            yield _told(found, _WHO[found.stratum], target, stated)
    for found in cross_account(policy, ground):
        who = found.request.caller.arn or "" if isinstance(found, Exposure) else "an outsider that it names"
        yield _told(found, who, target, stated)
    yield from _services(policy, ground, target, stated)


def _told(
    found: Exposure | Undecided, who: str, target: Target, stated: list[tuple[AttachedPolicy, Statement]]
) -> Invited:
    if isinstance(found, Undecided):
        return Invited(who, found.stratum, target, reason=found.reason)
    attached, statement = stated[found.statement]
    reason = (
        "if its block of public access, which the source does not state, lets strangers in" if _may_keep(target) else ""
    )
    because = because_of("resource", attached, statement)
    return Invited(who, found.stratum, target, found.request, because, reason if found.stratum in _WHO else "")


def _services(
    policy: Policy, ground: Ground, target: Target, stated: list[tuple[AttachedPolicy, Statement]]
) -> Iterator[Invited]:
    """The services and identity providers that the policy names."""
    for kind, name in _named(policy):
        match admits(policy, named_outsider(Caller(kind, name)), ground):
            case Witnessed() as found:
                number = next(int(ref.rpartition("/")[2]) for ref in found.assumed if ref.startswith("resource/"))
                yield Invited(name, kind.value, target, found.request, because_of("resource", *stated[number]))
            case Proved():
                pass
            case open_:
                yield Invited(name, kind.value, target, reason=open_.reason)


def _named(policy: Policy) -> list[tuple[CallerType, str]]:
    return list(
        dict.fromkeys(
            (_SERVICES[one.type], example(one.word.text))
            for statement in policy.statements
            if statement.effect is Effect.ALLOW
            for one in statement.principals or ()
            if one.type in _SERVICES and not is_open(one.word.text)
        )
    )


def _answers_unsigned(target: Target) -> bool:
    if isinstance(target.thing, Function):
        return any(url.auth is UrlAuth.NONE for url in target.thing.urls)
    return isinstance(target.thing, Resource) and target.thing.subject.kind in _UNSIGNED


def _keeps_strangers_out(target: Target) -> bool:
    access = target.thing.public_access if isinstance(target.thing, Resource) else None
    return access is not None and access.strangers is Strangers.KEPT_OUT


def _may_keep(target: Target) -> bool:
    if not isinstance(target.thing, Resource) or target.thing.subject.kind is not SubjectKind.BUCKET:
        return False
    access = target.thing.public_access
    return access is None or access.strangers is Strangers.UNREAD
