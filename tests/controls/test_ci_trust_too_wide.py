"""Claims about roles that are assumed with tokens of identity providers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apiece.api.check import CheckRun, check
from apiece.controls.registry import control_named
from apiece.controls.shorthand import estate_of

from .conftest import TODAY

Judge = Callable[..., Any]
Condition = dict[str, dict[str, object]]
GITHUB, GITLAB = "token.actions.githubusercontent.com", "gitlab.com"
EKS = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
SUB, AUD = f"{GITHUB}:sub", f"{GITHUB}:aud"


def provider(host: str) -> str:
    return f"arn:aws:iam::111122223333:oidc-provider/{host}"


def trusting(condition: Condition | None, name: str = provider(GITHUB), *more: dict[str, object]) -> CheckRun:
    """A role whose trust lets a provider in under a condition."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Federated": name},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    if condition is not None:
        statement["Condition"] = condition
    trust = {"Version": "2012-10-17", "Statement": [statement, *more]}
    role = {"arn": "arn:aws:iam::111122223333:role/deploy", "trust": trust}
    estate = estate_of({"accounts": [{"id": "111122223333"}], "roles": [role]})
    return check(estate, (control_named("ci-trust-too-wide"),), today=TODAY)


def denying(condition: Condition) -> dict[str, object]:
    action = "sts:AssumeRoleWithWebIdentity"
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Condition": condition}


OPEN = {
    "no condition": (None, GITHUB),
    "the audience alone": ({"StringEquals": {AUD: "sts.amazonaws.com"}}, GITHUB),
    "any repository": ({"StringLike": {SUB: "repo:*"}}, GITHUB),
    "anything": ({"StringLike": {SUB: "*"}}, GITHUB),
    "any owner of a repository of that name": ({"StringLike": {SUB: "repo:*/shop:ref:refs/heads/main"}}, GITHUB),
    "owners that begin with a name": ({"StringLike": {SUB: "repo:example-org*"}}, GITHUB),
    "one good word beside a wide one": ({"StringLike": {SUB: ["repo:example-org/shop:*", "repo:*"]}}, GITHUB),
    "all but one": ({"StringNotLike": {SUB: "repo:somebody/*"}}, GITHUB),
    "all values of a claim that may be missing": ({"ForAllValues:StringEquals": {f"{GITHUB}:owner": "me"}}, GITHUB),
    "a claim that may be missing": ({"StringEqualsIfExists": {f"{GITHUB}:owner": "me"}}, GITHUB),
    "a branch, of anybody": ({"StringEquals": {f"{GITHUB}:ref": "refs/heads/main"}}, GITHUB),
    "the provider in capitals": ({"StringLike": {SUB.upper(): "repo:*"}}, GITHUB),
    "any project of GitLab": ({"StringLike": {f"{GITLAB}:sub": "project_path:*:ref:main"}}, GITLAB),
    "any organisation of Terraform": (
        {"StringLike": {"app.terraform.io:sub": "organization:*:project:p:workspace:w:run_phase:*"}},
        "app.terraform.io",
    ),
}
OPEN_NAMES: dict[str, tuple[Condition | None, str]] = {
    "any pool of Cognito": (None, "cognito-identity.amazonaws.com"),
    "any application of Google": ({"StringLike": {"accounts.google.com:sub": "*"}}, "accounts.google.com"),
    "signed in to any pool": (
        {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
        "cognito-identity.amazonaws.com",
    ),
}
BOUND = {
    "one branch": (
        {"StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:example-org/shop:ref:refs/heads/main"}},
        GITHUB,
    ),
    "one repository": ({"StringLike": {SUB: "repo:example-org/shop:*"}}, GITHUB),
    "an environment, whatever the case": (
        {"StringEqualsIgnoreCase": {SUB: "repo:Example-Org/Shop:environment:production"}},
        GITHUB,
    ),
    "several repositories": ({"StringLike": {SUB: ["repo:example-org/shop:*", "repo:example-org/site:*"]}}, GITHUB),
    "if it exists, which it always does": ({"StringEqualsIfExists": {SUB: "repo:example-org/shop:ref:main"}}, GITHUB),
    "any value of it": ({"ForAnyValue:StringEquals": {SUB: "repo:example-org/shop:ref:refs/heads/main"}}, GITHUB),
    "another claim that names the repository": ({"StringEquals": {f"{GITHUB}:repository": "example-org/shop"}}, GITHUB),
    "a wide word that a second condition narrows": (
        {"StringLike": {SUB: "repo:*"}, "StringEquals": {f"{GITHUB}:repository_id": "123"}},
        GITHUB,
    ),
    "one's own addresses": ({"StringLike": {SUB: "repo:*"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/28"}}, GITHUB),
    "a project of GitLab": (
        {"StringLike": {f"{GITLAB}:sub": "project_path:example/shop:ref_type:branch:ref:*"}},
        GITLAB,
    ),
    "one service account of a cluster": ({"StringEquals": {f"{EKS}:sub": "system:serviceaccount:shop:api"}}, EKS),
}
BOUND_NAMES: dict[str, tuple[Condition | None, str]] = {
    "one pool of Cognito": (
        {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:0a1b2c3d-0000-0000-0000-000000000000"}},
        "cognito-identity.amazonaws.com",
    ),
    "one application of Google": (
        {"StringEquals": {"accounts.google.com:aud": "123.apps.example"}},
        "accounts.google.com",
    ),
    "a provider of SAML": (
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        "arn:aws:iam::111122223333:saml-provider/corporate",
    ),
}


@pytest.mark.parametrize(("condition", "host"), OPEN.values(), ids=OPEN)
def test_a_strangers_token_that_gets_in_is_an_error(condition: Condition | None, host: str) -> None:
    """The witness is a token of somebody who is named nowhere."""
    (found,) = trusting(condition, provider(host)).findings

    assert "error" == found.severity
    assert found.witness is not None
    assert "sts:AssumeRoleWithWebIdentity" == found.witness.action
    assert "somebody-else" in str(found.witness.context)


@pytest.mark.parametrize(("condition", "name"), OPEN_NAMES.values(), ids=OPEN_NAMES)
def test_so_is_one_of_a_provider_without_arn(condition: Condition | None, name: str) -> None:
    assert ["error"] == [one.severity.value for one in trusting(condition, name).findings]


@pytest.mark.parametrize(("condition", "host"), BOUND.values(), ids=BOUND)
def test_a_bound_subject_is_none(condition: Condition | None, host: str) -> None:
    run = trusting(condition, provider(host))

    assert ((), ()) == (run.findings, run.undecided)


@pytest.mark.parametrize(("condition", "name"), BOUND_NAMES.values(), ids=BOUND_NAMES)
def test_nor_is_one_of_a_provider_without_arn(condition: Condition | None, name: str) -> None:
    run = trusting(condition, name)

    assert ((), ()) == (run.findings, run.undecided)


def test_all_repositories_of_an_owner_are_a_note() -> None:
    """They are one's own, but many, and whoever may make one may deploy."""
    (found,) = trusting({"StringLike": {SUB: "repo:example-org/*"}}).findings

    assert "note" == found.severity
    assert "`example-org`" in found.message


def test_any_subject_of_ones_own_provider_is_a_warning() -> None:
    """Every workload of the cluster gets in."""
    (found,) = trusting({"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}, provider(EKS)).findings

    assert "warning" == found.severity
    assert EKS.lower() in found.message


def test_a_deny_of_everybody_else_closes_the_trust() -> None:
    rest = denying({"StringNotLike": {SUB: "repo:example-org/shop:*"}})

    assert () == trusting({"StringLike": {SUB: "repo:*"}}, provider(GITHUB), rest).findings


def test_a_deny_of_one_owner_does_not() -> None:
    one = denying({"StringLike": {SUB: "repo:known-enemy/*"}})

    assert 1 == len(trusting({"StringLike": {SUB: "repo:*"}}, provider(GITHUB), one).findings)


TEMPLATE = """\
Parameters: {{Org: {{Type: String, Default: example-org}}, Given: {{Type: String}}}}
Resources:
  GitHub: {{Type: AWS::IAM::OIDCProvider, Properties: {{Url: https://token.actions.githubusercontent.com}}}}
  Deploy:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Federated: {principal}}}
            Action: sts:AssumeRoleWithWebIdentity
            Condition: {{StringLike: {{"token.actions.githubusercontent.com:sub": {subject}}}}}
"""
SUB_OF = '!Sub "arn:aws:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com"'
IN_TEMPLATES = {
    ("!Ref GitHub", '"repo:*"'): "error",
    ("!GetAtt GitHub.Arn", '"repo:*/shop:*"'): "error",
    (SUB_OF, '"*"'): "error",
    ("!Ref Given", '"repo:*"'): "error",
    ("!Ref GitHub", '!Sub "repo:${Org}/shop:*"'): "pass",
    (SUB_OF, '!Sub "repo:${Org}/*"'): "note",
    ("!Ref GitHub", "!Ref Given"): "unknown",
}


@pytest.mark.parametrize(
    ("principal", "subject", "expected"),
    [(*key, told) for key, told in IN_TEMPLATES.items()],
    ids=map(str, IN_TEMPLATES),
)
def test_templates_are_judged_alike(judge: Judge, principal: str, subject: str, expected: str) -> None:
    """A provider that a parameter names is told by the claims that are asked about."""
    template = TEMPLATE.format(principal=principal, subject=subject)

    assert expected == judge("ci-trust-too-wide", template).gravest
