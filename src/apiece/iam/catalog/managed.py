"""The documents of AWS managed policies, as of the day the pack was built (`tools/build_managed.py`)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("managed.bin")


@dataclass(frozen=True, slots=True)
class _Pack:
    source: str
    digest: str
    policies: dict[str, tuple[str, str, int, int]]
    body: bytes


@cache
def _pack() -> _Pack:
    data = _FILE.read_bytes()
    size = int.from_bytes(data[:8], "big")
    header = json.loads(zlib.decompress(data[8 : 8 + size]))
    return _Pack(header["source"], header["digest"], header["policies"], data[8 + size :])


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


def document(arn: str) -> str | None:
    """The default version's text by ARN, in any partition; None for a policy that is not known."""
    path = arn.partition(":policy")[2]
    name = path.rpartition("/")[2]
    entry = _pack().policies.get(name)
    if entry is None or f"{entry[0]}{name}" != path:
        return None
    _, _, offset, length = entry
    return zlib.decompress(_pack().body[offset : offset + length]).decode()
