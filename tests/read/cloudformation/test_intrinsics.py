"""Claims about intrinsic functions: what they give where only a part of their arguments is known."""

from __future__ import annotations

import json

import pytest

from apiece.estate.function import OriginKind, Variable
from apiece.read.cloudformation.estate import read_templates
from apiece.read.cloudformation.resolve import Template, resolve
from apiece.text import Symbolic, is_open, show
from apiece.tree import Mapping, Node, Scalar, from_plain

NOW = "2026-06-15T08:00:00Z"


def _template(value: object, **sections: object) -> Template:
    resources = {"Vault": {"Type": "AWS::SecretsManager::Secret"}, "Queue": {"Type": "AWS::SQS::Queue"}}
    holder = {"Holder": {"Type": "AWS::Test::Thing", "Properties": {"Value": value}}}
    root = from_plain({"Resources": resources | holder} | sections)
    assert isinstance(root, Mapping)
    return resolve(root, stack="t.yaml", parameters={})


def _value(template: Template) -> Node:
    properties = template.raw["Holder"].properties
    assert isinstance(properties, Mapping)
    value = properties.get("Value")
    assert value is not None
    return value


def _text(template: Template) -> str | Symbolic:
    value = _value(template)
    assert isinstance(value, Scalar)
    assert isinstance(value.value, str | Symbolic)
    return value.value


# ---- dynamic references ----------------------------------------------------------------------------------------------

PASSWORD = "{{resolve:secretsmanager:${Vault}:SecretString:password}}"
JOINED = {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Vault"}, ":SecretString:password::}}"]]}


def _variable(value: object) -> Variable:
    function = {"Runtime": "python3.13", "Environment": {"Variables": {"TOKEN": value}}}
    resources = {
        "Vault": {"Type": "AWS::SecretsManager::Secret"},
        "Reader": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    reading = read_templates({"t.json": json.dumps({"Resources": resources}).encode()}, parameters={}, taken_at=NOW)
    ((variable,),) = [function.latest.environment for function in reading.estate.functions]
    return variable


@pytest.mark.parametrize("value", [{"Fn::Sub": PASSWORD}, JOINED], ids=["sub", "join"])
def test_a_lookup_of_a_secret_is_seen_through_the_function_that_wrote_it(value: object) -> None:
    """Where `Fn::Sub` or `Fn::Join` put the secret's ARN into the reference, the secret is still looked up."""
    kinds = {origin.kind for origin in _variable(value).origins}

    assert OriginKind.DYNAMIC_SECRET in kinds


def test_a_lookup_among_known_text_leaves_the_text_open_there() -> None:
    """What a parameter store holds may be any text; the text around it stays."""
    text = _text(_template({"Fn::Sub": "x-{{resolve:ssm:/${AWS::StackName}/n}}-y"}))

    assert isinstance(text, Symbolic)
    assert ("x-", "-y") == (text.parts[0], text.parts[-1])
    assert is_open(text)


def test_a_lookup_of_an_unknown_service_is_no_lookup() -> None:
    """Only the three services that CloudFormation looks up are open."""
    assert not is_open(_text(_template({"Fn::Sub": "{{resolve:vault:${AWS::Region}}}"})))


# ---- names that are computed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::GetAtt": [{"Fn::Sub": "${Kind}ue"}, "Arn"]},
        {"Fn::GetAtt": [{"Fn::Join": ["", ["Que", "ue"]]}, {"Ref": "Attribute"}]},
    ],
)
def test_language_extensions_may_compute_what_an_attribute_is_taken_of(value: object) -> None:
    """`Fn::GetAtt` of a name that is known after evaluation is the attribute of that resource."""
    parameters = {"Kind": {"Type": "String", "Default": "Que"}, "Attribute": {"Type": "String", "Default": "Arn"}}
    template = _template(value, Parameters=parameters)

    assert "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${Queue}" == show(_text(template))
    assert [] == template.gaps


def test_language_extensions_may_compute_what_is_referred_to() -> None:
    """`Ref` of a name that is known after evaluation refers to that resource."""
    expected = _text(_template({"Ref": "Queue"}))

    assert expected == _text(_template({"Ref": {"Fn::Sub": "Queue"}}))


@pytest.mark.parametrize("value", [{"Ref": ["Queue"]}, {"Fn::GetAtt": [{"Fn::Split": [",", "a,b"]}, "Arn"]}])
def test_a_name_that_is_no_text_is_a_gap(value: object) -> None:
    """Nothing is referred to by a list."""
    template = _template(value)

    assert is_open(_text(template))
    assert 1 == len(template.gaps)
