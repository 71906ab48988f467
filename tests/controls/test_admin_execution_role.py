"""Claims about roles that may do everything, or may make it so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]


def function(*statements: dict[str, object], **role: object) -> dict[str, object]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policies = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]
    return {
        "Resources": {
            "Worker": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "a.b",
                    "Code": {"ZipFile": "x"},
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                },
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}
                | ({"Policies": policies} if statements else {})
                | role,
            },
        }
    }


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


ROLES = "arn:aws:iam::111122223333:role/"
ADMINS = {
    "a star on a star": function(allow("*")),
    "stars with a colon": function(allow("*:*")),
    "a list that holds a star": function(allow(["s3:GetObject", "*"])),
    "ARNs of stars": function(allow("*", "arn:*:*:*:*:*")),
    "AWS's own policy": function(ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
    "AWS's own policy by a text": function(
        ManagedPolicyArns=[{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}]
    ),
    "within a boundary of everything": function(
        allow("*"), PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
    ),
    "everything and one refusal of something else": function(
        allow("*"), {"Effect": "Deny", "Action": "organizations:*", "Resource": "*"}
    ),
    "putting policies on any role": function(allow("iam:PutRolePolicy")),
    "attaching policies to any role": function(allow("iam:Attach*")),
    "all of IAM": function(allow("iam:*")),
}
LIMITED = {
    "one service": function(allow("s3:*")),
    "everything on one bucket": function(allow("*", ["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*"])),
    "everything within a narrow boundary": function(
        allow("*"), PermissionsBoundary="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    ),
    "everything, denied": function(allow("*"), {"Effect": "Deny", "Action": "*", "Resource": "*"}),
    "putting policies on another role": function(allow("iam:PutRolePolicy", ROLES + "other")),
    "putting policies on itself, denied": function(
        allow("iam:PutRolePolicy"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    ),
    "reading IAM": function(allow(["iam:Get*", "iam:List*"])),
    "passing roles": function(allow("iam:PassRole")),
    "power without IAM": function(ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    "a refusal of everything": function({"Effect": "Deny", "Action": "*", "Resource": "*"}),
}


@pytest.mark.parametrize("case", ADMINS)
def test_an_administrator_is_an_error_with_a_request(judge: Judge, case: str) -> None:
    """Everything on everything, and giving oneself everything, is an error however it is written."""
    found = judge("admin-execution-role", ADMINS[case])

    assert ("error", True) == (found.gravest, all(item.witness for item in found.findings))


@pytest.mark.parametrize("case", LIMITED)
def test_a_limited_role_is_no_administrator(judge: Judge, case: str) -> None:
    """One service, one container, a boundary or a refusal make no administrator."""
    assert "pass" == judge("admin-execution-role", LIMITED[case]).gravest


def test_everything_under_a_condition_is_not_everything(judge: Judge) -> None:
    """A statement with a condition does not make an administrator of every request."""
    text = function(allow("*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))

    assert "error" != judge("admin-execution-role", text).gravest


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, False),
        ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/other"}}, False),
    ],
)
def test_a_grant_to_itself_counts_under_conditions_that_can_be_met(
    judge: Judge, condition: dict[str, object], expected: object
) -> None:
    """Whether a role can put policies to itself is asked in every context, and IAM answers in one region."""
    statement = allow("iam:PutRolePolicy", Condition=condition)

    assert expected is (judge("admin-execution-role", function(statement)).gravest == "error")
