"""Claims about functions that run as one role, however the role is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]

ROLE = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
"""
NAMED = ROLE.replace("    Properties:\n", "    Properties:\n      RoleName: jobs\n")
CONDITIONS = (
    "Parameters: {Stage: {Type: String}}\nConditions: {Prod: !Equals [!Ref Stage, prod], Dev: !Not [!Condition Prod]}\n"
)
ARN = "arn:aws:iam::111122223333:role/jobs"


def two(first: str, second: str, *, head: str = "", rest: str = "", of: tuple[str, str] = ("", "")) -> str:
    text = f"{head}Resources:\n"
    for name, role, extra in (("First", first, of[0]), ("Second", second, of[1])):
        text += f"""\
  {name}:
    Type: AWS::Lambda::Function
{extra}    Properties:
      Runtime: python3.13
      Handler: app.handler
      Code: {{ZipFile: x}}
      Role: {role}
"""
    return text + rest


SHARED = {
    "one attribute": two("!GetAtt Role.Arn", "!GetAtt Role.Arn", rest=ROLE),
    "one literal ARN": two(ARN, ARN),
    "an attribute and a text": two("!GetAtt Role.Arn", '!Sub "${Role.Arn}"', rest=ROLE),
    "an attribute and the ARN of its name": two(
        "!GetAtt Role.Arn", '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/jobs"', rest=NAMED
    ),
    "a text and a list": two(
        '!Sub "arn:aws:iam::${AWS::AccountId}:role/jobs"',
        '!Join ["", ["arn:aws:iam::", !Ref AWS::AccountId, ":role/jobs"]]',
    ),
    "the name by reference": two(
        "!GetAtt Role.Arn", '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Role}"', rest=ROLE
    ),
    "one import": two("!ImportValue role", "!ImportValue role"),
    "one parameter": two("!Ref Arn", "!Ref Arn", head="Parameters: {Arn: {Type: String}}\n"),
    "a parameter's default": two(ARN, "!Ref Arn", head=f"Parameters: {{Arn: {{Type: String, Default: '{ARN}'}}}}\n"),
    "one mapping": two("!FindInMap [Roles, all, jobs]", ARN, head=f"Mappings: {{Roles: {{all: {{jobs: '{ARN}'}}}}}}\n"),
    "one branch": two("!GetAtt Role.Arn", f"!If [Prod, !GetAtt Role.Arn, '{ARN}x']", head=CONDITIONS, rest=ROLE),
    "one condition for both": two(
        "!GetAtt Role.Arn",
        "!GetAtt Role.Arn",
        head=CONDITIONS,
        rest=ROLE,
        of=("    Condition: Prod\n", "    Condition: Prod\n"),
    ),
    "Globals of SAM": f"""\
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.13, Handler: a.b, CodeUri: src/, Role: !GetAtt Role.Arn}}}}
Resources:
  First: {{Type: AWS::Serverless::Function}}
  Second: {{Type: AWS::Serverless::Function}}
{ROLE}""",
}

APART = {
    "two roles": two("!GetAtt Role.Arn", "!GetAtt Other.Arn", rest=ROLE + ROLE.replace("Role:\n", "Other:\n", 1)),
    "two literal ARNs": two(ARN, f"{ARN}-too"),
    "one name in two accounts": two(ARN, ARN.replace("111122223333", "444455556666")),
    "one name at two paths": two(ARN, ARN.replace("role/", "role/service/")),
    "conditions that exclude each other": two(
        "!GetAtt Role.Arn",
        "!GetAtt Role.Arn",
        head=CONDITIONS,
        rest=ROLE,
        of=("    Condition: Prod\n", "    Condition: Dev\n"),
    ),
    "branches that exclude each other": two(
        f"!If [Prod, '{ARN}', '{ARN}-dev']", f"!If [Prod, '{ARN}-b', '{ARN}']", head=CONDITIONS
    ),
    "two imports": two("!ImportValue first", "!ImportValue second"),
    "roles that SAM makes": """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: a.b, CodeUri: src/}}
Resources:
  First: {Type: AWS::Serverless::Function}
  Second: {Type: AWS::Serverless::Function}
""",
    "a version and an alias of one function": two("!GetAtt Role.Arn", f"{ARN}-z", rest=ROLE)
    + "  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref First}}\n",
}


@pytest.mark.parametrize("case", SHARED)
def test_functions_that_run_as_one_role_share_it(judge: Judge, case: str) -> None:
    """Two functions share a role when both can run as it in one deployment, however it is written."""
    found = judge("shared-execution-role", SHARED[case]).findings

    assert [("error", "First"), ("error", "Second")] == [
        (item.severity.value, item.subject.logical_id) for item in found
    ]


@pytest.mark.parametrize("case", APART)
def test_functions_that_never_run_as_one_role_do_not_share_it(judge: Judge, case: str) -> None:
    """Different roles, and one role in deployments that exclude each other, are not shared."""
    assert "pass" == judge("shared-execution-role", APART[case]).gravest


def test_a_shared_role_is_one_root_cause(judge: Judge) -> None:
    """Whoever shares the role is mended by the same change, and the cause is the role, not its spelling."""
    found = judge("shared-execution-role", two("!GetAtt Role.Arn", '!Sub "${Role.Arn}"', rest=ROLE)).findings

    assert 2 == len(found)
    assert 1 == len({finding.root_cause for finding in found})
    assert "template.yaml" in found[0].root_cause
