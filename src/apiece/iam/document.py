"""Policy documents as typed statements.

The grammar is AWS's (IAM user guide, "Grammar of the IAM JSON policy language"); `parse` refuses what AWS refuses, with
the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from apiece.errors import MalformedPolicy
from apiece.json_tree import read_json
from apiece.span import Span
from apiece.text import Symbolic, Text, show
from apiece.tree import Mapping, Node, Scalar, Sequence


class Effect(StrEnum):
    ALLOW = "Allow"
    DENY = "Deny"


class PolicyKind(StrEnum):
    """Which grammar a document must obey: who may carry `Principal`, and what else is required or forbidden."""

    IDENTITY = "identity"
    """Managed or inline policy of a role, user or group; also permissions boundary and session policy."""
    RESOURCE = "resource"
    """Attached to a resource; statements need `Principal` or `NotPrincipal`."""
    TRUST = "trust"
    """A role's trust policy: a resource policy without `Resource`."""
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class Word:
    """One string of a policy, as written, and where."""

    text: Text
    span: Span | None = None


class Grammar(StrEnum):
    """How strictly a document is read."""

    STRICT = "strict"
    """What AWS refuses is refused."""
    AS_EVALUATED = "as-evaluated"
    """What AWS refuses to store is read as something that never matches: a bad action, a missing principal."""


class PrincipalType(StrEnum):
    """The keys of a `Principal` element; `ANYONE` is the bare `"*"`."""

    AWS = "AWS"
    SERVICE = "Service"
    FEDERATED = "Federated"
    CANONICAL_USER = "CanonicalUser"
    ANYONE = "*"


@dataclass(frozen=True, slots=True)
class PrincipalWord:
    """One principal named by a statement. `Principal: "*"` and `{"AWS": "*"}` keep their different types."""

    type: PrincipalType
    word: Word


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key: `operator` and `key` as written, `values` in order."""

    operator: str
    key: str
    values: tuple[Word, ...]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Exactly one of each pair (`actions` and `not_actions`, …) is not None, or neither where the grammar of the policy's
    kind has no such element.
    """

    index: int
    sid: str | None
    effect: Effect
    principals: tuple[PrincipalWord, ...] | None
    not_principals: tuple[PrincipalWord, ...] | None
    actions: tuple[Word, ...] | None
    not_actions: tuple[Word, ...] | None
    resources: tuple[Word, ...] | None
    not_resources: tuple[Word, ...] | None
    conditions: tuple[Condition, ...]
    span: Span | None = None

    @property
    def name(self) -> str:
        """The Sid, or `#2` for the third statement."""
        return self.sid or f"#{self.index}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole document. `version` is `2012-10-17` or `2008-10-17` (the default, without policy variables)."""

    kind: PolicyKind
    version: str
    id: str | None
    statements: tuple[Statement, ...]
    span: Span | None = None


class OpenPolicy(MalformedPolicy):
    """Not malformed, but not known before deployment: a whole element is an open value."""


_VERSIONS = frozenset({"2012-10-17", "2008-10-17"})
_POLICY_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_WITH_PRINCIPAL = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP, PolicyKind.ENDPOINT})
_WITHOUT_PRINCIPAL = frozenset({PolicyKind.IDENTITY, PolicyKind.SCP})
_WITHOUT_NOT_PRINCIPAL = frozenset({PolicyKind.TRUST, PolicyKind.RCP})
_OPERATOR = re.compile(
    r"(ForAllValues:|ForAnyValue:)?"
    r"(?:(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Numeric(?:(?:Not)?Equals|LessThan(?:Equals)?|GreaterThan(?:Equals)?)"
    r"|Date(?:(?:Not)?Equals|LessThan(?:Equals)?|GreaterThan(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress"
    r"|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?|Null)",
    re.IGNORECASE | re.ASCII,
)


def parse_json(text: str, kind: PolicyKind, file: str = "policy", *, grammar: Grammar = Grammar.STRICT) -> Policy:
    """Parse policy text. Raises `MalformedSource` for text that is not JSON, `MalformedPolicy` for what AWS refuses."""
    return parse(read_json(text, file), kind, grammar=grammar)


def parse(node: Node, kind: PolicyKind, *, grammar: Grammar = Grammar.STRICT) -> Policy:
    """Parse a document. Raises `MalformedPolicy` with the place, `OpenPolicy` for an element that is an open value."""
    document = _object(node, "a policy")
    _check_elements(document, _POLICY_ELEMENTS, "a policy")
    version = _version(document.get("Version"))
    statement = document.get("Statement")
    if statement is None:
        raise MalformedPolicy("a policy needs a `Statement`", span=document.span)
    items = statement.items if isinstance(statement, Sequence) else (statement,)
    strict = grammar is Grammar.STRICT
    if not items and strict:
        raise MalformedPolicy("`Statement` is empty", span=statement.span)
    statements = tuple(_statement(item, index, kind, grammar) for index, item in enumerate(items))
    if kind is PolicyKind.IDENTITY and strict:
        _check_sids(statements)
    identifier = document.get("Id")
    return Policy(kind, version, _plain(identifier, "Id"), statements, document.span)


def _statement(node: Node, index: int, kind: PolicyKind, grammar: Grammar) -> Statement:
    body = _object(node, "a statement")
    _check_elements(body, _STATEMENT_ELEMENTS, "a statement")
    effect = body.get("Effect")
    if effect is None:
        raise MalformedPolicy("a statement needs an `Effect`", span=body.span)
    value = _open_or_text(effect, "Effect")
    if value not in {"Allow", "Deny"}:
        msg = f"`Effect` must be `Allow` or `Deny`, not `{value[:20]}`"
        raise MalformedPolicy(msg, span=effect.span)
    actions, not_actions = _pair(body, "Action", required=True)
    strict = grammar is Grammar.STRICT
    for word in ((actions or ()) + (not_actions or ())) if strict else ():
        _check_action(word)
    resources, not_resources = _pair(body, "Resource", required=kind is not PolicyKind.TRUST and strict)
    if strict and kind is PolicyKind.TRUST and (resources is not None or not_resources is not None):
        raise MalformedPolicy("a trust policy has no `Resource`", span=body.span)
    for word in ((resources or ()) + (not_resources or ())) if strict and kind is PolicyKind.IDENTITY else ():
        _check_resource(word)
    principals, not_principals = _principal_pair(body, kind, grammar)
    sid = body.get("Sid")
    return Statement(
        index=index,
        sid=_plain(sid, "Sid") or None,
        effect=Effect(value),
        principals=principals,
        not_principals=not_principals,
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        conditions=_conditions(body.get("Condition")),
        span=body.span,
    )


def _object(node: Node, what: str) -> Mapping:
    if isinstance(node, Mapping):
        return node
    if isinstance(node, Scalar) and isinstance(node.value, Symbolic):
        msg = f"{what} is not known before deployment"
        raise OpenPolicy(msg, span=node.span)
    msg = f"{what} must be an object"
    raise MalformedPolicy(msg, span=node.span)


def _check_elements(body: Mapping, allowed: frozenset[str], what: str) -> None:
    for name, key, _ in _entries(body):
        if name not in allowed:
            msg = f"`{name[:40]}` is not an element of {what}"
            raise MalformedPolicy(msg, span=key.span)


def _entries(body: Mapping) -> Iterator[tuple[str, Scalar, Node]]:
    """Walk the entries of an object whose keys must be texts that stand once each."""
    seen: set[str] = set()
    for key, node in body.entries:
        if isinstance(key.value, Symbolic):
            raise OpenPolicy("a key is not known before deployment", span=key.span)
        if not isinstance(key.value, str):
            raise MalformedPolicy("a key must be a text", span=key.span)
        if key.value in seen:
            msg = f"`{key.value[:60]}` stands twice"
            raise MalformedPolicy(msg, span=key.span)
        seen.add(key.value)
        yield key.value, key, node


def _version(node: Node | None) -> str:
    if node is None:
        return "2008-10-17"
    value = _open_or_text(node, "Version")
    if value not in _VERSIONS:
        raise MalformedPolicy("`Version` must be `2012-10-17` or `2008-10-17`", span=node.span)
    return value


def _open_or_text(node: Node, what: str) -> str:
    match node:
        case Scalar(value=Symbolic()):
            msg = f"`{what}` is not known before deployment"
            raise OpenPolicy(msg, span=node.span)
        case Scalar(value=str(text)):
            return text
        case _:
            msg = f"`{what}` must be a text"
            raise MalformedPolicy(msg, span=node.span)


def _plain(node: Node | None, what: str) -> str | None:
    """Read an element that only names something; templates may write it as a number."""
    match node:
        case None:
            return None
        case Scalar(value=bool() | None):
            pass
        case Scalar(value=str() | Symbolic() as text):
            return show(text)
        case Scalar(value=number):
            return str(number)
    msg = f"`{what}` must be a text"
    raise MalformedPolicy(msg, span=node.span)


def _words(node: Node, what: str) -> tuple[Word, ...]:
    items = node.items if isinstance(node, Sequence) else (node,)
    words = []
    for item in items:
        if not isinstance(item, Scalar) or not isinstance(item.value, str | Symbolic):
            msg = f"`{what}` must be a text or a list of texts"
            raise MalformedPolicy(msg, span=item.span)
        words.append(Word(item.value, item.span))
    if not words:
        msg = f"`{what}` is empty"
        raise MalformedPolicy(msg, span=node.span)
    return tuple(words)


def _pair(body: Mapping, name: str, *, required: bool) -> tuple[tuple[Word, ...] | None, tuple[Word, ...] | None]:
    plain, negated = body.get(name), body.get(f"Not{name}")
    if plain is not None and negated is not None:
        msg = f"a statement has `{name}` or `Not{name}`, not both"
        raise MalformedPolicy(msg, span=body.span)
    if required and plain is None and negated is None:
        msg = f"a statement needs `{name}` or `Not{name}`"
        raise MalformedPolicy(msg, span=body.span)
    return (
        _words(plain, name) if plain is not None else None,
        _words(negated, f"Not{name}") if negated is not None else None,
    )


def _check_action(word: Word) -> None:
    if not isinstance(word.text, str) or word.text == "*":
        return
    service, colon, name = word.text.partition(":")
    if not colon or not service or not name or ":" in name or any(c.isspace() for c in word.text):
        msg = f"`{word.text[:60]}` is not an action"
        raise MalformedPolicy(msg, hint="write `service:Name`, or `*` for every action", span=word.span)


def _check_resource(word: Word) -> None:
    """IAM refuses a resource that is no ARN. Only texts that no wildcard or variable could make one are refused."""
    if isinstance(word.text, str) and not word.text.startswith("arn:") and not set(word.text) & set("*?$"):
        msg = f"`{word.text[:60]}` is neither an ARN nor `*`"
        raise MalformedPolicy(msg, span=word.span)


def _principal_pair(
    body: Mapping, kind: PolicyKind, grammar: Grammar
) -> tuple[tuple[PrincipalWord, ...] | None, tuple[PrincipalWord, ...] | None]:
    plain, negated = body.get("Principal"), body.get("NotPrincipal")
    present = plain if plain is not None else negated
    strict = grammar is Grammar.STRICT
    if strict and kind in _WITHOUT_PRINCIPAL and present is not None:
        msg = f"a policy of kind {kind} has no `Principal`"
        raise MalformedPolicy(msg, span=present.span)
    if strict and kind in _WITHOUT_NOT_PRINCIPAL and negated is not None:
        msg = f"a policy of kind {kind} has no `NotPrincipal`"
        raise MalformedPolicy(msg, span=negated.span)
    if plain is not None and negated is not None:
        raise MalformedPolicy("a statement has `Principal` or `NotPrincipal`, not both", span=body.span)
    if strict and kind in _WITH_PRINCIPAL and present is None:
        msg = f"a policy of kind {kind} needs a `Principal`"
        raise MalformedPolicy(msg, span=body.span)
    return (
        _principals(plain, grammar) if plain is not None else None,
        _principals(negated, grammar) if negated is not None else None,
    )


def _principals(node: Node, grammar: Grammar) -> tuple[PrincipalWord, ...]:
    match node:
        case Scalar(value="*"):
            return (PrincipalWord(PrincipalType.ANYONE, Word("*", node.span)),)
        case Scalar(value=str(text)) if grammar is Grammar.AS_EVALUATED:
            return (PrincipalWord(PrincipalType.AWS, Word(text, node.span)),)
        case Scalar(value=Symbolic()):
            raise OpenPolicy("`Principal` is not known before deployment", span=node.span)
        case Mapping() if node.entries:
            return tuple(
                PrincipalWord(_principal_type(name, key), word)
                for name, key, value in _entries(node)
                for word in _words(value, name)
            )
        case _:
            raise MalformedPolicy('`Principal` must be `"*"` or an object', span=node.span)


def _principal_type(name: str, key: Scalar) -> PrincipalType:
    if name not in {"AWS", "Service", "Federated", "CanonicalUser"}:
        msg = f"`{name[:40]}` is not a kind of principal"
        raise MalformedPolicy(msg, span=key.span)
    return PrincipalType(name)


def _conditions(node: Node | None) -> tuple[Condition, ...]:
    if node is None:
        return ()
    found = []
    for name, operator, keys in _entries(_object(node, "a `Condition`")):
        if not _OPERATOR.fullmatch(name):
            msg = f"`{name[:60]}` is not a condition operator"
            raise MalformedPolicy(msg, span=operator.span)
        for key, place, values in _entries(_object(keys, f"`{name}`")):
            found.append(Condition(name, key, _values(values), place.span))
    return tuple(found)


def _values(node: Node) -> tuple[Word, ...]:
    words = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        match item:
            case Scalar(value=bool(flag)):
                words.append(Word("true" if flag else "false", item.span))
            case Scalar(value=str() | Symbolic() as text):
                words.append(Word(text, item.span))
            case Scalar(value=int() | float() as number):
                words.append(Word(str(number), item.span))
            case _:
                raise MalformedPolicy("a condition's value must be a text, a number or a boolean", span=item.span)
    return tuple(words)


def _check_sids(statements: tuple[Statement, ...]) -> None:
    seen: set[str] = set()
    for statement in statements:
        if statement.sid is not None:
            if statement.sid in seen:
                msg = f"`Sid` `{statement.sid[:60]}` stands twice"
                raise MalformedPolicy(msg, span=statement.span)
            seen.add(statement.sid)
