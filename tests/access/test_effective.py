"""Claims about what a function may do: every layer counts, and every row has a request that is allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.access.effective import effective
from apiece.access.execution import Execution, executions
from apiece.access.index import index_of
from apiece.access.rights import caller, layers, with_delegation
from apiece.api.read import read_targets
from apiece.iam.evaluate import Result, evaluate
from apiece.iam.request import Request
from apiece.records.access import Allowance

UPLOADS = "arn:aws:s3:::uploads/*"


def _execution(folder: Path, *statements: dict[str, object], boundary: dict[str, object] | None = None) -> Execution:
    limit = {"PermissionsBoundary": {"Ref": "Limit"}} if boundary is not None else {}
    template = {
        "Resources": {
            "Reader": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Runtime": "python3.13", "Handler": "a.b", "Role": {"Fn::GetAtt": ["Own", "Arn"]}},
            },
            "Own": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": _policy(
                        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
                    ),
                    "Policies": [
                        {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
                    ],
                    **limit,
                },
            },
            "Limit": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": _policy({"Effect": "Allow", "Resource": "*", **(boundary or {})})},
            },
        }
    }
    (folder / "a.json").write_text(json.dumps(template))
    estate = read_targets([str(folder / "a.json")], parameters={}, taken_at="2026-06-15T08:00:00Z").estate
    return next(one for one in executions(index_of(estate)) if one.subject.name == "Reader")


def _policy(statement: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": {"Action": "sts:AssumeRole", **statement}}


def _allow(action: object, resource: object = UPLOADS, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _told(found: Allowance) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    return [(row.service, row.level, row.resource, row.actions) for row in found.rows]


def test_rows_are_by_service_level_and_resource(tmp_path: Path) -> None:
    """One row for each, in order, with its actions."""
    found = effective(_execution(tmp_path, _allow(["s3:GetObject", "s3:PutObject"]), _allow("sqs:SendMessage", "*")))

    assert [
        ("s3", "Read", UPLOADS, ("s3:GetObject",)),
        ("s3", "Write", UPLOADS, ("s3:PutObject",)),
        ("sqs", "Write", "*", ("sqs:SendMessage",)),
    ] == _told(found)


def test_what_is_denied_is_not_listed(tmp_path: Path) -> None:
    """A Deny on everything takes an action away, however many statements allow it."""
    deny = {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}
    found = effective(_execution(tmp_path, _allow(["s3:GetObject", "s3:PutObject"]), _allow("s3:PutObject", "*"), deny))

    assert [("s3", "Read", UPLOADS, ("s3:GetObject",))] == _told(found)


def test_what_the_boundary_does_not_allow_is_not_listed(tmp_path: Path) -> None:
    """Both must allow; the boundary by itself gives nothing."""
    limited = _execution(tmp_path, _allow(["s3:GetObject", "sqs:*"], "*"), boundary={"Action": ["s3:*", "sns:*"]})

    assert [("s3", "Read", "*", ("s3:GetObject",))] == _told(effective(limited))


def test_an_action_is_told_once_where_a_wider_word_has_it_whole(tmp_path: Path) -> None:
    """A narrower word adds no row; where the wider one is under a condition it does."""
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    whole = effective(_execution(tmp_path, _allow("s3:GetObject", "*"), _allow("s3:GetObject")))
    partly = effective(_execution(tmp_path, _allow("s3:GetObject", "*", Condition=condition), _allow("s3:GetObject")))

    assert ["*"] == [row.resource for row in whole.rows]
    assert {("*", ("aws:SourceIp",)), (UPLOADS, ())} <= {(row.resource, row.conditions) for row in partly.rows}


def test_an_action_that_does_not_act_on_the_resource_is_not_listed(tmp_path: Path) -> None:
    """`s3:ListAllMyBuckets` on a bucket allows nothing."""
    assert () == effective(_execution(tmp_path, _allow("s3:ListAllMyBuckets"))).rows


def test_an_exclusion_is_called_by_what_it_leaves_out(tmp_path: Path) -> None:
    """NotResource has no word of its own."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": UPLOADS}

    assert [f"* but {UPLOADS}"] == [row.resource for row in effective(_execution(tmp_path, statement)).rows]


def test_another_account_is_named(tmp_path: Path) -> None:
    """A queue of another account must let the role in too."""
    found = effective(_execution(tmp_path, _allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:999988887777:jobs")))

    assert ["999988887777"] == [row.account for row in found.rows]


def test_what_is_not_known_before_deployment_is_in_doubt(tmp_path: Path) -> None:
    """An action that a parameter names might be any."""
    execution = _execution(tmp_path, _allow({"Fn::ImportValue": "action"}))
    found = effective(execution)

    assert ((), True) == (found.rows, bool(found.doubts))


@pytest.mark.parametrize(
    "statements",
    [
        (_allow("*", "*"), {"Effect": "Deny", "NotAction": ["s3:*", "iam:*"], "Resource": "*"}),
        (_allow("s3:*", ["arn:aws:s3:::a", "arn:aws:s3:::a/*"], Condition={"StringLike": {"s3:prefix": "x*"}}),),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": UPLOADS},),
        (_allow("dynamodb:*", "arn:aws:dynamodb:*:*:table/orders"), _allow("kms:Decrypt", "*")),
    ],
)
def test_every_row_is_shown_by_a_request_that_is_allowed(
    tmp_path: Path, statements: tuple[dict[str, object], ...]
) -> None:
    """The reference evaluator allows the witness of each row, which is about one of its actions."""
    execution = _execution(tmp_path, *statements)
    own = with_delegation(layers(execution, ()), "111122223333")
    found = effective(execution)
    requests = [
        Request(caller(execution), one.action, one.resource, one.resource_account, dict(one.context))
        for one in (row.witness for row in found.rows)
    ]

    assert requests
    assert {Result.ALLOWED} == {evaluate(request, own).result for request in requests}
    assert all(row.witness.action in row.actions for row in found.rows)
