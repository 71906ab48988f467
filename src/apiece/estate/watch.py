"""What watches the estate: trails, AWS Config, event rules, metric filters and alarms."""

from __future__ import annotations

import msgspec

from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class FieldSelector(msgspec.Struct, frozen=True, kw_only=True):
    """What one field of an event must be: one of the first three, and none of the last three."""

    field: str
    equals: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    ends_with: tuple[str, ...] = ()
    not_equals: tuple[str, ...] = ()
    not_starts_with: tuple[str, ...] = ()
    not_ends_with: tuple[str, ...] = ()


class EventSelector(msgspec.Struct, frozen=True, kw_only=True):
    """Events that a trail records: those whose every field is as selected. Basic selectors are written this way too."""

    fields: tuple[FieldSelector, ...] = ()


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """A trail. Of a live account there is one record for each region of the account that the trail records.

    An organisation's trail is recorded under each account that sees it; its ARN names the account that owns it.
    """

    subject: Subject
    name: Text
    logging: bool | None = None
    multi_region: bool | None = None
    validated: bool | None = None
    """Log file validation is on; None: not known."""
    organization: bool | None = None
    home_region: str | None = None
    global_events: bool | None = None
    """It records the events of global services, such as IAM; None: not known."""
    selectors: tuple[EventSelector, ...] | None = None
    """What it records; None: not known."""
    log_group: Text | None = None
    """ARN of the log group that it also writes to, without a `:*` at its end."""
    when: When = ALWAYS
    at: Provenance | None = None


class ConfigRecorder(msgspec.Struct, frozen=True, kw_only=True):
    """What AWS Config records. `types` is what it records, `excluded` what it leaves out of all that is supported."""

    subject: Subject
    all_supported: bool | None = None
    recording: bool | None = None
    global_types: bool | None = None
    """With all supported types, it also records IAM's."""
    types: tuple[Text, ...] = ()
    excluded: tuple[Text, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None


class ConfigRule(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is the identifier of a managed rule or the ARN of the rule's function.

    `owner` is `AWS` for a managed rule, `CUSTOM_LAMBDA` or `CUSTOM_POLICY`. `types` is its scope; empty: all, or none
    for a rule that runs by the clock.
    """

    subject: Subject
    name: Text
    source: Text | None = None
    owner: str | None = None
    types: tuple[Text, ...] = ()
    active: bool | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class EventRule(msgspec.Struct, frozen=True, kw_only=True):
    """An EventBridge rule. `pattern` is its event pattern as JSON text, None for a schedule."""

    subject: Subject
    name: Text
    pattern: str | None = None
    schedule: Text | None = None
    targets: tuple[Text, ...] = ()
    bus: Text | None = None
    """Name of its bus; None: the default bus."""
    enabled: bool | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class Metric(msgspec.Struct, frozen=True):
    namespace: Text
    name: Text


class MetricFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Counts the lines of a log group that a pattern matches. `log_group` is an ARN without a `:*` at its end."""

    subject: Subject
    name: Text
    log_group: Text
    pattern: Text
    metrics: tuple[Metric, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm on metrics, or on other alarms: `of` are their names. `actions` is what it does; none while disabled."""

    subject: Subject
    name: Text
    metrics: tuple[Metric, ...] = ()
    of: tuple[Text, ...] = ()
    actions: tuple[Text, ...] = ()
    enabled: bool | None = None
    when: When = ALWAYS
    at: Provenance | None = None
