"""The documents of AWS managed policies, as of the day the pack was built (`tools/build_managed.py`)."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from apiece.errors import ReadError

_FILE = Path(__file__).with_name("managed.bin")


@dataclass(frozen=True, slots=True)
class Pack:
    """All documents, deflated, with the place of each."""

    source: str
    digest: str
    policies: dict[str, tuple[str, str, int, int]]
    body: bytes


def read(data: bytes) -> Pack:
    """Take a pack from its packed form. Raises `ReadError` where it is not what its digest says."""
    size = int.from_bytes(data[:8], "big")
    body = data[8 + size :]
    try:
        header = json.loads(zlib.decompress(data[8 : 8 + size]))
        pack = Pack(header["source"], header["digest"], header["policies"], body)
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise _damaged() from error
    if "sha256:" + hashlib.sha256(body).hexdigest() != pack.digest:
        raise _damaged()
    return pack


def _damaged() -> ReadError:
    return ReadError("the pack of managed policies that ships with apiece is damaged", hint="install apiece again")


@cache
def _pack() -> Pack:
    return read(_FILE.read_bytes())


def source() -> str:
    """Where the documents come from, with the version."""
    return _pack().source


def digest() -> str:
    """`sha256:…` over all documents."""
    return _pack().digest


def names() -> Iterator[str]:
    """All names, in alphabetical order."""
    yield from _pack().policies


def arn_of(name: str) -> str | None:
    """The ARN of a managed policy by its name, None for a name that is not known."""
    entry = _pack().policies.get(name)
    return f"arn:aws:iam::aws:policy{entry[0]}{name}" if entry is not None else None


def version(arn: str) -> str | None:
    """The id (`v3`) of the version that `document` returns; None for a policy that is not known."""
    found = _found(arn)
    return found[1] if found is not None else None


def document(arn: str) -> str | None:
    """The default version's text by ARN, in any partition; None for a policy that is not known."""
    found = _found(arn)
    if found is None:
        return None
    _, _, offset, length = found
    return zlib.decompress(_pack().body[offset : offset + length]).decode()


def _found(arn: str) -> tuple[str, str, int, int] | None:
    path = arn.partition(":policy")[2]
    name = path.rpartition("/")[2]
    entry = _pack().policies.get(name)
    return entry if entry is not None and f"{entry[0]}{name}" == path else None
