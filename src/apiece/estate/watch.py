"""What watches the estate: trails, AWS Config and event rules."""

from __future__ import annotations

import msgspec

from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    name: Text
    logging: bool | None = None
    multi_region: bool | None = None
    validated: bool | None = None
    """Log file validation is on; None: not known."""
    when: When = ALWAYS
    at: Provenance | None = None


class ConfigRecorder(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    all_supported: bool | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class ConfigRule(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is the identifier of a managed rule or the ARN of the rule's function."""

    subject: Subject
    name: Text
    source: Text | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class EventRule(msgspec.Struct, frozen=True, kw_only=True):
    """An EventBridge rule. `pattern` is its event pattern as JSON text, None for a schedule."""

    subject: Subject
    name: Text
    pattern: str | None = None
    schedule: Text | None = None
    targets: tuple[Text, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None
