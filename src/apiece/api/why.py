"""Why a function may or may not do something: one request decided with the function's own policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from apiece.access.called import instead, refuse_several
from apiece.access.effective import effective
from apiece.access.execution import Execution, executions
from apiece.access.index import index_of
from apiece.access.rights import caller, decide
from apiece.errors import UsageError
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.iam.evaluate import Decision, Result
from apiece.iam.request import Request
from apiece.records.access import Allowance
from apiece.text import example


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision for one form of a function, with what is missing for it."""

    execution: Execution
    request: Request
    decision: Decision
    gaps: tuple[Gap, ...]


def why(
    estate: Estate, function: str, action: str, resource: str, *, context: Mapping[str, str]
) -> tuple[Explanation, ...]:
    """Decide a request for every form of a function that conditions allow.

    `function` is a logical id, a name or an ARN. Raises `UsageError` if it names none, or several.
    """
    if ":" not in action:
        message = f"`{action[:60]}` is not an action; write `service:Name`"
        raise UsageError(message)
    found = _named(estate, function)
    return tuple(_explained(estate, execution, action, resource, context) for execution in found)


def everything(estate: Estate, function: str) -> tuple[Allowance, ...]:
    """List what a function may do, in every form that conditions allow. Raises `UsageError` as `why` does."""
    return tuple(effective(execution, _gaps(estate, execution)) for execution in _named(estate, function))


def _named(estate: Estate, function: str) -> list[Execution]:
    """The forms of the one thing that is called so."""
    every = list(executions(index_of(estate)))
    found = [execution for execution in every if _is_named(execution, function)]
    refuse_several(function, (execution.subject.key for execution in found))
    if not found:
        names = sorted({execution.subject.name for execution in every})
        message = f"no function is called `{function[:80]}`"
        raise UsageError(message, hint=instead(function, names, "functions"))
    return found


def _is_named(execution: Execution, name: str) -> bool:
    function = execution.function
    names = {execution.subject.logical_id, execution.subject.arn}
    if function is not None:
        names |= {example(function.name), example(function.arn)}
    return name in names


def _explained(
    estate: Estate, execution: Execution, action: str, resource: str, context: Mapping[str, str]
) -> Explanation:
    who = caller(execution)
    request = Request(who, action, resource, who.account, dict(context))
    gaps = _gaps(estate, execution)
    decision = decide(execution, request, execution.when)
    if gaps and decision.result is not Result.EXPLICITLY_DENIED:
        decision = replace(decision, result=Result.UNKNOWN, reason=f"not all policies could be read: {gaps[0].reason}")
    return Explanation(execution, request, decision, gaps)


def _gaps(estate: Estate, execution: Execution) -> tuple[Gap, ...]:
    keys = {subject.key for subject in execution.subjects}
    return tuple(
        gap
        for gap in estate.gaps
        if gap.subject.key in keys and gap.needs in {"function.role", "role.policies", "role.boundary"}
    )
