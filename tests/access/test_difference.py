"""Claims about changes of access: what is gained is shown, what is the same is silent, what is not known says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.api.diff import Change, diff, exit_code
from apiece.records.access import AccessChange, Fate

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Uploads.Arn}/a/*"}}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}


def _function(name: str, *statements: object, **more: object) -> dict[str, object]:
    role = {"AssumeRolePolicyDocument": TRUST, "Policies": [_inline(name, *statements)], **more}
    return {
        name: {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Runtime": "python3.13", "Handler": "a.b", "Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]}},
        },
        f"{name}Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Uploads": {"Type": "AWS::S3::Bucket"},
    }


def _inline(name: str, *statements: object) -> dict[str, object]:
    return {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}


def _diff(folder: Path, old: dict[str, object], new: dict[str, object], **more: object) -> Change:
    targets = []
    for name, resources in (("old", old), ("new", new)):
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"Resources": resources, **more}))
        targets.append(str(path))
    return diff(targets[0], targets[1], parameters={}, taken_at="2026-06-15T08:00:00Z")


def _only(found: Change) -> AccessChange:
    (one,) = found.difference.functions
    return one


def test_the_same_access_in_another_file_is_no_change(tmp_path: Path) -> None:
    """Names that only exist after deployment are the same in both, whatever the files are called."""
    found = _diff(tmp_path, _function("Reader", READ), _function("Reader", READ, READ))

    assert ((), 1, 0) == (found.difference.functions, found.difference.compared, exit_code(found.difference))


def test_what_is_gained_is_shown_by_a_request_and_a_place(tmp_path: Path) -> None:
    """The request is about what is new, the statement is the new one."""
    wider = {**READ, "Sid": "Wider", "Resource": {"Fn::Sub": "${Uploads.Arn}/*"}}
    found = _diff(tmp_path, _function("Reader", READ), _function("Reader", wider))
    (row,) = _only(found).gained

    assert 1 == exit_code(found.difference)
    assert ("s3", "Read", "s3:GetObject") == (row.service, row.level, row.witness.action)
    assert "/a/" not in row.witness.resource
    assert ["Wider"] == [one.statement for one in row.statements if one.layer == "identity"]
    assert all(one.at is not None for one in row.statements)


def test_each_service_and_level_is_told_once(tmp_path: Path) -> None:
    """A new statement about many actions gives a row for each service and access level."""
    more = {"Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:DeleteMessage", "sqs:GetQueue*", "sns:Publish"]}
    found = _diff(tmp_path, _function("Reader", READ), _function("Reader", READ, {**more, "Resource": "*"}))

    assert [("sns", "Write"), ("sqs", "Read"), ("sqs", "Write")] == [
        (row.service, row.level) for row in _only(found).gained
    ]


def test_what_is_lost_is_no_failure(tmp_path: Path) -> None:
    """Lost access is listed, and the exit code is 0."""
    found = _diff(tmp_path, _function("Reader", READ, {**READ, "Action": "s3:PutObject"}), _function("Reader", READ))

    assert (0, (), ["s3:PutObject"]) == (
        exit_code(found.difference),
        _only(found).gained,
        [row.witness.action for row in _only(found).lost],
    )


def test_a_deny_that_goes_is_access_gained(tmp_path: Path) -> None:
    """What nothing allows anew may still be gained."""
    deny = {**READ, "Effect": "Deny", "Resource": "*"}

    assert 1 == exit_code(_diff(tmp_path, _function("A", READ, deny), _function("A", READ)).difference)


def test_a_boundary_that_goes_is_access_gained(tmp_path: Path) -> None:
    """Every layer that both sides know counts."""
    limit = {"PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonSQSFullAccess"}

    assert 1 == exit_code(_diff(tmp_path, _function("A", READ, **limit), _function("A", READ)).difference)


def test_a_new_function_gains_all_that_it_may_do(tmp_path: Path) -> None:
    """It is new, and its access counts as gained."""
    found = _diff(tmp_path, _function("A", READ), _function("A", READ) | _function("B", READ))

    assert (Fate.ADDED, "B", 1) == (_only(found).fate, _only(found).subject.name, len(_only(found).gained))


def test_a_function_that_is_gone_is_told(tmp_path: Path) -> None:
    """It gains nothing."""
    found = _diff(tmp_path, _function("A", READ) | _function("B", READ), _function("A", READ))

    assert (Fate.REMOVED, "B", 0) == (_only(found).fate, _only(found).subject.name, exit_code(found.difference))


def test_what_could_not_be_read_is_not_known(tmp_path: Path) -> None:
    """A policy that another stack owns might allow anything: exit code 3."""
    elsewhere = {"ManagedPolicyArns": ["arn:aws:iam::111122223333:policy/elsewhere"]}
    found = _diff(tmp_path, _function("A", READ), _function("A", READ, **elsewhere))

    assert 3 == exit_code(found.difference)
    assert _only(found).doubts[0].reason.startswith("not all policies could be read: ")


def test_a_queue_of_another_account_counts(tmp_path: Path) -> None:
    """It must let the role in too, and the row says so."""
    queue = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:999988887777:jobs"}
    found = _diff(tmp_path, _function("A", READ), _function("A", READ, queue))

    assert ["999988887777"] == [row.account for row in _only(found).gained]


def test_each_deployment_is_compared_with_itself(tmp_path: Path) -> None:
    """A policy under a condition that both sides have is no change; one that is added is told with the choice."""
    conditions = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    }
    chosen = {"Fn::If": ["Prod", {**READ, "Action": "s3:PutObject"}, {"Ref": "AWS::NoValue"}]}
    same = _diff(tmp_path, _function("A", READ, chosen), _function("A", READ, chosen), **conditions)
    more = _diff(tmp_path, _function("A", READ), _function("A", READ, chosen), **conditions)

    assert () == same.difference.functions
    assert [[("Prod", True)]] == [
        [(name.rpartition("#")[2], value) for name, value in row.when] for row in _only(more).gained
    ]


@pytest.mark.parametrize(("old", "new", "code"), [("s3:Get*", "s3:*", 1), ("s3:*", "s3:Get*", 0)])
def test_policies_are_compared_whatever_their_files_are_called(tmp_path: Path, old: str, new: str, code: int) -> None:
    """A bare policy with a bare policy."""
    for name, action in (("before", old), ("after", new)):
        policy = {"Version": "2012-10-17", "Statement": {**READ, "Action": action, "Resource": "*"}}
        (tmp_path / f"{name}.json").write_text(json.dumps(policy))
    found = diff(
        str(tmp_path / "before.json"), str(tmp_path / "after.json"), parameters={}, taken_at="2026-06-15T08:00:00Z"
    )

    assert (code, Fate.CHANGED) == (exit_code(found.difference), _only(found).fate)
