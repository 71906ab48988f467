"""What an execution's own policies say: statements in force, and decisions over identity policies and boundary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from apiece.access.execution import Execution
from apiece.arn import try_parse
from apiece.estate.estate import Estate
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.provenance import InFile, Provenance
from apiece.estate.when import When, implies
from apiece.iam.document import Effect, Policy, PolicyKind, Statement, parse
from apiece.iam.evaluate import Decision, Layers, Result, evaluate
from apiece.iam.granted import Grant, Granted, granted
from apiece.iam.request import Caller, CallerType, Request
from apiece.iam.scope import Scope, literally
from apiece.iam.statements import Asked, speaks
from apiece.iam.statements import asked as asked_for
from apiece.records.verdict import Witness
from apiece.span import Span
from apiece.text import example, is_open
from apiece.tree import from_plain

EXAMPLE_ACCOUNT = "111122223333"
BUDGET, _MOST = 20_000, 200_000
"""Steps for a question about one action on one resource, and about all of them."""
_GENERATED = re.compile(r"RolePolicy\d+$")


@dataclass(frozen=True, slots=True)
class InForce:
    """One statement that an execution carries, with the choices under which it is in force."""

    attached: AttachedPolicy
    statement: Statement
    when: When

    @property
    def root_cause(self) -> str:
        """A key that stays the same while lines move: where the policy hangs and which statement it is."""
        return f"{self.attached.name}/{self.statement.name}"

    @property
    def title(self) -> str:
        """The policy as a person would call it; names that only SAM's expansion makes are not repeated."""
        match self.attached.form:
            case PolicyForm.INLINE if _GENERATED.search(self.attached.name):
                return "its inline policy"
            case PolicyForm.AWS_MANAGED:
                return f"AWS managed policy `{self.attached.name}`"
            case _:
                return f"policy `{self.attached.name}`"

    def at(self, span: Span | None = None) -> tuple[Provenance, ...]:
        """Where the statement, or a word of it, stands; a managed policy's text stands where it is attached."""
        span = span or self.statement.span
        attached = self.attached.at
        if span is not None and isinstance(attached, InFile):
            return (InFile(file=span.file, path=attached.path, span=span),)
        return (attached,) if attached is not None else ()


def allows(execution: Execution, estate: Estate) -> Iterator[InForce]:
    """Walk the Allow statements of an execution's identity policies."""
    for attached in execution.policies:
        when = estate.together(execution.when, attached.when)
        if when is not None and attached.document is not None:
            for statement in attached.document.statements:
                if statement.effect is Effect.ALLOW:
                    yield InForce(attached, statement, when)


def denials(execution: Execution, when: When) -> tuple[tuple[Policy, Statement], ...]:
    """The Deny statements that are certainly in force under these choices."""
    own = (
        attached.document
        for attached in (*execution.policies, *execution.boundary)
        if attached.document is not None and implies(when, attached.when)
    )
    above = (policy for level in execution.scp for policy in level)
    return tuple(
        (policy, statement)
        for policy in (*own, *above)
        for statement in policy.statements
        if statement.effect is Effect.DENY
    )


def ceilings(execution: Execution, when: When) -> tuple[tuple[Policy, ...], ...]:
    """The layers of which each must allow a request: the permissions boundary and each level of control policies.

    A level that allows everything limits nothing and is left out.
    """
    bounds = boundary(execution, when)
    levels = tuple(level for level in execution.scp if not any(map(allows_all, level)))
    return levels if bounds is None else (bounds, *levels)


def allows_all(policy: Policy) -> bool:
    """Tell whether one plain statement allows every action on every resource."""
    return any(
        statement.effect is Effect.ALLOW
        and not statement.conditions
        and any(word.text == "*" for word in statement.actions or ())
        and any(word.text == "*" for word in statement.resources or ())
        for statement in policy.statements
    )


def boundary(execution: Execution, when: When) -> tuple[Policy, ...] | None:
    """The permissions boundary under these choices, None where there is none."""
    found = tuple(attached for attached in execution.boundary if implies(when, attached.when))
    return tuple(attached.document for attached in found if attached.document is not None) if found else None


def caller(execution: Execution) -> Caller:
    """The role as a caller; names that exist only after deployment are examples."""
    arn = example(execution.role_arn) if execution.role_arn is not None and not is_open(execution.role_arn) else ""
    parsed = try_parse(arn)
    if parsed is None:
        return Caller(CallerType.ROLE, f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/execution-role", EXAMPLE_ACCOUNT)
    return Caller(CallerType.ROLE, arn, parsed.account)


def request_of(execution: Execution, action: str, resource: str) -> Request:
    """A request of the role on a resource of its own account, that states nothing else."""
    who = caller(execution)
    return Request(who, action, resource, who.account)


def shown(
    execution: Execution, action: str, resource: str, when: When, context: tuple[tuple[str, str], ...] = ()
) -> Grant:
    """Ask for a request for an action on a resource that the policies certainly allow.

    `context` are keys with the value that it carries. For a resource of another account, that is taken to consent.
    """
    who = caller(execution)
    arn = try_parse(resource)
    other = arn.account if arn is not None and arn.account.isdigit() and arn.account != who.account else None
    whole = in_account(layers_of(execution, when), other, who.account or EXAMPLE_ACCOUNT)
    asked = context if _depends(whole) else ()
    plain = Request(who, action, resource, other or who.account, dict(asked))
    said = evaluate(plain, _bearing(whole, plain)).result
    if said is Result.ALLOWED:
        return Grant(Granted.YES, plain)
    near = _concerning(whole, plain) if resource != "*" else whole
    if not _depends(near):  # no context changes anything
        return Grant(Granted.UNKNOWN if said is Result.UNKNOWN else Granted.NO)
    scope = Scope((action,), (literally(resource),), asked)
    return granted(who, near, scope, owner=plain.resource_account, budget=BUDGET)


def first_shown(answers: Iterable[Grant]) -> Grant:
    """The first answer with a request; else one that is not known, if there is one."""
    best = Grant(Granted.NO)
    for answer in answers:
        if answer.witness is not None:
            return answer
        best = answer if answer.result is Granted.UNKNOWN else best
    return best


def any_of(execution: Execution, force: InForce, *actions: str) -> Grant:
    """Ask whether a statement, below all that limits it, allows any of some actions on anything.

    Resources of other accounts that it names are taken to consent.
    """
    who = caller(execution)
    document = force.attached.document
    if document is None:
        return Grant(Granted.UNKNOWN)
    own = (replace(document, statements=(force.statement,)),)
    denied = tuple(replace(policy, statements=(one,)) for policy, one in denials(execution, force.when))
    whole = replace(layers_of(execution, force.when), identity=(*own, *denied))
    words = force.statement.resources or ()
    named = (arn.account for word in words if (arn := try_parse(example(word.text))) is not None)
    others = sorted({account for account in named if account.isdigit()} - {who.account})
    return first_shown(
        granted(
            who,
            in_account(whole, owner, who.account or EXAMPLE_ACCOUNT),
            Scope(actions),
            owner=owner or who.account,
            budget=_MOST,
        )
        for owner in (None, *others)
    )


def _concerning(whole: Layers, request: Request) -> Layers:
    """The layers without statements on other actions and other resources, which are beside the point."""
    ask = asked_for(request)

    def concerning(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        return tuple(
            replace(policy, statements=tuple(one for one in policy.statements if _may_speak(one, policy, ask)))
            for policy in policies
        )

    return replace(
        whole,
        identity=concerning(whole.identity or ()),
        boundary=None if whole.boundary is None else concerning(whole.boundary),
        scp=None if whole.scp is None else tuple(map(concerning, whole.scp)),
    )


def _may_speak(statement: Statement, policy: Policy, ask: Asked) -> bool:
    if _has_variables(statement):
        return True  # what a variable stands for, the context says
    return speaks(replace(statement, conditions=()), policy, ask) is not False


def _depends(whole: Layers) -> bool:
    """Tell whether what some statement says may depend on the context."""
    levels = (whole.identity or (), whole.boundary or (), *(whole.scp or ()))
    statements = (statement for level in levels for policy in level for statement in policy.statements)
    return any(one.conditions or _has_variables(one) for one in statements)


def _has_variables(statement: Statement) -> bool:
    words = (*(statement.resources or ()), *(statement.not_resources or ()))
    return any("${" in example(word.text) for word in words)


def decide(execution: Execution, request: Request, when: When) -> Decision:
    """Decide on the policies in force under these choices."""
    return evaluate(request, _bearing(layers_of(execution, when), request))


def _bearing(whole: Layers, request: Request) -> Layers:
    """The layers without what delegates where that says nothing of a request in the caller's own account."""
    elsewhere = request.resource_account != request.caller.account
    on_key, assuming = ":key/" in request.resource, request.action.startswith("sts:")
    return replace(
        whole,
        resource_policy=whole.resource_policy if on_key or elsewhere else None,
        trust=whole.trust if assuming else None,
    )


def layers_of(execution: Execution, when: When) -> Layers:
    """The identity policies, the boundary and the control policies that are in force under these choices.

    The resource is taken to be in the role's own account, and the policy of a key (statement 10) or the trust policy of
    a role (statement 9) to delegate to it, since resource policies are other facts. SCPs count where they are known.
    """
    return with_delegation(layers(execution, when), caller(execution).account or EXAMPLE_ACCOUNT)


def with_delegation(found: Layers, account: str) -> Layers:
    """Layers in which the policies of keys and the trust policies of roles leave it to the account (9, 10)."""
    return replace(
        found,
        resource_policy=delegating(account, "kms:*"),
        trust=delegating(account, "sts:*", PolicyKind.TRUST),
    )


def in_account(found: Layers, owner: str | None, account: str) -> Layers:
    """Layers for the resources of another account, which is taken to let the caller's account in (8)."""
    return found if owner is None else replace(found, resource_policy=delegating(account, "*"))


def layers(execution: Execution, when: When) -> Layers:
    """The layers of the role itself that are in force under these choices."""
    identity = tuple(
        attached.document
        for attached in execution.policies
        if attached.document is not None and implies(when, attached.when)
    )
    return Layers(identity=identity, boundary=boundary(execution, when), scp=execution.scp or None)


def is_allowed(execution: Execution, request: Request, when: When) -> bool:
    """Tell whether the policies certainly allow the request."""
    return decide(execution, request, when).result is Result.ALLOWED


@lru_cache(maxsize=64)
def delegating(account: str, actions: str, kind: PolicyKind = PolicyKind.RESOURCE) -> Policy:
    """A policy of a resource that leaves it to an account who may do these actions."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": actions}
    whole = statement if kind is PolicyKind.TRUST else statement | {"Resource": "*"}
    return parse(from_plain({"Version": "2012-10-17", "Statement": [whole]}), kind)


def witness(request: Request) -> Witness:
    """Show a request that was evaluated. What it is said not to carry goes without saying."""
    return Witness(
        principal=request.caller.arn or "anyone, without signing in",
        action=request.action,
        resource=request.resource,
        context={key: value for key, value in request.context.items() if value},
    )
