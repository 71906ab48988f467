"""Whether one set of policies allows anything that another does not, with the request that shows it or a proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apiece.iam.document import Policy
from apiece.iam.evaluate import Says, says
from apiece.iam.request import Request
from apiece.iam.scope import Scope, policy_of
from apiece.iam.solver.certificate import Certificate, certificate_of
from apiece.iam.solver.classes import WITH_PRINCIPALS, are_too_many, classes_of
from apiece.iam.solver.cubes import Cube
from apiece.iam.solver.question import Proved, Question, Unsettled, Witnessed, ask
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.spending import BUDGET, Budget
from apiece.iam.solver.witness import ANY_SIGNED, Class


class Verdict(StrEnum):
    NO_NEW_ACCESS = "no-new-access"
    NEW_ACCESS = "new-access"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Comparison:
    """The answer to `compare`.

    `witness` is a request that the new policies allow and the old do not; `actions` are those with which it would be
    one too. `reason` says why nothing is known; `statements` are the ones concerned, as "new/policy/statement".
    """

    verdict: Verdict
    witness: Request | None = None
    actions: tuple[str, ...] = ()
    reason: str = ""
    statements: tuple[str, ...] = ()
    proved: Proved | None = None
    taken_single: tuple[str, ...] = ()
    """Multivalued keys of which only requests with one value were looked at, since a condition has no set operator."""

    def certificate(self) -> Certificate | None:
        """The proof of "no new access" for `apiece.iam.checker`, None for other answers."""
        return certificate_of(self.proved) if self.proved is not None else None


def compare(
    old: Sequence[Policy], new: Sequence[Policy], *, future: bool = False, budget: Budget = BUDGET
) -> Comparison:
    """Tell whether `new` allows a request that `old` does not, as policies by themselves (docs/adr/0014).

    With `future` the world also has, for each action wildcard, an action that AWS might add. Raises `Disagreement`
    where solver and reference evaluator differ, which is a bug.
    """
    before, after = tuple(old), tuple(new)

    def confirm(request: Request) -> bool | None:
        allowed, had = says(after, request).says, says(before, request).says
        if Says.UNKNOWN in (allowed, had):
            return None
        return allowed is Says.ALLOW and had is not Says.ALLOW

    if are_too_many(before + after):
        return Comparison(Verdict.UNKNOWN, reason="the policies tell more callers apart than are looked at")
    layers = {"old": before, "new": after, **({"future": (_future(before + after),)} if future else {})}
    answer = ask(Question(layers, _cubes, confirm, _classes(before + after), budget))
    match answer:
        case Witnessed():
            return Comparison(Verdict.NEW_ACCESS, answer.request, answer.actions, statements=answer.assumed)
        case Proved():
            return Comparison(Verdict.NO_NEW_ACCESS, proved=answer, taken_single=answer.taken_single)
        case Unsettled():
            return Comparison(Verdict.UNKNOWN, reason=answer.reason, statements=answer.statements)


def _classes(policies: tuple[Policy, ...]) -> tuple[Class, ...]:
    return classes_of(policies) if any(one.kind in WITH_PRINCIPALS for one in policies) else (ANY_SIGNED,)


def _future(policies: tuple[Policy, ...]) -> Policy:
    """A policy that no cube is about: it names an action for each wildcard, so that the world has it (statement 36)."""
    wildcards = {
        word.text
        for policy in policies
        for statement in policy.statements
        for word in (*(statement.actions or ()), *(statement.not_actions or ()))
        if isinstance(word.text, str) and set(word.text) & {"*", "?"}
    }
    names = (text.replace("*", "NotYetKnown").replace("?", "X") for text in sorted(wildcards))
    return policy_of(Scope(tuple(name if ":" in name else "service:NotYetKnown" for name in names)))


def _cubes(rules: Rules) -> list[Cube]:
    allows, denies = rules.of("new", allows=True), rules.of("new", allows=False)
    before = rules.of("old", allows=True)
    cubes = [Cube((allows,), (*denies, *before))]
    cubes += [Cube((allows, (denial,)), denies) for denial in rules.of("old", allows=False)]
    return cubes
