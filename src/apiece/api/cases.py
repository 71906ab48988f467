"""What cases of the policy engine have in common as JSON: requests, policies, and members that must be of one kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from apiece.errors import ApieceError, MalformedPolicy, UsageError
from apiece.iam.document import Grammar, Policy, PolicyKind, Statement, Word, parse
from apiece.iam.request import Caller, CallerType, Request, caller_named
from apiece.json_tree import read_json
from apiece.tree import Mapping, Node, Scalar, Sequence, to_plain

T = TypeVar("T")
_LONGEST = 8_192
_NAMING = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST})
_NOT_NAMING = frozenset({PolicyKind.IDENTITY, PolicyKind.SCP})


def each_line(lines: Iterable[str], answer: Callable[[str, str], dict[str, object]]) -> Iterator[dict[str, object]]:
    """Answer one case a line, in order; empty lines are passed over."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield answer(line, f"line {number}")


def answer_case(
    case: str, place: str, decide: Callable[[Mapping], dict[str, object]], unknown: dict[str, object]
) -> dict[str, object]:
    """Answer one case given as JSON text; one that cannot be read is answered with `unknown` and an `error`."""
    identifier: object = None
    try:
        body = mapping(read_json(case, place), "a case")
        identifier = to_plain(body.get("id") or Scalar(None))
        return {"id": identifier, **decide(body)}
    except ApieceError as error:
        told = str(error) if error.span is not None else f"{place}: {error.message}"
        return {"id": identifier, **unknown, "reason": told, "error": told}


def compact(answer: dict[str, object]) -> str:
    """An answer as one line."""
    return json.dumps(answer, separators=(",", ":"), sort_keys=True)


# ---- requests --------------------------------------------------------------------------------------------------------


def request_of(node: Node | None) -> Request:
    """Read a request."""
    body = mapping(node, "`request`")
    context = body.get("context")
    return Request(
        caller=_caller(body.get("principal")),
        action=text(body.get("action"), "`action`"),
        resource=text(body.get("resource"), "`resource`"),
        resource_account=optional(body.get("resource_account"), "`resource_account`"),
        context={str(key.value): _values(value) for key, value in mapping(context, "`context`").entries}
        if context
        else {},
    )


def spelled_request(request: Request) -> dict[str, object]:
    """Write a request so that `request_of` reads it again."""
    context = {key: value if isinstance(value, str) else list(value) for key, value in request.context.items()}
    spelled: dict[str, object] = {
        "principal": _spelled_caller(request.caller),
        "action": request.action,
        "resource": request.resource,
        "context": context,
    }
    if request.resource_account is not None:
        spelled["resource_account"] = request.resource_account
    return spelled


def _spelled_caller(caller: Caller) -> object:
    name = caller.arn or "*"
    if caller_named(name) == caller:
        return name
    facts: dict[str, object] = {
        "type": caller.type.value,
        "arn": caller.arn,
        "account": caller.account,
        "org": caller.org,
        "management_account": caller.management_account,
        "service_linked": caller.service_linked,
    }
    return {key: value for key, value in facts.items() if value}


def _caller(node: Node | None) -> Caller:
    if isinstance(node, Scalar) and not is_null(node):
        return caller_named(text(node, "`principal`"))
    body = mapping(node, "`principal`")
    arn = optional(body.get("arn"), "`arn`")
    base = caller_named(arn) if arn is not None else Caller(CallerType.ANONYMOUS, None)
    kind = optional(body.get("type"), "`type`")
    if kind is not None and kind.lower() not in CallerType._value2member_map_:
        message = f"`{kind[:40]}` is not a type of principal"
        raise UsageError(message, span=body.span)
    return Caller(
        type=CallerType(kind.lower()) if kind is not None else base.type,
        arn=base.arn,
        account=optional(body.get("account"), "`account`") or base.account,
        org=optional(body.get("org"), "`org`"),
        management_account=flag(body.get("management_account")),
        service_linked=flag(body.get("service_linked")),
    )


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


# ---- policies --------------------------------------------------------------------------------------------------------


def policy_of(node: Node, kind: PolicyKind) -> Policy:
    """Read a policy as AWS would evaluate it."""
    return parse(node, kind, grammar=Grammar.AS_EVALUATED)


def policies_of(node: Node | None, kind: PolicyKind, what: str) -> tuple[Policy, ...]:
    """Read a policy or a list of them, each of which names principals just where its kind does."""
    if node is None or is_null(node):
        message = f"{what} must be a policy or a list of policies"
        raise UsageError(message, span=node.span if node is not None else None)
    items = node.items if isinstance(node, Sequence) else (node,)
    policies = tuple(policy_of(item, kind) for item in items)
    for policy in policies:
        for statement in policy.statements:
            named = statement.principals is not None or statement.not_principals is not None
            if (named and kind in _NOT_NAMING) or (not named and kind in _NAMING):
                message = f"a policy of kind {kind} {'has no' if named else 'needs a'} `Principal`"
                raise MalformedPolicy(message, hint="say of which `kind` the policies are", span=statement.span)
    return policies


@dataclass(frozen=True)
class Limit:
    """How large policies may be that are looked at: many times what AWS takes, and little enough to be done soon."""

    statements: int
    words: int

    def exceeded(self, policies: Iterable[Policy]) -> str:
        """Why policies are not looked at; nothing for those that are."""
        every = [one for policy in policies for one in policy.statements]
        words = [word for one in every for word in _words(one)]
        longest = max((len(word.text) for word in words if isinstance(word.text, str)), default=0)
        sizes = (
            (len(every), self.statements, "statements"),
            (len(words), self.words, "words"),
            (longest, _LONGEST, "characters of a word"),
        )
        told = (
            f"{count:,} {what} are more than the {most:,} that are looked at"
            for count, most, what in sizes
            if count > most
        )
        return next(told, "")


def _words(one: Statement) -> Iterator[Word]:
    for element in (one.actions, one.not_actions, one.resources, one.not_resources):
        yield from element or ()
    yield from (principal.word for principal in (*(one.principals or ()), *(one.not_principals or ())))
    for condition in one.conditions:
        yield from condition.values


def kind_of(node: Node | None, among: tuple[PolicyKind, ...]) -> PolicyKind:
    """Read the kind of policies, the first of `among` where it is left out."""
    name = optional(node, "`kind`") or among[0].value
    kinds = {kind.value: kind for kind in among}
    if name not in kinds:
        message = f"`kind` is {', '.join(kinds)}, not `{name[:40]}`"
        raise UsageError(message, span=node.span if node is not None else None)
    return kinds[name]


# ---- members ---------------------------------------------------------------------------------------------------------


def mapping(node: Node | None, what: str) -> Mapping:
    """Take an object."""
    if isinstance(node, Mapping):
        return node
    message = f"{what} must be an object"
    raise UsageError(message, span=node.span if node is not None else None)


def text(node: Node | None, what: str) -> str:
    """Take a text."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    message = f"{what} must be a text"
    raise UsageError(message, span=node.span if node is not None else None)


def optional(node: Node | None, what: str) -> str | None:
    """Take a text that may be absent or null."""
    return None if node is None or is_null(node) else text(node, what)


def flag(node: Node | None) -> bool:
    """Tell whether a member is `true`."""
    return isinstance(node, Scalar) and node.value is True


def is_null(node: Node) -> bool:
    """Tell whether a member is `null`."""
    return isinstance(node, Scalar) and node.value is None


def each(case: Mapping, key: str, read: Callable[[Node], T]) -> tuple[T, ...] | None:
    """Take a list that may be absent or null."""
    node = case.get(key)
    if node is None or is_null(node):
        return None
    if not isinstance(node, Sequence):
        message = f"`{key}` must be a list"
        raise UsageError(message, span=node.span)
    return tuple(read(item) for item in node.items)
