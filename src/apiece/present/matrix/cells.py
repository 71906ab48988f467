"""The matrix as rows of plain texts, which every form of it is made from."""

from __future__ import annotations

from collections.abc import Iterator

from apiece.records.matrix import Matrix, Standing
from apiece.records.verdict import Criterion

COLUMNS = (
    "Standing",
    "Id",
    "Criteria",
    "Severity",
    "Objective",
    "Test procedure",
    "Frequency",
    "Owner",
    "Population",
    "Population source",
    "Remedy or reason",
)
CRITERIA_COLUMNS = ("Criterion", "Standing", "What", "Owner", "Controls, or reason and evidence")


def controls(matrix: Matrix) -> Iterator[tuple[str, ...]]:
    """One row a control."""
    for row in matrix.controls:
        cells = (row.id, ", ".join(row.criteria), row.severity, row.objective, row.procedure, row.frequency, row.owner)
        yield (Standing.CONTROL.value, *cells, row.population, row.source, row.remedy)


def others(matrix: Matrix) -> Iterator[tuple[str, ...]]:
    """What is left to others, in the columns of the controls."""
    for row in matrix.others:
        yield (row.standing.value, "", row.criterion.value, "", row.about, "", "", row.owner, "", "", row.why)


def criteria(matrix: Matrix) -> Iterator[tuple[str, ...]]:
    """By criterion: which controls serve it, and what is left to others."""
    for criterion in Criterion:
        serving = matrix.of(criterion)
        if serving:
            owners = ", ".join(sorted({row.owner for row in serving}))
            names = ", ".join(row.id for row in serving)
            number = f"{len(serving)} control" + ("" if len(serving) == 1 else "s")
            yield (criterion.value, Standing.CONTROL.value, number, owners, names)
        for row in matrix.others:
            if row.criterion is criterion:
                yield (criterion.value, row.standing.value, row.about, row.owner, row.why)
