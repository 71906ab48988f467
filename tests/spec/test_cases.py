"""The specification's cases agree with the reference evaluator, and no statement is without them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from apiece.api.evaluate import answer

SPEC = Path(__file__).resolve().parents[2] / "spec"
TEXT = (SPEC / "evaluation.md").read_text(encoding="utf-8")
NUMBERS = [int(number) for number in re.findall(r"^\*\*(\d+)\. ", TEXT, re.MULTILINE)]


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    """What a case expects: the decision, and what some of the layers say."""

    decision: str
    layers: dict[str, str] = {}


class _Named(msgspec.Struct):
    id: str


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """One case: the statement it shows, why, the evaluator's input as it stands, and the expectation."""

    statement: int
    why: str
    case: msgspec.Raw
    expect: Expected

    @property
    def id(self) -> str:
        return msgspec.json.decode(self.case, type=_Named).id


FILES = {path: msgspec.json.decode(path.read_bytes(), type=list[Case]) for path in sorted(SPEC.glob("cases/*.json"))}
CASES = [case for cases in FILES.values() for case in cases]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}: {case.why}")
def test_the_reference_evaluator_agrees_with_the_case(case: Case) -> None:
    """Each case of the specification is decided as it says, and its layers say what it says."""
    given = answer(bytes(case.case).decode())
    layers = given["layers"]
    assert isinstance(layers, dict)

    assert "error" not in given
    assert case.expect.decision == given["decision"], given["reason"]
    assert case.expect.layers == {name: layers[name]["result"] for name in case.expect.layers}


def test_every_statement_has_cases() -> None:
    """A rule that few cases show is hardly specified: each statement has at least five, and no case is of none."""
    count = Counter(case.statement for case in CASES)

    assert set(NUMBERS) == set(count)
    assert [] == [number for number in NUMBERS if count[number] < 5]


def test_statements_are_numbered_without_gaps() -> None:
    """Code cites statements by number, so numbers are never reused or left out."""
    assert list(range(1, len(NUMBERS) + 1)) == NUMBERS


def test_every_statement_names_a_source() -> None:
    """A rule is AWS's, with the page that says so, or measured, or ours, and then it says that."""
    statements = re.split(r"^(?=\*\*\d+\. )", TEXT, flags=re.MULTILINE)[1:]
    without = [
        text[:40] for text in statements if not re.search(r"https://docs\.aws\.amazon\.com/|Measured|as \d+\]", text)
    ]

    assert [] == without


def test_statements_cited_by_code_exist() -> None:
    """A comment that cites a statement cites one that is there."""
    code = (SPEC.parent / "src").rglob("*.py")
    cited = {
        int(number)
        for path in code
        for found in re.findall(r"[Ss]tatements? (\d+(?:(?:, | and | to |\-)\d+)*)", path.read_text(encoding="utf-8"))
        for number in re.findall(r"\d+", found)
    }

    assert cited <= set(NUMBERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_holds_the_cases_of_one_statement(path: Path) -> None:
    """The file's number is that of its cases, and of their ids, in order."""
    number = int(path.name.split("-")[0])

    assert [(number, f"{number}.{place}") for place, _ in enumerate(FILES[path], 1)] == [
        (case.statement, case.id) for case in FILES[path]
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_case_says_why_it_is_there(path: Path) -> None:
    """No two cases of a statement show the same."""
    reasons = [case.why for case in FILES[path]]

    assert len(reasons) == len(set(reasons))
