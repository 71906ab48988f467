"""Claims about service control policies: they take away what roles of member accounts may do, and give nothing."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from apiece.access.execution import executions
from apiece.access.index import index_of
from apiece.access.rights import is_allowed, request_of
from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.controls.shorthand import estate_of
from apiece.estate.estate import Account, Estate
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.iam.document import PolicyKind, parse
from apiece.records.verdict import Outcome
from apiece.tree import from_plain

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
FULL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NO_S3 = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
ONLY_SQS = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
ONE_BUCKET = {"Effect": "Deny", "Action": "s3:*", "NotResource": ["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*"]}


def _estate(*levels: list[dict[str, object]], management: bool = False) -> Estate:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}
    estate = estate_of(
        {
            "functions": [
                {"arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:reader", "latest": {"role": ROLE}},
            ],
            "roles": [{"arn": ROLE, "policies": {"Version": "2012-10-17", "Statement": [statement]}}],
        }
    )
    scp = tuple((_attached(level),) for level in levels)
    account = Account(id=ACCOUNT, management=management, scp=scp or None)
    return msgspec.structs.replace(estate, accounts=(account,))


def _attached(statements: list[dict[str, object]]) -> AttachedPolicy:
    document = parse(from_plain({"Version": "2012-10-17", "Statement": statements}), PolicyKind.SCP)
    return AttachedPolicy(name="scp", form=PolicyForm.CONTROL, document=document)


@pytest.mark.parametrize(
    ("levels", "allowed"),
    [
        ([], True),
        ([[FULL]], True),
        ([[FULL], [FULL], [FULL]], True),
        ([[FULL, NO_S3]], False),
        ([[FULL], [NO_S3]], False),
        ([[FULL], [ONLY_SQS]], False),
        ([[FULL, ONE_BUCKET]], True),
        ([[]], False),
    ],
)
def test_every_level_must_allow_and_none_may_deny(levels: list[list[dict[str, object]]], allowed: object) -> None:
    """Statement 14, for a role that its own policies let read any bucket."""
    estate = _estate(*[level for level in levels if level])
    if [] in levels:
        empty = msgspec.structs.replace(estate.accounts[0], scp=((),))
        estate = msgspec.structs.replace(estate, accounts=(empty,))
    (execution,) = executions(index_of(estate))
    request = request_of(execution, "s3:GetObject", "arn:aws:s3:::uploads/a.png")

    assert allowed is is_allowed(execution, request, ())


def test_the_management_account_is_not_limited() -> None:
    """Statement 14: control policies do not apply to it."""
    (execution,) = executions(index_of(_estate([NO_S3], management=True)))

    assert is_allowed(execution, request_of(execution, "s3:GetObject", "arn:aws:s3:::uploads/a.png"), ())


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        ([[FULL]], Outcome.FAIL),
        ([[FULL, NO_S3]], Outcome.PASS),
        ([[FULL], [ONLY_SQS]], Outcome.PASS),
        ([[FULL, ONE_BUCKET]], Outcome.PASS),
        ([[FULL], [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]], Outcome.FAIL),
    ],
)
def test_what_an_organisation_forbids_is_no_finding(levels: list[list[dict[str, object]]], outcome: Outcome) -> None:
    """`wide-resource` judges what is left below the control policies."""
    results = run_controls(_estate(*levels), [control_named("wide-resource")], today=dt.date(2026, 6, 15))

    assert [outcome] == [line.verdict.outcome for line in results.verdicts]
