"""The examples on each control's page are its first tests: what is said to fail fails, what is said to pass passes.

A `yaml` example is a template, a `json` example a policy, a snapshot, or an estate written short.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from apiece.api.read import read_targets
from apiece.controls import shorthand
from apiece.controls.control import Control
from apiece.controls.known_bad import KNOWN_FACTS
from apiece.controls.registry import all_controls
from apiece.controls.run import run_controls
from apiece.estate.estate import Estate
from apiece.records.verdict import Outcome

DAY = dt.date(2026, 6, 15)
NOW = "2026-06-15T08:00:00Z"
EXAMPLE = re.compile(r"```(yaml|json)\n(.*?)```", re.DOTALL)


def examples(heading: str) -> Iterator[object]:
    for control in all_controls():
        section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", control.doc, re.DOTALL | re.MULTILINE)
        for number, found in enumerate(EXAMPLE.finditer(section[1] if section else ""), 1):
            yield pytest.param(control, found[1], found[2], id=f"{control.id}-{number}")


def estate_of(form: str, text: str, folder: Path) -> Estate:
    if form == "json" and not {"Statement", "schema"} & set(json.loads(text)):
        return shorthand.estate_of(json.loads(text))
    (folder / f"example.{form}").write_text(text)
    return read_targets([str(folder / f"example.{form}")], parameters={}, taken_at=NOW).estate


def outcomes(control: Control, form: str, text: str, folder: Path) -> set[Outcome]:
    estate = estate_of(form, text, folder)
    return {
        line.verdict.outcome
        for line in run_controls(estate, [control], today=DAY, given=KNOWN_FACTS.get(control.id, ())).verdicts
    }


@pytest.mark.parametrize(("control", "form", "text"), list(examples("Fails")))
def test_what_is_said_to_fail_fails(control: Control, form: str, text: str, tmp_path: Path) -> None:
    """At least one subject of the example has a finding."""
    assert Outcome.FAIL in outcomes(control, form, text, tmp_path)


@pytest.mark.parametrize(("control", "form", "text"), list(examples("Passes")))
def test_what_is_said_to_pass_passes(control: Control, form: str, text: str, tmp_path: Path) -> None:
    """Every subject of the example passes, or the control does not apply to it."""
    found = outcomes(control, form, text, tmp_path)

    assert found
    assert found <= {Outcome.PASS, Outcome.NOT_APPLICABLE}


def test_every_control_shows_both() -> None:
    """No control is without an example that fails and one that passes."""
    shown = [{param.id.rpartition("-")[0] for param in examples(heading)} for heading in ("Fails", "Passes")]  # type: ignore[attr-defined]

    assert {control.id for control in all_controls()} == shown[0] == shown[1]
