"""Claims about the kinds of callers of policies that name principals: conditions may mean whom no principal names."""

from __future__ import annotations

import pytest

from apiece.iam.checker.verify import verify_all
from apiece.iam.claims import claims_of
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Policy, PolicyKind, parse
from apiece.tree import from_plain

OWN = "111122223333"
QUEUE = f"arn:aws:sqs:us-east-1:{OWN}:q"


def policy(principal: object, **condition: object) -> Policy:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": QUEUE}
    whole = {**statement, "Condition": condition} if condition else statement
    return parse(from_plain({"Version": "2012-10-17", "Statement": [whole]}), PolicyKind.RESOURCE)


@pytest.mark.parametrize(
    ("condition", "caller"),
    [
        ({"StringEquals": {"aws:PrincipalServiceName": "sns.amazonaws.com"}}, "sns.amazonaws.com"),
        ({"StringLike": {"aws:PrincipalServiceName": "sn?.amazonaws.com"}}, None),
        (
            {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:saml-provider/x"}},
            f"arn:aws:iam::{OWN}:saml-provider/x",
        ),
        ({"StringEquals": {"aws:PrincipalType": "Account"}, "StringLike": {"aws:PrincipalAccount": "55*"}}, None),
        ({"StringLike": {"aws:PrincipalAccount": "55*"}}, None),
    ],
)
def test_a_condition_means_callers_that_no_principal_names(condition: dict[str, object], caller: str | None) -> None:
    """Services, providers and accounts that only conditions tell apart are callers too."""
    answer = compare([policy({"AWS": "444455556666"})], [policy("*", **condition)])

    assert Verdict.NEW_ACCESS is answer.verdict
    assert answer.witness is not None
    assert caller in {None, answer.witness.caller.arn}


def test_a_session_is_known_by_the_arn_of_its_role() -> None:
    """A condition on `aws:PrincipalArn` does not make another caller of a session that is named."""
    session = f"arn:aws:sts::{OWN}:assumed-role/app/one"
    new = policy({"AWS": session}, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"})
    answer = compare([policy({"AWS": "444455556666"})], [new])

    assert answer.witness is not None
    assert session == answer.witness.caller.arn


def test_a_caller_without_arn_passes_what_asks_for_none() -> None:
    """A service has no `aws:PrincipalArn`, so that a condition against some of them does not stop it."""
    new = policy({"Service": "sns.amazonaws.com"}, ArnNotLike={"aws:PrincipalArn": "arn:aws:iam::*:role/*"})

    assert Verdict.NEW_ACCESS is compare([policy({"AWS": OWN})], [new]).verdict


def test_the_checker_knows_that_a_user_is_no_role() -> None:
    """What is true of all users of an account refutes a condition on roles, segment by segment."""
    roles = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}}
    answer = compare([policy({"AWS": OWN}, **roles)], [policy({"AWS": OWN}, **roles)])
    denied = policy({"AWS": OWN}, **roles, StringEquals={"aws:PrincipalType": "User"})
    nothing = compare([], [denied])

    for one in (answer, nothing):
        assert one.proved is not None
        assert verify_all(one.certificate(), claims_of(one.proved)).valid
