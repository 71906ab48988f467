"""Answers on disk while a read goes on, sealed, so that a read that was stopped can go on from there."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import threading
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from apiece.errors import ReadError, UsageError
from apiece.read.aws.call import Call, Lack, Outcome

T = TypeVar("T")
FORMAT = "apiece/tape/1"
_LONGEST = dt.timedelta(hours=24)
_NAME = "answers.jsonl"
_WHOLE = "complete"


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    targets: tuple[str, ...]
    account: str
    began: str


class _Line(msgspec.Struct, frozen=True):
    key: str
    outcome: msgspec.Raw
    kept: str = ""
    """Which fields were kept: an answer with others, of another version of apiece, is asked for again."""


class Tape:
    """One file of answers in a folder of its own. Only answers that are facts are kept: failures are asked again.

    The file is appended to, one line an answer; a last line that a kill tore apart is dropped.
    """

    def __init__(self, path: Path, head: _Head, lines: dict[str, _Line]) -> None:
        self._path = path
        self._lines = lines
        self._lock = threading.Lock()
        self.began = head.began
        """When the read began (RFC 3339), however often it was taken up again."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if path.stat().st_size == 0:
            self._append(msgspec.json.encode(head))

    def recall(self, key: str, call: Call[T]) -> Outcome[T] | None:
        """The answer that was read before, None where there is none that can still be read."""
        line = self._lines.get(key)
        if line is None or line.kept != _fields(call):
            return None
        try:
            return call.kept.decode(line.outcome)
        except msgspec.DecodeError:
            return None

    def keep(self, key: str, call: Call[T], outcome: Outcome[T]) -> None:
        """Write an answer down, unless it is a failure. Raises `ReadError` where there is no room."""
        if outcome.failure is not None and outcome.failure.lack is not Lack.ABSENT:
            return
        try:
            self._append(msgspec.json.encode({"key": key, "kept": _fields(call), "outcome": outcome}))
        except OSError as error:
            message = f"cannot keep answers in `{self._path}`: {error.strerror}"
            raise ReadError(message, hint="make room, and run the same command again to go on") from error

    def _append(self, line: bytes) -> None:
        """Add a line. A piece that a full disk lets through is made whole, or taken back by whoever reads it next."""
        rest = memoryview(line + b"\n")
        with self._lock:
            while rest:
                rest = rest[os.write(self._file, rest) :]

    def close(self) -> None:
        """Stop writing; the file stays."""
        os.close(self._file)

    def finish(self) -> None:
        """Write down that the read is complete: the next one asks everything anew."""
        self._append(msgspec.json.encode({"key": _WHOLE, "outcome": None}))
        self.close()


def open_tape(folder: Path, targets: tuple[str, ...], account: str, now: str) -> Tape:
    """Begin a tape, or take up the one in a folder.

    Raises `UsageError` if that one belongs to another target or account, or is older than a day: facts of two days are
    not one estate.
    """
    path = folder / _NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _opened(path, _Head(FORMAT, targets, account, now))
    except OSError as error:
        message = f"cannot keep answers in `{folder}`: {error.strerror}"
        raise ReadError(message, hint="name a folder that can be written to") from error


def _opened(path: Path, head: _Head) -> Tape:
    written = path.read_bytes() if path.exists() else b""
    if b"\n" not in written:  # a kill may have torn the first line
        if written and not written.startswith(b'{"format":"apiece/tape/'[: len(written)]):
            raise UsageError(f"`{path}` is not a read that can be taken up", hint="name an empty folder")
        if written:
            os.truncate(path, 0)
        return Tape(path, head, {})
    lines = written.split(b"\n")
    try:
        found = msgspec.json.decode(lines[0], type=_Head)
    except msgspec.DecodeError as error:
        raise UsageError(f"`{path}` is not a read that can be taken up", hint="name an empty folder") from error
    if (found.format, found.targets, found.account) != (head.format, head.targets, head.account):
        raise UsageError(f"`{path}` belongs to another read", hint="name an empty folder, or remove it")
    if dt.datetime.fromisoformat(head.began) - dt.datetime.fromisoformat(found.began) > _LONGEST:
        raise UsageError(f"the read in `{path}` began over a day ago", hint="remove it and start again")
    whole = lines[1:-1]
    if whole and _decoded(whole[-1]).key == _WHOLE:
        os.truncate(path, 0)
        return Tape(path, head, {})
    torn = len(lines[-1])
    if torn:
        os.truncate(path, path.stat().st_size - torn)
    return Tape(path, found, {line.key: line for line in map(_decoded, whole)})


def _decoded(line: bytes) -> _Line:
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.DecodeError:
        return _Line("", msgspec.Raw(b"null"))


@cache
def _fields(call: Call[object]) -> str:
    """A short name of everything that is kept of an answer."""
    schema = msgspec.json.schema(call.page, schema_hook=lambda other: {"title": other.__name__})
    return hashlib.sha256(msgspec.json.encode(schema, order="sorted")).hexdigest()[:12]
