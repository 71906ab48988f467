"""Claims about statements that allow all but what they list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]

UPLOADS = "arn:aws:s3:::uploads/*"


def policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(**parts: object) -> dict[str, object]:
    return {"Effect": "Allow"} | parts


def deny(**parts: object) -> dict[str, object]:
    return {"Effect": "Deny"} | parts


def given(*statements: dict[str, object]) -> dict[str, object]:
    """A role of a template with a parameter."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties = {
        "AssumeRolePolicyDocument": policy(trust),
        "Policies": [{"PolicyName": "own", "PolicyDocument": policy(*statements)}],
    }
    return {
        "Parameters": {"P": {"Type": "String"}},
        "Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}},
    }


EXCLUDING = {
    "all but one service": ("error", policy(allow(NotAction="iam:*", Resource="*"))),
    "all but many": ("error", policy(allow(NotAction=["iam:*", "sts:*", "organizations:*"], Resource="*"))),
    "all but nothing that exists": ("error", policy(allow(NotAction="zzz:*", Resource="*"))),
    "all of a service on all but one": ("error", policy(allow(Action="s3:GetObject", NotResource=UPLOADS))),
    "all but, twice": ("error", policy(allow(NotAction="iam:*", NotResource=UPLOADS))),
    "all but, on every bucket": ("error", policy(allow(NotAction="s3:Put*", Resource="arn:aws:s3:::*"))),
    "all but, on one bucket": ("warning", policy(allow(NotAction="s3:Delete*", Resource=UPLOADS))),
    "all but, under a condition": (
        "error",
        policy(allow(NotAction="iam:*", Resource="*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
    ),
    "all but, with a refusal of something else": (
        "error",
        policy(allow(NotAction="iam:*", Resource="*"), deny(Action="s3:*", Resource="*")),
    ),
}
LISTING = {
    "a refusal of all but": policy(deny(NotAction="s3:*", Resource="*")),
    "a refusal on all but": policy(
        allow(Action="s3:GetObject", Resource=UPLOADS), deny(Action="s3:*", NotResource=UPLOADS)
    ),
    "a list": policy(allow(Action=["s3:GetObject"], Resource=UPLOADS)),
    "a star": policy(allow(Action="s3:*", Resource=UPLOADS)),
    "a refusal in another region": policy(
        deny(NotAction=["iam:*"], Resource="*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})
    ),
    "everything": policy(allow(Action="*", Resource="*")),
}


@pytest.mark.parametrize("case", EXCLUDING)
def test_allowing_all_but_is_found(judge: Judge, case: str) -> None:
    """`NotAction` and `NotResource` that allow are errors, within one container a warning."""
    severity, document = EXCLUDING[case]

    assert severity == judge("allow-by-exclusion", document).gravest


@pytest.mark.parametrize("case", LISTING)
def test_denying_all_but_passes(judge: Judge, case: str) -> None:
    """Exclusion in a Deny is the safe way round; other wide statements belong to other controls."""
    assert "pass" == judge("allow-by-exclusion", LISTING[case]).gravest


def test_the_request_shown_is_not_one_that_is_excluded(judge: Judge) -> None:
    """The witness is allowed by the very statement."""
    [finding] = judge("allow-by-exclusion", policy(allow(NotAction=["s3:*", "kms:*", "iam:*"], Resource="*"))).findings

    assert finding.witness is not None
    assert "dynamodb:DeleteTable" == finding.witness.action


NOTHING_LEFT = {
    "all is refused": ("pass", [allow(NotAction="iam:*", Resource="*"), deny(Action="*", Resource="*")]),
    "no role meets the condition": (
        "pass",
        [allow(NotAction="iam:*", Resource="*", Condition={"StringLike": {"aws:username": "*"}})],
    ),
}


@pytest.mark.parametrize("case", NOTHING_LEFT)
def test_what_nothing_is_left_of_passes(judge: Judge, case: str) -> None:
    """A finding shows a request; where it is proved that there is none, there is no finding."""
    expected, statements = NOTHING_LEFT[case]

    assert expected == judge("allow-by-exclusion", policy(*statements)).gravest


@pytest.mark.parametrize("element", ["NotAction", "NotResource"])
def test_an_exclusion_given_at_deployment_is_unknown(judge: Judge, element: str) -> None:
    """A parameter may exclude everything."""
    whole = allow(**{"Action": "s3:*", "Resource": "*", element: {"Ref": "P"}})
    del whole[element.removeprefix("Not")]

    assert "unknown" == judge("allow-by-exclusion", given(whole)).gravest
