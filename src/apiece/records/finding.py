"""A shown fail; to an auditor, a deviation."""

from __future__ import annotations

import msgspec

from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.records.verdict import Severity, Witness
from apiece.records.waiver import Waiver


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One deviation with its identity. `id` is stable across runs (`estate.subject.finding_id`)."""

    id: str
    control: str
    severity: Severity
    subject: Subject
    message: str
    root_cause: str
    at: tuple[Provenance, ...] = ()
    hint: str | None = None
    witness: Witness | None = None
    related: tuple[Subject, ...] = ()
    waiver: Waiver | None = None
    owner: str | None = None
