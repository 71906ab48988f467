"""What an auditor needs to know of a control stands on its page."""

from __future__ import annotations

import pytest

from apiece.controls.control import Control
from apiece.controls.population import described, is_described
from apiece.controls.registry import all_controls
from apiece.controls.run import populations

CONTROLS = pytest.mark.parametrize("control", all_controls(), ids=lambda control: control.id)


@CONTROLS
def test_every_control_says_what_holds_where_it_passes(control: Control) -> None:
    """The objective is a sentence or two."""
    sentences = control.objective.count(".")

    assert len(control.objective.split()) >= 8
    assert 1 <= sentences <= 3


@CONTROLS
def test_every_control_can_be_tested_by_hand(control: Control) -> None:
    """The procedure names a call or a file to list the population from, and says what an exception is."""
    assert len(control.procedure.split()) >= 40
    assert "`" in control.procedure
    assert "exception" in control.procedure


@CONTROLS
def test_what_the_objective_says_comes_before_the_examples(control: Control) -> None:
    """Every page has its sections in the same order."""
    headings = [line.removeprefix("## ") for line in control.doc.splitlines() if line.startswith("## ")]
    known = (
        "What it checks",
        "Why it matters",
        "Objective",
        "Test procedure",
        "Fails",
        "Passes",
        "Remedy",
        "Limits",
    )

    assert [heading for heading in known if heading in headings] == headings


@CONTROLS
def test_every_population_has_a_source(control: Control) -> None:
    """It is said where all subjects are listed from."""
    assert described(control).all_of.startswith("every ")
    assert described(control).source


def test_every_population_that_is_walked_is_described() -> None:
    """No type of subject is walked without a row in words."""
    assert [] == [kind.__name__ for kind in populations() if not is_described(kind)]
