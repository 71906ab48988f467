"""Trails, AWS Config and event rules as templates declare them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from apiece.estate.subject import SubjectKind
from apiece.estate.watch import ConfigRecorder, ConfigRule, EventRule, Trail
from apiece.read.cloudformation.attributes import name_of
from apiece.read.cloudformation.build.site import Site, boolean_of, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.text import Symbolic, Text, show
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
                when=site.when,
                at=site.place(),
            )


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
                when=site.when,
                at=site.place(),
            )


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
