"""Whether an execution is an administrator: of everything, or of itself."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import msgspec

from apiece.access.execution import Execution
from apiece.access.rights import InForce, allows, caller, shown
from apiece.estate.estate import Estate
from apiece.iam.document import Statement
from apiece.iam.pattern import Pattern, Wild, contains, glob, resource
from apiece.iam.request import Request
from apiece.text import is_open

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
_SELF_GRANTS = ("iam:PutRolePolicy", "iam:AttachRolePolicy")


@dataclass(frozen=True, slots=True)
class Admin:
    """A statement that makes an administrator, with a request that shows it."""

    force: InForce
    request: Request
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
    """The statements that make this execution an administrator."""
    found: list[Admin] = []
    for force in allows(execution, estate):
        if is_admin_statement(force.statement):
            account = caller(execution).account
            asked = (shown(execution, action, arn.format(account=account), force.when) for action, arn in _SENTINELS)
            requests = list(itertools.takewhile(lambda request: request is not None, asked))
            if len(requests) == len(_SENTINELS) and requests[0] is not None:
                found.append(Admin(force, requests[0], of_itself=False))
        elif (request := _self_grant(execution, force)) is not None:
            found.append(Admin(force, request, of_itself=True))
    whole = [admin for admin in found if not admin.of_itself]
    return whole or found[:1]


def _self_grant(execution: Execution, force: InForce) -> Request | None:
    """A request with which the role would give itself any permission, allowed by this very statement."""
    if not _speaks_of_iam(force.statement):
        return None
    own = caller(execution).arn or "*"
    region = _IN_ONE_REGION if own.startswith("arn:aws:") else ()
    for action in _SELF_GRANTS:
        if shown(_alone(execution, force), action, own, force.when, region) is not None:
            request = shown(execution, action, own, force.when, region)
            if request is not None:
                return request
    return None


def _speaks_of_iam(statement: Statement) -> bool:
    words = statement.actions or ()
    if statement.actions is None:
        return True
    return any(isinstance(word.text, str) and word.text[:1].lower() in {"i", "*", "?"} for word in words)


def _alone(execution: Execution, force: InForce) -> Execution:
    """The execution as if it carried only the policy that holds this statement."""
    document = force.attached.document
    if document is None:
        return execution
    single = replace(document, statements=(force.statement,))
    return replace(execution, policies=(msgspec.structs.replace(force.attached, document=single),), boundary=(), scp=())
