"""Where a fact stands, in the words of every text output."""

from __future__ import annotations

from apiece.estate.provenance import InCall, InFile, Provenance


def where(place: Provenance) -> str:
    """A place in a file, or the call that told it."""
    match place:
        case InFile(span=None):
            return f"{place.file} {place.path}".rstrip()
        case InFile():
            return str(place.span)
        case InCall():
            region = f", {place.region}" if place.region else ""
            return f"account {place.account}{region}: {place.call}"
