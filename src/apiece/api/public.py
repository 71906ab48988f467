"""`apiece iam public`: whom a resource's policy lets in from outside of its account. From JSON to JSON.

A case holds `policy` and its `kind` (resource or trust), and may hold `owner` (the account of the resource), `known`
(accounts that are no strangers), `rcp` (levels, root first) and `unsigned` (false where the service answers signed
requests only). A case that cannot be read is answered with `"verdict": "unknown"` and an `"error"`; the others are
still answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from apiece.api.cases import (
    Limit,
    answer_case,
    compact,
    each,
    each_line,
    is_null,
    kind_of,
    optional,
    policies_of,
    policy_of,
    spelled_request,
    text,
)
from apiece.api.compare import MOST_ACTIONS
from apiece.errors import UsageError
from apiece.iam.document import Policy, PolicyKind
from apiece.iam.exposure import Exposure, Ground, public
from apiece.iam.exposure import Undecided as Open
from apiece.iam.strangers import Stratum
from apiece.json_tree import read_json
from apiece.tree import Mapping as Tree
from apiece.tree import Node, Scalar, Sequence

_LIMIT = Limit(statements=400, words=4_000)
KINDS = (PolicyKind.RESOURCE, PolicyKind.TRUST)
_UNKNOWN: dict[str, object] = {"verdict": "unknown", "findings": [], "undecided": []}
_CODES = {"not-public": 0, "public": 1, "unknown": 3}
Ways = tuple[Exposure | Open, ...]


def answer_lines(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Answer one case a line, in order, each with its exit code; empty lines are passed over."""
    for one in each_line(lines, lambda line, place: answer(line, place=place)):
        yield compact(one), code_of(one)


def answer(case: str, *, place: str = "case") -> dict[str, object]:
    """Answer one case given as JSON text."""
    return answer_case(case, place, _asked, _UNKNOWN)


def code_of(found: Mapping[str, object]) -> int:
    """The exit code of an answer: 0 not public, 1 public, 3 unknown, 2 not readable."""
    return 2 if "error" in found else _CODES[str(found["verdict"])]


def public_text(body: str, name: str, ground: Ground) -> tuple[Policy, Ways]:
    """Ask about the policy that a file holds. Raises `MalformedSource` and `MalformedPolicy` with the place."""
    node = read_json(body, name)
    policy = _policy(node, PolicyKind.RESOURCE if _names_resources(node) else PolicyKind.TRUST)
    return policy, _public(policy, ground)


def spelled(ways: Ways) -> dict[str, object]:
    """What was found as plain data."""
    findings = [_finding(one) for one in ways if isinstance(one, Exposure)]
    undecided = [{"who": one.stratum.value, "reason": one.reason} for one in ways if isinstance(one, Open)]
    return {
        "verdict": "public" if findings else "unknown" if undecided else "not-public",
        "findings": findings,
        "undecided": undecided,
        "reason": undecided[0]["reason"] if undecided else "",
    }


def _asked(case: Tree) -> dict[str, object]:
    policy = _policy(case.get("policy"), kind_of(case.get("kind"), KINDS))
    unsigned = case.get("unsigned")
    ground = Ground(
        owner=optional(case.get("owner"), "`owner`"),
        rcp=each(case, "rcp", _level),
        unsigned=not (isinstance(unsigned, Scalar) and unsigned.value is False),
        known=each(case, "known", lambda node: text(node, "an account")) or (),
    )
    return spelled(_public(policy, ground))


def _public(policy: Policy, ground: Ground) -> Ways:
    """Roles are only assumed by who signs."""
    if reason := _LIMIT.exceeded([policy, *(one for level in ground.rcp or () for one in level)]):
        return (Open(Stratum.ANYONE, reason),)
    return public(policy, replace(ground, unsigned=ground.unsigned and policy.kind is not PolicyKind.TRUST))


def _policy(node: Node | None, kind: PolicyKind) -> Policy:
    if node is None or is_null(node) or isinstance(node, Sequence):
        raise UsageError("`policy` must be a policy", span=node.span if node is not None else None)
    (policy,) = policies_of(node, kind, "`policy`")
    return policy


def _level(node: Node) -> tuple[Policy, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(policy_of(item, PolicyKind.RCP) for item in items)


def _names_resources(node: Node) -> bool:
    statements = node.get("Statement") if isinstance(node, Tree) else None
    items = statements.items if isinstance(statements, Sequence) else (statements,)
    return any(isinstance(one, Tree) and (one.key("Resource") or one.key("NotResource")) for one in items)


def _finding(one: Exposure) -> dict[str, object]:
    return {
        "who": one.stratum.value,
        "witness": spelled_request(one.request),
        "statement": one.statement,
        "actions": list(one.actions[:MOST_ACTIONS]),
        "action_count": len(one.actions),
    }
