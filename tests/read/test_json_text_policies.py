"""Policies that a template holds as JSON text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.api.read import read_targets
from apiece.text import show

GOOD = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}]}'


def gaps(folder: Path, document: object) -> list[str]:
    """What cannot be read of a template whose one role has the document as inline policy."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "inline", "PolicyDocument": document}],
    }
    template = folder / "template.json"
    template.write_text(json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}}))
    reading = read_targets([str(template)], parameters={}, taken_at="2026-01-01T00:00:00Z")
    return [gap.needs for gap in reading.estate.gaps]


def named(folder: Path) -> list[tuple[str, ...]]:
    """The resources that the statements of the template's one policy name."""
    reading = read_targets([str(folder / "template.json")], parameters={}, taken_at="2026-01-01T00:00:00Z")
    ((policy,),) = [role.policies for role in reading.estate.roles]
    assert policy.document is not None
    return [tuple(show(word.text) for word in one.resources or ()) for one in policy.document.statements]


def test_a_good_document_leaves_no_gap(tmp_path: Path) -> None:
    """A policy written as JSON text is read like one written as an object."""
    assert [] == gaps(tmp_path, GOOD)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(GOOD.replace('"Action":', '"Action": "*", "Action":'), id="a key twice"),
        pytest.param(GOOD[:-1], id="cut"),
        pytest.param(GOOD.replace("Allow", "Permit"), id="no effect"),
        pytest.param("[" * 1_000, id="too deep"),
        pytest.param("", id="empty"),
    ],
)
def test_a_bad_document_is_a_gap(tmp_path: Path, document: str) -> None:
    """A document that AWS would refuse is not read as something else: the role's policies are not known."""
    assert ["role.policies"] == gaps(tmp_path, document)


ANY = GOOD.replace("ListQueues", "{{resolve:ssm:/actions}}${AWS::Region}")


def test_names_inside_the_text_stay_references(tmp_path: Path) -> None:
    """A region and an account that are not known before deployment are holes of the resource's ARN."""
    document = GOOD.replace('"*"', '"arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:tasks"')

    assert [] == gaps(tmp_path, {"Fn::Sub": document})
    assert [("arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:tasks",)] == named(tmp_path)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(ANY, id="any text"),
        pytest.param(GOOD.replace('"sqs:ListQueues"', "${AWS::AccountId}"), id="outside a text"),
        pytest.param(GOOD.replace('"Action"', '"${AWS::Region}"'), id="in a key"),
        pytest.param(GOOD.replace("ListQueues", "List\ufdd0${AWS::Region}"), id="the mark itself"),
    ],
)
def test_a_text_that_may_turn_out_as_another_document_is_a_gap(tmp_path: Path, document: str) -> None:
    """What may be any text could bring quotes, and what stands outside of texts could bring anything."""
    assert "role.policies" in gaps(tmp_path, {"Fn::Sub": document})
