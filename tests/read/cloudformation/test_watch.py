"""Claims about trails, AWS Config, rules, filters and alarms that templates declare."""

from __future__ import annotations

from pathlib import Path

from apiece.access.changes import LAMBDA_CHANGES, trail_sees
from apiece.api.read import read_targets
from apiece.estate.estate import Estate
from apiece.estate.watch import Metric
from apiece.text import show

TEMPLATE = """\
Parameters: {Kind: {Type: String}}
Resources:
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: trail}}
  Plain:
    Type: AWS::CloudTrail::Trail
    Properties: {S3BucketName: b, IsLogging: true, CloudWatchLogsLogGroupArn: !GetAtt Group.Arn}
  Reads:
    Type: AWS::CloudTrail::Trail
    Properties:
      S3BucketName: b
      IsLogging: true
      IsMultiRegionTrail: true
      EventSelectors: [{ReadWriteType: ReadOnly, IncludeManagementEvents: true}]
  Advanced:
    Type: AWS::CloudTrail::Trail
    Properties:
      S3BucketName: b
      IsLogging: true
      AdvancedEventSelectors: [{FieldSelectors: [{Field: eventCategory, Equals: [Management]}]}]
  Open:
    Type: AWS::CloudTrail::Trail
    Properties: {S3BucketName: b, IsLogging: true, EventSelectors: [{ReadWriteType: !Ref Kind}]}
  Filter:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: "{ $.eventName = CreateRole }"
      MetricTransformations: [{MetricNamespace: Security, MetricName: Changes, MetricValue: "1"}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {Namespace: Security, MetricName: Changes, AlarmActions: ["arn:aws:sns:us-east-1:111122223333:t"]}
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [aws.iam]}, State: DISABLED, EventBusName: own}
  Recorder:
    Type: AWS::Config::ConfigurationRecorder
    Properties: {RoleARN: r, RecordingGroup: {ResourceTypes: ["AWS::Lambda::Function"]}}
  Check:
    Type: AWS::Config::ConfigRule
    Properties:
      Scope: {ComplianceResourceTypes: ["AWS::IAM::Role"]}
      Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: "arn:aws:lambda:us-east-1:111122223333:function:r"}
"""


def read(folder: Path) -> Estate:
    path = folder / "template.yaml"
    path.write_text(TEMPLATE)
    return read_targets([str(path)], parameters={}, taken_at="2026-11-25T08:00:00Z").estate


def test_selectors_of_trails(tmp_path: Path) -> None:
    """A trail without selectors and one with advanced ones see a change; one for reads does not; an open one may."""
    trails = read(tmp_path).trails

    seen = {
        str(trail.subject.logical_id): trail_sees(trail, LAMBDA_CHANGES[0], "111122223333", "us-east-1")
        for trail in trails
    }

    assert {"Plain": True, "Reads": False, "Advanced": True, "Open": None} == seen


def test_a_filter_counts_in_the_trails_log_group(tmp_path: Path) -> None:
    """The group that a filter names and the one that a trail writes to are the same ARN."""
    estate = read(tmp_path)

    (group,) = {show(trail.log_group) for trail in estate.trails if trail.log_group is not None}

    assert [group] == [show(one.log_group) for one in estate.metric_filters]
    assert [(Metric("Security", "Changes"),)] == [one.metrics for one in estate.metric_filters]
    assert [((Metric("Security", "Changes"),), True)] == [(one.metrics, one.enabled) for one in estate.alarms]


def test_rules_and_recorders(tmp_path: Path) -> None:
    """State, bus, scope and types are those that are written."""
    estate = read(tmp_path)

    assert [(False, "own", '{"source": ["aws.iam"]}')] == [
        (rule.enabled, rule.bus, rule.pattern) for rule in estate.event_rules
    ]
    assert [("AWS::Lambda::Function",)] == [one.types for one in estate.config_recorders]
    assert [("CUSTOM_LAMBDA", ("AWS::IAM::Role",))] == [(one.owner, one.types) for one in estate.config_rules]
