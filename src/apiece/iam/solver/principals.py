"""Whom the principal element of a statement means, for one concrete caller (statements 2 to 7, 16, 17)."""

from __future__ import annotations

from enum import Enum

from apiece.arn import Arn, try_parse
from apiece.iam.document import Effect, PrincipalType, PrincipalWord, Statement
from apiece.iam.request import Caller, CallerType
from apiece.text import example, is_open


class How(Enum):
    """By which name a statement means a caller. What an Allow is worth depends on it."""

    ITSELF = "itself"
    ITS_ROLE = "its role"
    ITS_USER = "its user"
    ITS_ACCOUNT = "its account"
    EVERYONE = "everyone"


def is_doubtful(statement: Statement) -> bool:
    """Tell whether it is not known before deployment whom a statement means."""
    if statement.not_principals is not None:
        return any(is_open(word.word.text) for word in statement.not_principals)
    words = statement.principals or ()
    return any(is_open(word.word.text) for word in words) and not any(map(_is_everyone, words))


def doubt(statement: Statement) -> str:
    """Say of a doubtful statement what is not known."""
    return f"whom statement {statement.name} means is not known before deployment"


def ways(statement: Statement, caller: Caller, *, bounded: bool) -> frozenset[How]:
    """The ways in which a statement of a policy with principals means a caller; none where it does not.

    Of a doubtful statement all ways in which it may.
    """
    if is_doubtful(statement):
        return frozenset(How)
    if statement.not_principals is not None:
        return frozenset({How.EVERYONE}) if _not_exempt(statement, caller, bounded=bounded) else frozenset()
    return _listed(statement.principals or (), caller)


def _listed(words: tuple[PrincipalWord, ...], caller: Caller) -> frozenset[How]:
    return frozenset(how for word in words if (how := _way(word, caller)) is not None)


def _not_exempt(statement: Statement, caller: Caller, *, bounded: bool) -> bool:
    """Statements 16 and 17: a Deny exempts only callers whose every name is listed, and none that has a boundary."""
    denies = statement.effect is Effect.DENY
    if denies and bounded:
        return True
    found = _listed(statement.not_principals or (), caller)
    if How.EVERYONE in found:
        return False
    if not denies:
        return not found
    match caller.type:
        case CallerType.ROLE:
            return not {How.ITS_ROLE, How.ITS_ACCOUNT} <= found
        case CallerType.SESSION:
            return not {How.ITSELF, How.ITS_ROLE, How.ITS_ACCOUNT} <= found
        case CallerType.USER | CallerType.FEDERATED_USER:
            return not {How.ITSELF, How.ITS_ACCOUNT} <= found
        case _:
            return not found


def _is_everyone(word: PrincipalWord) -> bool:
    return word.type is PrincipalType.ANYONE or (word.type is PrincipalType.AWS and word.word.text == "*")


def _way(word: PrincipalWord, caller: Caller) -> How | None:
    if _is_everyone(word):
        return How.EVERYONE
    if is_open(word.word.text):
        return None  # beside everyone it adds nobody
    name = example(word.word.text)
    match word.type:
        case PrincipalType.AWS:
            return _by_arn(name, caller)
        case PrincipalType.SERVICE:
            return How.ITSELF if caller.type is CallerType.SERVICE and caller.arn == name else None
        case PrincipalType.FEDERATED:
            return How.ITSELF if caller.type is CallerType.FEDERATED and name in {caller.arn, "*"} else None
        case _:
            return None


def _by_arn(name: str, caller: Caller) -> How | None:
    if caller.type in {CallerType.SERVICE, CallerType.ANONYMOUS}:
        return None
    arn = try_parse(name)
    if name.isdigit() or (arn is not None and arn.resource == "root"):
        account = name if arn is None else arn.account
        return How.ITS_ACCOUNT if account == caller.account else None
    if name == caller.arn:
        return How.ITS_ROLE if caller.type is CallerType.ROLE else How.ITSELF
    own = try_parse(caller.arn or "")
    if arn is None or own is None or arn.account != own.account:
        return None
    if caller.type is CallerType.SESSION and arn.resource.startswith("role/"):
        return How.ITS_ROLE if _last(arn) == own.resource.split("/")[1] else None
    if caller.type is CallerType.FEDERATED_USER and arn.resource.startswith("user/"):
        return How.ITS_USER if _last(arn) == _last(own) else None
    return None


def _last(arn: Arn) -> str:
    return arn.resource.rpartition("/")[2]
