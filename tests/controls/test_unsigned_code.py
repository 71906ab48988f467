"""Claims about functions that take unsigned code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.controls.shorthand import estate_of
from apiece.records.verdict import Outcome

Judge = Callable[..., Any]


def template(policy: str | None = None, function: str = "", head: str = "") -> str:
    stated = f"CodeSigningPolicies: {{UntrustedArtifactOnDeployment: {policy}}}" if policy is not None else ""
    return f"""\
Parameters: {{Policy: {{Type: String}}, Signing: {{Type: String}}}}
Conditions: {{Strict: !Equals [!Ref Policy, strict]}}
{head}
Resources:
  Builds:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: {{SigningProfileVersionArns: ["arn:aws:signer:us-east-1:111122223333:/signing-profiles/a/b"]}}
      {stated}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Role: arn:aws:iam::111122223333:role/worker
      {function}
"""


ZIP = "Runtime: python3.13\n      Handler: a.b\n      Code: {S3Bucket: a, S3Key: b}\n      "
REF = ZIP + "CodeSigningConfigArn: "
UNSIGNED = {
    "no configuration": template("Enforce", ZIP),
    "one that warns": template("Warn", REF + "!Ref Builds"),
    "one that says nothing, which warns": template(None, REF + "!Ref Builds"),
    "one that warns, by its attribute": template("Warn", REF + "!GetAtt Builds.CodeSigningConfigArn"),
    "one that only sometimes enforces": template("!If [Strict, Enforce, Warn]", REF + "!Ref Builds"),
    "one for some deployments": template("Enforce", REF + "!If [Strict, !Ref Builds, !Ref 'AWS::NoValue']"),
}


@pytest.mark.parametrize("case", UNSIGNED)
def test_unsigned_code_is_taken(judge: Judge, case: str) -> None:
    """There is a note where some deployment takes code that nobody signed."""
    assert "note" == judge("unsigned-code", UNSIGNED[case]).gravest


SIGNED = {
    "enforced": template("Enforce", REF + "!Ref Builds"),
    "enforced, by its attribute": template("Enforce", REF + "!GetAtt Builds.CodeSigningConfigArn"),
    "enforced in every deployment": template("!If [Strict, Enforce, Enforce]", REF + "!Ref Builds"),
    "a container image": template("Warn", "PackageType: Image\n      Code: {ImageUri: a}"),
    "a container image without a configuration": template(None, "PackageType: Image\n      Code: {ImageUri: a}"),
}


@pytest.mark.parametrize("case", SIGNED)
def test_only_signed_code_is_taken(judge: Judge, case: str) -> None:
    """Where it is enforced, or cannot be asked for, nothing is found."""
    assert "pass" == judge("unsigned-code", SIGNED[case]).gravest


@pytest.mark.parametrize(
    "text",
    [
        template("Enforce", REF + "!Ref Signing"),
        template("!Ref Policy", REF + "!Ref Builds"),
        template("Enforce", REF + "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-0a1b"),
    ],
)
def test_a_configuration_that_is_not_known_is_unknown(judge: Judge, text: str) -> None:
    """One that a parameter names, whose policy it gives, or that is elsewhere."""
    assert "unknown" == judge("unsigned-code", text).gravest


def test_a_live_function_does_not_apply() -> None:
    """Live accounts are not asked for it."""
    estate = estate_of({"functions": [{"arn": "arn:aws:lambda:us-east-1:111122223333:function:worker", "latest": {}}]})
    (line,) = run_controls(estate, [control_named("unsigned-code")], today=dt.date(2026, 11, 25)).verdicts

    assert Outcome.NOT_APPLICABLE is line.verdict.outcome
