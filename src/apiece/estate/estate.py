"""Everything that bears on access at one moment, immutable."""

from __future__ import annotations

import msgspec

from apiece.estate.entry import Route
from apiece.estate.federation import Assignment, Credential, IdentityProvider, PermissionSet
from apiece.estate.function import CodeSigningConfig, Function
from apiece.estate.gap import Gap
from apiece.estate.identity import Group, Role, StandalonePolicy, User
from apiece.estate.network import SecurityGroup, Subnet, Vpc, VpcEndpoint
from apiece.estate.policy import AttachedPolicy
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.watch import Alarm, ConfigRecorder, ConfigRule, EventRule, MetricFilter, Trail
from apiece.estate.when import When, both, possible

SCHEMA = "apiece/snapshot/1"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An AWS account. `id` is 12 digits.

    `regions` were read; `every_region` tells whether those are all that are enabled for the account.
    `scp` and `rcp` are the policies at each level from the root of the organisation down to the account; None: no such
    policies apply, or they are outside of the source (`Estate.outside_source`).
    """

    id: str
    partition: str = "aws"
    name: str | None = None
    organization: str | None = None
    management: bool = False
    regions: tuple[str, ...] = ()
    every_region: bool | None = None
    scp: tuple[tuple[AttachedPolicy, ...], ...] | None = None
    rcp: tuple[tuple[AttachedPolicy, ...], ...] | None = None

    @property
    def subject(self) -> Subject:
        arn = f"arn:{self.partition}:iam::{self.id}:root"
        return Subject(kind=SubjectKind.ACCOUNT, arn=arn, account=self.id)


class Estate(msgspec.Struct, frozen=True, kw_only=True):
    """All facts of one reading, with everything that could not be read.

    `taken_at` is UTC (RFC 3339, `Z`). `targets` are the sources as the user named them. `outside_source` names the
    layers that sources of these kinds cannot hold (`scp`, `rcp`); they are no gaps. `members` are the ids of all active
    accounts of the organisation, read or not, empty where they could not be listed. `impossible` lists choices of
    conditions that no deployment can make together.
    """

    schema: str = SCHEMA
    taken_at: str
    targets: tuple[str, ...] = ()
    outside_source: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    members: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    code_signing_configs: tuple[CodeSigningConfig, ...] = ()
    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    policies: tuple[StandalonePolicy, ...] = ()
    resources: tuple[Resource, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    endpoints: tuple[VpcEndpoint, ...] = ()
    routes: tuple[Route, ...] = ()
    trails: tuple[Trail, ...] = ()
    config_recorders: tuple[ConfigRecorder, ...] = ()
    config_rules: tuple[ConfigRule, ...] = ()
    event_rules: tuple[EventRule, ...] = ()
    identity_providers: tuple[IdentityProvider, ...] = ()
    credentials: tuple[Credential, ...] = ()
    permission_sets: tuple[PermissionSet, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    metric_filters: tuple[MetricFilter, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    gaps: tuple[Gap, ...] = ()
    impossible: tuple[When, ...] = ()

    def together(self, first: When, second: When) -> When | None:
        """Combine two sets of choices; None where no deployment can make them together."""
        merged = both(first, second)
        return merged if merged is not None and possible(merged, self.impossible) else None
