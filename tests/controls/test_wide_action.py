"""Claims about patterns of actions that take in a whole service or the right to change permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]

ORDERS = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
BUCKET = ["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*"]


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


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


WIDE = {
    "a whole service": ("error", policy(allow("sqs:*"))),
    "in capitals": ("error", policy(allow("SQS:*"))),
    "by question marks": ("error", policy(allow("sqs:?*"))),
    "by many stars": ("error", policy(allow("sqs:**"))),
    "in a list": ("error", policy(allow(["xray:PutTraceSegments", "sns:*"]))),
    "by several patterns": ("error", policy(allow([f"sqs:{letter}*" for letter in "ACDGLPRSTU"]))),
    "several services by one pattern": ("error", policy(allow("s?s:*"))),
    "on one table": ("warning", policy(allow("dynamodb:*", [ORDERS, f"{ORDERS}/*"]))),
    "on one bucket": ("warning", policy(allow("s3:*", BUCKET))),
    "with a refusal of a part": (
        "error",
        policy(allow("sqs:*"), {"Effect": "Deny", "Action": "sqs:Delete*", "Resource": "*"}),
    ),
    "that puts policies on queues": ("warning", policy(allow("sqs:Add*", "arn:aws:sqs:us-east-1:111122223333:orders"))),
    "that puts bucket policies": ("warning", policy(allow("s3:Put*", BUCKET))),
    "that puts policies on functions": ("warning", policy(allow("lambda:Add*", "*"))),
    "that puts role policies": ("warning", policy(allow("iam:Put*Policy", "*"))),
    "that creates grants": ("warning", policy(allow("kms:Create*", "*"))),
}
NARROW = {
    "listed actions": policy(allow(["dynamodb:GetItem", "dynamodb:Query"], ORDERS)),
    "listed actions that change permissions": policy(
        allow("sqs:AddPermission", "arn:aws:sqs:us-east-1:111122223333:orders")
    ),
    "a pattern of reading": policy(allow("dynamodb:Get*", ORDERS)),
    "a pattern of describing": policy(allow(["ec2:Describe*", "cloudwatch:List*"])),
    "a pattern of batches": policy(allow("dynamodb:Batch*", ORDERS)),
    "a service that is denied": policy(allow("sqs:*"), {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}),
    "a service of another's resources": policy(allow("sqs:*", "arn:aws:sns:us-east-1:111122223333:orders")),
    "a refusal of a service": policy({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}),
    "a pattern that nothing matches": policy(allow("sqs:Zzz*")),
    "a pattern of sending": policy(allow("sqs:Send*", "arn:aws:sqs:us-east-1:111122223333:orders")),
}


P = {"Ref": "P"}
IN_P = {"StringEquals": {"aws:RequestedRegion": P}}
GIVEN = {
    "an action": [allow(P)],
    "a part of an action": [allow({"Fn::Sub": "s3:${P}"}, BUCKET)],
    "the resource of a service": [allow("sqs:*", P)],
    "the resource of a pattern": [allow("sqs:Add*", P)],
    "a condition": [allow("sqs:*", Condition=IN_P)],
    "a refused action": [allow("sqs:*"), {"Effect": "Deny", "Action": P, "Resource": "*"}],
    "a refused resource": [allow("sqs:*"), {"Effect": "Deny", "Action": "sqs:*", "Resource": P}],
}


@pytest.mark.parametrize("case", GIVEN)
def test_what_is_given_at_deployment_is_unknown(judge: Judge, case: str) -> None:
    """A parameter may take a service in, or leave nothing of it."""
    assert "unknown" == judge("wide-action", given(*GIVEN[case])).gravest


def test_a_service_under_a_condition_that_no_role_meets_passes(judge: Judge) -> None:
    """Nothing is left of it, and that is proved."""
    text = policy(allow("sqs:*", Condition={"StringLike": {"aws:username": "*"}}))

    assert "pass" == judge("wide-action", text).gravest


@pytest.mark.parametrize("case", WIDE)
def test_a_pattern_of_a_whole_service_is_found(judge: Judge, case: str) -> None:
    """A service's every action is an error, on one container or of changing permissions a warning."""
    severity, document = WIDE[case]
    found = judge("wide-action", document)

    assert (severity, True) == (found.gravest, all(item.witness for item in found.findings))


@pytest.mark.parametrize("case", NARROW)
def test_listed_actions_and_harmless_patterns_pass(judge: Judge, case: str) -> None:
    """What is listed by name, or takes in neither a service nor the change of permissions, passes."""
    assert "pass" == judge("wide-action", NARROW[case]).gravest


def test_access_lists_of_single_objects_are_a_note(judge: Judge) -> None:
    """`s3:PutObject*` on objects changes access lists of objects, not of the bucket."""
    assert "note" == judge("wide-action", policy(allow("s3:PutObject*", "arn:aws:s3:::uploads/*"))).gravest


def test_many_services_are_one_finding(judge: Judge) -> None:
    """A star under a condition is said once, with the number of services."""
    condition = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    [message] = judge("wide-action", policy(allow("*", Condition=condition))).messages

    assert message.endswith(" services")


def test_a_star_on_one_bucket_is_said_of_the_service_that_it_reaches(judge: Judge) -> None:
    """`*` on a bucket allows every action of S3, not of all services."""
    found = judge("wide-action", policy(allow("*", BUCKET)))

    assert ("warning", True) == (found.gravest, all("S3" in message for message in found.messages))
