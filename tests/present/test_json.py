"""Claims about `apiece/check/1`: members, their order and their meaning."""

from __future__ import annotations

import datetime as dt
import json

from inline_snapshot import snapshot

from apiece.estate.gap import Gap
from apiece.estate.provenance import InCall, InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.present.json_ import render
from apiece.records.finding import Finding
from apiece.records.run import CheckRun, ControlResult, NotRun, Undecided
from apiece.records.verdict import Criterion, Severity, Witness
from apiece.records.waiver import Waiver
from apiece.span import Span

SEND = Subject(kind=SubjectKind.FUNCTION, logical_id="SendMail", stack="template.yaml")
AT = InFile(
    file="template.yaml",
    path="Resources.SendMail.Properties.Role",
    span=Span("template.yaml", 41, 13, 41, 20),
)
WAIVER = Waiver(
    reason="moves in July",
    owner="ana",
    approver="ben",
    created=dt.date(2026, 6, 1),
    expires=dt.date(2026, 12, 1),
    id="f_1",
    file="apiece-waivers.toml",
    line=1,
)
FINDING = Finding(
    id="f_1",
    control="shared-execution-role",
    severity=Severity.ERROR,
    subject=SEND,
    message="2 functions share role `Shared`",
    root_cause="role/Shared",
    at=(AT,),
)
RUN = CheckRun(
    digest="sha256:00",
    taken_at="2026-06-15T08:00:00Z",
    targets=("template.yaml",),
    functions=12,
    controls=(
        ControlResult(
            id="shared-execution-role",
            criteria=(Criterion.CC6_1,),
            severity=Severity.ERROR,
            population=12,
            passed=9,
            failed=3,
        ),
    ),
    findings=(FINDING,),
    not_run=(NotRun(control="unused-access", give="--usage"),),
    outside_source=("scp", "rcp"),
    gaps=(Gap(subject=SEND, needs="function.policies", reason="access denied"),),
)


def _changed(**changes: object) -> dict[str, list[dict[str, object]]]:
    fields = {name: getattr(RUN, name) for name in RUN.__struct_fields__}
    found: dict[str, list[dict[str, object]]] = json.loads(render(CheckRun(**(fields | changes))))
    return found


def _finding(**changes: object) -> dict[str, object]:
    fields = {name: getattr(FINDING, name) for name in FINDING.__struct_fields__}
    return _changed(findings=(Finding(**(fields | changes)),))["findings"][0]


def test_a_whole_document() -> None:
    """Every promised member is there, also where it is empty or null, in a fixed order."""
    assert json.loads(render(RUN)) == snapshot(
        {
            "schema": "apiece/check/1",
            "estate": {
                "digest": "sha256:00",
                "taken_at": "2026-06-15T08:00:00Z",
                "targets": ["template.yaml"],
                "functions": 12,
            },
            "controls": [
                {
                    "id": "shared-execution-role",
                    "criteria": ["CC6.1"],
                    "severity": "error",
                    "population": 12,
                    "passed": 9,
                    "failed": 3,
                    "waived": 0,
                    "unknown": 0,
                    "not_applicable": 0,
                }
            ],
            "findings": [
                {
                    "id": "f_1",
                    "control": "shared-execution-role",
                    "severity": "error",
                    "subject": {
                        "kind": "function",
                        "arn": None,
                        "account": None,
                        "region": None,
                        "logical_id": "SendMail",
                        "stack": "template.yaml",
                    },
                    "message": "2 functions share role `Shared`",
                    "at": [
                        {
                            "file": "template.yaml",
                            "line": 41,
                            "column": 13,
                            "path": "Resources.SendMail.Properties.Role",
                        }
                    ],
                    "witness": None,
                    "waiver": None,
                    "hint": None,
                    "related": [],
                    "root_cause": "role/Shared",
                    "owner": None,
                }
            ],
            "undecided": [],
            "not_run": [{"control": "unused-access", "give": "--usage"}],
            "outside_source": ["scp", "rcp"],
            "gaps": [
                {
                    "subject": {
                        "kind": "function",
                        "arn": None,
                        "account": None,
                        "region": None,
                        "logical_id": "SendMail",
                        "stack": "template.yaml",
                    },
                    "needs": "function.policies",
                    "reason": "access denied",
                    "hint": None,
                    "at": {},
                }
            ],
        }
    )


def test_members_keep_their_order() -> None:
    """A reader of the raw text finds the schema first."""
    assert ["schema", "estate", "controls", "findings", "undecided", "not_run", "outside_source", "gaps"] == list(
        json.loads(render(RUN))
    )


def test_equal_runs_give_equal_bytes() -> None:
    """Nothing of the moment, the machine or a hash's order gets in."""
    assert render(RUN) == render(RUN)


def test_the_document_ends_with_a_line_feed() -> None:
    """It is a text file."""
    assert render(RUN).endswith("}\n")


def test_a_witness_is_written_whole() -> None:
    """Principal, action, resource and context."""
    witness = Witness(
        principal="arn:aws:iam::111122223333:role/a",
        action="s3:GetObject",
        resource="*",
        context={"aws:TagKeys": ("a", "b"), "aws:SourceIp": "10.0.0.1"},
    )

    assert {
        "principal": "arn:aws:iam::111122223333:role/a",
        "action": "s3:GetObject",
        "resource": "*",
        "context": {"aws:SourceIp": "10.0.0.1", "aws:TagKeys": ["a", "b"]},
    } == _finding(witness=witness)["witness"]


def test_a_waived_finding_says_who_accepted_it() -> None:
    """The finding stays in the list, with its waiver."""
    assert {
        "reason": "moves in July",
        "owner": "ana",
        "approver": "ben",
        "created": "2026-06-01",
        "expires": "2026-12-01",
    } == _finding(waiver=WAIVER)["waiver"]


def test_a_place_is_a_call_where_aws_was_asked() -> None:
    """A fact from an account has no line."""
    at = (InCall(call="lambda:GetPolicy", account="111122223333", region="eu-west-1"),)

    assert [{"call": "lambda:GetPolicy", "account": "111122223333", "region": "eu-west-1"}] == _finding(at=at)["at"]


def test_a_place_without_a_line_has_its_path() -> None:
    """A file and a symbolic route."""
    assert [{"file": "t.yaml", "path": "Resources"}] == _finding(at=(InFile(file="t.yaml", path="Resources"),))["at"]


def test_what_is_not_decided_is_listed() -> None:
    """Control, severity, subject, reason, advice and place."""
    item = Undecided(control="wide-resource", severity=Severity.ERROR, subject=SEND, reason="open", hint="x", at=(AT,))
    (found,) = _changed(undecided=(item,))["undecided"]

    assert {"control", "severity", "subject", "reason", "hint", "at"} == set(found)


def test_the_place_of_a_gap_is_an_object() -> None:
    """It is empty where none is known."""
    gaps = (Gap(subject=SEND, needs="stack", reason="x", at=AT), Gap(subject=SEND, needs="stack", reason="x"))

    assert [41, None] == [gap["at"].get("line") for gap in _changed(gaps=gaps)["gaps"]]  # type: ignore[attr-defined]
