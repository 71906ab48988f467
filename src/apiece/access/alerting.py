"""Whether somebody is told of a change of access: by an EventBridge rule, or a metric filter and its alarm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apiece.access.changes import Change, filter_sees, pattern_sees
from apiece.access.kleene import every, some
from apiece.access.place import Place, Spot
from apiece.access.recording import Recording, Sight, doubts, recorded, recordings, sight
from apiece.estate.watch import Alarm, EventRule, MetricFilter
from apiece.records.verdict import Unknown
from apiece.text import show


def told(place: Place, region: str | None, changes: tuple[Change, ...]) -> Sight:
    """Which changes, whose events appear in `region`, call a rule with a target or an alarm with an action."""
    trails = recorded(place, region, changes)
    unknowns = [*doubts(place, region), *_doubts(place, region, changes)]
    # EventBridge gets these events only where a trail records them (its user guide, "Events via CloudTrail").
    answers = [
        some((every((trails.answer(change), _by_rule(place, region, change))), _by_filter(place, region, change)))
        for change in changes
    ]
    return sight(changes, answers, unknowns)


def _by_rule(place: Place, region: str | None, change: Change) -> bool | None:
    if region is None:
        return None
    watch, spot = place.watch, (place.account.id, region)
    found = [_rule_tells(place, rule, spot, change) for rule in watch.event_rules.get(spot, ())]
    missing = not watch.is_read(spot) or watch.unread(spot, "event-rules")
    return some((*found, *((None,) if missing else ())))


def _rule_tells(place: Place, rule: EventRule, spot: Spot, change: Change) -> bool | None:
    """Only the default bus gets the events of AWS services."""
    if rule.pattern is None or rule.enabled is False or rule.bus not in {None, "default"}:
        return False
    answer = pattern_sees(rule.pattern, change, *spot)
    if answer is False:
        return False
    if not rule.targets:
        return None if place.watch.doubts(rule.subject, "event-rule.targets") else False
    return answer


def _by_filter(place: Place, region: str | None, change: Change) -> bool | None:
    return some(_log_tells(place, one, region, change) for one in recordings(place, region, change))


def _log_tells(place: Place, recording: Recording, region: str | None, change: Change) -> bool | None:
    group = recording.trail.log_group
    if group is None or recording.answer is False:
        return False
    spot = _spot_of(show(group))
    watch = place.watch
    if not watch.is_read(spot):
        return None
    origin = (place.account.id, region or "")
    found = [
        every((recording.answer, filter_sees(show(one.pattern), change, *origin), _alarms(place, spot, one)))
        for one in watch.filters.get(spot, ())
        if one.log_group == group
    ]
    return some((*found, *((None,) if watch.unread(spot, "metric-filters") else ())))


def _alarms(place: Place, spot: Spot, counted: MetricFilter) -> bool | None:
    """Tell whether an alarm with an action looks at one of the filter's metrics, itself or through another alarm."""
    listed = place.watch.alarms.get(spot, ())
    watching = [alarm for alarm in listed if set(alarm.metrics) & set(counted.metrics)]
    found = any(_acts(alarm) or any(_acts(above) for above in _above(alarm, listed)) for alarm in watching)
    return found or (None if place.watch.unread(spot, "alarms") else False)


def _acts(alarm: Alarm) -> bool:
    return alarm.enabled is not False and bool(alarm.actions)


def _above(alarm: Alarm, listed: Iterable[Alarm]) -> Iterator[Alarm]:
    """Composite alarms that look at an alarm."""
    return (other for other in listed if alarm.name in other.of)


def _spot_of(arn: str) -> Spot:
    parts = arn.split(":", 6)
    return (parts[4], parts[3]) if len(parts) > 6 else ("", "")  # noqa: PLR2004 (the seventh part is the group's name)


def _doubts(place: Place, region: str | None, changes: tuple[Change, ...]) -> Iterator[Unknown]:
    """What is not known of rules, filters and alarms that may tell of a change."""
    watch = place.watch
    spot = (place.account.id, region or "")
    yield from watch.unread(spot, "event-rules")
    for rule in watch.event_rules.get(spot, ()):
        yield from watch.doubts(rule.subject, "event-rule.targets")
        if rule.pattern is not None and any(_rule_tells(place, rule, spot, one) is None for one in changes):
            yield Unknown(reason=f"the pattern of event rule `{show(rule.name)[:80]}` is not one that can be judged")
    trails = (one.trail for change in changes for one in recordings(place, region, change))
    for name in sorted({show(trail.log_group) for trail in trails if trail.log_group is not None}):
        home = _spot_of(name)
        if not watch.is_read(home):
            where = f"{home[1]} of account {home[0]}"
            yield Unknown(reason=f"log group `{name[:160]}` lies in {where}, which was not read")
        yield from watch.unread(home, "metric-filters", "alarms")
        for one in watch.filters.get(home, ()):
            told_apart = (filter_sees(show(one.pattern), change, *spot) for change in changes)
            if show(one.log_group) == name and None in told_apart:
                reason = f"the pattern of metric filter `{show(one.name)[:80]}` is not one that can be judged"
                yield Unknown(reason=reason)
