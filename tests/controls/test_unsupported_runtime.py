"""Claims about runtimes on 25 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]


def function(properties: str, *, head: str = "") -> str:
    return f"""\
{head}
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties: {{Role: arn:aws:iam::111122223333:role/worker, {properties}}}
"""


ZIP = "Handler: a.b, Code: {ZipFile: x}, Runtime: "
CONDITION = "Parameters: {S: {Type: String}}\nConditions: {Old: !Equals [!Ref S, y]}\n"
OLD = {
    "Python": function(ZIP + "python3.9"),
    "Node": function(ZIP + "nodejs18.x"),
    "Go": function(ZIP + "go1.x"),
    "Java": function(ZIP + "java8"),
    "Ruby": function(ZIP + "ruby2.7"),
    ".NET": function(ZIP + "dotnet6"),
    "the first custom runtime": function(ZIP + "provided"),
    "a default": function(ZIP + "!Ref R", head="Parameters: {R: {Type: String, Default: python3.8}}"),
    "a map": function(ZIP + "!FindInMap [M, a, b]", head="Mappings: {M: {a: {b: nodejs16.x}}}"),
    "one form": function(ZIP + "!If [Old, python3.7, python3.13]", head=CONDITION),
    "a composed name": function(ZIP + '!Sub "python${V}"', head="Parameters: {V: {Type: String, Default: '3.8'}}"),
    "Globals of SAM": """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: nodejs14.x}}
Resources: {Worker: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, CodeUri: src/}}}
""",
}
NEW = {
    "Python": function(ZIP + "python3.13"),
    "Node": function(ZIP + "nodejs22.x"),
    "Java": function(ZIP + "java21"),
    "a custom runtime": function(ZIP + "provided.al2023"),
    "Ruby": function(ZIP + "ruby3.4"),
    "a container image": function(
        'PackageType: Image, Code: {ImageUri: "111122223333.dkr.ecr.us-east-1.amazonaws.com/a:1"}'
    ),
    "a name of an old version elsewhere": function(ZIP + "python3.13, Description: moved from python3.7"),
    "an old layer": function(ZIP + "python3.13, Layers: [arn:aws:lambda:us-east-1:111122223333:layer:python37:1]"),
    "both forms": function(ZIP + "!If [Old, python3.12, python3.13]", head=CONDITION),
    "a list of allowed values": function(
        ZIP + "!Ref R",
        head="Parameters: {R: {Type: String, Default: python3.13, AllowedValues: [python3.7, python3.13]}}",
    ),
}


@pytest.mark.parametrize("case", OLD)
def test_a_deprecated_runtime_is_an_error(judge: Judge, case: str) -> None:
    """A runtime past its day is an error, however it is named."""
    assert "error" == judge("unsupported-runtime", OLD[case]).gravest


@pytest.mark.parametrize("case", NEW)
def test_a_supported_runtime_passes(judge: Judge, case: str) -> None:
    """Supported runtimes and container images pass."""
    assert "pass" == judge("unsupported-runtime", NEW[case]).gravest


def test_a_runtime_given_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter without a default is not known."""
    assert "unknown" == judge("unsupported-runtime", function(ZIP + "!Ref S", head=CONDITION)).gravest
