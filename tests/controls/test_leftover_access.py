"""Claims about grants to roles and users that are gone."""

from __future__ import annotations

import msgspec
import pytest

from apiece.api.check import CheckRun, check
from apiece.controls.registry import control_named
from apiece.controls.shorthand import estate_of
from apiece.estate.gap import Gap
from apiece.estate.subject import Subject, SubjectKind

from .conftest import TODAY

ACCOUNT, OTHER = "111122223333", "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
ROLES = [f"arn:aws:iam::{ACCOUNT}:role/checkout", f"arn:aws:iam::{ACCOUNT}:role/shop/mailer"]


def policy(principal: object, condition: object = None, effect: str = "Allow") -> dict[str, object]:
    statement = {"Effect": effect, "Principal": principal, "Action": "sqs:SendMessage", "Resource": QUEUE}
    if condition is not None:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def checked(policies: object, *gaps: Gap, account: str = ACCOUNT, **more: object) -> CheckRun:
    """A queue with a policy, in an account with two roles and a user."""
    estate = estate_of(
        {
            "accounts": [{"id": account}],
            "roles": [{"arn": arn} for arn in ROLES],
            "users": [{"arn": f"arn:aws:iam::{ACCOUNT}:user/operator"}],
            "resources": [{"arn": QUEUE, "policies": policies}],
            **more,
        }
    )
    estate = msgspec.structs.replace(estate, gaps=gaps)
    return check(estate, (control_named("leftover-access"),), today=TODAY)


def arn_of(name: str, kind: str = "role", account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def caller_is(*arns: str, operator: str = "ArnEquals") -> dict[str, object]:
    return {operator: {"aws:PrincipalArn": list(arns)}}


GONE = {
    "a role's id": (policy({"AWS": "AROAEXAMPLEEXAMPLE123"}), "note"),
    "a user's id": (policy({"AWS": "AIDAEXAMPLEEXAMPLE123"}), "note"),
    "one of two": (policy({"AWS": [ROLES[0], "AROAEXAMPLEEXAMPLE123"]}), "note"),
    "a role that is not there": (policy({"AWS": arn_of("old")}), "note"),
    "a user that is not there": (policy({"AWS": arn_of("old", "user")}), "note"),
    "a session of a role that is not there": (
        policy({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/old/session"}),
        "note",
    ),
    "a condition": (policy("*", caller_is(arn_of("old"))), "warning"),
    "one word of a condition": (policy("*", caller_is(ROLES[0], arn_of("old"), operator="StringLike")), "warning"),
    "a name with another path": (policy("*", caller_is(arn_of("mailer"))), "warning"),
}
THERE = {
    "a role": policy({"AWS": ROLES[0]}),
    "a role below a path": policy({"AWS": ROLES[1]}),
    "a session": policy({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/mailer/session"}),
    "a user": policy({"AWS": arn_of("operator", "user")}),
    "the account": policy({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    "the account's number": policy({"AWS": ACCOUNT}),
    "everybody": policy("*"),
    "a service": policy({"Service": "sns.amazonaws.com"}),
    "a role of an account that was not read": policy({"AWS": arn_of("partner", account=OTHER)}),
    "a pattern": policy("*", caller_is(arn_of("old*"), operator="ArnLike")),
    "a Deny": policy({"AWS": "AROAEXAMPLEEXAMPLE123"}, effect="Deny"),
    "a condition that excludes": policy("*", caller_is(arn_of("old"), operator="ArnNotEquals")),
    "a key that looks like an id": policy({"AWS": ROLES[0]}, {"StringEquals": {"aws:userid": "AROAEXAMPLEEXAMPLE123"}}),
}


@pytest.mark.parametrize(("policies", "severity"), GONE.values(), ids=GONE)
def test_a_grant_to_somebody_who_is_gone_is_told(policies: object, severity: str) -> None:
    """A condition compares names, so it is the graver one."""
    assert [severity] == [one.severity.value for one in checked(policies).findings]


@pytest.mark.parametrize("policies", THERE.values(), ids=THERE)
def test_a_grant_to_somebody_who_is_there_is_none(policies: object) -> None:
    run = checked(policies)

    assert ((), ()) == (run.findings, run.undecided)


def test_functions_and_trusts_are_looked_at_too() -> None:
    """All that lets others in by a policy."""
    gone = {"AWS": "AROAEXAMPLEEXAMPLE123"}
    function = {
        "arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:checkout",
        "latest": {"role": ROLES[0]},
        "policies": policy(gone),
    }
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": gone, "Action": "sts:AssumeRole"}]}
    run = checked(policy({"AWS": ROLES[0]}), functions=[function], roles=[{"arn": ROLES[0], "trust": trust}])

    assert {"function", "role"} == {one.subject.kind.value for one in run.findings}


def test_a_list_that_is_not_whole_decides_nothing() -> None:
    """A role that nobody could list is not gone."""
    account = Subject(kind=SubjectKind.ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:root", account=ACCOUNT)
    run = checked(policy("*", caller_is(arn_of("old"))), Gap(subject=account, needs="roles", reason="access denied"))

    assert () == run.findings
    assert any("access denied" in one.reason for one in run.undecided)
