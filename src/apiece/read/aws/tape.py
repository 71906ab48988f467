"""Answers on disk while a read goes on, sealed, so that a read that was stopped can go on from there."""

from __future__ import annotations

import datetime as dt
import os
import threading
from pathlib import Path
from typing import TypeVar

import msgspec

from apiece.errors import ReadError, UsageError
from apiece.read.aws.call import Call, Lack, Outcome

T = TypeVar("T")
FORMAT = "apiece/tape/1"
_LONGEST = dt.timedelta(hours=24)
_NAME = "answers.jsonl"


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    targets: tuple[str, ...]
    account: str
    began: str


class _Line(msgspec.Struct, frozen=True):
    key: str
    outcome: msgspec.Raw


class Tape:
    """One file of answers in a folder of its own. Only answers that are facts are kept: failures are asked again.

    The file is appended to, one line an answer; a last line that a kill tore apart is dropped.
    """

    def __init__(self, path: Path, head: _Head, lines: dict[str, msgspec.Raw]) -> None:
        self._path = path
        self._lines = lines
        self._lock = threading.Lock()
        self.began = head.began
        """When the read began (RFC 3339), however often it was taken up again."""
        fresh = not path.exists()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if fresh:
            os.write(self._file, msgspec.json.encode(head) + b"\n")

    def recall(self, key: str, call: Call[T]) -> Outcome[T] | None:
        """The answer that was read before, None where there is none that can still be read."""
        raw = self._lines.get(key)
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=Outcome[call.page])  # type: ignore[name-defined]
        except msgspec.ValidationError:  # another version of apiece kept other fields
            return None

    def keep(self, key: str, outcome: Outcome[T]) -> None:
        """Write an answer down, unless it is a failure."""
        if outcome.failure is not None and outcome.failure.lack is not Lack.ABSENT:
            return
        line = msgspec.json.encode({"key": key, "outcome": outcome}) + b"\n"
        with self._lock:
            os.write(self._file, line)

    def close(self) -> None:
        """Stop writing; the file stays."""
        os.close(self._file)

    def remove(self) -> None:
        """Throw the answers away: the read is complete."""
        self.close()
        self._path.unlink(missing_ok=True)


def open_tape(folder: Path, targets: tuple[str, ...], account: str, now: str) -> Tape:
    """Begin a tape, or take up the one in a folder.

    Raises `UsageError` if that one belongs to another target or account, or is older than a day: facts of two days are
    not one estate.
    """
    path = folder / _NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        message = f"cannot keep answers in `{folder}`: {error.strerror}"
        raise ReadError(message) from error
    head = _Head(FORMAT, targets, account, now)
    if not lines:
        return Tape(path, head, {})
    try:
        found = msgspec.json.decode(lines[0], type=_Head)
    except msgspec.DecodeError as error:
        raise UsageError(f"`{path}` is not a read that can be taken up", hint="name an empty folder") from error
    if (found.format, found.targets, found.account) != (head.format, head.targets, head.account):
        raise UsageError(f"`{path}` belongs to another read", hint="name an empty folder, or remove it")
    if dt.datetime.fromisoformat(now) - dt.datetime.fromisoformat(found.began) > _LONGEST:
        raise UsageError(f"the read in `{path}` began over a day ago", hint="remove it and start again")
    whole = lines[1:-1]
    torn = len(lines[-1])
    if torn:
        os.truncate(path, path.stat().st_size - torn)
    return Tape(path, found, dict(_decoded(line) for line in whole))


def _decoded(line: bytes) -> tuple[str, msgspec.Raw]:
    try:
        found = msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError:
        return "", msgspec.Raw(b"null")
    return found.key, found.outcome
