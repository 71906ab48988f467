"""Claims about published versions that are still called: what their role may, and the role of today may not."""

from __future__ import annotations

import datetime as dt

import pytest

from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.controls.shorthand import estate_of
from apiece.records.verdict import Verdict

ACCOUNT = "111122223333"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::invoices/*"}
KEY = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/one"}
TLS = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def judged(old: list[dict[str, object]] | None, new: list[dict[str, object]]) -> Verdict:
    """A function whose version 7, called through an alias, runs as another role than `$LATEST`."""
    roles = {"old": old, "new": new}
    estate = estate_of(
        {
            "accounts": [{"id": ACCOUNT}],
            "functions": [
                {
                    "arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:invoice",
                    "latest": {"role": f"arn:aws:iam::{ACCOUNT}:role/new"},
                    "versions": [{"name": "7", "configuration": {"role": f"arn:aws:iam::{ACCOUNT}:role/old"}}],
                    "aliases": [{"name": "live", "version": "7"}],
                }
            ],
            "roles": [
                {
                    "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                    "policies": {"Version": "2012-10-17", "Statement": statements},
                }
                for name, statements in roles.items()
                if statements is not None
            ],
        }
    )
    (line,) = run_controls(estate, (control_named("version-keeps-old-access"),), today=dt.date(2026, 6, 15)).verdicts
    return line.verdict


def to(name: str, operator: str = "ArnEquals") -> dict[str, object]:
    """A condition on the name of the role."""
    return {"Condition": {operator: {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}}}


ALL = {"Effect": "Deny", "Action": "*", "Resource": "*"}
MORE = {
    "what the new role's policy allows the old role only": ([READ], [READ | to("old")]),
    "what is denied to the new name": ([READ], [READ, ALL | to("new", "ArnLike")]),
    "what is denied to all but the old name": ([READ], [READ, ALL | to("old", "ArnNotEquals")]),
    "another action": ([READ | {"Action": "s3:*"}], [READ]),
    "another resource": ([READ | {"Resource": "arn:aws:s3:::*"}], [READ]),
    "a pattern of one letter more": ([READ | {"Resource": "arn:aws:s3:::invoice?/*"}], [READ]),
    "a key": ([READ, KEY], [READ]),
    "without encryption": ([READ], [READ, TLS]),
    "all but one thing": ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], [READ]),
}
NO_MORE = {
    "what each is allowed under its own name": ([READ | to("old")], [READ | to("new")]),
    "what is denied to the old name": ([READ, ALL | to("old")], [KEY]),
    "what is allowed to another name": ([READ | to("other")], [KEY]),
    "the same": ([READ], [READ]),
    "the same in other words": ([READ | {"Action": ["s3:Get?bject", "s3:getobject"]}], [READ]),
    "less": ([READ, TLS], [READ]),
    "a part": ([READ | {"Resource": "arn:aws:s3:::invoices/2026/*"}], [READ]),
    "nothing": ([TLS], [READ]),
    "a key": ([KEY], [READ, KEY]),
}


@pytest.mark.parametrize("case", MORE)
def test_a_version_that_may_more_is_found(case: str) -> None:
    """Whatever the old role may and the new one may not is an error that shows a request."""
    (deviation,) = judged(*MORE[case]).deviations

    assert deviation.witness is not None


@pytest.mark.parametrize("case", NO_MORE)
def test_a_version_that_may_no_more_passes(case: str) -> None:
    """Another role is no finding if it is proved to allow nothing more."""
    verdict = judged(*NO_MORE[case])

    assert ("pass", (), ()) == (verdict.outcome, verdict.deviations, verdict.unknowns)


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalTag/team": "billing"}},
        {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}},
        {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/${aws:PrincipalTag/app}"}},
    ],
)
def test_what_else_may_tell_roles_apart_leaves_it_unknown(condition: dict[str, object]) -> None:
    """Two roles may have other tags, and have other ids."""
    verdict = judged([READ | {"Condition": condition}], [READ | {"Condition": condition}])

    assert "unknown" == verdict.outcome


def test_a_role_that_is_not_there_is_unknown() -> None:
    """What a role without policies in the source may is not known, and the reason says so."""
    (unknown,) = judged(None, [READ]).unknowns

    assert unknown.reason.endswith("is not known: the policies of one are not in the source")
