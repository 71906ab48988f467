"""`apiece iam compare`: does a new set of policies allow anything that the old does not? From JSON to JSON.

A case holds `old` and `new`, each a policy or a list of policies, and their `kind`. A case that cannot be read is
answered with `"verdict": "unknown"` and an `"error"`; the others are still answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from apiece.api.cases import Limit, answer_case, compact, each_line, kind_of, policies_of, spelled_request
from apiece.iam.compare import Comparison, Verdict, compare
from apiece.iam.document import Policy, PolicyKind, Statement
from apiece.json_tree import read_json
from apiece.tree import Mapping as Tree
from apiece.tree import Node, Sequence

KINDS = (PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.SCP)
MOST_ACTIONS = 100
"""So many names of actions stand in an answer; `action_count` says how many there are."""
_LIMIT = Limit(statements=4_000, words=100_000)
_CODES = {Verdict.NO_NEW_ACCESS: 0, Verdict.NEW_ACCESS: 1, Verdict.UNKNOWN: 3}
_UNKNOWN: dict[str, object] = {"verdict": "unknown", "witness": None, "certificate": None}
Sides = Mapping[str, tuple[Policy, ...]]


@dataclass(frozen=True)
class Compared:
    """Two sets of policies, `old` and `new`, and the answer."""

    sides: Sides
    comparison: Comparison

    @property
    def statements(self) -> tuple[tuple[str, Statement], ...]:
        """The statements that the answer is about, each with the side that it stands on."""
        return tuple(_statement(ref, self.sides) for ref in self.comparison.statements)


def answer_lines(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Answer one case a line, in order, each with its exit code; empty lines are passed over."""
    for one in each_line(lines, lambda line, place: answer(line, place=place)):
        yield compact(one), code_of(one)


def answer(case: str, *, place: str = "case") -> dict[str, object]:
    """Answer one case given as JSON text."""
    return answer_case(case, place, _compared, _UNKNOWN)


def code_of(found: Mapping[str, object]) -> int:
    """The exit code of an answer: 0 no new access, 1 new access, 3 unknown, 2 not readable."""
    return 2 if "error" in found else _CODES[Verdict(str(found["verdict"]))]


def compare_texts(old: tuple[str, str], new: tuple[str, str], kind: PolicyKind | None = None) -> Compared:
    """Compare what two files hold, each given as name and text.

    Where the kind is not given, policies that name principals are those of resources, or trust policies if they name no
    resource. Raises `MalformedSource` and `MalformedPolicy` with the place.
    """
    sides = read_sides(old, new, kind)
    return Compared(sides, _comparison(sides["old"], sides["new"]))


def read_sides(old: tuple[str, str], new: tuple[str, str], kind: PolicyKind | None = None) -> Sides:
    """Read the policies of two files, as `compare_texts` does."""
    nodes = {side: read_json(text, name) for side, (name, text) in (("old", old), ("new", new))}
    of = kind or _kind_seen(nodes.values())
    return {side: policies_of(node, of, f"`{side}`") for side, node in nodes.items()}


def spelled(comparison: Comparison) -> dict[str, object]:
    """A comparison as plain data."""
    witness = comparison.witness
    return {
        "verdict": comparison.verdict.value,
        "witness": spelled_request(witness) if witness is not None else None,
        "certificate": comparison.certificate(),
        "reason": comparison.reason,
        "statements": list(comparison.statements),
        "actions": list(comparison.actions[:MOST_ACTIONS]),
        "action_count": len(comparison.actions),
        "taken_single": list(comparison.taken_single),
    }


def _compared(case: Tree) -> dict[str, object]:
    kind = kind_of(case.get("kind"), KINDS)
    old, new = (policies_of(case.get(side), kind, f"`{side}`") for side in ("old", "new"))
    return spelled(_comparison(old, new))


def _comparison(old: tuple[Policy, ...], new: tuple[Policy, ...]) -> Comparison:
    reason = _LIMIT.exceeded(old) or _LIMIT.exceeded(new)
    return Comparison(Verdict.UNKNOWN, reason=reason) if reason else compare(old, new)


def _kind_seen(nodes: Iterable[Node]) -> PolicyKind:
    statements = [
        statement for node in nodes for policy in _items(node) for statement in _items(_of(policy, "Statement"))
    ]
    if not any(_of(one, "Principal") or _of(one, "NotPrincipal") for one in statements):
        return PolicyKind.IDENTITY
    on_resources = any(_of(one, "Resource") or _of(one, "NotResource") for one in statements)
    return PolicyKind.RESOURCE if on_resources else PolicyKind.TRUST


def _items(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def _of(node: Node, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Tree) else None


def _statement(ref: str, sides: Sides) -> tuple[str, Statement]:
    side, policy, statement = ref.split("/")
    return side, sides[side][int(policy)].statements[int(statement)]
