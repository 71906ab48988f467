"""A region of an account where functions live, and everything that watches it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from apiece.access.changes import IAM_CHANGES, LAMBDA_CHANGES, Change
from apiece.access.index import Index
from apiece.estate.estate import Account, Estate
from apiece.estate.function import Function
from apiece.estate.gap import Gap
from apiece.estate.provenance import InCall
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.watch import Alarm, ConfigRecorder, ConfigRule, EventRule, MetricFilter, Trail
from apiece.records.verdict import Unknown

Spot = tuple[str, str]
"""An account id and a region."""
_GLOBAL: Mapping[str, str] = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where IAM's events appear, by partition (CloudTrail user guide, "Global service events")."""


class _Recorded(Protocol):
    @property
    def subject(self) -> Subject: ...


R = TypeVar("R", bound=_Recorded)


@dataclass(frozen=True)
class Watch:
    """What watches, by account and region, with what could not be read of it."""

    accounts: Mapping[str, Account]
    trails: Mapping[Spot, tuple[Trail, ...]]
    recorders: Mapping[Spot, tuple[ConfigRecorder, ...]]
    config_rules: Mapping[Spot, tuple[ConfigRule, ...]]
    event_rules: Mapping[Spot, tuple[EventRule, ...]]
    filters: Mapping[Spot, tuple[MetricFilter, ...]]
    alarms: Mapping[Spot, tuple[Alarm, ...]]
    gaps: Mapping[Spot, tuple[Gap, ...]]

    def is_read(self, spot: Spot) -> bool:
        """Tell whether the reading went there."""
        account = self.accounts.get(spot[0])
        return account is not None and spot[1] in account.regions

    def unread(self, spot: Spot, *needs: str) -> tuple[Unknown, ...]:
        """Lists of a region that could not be read."""
        return tuple(_unknown(gap) for gap in self.gaps.get(spot, ()) if gap.needs in needs)

    def doubts(self, subject: Subject, *needs: str) -> tuple[Unknown, ...]:
        """Facts of one thing that could not be read."""
        spot = (subject.account or "", subject.region or "")
        return tuple(_unknown(gap) for gap in self.gaps.get(spot, ()) if gap.needs in needs and gap.subject == subject)


@dataclass(frozen=True)
class Place:
    """One region of one account of a live estate. A template has no accounts, and so no places."""

    subject: Subject
    account: Account
    region: str
    functions: tuple[Function, ...]
    watch: Watch

    @property
    def spot(self) -> Spot:
        return self.account.id, self.region

    @property
    def unlisted_resources(self) -> tuple[Unknown, ...]:
        """Lists of things here that could not be read; buckets are listed once for an account, wherever that is."""
        return tuple(
            _unknown(gap)
            for (account, region), gaps in sorted(self.watch.gaps.items())
            for gap in gaps
            if account == self.account.id and gap.needs == "resources" and (region == self.region or _of_buckets(gap))
        )

    @property
    def global_region(self) -> str | None:
        """Where the events of IAM appear; None for a partition that this version does not know."""
        return _GLOBAL.get(self.account.partition)

    @property
    def groups(self) -> tuple[tuple[str | None, tuple[Change, ...]], ...]:
        """Changes that concern the functions here: where their events appear, and which they are."""
        return (self.region, LAMBDA_CHANGES), (self.global_region, IAM_CHANGES)


def places(index: Index) -> Iterator[Place]:
    """Every region of every account that was read and has a function in it."""
    estate = index.estate
    if not estate.accounts:
        return
    watch = _watch(estate)
    found = _by_spot(estate.functions)
    for account in estate.accounts:
        for region in sorted(region for owner, region in found if owner == account.id):
            subject = Subject(kind=SubjectKind.REGION, arn=account.subject.arn, account=account.id, region=region)
            yield Place(subject, account, region, found[account.id, region], watch)


def _watch(estate: Estate) -> Watch:
    return Watch(
        accounts={account.id: account for account in estate.accounts},
        trails=_by_spot(_completed(estate.trails)),
        recorders=_by_spot(estate.config_recorders),
        config_rules=_by_spot(estate.config_rules),
        event_rules=_by_spot(estate.event_rules),
        filters=_by_spot(estate.metric_filters),
        alarms=_by_spot(estate.alarms),
        gaps=_by_spot(estate.gaps),
    )


def _completed(trails: tuple[Trail, ...]) -> Iterator[Trail]:
    """Trails with what another account or region could read of the same one, such as the organisation's."""
    known: dict[str | None, Trail] = {}
    for trail in trails:
        first = known.setdefault(trail.subject.arn, trail)
        known[trail.subject.arn] = _with(first, trail)
    yield from (_with(trail, known[trail.subject.arn]) for trail in trails)


def _with(trail: Trail, other: Trail) -> Trail:
    return msgspec.structs.replace(
        trail,
        logging=other.logging if trail.logging is None else trail.logging,
        selectors=other.selectors if trail.selectors is None else trail.selectors,
    )


def _by_spot(records: Iterable[R]) -> dict[Spot, tuple[R, ...]]:
    found: dict[Spot, list[R]] = {}
    for record in records:
        if record.subject.account is not None and record.subject.region is not None:
            found.setdefault((record.subject.account, record.subject.region), []).append(record)
    return {spot: tuple(items) for spot, items in found.items()}


def _of_buckets(gap: Gap) -> bool:
    return isinstance(gap.at, InCall) and gap.at.call.startswith("s3:")


def _unknown(gap: Gap) -> Unknown:
    return Unknown(reason=gap.reason, hint=gap.hint, at=(gap.at,) if gap.at is not None else ())
