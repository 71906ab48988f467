"""Check an estate: run the controls, name the findings, apply the waivers, rank what to do first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum

from apiece.access.deploying import Deployers
from apiece.api.waivers import apply_waivers
from apiece.controls.control import Control
from apiece.controls.run import run_controls
from apiece.controls.selftest import run_selftest
from apiece.estate import snapshot
from apiece.estate.estate import Estate
from apiece.estate.subject import finding_id
from apiece.records.finding import Finding
from apiece.records.owners import Book, Owners, book
from apiece.records.run import CheckRun, ControlResult, SubjectVerdict, Undecided
from apiece.records.verdict import Outcome, Severity
from apiece.records.waiver import Waiver

CLEAN, FINDINGS, UNKNOWN = 0, 1, 3


class FailOn(StrEnum):
    """The gravest severity that is still accepted lies below this."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NEVER = "never"

    def reached_by(self, severity: Severity) -> bool:
        return self is not FailOn.NEVER and severity.rank <= Severity(self.value).rank


class Gaps(StrEnum):
    """Whether what could not be decided counts."""

    COUNT = "count"
    ALLOW = "allow"


def check(
    estate: Estate,
    controls: Sequence[Control],
    *,
    waivers: tuple[Waiver, ...] = (),
    today: dt.date,
    owners: Owners | None = None,
    deployers: tuple[str, ...] | None = None,
) -> CheckRun:
    """Judge an estate. Raises `SelfTestFailed` if a control passes something that is known to be bad.

    `deployers` are patterns of the ARNs of those who are meant to deploy, None where nobody has said who they are.
    """
    run_selftest(controls, today=today)
    given: list[object] = [owners] if owners is not None and owners.of_subjects else []
    given += [Deployers(deployers)] if deployers is not None else []
    results = run_controls(estate, controls, today=today, given=given)
    owned = book(owners or Owners(), estate.functions)
    findings = apply_waivers(_findings(results.verdicts, owned), waivers, today=today)
    return CheckRun(
        digest=snapshot.digest(estate),
        taken_at=estate.taken_at,
        targets=estate.targets,
        functions=len({function.subject.key for function in estate.functions}),
        controls=tuple(_counted(control, results.verdicts, findings) for control in controls),
        findings=tuple(sorted(findings, key=_order)),
        undecided=tuple(_undecided(results.verdicts, {control.id: control.severity for control in controls})),
        not_run=results.not_run,
        outside_source=estate.outside_source,
        gaps=estate.gaps,
    )


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.severity.rank, finding.control, finding.subject.key, finding.root_cause)


def _findings(verdicts: Iterable[SubjectVerdict], owned: Book) -> Iterable[Finding]:
    for line in verdicts:
        for deviation in line.verdict.deviations:
            yield Finding(
                id=finding_id(line.control, line.subject, deviation.root_cause),
                control=line.control,
                severity=deviation.severity,
                subject=line.subject,
                message=deviation.message,
                root_cause=deviation.root_cause,
                at=deviation.at,
                hint=deviation.hint,
                witness=deviation.witness,
                related=deviation.related,
                owner=owned.owner(line.subject),
            )


def _counted(control: Control, verdicts: tuple[SubjectVerdict, ...], findings: tuple[Finding, ...]) -> ControlResult:
    own = [line for line in verdicts if line.control == control.id]
    open_subjects = {
        finding.subject.key for finding in findings if finding.control == control.id and not finding.waiver
    }
    failed = [line for line in own if line.verdict.outcome is Outcome.FAIL]
    waived = [line for line in failed if line.subject.key not in open_subjects]

    def count(outcome: Outcome) -> int:
        return sum(line.verdict.outcome is outcome for line in own)

    return ControlResult(
        id=control.id,
        criteria=control.criteria,
        severity=control.severity,
        population=len(own),
        passed=count(Outcome.PASS),
        failed=len(failed) - len(waived),
        waived=len(waived),
        unknown=count(Outcome.UNKNOWN),
        not_applicable=count(Outcome.NOT_APPLICABLE),
    )


def _undecided(verdicts: Iterable[SubjectVerdict], severities: dict[str, Severity]) -> Iterable[Undecided]:
    for line in verdicts:
        for unknown in line.verdict.unknowns:
            yield Undecided(
                control=line.control,
                severity=severities[line.control],
                subject=line.subject,
                reason=unknown.reason,
                hint=unknown.hint,
                at=unknown.at,
            )


def exit_code(run: CheckRun, *, fail_on: FailOn, gaps: Gaps = Gaps.COUNT) -> int:
    """0 clean, 1 findings at or above `fail_on`, 3 something at or above it is undecided (DESIGN, section 6)."""
    if any(fail_on.reached_by(finding.severity) for finding in run.findings if finding.waiver is None):
        return FINDINGS
    unread = any(gap.needs in {"stack", "account"} for gap in run.gaps)
    undecided = any(fail_on.reached_by(item.severity) for item in run.undecided)
    if gaps is Gaps.COUNT and fail_on is not FailOn.NEVER and (unread or undecided):
        return UNKNOWN
    return CLEAN
