"""Targets as a user names them to one reading: files, folders, snapshots, dumps, bare policies, standard input."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from apiece.errors import MalformedPolicy, MalformedSource, ReadError, UsageError
from apiece.estate import snapshot
from apiece.estate.estate import Estate
from apiece.estate.identity import StandalonePolicy
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import PolicyKind, parse
from apiece.present.masked import masked
from apiece.read.aws.target import aws_target, is_aws
from apiece.read.cloudformation.load import MAX_BYTES, is_template, is_utf16, lines_of, load
from apiece.read.dumps.file import begins_like_dump, looks_like_dump
from apiece.read.reading import Reading, SourceText
from apiece.span import Span
from apiece.tree import Mapping as Tree
from apiece.tree import Node

_ENDINGS = frozenset({".yaml", ".yml", ".json", ".template"})
_SKIPPED = frozenset({"node_modules", ".git", ".aws-sam", ".venv", "venv", "__pycache__", ".serverless", ".terraform"})
_MOST_FILES = 20_000
_MAX_SNAPSHOT = 1 << 30
_MARKS = (b"Resources", b'"Statement"', b"Statement:", b"apiece/snapshot/")


@dataclasses.dataclass(frozen=True)
class Live:
    """How live accounts are read: the role to take in each, which ones, where answers are kept, who is told.

    `told` is called with the number of calls sent so far.
    """

    role: str | None = None
    accounts: tuple[str, ...] = ()
    resume: Path | None = None
    told: Callable[[int], None] = lambda _: None


def read_targets(
    targets: Sequence[str], *, parameters: Mapping[str, str], taken_at: str, live: Live | None = None
) -> Reading:
    """Read all targets into one estate.

    A folder is searched for templates; what is no template there is passed over, what does not parse is a gap. A file
    that was named and does not parse raises, unless other targets were read. Snapshots and live accounts stand alone;
    dumps of authorization details and files of AWS Config stand with their like.
    """
    if any(is_aws(target) for target in targets):
        return _live(targets, taken_at, live or Live())
    named, found = _collected(targets)
    if dumps := [file for file, data in named.items() if looks_like_dump(data)]:
        return _of_dumps(targets, named, alone=len(dumps) == len(named) and not found, taken_at=taken_at)
    if len(named) == 1 and not found:
        ((file, data),) = named.items()
        if snapshot.looks_like_snapshot(data):
            return Reading(estate=snapshot.load(data, file))
        if (policy := _bare_policy(file, data)) is not None:
            return _policy_reading(file, data, policy, taken_at)
    from apiece.read.cloudformation.estate import read_templates

    files = dict(sorted((named | found).items()))
    reading = read_templates(files, parameters=parameters, taken_at=taken_at)
    _refuse_if_nothing_was_read(reading, named, found)
    estate = msgspec.structs.replace(reading.estate, targets=tuple(_printable(target) for target in targets))
    return dataclasses.replace(reading, estate=estate)


def _of_dumps(targets: Sequence[str], named: dict[str, bytes], *, alone: bool, taken_at: str) -> Reading:
    if not alone:
        message = "dumps of an account are read without templates, snapshots and policies"
        raise UsageError(message, hint="check one after the other")
    from apiece.read.dumps.reader import read_dumps

    reading = read_dumps(named, taken_at=taken_at)
    estate = msgspec.structs.replace(reading.estate, targets=tuple(_printable(target) for target in targets))
    return dataclasses.replace(reading, estate=estate)


def _live(targets: Sequence[str], taken_at: str, live: Live) -> Reading:
    if len(targets) > 1:
        raise UsageError("live accounts are read alone", hint="take snapshots, or check one target after the other")
    if targets[0] == "aws" and Path("aws").exists():
        raise UsageError("`aws` may mean the live account or what is called so here", hint="write `aws:`, or `./aws`")
    from apiece.read.aws.pace import real_pace
    from apiece.read.aws.reader import Ways, read_aws

    ways = Ways(real_pace(), role=live.role, accounts=live.accounts, tape=live.resume, told=live.told)
    reading = read_aws(aws_target(targets[0]), taken_at=taken_at, ways=ways).reading
    estate = msgspec.structs.replace(reading.estate, targets=tuple(targets))
    return dataclasses.replace(reading, estate=estate)


def _collected(targets: Sequence[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Contents by display name: of files that were named, and of those found in folders."""
    named: dict[str, bytes] = {}
    found: dict[str, bytes] = {}
    for target in targets:
        if target == "-":
            named["<stdin>"] = sys.stdin.buffer.read(MAX_BYTES + 1)
            continue
        path = Path(target)
        if _is_folder(path):
            for file in _templates_in(path):
                data = _bytes(file)
                if is_utf16(data) or (any(mark in data for mark in _MARKS) and not _plainly_other(data)):
                    found[_printable(file.as_posix())] = data
        elif path.exists():
            named[_printable(path.as_posix())] = _bytes(path)
        else:
            message = f"no such file or folder: `{target[:200]}`"
            raise UsageError(message)
    return named, found


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        message = f"cannot read `{path.as_posix()[:200]}`: {error.strerror}"
        raise ReadError(message) from error


def _printable(name: str) -> str:
    """Spell a file name as text: bytes that are not UTF-8 are written as their numbers."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _templates_in(folder: Path) -> Iterator[Path]:
    """Files that may be templates, in order; links to folders are not followed."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(files):
            path = Path(place) / name
            if path.suffix.lower() in _ENDINGS and path.is_file():
                count += 1
                if count > _MOST_FILES:
                    message = f"`{folder}` holds more than {_MOST_FILES:,} files that may be templates"
                    raise UsageError(message, hint="name a smaller folder")
                yield path


def _bytes(path: Path) -> bytes:
    """Read a file, of one that is too large only its first bytes: the parser then refuses it."""
    try:
        with path.open("rb") as stream:
            head = stream.read(MAX_BYTES + 1)
            whole = len(head) <= MAX_BYTES or not (snapshot.begins_like_snapshot(head) or begins_like_dump(head))
            return head if whole else head + stream.read(_MAX_SNAPSHOT - len(head))
    except OSError as error:
        message = f"cannot read `{path.as_posix()[:200]}`: {error.strerror}"
        raise ReadError(message) from error


def _plainly_other(data: bytes) -> bool:
    """Tell that a file found in a folder is something else that happens to have a `Resources` word in it."""
    return b"Resources" not in data or b"apiece/snapshot/" in data[:400]


def _bare_policy(file: str, data: bytes) -> Tree | None:
    """A file that is an IAM policy document and nothing else."""
    if b"Statement" not in data:
        return None
    try:
        node: Node = load(data, file)
    except MalformedSource:
        return None
    if isinstance(node, Tree) and node.get("Statement") is not None and not is_template(node):
        return node
    return None


def _policy_reading(file: str, data: bytes, node: Tree, taken_at: str) -> Reading:
    from apiece.read.cloudformation.shown import shown

    seen = shown(node)
    try:
        policy = parse(node, PolicyKind.IDENTITY)
    except MalformedPolicy as error:
        if "Principal" not in error.message:
            raise MalformedPolicy(masked(error.message, seen.secrets), hint=error.hint, span=error.span) from error
        message = "this is a resource policy; only policies of identities can be judged alone"
        raise UsageError(message, span=error.span, hint="check the template it belongs to") from error
    place = InFile(file=file, path="", span=node.span)
    attached = AttachedPolicy(name=Path(file).name, form=PolicyForm.INLINE, document=policy, at=place)
    subject = Subject(kind=SubjectKind.POLICY, logical_id=Path(file).stem, stack=file)
    estate = Estate(
        taken_at=taken_at,
        targets=(file,),
        outside_source=("scp", "rcp", "boundary"),
        policies=(StandalonePolicy(subject=subject, policy=attached),),
    )
    lines = lines_of(data)
    documents = {file: SourceText(file, lines, seen.visible, seen.hidden)}
    return Reading(estate=estate, documents=documents, secrets=seen.secrets)


def _refuse_if_nothing_was_read(reading: Reading, named: dict[str, bytes], found: dict[str, bytes]) -> None:
    if reading.documents:
        return
    if not named and not found:
        message = "no templates were found"
        raise UsageError(message, hint="name a file, or a folder that holds CloudFormation or SAM templates")
    gap = next((gap for gap in reading.estate.gaps if gap.subject.kind is SubjectKind.STACK), None)
    if gap is not None:
        span = gap.at.span if isinstance(gap.at, InFile) else None
        raise MalformedSource(gap.reason, hint=gap.hint, span=span or Span(gap.subject.stack or "", 1, 1, 1, 1))
