"""The specification's cases, and that no statement is without one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from apiece.api.evaluate import answer

SPEC = Path(__file__).resolve().parents[2] / "spec"
CASES = [case for path in sorted((SPEC / "cases").glob("*.json")) for case in json.loads(path.read_text())]
STATEMENTS = {int(number) for number in re.findall(r"^\*\*(\d+)\. ", (SPEC / "evaluation.md").read_text(), re.MULTILINE)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['case']['id']}: {case['why']}")
def test_the_reference_evaluator_agrees_with_the_case(case: dict) -> None:  # type: ignore[type-arg]
    """Each case of the specification is decided as it says."""
    given = answer(json.dumps(case["case"]))

    assert case["expect"]["decision"] == given["decision"], given["reason"]


def test_every_statement_has_a_case() -> None:
    """A rule that no case shows is not in the specification."""
    assert STATEMENTS == {case["statement"] for case in CASES}


def test_statements_are_numbered_without_gaps() -> None:
    """Code cites statements by number, so numbers are never reused or left out."""
    assert set(range(1, len(STATEMENTS) + 1)) == STATEMENTS


def test_case_ids_are_unique() -> None:
    """A case can be named."""
    ids = [case["case"]["id"] for case in CASES]

    assert len(ids) == len(set(ids))
