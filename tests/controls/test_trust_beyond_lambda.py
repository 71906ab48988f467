"""Claims about who else can assume the role of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]

LAMBDA = '{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}'


def role(*statements: str, head: str = "") -> str:
    return f"""\
{head}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: python3.13, Handler: a.b, Code: {{ZipFile: x}}, Role: !GetAtt Role.Arn}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{", ".join(statements)}]
"""


def allow(principal: str, *, action: str = "sts:AssumeRole", more: str = "") -> str:
    return f'{{Effect: Allow, Principal: {principal}, Action: "{action}"{more}}}'


BEYOND = {
    "everybody": ("error", allow('"*"')),
    "everybody with an account": ("error", allow('{AWS: "*"}')),
    "another account": ("error", allow('{AWS: "444455556666"}')),
    "another account's root": ("error", allow('{AWS: "arn:aws:iam::444455556666:root"}')),
    "another account's root with an external id": (
        "error",
        allow('{AWS: "arn:aws:iam::444455556666:root"}', more=', Condition: {StringEquals: {"sts:ExternalId": abc}}'),
    ),
    "another account's role": ("error", allow('{AWS: "arn:aws:iam::444455556666:role/deploy"}')),
    "everybody of an organisation": (
        "error",
        allow('{AWS: "*"}', more=', Condition: {StringEquals: {"aws:PrincipalOrgID": o-abcdefghij}}'),
    ),
    "the own account": ("warning", allow('{AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}')),
    "a user of the own account": ("warning", allow('{AWS: !Sub "arn:aws:iam::${AWS::AccountId}:user/me"}')),
    "a service beside Lambda": ("warning", allow("{Service: [lambda.amazonaws.com, ec2.amazonaws.com]}")),
    "the scheduler": ("warning", allow("{Service: scheduler.amazonaws.com}")),
    "a service by a text": ("warning", allow('{Service: !Sub "ec2.${AWS::URLSuffix}"}')),
    "an identity provider of the web": (
        "error",
        allow(
            '{Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}',
            action="sts:AssumeRoleWithWebIdentity",
        ),
    ),
    "an identity pool": (
        "error",
        allow("{Federated: cognito-identity.amazonaws.com}", action="sts:AssumeRoleWithWebIdentity"),
    ),
    "every action of the service": ("error", allow('{AWS: "444455556666"}', action="sts:*")),
}

ONLY = {
    "Lambda alone": (LAMBDA,),
    "Lambda at the edge": (allow("{Service: [lambda.amazonaws.com, edgelambda.amazonaws.com]}"),),
    "Lambda by a text": (allow('{Service: !Sub "lambda.${AWS::URLSuffix}"}'),),
    "Lambda for one account": (
        allow(
            "{Service: lambda.amazonaws.com}",
            more=', Condition: {StringEquals: {"aws:SourceAccount": !Ref "AWS::AccountId"}}',
        ),
    ),
    "a refusal": (LAMBDA, '{Effect: Deny, Principal: {AWS: "*"}, Action: "sts:AssumeRole"}'),
    "a permission that a refusal takes back": (
        LAMBDA,
        allow('{AWS: "arn:aws:iam::444455556666:root"}'),
        '{Effect: Deny, Principal: {AWS: "*"}, Action: "sts:*"}',
    ),
    "tagging of sessions": (LAMBDA, allow("{Service: lambda.amazonaws.com}", action="sts:TagSession")),
    "an action that assumes nothing": (LAMBDA, allow('{AWS: "444455556666"}', action="sts:TagSession")),
}


@pytest.mark.parametrize("case", BEYOND)
def test_another_principal_is_found(judge: Judge, case: str) -> None:
    """Whoever else can assume the role is named: inside the account as a warning, outside as an error."""
    severity, statement = BEYOND[case]

    assert severity == judge("trust-beyond-lambda", role(LAMBDA, statement)).gravest


@pytest.mark.parametrize("case", ONLY)
def test_the_lambda_service_alone_passes(judge: Judge, case: str) -> None:
    """The Lambda service, at the edge too, may assume the role; what is denied or assumes nothing is no trust."""
    assert "pass" == judge("trust-beyond-lambda", role(*ONLY[case])).gravest


def test_a_principal_given_at_deployment_is_unknown(judge: Judge) -> None:
    """Who a parameter will name is not known."""
    head = "Parameters: {Who: {Type: String}}"

    assert "unknown" == judge("trust-beyond-lambda", role(LAMBDA, allow("{AWS: !Ref Who}"), head=head)).gravest


OPEN = {
    "an action": allow("'*'", action="!Ref Who"),
    "who is refused": allow("'*'") + ", {Effect: Deny, Principal: {AWS: !Ref Who}, Action: '*'}",
    "when it is refused": allow("'*'")
    + ", {Effect: Deny, Principal: '*', Action: '*', Condition: {ArnNotLike: {'aws:PrincipalArn': !Ref Who}}}",
}


@pytest.mark.parametrize("case", OPEN)
def test_what_is_given_at_deployment_is_unknown(judge: Judge, case: str) -> None:
    """What a parameter refuses may be everybody."""
    head = "Parameters: {Who: {Type: String}}"
    text = role(LAMBDA, OPEN[case].replace('"!Ref Who"', "!Ref Who"), head=head)

    assert "unknown" == judge("trust-beyond-lambda", text).gravest


def test_a_role_without_a_function_that_lambda_cannot_assume_is_none_of_ours(judge: Judge) -> None:
    """A role for another service is not a function's role."""
    text = f"""\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {{AssumeRolePolicyDocument: {{Statement: [{allow("{Service: ec2.amazonaws.com}")}]}}}}
"""

    assert "pass" == judge("trust-beyond-lambda", text).gravest
