"""`apiece iam evaluate`: one JSON case in, one JSON answer out.

A case names a request and the layers that apply; a key that is absent means that the layer does not apply, an empty
list that it applies and allows nothing. `scp` and `rcp` are lists of levels, root first; an empty `scp` is refused. A
case that cannot be read is answered with `"decision": "unknown"` and an `"error"`; the others are still answered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from apiece.errors import ApieceError, UsageError
from apiece.iam.document import Grammar, Policy, PolicyKind, Statement, parse
from apiece.iam.evaluate import Decision, Grant, Layers, UrlRegime, evaluate
from apiece.iam.request import Caller, CallerType, Request, caller_named
from apiece.json_tree import read_json
from apiece.tree import Mapping, Node, Scalar, Sequence, to_plain

T = TypeVar("T")


def answer_lines(lines: Iterable[str]) -> Iterator[str]:
    """Answer one case a line, in order; empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield json.dumps(answer(line, place=f"line {number}"), separators=(",", ":"), sort_keys=True)


def answer(text: str, *, place: str = "case") -> dict[str, object]:
    """Answer one case given as JSON text."""
    identifier: object = None
    try:
        case = _mapping(read_json(text, place), "a case")
        identifier = to_plain(case.get("id") or Scalar(None))
        decision = evaluate(_request(case), _layers(case))
    except ApieceError as error:
        told = str(error) if error.span is not None else f"{place}: {error.message}"
        return {"id": identifier, "decision": "unknown", "layers": {}, "reason": told, "error": told}
    return {"id": identifier, **spelled(decision)}


def spelled(decision: Decision) -> dict[str, object]:
    """A decision as plain data."""
    layers = {
        layer.layer: {"result": layer.says.value, "statements": [_name(*place) for place in layer.statements]}
        for layer in decision.layers
    }
    return {"decision": decision.result.value, "layers": layers, "reason": decision.reason}


def _name(index: int, statement: Statement) -> str:
    return f"{index}/{statement.name}"


def _request(case: Mapping) -> Request:
    body = _mapping(case.get("request"), "`request`")
    context = body.get("context")
    return Request(
        caller=_caller(body.get("principal")),
        action=_text(body.get("action"), "`action`"),
        resource=_text(body.get("resource"), "`resource`"),
        resource_account=_optional(body.get("resource_account"), "`resource_account`"),
        context={str(key.value): _values(value) for key, value in _mapping(context, "`context`").entries}
        if context
        else {},
    )


def _caller(node: Node | None) -> Caller:
    if isinstance(node, Scalar) and not _is_null(node):
        return caller_named(_text(node, "`principal`"))
    body = _mapping(node, "`principal`")
    arn = _optional(body.get("arn"), "`arn`")
    base = caller_named(arn) if arn is not None else Caller(CallerType.ANONYMOUS, None)
    kind = _optional(body.get("type"), "`type`")
    if kind is not None and kind.lower() not in CallerType._value2member_map_:
        message = f"`{kind[:40]}` is not a type of principal"
        raise UsageError(message, span=body.span)
    return Caller(
        type=CallerType(kind.lower()) if kind is not None else base.type,
        arn=base.arn,
        account=_optional(body.get("account"), "`account`") or base.account,
        org=_optional(body.get("org"), "`org`"),
        management_account=_flag(body.get("management_account")),
        service_linked=_flag(body.get("service_linked")),
    )


def _layers(case: Mapping) -> Layers:
    scp = case.get("scp")
    if isinstance(scp, Sequence) and not scp.items:
        message = "`scp` needs at least one level"
        raise UsageError(message, span=scp.span)
    regime = _optional(case.get("url_regime"), "`url_regime`")
    if regime is not None and regime not in UrlRegime._value2member_map_:
        message = "`url_regime` is `before-2025-10` or `after`"
        raise UsageError(message, span=case.span)
    identity = PolicyKind.IDENTITY
    return Layers(
        identity=_each(case, "identity", lambda node: _policy(node, identity)),
        boundary=_each(case, "boundary", lambda node: _policy(node, identity)),
        session=_each(case, "session", lambda node: _policy(node, identity)),
        resource_policy=_single(case, "resource_policy", PolicyKind.RESOURCE),
        scp=_each(case, "scp", lambda node: _level(node, PolicyKind.SCP)),
        rcp=_each(case, "rcp", lambda node: _level(node, PolicyKind.RCP)),
        endpoint=_each(case, "endpoint", lambda node: _policy(node, PolicyKind.ENDPOINT)),
        trust=_single(case, "trust", PolicyKind.TRUST),
        kms_grants=_each(case, "kms_grants", _grant) or (),
        url_regime=UrlRegime(regime) if regime is not None else None,
    )


def _each(case: Mapping, key: str, read: Callable[[Node], T]) -> tuple[T, ...] | None:
    node = case.get(key)
    if node is None or _is_null(node):
        return None
    if not isinstance(node, Sequence):
        message = f"`{key}` must be a list"
        raise UsageError(message, span=node.span)
    return tuple(read(item) for item in node.items)


def _policy(node: Node, kind: PolicyKind) -> Policy:
    return parse(node, kind, grammar=Grammar.AS_EVALUATED)


def _level(node: Node, kind: PolicyKind) -> tuple[Policy, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return tuple(_policy(item, kind) for item in items)


def _single(case: Mapping, key: str, kind: PolicyKind) -> Policy | None:
    node = case.get(key)
    return None if node is None or _is_null(node) else _policy(node, kind)


def _grant(node: Node) -> Grant:
    body = _mapping(node, "a grant")
    grantee = _optional(body.get("grantee"), "`grantee`") or _text(body.get("principal"), "`grantee`")
    operations = body.get("operations")
    items = operations.items if isinstance(operations, Sequence) else ()
    return Grant(grantee, tuple(_text(item, "`operations`") for item in items))


def _mapping(node: Node | None, what: str) -> Mapping:
    if isinstance(node, Mapping):
        return node
    message = f"{what} must be an object"
    raise UsageError(message, span=node.span if node is not None else None)


def _text(node: Node | None, what: str) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    message = f"{what} must be a text"
    raise UsageError(message, span=node.span if node is not None else None)


def _optional(node: Node | None, what: str) -> str | None:
    return None if node is None or _is_null(node) else _text(node, what)


def _flag(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _values(node: Node) -> str | tuple[str, ...]:
    if isinstance(node, Sequence):
        return tuple(_scalar(item) for item in node.items)
    return _scalar(node)


def _scalar(node: Node) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return "true" if node.value else "false"
    if isinstance(node, Scalar) and isinstance(node.value, str | int | float):
        return str(node.value)
    message = "a context key's value must be a text, a number, a boolean or a list of them"
    raise UsageError(message, span=node.span)
