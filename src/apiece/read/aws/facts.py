"""What one part of a reading found: records of all kinds, and gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from apiece.estate.entry import Route
from apiece.estate.federation import Assignment, Credential, IdentityProvider, PermissionSet
from apiece.estate.function import Function
from apiece.estate.gap import Gap
from apiece.estate.identity import Group, Role, StandalonePolicy, User
from apiece.estate.network import SecurityGroup, Subnet, Vpc, VpcEndpoint
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject
from apiece.estate.watch import Alarm, ConfigRecorder, ConfigRule, EventRule, MetricFilter, Trail


@dataclass
class Facts:
    """Records by kind, under the names that `Estate` has for them."""

    functions: list[Function] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    policies: list[StandalonePolicy] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    security_groups: list[SecurityGroup] = field(default_factory=list)
    vpcs: list[Vpc] = field(default_factory=list)
    subnets: list[Subnet] = field(default_factory=list)
    endpoints: list[VpcEndpoint] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    trails: list[Trail] = field(default_factory=list)
    config_recorders: list[ConfigRecorder] = field(default_factory=list)
    config_rules: list[ConfigRule] = field(default_factory=list)
    event_rules: list[EventRule] = field(default_factory=list)
    identity_providers: list[IdentityProvider] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    permission_sets: list[PermissionSet] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    metric_filters: list[MetricFilter] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


def merged(parts: Iterable[Facts]) -> Facts:
    """All parts in one, each kind in the order of its subjects."""
    whole = Facts()
    for part in parts:
        for name, records in vars(part).items():
            getattr(whole, name).extend(records)
    for name, records in vars(whole).items():
        if name != "gaps":
            records.sort(key=lambda record: _order(record.subject))
    whole.gaps = in_order(whole.gaps)
    return whole


def _order(subject: Subject) -> tuple[str, str, str]:
    return subject.key, subject.account or "", subject.region or ""


def in_order(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps without repetition, by what they are about."""
    return sorted(
        dict.fromkeys(gaps), key=lambda gap: (gap.subject.key, gap.subject.region or "", gap.needs, gap.reason)
    )
