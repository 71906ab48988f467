"""A file of facts: which kind it is, whatever it is packed or spelled in, and its parts."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import msgspec

from apiece.errors import MalformedSource
from apiece.span import Span

_DETAILS = frozenset({"RoleDetailList", "UserDetailList", "GroupDetailList"})
_ITEMS = "configurationItems"
_MARKS = (b"configurationItems", b"RoleDetailList", b"UserDetailList", b"GroupDetailList")
_BEGINS = re.compile(
    rb'\s*\{\s*"(?:(?:User|Group|Role)DetailList|Policies|IsTruncated|Marker|NextToken|fileVersion|configSnapshotId|'
    rb'configurationItems)"\s*:'
)
_PACKED = b"\x1f\x8b"
_MOST = 256 * 1024 * 1024
_HEAD = 1024 * 1024


@dataclass(frozen=True)
class Details:
    """What `aws iam get-account-authorization-details` prints."""

    file: str
    raw: dict[str, object]


@dataclass(frozen=True)
class Items:
    """A file that AWS Config delivers. Only a snapshot claims to hold everything that is recorded."""

    file: str
    raw: tuple[msgspec.Raw, ...]
    whole: bool


Dump = Details | Items


def begins_like_dump(head: bytes) -> bool:
    """Tell from the first bytes of a file too large to be a template whether it may be a dump."""
    return head.startswith(_PACKED) or _BEGINS.match(head) is not None


def looks_like_dump(data: bytes) -> bool:
    """Tell whether a file is a dump by its outermost keys."""
    head = _unpacked_head(data) if data.startswith(_PACKED) else data
    if not any(mark in _plain(head) for mark in _MARKS):
        return False
    if data.startswith(_PACKED):
        return True
    try:
        keys = set(msgspec.json.decode(_plain(data), type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, RecursionError):
        return _BEGINS.match(_plain(data)) is not None
    return "schema" not in keys and "Resources" not in keys and bool(keys & {_ITEMS, *_DETAILS})


def open_dump(data: bytes, file: str) -> Dump:
    """Take a file apart. Raises `MalformedSource` with what is wrong and no content."""
    text = _plain(_unpacked(data, file) if data.startswith(_PACKED) else data)
    try:
        parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        if _ITEMS in parts:
            raw = msgspec.json.decode(parts[_ITEMS], type=tuple[msgspec.Raw, ...])
            return Items(file, raw, whole="configSnapshotId" in parts)
        if parts.keys() & _DETAILS:
            return Details(file, msgspec.json.decode(text, type=dict[str, object]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise malformed(f"the file is not valid JSON: {without_values(error)}", file) from error
    except RecursionError as error:
        raise malformed("values are nested too deep", file) from error
    raise malformed("the file holds neither authorization details nor configuration items", file)


def malformed(message: str, file: str) -> MalformedSource:
    """An error about a file as a whole."""
    return MalformedSource(message, span=Span(file, 1, 1, 1, 1))


def without_values(error: Exception) -> str:
    """What a decoder complains about, without what it quotes."""
    # msgspec names types, places and single characters; it quotes values only after these words.
    return str(error).partition("Invalid value")[0].strip() or "a value is of the wrong kind"


def _plain(data: bytes) -> bytes:
    """UTF-8 without a mark, whatever PowerShell made of it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def _unpacked_head(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:_HEAD], _HEAD)
    except zlib.error:
        return b""


def _unpacked(data: bytes, file: str) -> bytes:
    """Unpack gzip, all its members, up to a limit: a small file may claim to be a huge one."""
    parts: list[bytes] = []
    left = _MOST
    while data:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            parts.append(unpacker.decompress(data, left + 1))
        except zlib.error as error:
            raise malformed("the file is not valid gzip", file) from error
        left -= len(parts[-1])
        if left < 0:
            raise malformed(f"the file unpacks to more than {_MOST // 1024 // 1024} MiB", file)
        if not unpacker.eof:
            raise malformed("the file ends in the middle of its gzip data", file)
        data = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)
