"""Everything that one check found out."""

from __future__ import annotations

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.records.finding import Finding
from apiece.records.verdict import Criterion, Severity, Verdict


class SubjectVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the population of one control."""

    control: str
    subject: Subject
    verdict: Verdict


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """A control that could not decide about one subject."""

    control: str
    severity: Severity
    subject: Subject
    reason: str
    hint: str | None = None
    at: tuple[Provenance, ...] = ()


class ControlResult(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of subjects by outcome; they add up to `population`.

    `waived` counts failed subjects whose findings are all waived; they are not in `failed`.
    """

    id: str
    criteria: tuple[Criterion, ...]
    severity: Severity
    population: int = 0
    passed: int = 0
    failed: int = 0
    waived: int = 0
    unknown: int = 0
    not_applicable: int = 0


class NotRun(msgspec.Struct, frozen=True, kw_only=True):
    """A control whose optional input was not given; `give` says what to give."""

    control: str
    give: str


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `check` on one estate."""

    digest: str
    taken_at: str
    targets: tuple[str, ...]
    functions: int
    controls: tuple[ControlResult, ...]
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    outside_source: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
