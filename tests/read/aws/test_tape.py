"""Claims about answers on disk: what is kept, what is taken up again, and what is refused."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from apiece.errors import ReadError, UsageError
from apiece.read.aws.call import Call, Failure, Lack, Outcome
from apiece.read.aws.tape import Tape, open_tape


class Page(msgspec.Struct, frozen=True):
    names: tuple[str, ...] = ()


class OtherPage(msgspec.Struct, frozen=True):
    names: tuple[str, ...] = ()
    since: str = ""


CALL = Call("lambda", "list_functions", "lambda:ListFunctions", Page)
OTHER_CALL = Call("lambda", "list_functions", "lambda:ListFunctions", OtherPage)
ANSWER = Outcome((Page(("a", "b")),))
NOON, EVENING = "2026-11-25T12:00:00Z", "2026-11-25T20:00:00Z"


def _open(folder: Path, *, target: str = "aws:", account: str = "111122223333", now: str = NOON) -> Tape:
    return open_tape(folder, (target,), account, now)


def _tape(folder: Path) -> Path:
    return folder / "answers.jsonl"


def _kept(folder: Path, outcome: Outcome[Page] = ANSWER) -> None:
    tape = _open(folder)
    tape.keep("key", CALL, outcome)
    tape.close()


def test_an_answer_is_taken_up_again(tmp_path: Path) -> None:
    """What one run kept, the next one recalls, and the moment when it all began."""
    _kept(tmp_path)

    tape = _open(tmp_path, now=EVENING)

    assert ANSWER == tape.recall("key", CALL)
    assert NOON == tape.began


def test_nothing_is_recalled_that_was_not_asked(tmp_path: Path) -> None:
    """Another key has no answer."""
    _kept(tmp_path)

    assert _open(tmp_path).recall("other", CALL) is None


@pytest.mark.parametrize("lack", [lack for lack in Lack if lack is not Lack.ABSENT])
def test_failures_are_not_kept(tmp_path: Path, lack: Lack) -> None:
    """What failed is asked again, also where some pages came."""
    _kept(tmp_path, Outcome((Page(("a",)),), Failure(lack, "Code")))

    assert _open(tmp_path).recall("key", CALL) is None


def test_that_there_is_none_is_a_fact(tmp_path: Path) -> None:
    """AWS's word that there is none is kept."""
    absent: Outcome[Page] = Outcome((), Failure(Lack.ABSENT, "ResourceNotFoundException"))
    _kept(tmp_path, absent)

    assert absent == _open(tmp_path).recall("key", CALL)


@pytest.mark.parametrize("cut", [1, 5, 30, -1])
def test_a_torn_last_line_is_dropped_and_what_follows_is_whole(tmp_path: Path, cut: int) -> None:
    """A kill may tear the last line; the ones before it stand, and new ones do not run into it."""
    _kept(tmp_path)
    path = _tape(tmp_path)
    line = path.read_bytes().splitlines(keepends=True)[-1].replace(b'"key":"key"', b'"key":"late"')
    path.write_bytes(path.read_bytes() + line[:cut])

    tape = _open(tmp_path)
    tape.keep("new", CALL, ANSWER)
    tape.close()

    again = _open(tmp_path)
    assert [ANSWER, None, ANSWER] == [again.recall(key, CALL) for key in ("key", "late", "new")]
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


@pytest.mark.parametrize("length", [0, 1, 10, 40, None])
def test_a_torn_first_line_is_begun_again(tmp_path: Path, length: int | None) -> None:
    """A kill right at the start leaves nothing that stands in the way."""
    _open(tmp_path).close()
    path = _tape(tmp_path)
    path.write_bytes(path.read_bytes().rstrip(b"\n")[:length])

    tape = _open(tmp_path, now=EVENING)
    tape.keep("key", CALL, ANSWER)
    tape.close()

    again = _open(tmp_path)
    assert EVENING == again.began
    assert ANSWER == again.recall("key", CALL)


def test_a_broken_line_in_the_middle_is_asked_again(tmp_path: Path) -> None:
    """A line that cannot be read loses itself and nothing else."""
    _kept(tmp_path)
    path = _tape(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"key": "broken", \xff\n' + lines[1])

    tape = _open(tmp_path)

    assert tape.recall("broken", CALL) is None
    assert ANSWER == tape.recall("key", CALL)


def test_an_answer_with_other_fields_is_asked_again(tmp_path: Path) -> None:
    """What another version did not keep must not be taken for empty."""
    _kept(tmp_path)

    assert _open(tmp_path).recall("key", OTHER_CALL) is None


@pytest.mark.parametrize(
    "text",
    ["some notes\n", '{"format":"apiece/tape/1"}\n', "\n\n", "some notes", "[1]\n"],
)
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    """What is no tape is not written to."""
    _tape(tmp_path).write_text(text)

    with pytest.raises(UsageError) as refused:
        _open(tmp_path)

    assert f"`{_tape(tmp_path)}` is not a read that can be taken up" == refused.value.message
    assert "name an empty folder" == refused.value.hint
    assert text == _tape(tmp_path).read_text()


@pytest.mark.parametrize("other", [{"account": "444455556666"}, {"target": "aws:/eu-west-1"}])
def test_the_tape_of_another_read_is_refused(tmp_path: Path, other: dict[str, str]) -> None:
    """Another account or target has other facts."""
    _kept(tmp_path)

    with pytest.raises(UsageError) as refused:
        _open(tmp_path, **other)

    assert f"`{_tape(tmp_path)}` belongs to another read" == refused.value.message
    assert "name an empty folder, or remove it" == refused.value.hint


def test_facts_of_two_days_are_not_one_estate(tmp_path: Path) -> None:
    """A tape is taken up for a day, and refused from then on."""
    _kept(tmp_path)
    _open(tmp_path, now="2026-11-26T12:00:00Z").close()

    with pytest.raises(UsageError) as refused:
        _open(tmp_path, now="2026-11-26T12:00:01Z")

    assert f"the read in `{_tape(tmp_path)}` began over a day ago" == refused.value.message
    assert "remove it and start again" == refused.value.hint


def test_only_the_owner_may_read_a_tape(tmp_path: Path) -> None:
    """The file has mode 0600 and a folder made for it 0700, whatever the umask."""
    mask = os.umask(0)
    try:
        _kept(tmp_path / "new")
    finally:
        os.umask(mask)

    assert 0o600 == stat.S_IMODE(_tape(tmp_path / "new").stat().st_mode)
    assert 0o700 == stat.S_IMODE((tmp_path / "new").stat().st_mode)


def _file_in_the_way(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file"


def _folder_in_the_way(folder: Path) -> Path:
    _tape(folder).mkdir()
    return folder


@pytest.mark.parametrize("place", [_file_in_the_way, _folder_in_the_way, lambda _: Path("/proc/self")])
def test_a_place_that_cannot_be_written_to_is_refused(tmp_path: Path, place: object) -> None:
    """The user is told before anything is read."""
    folder = place(tmp_path)  # type: ignore[operator]

    with pytest.raises(ReadError) as refused:
        _open(folder)

    assert refused.value.message.startswith(f"cannot keep answers in `{folder}`: ")
    assert "name a folder that can be written to" == refused.value.hint


def test_a_full_disk_ends_the_read_and_the_tape_is_good(tmp_path: Path) -> None:
    """Where there is no more room, the user is told; the answers that were kept can be taken up."""
    program = (
        "import resource, sys; from pathlib import Path\n"
        "sys.path.insert(0, sys.argv[2]); sys.path.insert(0, sys.argv[3])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "from test_tape import ANSWER, CALL, _open\n"
        "tape = _open(Path(sys.argv[1]))\n"
        "try:\n"
        "    for number in range(100): tape.keep(f'key{number}', CALL, ANSWER)\n"
        "except Exception as error: print(type(error).__name__, error.message, '|', error.hint)\n"
    )
    source = Path(__file__).resolve().parents[3] / "src"

    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, tmp_path, source, Path(__file__).parent],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    expected = f"ReadError cannot keep answers in `{_tape(tmp_path)}`: File too large | make room, and run"
    assert told.stdout.startswith(expected), told.stdout + told.stderr
    tape = _open(tmp_path)
    kept = [number for number in range(100) if tape.recall(f"key{number}", CALL) is not None]
    assert list(range(len(kept))) == kept
    assert 5 < len(kept) < 50


def test_a_complete_read_is_not_taken_up_again(tmp_path: Path) -> None:
    """The next read asks everything anew: what was mended since must be seen."""
    first = _open(tmp_path)
    first.keep("key", CALL, ANSWER)
    first.finish()

    second = _open(tmp_path, now=EVENING)

    assert (None, EVENING) == (second.recall("key", CALL), second.began)
