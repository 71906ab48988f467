"""Where a fact came from: a place in a file, or a call to AWS."""

from __future__ import annotations

import msgspec

from apiece.span import Span


class InFile(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """Read from a file. `path` is the symbolic route (`Resources.Reader.Properties.Role`), `span` the place."""

    file: str
    path: str
    span: Span | None = None


class InCall(msgspec.Struct, frozen=True, kw_only=True, tag="call"):
    """Answered by AWS. `call` is the IAM action of the call (`lambda:GetPolicy`), `time` is UTC (RFC 3339)."""

    call: str
    account: str
    region: str | None = None
    time: str | None = None


Provenance = InFile | InCall


def span_of(provenance: Provenance | None) -> Span | None:
    """Return the place in a file, None for a fact that came from a call."""
    return provenance.span if isinstance(provenance, InFile) else None
