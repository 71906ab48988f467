"""Claims about a whole check: identity and order of findings, counts that add up, exit codes, the self-test."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from apiece.api.check import FailOn, Gaps, check, exit_code
from apiece.api.read import read_targets
from apiece.controls.control import Control
from apiece.controls.registry import control_named, usual_controls
from apiece.errors import SelfTestFailed
from apiece.estate.estate import Estate
from apiece.records.run import CheckRun
from apiece.records.verdict import Severity, Verdict
from apiece.records.waiver import Waiver

TODAY = dt.date(2026, 6, 15)
FUNCTION = """\
  {name}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {runtime}
      Handler: app.handler
      Role: {role}
      Code: {{ZipFile: "def handler(event, context): pass"}}
"""
ROLE = """\
  {name}:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: "sts:AssumeRole"}}]
"""
CLEAN = (("Reader", "python3.13", "!GetAtt ReaderRole.Arn"),)
SHARED = (("Reader", "python3.13", "!GetAtt ReaderRole.Arn"), ("Mailer", "python3.13", "!GetAtt ReaderRole.Arn"))
OPEN = (("Reader", "python3.13", "arn:aws:iam::111122223333:role/elsewhere"),)


def _text(*functions: tuple[str, str, str]) -> str:
    blocks = [FUNCTION.format(name=name, runtime=runtime, role=role) for name, runtime, role in functions]
    return "Resources:\n" + "".join(blocks) + ROLE.format(name="ReaderRole")


def _estate(folder: Path, *functions: tuple[str, str, str], before: str = "") -> Estate:
    path = folder / "template.yaml"
    path.write_text(before + _text(*functions))
    return read_targets([str(path)], parameters={}, taken_at="2026-06-15T08:00:00Z").estate


def _check(estate: Estate, *names: str, waivers: tuple[Waiver, ...] = ()) -> CheckRun:
    controls = tuple(control_named(name) for name in names) or usual_controls()
    return check(estate, controls, waivers=waivers, today=TODAY)


def _waiver(subject: str) -> Waiver:
    return Waiver(
        reason="moves in July",
        owner="ana",
        approver="ben",
        created=dt.date(2026, 6, 1),
        expires=dt.date(2026, 12, 1),
        control="shared-execution-role",
        subject=subject,
    )


def test_a_clean_estate_has_no_findings(tmp_path: Path) -> None:
    """A function with a role of its own passes everything."""
    run = _check(_estate(tmp_path, *CLEAN))

    assert ((), (), 1) == (run.findings, run.undecided, run.functions)
    assert 0 == exit_code(run, fail_on=FailOn.NOTE)


def test_every_deviation_is_a_finding_of_its_own(tmp_path: Path) -> None:
    """Two functions with one role are two findings with one root cause."""
    run = _check(_estate(tmp_path, *SHARED), "shared-execution-role")

    assert ["Mailer", "Reader"] == [finding.subject.logical_id for finding in run.findings]
    assert 1 == len({finding.root_cause for finding in run.findings})
    assert 2 == len({finding.id for finding in run.findings})


def test_ids_of_findings_survive_moved_lines(tmp_path: Path) -> None:
    """Lines above change places, not identities."""
    first = _check(_estate(tmp_path, *SHARED)).findings
    second = _check(_estate(tmp_path, *SHARED, before="# a comment\n\n")).findings

    assert [finding.id for finding in first] == [finding.id for finding in second]
    assert first != second


def test_a_run_is_the_same_every_time(tmp_path: Path) -> None:
    """Equal input gives equal results, whatever the order of resources in the template."""
    one, other = _check(_estate(tmp_path, *SHARED)), _check(_estate(tmp_path, *reversed(SHARED)))

    assert one == _check(_estate(tmp_path, *SHARED))
    assert [finding.id for finding in one.findings] == [finding.id for finding in other.findings]


def test_the_graver_comes_first(tmp_path: Path) -> None:
    """Findings are ordered by severity, then control."""
    estate = _estate(tmp_path, ("Reader", "python3.8", "!GetAtt ReaderRole.Arn"), *SHARED[1:])
    ranks = [(finding.severity.rank, finding.control) for finding in _check(estate).findings]

    assert sorted(ranks) == ranks
    assert len(ranks) > 2


@pytest.mark.parametrize("functions", [CLEAN, SHARED, OPEN], ids=["clean", "shared", "open"])
def test_counts_add_up_to_the_population(tmp_path: Path, functions: tuple[tuple[str, str, str], ...]) -> None:
    """Every subject has exactly one outcome, with and without waivers."""
    for waivers in ((), (_waiver("Mailer"),)):
        for result in _check(_estate(tmp_path, *functions), waivers=waivers).controls:
            parts = (result.passed, result.failed, result.waived, result.unknown, result.not_applicable)

            assert result.population == sum(parts), result.id


def test_a_waived_subject_is_counted_as_waived(tmp_path: Path) -> None:
    """Of two that fail, the waived one is not counted as failed."""
    (result,) = _check(_estate(tmp_path, *SHARED), "shared-execution-role", waivers=(_waiver("Mailer"),)).controls

    assert (2, 1, 1) == (result.population, result.failed, result.waived)


def test_waived_findings_do_not_fail_a_run(tmp_path: Path) -> None:
    """When all are waived the exit code is 0."""
    waivers = (_waiver("Mailer"), _waiver("Reader"))
    run = _check(_estate(tmp_path, *SHARED), "shared-execution-role", waivers=waivers)

    assert (2, 0) == (len(run.findings), exit_code(run, fail_on=FailOn.NOTE))


def test_an_unused_waiver_fails_a_run_that_fails_on_warnings(tmp_path: Path) -> None:
    """A waiver for nothing is a warning."""
    run = _check(_estate(tmp_path, *CLEAN), waivers=(_waiver("Reader"),))

    assert ["unused-waiver"] == [finding.control for finding in run.findings]
    assert [0, 1] == [exit_code(run, fail_on=level) for level in (FailOn.ERROR, FailOn.WARNING)]


@pytest.mark.parametrize("level", list(FailOn))
@pytest.mark.parametrize("severity", list(Severity))
def test_a_level_is_reached_by_what_is_as_grave(level: FailOn, severity: Severity) -> None:
    """`never` is reached by nothing, `note` by everything."""
    order = ["never", "error", "warning", "note"]

    assert (order.index(severity.value) <= order.index(level.value)) == level.reached_by(severity)


@pytest.mark.parametrize(
    ("level", "gaps", "code"),
    [
        (FailOn.ERROR, Gaps.COUNT, 3),
        (FailOn.NOTE, Gaps.COUNT, 3),
        (FailOn.ERROR, Gaps.ALLOW, 0),
        (FailOn.NEVER, Gaps.COUNT, 0),
    ],
)
def test_what_is_not_known_makes_the_code_three(tmp_path: Path, level: FailOn, gaps: Gaps, code: int) -> None:
    """A role outside of the template leaves verdicts undecided, unless that is allowed."""
    run = _check(_estate(tmp_path, *OPEN))

    assert run.undecided
    assert code == exit_code(run, fail_on=level, gaps=gaps)


def test_what_is_not_known_below_the_level_does_not_count(tmp_path: Path) -> None:
    """A warning that could not be decided does not stop a run that fails on errors."""
    outside = ("Reader", "python3.13", "!GetAtt ReaderRole.Arn\n      VpcConfig: !ImportValue network")
    run = _check(_estate(tmp_path, outside), "open-security-group")

    assert [Severity.WARNING] == [item.severity for item in run.undecided]
    assert [0, 3] == [exit_code(run, fail_on=level) for level in (FailOn.ERROR, FailOn.WARNING)]


def test_findings_go_before_what_is_not_known(tmp_path: Path) -> None:
    """With both, the code is 1."""
    run = _check(_estate(tmp_path, *OPEN, ("Old", "python3.8", "!GetAtt ReaderRole.Arn")))

    assert run.undecided
    assert 1 == exit_code(run, fail_on=FailOn.ERROR)


def test_a_template_that_was_not_read_makes_the_code_three(tmp_path: Path) -> None:
    """A broken template beside a clean one is not clean."""
    _estate(tmp_path, *CLEAN)
    (tmp_path / "bad.yaml").write_text("Resources: [\n")
    estate = read_targets([str(tmp_path)], parameters={}, taken_at="2026-06-15T08:00:00Z").estate
    run = _check(estate)

    assert [3, 0] == [exit_code(run, fail_on=FailOn.ERROR, gaps=gaps) for gaps in (Gaps.COUNT, Gaps.ALLOW)]


def test_no_run_is_trusted_after_a_control_passed_what_is_bad(tmp_path: Path) -> None:
    """A control whose rule passes everything stops the run."""

    def blind(function: object, index: object) -> Verdict:  # noqa: ARG001 - a rule's parameters
        return Verdict.passed()

    broken: Control = replace(control_named("shared-execution-role"), rule=blind)
    with pytest.raises(SelfTestFailed, match="`shared-execution-role` passed what is known to be bad"):
        check(_estate(tmp_path, *CLEAN), (broken,), today=TODAY)


def test_a_control_without_a_known_bad_case_is_not_trusted(tmp_path: Path) -> None:
    """The self-test covers every control there is."""
    strange = replace(control_named("shared-execution-role"), id="never-heard-of")
    with pytest.raises(SelfTestFailed, match="`never-heard-of` has no known-bad case"):
        check(_estate(tmp_path, *CLEAN), (strange,), today=TODAY)


def test_the_digest_is_of_the_facts(tmp_path: Path) -> None:
    """The moment of reading does not change the digest, another role does."""
    estate = _estate(tmp_path, *CLEAN)
    later = read_targets(estate.targets, parameters={}, taken_at="2027-01-01T00:00:00Z").estate

    assert _check(estate).digest == _check(later).digest
    assert _check(estate).digest != _check(_estate(tmp_path, *OPEN)).digest
