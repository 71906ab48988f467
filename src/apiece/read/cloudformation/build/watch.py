"""Trails, AWS Config, event rules, metric filters and alarms as templates declare them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec

from apiece.estate.subject import SubjectKind
from apiece.estate.watch import (
    Alarm,
    ConfigRecorder,
    ConfigRule,
    EventRule,
    EventSelector,
    Metric,
    MetricFilter,
    Trail,
)
from apiece.estate.when import When
from apiece.read.cloudformation.attributes import fill, name_of
from apiece.read.cloudformation.build.site import Site, boolean_of, literal_of, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.read.selectors import Advanced, Basic, selectors_of
from apiece.text import Symbolic, Text, join, show
from apiece.tree import Mapping, to_plain


def trails(sites: Iterable[Site]) -> Iterator[Trail]:
    """CloudTrail trails of the templates."""
    for site in sites:
        if site.resource.type == "AWS::CloudTrail::Trail":
            yield Trail(
                subject=site.subject(SubjectKind.TRAIL),
                name=name_of(site.template, site.resource),
                logging=boolean_of(site.get("IsLogging")),
                multi_region=_flag(site, "IsMultiRegionTrail"),
                validated=_flag(site, "EnableLogFileValidation"),
                organization=_flag(site, "IsOrganizationTrail"),
                global_events=_flag(site, "IncludeGlobalServiceEvents"),
                selectors=_selectors(site),
                log_group=_log_group(text_of(site.get("CloudWatchLogsLogGroupArn"))),
                when=site.when,
                at=site.place(),
            )


def _selectors(site: Site) -> tuple[EventSelector, ...] | None:
    """None where a part is not a constant."""
    keys = ("EventSelectors", "AdvancedEventSelectors")
    plain: list[object] = []
    for key in keys:
        node = site.get(key)
        forms = site.forms(node) if node is not None else [(site.when, None)]
        if forms is None or len(forms) != 1:
            return None
        form = forms[0][1]
        plain.append(to_plain(form) if form is not None else ())
    try:
        basic = msgspec.convert(plain[0], tuple[Basic, ...], strict=False)
        advanced = msgspec.convert(plain[1], tuple[Advanced, ...], strict=False)
    except msgspec.ValidationError:
        return None
    return selectors_of(basic, advanced)


def _log_group(arn: Text | None) -> Text | None:
    """The ARN without the `:*` that `GetAtt` puts at its end."""
    if isinstance(arn, Symbolic) and isinstance(arn.parts[-1], str):
        return join((*arn.parts[:-1], arn.parts[-1].removesuffix(":*")))
    return arn.removesuffix(":*") if isinstance(arn, str) else arn


def _flag(site: Site, key: str) -> bool | None:
    """A flag that is off where it is absent, and not known where it is not a constant."""
    node = site.get(key)
    return False if node is None else boolean_of(node)


def config_recorders(sites: Iterable[Site]) -> Iterator[ConfigRecorder]:
    """AWS Config recorders of the templates."""
    for site in sites:
        if site.resource.type == "AWS::Config::ConfigurationRecorder":
            yield ConfigRecorder(
                subject=site.subject(SubjectKind.CONFIG_RECORDER),
                all_supported=boolean_of(site.get("RecordingGroup", "AllSupported")),
                global_types=boolean_of(site.get("RecordingGroup", "IncludeGlobalResourceTypes")),
                types=_texts(site, site.get("RecordingGroup", "ResourceTypes")),
                excluded=_texts(site, site.get("RecordingGroup", "ExclusionByResourceTypes", "ResourceTypes")),
                when=site.when,
                at=site.place(),
            )


def config_rules(sites: Iterable[Site]) -> Iterator[ConfigRule]:
    """AWS Config rules of the templates."""
    for site in sites:
        if site.resource.type == "AWS::Config::ConfigRule":
            yield ConfigRule(
                subject=site.subject(SubjectKind.CONFIG_RULE),
                name=name_of(site.template, site.resource),
                source=text_of(site.get("Source", "SourceIdentifier")),
                owner=literal_of(site.get("Source", "Owner")),
                types=_texts(site, site.get("Scope", "ComplianceResourceTypes")),
                when=site.when,
                at=site.place(),
            )


def event_rules(sites: Iterable[Site]) -> Iterator[EventRule]:
    """EventBridge rules with their targets of the templates."""
    for site in sites:
        if site.resource.type == "AWS::Events::Rule":
            yield EventRule(
                subject=site.subject(SubjectKind.EVENT_RULE),
                name=name_of(site.template, site.resource),
                pattern=_pattern(site),
                schedule=text_of(site.get("ScheduleExpression")),
                targets=tuple(_targets(site)),
                bus=text_of(site.get("EventBusName")),
                enabled=_enabled(site),
                when=site.when,
                at=site.place(),
            )


def metric_filters(sites: Iterable[Site]) -> Iterator[MetricFilter]:
    """Metric filters of the templates, each with the log group that it counts in."""
    for site in sites:
        group = text_of(site.get("LogGroupName"))
        pattern = text_of(site.get("FilterPattern"))
        if site.resource.type == "AWS::Logs::MetricFilter" and group is not None and pattern is not None:
            yield MetricFilter(
                subject=site.subject(SubjectKind.METRIC_FILTER),
                name=name_of(site.template, site.resource),
                log_group=join((fill(site.template, site.resource, "arn:{P}:logs:{R}:{A}:log-group:"), group)),
                pattern=pattern,
                metrics=tuple(_metrics(site.elements(site.get("MetricTransformations")), "Metric")),
                when=site.when,
                at=site.place(),
            )


def alarms(sites: Iterable[Site]) -> Iterator[Alarm]:
    """Alarms on one metric of the templates."""
    for site in sites:
        if site.resource.type == "AWS::CloudWatch::Alarm":
            own = (site.when, site.resource.properties)
            yield Alarm(
                subject=site.subject(SubjectKind.ALARM),
                name=name_of(site.template, site.resource),
                metrics=tuple(_metrics((own,), "")),
                actions=_texts(site, site.get("AlarmActions")),
                enabled=True if site.get("ActionsEnabled") is None else boolean_of(site.get("ActionsEnabled")),
                when=site.when,
                at=site.place(),
            )


def _metrics(nodes: Iterable[tuple[When, RNode]], prefix: str) -> Iterator[Metric]:
    for _, node in nodes:
        if isinstance(node, Mapping):
            namespace, name = text_of(node.get(f"{prefix}Namespace")), text_of(node.get("MetricName"))
            if namespace is not None and name is not None:
                yield Metric(namespace, name)


def _texts(site: Site, node: RNode | None) -> tuple[Text, ...]:
    return tuple(text for _, item in site.elements(node) if (text := text_of(item)) is not None)


def _enabled(site: Site) -> bool | None:
    if site.get("State") is None:
        return True
    state = literal_of(site.get("State"))
    return state != "DISABLED" if state is not None else None


def _pattern(site: Site) -> str | None:
    forms = site.forms(node) if (node := site.get("EventPattern")) is not None else None
    if not forms:
        return None
    return json.dumps(to_plain(forms[0][1]), sort_keys=True, default=_spelled)


def _spelled(value: object) -> str:
    return show(value) if isinstance(value, Symbolic) else str(value)


def _targets(site: Site) -> Iterator[Text]:
    for _, item in site.elements(site.get("Targets")):
        text = _arn(item)
        if text is not None:
            yield text


def _arn(item: RNode) -> Text | None:
    return text_of(item.get("Arn")) if isinstance(item, Mapping) else None
