"""Claims about a check of many findings: one screen that ranks, whatever the number."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from apiece.estate.gap import Gap
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.present import concise
from apiece.present.summary import first
from apiece.present.text import Detail, render
from apiece.records.finding import Finding
from apiece.records.run import CheckRun, ControlResult, Undecided
from apiece.records.verdict import Criterion, Severity
from apiece.span import Span


def _function(name: str) -> Subject:
    return Subject(kind=SubjectKind.FUNCTION, logical_id=name, stack="template.yaml")


def _finding(name: str, control: str = "wide-resource", **changes: object) -> Finding:
    line = 1 + sum(map(ord, name))
    given: dict[str, object] = {
        "id": f"f_{name}",
        "control": control,
        "severity": Severity.ERROR,
        "subject": _function(name),
        "message": "its role allows `s3:GetObject` on any bucket",
        "root_cause": f"policy/{name}",
        "at": (InFile(file="template.yaml", path="Resources", span=Span("template.yaml", line, 3, line, 9)),),
        "hint": "name the bucket",
    }
    return Finding(**(given | changes))  # type: ignore[arg-type]


def _run(*findings: Finding, **changes: object) -> CheckRun:
    controls = tuple(
        ControlResult(id=name, criteria=(Criterion.CC6_1,), severity=Severity.ERROR, population=100)
        for name in ("shared-execution-role", "unsupported-runtime", "wide-resource")
    )
    given: dict[str, object] = {
        "digest": "sha256:0",
        "taken_at": "2026-06-15T08:00:00Z",
        "targets": ("template.yaml",),
        "functions": 100,
        "controls": controls,
        "findings": findings,
    }
    return CheckRun(**(given | changes))  # type: ignore[arg-type]


def _many(number: int) -> tuple[Finding, ...]:
    return tuple(_finding(f"F{index}") for index in range(number))


def _old(name: str) -> Finding:
    return _finding(name, "unsupported-runtime", severity=Severity.WARNING, message="`python3.8` is out of support")


def test_many_findings_are_one_screen() -> None:
    """A sentence with its population, the controls by what they found, what to do first, and how to see the rest."""
    shared = [_finding(name, "shared-execution-role", root_cause="role/a", message="shares `a`") for name in "XYZ"]
    undecided = tuple(
        Undecided(
            control="wide-resource",
            severity=Severity.ERROR,
            subject=_function(name),
            reason=f"the policies of role `{name}` are not in the source",
        )
        for name in ("A", "B")
    )

    assert render(_run(*_many(30), *shared, _old("Q"), undecided=undecided), {}) == snapshot("""\
33 of 100 functions have an error, 1 more a warning
  control               errors warnings  notes unknown     of causes
  wide-resource             30        -      -       -    100     30
  shared-execution-role      3        -      -       -    100      1
  unsupported-runtime        -        1      -       -    100      1

Do first
  1. error[shared-execution-role] 3 subjects: shares `a`
     at template.yaml:89:3 and 2 more places
     name the bucket
  2. error[wide-resource] F0: its role allows `s3:GetObject` on any bucket
     at template.yaml:119:3
     name the bucket
  3. error[wide-resource] F1: its role allows `s3:GetObject` on any bucket
     at template.yaml:120:3
     name the bucket
  4. error[wide-resource] F10: its role allows `s3:GetObject` on any bucket
     at template.yaml:168:3
     name the bucket
  5. error[wide-resource] F11: its role allows `s3:GetObject` on any bucket
     at template.yaml:169:3
     name the bucket

Not decided
  the policies of role `…` are not in the source: 2 subjects, 1 control

`--all` shows every finding, `--control NAME --all` those of one control,
`--format concise` a line for each.

33 errors, 1 warning in 100 functions, 3 controls
300 of 300 verdicts decided
""")


@pytest.mark.parametrize(("number", "blocks"), [(25, 25), (26, 0)])
def test_few_findings_are_shown_one_by_one(number: int, blocks: int) -> None:
    """Up to twenty-five blocks are read; of more, the first things to do."""
    text = render(_run(*_many(number)), {})

    assert blocks == sum(line.startswith("error[") for line in text.splitlines())


def test_many_subjects_of_one_cause_are_one_block() -> None:
    """What counts is what there is to mend, not whom it concerns."""
    text = render(_run(*(_finding(f"F{index}", root_cause="one") for index in range(500))), {})

    assert text.startswith("error[wide-resource]: ")


@pytest.mark.parametrize("detail", [Detail.ALL, Detail.FULL])
def test_everything_is_shown_when_asked_for(detail: Detail) -> None:
    """`--all` and `--verbose` leave nothing out."""
    text = render(_run(*_many(40)), {}, detail=detail)

    assert 40 == sum(line.startswith("error[") for line in text.splitlines())


def test_a_screen_has_at_most_forty_lines() -> None:
    """Ten thousand functions and thirty controls that found something do not scroll."""
    controls = tuple(
        ControlResult(id=f"control-{number}", criteria=(), severity=Severity.ERROR, population=10_000)
        for number in range(30)
    )
    findings = [_finding(f"F{number}", f"control-{number % 30}") for number in range(3000)]
    gaps = tuple(
        Gap(subject=Subject(kind=SubjectKind.STACK, stack=f"{name}.yaml"), needs="stack", reason=f"no `{name}`")
        for name in range(900)
    )

    assert len(render(_run(*findings, controls=controls, gaps=gaps), {}).splitlines()) <= 45


def test_a_cause_that_concerns_more_functions_goes_first() -> None:
    """One change that mends three functions goes before changes that mend one."""
    shared = [_finding(name, "shared-execution-role", root_cause="role/a") for name in "XYZ"]

    assert "shared-execution-role" == first([*_many(3), *shared])[0].control


def test_a_graver_cause_goes_before_a_larger_one() -> None:
    """Warnings of many functions do not hide one error."""
    warnings = [_finding(name, severity=Severity.WARNING, root_cause="w") for name in "XYZ"]

    assert Severity.ERROR is first([*warnings, _finding("A")])[0].severity


def test_of_equal_causes_the_one_with_fewer_places_goes_first() -> None:
    """What is mended at one place is easier than what is mended at two."""
    one = Span("template.yaml", 7, 1, 7, 2)
    at = (InFile(file="template.yaml", path="Resources", span=one),)
    scattered = [_finding(name, root_cause="a") for name in "XY"]
    single = [_finding(name, root_cause="b", at=at) for name in "XY"]

    assert ["b", "a"] == [cause.findings[0].root_cause for cause in first([*scattered, *single])]


def test_equal_causes_take_turns_by_control() -> None:
    """Five times the same defect is not five things to do first."""
    others = [_finding(f"G{number}", "unsupported-runtime") for number in range(9)]

    assert {"wide-resource", "unsupported-runtime"} == {cause.control for cause in first([*_many(9), *others])[:2]}


def test_concise_is_a_line_for_each_finding() -> None:
    """Place, severity, control, subject and message, and no waived one."""
    assert concise.render(_run(_finding("A"), _old("B"))) == snapshot("""\
template.yaml:66:3: error[wide-resource] A: its role allows `s3:GetObject` on any bucket
template.yaml:67:3: warning[unsupported-runtime] B: `python3.8` is out of support
""")


def test_many_unread_places_are_cut_unless_asked_for() -> None:
    """Twenty are shown, and that there are more."""
    gaps = tuple(
        Gap(subject=Subject(kind=SubjectKind.STACK, stack=f"{number}.yaml"), needs="stack", reason="not valid YAML")
        for number in range(30)
    )

    assert "  and 10 more places (`--verbose` shows all)\n" in render(_run(gaps=gaps), {})
    assert "more places" not in render(_run(gaps=gaps), {}, detail=Detail.FULL)


def test_findings_are_counted_by_owner_where_owners_are_named() -> None:
    """The gravest load first, and what belongs to nobody is said."""
    owned = [_finding(f"G{number}", owner="team-mail") for number in range(30)]
    text = render(_run(*owned, *_many(3)), {})

    assert "Owners\n  team-mail: 30 errors\n  nobody named: 3 errors\n" in text
    assert "Owners" not in render(_run(*_many(30)), {})


def test_the_owner_of_a_block_is_named() -> None:
    """Beside the help, whoever is to act on it."""
    assert " = owner: team-mail\n" in render(_run(_finding("A", owner="team-mail")), {})
