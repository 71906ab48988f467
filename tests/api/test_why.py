"""Claims about explained decisions: which function is meant, and that what could not be read is no answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from apiece.api.read import read_targets
from apiece.api.why import Explanation, why
from apiece.errors import UsageError
from apiece.estate.estate import Estate
from apiece.iam.evaluate import Result

BUCKET = "arn:aws:s3:::orders/1.json"
TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties: &function
      FunctionName: order-reader
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt ReaderRole.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
  Writer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !If [Prod, !GetAtt ReaderRole.Arn, !GetAtt OtherRole.Arn]
      Code: {ZipFile: "def handler(event, context): pass"}
  Stranger:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/elsewhere
      Code: {ZipFile: "def handler(event, context): pass"}
  ReaderRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: &trust
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: read
          PolicyDocument:
            Statement:
              - {Sid: Read, Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::orders/*"}
              - Sid: Never
                Effect: Deny
                Action: s3:DeleteObject
                Resource: "*"
                Condition: {StringEquals: {"aws:RequestedRegion": eu-west-1}}
  OtherRole:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: *trust}
"""


def _estate(folder: Path, text: str = TEMPLATE) -> Estate:
    (folder / "a.yaml").write_text(text)
    return read_targets([str(folder / "a.yaml")], parameters={}, taken_at="2026-06-15T08:00:00Z").estate


def _why(folder: Path, function: str, action: str = "s3:GetObject", **context: str) -> tuple[Explanation, ...]:
    return why(_estate(folder), function, action, BUCKET, context=context)


@pytest.mark.parametrize("name", ["Reader", "order-reader"])
def test_a_function_is_found_by_its_logical_id_or_name(tmp_path: Path, name: str) -> None:
    """Both lead to the same decision, with the statement that made it."""
    (found,) = _why(tmp_path, name)
    layer = next(layer for layer in found.decision.layers if layer.layer == "identity")

    assert (Result.ALLOWED, ["Read"]) == (found.decision.result, [one.name for _, one in layer.statements])


def test_what_nobody_allows_is_denied(tmp_path: Path) -> None:
    """An action outside of the policy is implicitly denied."""
    assert [Result.IMPLICITLY_DENIED] == [one.decision.result for one in _why(tmp_path, "Reader", "s3:PutObject")]


def test_the_context_reaches_the_conditions(tmp_path: Path) -> None:
    """A deny with a condition counts when the context meets it."""
    context = {"aws:RequestedRegion": "eu-west-1"}

    assert [Result.EXPLICITLY_DENIED] == [
        one.decision.result for one in _why(tmp_path, "Reader", "s3:DeleteObject", **context)
    ]


def test_every_form_of_a_function_has_its_own_decision(tmp_path: Path) -> None:
    """A role that depends on a condition gives one answer for each choice."""
    found = {dict(one.execution.when)[next(iter(dict(one.execution.when)))]: one for one in _why(tmp_path, "Writer")}

    assert {True: Result.ALLOWED, False: Result.IMPLICITLY_DENIED} == {
        choice: one.decision.result for choice, one in found.items()
    }


def test_what_could_not_be_read_is_unknown(tmp_path: Path) -> None:
    """The policies of a role outside of the template might allow, so the answer is neither yes nor no."""
    (found,) = _why(tmp_path, "Stranger")

    assert Result.UNKNOWN is found.decision.result
    assert ["role.policies"] == [gap.needs for gap in found.gaps]


def test_an_action_needs_its_service(tmp_path: Path) -> None:
    """`GetObject` alone is refused."""
    with pytest.raises(UsageError, match="`GetObject` is not an action; write `service:Name`"):
        _why(tmp_path, "Reader", "GetObject")


@pytest.mark.parametrize(
    ("name", "hint"), [("Readr", "did you mean `Reader`?"), ("Zebra", "there are Reader, Stranger, Writer")]
)
def test_a_name_that_is_none_is_refused_with_those_that_are(tmp_path: Path, name: str, hint: str) -> None:
    """The nearest name if one is near, else what there is."""
    with pytest.raises(UsageError) as caught:
        _why(tmp_path, name)

    assert (f"no function is called `{name}`", hint) == (caught.value.message, caught.value.hint)


def test_a_long_list_of_names_is_cut_and_says_so(tmp_path: Path) -> None:
    """Of many functions twelve are named and the rest is counted."""
    one = "  Fn{}:\n    Type: AWS::Lambda::Function\n    Properties: {{Runtime: python3.13, Handler: a.b}}\n"
    estate = _estate(tmp_path, "Resources:\n" + "".join(one.format(number) for number in range(15)))
    with pytest.raises(UsageError) as caught:
        why(estate, "Zebra", "s3:GetObject", BUCKET, context={})

    assert (caught.value.hint or "").endswith(" and 3 more")


def test_a_source_without_functions_says_so(tmp_path: Path) -> None:
    """There is nothing to be named."""
    estate = _estate(tmp_path, "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
    with pytest.raises(UsageError) as caught:
        why(estate, "Reader", "s3:GetObject", BUCKET, context={})

    assert "the source holds no functions" == caught.value.hint


def test_a_name_that_two_functions_have_is_refused(tmp_path: Path) -> None:
    """The same logical id in two stacks is ambiguous; both are shown."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(TEMPLATE)
    estate = read_targets([str(tmp_path)], parameters={}, taken_at="2026-06-15T08:00:00Z").estate
    with pytest.raises(UsageError) as caught:
        why(estate, "Reader", "s3:GetObject", BUCKET, context={})

    assert "`Reader` names 2 things" == caught.value.message
    assert (caught.value.hint or "").count("#Reader") == 2
