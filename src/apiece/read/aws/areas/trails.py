"""CloudTrail trails as one region of an account sees them, and what is counted in their log groups."""

from __future__ import annotations

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.watch import EventSelector, Metric, MetricFilter, Trail
from apiece.read.aws.call import Call
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts
from apiece.read.selectors import DEFAULT, Advanced, Basic, selectors_of


class Described(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    arn: str = msgspec.field(name="TrailARN")
    home_region: str | None = None
    is_multi_region_trail: bool = False
    is_organization_trail: bool = False
    log_file_validation_enabled: bool = False
    include_global_service_events: bool = False
    has_custom_event_selectors: bool | None = None
    log_group: str | None = msgspec.field(default=None, name="CloudWatchLogsLogGroupArn")


class TrailPage(msgspec.Struct, frozen=True, rename="camel"):
    trail_list: tuple[Described, ...] = ()


class Status(msgspec.Struct, frozen=True, rename="pascal"):
    is_logging: bool


class SelectorPage(msgspec.Struct, frozen=True, rename="pascal"):
    event_selectors: tuple[Basic, ...] = ()
    advanced_event_selectors: tuple[Advanced, ...] = ()


class Transformation(msgspec.Struct, frozen=True, rename="camel"):
    metric_name: str
    metric_namespace: str


class Filter(msgspec.Struct, frozen=True, rename="camel"):
    filter_name: str
    filter_pattern: str = ""
    metric_transformations: tuple[Transformation, ...] = ()


class FilterPage(msgspec.Struct, frozen=True, rename="camel"):
    metric_filters: tuple[Filter, ...] = ()


DESCRIBE_TRAILS = Call("cloudtrail", "describe_trails", "cloudtrail:DescribeTrails", TrailPage)
GET_STATUS = Call("cloudtrail", "get_trail_status", "cloudtrail:GetTrailStatus", Status)
GET_SELECTORS = Call("cloudtrail", "get_event_selectors", "cloudtrail:GetEventSelectors", SelectorPage)
# A trail that was listed and is then "not found" is a contradiction, not an absence: no codes for it.
DESCRIBE_FILTERS = Call(
    "logs",
    "describe_metric_filters",
    "logs:DescribeMetricFilters",
    FilterPage,
    absent=frozenset({"ResourceNotFoundException"}),
)


def trails(desk: Desk) -> Facts:
    """Read every trail that records this region of the account: its own, multi-region ones, the organisation's."""
    facts = Facts()
    outcome = desk.ask(DESCRIBE_TRAILS, {"includeShadowTrails": True})
    if outcome.gap is not None:
        facts.gaps.append(desk.gap(DESCRIBE_TRAILS, outcome.gap, desk.itself, "trails", "the list of trails"))
    listed = {item.arn: item for page in outcome.pages for item in page.trail_list}
    facts.trails = [_trail(desk, listed[arn], facts) for arn in sorted(listed)]
    groups = {group for item in listed.values() if (group := _group(item)) is not None and _is_here(desk, group)}
    for group in sorted(groups):
        _filters(desk, group, facts)
    return facts


def _trail(desk: Desk, item: Described, facts: Facts) -> Trail:
    subject = desk.subject(SubjectKind.TRAIL, item.arn)
    # Status and selectors are kept where the trail was made; elsewhere there is a shadow of it.
    home = desk.there(item.home_region or desk.region)
    status = home.ask(GET_STATUS, {"Name": item.arn})
    if status.gap is not None:
        gap = home.gap(GET_STATUS, status.gap, subject, "trail.logging", "whether the trail is on")
        facts.gaps.append(_advised(desk, gap))
    return Trail(
        subject=subject,
        name=item.name,
        logging=status.first.is_logging if status.first is not None else None,
        multi_region=item.is_multi_region_trail,
        validated=item.log_file_validation_enabled,
        organization=item.is_organization_trail,
        home_region=item.home_region,
        global_events=item.include_global_service_events,
        selectors=_selectors(home, subject, item, facts),
        log_group=_group(item),
        at=desk.at(DESCRIBE_TRAILS),
    )


def _selectors(home: Desk, subject: Subject, item: Described, facts: Facts) -> tuple[EventSelector, ...] | None:
    outcome = home.ask(GET_SELECTORS, {"TrailName": item.arn})
    # Only its owner may ask for the selectors of an organisation's trail, but all see whether it was given any.
    if outcome.first is None and _owner(subject) != home.account and item.has_custom_event_selectors is False:
        return DEFAULT
    if outcome.gap is not None:
        gap = home.gap(GET_SELECTORS, outcome.gap, subject, "trail.selectors", "what the trail records")
        facts.gaps.append(_advised(home, gap))
    if outcome.first is None:
        return None
    return selectors_of(outcome.first.event_selectors, outcome.first.advanced_event_selectors)


def _owner(subject: Subject) -> str:
    return next(iter((subject.arn or "").split(":", 5)[4:5]), "")


def _advised(desk: Desk, gap: Gap) -> Gap:
    """What an account may not say of its organisation's trail, the owning account can."""
    owner = _owner(gap.subject)
    if owner == desk.account:
        return gap
    return msgspec.structs.replace(gap, hint=f"read account {owner}, which owns the trail, in the same run")


def _group(item: Described) -> str | None:
    return item.log_group.removesuffix(":*") if item.log_group else None


def _is_here(desk: Desk, group: str) -> bool:
    """Tell whether a log group is this account's, in this region. Others' are read at their own desk, if at all."""
    parts = group.split(":", 6)
    return len(parts) > 6 and (parts[3], parts[4]) == (desk.region, desk.account)  # noqa: PLR2004 (the seventh part is its name)


def _filters(desk: Desk, group: str, facts: Facts) -> None:
    outcome = desk.ask(DESCRIBE_FILTERS, {"logGroupName": group.split(":", 6)[6]})
    if outcome.gap is not None:
        what = "the metric filters of the trail's log group"
        facts.gaps.append(desk.gap(DESCRIBE_FILTERS, outcome.gap, desk.itself, "metric-filters", what))
    for page in outcome.pages:
        for one in page.metric_filters:
            facts.metric_filters.append(
                MetricFilter(
                    subject=desk.subject(SubjectKind.METRIC_FILTER, f"{group}:metric-filter:{one.filter_name}"),
                    name=one.filter_name,
                    log_group=group,
                    pattern=one.filter_pattern,
                    metrics=tuple(Metric(to.metric_namespace, to.metric_name) for to in one.metric_transformations),
                    at=desk.at(DESCRIBE_FILTERS),
                )
            )
