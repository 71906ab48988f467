"""Claims about SARIF: that it is valid, stable, and says what was accepted and what was not known."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.api.waivers import read_waivers
from apiece.controls.registry import all_controls
from apiece.present.sarif import render
from apiece.records.run import CheckRun

SCHEMAS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "schemas" / "sarif"
TODAY = dt.date(2026, 6, 15)
FUNCTION = """\
  {name}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {runtime}
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/shared
      Code: {{ZipFile: "def handler(event, context): pass"}}
"""
WAIVERS = """\
[[waiver]]
control = "shared-execution-role"
subject = "Mailer"
reason = "moves in July"
owner = "ana"
approver = "ben"
created = 2026-06-01
expires = 2026-12-01

[[waiver]]
control = "wide-resource"
subject = "Nobody"
reason = "was here once"
owner = "ana"
approver = "ben"
created = 2026-06-01
expires = 2026-12-01
"""


def _run(folder: Path, before: str = "", waivers: str = "", file: str = "template.yaml") -> CheckRun:
    text = FUNCTION.format(name="Mailer", runtime="python3.13") + FUNCTION.format(name="Old", runtime="python3.8")
    (folder / file).write_text(f"{before}Resources:\n{text}")
    reading = read_targets([file], parameters={}, taken_at="2026-06-15T08:00:00Z")
    controls = all_controls()
    accepted = read_waivers(waivers, "w.toml", controls=[one.id for one in controls], today=TODAY)
    return check(reading.estate, controls, waivers=accepted, today=TODAY)


def _log(run: CheckRun) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(render(run, all_controls(), version="1.2.3"))
    assert 1 == len(log["runs"])
    return log


def _results(run: CheckRun) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = _log(run)["runs"][0]["results"]
    return results


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["sarif-schema-2.1.0.oasis.json", "sarif-2.1.0.schemastore.json"])
def test_the_document_is_valid(folder: Path, name: str) -> None:
    """Findings, waivers, gaps and all: both published schemas accept it."""
    if not (SCHEMAS / name).is_file():
        pytest.skip("shared corpus absent")
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)

    assert [] == [error.message for error in validator.iter_errors(_log(_run(folder, waivers=WAIVERS)))]


def test_every_finding_is_a_result(folder: Path) -> None:
    """Control, level and place are those of the finding."""
    run = _run(folder)
    expected = [(one.control, one.severity.value, one.at[0].span.line) for one in run.findings]  # type: ignore[union-attr]

    assert expected == [
        (one["ruleId"], one["level"], one["locations"][0]["physicalLocation"]["region"]["startLine"])
        for one in _results(run)
    ]


def test_every_result_points_at_its_rule(folder: Path) -> None:
    """`ruleIndex` leads to the rule with the result's id, also for findings about waivers."""
    run = _run(folder, waivers=WAIVERS)
    rules = _log(run)["runs"][0]["tool"]["driver"]["rules"]

    assert [one["ruleId"] for one in _results(run)] == [rules[one["ruleIndex"]]["id"] for one in _results(run)]
    assert "unused-waiver" in {one["ruleId"] for one in _results(run)}


def test_fingerprints_survive_moved_lines(folder: Path) -> None:
    """A comment above changes lines and no fingerprint."""
    first, second = _results(_run(folder)), _results(_run(folder, before="# moved\n\n"))

    assert [one["partialFingerprints"] for one in first] == [one["partialFingerprints"] for one in second]
    assert [one["locations"] for one in first] != [one["locations"] for one in second]


def test_a_waived_finding_is_suppressed(folder: Path) -> None:
    """Only the accepted one is, with who accepted it and until when."""
    results = _results(_run(folder, waivers=WAIVERS))
    suppressed = [one for one in results if "suppressions" in one]

    assert ["Mailer: 2 functions share role `shared`"] == [one["message"]["text"] for one in suppressed]
    assert [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "moves in July (owner ana, approved by ben, until 2026-12-01)",
        }
    ] == suppressed[0]["suppressions"]


def test_what_was_not_decided_is_a_notification(folder: Path) -> None:
    """A viewer that counts results alone still has the reasons."""
    run = _run(folder)
    (invocation,) = _log(run)["runs"][0]["invocations"]

    assert len(run.undecided) + len(run.gaps) == len(invocation["toolExecutionNotifications"])
    assert run.undecided
    assert {"warning"} == {one["level"] for one in invocation["toolExecutionNotifications"]}


@pytest.mark.parametrize("name", ["a b.yaml", "a#b.yaml", "ä.yaml", "a%20b.yaml"])
def test_file_names_become_uris(folder: Path, name: str) -> None:
    """Characters that mean something in a URI are escaped."""
    from urllib.parse import unquote

    uri = _results(_run(folder, file=name))[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

    assert name == unquote(uri)
    assert not set(uri) & set(" #ä")


def test_a_file_elsewhere_is_not_below_the_root(folder: Path) -> None:
    """An absolute path has no base."""
    _run(folder)
    reading = read_targets([str(folder / "template.yaml")], parameters={}, taken_at="2026-06-15T08:00:00Z")
    run = check(reading.estate, all_controls(), today=TODAY)

    assert "uriBaseId" not in _results(run)[0]["locations"][0]["physicalLocation"]["artifactLocation"]


def test_a_file_below_has_the_root_as_its_base(folder: Path) -> None:
    """A relative path is relative to where the check ran."""
    location = _results(_run(folder))[0]["locations"][0]["physicalLocation"]["artifactLocation"]

    assert {"uri": "template.yaml", "uriBaseId": "%SRCROOT%"} == location


def test_the_rules_are_documented(folder: Path) -> None:
    """Every control is a rule with its page, severity and criteria."""
    driver = _log(_run(folder))["runs"][0]["tool"]["driver"]

    assert [one.id for one in all_controls()] == [rule["id"] for rule in driver["rules"]]
    assert all(rule["help"]["text"] and rule["properties"]["tags"][1].startswith("SOC2/CC") for rule in driver["rules"])
    assert "1.2.3" == driver["semanticVersion"]


def test_equal_runs_give_equal_bytes(folder: Path) -> None:
    """The document is a function of the run."""
    run = _run(folder)

    assert render(run, all_controls(), version="1") == render(run, all_controls(), version="1")
