r"""Nobody is told when access changes.

## What it checks

In every region of a live account where functions live: whether each call that gives access is told to somebody, by an
EventBridge rule with a target, or by a metric filter on a trail's log group with an alarm that has an action. Patterns
are evaluated on the event that CloudTrail writes for the call, made by a role and by a user. Calls to IAM appear in
one region for the whole account (us-east-1), calls to Lambda in the function's region. EventBridge gets such events
only where a trail records them.

No call of a service seen: a warning. Some of them missed: a note that names them. What the target or the action does,
and the alarm's threshold, are not looked into.

## Why it matters

A trail answers questions that somebody asks. A change of access that nobody expected is found on the day it happens
only if it asks for attention itself. Patterns miss easily: Lambda's `AddPermission` is written as
`AddPermission20150331v2`, and a rule for the plain name is never called.

## Objective

When somebody gives access to a function or its role, a person or a system is told on the same day.

## Test procedure

For each region with functions, and for us-east-1, list the EventBridge rules (`events:ListRules`,
`events:ListTargetsByRule`) and the metric filters with their alarms (`logs:DescribeMetricFilters`,
`cloudwatch:DescribeAlarms`). For each call that gives access, to IAM (`CreateRole`, `PutRolePolicy`,
`AttachRolePolicy` …) and to Lambda (`AddPermission20150331v2`, `CreateFunctionUrlConfig` …), see whether a pattern
matches the event that CloudTrail writes and whether the rule has a target or the alarm an action. An exception is a
call that none of them matches. Test one: grant and remove a harmless permission in a test account and ask for the
message that came of it.

## Fails

```json
{
  "accounts": [
    {"id": "111122223333", "regions": ["us-east-1"], "every_region": true}
  ],
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:mailer", "latest": {}}
  ],
  "trails": [
    {"arn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", "logging": true, "multi_region": true,
     "validated": true, "selectors": [{"fields": [{"field": "eventCategory", "equals": ["Management"]}]}]}
  ],
  "event_rules": [
    {"arn": "arn:aws:events:us-east-1:111122223333:rule/never", "enabled": true,
     "targets": ["arn:aws:sns:us-east-1:111122223333:security"],
     "pattern": "{\"detail\": {\"eventName\": [\"AddPermission\"]}}"}
  ]
}
```

## Passes

```json
{
  "accounts": [
    {"id": "111122223333", "regions": ["us-east-1"], "every_region": true}
  ],
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:mailer", "latest": {}}
  ],
  "trails": [
    {"arn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", "logging": true, "multi_region": true,
     "validated": true, "selectors": [{"fields": [{"field": "eventCategory", "equals": ["Management"]}]}]}
  ],
  "event_rules": [
    {"arn": "arn:aws:events:us-east-1:111122223333:rule/iam", "enabled": true,
     "targets": ["arn:aws:sns:us-east-1:111122223333:security"], "pattern": "{\"source\": [\"aws.iam\"]}"},
    {"arn": "arn:aws:events:us-east-1:111122223333:rule/lambda", "enabled": true,
     "targets": ["arn:aws:sns:us-east-1:111122223333:security"],
     "pattern": "{\"source\": [\"aws.lambda\"], \"detail\": {\"readOnly\": [false]}}"}
  ]
}
```

## Remedy

Add one rule in us-east-1 for `{"source": ["aws.iam"], "detail": {"eventName": ["CreateRole", "PutRolePolicy", …]}}` and
one in each region with functions for `{"source": ["aws.lambda"], "detail": {"eventName": [{"prefix":
"AddPermission"}, {"suffix": "FunctionUrlConfig"}]}}`, with a topic that people read as the target.
"""

from __future__ import annotations

from apiece.access.alerting import told
from apiece.access.place import Place
from apiece.access.recording import Sight, recorded
from apiece.controls.control import control
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict

_TELLING = ("event-rules", "event-rule.targets", "metric-filters", "alarms")


@control(
    criteria=(Criterion.CC7_1, Criterion.CC7_2, Criterion.CC6_2),
    severity=Severity.WARNING,
    reads=(
        "trails",
        "trail.logging",
        "trail.selectors",
        "event-rules",
        "event-rule.targets",
        "metric-filters",
        "alarms",
    ),
    remedy="alarm-on-access-change",
    cadence=Cadence.WEEKLY,
)
def access_change_alarm_missing(place: Place) -> Verdict:
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for region, changes in place.groups:
        sight = told(place, region, changes)
        if sight.unseen:
            deviations.append(_deviation(place, region, sight))
        unknowns += sight.unknowns
    return Verdict.of(tuple(deviations), tuple(dict.fromkeys(unknowns)))


def _deviation(place: Place, region: str | None, sight: Sight) -> Deviation:
    service = sight.changes[0].service
    name = {"iam": "IAM", "lambda": "Lambda"}[service]
    missed = ", ".join(f"`{change.action}`" for change in sight.unseen)
    message = (
        f"nobody is told when a call to {name} changes access, such as `{sight.changes[0].action}`"
        if sight.blind
        else f"nobody is told of {missed}; other calls to {name} that change access are told"
    )
    dated = next((one for one in sight.unseen if one.logged != one.action), None)
    hint = f"add an EventBridge rule with a target in {region}"
    if recorded(place, region, sight.changes).blind:
        hint = f"{hint}; switch on a trail first, since EventBridge gets these events only where one records them"
    return Deviation(
        message=message,
        severity=Severity.WARNING if sight.blind else Severity.NOTE,
        root_cause=f"{place.account.id}/{region}/{service}/alarm",
        hint=f"{hint}; CloudTrail writes {dated.action} as `{dated.logged}`" if dated is not None else hint,
    )
