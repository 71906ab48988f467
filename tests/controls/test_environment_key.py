"""Claims about the keys that encrypt environments, and about functions outside of a VPC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from apiece.cli.group import apiece

Judge = Callable[..., Any]
KEY = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-0000-0000-000000000000"


def function(properties: str, *, head: str = "", more: str = "") -> str:
    return f"""\
{head}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      Role: arn:aws:iam::111122223333:role/worker
      Code: {{ZipFile: x}}
      {properties}
{more}"""


VARIABLES = "Environment: {Variables: {TABLE: orders}}"
OWN_KEY = "  Key: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {Version: '2012-10-17', Statement: []}}}\n"
WITHOUT = {
    "no key": function(VARIABLES),
    "AWS's key by its alias": function(
        f"{VARIABLES}\n      KmsKeyArn: arn:aws:kms:us-east-1:111122223333:alias/aws/lambda"
    ),
    "a key in one form only": function(
        VARIABLES + f"\n      KmsKeyArn: !If [Own, {KEY}, !Ref AWS::NoValue]",
        head="Parameters: {S: {Type: String}}\nConditions: {Own: !Equals [!Ref S, y]}",
    ),
    "a key for a bucket, none for the function": function(
        VARIABLES, more=OWN_KEY + "  Box: {Type: AWS::S3::Bucket, Properties: {}}\n"
    ),
    "a variable named like a key": function(f"Environment: {{Variables: {{KMS_KEY_ARN: '{KEY}'}}}}"),
}
WITH = {
    "a key by its ARN": function(f"{VARIABLES}\n      KmsKeyArn: {KEY}"),
    "a key of the stack": function(f"{VARIABLES}\n      KmsKeyArn: !GetAtt Key.Arn", more=OWN_KEY),
    "an alias of one's own": function(
        f"{VARIABLES}\n      KmsKeyArn: arn:aws:kms:us-east-1:111122223333:alias/aws-orders"
    ),
    "no variables": function("Description: none"),
    "an empty environment": function("Environment: {Variables: {}}"),
    "a key by default": function(
        f"{VARIABLES}\n      KmsKeyArn: !Ref K", head=f"Parameters: {{K: {{Type: String, Default: '{KEY}'}}}}"
    ),
}


@pytest.mark.parametrize("template", WITHOUT.values(), ids=WITHOUT)
def test_variables_under_awss_key_are_a_note(judge: Judge, template: str) -> None:
    assert "note" == judge("environment-without-customer-key", template).gravest


@pytest.mark.parametrize("template", WITH.values(), ids=WITH)
def test_variables_under_a_key_of_ones_own_pass(judge: Judge, template: str) -> None:
    assert "pass" == judge("environment-without-customer-key", template).gravest


def test_a_key_that_nobody_knows_is_undecided(judge: Judge) -> None:
    template = function(f"{VARIABLES}\n      KmsKeyArn: !Ref K", head="Parameters: {K: {Type: String}}")

    assert "unknown" == judge("environment-without-customer-key", template).gravest


INSIDE = "VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}"
OUTSIDE_CASES = {
    "no network": ("Description: none", "note"),
    "an empty network": ("VpcConfig: {SubnetIds: [], SecurityGroupIds: []}", "note"),
    "a subnet in its environment": ("Environment: {Variables: {SUBNET: subnet-1}}", "note"),
    "a network": (INSIDE, "pass"),
    "a network by reference": ("VpcConfig: {SubnetIds: [!Ref AWS::Region], SecurityGroupIds: [sg-1]}", "pass"),
}


@pytest.mark.parametrize(("properties", "expected"), OUTSIDE_CASES.values(), ids=OUTSIDE_CASES)
def test_a_function_without_subnets_is_outside(judge: Judge, properties: str, expected: str) -> None:
    assert expected == judge("function-outside-vpc", function(properties)).gravest


@pytest.mark.parametrize(
    ("arguments", "told"), [((), False), (("--also", "function-outside-vpc"), True)], ids=["usually", "asked for"]
)
def test_functions_outside_are_only_told_where_asked_for(
    tmp_path: Path,
    arguments: tuple[str, ...],
    told: bool,  # noqa: FBT001
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(function("Description: none"))

    result = CliRunner().invoke(apiece, ["check", str(path), "--format", "json", *arguments])

    assert told is ("function-outside-vpc" in result.stdout)
    assert "shared-execution-role" in result.stdout
