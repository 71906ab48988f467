"""The answer of one control for one subject."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject


class Criterion(StrEnum):
    """SOC 2 criteria by number; their texts are the AICPA's and are not repeated."""

    CC6_1 = "CC6.1"
    CC6_2 = "CC6.2"
    CC6_3 = "CC6.3"
    CC6_4 = "CC6.4"
    CC6_5 = "CC6.5"
    CC6_6 = "CC6.6"
    CC6_7 = "CC6.7"
    CC6_8 = "CC6.8"
    CC7_1 = "CC7.1"
    CC7_2 = "CC7.2"
    CC8_1 = "CC8.1"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return ("error", "warning", "note").index(self.value)


class Cadence(StrEnum):
    """How often a control is to be run over its whole population, so that no deviation stays unseen for longer."""

    DAILY = "daily"
    WEEKLY = "weekly"
    QUARTERLY = "quarterly"


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A concrete request that shows the defect; it was evaluated before it is shown.

    Names that exist only after deployment are replaced by examples.
    """

    principal: str
    action: str
    resource: str
    context: dict[str, str | tuple[str, ...]] = {}


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """One defect of one subject.

    `root_cause` is a stable key: subjects that fail for the same reason share it, and a text view groups by it. It
    never holds line numbers or digests. `at` begins with the primary place.
    """

    message: str
    severity: Severity
    root_cause: str
    at: tuple[Provenance, ...] = ()
    hint: str | None = None
    witness: Witness | None = None
    related: tuple[Subject, ...] = ()


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Why a control could not decide, or not all of it."""

    reason: str
    at: tuple[Provenance, ...] = ()
    hint: str | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Pass, fail, unknown or not-applicable for one subject.

    A verdict with deviations fails, and with unknowns alone it is unknown. Where only small deviations were shown and a
    graver one could hide behind an unknown, it is unknown and keeps its deviations: they are findings all the same.
    """

    outcome: Outcome
    deviations: tuple[Deviation, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    reason: str | None = None

    @staticmethod
    def passed() -> Verdict:
        return Verdict(outcome=Outcome.PASS)

    @staticmethod
    def not_applicable(reason: str) -> Verdict:
        return Verdict(outcome=Outcome.NOT_APPLICABLE, reason=reason)

    @staticmethod
    def of(deviations: tuple[Deviation, ...] = (), unknowns: tuple[Unknown, ...] = ()) -> Verdict:
        """Fail if there is a deviation, else unknown if anything is, else pass."""
        if deviations:
            return Verdict(outcome=Outcome.FAIL, deviations=deviations, unknowns=unknowns)
        if unknowns:
            return Verdict(outcome=Outcome.UNKNOWN, unknowns=unknowns)
        return Verdict.passed()

    @staticmethod
    def of_all(found: Iterable[Deviation | Unknown | None]) -> Verdict:
        """The verdict over what came of each statement; None where nothing did."""
        told = tuple(found)
        return Verdict.of(
            tuple(one for one in told if isinstance(one, Deviation)),
            tuple(one for one in told if isinstance(one, Unknown)),
        )
