"""Claims about the text output, shown whole: blocks by root cause, what to do first, what is not known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.controls.registry import control_named, usual_controls
from apiece.estate.gap import Gap
from apiece.estate.provenance import InCall, InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.present.causes import causes
from apiece.present.text import Colour, Detail, render
from apiece.records.finding import Finding
from apiece.records.run import CheckRun, ControlResult, NotRun, Undecided
from apiece.records.verdict import Criterion, Severity, Witness
from apiece.records.waiver import Waiver
from apiece.span import Span

TEMPLATE = """\
Resources:
  Mailer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Shared.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
      Environment:
        Variables: {DB_PASSWORD: "p-4ss: [w0rd], {x}-Zq9", STAGE: dev}
  Reader:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt Shared.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
  Shared:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: objects
          PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::*"}]}
"""


def _checked(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = TEMPLATE, *names: str) -> str:
    monkeypatch.chdir(folder)
    (folder / "template.yaml").write_text(text)
    reading = read_targets(["template.yaml"], parameters={}, taken_at="2026-06-15T08:00:00Z")
    controls = tuple(control_named(name) for name in names) or usual_controls()
    return render(check(reading.estate, controls, today=dt.date(2026, 6, 15)), reading.documents)


def _function(name: str) -> Subject:
    return Subject(kind=SubjectKind.FUNCTION, logical_id=name, stack="template.yaml")


def _finding(name: str, **changes: object) -> Finding:
    given: dict[str, object] = {
        "id": f"f_{name}",
        "control": "wide-resource",
        "severity": Severity.ERROR,
        "subject": _function(name),
        "message": "its role allows `s3:GetObject` on any bucket",
        "root_cause": "policy/a",
        "at": (InFile(file="template.yaml", path="Resources", span=Span("template.yaml", 7, 3, 7, 9)),),
        "hint": "name the bucket",
    }
    return Finding(**(given | changes))  # type: ignore[arg-type]


def _run(*findings: Finding, **changes: object) -> CheckRun:
    counts = ControlResult(
        id="wide-resource", criteria=(Criterion.CC6_1,), severity=Severity.ERROR, population=3, passed=2, failed=1
    )
    given: dict[str, object] = {
        "digest": "sha256:0",
        "taken_at": "2026-06-15T08:00:00Z",
        "targets": ("template.yaml",),
        "functions": 3,
        "controls": (counts,),
        "findings": findings,
    }
    return CheckRun(**(given | changes))  # type: ignore[arg-type]


def _shown(run: CheckRun, detail: Detail = Detail.SHORT) -> str:
    return render(run, {}, detail=detail)


def test_a_whole_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions with one cause share a block, the secret is one mark, and the list at the end says what and where."""
    assert _checked(tmp_path, monkeypatch) == snapshot("""\
error[shared-execution-role]: Mailer, Reader: 2 functions share role `Shared`
 --> template.yaml:7:13
  |
7 | Role: !GetAtt Shared.Arn
  |       ^^^^^^^^^^^^^^^^^^
 ::: template.yaml:16:13
  = help: give each function a role of its own

error[wide-resource]: Mailer, Reader: policy `objects` allows `s3:GetObject` on any bucket
  --> template.yaml:25:90
   |
25 | PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::*"}]}
   |                                                                                ^^^^^^^^^^^^^^^^
   = witness: `Shared-1504cb03` may `s3:GetObject` on `arn:aws:s3:::another-bucket/any-object`
   = help: name the resource the function uses

error[secret-in-environment]: Mailer: variable `DB_PASSWORD` holds a secret in plain text, recognised as `password`
  --> template.yaml:10:34
   |
10 | Variables: {DB_PASSWORD: [sealed], STAGE: [sealed]}
   |                          ^^^^^^^^
   = help: keep the secret in Secrets Manager and give the function its name; let its role read that one secret

note[environment-without-customer-key]: 1 place, 1 subject; for example Mailer: its 2 environment variables are encrypted with AWS's key for Lambda
  (`--verbose` shows each)

Do first
  1. Mailer, Reader: 2 functions share role `Shared` (template.yaml:7:13)
  2. Mailer, Reader: policy `objects` allows `s3:GetObject` on any bucket (template.yaml:25:90)
  3. Mailer: variable `DB_PASSWORD` holds a secret in plain text, recognised as `password` (template.yaml:10:34)

5 errors, 1 note in 2 functions, 33 controls
22 of 22 verdicts decided
not run: code-writable-by-many (give `[deployers]` in apiece.toml), owner-missing (give `[owners]` in apiece.toml)
outside this source: scp, rcp; a fail stands unless one of them denies
""")  # noqa: E501 (as it is printed)


def test_a_clean_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing found is said in three lines."""
    text = TEMPLATE.replace("        Variables: {DB_PASSWORD", "        Variables: {FIRST")

    assert _checked(tmp_path, monkeypatch, text, "unsupported-runtime") == snapshot("""\
no findings in 2 functions, 1 control
2 of 2 verdicts decided
outside this source: scp, rcp; a fail stands unless one of them denies
""")


def test_what_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons are given once with everyone they concern, and what would help."""
    text = TEMPLATE.replace("!GetAtt Shared.Arn", "!ImportValue Role").replace("python3.13", "!Ref Runtime")

    assert _checked(tmp_path, monkeypatch, text, "unsupported-runtime", "admin-execution-role") == snapshot("""\
Not decided
  the policies of role `${ImportValue Role}` are not in the source
    Mailer, Reader: admin-execution-role; check the template that defines the role in the same run, or the live account
  the runtime is not known before deployment
    Mailer, Reader: unsupported-runtime; give the parameter with `--parameter`

Not read
  template.yaml:5:16: `Runtime` is not defined in this template
  template.yaml:7:13: export `Role` is not in this run
  template.yaml:14:16: `Runtime` is not defined in this template
  template.yaml:16:13: export `Role` is not in this run

no findings in 2 functions, 2 controls
1 of 5 verdicts decided
outside this source: scp, rcp; a fail stands unless one of them denies
""")


def test_one_cause_speaks_of_all_its_subjects() -> None:
    """Of several functions the sentence says `their`."""
    first = _shown(_run(_finding("B"), _finding("A"))).splitlines()[0]

    assert "error[wide-resource]: A, B: their role allows `s3:GetObject` on any bucket" == first


def test_many_subjects_are_counted() -> None:
    """Six names and a number are enough."""
    first = _shown(_run(*(_finding(f"F{number}") for number in range(9)))).splitlines()[0]

    assert "F0, F1, F2, F3, F4, F5 and 3 more: " in first


def test_the_same_place_is_shown_once() -> None:
    """Functions that share a place share its line."""
    assert 1 == _shown(_run(_finding("A"), _finding("B"))).count("template.yaml:7:3\n")


def test_at_most_three_places_are_shown() -> None:
    """Further places are in the JSON."""
    findings = [
        _finding(f"F{line}", at=(InFile(file="t.yaml", path="R", span=Span("t.yaml", line, 1, line, 2)),))
        for line in range(1, 6)
    ]

    assert ["--> t.yaml:1:1", "::: t.yaml:2:1", "::: t.yaml:3:1"] == [
        line.strip() for line in _shown(_run(*findings)).splitlines() if ".yaml" in line
    ]


def test_causes_are_ranked_by_severity_and_then_by_subjects() -> None:
    """One error goes before many warnings, and the error that concerns more before that."""
    findings = [
        *(_finding(name, severity=Severity.WARNING, root_cause="w") for name in "ABCD"),
        _finding("A", root_cause="small"),
        *(_finding(name, root_cause="large") for name in "BC"),
    ]

    assert ["large", "small", "w"] == [cause.findings[0].root_cause for cause in causes(findings)]


def test_what_to_do_first_names_the_defect_and_the_place() -> None:
    """Each line can be acted on without reading the block."""
    text = _shown(_run(_finding("A"), _finding("B", root_cause="policy/b")))

    assert [
        "  1. A: its role allows `s3:GetObject` on any bucket (template.yaml:7:3)",
        "  2. B: its role allows `s3:GetObject` on any bucket (template.yaml:7:3)",
    ] == text.partition("Do first\n")[2].splitlines()[:2]


def test_there_are_at_most_five_first_things() -> None:
    """A longer list is not a list of first things."""
    text = _shown(_run(*(_finding(f"F{number}", root_cause=f"{number}") for number in range(9))))

    assert ("  5. " in text, "  6. " in text) == (True, False)


def test_one_cause_needs_no_ranking() -> None:
    """With one block there is nothing to choose."""
    assert "Do first" not in _shown(_run(_finding("A")))


def test_notes_are_counted_unless_asked_for() -> None:
    """A note is one line with an example; in full it is a block."""
    run = _run(*(_finding(name, severity=Severity.NOTE, root_cause=name) for name in "AB"))

    assert (
        "note[wide-resource]: 2 places, 2 subjects; for example A: its role allows `s3:GetObject` on any bucket"
        in _shown(run)
    )
    assert 2 == _shown(run, Detail.FULL).count("note[wide-resource]: ")


def test_waived_findings_are_only_counted() -> None:
    """Accepted is neither shown nor forgotten."""
    waiver = Waiver(
        reason="x", owner="a", approver="b", created=dt.date(2026, 6, 1), expires=dt.date(2026, 7, 1), id="f_A"
    )

    assert _shown(_run(_finding("A", waiver=waiver))) == snapshot("""\
no findings in 3 functions, 1 control, 1 finding waived
3 of 3 verdicts decided
""")


def test_a_witness_is_shown_with_its_context() -> None:
    """Who may do what on what, under which circumstances."""
    witness = Witness(
        principal="arn:aws:iam::111122223333:role/a/Reader",
        action="s3:GetObject",
        resource="arn:aws:s3:::x/y",
        context={"aws:SourceIp": "10.0.0.1"},
    )
    text = _shown(_run(_finding("A", witness=witness)))

    assert "witness: `Reader` may `s3:GetObject` on `arn:aws:s3:::x/y`, aws:SourceIp=10.0.0.1\n" in text


def test_findings_of_a_live_account_that_read_the_same_are_one_block() -> None:
    """There is no line to go to: who is concerned and which call told it is all there is."""
    at = (InCall(call="lambda:GetPolicy", account="111122223333", region="eu-west-1"),)
    text = _shown(_run(_finding("A", at=at), _finding("B", at=at, root_cause="z")))

    assert text.startswith(
        "error[wide-resource]: A, B: their role allows `s3:GetObject` on any bucket\n"
        " --> account 111122223333, eu-west-1: lambda:GetPolicy\n"
    )


@pytest.mark.parametrize("at", [(), (InFile(file="t.yaml", path="Resources.A"),)])
def test_a_finding_without_a_line_is_shown(at: tuple[InFile, ...]) -> None:
    """A fact that came from AWS, or from nowhere in particular, has no excerpt."""
    text = _shown(_run(_finding("A", at=at), _finding("B", at=at, root_cause="z")))

    assert "  1. A: its role allows `s3:GetObject` on any bucket" in text
    assert ("t.yaml Resources.A" in text) == bool(at and isinstance(at[0], InFile))


def test_the_witness_and_the_advice_do_not_need_a_place() -> None:
    """A finding from a snapshot of a live account is as complete as one from a template."""
    assert "= help: name the bucket" in _shown(_run(_finding("A", at=())))


def _undecided(name: str, reason: str = "no runtime") -> Undecided:
    return Undecided(control="wide-resource", severity=Severity.ERROR, subject=_function(name), reason=reason)


def test_many_reasons_are_cut_unless_asked_for() -> None:
    """Eight reasons are shown, and that there are more."""
    run = _run(undecided=tuple(_undecided("A", f"reason {number}") for number in range(10)))

    assert "  and 2 more reasons (`--verbose` shows all)\n" in _shown(run)
    assert "reason 9" in _shown(run, Detail.FULL)


def test_the_reason_that_concerns_most_comes_first() -> None:
    """What unlocks most verdicts is said first."""
    text = _shown(_run(undecided=(_undecided("A", "rare"), *(_undecided(name, "usual") for name in "BC"))))

    assert text.index("usual") < text.index("rare")


def test_gaps_of_one_thing_are_shown_when_asked_for() -> None:
    """They show up as undecided verdicts; a template that was not read is always shown."""
    stack = Gap(subject=Subject(kind=SubjectKind.STACK, stack="bad.yaml"), needs="stack", reason="not valid YAML")
    one = Gap(
        subject=_function("A"),
        needs="function.policies",
        reason="access denied",
        hint="grant `lambda:GetPolicy`",
        at=InCall(call="lambda:GetPolicy", account="111122223333"),
    )
    run = _run(gaps=(one, stack))

    assert "Not read\n  bad.yaml: not valid YAML\n\n" in _shown(run)
    assert "Not read\n  bad.yaml: not valid YAML\n  A: access denied; grant `lambda:GetPolicy`\n\n" in (
        _shown(run, Detail.FULL)
    )


def test_no_headline_for_gaps_that_are_not_shown() -> None:
    """An empty list has no title."""
    gap = Gap(subject=_function("A"), needs="function.policies", reason="access denied")

    assert "Not read" not in _shown(_run(gaps=(gap,)))


def test_controls_that_did_not_run_say_what_to_give() -> None:
    """Not run is neither pass nor fail."""
    run = _run(not_run=(NotRun(control="unused-access", give="--usage"),), outside_source=("scp",))

    assert "not run: unused-access (give --usage)\n" in _shown(run)
    assert "outside this source: scp; a fail stands unless one of them denies\n" in _shown(run)


def test_colour_changes_no_word() -> None:
    """Without the escapes the painted text is the plain one."""
    import re

    run = _run(_finding("A"), _finding("B", root_cause="b", severity=Severity.WARNING), undecided=(_undecided("C"),))
    painted = render(run, {}, colour=Colour.ON)

    assert painted != _shown(run)
    assert _shown(run) == re.sub(r"\x1b\[[0-9;]*m", "", painted)
