"""The control matrix of this version, from the controls' own pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from apiece import __version__
from apiece.controls.control import Control
from apiece.controls.coverage import COVERAGE
from apiece.controls.population import described
from apiece.records.matrix import Matrix, MatrixRow

UNNAMED = "not named"


def matrix(controls: Iterable[Control], *, owners: Mapping[str, str]) -> Matrix:
    """Gather the matrix. `owners` maps control ids to who answers for them; `*` stands for all others."""
    usual = owners.get("*", UNNAMED)
    return Matrix(
        version=__version__,
        controls=tuple(_row(control, owners.get(control.id, usual)) for control in controls),
        others=COVERAGE,
    )


def _row(control: Control, owner: str) -> MatrixRow:
    population = described(control)
    return MatrixRow(
        id=control.id,
        title=control.title,
        criteria=control.criteria,
        severity=control.severity.value,
        objective=control.objective,
        procedure=control.procedure,
        frequency=control.cadence.value,
        owner=owner,
        population=population.all_of,
        source=population.source,
        remedy=control.advice,
    )
