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


def when(operator: str, key: str, value: object) -> dict[str, object]:
    return {operator: {key: value}}


SELF_GRANTS = {
    "over TLS": ("error", when("Bool", "aws:SecureTransport", "true")),
    "in IAM's region": ("error", when("StringEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"])),
    "in another region": ("pass", when("StringEquals", "aws:RequestedRegion", "eu-west-1")),
    "by users": ("pass", when("StringLike", "aws:username", "*")),
    "by services": ("pass", when("Bool", "aws:PrincipalIsAWSService", "true")),
    "with a second factor": ("pass", when("Bool", "aws:MultiFactorAuthPresent", "true")),
    "soon after a second factor": ("pass", when("NumericLessThan", "aws:MultiFactorAuthAge", "300")),
    "signed in elsewhere": ("pass", when("StringLike", "aws:FederatedProvider", "*")),
    "by a role with a tag": ("unknown", when("StringEquals", "aws:PrincipalTag/team", "ops")),
    "from a network": ("unknown", when("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
    "through a service": ("unknown", when("Bool", "aws:ViaAWSService", "true")),
    "before a date": ("unknown", when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")),
}
REFUSED = {
    "without TLS": ("error", when("Bool", "aws:SecureTransport", "false")),
    "without a second factor": ("pass", when("BoolIfExists", "aws:MultiFactorAuthPresent", "false")),
    "to roles without a tag": ("unknown", when("StringNotEquals", "aws:PrincipalTag/team", "ops")),
    "outside of an organisation": ("unknown", when("StringNotEquals", "aws:PrincipalOrgID", "o-abcdefghij")),
}


@pytest.mark.parametrize("case", SELF_GRANTS)
def test_a_grant_to_itself_counts_under_conditions_that_a_function_meets(judge: Judge, case: str) -> None:
    """It is certain under what a function chooses, and unknown under what nobody chooses when it runs."""
    expected, condition = SELF_GRANTS[case]
    found = judge("admin-execution-role", function(allow("iam:PutRolePolicy", Condition=condition)))

    assert expected == found.gravest
    assert all(finding.witness is not None for finding in found.findings)


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_counts_where_a_function_cannot_escape_it(judge: Judge, case: str) -> None:
    """A Deny that may stand leaves it unknown, one that no function escapes settles it."""
    expected, condition = REFUSED[case]
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": condition}

    assert expected == judge("admin-execution-role", function(allow("iam:PutRolePolicy"), deny)).gravest


@pytest.mark.parametrize(
    ("name", "expected"), [(None, "unknown"), ({"Ref": "P"}, "unknown"), ("tool", "pass"), ("app-one", "error")]
)
def test_a_name_given_at_deployment_may_be_one_that_is_meant(judge: Judge, name: object, expected: str) -> None:
    """Whether a pattern takes in the role itself is known where its name is."""
    text = function(allow("iam:PutRolePolicy", f"{ROLES}app-*"), **({"RoleName": name} if name else {}))

    assert expected == judge("admin-execution-role", {"Parameters": {"P": {"Type": "String"}}, **text}).gravest


OPEN = {
    "an action": (allow({"Ref": "P"}),),
    "an action of IAM": (allow({"Fn::Sub": "iam:${P}"}),),
    "a resource": (allow("*", {"Ref": "P"}),),
    "an excluded action": ({"Effect": "Allow", "NotAction": {"Ref": "P"}, "Resource": "*"},),
    "a refused action": (allow("*"), {"Effect": "Deny", "Action": {"Ref": "P"}, "Resource": "*"}),
    "a refused resource": (allow("*"), {"Effect": "Deny", "Action": "*", "Resource": {"Ref": "P"}}),
    "a region": (allow("iam:PutRolePolicy", Condition=when("StringEquals", "aws:RequestedRegion", {"Ref": "P"})),),
}


@pytest.mark.parametrize("case", OPEN)
def test_what_is_given_at_deployment_is_unknown(judge: Judge, case: str) -> None:
    """A parameter may make an administrator, or unmake one."""
    text = {"Parameters": {"P": {"Type": "String"}}, **function(*OPEN[case])}

    assert "unknown" == judge("admin-execution-role", text).gravest
