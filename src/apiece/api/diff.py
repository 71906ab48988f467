"""What changed between two sources in what functions may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apiece.access.difference import difference
from apiece.api.read import read_targets
from apiece.estate.renamed import below, renamed
from apiece.records.access import Difference

NOTHING_GAINED, GAINED, UNKNOWN = 0, 1, 3


@dataclass(frozen=True)
class Change:
    """A difference, with what it was made from; `secrets` are texts that were seen and must not be shown."""

    old: str
    new: str
    difference: Difference
    secrets: frozenset[str]


def diff(old: str, new: str, *, parameters: Mapping[str, str], taken_at: str) -> Change:
    """Compare the access of the functions of two targets: templates, folders, snapshots or policies."""
    readings = [read_targets([target], parameters=parameters, taken_at=taken_at) for target in (old, new)]
    before, after = (renamed(one.estate, below(one.estate.targets)) for one in readings)
    secrets = frozenset(secret for one in readings for secret in one.secrets)
    return Change(old, new, difference(before, after), secrets)


def exit_code(found: Difference) -> int:
    """1 if anything was gained, else 3 if anything is not known, else 0."""
    if any(one.gained for one in found.functions):
        return GAINED
    return UNKNOWN if any(one.doubts for one in found.functions) else NOTHING_GAINED
