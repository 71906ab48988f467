"""AWS Config in one region: recorders and rules."""

from __future__ import annotations

import msgspec

from apiece.estate.subject import SubjectKind
from apiece.estate.watch import ConfigRecorder, ConfigRule
from apiece.read.aws.call import Call
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Exclusion(msgspec.Struct, frozen=True, rename="camel"):
    resource_types: tuple[str, ...] = ()


class Strategy(msgspec.Struct, frozen=True, rename="camel"):
    use_only: str | None = None


class Group(msgspec.Struct, frozen=True, rename="camel"):
    all_supported: bool = False
    include_global_resource_types: bool = False
    resource_types: tuple[str, ...] = ()
    exclusion_by_resource_types: Exclusion | None = None
    recording_strategy: Strategy | None = None


class Recorder(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    recording_group: Group | None = None
    service_principal: str | None = None


class RecorderPage(msgspec.Struct, frozen=True, rename="pascal"):
    configuration_recorders: tuple[Recorder, ...] = ()


class RecorderStatus(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    recording: bool = False


class StatusPage(msgspec.Struct, frozen=True, rename="pascal"):
    configuration_recorders_status: tuple[RecorderStatus, ...] = ()


class Scope(msgspec.Struct, frozen=True, rename="pascal"):
    compliance_resource_types: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, rename="pascal"):
    owner: str
    source_identifier: str | None = None


class Rule(msgspec.Struct, frozen=True, rename="pascal"):
    config_rule_name: str
    config_rule_arn: str
    source: Source
    scope: Scope | None = None
    config_rule_state: str = "ACTIVE"


class RulePage(msgspec.Struct, frozen=True, rename="pascal"):
    config_rules: tuple[Rule, ...] = ()


DESCRIBE_RECORDERS = Call(
    "config", "describe_configuration_recorders", "config:DescribeConfigurationRecorders", RecorderPage
)
DESCRIBE_STATUS = Call(
    "config", "describe_configuration_recorder_status", "config:DescribeConfigurationRecorderStatus", StatusPage
)
DESCRIBE_RULES = Call("config", "describe_config_rules", "config:DescribeConfigRules", RulePage)
_ACTIVE = frozenset({"ACTIVE", "EVALUATING"})
_EXCLUSION = "EXCLUSION_BY_RESOURCE_TYPES"


def recorders(desk: Desk) -> Facts:
    """Read what AWS Config records in a region, and its rules."""
    facts = Facts()
    _recorders(desk, facts)
    _rules(desk, facts)
    return facts


def _recorders(desk: Desk, facts: Facts) -> None:
    outcome = desk.ask(DESCRIBE_RECORDERS)
    if outcome.gap is not None:
        what = "the list of AWS Config recorders"
        facts.gaps.append(desk.gap(DESCRIBE_RECORDERS, outcome.gap, desk.itself, "config-recorders", what))
    # A recorder of an AWS service records for that service alone; no rule of the account evaluates what it sees.
    listed = [one for page in outcome.pages for one in page.configuration_recorders if one.service_principal is None]
    if not listed:
        return
    status = desk.ask(DESCRIBE_STATUS)
    on = {one.name: one.recording for page in status.pages for one in page.configuration_recorders_status}
    for recorder in listed:
        group = recorder.recording_group or Group(all_supported=True)
        excluding = group.recording_strategy is not None and group.recording_strategy.use_only == _EXCLUSION
        subject = desk.subject(
            SubjectKind.CONFIG_RECORDER, desk.arn("config", f"configuration-recorder/{recorder.name}")
        )
        if status.gap is not None:
            what = "whether the AWS Config recorder is on"
            facts.gaps.append(desk.gap(DESCRIBE_STATUS, status.gap, subject, "config-recorder.recording", what))
        facts.config_recorders.append(
            ConfigRecorder(
                subject=subject,
                all_supported=group.all_supported or excluding,
                recording=None if status.gap is not None else on.get(recorder.name, False),
                global_types=group.include_global_resource_types or excluding,
                types=tuple(sorted(group.resource_types)),
                excluded=tuple(sorted(group.exclusion_by_resource_types.resource_types))
                if excluding and group.exclusion_by_resource_types is not None
                else (),
                at=desk.at(DESCRIBE_RECORDERS),
            )
        )


def _rules(desk: Desk, facts: Facts) -> None:
    outcome = desk.ask(DESCRIBE_RULES)
    if outcome.gap is not None:
        what = "the list of AWS Config rules"
        facts.gaps.append(desk.gap(DESCRIBE_RULES, outcome.gap, desk.itself, "config-rules", what))
    for page in outcome.pages:
        for rule in page.config_rules:
            facts.config_rules.append(
                ConfigRule(
                    subject=desk.subject(SubjectKind.CONFIG_RULE, rule.config_rule_arn),
                    name=rule.config_rule_name,
                    source=rule.source.source_identifier,
                    owner=rule.source.owner,
                    types=tuple(sorted(rule.scope.compliance_resource_types)) if rule.scope is not None else (),
                    active=rule.config_rule_state in _ACTIVE,
                    at=desk.at(DESCRIBE_RULES),
                )
            )
