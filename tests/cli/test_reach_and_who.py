"""Claims about `apiece reach` and `apiece who`: the whole text on a small template, and the documents they promise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TEMPLATE = """\
Resources:
  Deployer:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: x}, Role: !GetAtt DeployRole.Arn}
  Payments:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: a.b, Code: {ZipFile: x}, Role: !GetAtt PayRole.Arn}
  Ledger:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
  DeployRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: &trust
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: deploy
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Sid: Code
                Effect: Allow
                Action: lambda:UpdateFunctionCode
                Resource: !GetAtt Payments.Arn
                Condition: {StringEquals: {"aws:PrincipalTag/team": deploy}}
  PayRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: *trust
      Policies:
        - PolicyName: "pay\\u001b[31m"
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Sid: Pay, Effect: Allow, Action: "dynamodb:PutItem", Resource: !GetAtt Ledger.Arn}]
"""
REACH = """\
Deployer
  runs as DeployRole in account 111122223333

can do
  lambda  write  UpdateFunctionCode  function Payments  if aws:PrincipalTag/team = deploy

can become 1 other
  update-function-code, replaces the code of a function that runs as another role, if aws:PrincipalTag/team = deploy
    = Payments (PayRole)
      allowed by policy `deploy`, statement Code, a.yaml:23:17

not known
  outside this source: scp, rcp
"""
WHO = """\
dynamodb:PutItem on Ledger: 1 of 2 principals can

in the source
  PayRole  Payments  policy `pay\\x1b[31m`, statement Pay, a.yaml:36:25

not known
  outside this source: scp, rcp
"""
SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schema"


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "a.yaml").write_text(TEMPLATE)
    command = [sys.executable, "-m", "apiece", *arguments, "-e", "a.yaml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [(("reach", "Deployer"), REACH), (("who", "dynamodb:PutItem", "Ledger"), WHO)],
    ids=["reach", "who"],
)
def test_the_text_says_it_at_a_glance(tmp_path: Path, arguments: tuple[str, ...], shown: str) -> None:
    """What, how, under which condition, by which statement at which place; names cannot paint the terminal."""
    result = _run(tmp_path, *arguments)

    assert (0, shown, "") == (result.returncode, result.stdout, result.stderr)


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [(("reach", "Deployer"), "reach-1"), (("who", "dynamodb:PutItem", "Ledger"), "who-1")],
    ids=["reach", "who"],
)
def test_the_json_is_what_its_schema_says(tmp_path: Path, arguments: tuple[str, ...], schema: str) -> None:
    """It is valid against the published schema."""
    jsonschema = pytest.importorskip("jsonschema")
    document = json.loads(_run(tmp_path, *arguments, "-f", "json").stdout)

    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text()))


def test_a_wrong_name_is_two(tmp_path: Path) -> None:
    """With the nearest name, and nothing on standard output."""
    result = _run(tmp_path, "reach", "Deploy")

    assert (2, "") == (result.returncode, result.stdout)
    assert "did you mean `Deployer`?" in result.stderr
