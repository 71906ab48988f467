"""Whom the principals of a statement name, seen from one caller."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from apiece.arn import Arn, try_parse
from apiece.iam.document import PrincipalType, PrincipalWord, Statement
from apiece.iam.match import STAR, Tokens, Truth, any_of, negated, overlaps
from apiece.iam.request import Caller, CallerType, role_arn
from apiece.iam.statements import Asked
from apiece.text import Hole, HoleKind, Symbolic, Text, example, is_open


class Naming(StrEnum):
    """How a statement names the caller; the effect of an Allow depends on it (statements 2 to 7)."""

    SELF = "self"
    """The caller's own ARN: the session's, the user's, the federated user's, or the service."""
    ROLE = "role"
    """The role behind a session."""
    PARENT = "parent"
    """The IAM user behind a federated user's session."""
    ACCOUNT = "account"
    ANYONE = "anyone"


def named(statement: Statement, ask: Asked) -> dict[Naming, Truth]:
    """Tell in which ways `Principal` names the caller; empty where it does not.

    An open name may be every name of the caller that its known text leaves room for.
    """
    found: dict[Naming, list[Truth]] = {}
    for word in statement.principals or ():
        if is_open(word.word.text):
            for possible in _may(word, ask):
                found.setdefault(possible, []).append(None)
        elif (how := _how(word, ask)) is not None:
            found.setdefault(how, []).append(True)
    return {how: any_of(truths) for how, truths in found.items()}


def excluded(statement: Statement, ask: Asked, *, bounded: bool) -> Truth:
    """Tell whether a statement with `NotPrincipal` speaks about the caller.

    A Deny exempts a caller only if the caller's account and every ARN of it are listed (statement 17), and never one
    that has a permissions boundary (statement 16).
    """
    if bounded and statement.effect == "Deny":
        return True
    if any(is_open(word.word.text) for word in statement.not_principals or ()):
        return None
    listed = {how for word in statement.not_principals or () if (how := _how(word, ask)) is not None}
    if Naming.ANYONE in listed:
        return False
    if statement.effect == "Deny" and ask.request.caller.type in {CallerType.ROLE, CallerType.SESSION}:
        needed = (
            {Naming.ROLE, Naming.ACCOUNT}
            if ask.request.caller.type is CallerType.ROLE
            else {Naming.SELF, Naming.ROLE, Naming.ACCOUNT}
        )
        return not needed <= listed
    if statement.effect == "Deny" and ask.request.caller.type in {CallerType.USER, CallerType.FEDERATED_USER}:
        return not {Naming.SELF, Naming.ACCOUNT} <= listed
    return negated(bool(listed))


def _how(word: PrincipalWord, ask: Asked) -> Naming | None:
    caller = ask.request.caller
    name = example(word.word.text)
    match word.type:
        case PrincipalType.ANYONE:
            return Naming.ANYONE
        case PrincipalType.AWS if name == "*":
            return Naming.ANYONE
        case PrincipalType.AWS:
            return _aws(name, caller, ask)
        case PrincipalType.SERVICE:
            return Naming.SELF if caller.type is CallerType.SERVICE and name == caller.arn else None
        case PrincipalType.FEDERATED:
            return Naming.SELF if caller.type is CallerType.FEDERATED and name in {caller.arn, "*"} else None
        case _:
            return None


def _aws(name: str, caller: Caller, ask: Asked) -> Naming | None:
    if caller.type in {CallerType.SERVICE, CallerType.ANONYMOUS}:
        return None
    arn = try_parse(name)
    account = name if name.isdigit() else arn.account if arn is not None and arn.resource == "root" else None
    if account is not None:
        return Naming.ACCOUNT if account == caller.account else None
    if name == caller.arn:
        return Naming.ROLE if caller.type is CallerType.ROLE else Naming.SELF
    if caller.type is CallerType.SESSION and _same_role(name, role_arn(caller, ask.context)):
        return Naming.ROLE
    if caller.type is CallerType.FEDERATED_USER and caller.arn is not None:
        parent = try_parse(caller.arn)
        own = arn is not None and arn.resource.startswith("user/") and parent is not None
        if own and arn is not None and parent is not None and arn.account == parent.account:
            return Naming.PARENT if arn.resource.rpartition("/")[2] == parent.resource.rpartition("/")[2] else None
    return None


def _same_role(name: str, role: str | None) -> bool:
    """A session whose context does not state the role's path matches the role's name under any path (statement 33)."""
    if role is None:
        return False
    if name == role:
        return True
    first, second = try_parse(name), try_parse(role)
    if first is None or second is None or second.resource.count("/") != 1:
        return False
    same = first.account == second.account and first.resource.startswith("role/")
    return same and first.resource.rpartition("/")[2] == second.resource.rpartition("/")[2]


# ---- names that are left open ----------------------------------------------------------------------------------------


def _may(word: PrincipalWord, ask: Asked) -> frozenset[Naming]:
    """The ways in which an open name may turn out to be the caller's."""
    pattern = _pattern(word.word.text)
    match word.type:
        case PrincipalType.AWS:
            names = _aws_names(ask)
        case PrincipalType.SERVICE | PrincipalType.FEDERATED:
            names = _other_names(word.type, ask.request.caller)
        case _:
            return frozenset()
    return frozenset(how for how, name in names if overlaps(pattern, name))


def _pattern(text: Text) -> Tokens:
    """The names that an open one may be: what is known of it, and any text for the rest."""
    found: list[str] = []
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            found += [STAR] if part.kind is HoleKind.ANY else part.example()
        else:
            found += part
    return tuple(found)


def _aws_names(ask: Asked) -> Iterator[tuple[Naming, Tokens]]:
    """Every name under `AWS` by which a caller is meant (statements 3 to 7), as `_aws` has it."""
    caller = ask.request.caller
    yield Naming.ANYONE, ("*",)
    if caller.type in {CallerType.SERVICE, CallerType.ANONYMOUS}:
        return
    own = try_parse(caller.arn or "")
    if caller.account is not None:
        yield Naming.ACCOUNT, tuple(caller.account)
        yield Naming.ACCOUNT, tuple(f"arn:{own.partition if own is not None else 'aws'}:iam::{caller.account}:root")
    if caller.arn is not None and caller.type is not CallerType.ROOT:
        yield Naming.ROLE if caller.type is CallerType.ROLE else Naming.SELF, tuple(caller.arn)
    if caller.type is CallerType.SESSION and (role := role_arn(caller, ask.context)) is not None:
        yield Naming.ROLE, tuple(role)
        arn = try_parse(role)
        if arn is not None and arn.resource.count("/") == 1:
            yield Naming.ROLE, _under_a_path(arn, "role")
    if caller.type is CallerType.FEDERATED_USER and own is not None:
        yield Naming.PARENT, tuple(f"arn:{own.partition}:iam::{own.account}:user/{_last(own)}")
        yield Naming.PARENT, _under_a_path(own, "user")


def _other_names(kind: PrincipalType, caller: Caller) -> Iterator[tuple[Naming, Tokens]]:
    """Services and identity providers are meant by their own names alone (statement 11)."""
    own = CallerType.SERVICE if kind is PrincipalType.SERVICE else CallerType.FEDERATED
    if caller.type is own and caller.arn is not None:
        yield Naming.SELF, tuple(caller.arn)
        if own is CallerType.FEDERATED:
            yield Naming.SELF, ("*",)


def _under_a_path(arn: Arn, kind: str) -> Tokens:
    return (*f"arn:{arn.partition}:iam::{arn.account}:{kind}/", STAR, "/", *_last(arn))


def _last(arn: Arn) -> str:
    return arn.resource.rpartition("/")[2]
