"""Claims about execution roles that no permissions boundary holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.controls.shorthand import estate_of
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.records.verdict import Outcome, Verdict

ACCOUNT = "111122223333"
Statement = dict[str, Any]


def allow(*actions: str, on: object = "*", **conditions: object) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on} | (
        {"Condition": conditions} if conditions else {}
    )


def deny(*actions: str, on: object = "*") -> Statement:
    return allow(*actions, on=on) | {"Effect": "Deny"}


def policy(*statements: Statement) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


BOUNDARY = policy(allow("*"))


def estate(*statements: Statement, bounded: int = 0, others: int = 0, **facts: object) -> Estate:
    """The function `worker` beside others with a boundary and without."""
    more = [(f"bounded-{one}", {"boundary": BOUNDARY}) for one in range(bounded)]
    more += [(f"free-{one}", {}) for one in range(others)]
    roles = [("worker", {"policies": policy(*statements)} | facts)]
    roles += [(name, {"policies": policy(allow("s3:GetObject"))} | given) for name, given in more]
    return estate_of(
        {
            "functions": [
                {
                    "arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}",
                    "latest": {"role": f"arn:aws:iam::{ACCOUNT}:role/{name}"},
                }
                for name, _ in roles
            ],
            "roles": [{"arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"} | given for name, given in roles],
        }
    )


def judged(found: Estate) -> Verdict:
    lines = run_controls(found, [control_named("boundary-missing")], today=dt.date(2026, 11, 25)).verdicts
    return next(line.verdict for line in lines if line.subject.name == "worker")


MISSING = {
    "makes roles": estate(allow("iam:CreateRole")),
    "writes policies of some roles": estate(allow("iam:PutRolePolicy", on=f"arn:aws:iam::{ACCOUNT}:role/tenant-*")),
    "everything of IAM but one thing": estate(allow("iam:*"), deny("iam:CreateRole")),
    "makes users": estate(allow("iam:CreateUser")),
    "attaches one policy": estate(
        allow("iam:AttachRolePolicy", ArnEquals={"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
    ),
    "by exclusion": estate({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
    "most others have one": estate(allow("s3:GetObject"), bounded=3, others=1),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_boundary_is_missing(case: str) -> None:
    """A role that gives permissions away, or stands out, is noted."""
    verdict = judged(MISSING[case])

    assert [Outcome.FAIL, "note"] == [verdict.outcome, verdict.deviations[0].severity]


FINE = {
    "it only reads IAM": estate(allow("iam:Get*", "iam:List*")),
    "it passes a role": estate(allow("iam:PassRole")),
    "it has a boundary": estate(allow("iam:CreateRole"), boundary=BOUNDARY),
    "it is denied": estate(allow("iam:CreateRole"), deny("iam:*")),
    "it has wide power over data": estate(allow("s3:*", "dynamodb:*")),
    "it is an administrator": estate(allow("*")),
    "few others have one": estate(allow("s3:GetObject"), bounded=1, others=3),
    "only on a policy of AWS": estate(allow("iam:CreateServiceLinkedRole")),
}


@pytest.mark.parametrize("case", FINE)
def test_no_boundary_is_needed(case: str) -> None:
    """A role that cannot give permissions needs none where others have none."""
    assert Verdict.passed() == judged(FINE[case])


@pytest.mark.parametrize("needs", ["role.policies", "role.boundary"])
def test_what_could_not_be_read_is_unknown(needs: str) -> None:
    """Neither unread policies nor a boundary that nobody could read are a pass."""
    found = estate(allow("iam:CreateRole"))
    gap = Gap(subject=found.roles[0].subject, needs=needs, reason="access denied")

    assert Outcome.UNKNOWN is judged(msgspec.structs.replace(found, gaps=(gap,))).outcome


def test_an_action_that_a_parameter_gives_is_unknown(judge: Callable[..., Any]) -> None:
    """It may be one that makes roles."""
    text = """\
Parameters: {What: {Type: String}}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      InlineCode: x
      Policies:
        - {Version: "2012-10-17", Statement: [{Effect: Allow, Action: !Ref What, Resource: "*"}]}
"""

    assert "unknown" == judge("boundary-missing", text).gravest
