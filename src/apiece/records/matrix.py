"""The control matrix: what is asked of the estate, and who answers for each criterion."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.records.verdict import Criterion


class Standing(StrEnum):
    """Who answers for a part of a criterion."""

    CONTROL = "control"
    """A control of this version tests it."""
    INHERITED = "inherited"
    """AWS does it and has itself audited for it."""
    COMPLEMENTARY = "complementary"
    """You do it, outside of what this program reads."""
    NOT_COVERED = "not covered"
    """It could be tested here and is not yet, or nothing here can test it."""


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True):
    """One control."""

    id: str
    title: str
    criteria: tuple[Criterion, ...]
    severity: str
    objective: str
    procedure: str
    frequency: str
    owner: str
    population: str
    source: str
    remedy: str


class CoverageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a criterion that no control tests: what it is about, who answers for it, what evidence to ask for."""

    criterion: Criterion
    standing: Standing
    about: str
    owner: str
    why: str


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """All controls, and all parts of the criteria that they leave to others."""

    version: str
    controls: tuple[MatrixRow, ...]
    others: tuple[CoverageRow, ...]

    def of(self, criterion: Criterion) -> tuple[MatrixRow, ...]:
        """The controls that serve a criterion."""
        return tuple(row for row in self.controls if criterion in row.criteria)
