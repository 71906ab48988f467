"""Whether a caller can do any of some actions on any of some resources, with every layer counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apiece.iam.evaluate import Layers, Result, evaluate
from apiece.iam.request import Caller, Request
from apiece.iam.scope import EVERYTHING, Scope, policy_of
from apiece.iam.solver.certificate import Certificate, certificate_of
from apiece.iam.solver.cubes import Cube
from apiece.iam.solver.layers import Standing, allowed, cubes_within
from apiece.iam.solver.question import Proved, Question, Unsettled, Witnessed, ask
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.spending import BUDGET
from apiece.iam.solver.witness import Class

_SCOPE = "scope"

__all__ = ["EVERYTHING", "Grant", "Granted", "Scope", "granted", "is_allowed"]


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
    standing = Standing(caller, layers, owner or caller.account)

    def cubes(rules: Rules) -> Sequence[Cube]:
        return cubes_within(allowed(standing, rules), (rules.of(_SCOPE, allows=True),))

    def confirm(request: Request) -> bool | None:
        return is_allowed(request, layers)

    asked = Question(
        {**standing.policies(), _SCOPE: (policy_of(scope),)},
        cubes,
        confirm,
        (Class(standing.callers(), caller),),
        budget,
        owner=standing.owner,
    )
    match ask(asked):
        case Witnessed() as found:
            statements = tuple(ref for ref in found.assumed if not ref.startswith(_SCOPE))
            return Grant(Granted.YES, found.request, found.actions, statements)
        case Proved() as proved:
            return Grant(Granted.NO, proved=proved)
        case Unsettled() as open_:
            return Grant(Granted.UNKNOWN, reason=open_.reason, statements=open_.statements)


def is_allowed(request: Request, layers: Layers) -> bool | None:
    """What the reference evaluator says, None where it does not know."""
    result = evaluate(request, layers).result
    return None if result is Result.UNKNOWN else result is Result.ALLOWED
