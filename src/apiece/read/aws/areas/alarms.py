"""What tells people in one region: EventBridge rules with their targets, and CloudWatch alarms."""

from __future__ import annotations

import re

import msgspec

from apiece.estate.subject import SubjectKind
from apiece.estate.watch import Alarm, EventRule, Metric
from apiece.read.aws.call import Call, Failure, Lack
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Bus(msgspec.Struct, frozen=True, rename="pascal"):
    name: str


class BusPage(msgspec.Struct, frozen=True, rename="pascal"):
    event_buses: tuple[Bus, ...] = ()
    next_token: str | None = None


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    arn: str
    event_pattern: str | None = None
    schedule_expression: str | None = None
    state: str = "ENABLED"


class RulePage(msgspec.Struct, frozen=True, rename="pascal"):
    rules: tuple[Listed, ...] = ()


class Target(msgspec.Struct, frozen=True, rename="pascal"):
    """Where a rule sends events. What it sends (`Input`) may hold anything, and is not kept."""

    arn: str


class TargetPage(msgspec.Struct, frozen=True, rename="pascal"):
    targets: tuple[Target, ...] = ()


class OfMetric(msgspec.Struct, frozen=True, rename="pascal"):
    namespace: str | None = None
    metric_name: str | None = None


class Statistic(msgspec.Struct, frozen=True, rename="pascal"):
    metric: OfMetric


class Query(msgspec.Struct, frozen=True, rename="pascal"):
    metric_stat: Statistic | None = None


class MetricAlarm(msgspec.Struct, frozen=True, rename="pascal"):
    alarm_name: str
    alarm_arn: str
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    namespace: str | None = None
    metric_name: str | None = None
    metrics: tuple[Query, ...] = ()


class CompositeAlarm(msgspec.Struct, frozen=True, rename="pascal"):
    alarm_name: str
    alarm_arn: str
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    alarm_rule: str = ""


class AlarmPage(msgspec.Struct, frozen=True, rename="pascal"):
    metric_alarms: tuple[MetricAlarm, ...] = ()
    composite_alarms: tuple[CompositeAlarm, ...] = ()


_GONE = frozenset({"ResourceNotFoundException"})
LIST_BUSES = Call("events", "list_event_buses", "events:ListEventBuses", BusPage)
LIST_RULES = Call("events", "list_rules", "events:ListRules", RulePage, absent=_GONE)
LIST_TARGETS = Call("events", "list_targets_by_rule", "events:ListTargetsByRule", TargetPage, absent=_GONE)
DESCRIBE_ALARMS = Call("cloudwatch", "describe_alarms", "cloudwatch:DescribeAlarms", AlarmPage)
_DEFAULT = "default"
_MOST_PAGES = 100
_CHILD = re.compile(r"\bALARM\s*\(\s*(?:\"([^\"]+)\"|([^\s\")]+))\s*\)")
"""A child in the rule of a composite alarm, by name or ARN (CloudWatch's syntax of alarm rules)."""


def alarms(desk: Desk) -> Facts:
    """Read the rules on all buses, and all alarms."""
    facts = Facts()
    for bus in _buses(desk, facts):
        _rules(desk, bus, facts)
    _alarms(desk, facts)
    return facts


def _buses(desk: Desk, facts: Facts) -> list[str]:
    """All buses. Every account has the default one, whether or not they can be listed."""
    found = {_DEFAULT}
    token: str | None = None
    for _ in range(_MOST_PAGES):  # botocore has no paginator for this call
        outcome = desk.ask(LIST_BUSES, {"NextToken": token} if token else None)
        if outcome.gap is not None:
            facts.gaps.append(desk.gap(LIST_BUSES, outcome.gap, desk.itself, "event-buses", "the list of event buses"))
        page = outcome.first or BusPage()
        found |= {bus.name for bus in page.event_buses}
        token = page.next_token
        if not token:
            return sorted(found)
    failure = Failure(Lack.BROKEN, "TooManyPages")
    facts.gaps.append(desk.gap(LIST_BUSES, failure, desk.itself, "event-buses", "the list of event buses"))
    return sorted(found)


def _rules(desk: Desk, bus: str, facts: Facts) -> None:
    outcome = desk.ask(LIST_RULES, {"EventBusName": bus})
    if outcome.gap is not None:
        what = f"the rules of event bus `{bus[:80]}`"
        needs = "event-rules" if bus == _DEFAULT else "event-rules.other-buses"
        facts.gaps.append(desk.gap(LIST_RULES, outcome.gap, desk.itself, needs, what))
    rules = [rule for page in outcome.pages for rule in page.rules]
    asked = [{"Rule": rule.name, "EventBusName": bus} for rule in rules]
    for rule, answer in zip(rules, desk.each(LIST_TARGETS, asked), strict=True):
        subject = desk.subject(SubjectKind.EVENT_RULE, rule.arn)
        if answer.gap is not None:
            what = "the targets of the event rule"
            facts.gaps.append(desk.gap(LIST_TARGETS, answer.gap, subject, "event-rule.targets", what))
        facts.event_rules.append(
            EventRule(
                subject=subject,
                name=rule.name,
                pattern=rule.event_pattern,
                schedule=rule.schedule_expression,
                targets=tuple(sorted(target.arn for page in answer.pages for target in page.targets)),
                bus=bus,
                enabled=rule.state != "DISABLED",
                at=desk.at(LIST_RULES),
            )
        )


def _alarms(desk: Desk, facts: Facts) -> None:
    outcome = desk.ask(DESCRIBE_ALARMS, {"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]})
    if outcome.gap is not None:
        facts.gaps.append(desk.gap(DESCRIBE_ALARMS, outcome.gap, desk.itself, "alarms", "the list of alarms"))
    for page in outcome.pages:
        for one in page.metric_alarms:
            facts.alarms.append(_alarm(desk, one, metrics=_metrics(one)))
        for whole in page.composite_alarms:
            facts.alarms.append(_alarm(desk, whole, of=_children(whole.alarm_rule)))


def _alarm(
    desk: Desk, alarm: MetricAlarm | CompositeAlarm, *, metrics: tuple[Metric, ...] = (), of: tuple[str, ...] = ()
) -> Alarm:
    return Alarm(
        subject=desk.subject(SubjectKind.ALARM, alarm.alarm_arn),
        name=alarm.alarm_name,
        metrics=metrics,
        of=of,
        actions=tuple(sorted(alarm.alarm_actions)),
        enabled=alarm.actions_enabled,
        at=desk.at(DESCRIBE_ALARMS),
    )


def _metrics(alarm: MetricAlarm) -> tuple[Metric, ...]:
    own = OfMetric(alarm.namespace, alarm.metric_name)
    inner = [query.metric_stat.metric for query in alarm.metrics if query.metric_stat is not None]
    found = {(one.namespace, one.metric_name) for one in (own, *inner)}
    return tuple(Metric(space, name) for space, name in sorted(found, key=str) if space and name)


def _children(rule: str) -> tuple[str, ...]:
    names = (quoted or bare for quoted, bare in _CHILD.findall(rule))
    return tuple(sorted({name.rpartition(":alarm:")[2] for name in names}))
