"""A request, the statements that decide it and the actions for which it is the same, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apiece.iam.compare import Comparison, Verdict
from apiece.iam.document import Policy, Statement
from apiece.iam.exposure import Exposure, Undecided
from apiece.iam.request import Request
from apiece.iam.strangers import Stratum
from apiece.present.safe import safe

_MOST_ACTIONS = 4
_MOST_STATEMENTS = 6
_WHO = {
    Stratum.ANYONE: "anyone, without signing in",
    Stratum.ANY_ACCOUNT: "any AWS account",
    Stratum.ANY_SOURCE: "an AWS service on behalf of anyone",
    Stratum.NAMED: "an outsider that it names",
}
Placed = Sequence[tuple[str, Statement]]
"""Statements, each with the name of what it stands in."""


def compared(found: Comparison, statements: Placed, old: str, new: str) -> str:
    """Write the answer to "does `new` allow what `old` does not" for people."""
    old, new = safe(old), safe(new)
    match found.verdict:
        case Verdict.NEW_ACCESS if found.witness is not None:
            head = f"new access: {new} allows what {old} does not"
            lines = [f"for example: {request(found.witness)}", *same_for(found.actions, found.witness.action)]
        case Verdict.NO_NEW_ACCESS:
            head = f"no new access: {old} allows everything that {new} allows"
            return "\n".join([head, *(f"  {line}" for line in single(found.taken_single))]) + "\n"
        case _:
            head, lines = f"unknown: {safe(found.reason)}", []
    return "\n".join([head, *(f"  {line}" for line in (*lines, *decided_by(statements)))]) + "\n"


def exposed(found: Sequence[Exposure | Undecided], policy: Policy, name: str) -> str:
    """Write whom a policy lets in from outside for people."""
    lines = []
    for one in found:
        if isinstance(one, Exposure):
            lines.append(f"public: {safe(name)} lets in {_WHO[one.stratum]}")
            told = [f"for example: {request(one.request)}", *same_for(one.actions, one.request.action)]
            told += decided_by([(name, policy.statements[one.statement])])
            lines += [f"  {line}" for line in told]
        else:
            lines.append(f"unknown for {_WHO[one.stratum]}: {safe(one.reason)}")
    return "\n".join(lines or [f"not public: {safe(name)} lets in nobody from outside"]) + "\n"


def proved(old: str, new: str, taken_single: Sequence[str], *, independent: bool) -> str:
    """Write what a certificate proves that the checker accepted."""
    lines = [f"proved: {safe(old)} allows everything that {safe(new)} allows"]
    lines += [f"  {line}" for line in single(taken_single)]
    if not independent:
        lines.append("  the kinds of callers are those that the solver tells apart")
    return "\n".join(lines) + "\n"


def single(keys: Sequence[str]) -> list[str]:
    """What a proof leaves out: requests in which a key has several values, though no condition asks for a set."""
    return [f"for requests in which {_listed(keys, _MOST_ACTIONS, 'more')} has at most one value"] if keys else []


def request(asked: Request) -> str:
    """A request as a sentence."""
    who = f"`{safe(asked.caller.arn)}`" if asked.caller.arn else "anyone, without signing in,"
    given = "".join(f", {safe(key)}={safe(_value(value))}" for key, value in sorted(asked.context.items()))
    return f"{who} may `{safe(asked.action)}` on `{safe(asked.resource)}`{given}"


def same_for(actions: Sequence[str], shown: str) -> list[str]:
    """The other actions of which the same is true."""
    others = [action for action in actions if action != shown]
    if not others:
        return []
    return [f"and the same with {_listed(others, _MOST_ACTIONS, 'more')}"]


def decided_by(statements: Placed) -> list[str]:
    """The statements with their places, each once."""
    told = list(dict.fromkeys(_statement(side, statement) for side, statement in statements))
    more = [f"and {len(told) - _MOST_STATEMENTS} more statements"] if len(told) > _MOST_STATEMENTS else []
    return told[:_MOST_STATEMENTS] + more


def _statement(side: str, statement: Statement) -> str:
    where = f" at {safe(str(statement.span))}" if statement.span is not None else f" of {safe(side)}"
    return f"by {statement.effect.value} `{safe(statement.name)}`{where}"


def _listed(names: Sequence[str], most: int, more: str) -> str:
    rest = len(names) - most
    return ", ".join(safe(name) for name in names[:most]) + (f" and {rest} {more}" if rest > 0 else "")


def _value(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else "[" + ", ".join(value) + "]"
