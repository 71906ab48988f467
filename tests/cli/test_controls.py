"""Claims about `apiece controls` as a matrix, and about `apiece check` of many findings."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(("form", "begins"), [("csv", "\ufeffStanding,Id,"), ("html", "<!doctype html>\n")])
def test_the_matrix_goes_to_a_file_or_to_the_terminal(form: str, begins: str, program: Run, tmp_path: Path) -> None:
    """Both get the same bytes."""
    printed = program("controls", "-f", form)
    program("controls", "-f", form, "-o", "matrix")

    assert printed.stdout.startswith(begins)
    assert printed.stdout.replace("\r\n", "\n") == (tmp_path / "matrix").read_text(encoding="utf-8")


def test_the_spreadsheet_goes_to_a_file(program: Run, tmp_path: Path) -> None:
    """It is a package of parts."""
    pytest.importorskip("xlsxwriter", reason="the extra `xlsx` is not installed")
    done = program("controls", "-f", "xlsx", "-o", "matrix.xlsx")

    assert (0, "") == (done.returncode, done.stdout)
    assert (tmp_path / "matrix.xlsx").read_bytes().startswith(b"PK")


def test_everything_is_shown_on_request(program: Run, tmp_path: Path) -> None:
    """More than twenty-five causes are one screen, `--all` shows each, and the exit code is the same."""
    function = "  F{0}: {{Type: AWS::Lambda::Function, Properties: {{Runtime: python3.7, Handler: a.b, Role: r{0}}}}}\n"
    (tmp_path / "template.yaml").write_text("Resources:\n" + "".join(function.format(number) for number in range(30)))
    screen = program("check", "template.yaml", "--control", "unsupported-runtime")
    whole = program("check", "template.yaml", "--control", "unsupported-runtime", "--all")

    assert "`--all` shows every finding" in screen.stdout
    assert 30 == whole.stdout.count("error[unsupported-runtime]: ")
    assert 1 == screen.returncode == whole.returncode
