"""One estate as one canonical JSON document with a digest."""

from __future__ import annotations

import hashlib
import re

import msgspec

from apiece.errors import MalformedSource
from apiece.estate.estate import SCHEMA, Estate
from apiece.span import Span

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Estate)


def dump(estate: Estate) -> bytes:
    """Write the canonical form: sorted keys, no spaces, UTF-8. Equal estates give equal bytes."""
    return _ENCODER.encode(estate)


def digest(estate: Estate) -> str:
    """Return `sha256:…` over the canonical form without the moment and the names of the targets."""
    facts = msgspec.structs.replace(estate, taken_at="", targets=())
    return "sha256:" + hashlib.sha256(dump(facts)).hexdigest()


def load(data: bytes, file: str) -> Estate:
    """Read a snapshot that `dump` wrote. Raises `MalformedSource` for anything else."""
    try:
        estate = _DECODER.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        place = Span(file, 1, 1, 1, 1)
        msg = f"not a snapshot that this version reads: {_without_values(str(error))}"
        raise MalformedSource(msg, span=place) from error
    if estate.schema != SCHEMA:
        msg = "the snapshot's schema is not one that this version reads"
        raise MalformedSource(msg, hint=f"this version reads `{SCHEMA}`", span=Span(file, 1, 1, 1, 1))
    return estate


def looks_like_snapshot(data: bytes) -> bool:
    """Tell cheaply whether a JSON file claims to be a snapshot."""
    return data.lstrip()[:1] == b"{" and b'"apiece/snapshot/' in data


def begins_like_snapshot(head: bytes) -> bool:
    """Tell from the first bytes of a file too large to be a template whether it may be a snapshot."""
    return re.match(rb'\s*\{\s*"accounts"\s*:', head) is not None


def _without_values(message: str) -> str:
    # msgspec names types and paths in its messages and quotes no values, except after "Invalid value".
    return message.partition("Invalid value")[0].strip() or "a value is of the wrong kind"
