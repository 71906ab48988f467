"""Findings by what is to be mended: one cause, everyone it concerns, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apiece.estate.provenance import InFile, Provenance
from apiece.present.safe import safe
from apiece.present.where import where
from apiece.records.finding import Finding
from apiece.records.verdict import Severity

_MOST_SUBJECTS = 6


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings to be shown as one block."""

    control: str
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        return min((finding.severity for finding in self.findings), key=lambda severity: severity.rank)


def causes(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """Group findings by root cause: the graver first, then those that concern more subjects.

    Where there is no line of a file to go to, causes that read the same are one block.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        in_file = any(isinstance(place, InFile) for place in finding.at)
        key = finding.root_cause if in_file or not finding.at else f"{finding.severity}/{finding.message}"
        groups.setdefault((finding.control, key), []).append(finding)
    made = [Cause(control, tuple(group)) for (control, _), group in groups.items()]
    return tuple(
        sorted(
            made,
            key=lambda cause: (cause.severity.rank, -len(cause.findings), cause.control, cause.findings[0].root_cause),
        )
    )


def sentence(cause: Cause) -> str:
    """Who is concerned, and the defect."""
    names = sorted({finding.subject.name for finding in cause.findings})
    message = cause.findings[0].message
    if len(names) > 1 and message.startswith("its "):
        message = "their " + message.removeprefix("its ")
    return f"{safe(listed(names))}: {safe(message)}"


def listed(names: list[str]) -> str:
    """Join names; of many the first few, and how many more."""
    more = f" and {len(names) - _MOST_SUBJECTS} more" if len(names) > _MOST_SUBJECTS else ""
    return ", ".join(names[:_MOST_SUBJECTS]) + more


def places(findings: tuple[Finding, ...]) -> list[Provenance]:
    """Primary places without repetition: aliased YAML gives several subjects the same one."""
    return list({where(place): place for finding in findings for place in finding.at[:1]}.values())


def count(number: int, noun: str) -> str:
    """Spell a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
