"""Claims about the command line: exit codes, what goes where, settings, and how errors are told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = """\
  {name}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: {runtime}
      Handler: app.handler
      Role: {role}
      Code: {{ZipFile: "def handler(event, context): pass"}}
"""
ROLE = """\
  Own:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _template(runtime: str = "python3.13", role: str = "!GetAtt Own.Arn") -> str:
    return "Resources:\n" + FUNCTION.format(name="Reader", runtime=runtime, role=role) + ROLE


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "SYSTEMROOT"}}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}


@pytest.fixture
def apiece(tmp_path: Path, program: Run) -> Run:
    """The program, run in a folder with a clean, a bad and an open template."""
    (tmp_path / "clean.yaml").write_text(_template())
    (tmp_path / "bad.yaml").write_text(_template(runtime="python3.8"))
    (tmp_path / "open.yaml").write_text(_template(role="arn:aws:iam::111122223333:role/elsewhere"))
    return program


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("clean.yaml",), 0),
        (("bad.yaml",), 1),
        (("open.yaml",), 3),
        (("missing.yaml",), 2),
        (("open.yaml", "--allow-gaps"), 0),
        (("bad.yaml", "--fail-on", "never"), 0),
    ],
)
def test_the_format_never_changes_the_exit_code(apiece: Run, arguments: tuple[str, ...], code: int, form: str) -> None:
    """0 clean, 1 findings, 2 unreadable, 3 undecided."""
    assert code == apiece("check", *arguments, "--format", form).returncode


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "clean.yaml", "--format", "xml"),
        ("check", "clean.yaml", "--fail-on", "fatal"),
        ("check", "clean.yaml", "--control", "no-such"),
        ("check", "clean.yaml", "--today", "tomorrow"),
        ("check", "clean.yaml", "-p", "nonsense"),
        ("check", "clean.yaml", "-p", "Unknown=1"),
        ("check", "clean.yaml", "--waivers", "none.toml"),
        ("chekc", "clean.yaml"),
        ("explain", "no-such"),
        ("iam", "expand", "nonsense"),
        ("iam", "evaluate", "missing.json"),
        (),
    ],
)
def test_wrong_use_is_two_and_writes_no_result(apiece: Run, arguments: tuple[str, ...]) -> None:
    """stdout stays empty, stderr says what is wrong."""
    result = apiece(*arguments)

    assert 2 == result.returncode
    assert not result.stdout or not arguments
    assert result.stderr or not arguments
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("chekc", "clean.yaml"), "did you mean `check`?"),
        (("explain", "shared-exection-role"), "did you mean `shared-execution-role`?"),
        (("check", "clean.yaml", "--control", "wide-resorce"), "did you mean `wide-resource`?"),
        (("check", "clean.yaml", "--skip", "wide-resorce"), "did you mean `wide-resource`?"),
        (("why", "Readr", "s3:GetObject", "*", "-e", "clean.yaml"), "did you mean `Reader`?"),
    ],
)
def test_misspelt_words_have_a_suggestion(apiece: Run, arguments: tuple[str, ...], near: str) -> None:
    """The nearest word that exists is shown."""
    assert near in apiece(*arguments).stderr


def test_errors_are_told_with_place_and_advice(apiece: Run, tmp_path: Path) -> None:
    """What is wrong, where, and what helps, on stderr."""
    (tmp_path / "apiece.toml").write_text('\nfail_on = "note"\n')
    result = apiece("check", "clean.yaml")

    assert (
        "error: `fail_on` is not a setting\n  --> apiece.toml:2:1\n   = help: did you mean `fail-on`?\n"
        == result.stderr
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("apiece.toml", "fail-on = 'never'\n"), ("pyproject.toml", "[tool.apiece]\nfail-on = 'never'\n")],
)
def test_settings_are_read(apiece: Run, tmp_path: Path, name: str, text: str) -> None:
    """From either file; a flag on the command line wins."""
    (tmp_path / name).write_text(text)

    assert 0 == apiece("check", "bad.yaml").returncode
    assert 1 == apiece("check", "bad.yaml", "--fail-on", "error").returncode


def test_an_unknown_setting_in_pyproject_is_refused(apiece: Run, tmp_path: Path) -> None:
    """The same rules hold there, with the line."""
    (tmp_path / "pyproject.toml").write_text("[tool.apiece]\nskips = []\n")

    assert "pyproject.toml:2:1" in apiece("check", "clean.yaml").stderr


@pytest.mark.parametrize(
    "text",
    [
        "fail-on = 1",
        "skip = 'wide-resource'",
        "control = [1]",
        "fail-on = 'fatal'",
        "parameters = 1",
        "allow-gaps = 'no'",
        "deployers = ['arn:aws:iam::*:role/ci']",
        "[deployers]\nnames = []",
        "[deployers]\narns = ['ci']",
    ],
)
def test_settings_of_the_wrong_kind_are_refused(apiece: Run, tmp_path: Path, text: str) -> None:
    """A setting that cannot be honoured is never passed over, and is no bug of ours."""
    (tmp_path / "apiece.toml").write_text(text)
    result = apiece("check", "clean.yaml")

    assert (2, "") == (result.returncode, result.stdout)


def test_who_deploys_is_read(apiece: Run, tmp_path: Path) -> None:
    """The control that needs to know it runs once it is said, if only that nobody does."""
    one = ("check", "bad.yaml", "-f", "json", "--control", "code-writable-by-many")
    before = json.loads(apiece(*one).stdout)
    (tmp_path / "apiece.toml").write_text("[deployers]\narns = []\n")
    after = json.loads(apiece(*one).stdout)

    assert [{"control": "code-writable-by-many", "give": "`[deployers]` in apiece.toml"}] == before["not_run"]
    assert [] == after["not_run"]


def test_settings_that_are_no_toml_are_refused(apiece: Run, tmp_path: Path) -> None:
    """A broken apiece.toml stops the run; a broken pyproject.toml is another tool's affair."""
    (tmp_path / "pyproject.toml").write_text("[")
    fine = apiece("check", "clean.yaml").returncode
    (tmp_path / "apiece.toml").write_text("[")

    assert (0, 2) == (fine, apiece("check", "clean.yaml").returncode)


def test_controls_can_be_chosen_and_left_out(apiece: Run) -> None:
    """`--control` runs only those, `--skip` all but those."""
    chosen = json.loads(apiece("check", "bad.yaml", "-f", "json", "--control", "unsupported-runtime").stdout)
    skipped = json.loads(apiece("check", "bad.yaml", "-f", "json", "--skip", "unsupported-runtime").stdout)

    assert ["unsupported-runtime"] == [one["id"] for one in chosen["controls"]]
    assert "unsupported-runtime" not in [one["id"] for one in skipped["controls"]]
    assert 0 == apiece("check", "bad.yaml", "--skip", "unsupported-runtime").returncode


def test_several_formats_go_to_several_files(apiece: Run, tmp_path: Path) -> None:
    """Each format has the output at its position; stdout has what is left."""
    result = apiece("check", "bad.yaml", "-f", "json", "-o", "a.json", "-f", "sarif", "-o", "b.sarif", "-f", "text")

    assert "apiece/check/1" == json.loads((tmp_path / "a.json").read_text())["schema"]
    assert "2.1.0" == json.loads((tmp_path / "b.sarif").read_text())["version"]
    assert result.stdout.startswith("error[unsupported-runtime]")
    assert ["a.json", "b.sarif"] == sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".yaml")


def test_an_output_that_cannot_be_written_is_an_error(apiece: Run) -> None:
    """Exit 2, not a result that nobody has."""
    result = apiece("check", "clean.yaml", "-o", "no/such/folder/x.txt")

    assert (2, True) == (result.returncode, "cannot write `no/such/folder/x.txt`" in result.stderr)


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_stdout_carries_only_the_result(apiece: Run, form: str) -> None:
    """It parses as it is, and stderr is silent when nobody watches."""
    result = apiece("check", "bad.yaml", "--format", form)

    assert json.loads(result.stdout)
    assert "" == result.stderr


def test_colour_is_only_for_terminals_unless_asked_for(apiece: Run) -> None:
    """A pipe gets plain text."""
    assert "\x1b" not in apiece("check", "bad.yaml").stdout
    assert "\x1b[31;1m" in apiece("check", "bad.yaml", "--color", "always").stdout


def test_standard_input_is_a_target(apiece: Run) -> None:
    """`-` is a template on stdin."""
    assert " --> <stdin>:5:16\n" in apiece("check", "-", stdin=_template(runtime="python3.8")).stdout


def test_a_snapshot_is_judged_as_its_template(apiece: Run) -> None:
    """The same findings with the same ids, and the digest on stderr is the one of the check."""
    written = apiece("snapshot", "bad.yaml", "-o", "estate.json")
    one, other = (json.loads(apiece("check", name, "-f", "json").stdout) for name in ("bad.yaml", "estate.json"))

    assert 0 == written.returncode
    assert one["findings"] == other["findings"] != []
    assert written.stderr.strip() == one["estate"]["digest"] == other["estate"]["digest"]


def test_waivers_are_found_in_the_folder(apiece: Run, tmp_path: Path) -> None:
    """`apiece-waivers.toml` is used without being named."""
    (tmp_path / "apiece-waivers.toml").write_text(
        '[[waiver]]\ncontrol = "unsupported-runtime"\nsubject = "Reader"\nreason = "x"\nowner = "a"\napprover = "b"\n'
        "created = 2026-01-01\nexpires = 2026-12-01\n"
    )

    assert 0 == apiece("check", "bad.yaml", "--today", "2026-06-15").returncode
    assert 1 == apiece("check", "bad.yaml", "--today", "2026-12-02").returncode


def test_the_version_loads_nothing_heavy() -> None:
    """Asking for the version imports neither click nor msgspec nor yaml."""
    script = (
        "import sys; sys.argv = ['apiece', '--version']\n"
        "from apiece.cli import main\nmain()\n"
        "heavy = {'click', 'msgspec', 'yaml', 'samtranslator', 'boto3', 'rich', 'json'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", script], env=_environment(), capture_output=True, text=True, timeout=60, check=True
    )

    assert ("apiece 0.1.0\n", "[]\n") == (result.stdout, result.stderr)


def test_help_loads_no_reader(apiece: Run) -> None:
    """Help is written without the translator of SAM."""
    script = (
        "import sys; sys.argv = ['apiece', '--help']\n"
        "from apiece.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'samtranslator', 'yaml', 'boto3'} & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", script], env=_environment(), capture_output=True, text=True, timeout=60, check=True
    )

    assert "[]\n" == result.stderr
    assert 0 == apiece("--help").returncode


def test_a_reader_that_stops_early_is_no_bug(tmp_path: Path) -> None:
    """`apiece check … | head -1` ends quietly."""
    functions = "".join(FUNCTION.format(name=f"F{n}", runtime="python3.8", role="!GetAtt Own.Arn") for n in range(300))
    (tmp_path / "many.yaml").write_text("Resources:\n" + functions + ROLE)
    with subprocess.Popen(
        [sys.executable, "-m", "apiece", "check", "many.yaml", "--format", "json"],
        cwd=tmp_path,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        told = process.stderr.read()
        code = process.wait(timeout=60)

    assert b"" == told
    assert code != 70


def test_a_closed_stdout_is_no_bug(tmp_path: Path) -> None:
    """`apiece check … >&-` has nowhere to write, and says no word of a bug."""
    (tmp_path / "bad.yaml").write_text(_template(runtime="python3.8"))
    result = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", f"exec {sys.executable} -m apiece check bad.yaml >&-"],
        cwd=tmp_path,
        env=_environment(),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )

    assert (70, True) != (result.returncode, "bug" in result.stderr)
    assert "Traceback" not in result.stderr


CASE = {
    "id": "1",
    "request": {"principal": "arn:aws:iam::1:role/a", "action": "s3:GetObject", "resource": "arn:aws:s3:::a/b"},
    "identity": [{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}],
}  # fmt: skip


def test_cases_are_answered_line_by_line(apiece: Run) -> None:
    """In order; one bad line makes the exit code 2 and costs no other its answer."""
    lines = [json.dumps(CASE | {"id": "a"}), "{", json.dumps(CASE | {"id": "b"})]
    result = apiece("iam", "evaluate", "--jsonl", stdin="\n".join(lines))

    assert ["a", None, "b"] == [json.loads(line)["id"] for line in result.stdout.splitlines()]
    assert 2 == result.returncode


def test_one_case_is_answered_readably(apiece: Run, tmp_path: Path) -> None:
    """From a file, or from stdin with a byte order mark."""
    (tmp_path / "case.json").write_text(json.dumps(CASE))
    found = [apiece("iam", "evaluate", "case.json"), apiece("iam", "evaluate", stdin="\ufeff" + json.dumps(CASE))]

    assert [("allowed", 0)] * 2 == [(json.loads(one.stdout)["decision"], one.returncode) for one in found]


def test_the_word_error_in_an_id_is_no_error(apiece: Run) -> None:
    """The exit code is about answers, not about words in them."""
    result = apiece("iam", "evaluate", "--jsonl", stdin=json.dumps(CASE | {"id": {"error": 1}}))

    assert 0 == result.returncode


def test_patterns_and_policies_are_expanded(apiece: Run, tmp_path: Path) -> None:
    """A pattern, a policy file, and both as JSON."""
    (tmp_path / "p.json").write_text('{"Statement": {"Effect": "Allow", "Action": "sqs:Send*", "Resource": "*"}}')
    text = apiece("iam", "expand", "p.json", "sqs:ReceiveM*").stdout.split()
    listed = json.loads(apiece("iam", "expand", "p.json", "-f", "json").stdout)

    assert ["sqs:ReceiveMessage", "sqs:SendMessage"] == text
    assert ["sqs:SendMessage"] == [one["action"] for one in listed["actions"]]


def test_controls_are_listed_and_explained(apiece: Run) -> None:
    """Every listed control has its page."""
    listed = json.loads(apiece("controls", "--format", "json").stdout)["controls"]
    page = apiece("explain", listed[0]["id"]).stdout

    assert [one["id"] for one in listed] == [line.split()[0] for line in apiece("controls").stdout.splitlines()]
    assert "## What it checks" in page


def test_the_catalogue_tells_its_versions(apiece: Run) -> None:
    """Three tables, none damaged."""
    shown = apiece("catalog").stdout

    assert 3 == len(shown.splitlines())
    assert "DAMAGED" not in shown


def test_a_decision_is_explained(apiece: Run) -> None:
    """In words and as JSON."""
    arguments = ("why", "Reader", "s3:GetObject", "arn:aws:s3:::a/b", "-e", "clean.yaml")

    assert apiece(*arguments).stdout.startswith("implicitly-denied: Reader s3:GetObject on arn:aws:s3:::a/b\n")
    assert "implicitly-denied" == json.loads(apiece(*arguments, "-f", "json").stdout)["answers"][0]["decision"]


def test_arguments_cannot_paint_the_terminal(apiece: Run) -> None:
    """What was typed wrongly is told without its escapes."""
    told = [apiece("check", "\x1b[31mx"), apiece("\x1b[31mx"), apiece("check", "x", "--\x1b[31mx")]

    assert not [one for one in told if "\x1b" in one.stderr]
