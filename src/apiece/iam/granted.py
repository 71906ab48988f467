"""Whether a caller can do any of some actions on any of some resources, with every layer counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from apiece.iam.evaluate import Layers, Result, evaluate
from apiece.iam.request import Caller, Request
from apiece.iam.scope import EVERYTHING, Scope, policy_of
from apiece.iam.solver.certificate import Certificate, certificate_of
from apiece.iam.solver.cubes import Cube
from apiece.iam.solver.function_url import as_written
from apiece.iam.solver.layers import Standing, allowed, cubes_within
from apiece.iam.solver.question import Answer, Proved, Question, Unsettled, Witnessed, ask, ask_each
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.spending import BUDGET
from apiece.iam.solver.witness import Class

_SCOPE = "scope"

__all__ = ["EVERYTHING", "Grant", "Granted", "Scope", "granted", "granted_each", "is_allowed"]


class Granted(StrEnum):
    YES = "granted"
    NO = "not-granted"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Grant:
    """The answer of `granted`.

    `witness` is an allowed request, `actions` those with which it would be one too, `statements` the Allow statements
    that make it so ("layer/policy/statement"). `reason` says why nothing is known.
    """

    result: Granted
    witness: Request | None = None
    actions: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    reason: str = ""
    proved: Proved | None = None

    def certificate(self) -> Certificate | None:
        """The proof of "not granted", None for other answers."""
        return certificate_of(self.proved) if self.proved is not None else None


def granted(
    caller: Caller, layers: Layers, scope: Scope = EVERYTHING, *, owner: str | None = None, budget: int = BUDGET
) -> Grant:
    """Tell whether some request of a caller within a scope is allowed.

    `owner` is the account of the resources; the caller's own where it is not given. Raises `Disagreement` where solver
    and reference evaluator differ, which is a bug.
    """
    return _grant(ask(_question(caller, layers, scope, owner, budget)))


def granted_each(
    caller: Caller, layers: Layers, scope: Scope = EVERYTHING, *, owner: str | None = None, budget: int = BUDGET
) -> Iterator[Grant]:
    """Walk everything that a caller may do within a scope, each class of actions once; what is in doubt comes last.

    Actions of none of the grants are not granted. Raises `Disagreement`, which is a bug.
    """
    return map(_grant, ask_each(_question(caller, layers, scope, owner, budget)))


def _question(caller: Caller, layers: Layers, scope: Scope, owner: str | None, budget: int) -> Question:
    standing = Standing(caller, layers, owner or caller.account)

    def cubes(rules: Rules) -> Sequence[Cube]:
        made = cubes_within(allowed(standing, rules), (rules.of(_SCOPE, allows=True),))
        outside = rules.of(_SCOPE, allows=False)
        return [replace(cube, forbidden=(*cube.forbidden, *outside)) for cube in made] if outside else made

    def confirm(request: Request) -> bool | None:
        return is_allowed(request, layers)

    return Question(
        {**standing.policies(), _SCOPE: (policy_of(scope),)},
        cubes,
        confirm,
        (Class(standing.callers(), caller),),
        budget,
        owner=standing.owner,
    )


def _grant(answer: Answer) -> Grant:
    match answer:
        case Witnessed() as found:
            statements = tuple(ref for ref in found.assumed if not ref.startswith(_SCOPE))
            return Grant(Granted.YES, found.request, found.actions, as_written(statements))
        case Proved() as proved:
            return Grant(Granted.NO, proved=proved)
        case Unsettled() as open_:
            return Grant(Granted.UNKNOWN, None, open_.actions, as_written(open_.statements), open_.reason)


def is_allowed(request: Request, layers: Layers) -> bool | None:
    """What the reference evaluator says, None where it does not know."""
    result = evaluate(request, layers).result
    return None if result is Result.UNKNOWN else result is Result.ALLOWED
