"""Who may invoke a function: its resource policy asked with concrete requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from apiece.arn import try_parse
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import InFile, Provenance
from apiece.estate.when import When
from apiece.iam.document import Effect, Policy, PolicyKind, Statement, parse
from apiece.iam.evaluate import Decision, Layers, Result, evaluate
from apiece.iam.request import Caller, CallerType, Request
from apiece.records.verdict import Witness
from apiece.text import Hole, HoleKind, example, holes
from apiece.tree import from_plain

STRANGER_ACCOUNT = "999988887777"
"""An account that no policy names: it stands for every account outside the estate."""
STRANGER = Caller(CallerType.ROLE, f"arn:aws:iam::{STRANGER_ACCOUNT}:role/stranger", STRANGER_ACCOUNT)
ANONYMOUS = Caller(CallerType.ANONYMOUS, None)

_EVERYTHING = parse(
    from_plain({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
    PolicyKind.IDENTITY,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Grant:
    """One Allow statement of a function's resource policy, with the choices under which it is in force."""

    attached: AttachedPolicy
    statement: Statement
    when: When

    @property
    def root_cause(self) -> str:
        return f"{self.attached.name}/{self.statement.name}"

    def at(self, element: str) -> Provenance | None:
        """Where the statement's principal stands, or the whole policy where its words have no places."""
        place, words = self.attached.at, self.statement.principals or ()
        span = words[0].word.span if words else None
        if span is None or not isinstance(place, InFile):
            return place
        return InFile(file=span.file, path=f"{place.path}.{element}" if place.path else element, span=span)


def grants(function: Function, estate: Estate) -> Iterator[Grant]:
    """Walk the Allow statements that can be in force on a function."""
    for attached in function.policies:
        when = estate.together(function.when, attached.when)
        if when is None or attached.document is None:
            continue
        for statement in attached.document.statements:
            if statement.effect is Effect.ALLOW:
                yield Grant(attached, statement, when)


def asked(function: Function, grant: Grant, request: Request) -> Decision:
    """Decide a request on one grant together with every Deny of the function's policies.

    The caller's own account is taken to allow everything, so that only the function's side decides.
    """
    denials = tuple(
        statement
        for attached in function.policies
        for statement in (attached.document.statements if attached.document else ())
        if statement.effect is Effect.DENY
    )
    policy = Policy(PolicyKind.RESOURCE, "2012-10-17", None, (grant.statement, *denials))
    identity = None if request.caller.type in {CallerType.SERVICE, CallerType.ANONYMOUS} else (_EVERYTHING,)
    return evaluate(request, Layers(identity=identity, resource_policy=policy))


def allowed(function: Function, grant: Grant, request: Request) -> bool:
    """Tell whether the request is certainly allowed."""
    return asked(function, grant, request).result is Result.ALLOWED


def request_to(function: Function, grant: Grant, caller: Caller, action: str, **context: str) -> Request:
    """A request on the resource that the grant names, or on the function where the grant names a pattern."""
    words = grant.statement.resources or ()
    resource = example(words[0].text) if words and "*" not in example(words[0].text) else example(function.arn)
    arn = try_parse(resource)
    account = arn.account if arn is not None else None
    return Request(caller, action, resource, account, {key.replace("__", ":"): value for key, value in context.items()})


def open_holes(grant: Grant) -> tuple[Hole, ...]:
    """Walk what is not known before deployment of whom and what the grant names."""
    statement = grant.statement
    words = [principal.word for principal in statement.principals or ()]
    words += [*(statement.actions or ()), *(value for condition in statement.conditions for value in condition.values)]
    return tuple(hole for word in words for hole in holes(word.text) if hole.kind is HoleKind.ANY)


def witness(request: Request) -> Witness:
    """Show a request that was evaluated."""
    principal = request.caller.arn or "anyone, without signing in"
    return Witness(principal=principal, action=request.action, resource=request.resource, context=dict(request.context))
