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
from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, parse
from apiece.iam.evaluate import Decision, Layers, Result, evaluate
from apiece.iam.request import Caller, CallerType, Request
from apiece.records.verdict import Witness
from apiece.span import Span
from apiece.text import example, is_open
from apiece.tree import from_plain

EXAMPLE_ACCOUNT = "111122223333"
_GENERATED = re.compile(r"RolePolicy\d+$")
_SET_OPERATORS = ("forallvalues:", "foranyvalue:")
_NEGATIVE = ("stringnot", "arnnot", "numericnot", "datenot", "notipaddress")


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


def request_of(execution: Execution, action: str, resource: str, statement: Statement | None = None) -> Request:
    """A request of the role, in a context that gets past conditional denials and satisfies the statement's conditions.

    That is tried where it is simple; whether it worked, only evaluation says.
    """
    who = caller(execution)
    context = _past_denials(execution)
    if statement is not None:
        context |= satisfying(statement.conditions)
    return Request(who, action, resource, who.account, context)


def decide(execution: Execution, request: Request, when: When) -> Decision:
    """Decide on the policies in force under these choices; what delegates is left out where it says nothing."""
    whole = layers_of(execution, when)
    on_key, assuming = ":key/" in request.resource, request.action.startswith("sts:")
    return evaluate(
        request,
        replace(
            whole,
            resource_policy=whole.resource_policy if on_key else None,
            trust=whole.trust if assuming else None,
        ),
    )


def layers_of(execution: Execution, when: When) -> Layers:
    """The identity policies, the boundary and the control policies that are in force under these choices.

    The resource is taken to be in the role's own account, and the policy of a key (statement 10) or the trust policy of
    a role (statement 9) to delegate to it, since resource policies are other facts. SCPs count where they are known.
    """
    account = caller(execution).account or EXAMPLE_ACCOUNT
    return replace(
        layers(execution, when),
        resource_policy=delegating(account, "kms:*"),
        trust=delegating(account, "sts:*", PolicyKind.TRUST),
    )


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


def satisfying(conditions: tuple[Condition, ...]) -> dict[str, str | tuple[str, ...]]:
    """Context keys with which positive conditions hold; negated ones hold while their key is absent."""
    context: dict[str, str | tuple[str, ...]] = {}
    for condition in conditions:
        name = condition.operator.lower()
        several = name.startswith("foranyvalue:")
        if name.startswith("forallvalues:"):
            continue
        for prefix in _SET_OPERATORS:
            name = name.removeprefix(prefix)
        name = name.removesuffix("ifexists")
        if name.startswith(_NEGATIVE) or not condition.values:
            continue
        value = _chosen(name, example(condition.values[0].text) if not is_open(condition.values[0].text) else "example")
        if value is not None:
            context[condition.key] = (value,) if several else value
    return context


def _past_denials(execution: Execution) -> dict[str, str | tuple[str, ...]]:
    """Context keys with which conditions of Deny statements do not hold: what "deny unless" asks for."""
    return past(
        condition
        for attached in (*execution.policies, *execution.boundary)
        for statement in (attached.document.statements if attached.document is not None else ())
        for condition in (statement.conditions if statement.effect is Effect.DENY else ())
    )


def past(conditions: Iterable[Condition]) -> dict[str, str | tuple[str, ...]]:
    """Context keys with which conditions do not hold, tried where it is simple."""
    found = ((condition.key, _against(condition)) for condition in conditions)
    return {key: value for key, value in found if value is not None}


def _against(condition: Condition) -> str | None:
    """A value of the key with which a condition does not hold, None where its absence does it."""
    name = condition.operator.lower().removesuffix("ifexists")
    first = condition.values[0].text if condition.values else None
    if first is None or is_open(first) or name.startswith(_SET_OPERATORS):
        return None
    value = example(first)
    match name:
        case "bool":
            return "false" if value.lower() == "true" else "true"
        case "null":
            return "example" if value.lower() == "true" else None
        case "notipaddress":
            return value.partition("/")[0]
        case _ if name.startswith(_NEGATIVE):
            return value.replace("*", "example").replace("?", "x")
        case _:
            return None


def _chosen(operator: str, value: str) -> str | None:
    match operator:
        case "null":
            return None if value.lower() == "true" else "example"
        case "ipaddress":
            return value.partition("/")[0]
        case "stringlike" | "arnlike" | "arnequals":
            return value.replace("*", "example").replace("?", "x")
        case "numericlessthan" | "datelessthan" | "numericgreaterthan" | "dategreaterthan":
            return _beside(operator, value)
        case _:
            return value


def _beside(operator: str, value: str) -> str:
    if operator.startswith("date"):
        return "2000-01-01T00:00:00Z" if "less" in operator else "2099-01-01T00:00:00Z"
    try:
        number = int(value)
    except ValueError:
        return value
    return str(number - 1 if "less" in operator else number + 1)


def witness(request: Request) -> Witness:
    """Show a request that was evaluated."""
    return Witness(
        principal=request.caller.arn or "anyone, without signing in",
        action=request.action,
        resource=request.resource,
        context=dict(request.context),
    )
