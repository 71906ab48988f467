"""Whether an execution is an administrator: of everything, or of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from apiece.access.execution import Execution
from apiece.access.firm import OF_NO_FUNCTION, firm
from apiece.access.rights import BUDGET, InForce, allows, caller, layers_of, shown
from apiece.access.room import widest
from apiece.estate.estate import Estate
from apiece.estate.policy import AttachedPolicy
from apiece.iam.document import Effect, Statement
from apiece.iam.granted import Grant, Granted, granted
from apiece.iam.pattern import Pattern, Wild, contains, glob, resource
from apiece.iam.request import Request
from apiece.iam.scope import Scope, literally
from apiece.text import HoleKind, Text, example, holes, is_open

_EVERYTHING = Pattern((Wild(many=True),))
_ANY_ACTION = glob("*:*")
_SENTINELS = (
    ("iam:CreateUser", "arn:aws:iam::{account}:user/someone"),
    ("s3:DeleteBucket", "arn:aws:s3:::some-bucket"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:{account}:key/some-key"),
    ("apiece-sentinel:AnythingAtAll", "arn:aws:apiece-sentinel:us-east-1:{account}:thing/some-thing"),
)
_IN_ONE_REGION = (("aws:RequestedRegion", "us-east-1"),)
"""IAM has one endpoint in the partition `aws`: requests to it are requests to one region."""
_OF_NAME = frozenset({"aws:principalarn", "aws:principalaccount", "aws:resourceaccount"})
_SELF_GRANTS = ("iam:PutRolePolicy", "iam:AttachRolePolicy")


@dataclass(frozen=True, slots=True)
class Admin:
    """A statement that makes an administrator, with a request that shows it; None where that is not known."""

    force: InForce
    request: Request | None
    of_itself: bool


def is_admin_statement(statement: Statement) -> bool:
    """Tell whether a statement is about every action on every resource, however that is written."""
    if statement.conditions or statement.actions is None or statement.resources is None:
        return False
    actions = any(
        word.text == "*" or contains(glob(word.text), _ANY_ACTION)
        for word in statement.actions
        if isinstance(word.text, str) and set(word.text) <= {"*", "?", ":"}
    )
    return actions and any(
        not is_open(word.text) and contains(resource(word.text), _EVERYTHING) for word in statement.resources
    )


def admins(execution: Execution, estate: Estate) -> list[Admin]:
    """The statements that make this execution an administrator, and those of which that is not known."""
    found = [admin for force in allows(execution, estate) if (admin := _judged(execution, force)) is not None]
    unknown = [admin for admin in found if admin.request is None]
    certain = [admin for admin in found if admin.request is not None]
    whole = [admin for admin in certain if not admin.of_itself]
    return whole or certain[:1] or unknown


def _judged(execution: Execution, force: InForce) -> Admin | None:
    if is_admin_statement(force.statement) or is_admin_statement(_widest(force.statement)):
        answer = _everything(execution, force)
        if answer.result is not Granted.NO:
            return Admin(force, answer.witness, of_itself=False)
    answer = _self_grant(execution, force)
    return None if answer.result is Granted.NO else Admin(force, answer.witness, of_itself=True)


def _everything(execution: Execution, force: InForce) -> Grant:
    """Ask for requests of kinds that have nothing in common; the first stands for all."""
    account = caller(execution).account
    found = Grant(Granted.UNKNOWN)
    for action, arn in reversed(_SENTINELS):
        found = shown(execution, action, arn.format(account=account), force.when)
        if found.witness is None:
            return found
    return found


def _widest(statement: Statement) -> Statement:
    """The statement with open actions and resources taken for all that they may be."""
    if not any(is_open(word.text) for word in (*(statement.actions or ()), *(statement.resources or ()))):
        return statement
    actions, resources = (
        None if words is None else tuple(replace(word, text=widest(word.text)) for word in words)
        for words in (statement.actions, statement.resources)
    )
    return replace(statement, actions=actions, resources=resources)


def _self_grant(execution: Execution, force: InForce) -> Grant:
    """Ask for a request with which the role would give itself any permission, allowed by this very statement.

    It is certain where it does not hang on what nobody chooses when the function runs: the tags of the role, the time,
    the network. A condition that no function meets, such as on a second factor, leaves none.
    """
    if not _speaks_of_iam(force.statement):
        return Grant(Granted.NO)
    who = caller(execution)
    own = literally(who.arn or "*")
    region = _IN_ONE_REGION if own.startswith("arn:aws:") else ()
    scope = Scope(_SELF_GRANTS, (own,), region, conditions=OF_NO_FUNCTION)
    whole = layers_of(_alone(execution, force), force.when)
    unsure = frozenset[str]() if isinstance(execution.role_arn, str) else _OF_NAME
    found = granted(who, firm(whole, unsure=unsure), scope, budget=BUDGET)
    if found.witness is not None:
        return found
    possible = granted(who, whole, replace(scope, resources=(own, *_perhaps(execution, force))), budget=BUDGET)
    return possible if possible.result is Granted.NO else Grant(Granted.UNKNOWN)


def _perhaps(execution: Execution, force: InForce) -> tuple[Text, ...]:
    """Other resources of the statement that may be the role, where its name is known only after deployment."""
    if execution.role_arn is None or is_open(execution.role_arn):
        return ("arn:*:iam::*:role/*",)
    if not any(hole.kind in {HoleKind.NAME, HoleKind.LITERAL} for hole in holes(execution.role_arn)):
        return ()
    words = [example(word.text) for word in force.statement.resources or () if not is_open(word.text)]
    return tuple(word for word in words if set(word) & {"*", "?"})


def _speaks_of_iam(statement: Statement) -> bool:
    """Tell cheaply whether a statement may be about actions of IAM."""
    if statement.actions is None:
        return True
    heads = (str(widest(word.text))[:1].lower() for word in statement.actions)
    return any(head in {"i", "*", "?"} for head in heads)


def _alone(execution: Execution, force: InForce) -> Execution:
    """The execution as if its policies allowed only what this statement allows: all that denies stays."""
    document = force.attached.document
    if document is None:
        return execution
    single = msgspec.structs.replace(force.attached, document=replace(document, statements=(force.statement,)))
    return replace(execution, policies=(single, *(_denying(one) for one in execution.policies)))


def _denying(attached: AttachedPolicy) -> AttachedPolicy:
    document = attached.document
    if document is None:
        return attached
    kept = tuple(one for one in document.statements if one.effect is Effect.DENY)
    return msgspec.structs.replace(attached, document=replace(document, statements=kept))
