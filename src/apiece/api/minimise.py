"""`apiece iam minimise`: smaller policies that allow and deny the same, proved. From JSON to JSON.

A case holds `policies`, a policy or a list of policies, and their `kind`. A case that cannot be read is answered with
`"verdict": "unknown"` and an `"error"`; the others are still answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from apiece.api.cases import Limit, answer_case, compact, each_line, kind_of, policies_of
from apiece.api.compare import KINDS
from apiece.iam.document import Policy, PolicyKind
from apiece.iam.minimise import Equivalence, Minimised, minimise
from apiece.iam.writing import Plain, to_plain
from apiece.json_tree import read_json
from apiece.tree import Mapping as Tree

_LIMIT = Limit(statements=200, words=2_000)


def answer_lines(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Answer one case a line, in order, each with its exit code; empty lines are passed over."""
    for one in each_line(lines, lambda line, place: answer(line, place=place)):
        yield compact(one), code_of(one)


def answer(case: str, *, place: str = "case") -> dict[str, object]:
    """Answer one case given as JSON text."""
    return answer_case(case, place, _minimised, Smaller("unknown", (), (), (0, 0), None, "").spelled())


def code_of(found: Mapping[str, object]) -> int:
    """The exit code of an answer: 0, 3 unknown, 2 not readable."""
    return 2 if "error" in found else 3 if found["verdict"] == "unknown" else 0


@dataclass(frozen=True)
class Smaller:
    """What came of it: the policies as plain data, what was done, and the proofs."""

    verdict: str
    policies: tuple[Plain, ...]
    steps: tuple[str, ...]
    counts: tuple[int, int]
    """Statements before and after."""
    certificates: dict[str, object] | None
    reason: str
    taken_single: tuple[str, ...] = ()
    """Multivalued keys that the proofs take to have at most one value."""

    def spelled(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "verdict": self.verdict,
            "policies": list(self.policies),
            "steps": list(self.steps),
            "statements": {"before": self.counts[0], "after": self.counts[1]},
            "certificates": self.certificates,
            "reason": self.reason,
            "taken_single": list(self.taken_single),
        }


def minimise_text(text: str, name: str, kind: PolicyKind = PolicyKind.IDENTITY) -> Smaller:
    """Minimise what a file holds. Raises `MalformedSource` and `MalformedPolicy` with the place."""
    return _smaller(policies_of(read_json(text, name), kind, "a file"))


def _minimised(case: Tree) -> dict[str, object]:
    kind = kind_of(case.get("kind"), KINDS)
    return _smaller(policies_of(case.get("policies"), kind, "`policies`")).spelled()


def _smaller(policies: tuple[Policy, ...]) -> Smaller:
    before = _count(policies)
    if reason := _LIMIT.exceeded(policies):
        return Smaller("unknown", tuple(map(to_plain, policies)), (), (before, before), None, reason)
    found = minimise(policies)
    proved = found.proof.holds is True and found.denials.holds is True
    return Smaller(
        verdict=("smaller" if found.steps else "unchanged") if proved else "unknown",
        policies=tuple(map(to_plain, found.policies)),
        steps=found.steps,
        counts=(before, _count(found.policies)),
        certificates=_certificates(found) if proved else None,
        reason="" if proved else found.proof.more.reason or found.proof.less.reason,
        taken_single=_taken_single(found) if proved else (),
    )


def _taken_single(found: Minimised) -> tuple[str, ...]:
    proofs = (found.proof.more, found.proof.less, found.denials.more, found.denials.less)
    return tuple(sorted({key for proof in proofs for key in proof.taken_single}))


def _certificates(found: Minimised) -> dict[str, object]:
    return {"allowed": _both(found.proof), "denied": _both(found.denials)}


def _both(proof: Equivalence) -> dict[str, object]:
    return {"no_more": proof.more.certificate(), "no_less": proof.less.certificate()}


def _count(policies: tuple[Policy, ...]) -> int:
    return sum(len(policy.statements) for policy in policies)
