"""Claims about the rim: what every kind of error becomes, and that files are written whole or not at all."""

from __future__ import annotations

import io
import os
from pathlib import Path

import click
import pytest

from apiece.cli import rim
from apiece.errors import ApieceError, SelfTestFailed, UsageError
from apiece.present.masked import masked
from apiece.span import Span


def _run(error: BaseException | None, monkeypatch: pytest.MonkeyPatch, result: object = None) -> int:
    monkeypatch.setattr("sys.argv", ["apiece"])

    @click.command()
    def command() -> object:
        if error is not None:
            raise error
        return result

    return rim.run(command)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (UsageError("x"), 2),
        (SelfTestFailed("x"), 70),
        (ValueError("x"), 70),
        (click.UsageError("x"), 2),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (click.exceptions.Exit(5), 5),
    ],
)
def test_every_error_has_its_exit_code(error: BaseException | None, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug is 70, wrong use 2, an interruption 130."""
    assert code == _run(error, monkeypatch)


def test_the_result_of_a_command_is_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands return their code; nothing returned is 0."""
    assert [3, 0] == [_run(None, monkeypatch, result) for result in (3, None)]


def test_a_bug_is_told_without_what_was_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kind and the place of the bug, never its text: that may hold a secret."""
    _run(ValueError("hunter2"), monkeypatch)
    told = capsys.readouterr()

    assert ("", False) == (told.out, "hunter2" in told.err)
    assert told.err.startswith("this is a bug in apiece: ValueError\n  at ")


def test_an_error_is_told_without_its_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """Message, place and advice, each on its line."""
    rim.complain(ApieceError("bad \x1b[31m", hint="try\nthis", span=Span("a\x1b.yaml", 1, 2, 1, 3)))

    assert "error: bad \\x1b[31m\n  --> a\\x1b.yaml:1:2\n   = help: try\\x0athis\n" == capsys.readouterr().err


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new text stands there, with ordinary permissions, and nothing is left beside it."""
    (tmp_path / "a.txt").write_text("old")
    rim.write("new", str(tmp_path / "a.txt"))

    assert ("new", ["a.txt"]) == ((tmp_path / "a.txt").read_text(), [path.name for path in tmp_path.iterdir()])


def test_secrets_are_masked_when_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In files and on stdout."""
    for target in (str(tmp_path / "a.txt"), "-", None):
        rim.write("x hunter2 y", target, secrets=["hunter2"])

    assert "x [sealed] y" == (tmp_path / "a.txt").read_text()
    assert "x [sealed] yx [sealed] y" == capsys.readouterr().out


def test_nothing_can_be_written_to_a_closed_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result would be lost, so the run is not clean."""
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(UsageError, match="standard output is closed"):
        rim.write("x", None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says is told."""
    full = io.TextIOWrapper(io.FileIO("/dev/full", "w"))
    monkeypatch.setattr("sys.stdout", full)
    with pytest.raises(UsageError, match="cannot write to standard output: No space left on device"):
        rim.write("x" * 10, None)


@pytest.mark.parametrize(("watched", "told"), [(True, "reading a\\x1b\n"), (False, "")])
def test_progress_is_told_to_those_who_watch(
    watched: bool,  # noqa: FBT001 - a parameter of a test
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a terminal sees it, and names cannot paint it."""
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: watched)
    monkeypatch.setattr("sys.stderr", stream)
    rim.progress("reading a\x1b")

    assert told == stream.getvalue()


@pytest.mark.parametrize("shown", ["a\nb-c", "a\\nb-c", "a\\x0ab-c", "a\\\\x0ab-c"])
def test_a_secret_is_masked_in_every_spelling(shown: str) -> None:
    """As it is, in JSON, for the terminal, and for the terminal in JSON."""
    assert "<[sealed]>" == masked(f"<{shown}>", ["a\nb-c"])


def test_what_was_cut_off_a_secret_is_masked() -> None:
    """Twenty characters of its beginning are enough to know it; fewer are left."""
    secret = "abcdefghijklmnopqrstuvwxyz0123456789"

    assert ["<[sealed]…>", f"<{secret[:19]}…>"] == [masked(f"<{secret[:cut]}…>", [secret]) for cut in (25, 19)]


def test_a_device_is_written_to_and_stays() -> None:
    """`-o /dev/null` does not replace the device by a file, whoever runs it."""
    rim.write("x", os.devnull)

    assert Path(os.devnull).is_char_device()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it points at is written."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)

    rim.write("x", str(link))

    assert (True, "x") == (link.is_symlink(), target.read_text())
