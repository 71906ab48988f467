"""`apiece iam evaluate`: one JSON case in, one JSON answer out.

A case names a request and the layers that apply; a key that is absent means that the layer does not apply, an empty
list that it applies and allows nothing. `scp` and `rcp` are lists of levels, root first; an empty `scp` is refused. A
case that cannot be read is answered with `"decision": "unknown"` and an `"error"`; the others are still answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apiece.api.cases import (
    answer_case,
    compact,
    each,
    each_line,
    is_null,
    mapping,
    optional,
    policy_of,
    request_of,
    text,
)
from apiece.errors import UsageError
from apiece.iam.document import Policy, PolicyKind, Statement
from apiece.iam.evaluate import Decision, Grant, Layers, UrlRegime, evaluate
from apiece.tree import Mapping, Node, Sequence


def answer_lines(lines: Iterable[str]) -> Iterator[str]:
    """Answer one case a line, in order; empty lines are passed over."""
    return map(compact, each_line(lines, lambda line, place: answer(line, place=place)))


def answer(case: str, *, place: str = "case") -> dict[str, object]:
    """Answer one case given as JSON text."""
    return answer_case(case, place, _decided, {"decision": "unknown", "layers": {}})


def _decided(case: Mapping) -> dict[str, object]:
    return spelled(evaluate(request_of(case.get("request")), _layers(case)))


def spelled(decision: Decision) -> dict[str, object]:
    """A decision as plain data."""
    layers = {
        layer.layer: {"result": layer.says.value, "statements": [_name(*place) for place in layer.statements]}
        for layer in decision.layers
    }
    return {"decision": decision.result.value, "layers": layers, "reason": decision.reason}


def _name(index: int, statement: Statement) -> str:
    return f"{index}/{statement.name}"


def _layers(case: Mapping) -> Layers:
    scp = case.get("scp")
    if isinstance(scp, Sequence) and not scp.items:
        message = "`scp` needs at least one level"
        raise UsageError(message, span=scp.span)
    regime = optional(case.get("url_regime"), "`url_regime`")
    if regime is not None and regime not in UrlRegime._value2member_map_:
        message = "`url_regime` is `before-2025-10` or `after`"
        raise UsageError(message, span=case.span)
    identity = PolicyKind.IDENTITY
    return Layers(
        identity=each(case, "identity", lambda node: policy_of(node, identity)),
        boundary=each(case, "boundary", lambda node: policy_of(node, identity)),
        session=each(case, "session", lambda node: policy_of(node, identity)),
        resource_policy=_single(case, "resource_policy", PolicyKind.RESOURCE),
        scp=each(case, "scp", lambda node: _level(node, PolicyKind.SCP)),
        rcp=each(case, "rcp", lambda node: _level(node, PolicyKind.RCP)),
        endpoint=each(case, "endpoint", lambda node: policy_of(node, PolicyKind.ENDPOINT)),
        trust=_single(case, "trust", PolicyKind.TRUST),
        kms_grants=each(case, "kms_grants", _grant) or (),
        url_regime=UrlRegime(regime) if regime is not None else None,
    )


def _level(node: Node, kind: PolicyKind) -> tuple[Policy, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(policy_of(item, kind) for item in items)


def _single(case: Mapping, key: str, kind: PolicyKind) -> Policy | None:
    node = case.get(key)
    return None if node is None or is_null(node) else policy_of(node, kind)


def _grant(node: Node) -> Grant:
    body = mapping(node, "a grant")
    grantee = optional(body.get("grantee"), "`grantee`") or text(body.get("principal"), "`grantee`")
    operations = body.get("operations")
    items = operations.items if isinstance(operations, Sequence) else ()
    return Grant(grantee, tuple(text(item, "`operations`") for item in items))
