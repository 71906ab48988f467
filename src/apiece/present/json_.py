"""Results as JSON, `apiece/check/1` (DESIGN, section 6). Within a version members are only added."""

from __future__ import annotations

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.provenance import InCall, InFile, Provenance
from apiece.estate.subject import Subject
from apiece.present.safe import inert
from apiece.records.run import CheckRun, ControlResult, NotRun
from apiece.records.verdict import Severity, Witness

SCHEMA = "apiece/check/1"


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place in a file, or a call to AWS."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    call: str | None = None
    account: str | None = None
    region: str | None = None


class WaiverOut(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    owner: str
    approver: str
    created: str
    expires: str


class FindingOut(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    control: str
    severity: Severity
    subject: Subject
    message: str
    at: tuple[Place, ...]
    witness: Witness | None
    waiver: WaiverOut | None
    hint: str | None
    related: tuple[Subject, ...]
    root_cause: str
    owner: str | None


class UndecidedOut(msgspec.Struct, frozen=True, kw_only=True):
    control: str
    severity: Severity
    subject: Subject
    reason: str
    hint: str | None
    at: tuple[Place, ...]


class GapOut(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    needs: str
    reason: str
    hint: str | None
    at: Place


class EstateOut(msgspec.Struct, frozen=True, kw_only=True):
    digest: str
    taken_at: str
    targets: tuple[str, ...]
    functions: int


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    schema: str
    estate: EstateOut
    controls: tuple[ControlResult, ...]
    findings: tuple[FindingOut, ...]
    undecided: tuple[UndecidedOut, ...]
    not_run: tuple[NotRun, ...]
    outside_source: tuple[str, ...]
    gaps: tuple[GapOut, ...]


def render(run: CheckRun) -> str:
    """Write a whole check, indented, members in a fixed order."""
    return written(_document(run))


def written(document: msgspec.Struct) -> str:
    """Write a document, indented, members in a fixed order."""
    packed = msgspec.json.encode(document, order="deterministic")
    return inert(msgspec.json.format(packed, indent=2).decode()) + "\n"


def _document(run: CheckRun) -> CheckOut:
    return CheckOut(
        schema=SCHEMA,
        estate=EstateOut(digest=run.digest, taken_at=run.taken_at, targets=run.targets, functions=run.functions),
        controls=run.controls,
        findings=tuple(
            FindingOut(
                id=finding.id,
                control=finding.control,
                severity=finding.severity,
                subject=finding.subject,
                message=finding.message,
                at=tuple(place(one) for one in finding.at),
                witness=finding.witness,
                waiver=WaiverOut(
                    reason=finding.waiver.reason,
                    owner=finding.waiver.owner,
                    approver=finding.waiver.approver,
                    created=finding.waiver.created.isoformat(),
                    expires=finding.waiver.expires.isoformat(),
                )
                if finding.waiver is not None
                else None,
                hint=finding.hint,
                related=finding.related,
                root_cause=finding.root_cause,
                owner=finding.owner,
            )
            for finding in run.findings
        ),
        undecided=tuple(
            UndecidedOut(
                control=item.control,
                severity=item.severity,
                subject=item.subject,
                reason=item.reason,
                hint=item.hint,
                at=tuple(place(one) for one in item.at),
            )
            for item in run.undecided
        ),
        not_run=run.not_run,
        outside_source=run.outside_source,
        gaps=tuple(map(gap_out, run.gaps)),
    )


def gap_out(gap: Gap) -> GapOut:
    """Spell a gap."""
    at = place(gap.at) if gap.at is not None else Place()
    return GapOut(subject=gap.subject, needs=gap.needs, reason=gap.reason, hint=gap.hint, at=at)


def place(provenance: Provenance) -> Place:
    """One provenance as an entry of `at`."""
    match provenance:
        case InFile(file=file, path=path, span=span):
            return Place(file=file, path=path, line=span.line if span else None, column=span.column if span else None)
        case InCall(call=call, account=account, region=region):
            return Place(call=call, account=account, region=region)
