"""The estates that the controls of identities and of software must fail, for the self-test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from apiece.controls.shorthand import estate_of
from apiece.estate.estate import Estate
from apiece.estate.function import Configuration, Function
from apiece.estate.subject import Subject, SubjectKind

_ACCOUNT = "111122223333"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/self-test"
_FUNCTION = f"arn:aws:lambda:us-east-1:{_ACCOUNT}:function:self-test"
Short = dict[str, object]


def _policy(**statement: object) -> Short:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def _function(**latest: object) -> Short:
    return {"arn": _FUNCTION, "latest": {"role": _ROLE, "runtime": "python3.13", **latest}}


def _user() -> Estate:
    """A user who may change a function, with an old key."""
    arn = f"arn:aws:iam::{_ACCOUNT}:user/self-test"
    return estate_of(
        {
            "functions": [_function()],
            "users": [{"arn": arn, "policies": _policy(Action="lambda:*", Resource="*")}],
            "credentials": [{"arn": arn, "user": "self-test", "keys": [{"active": True, "rotated": "2000-01-01"}]}],
        }
    )


def _unbounded() -> Estate:
    role = {"arn": _ROLE, "policies": _policy(Action="iam:CreateRole", Resource="*")}
    return estate_of({"functions": [_function()], "roles": [role]})


def _unsigned() -> Estate:
    subject = Subject(kind=SubjectKind.FUNCTION, logical_id="SelfTest", stack="self-test")
    return Estate(
        taken_at="", functions=(Function(subject=subject, name="self-test", arn=_FUNCTION, latest=Configuration()),)
    )


KNOWN_BAD_IDENTITY: Mapping[str, Callable[[], Estate]] = MappingProxyType(
    {
        "boundary-missing": _unbounded,
        "code-writable-by-many": _user,
        "deployer-without-mfa": _user,
        "long-lived-deployer-key": _user,
        "unsigned-code": _unsigned,
    }
)
"""Control id to the estate that it must fail."""
