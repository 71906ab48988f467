"""Nobody records who changed access.

## What it checks

In every region of a live account where functions live: whether a trail that is switched on records the calls that
change access. Two kinds are asked for: changes to functions (`AddPermission`, `CreateFunctionUrlConfig` …), which
appear in the function's region, and changes to roles (`CreateRole`, `PutRolePolicy` …), which appear in one region
for the whole account (us-east-1). Multi-region trails and the organisation's trails count, selectors are evaluated on
an event of each call.

Event data stores of CloudTrail Lake are not looked at: waive the finding where one of them holds these events. A
template does not say what an account records elsewhere, so nothing is judged there.

## Why it matters

CloudTrail's own event history ends after 90 days and cannot be protected. Without a trail nobody can tell later who
let whom in, and an auditor who asks for the changes of a period gets none.

## Objective

Every change of access to functions and their roles is recorded and the record is kept.

## Test procedure

For each region with functions list the trails with `cloudtrail:DescribeTrails`, see with `cloudtrail:GetTrailStatus`
that `IsLogging` is true, and get the selectors with `cloudtrail:GetEventSelectors`. At least one trail must take in
management events that write, in that region, and one must take in the events of IAM, which appear in us-east-1;
multi-region trails and those of the organisation count. An exception is a region, or IAM, for which no such trail
logs. Take one change of a role and one of a function from the period and find the two events in the bucket of the
trail.

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
    {"arn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all", "logging": false, "multi_region": true,
     "validated": true, "selectors": [{"fields": [{"field": "eventCategory", "equals": ["Management"]}]}]}
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
  ]
}
```

## Remedy

Create one multi-region trail with management events of read and write, best for the whole organisation, into a bucket
of an account of its own.
"""

from __future__ import annotations

from apiece.access.place import Place
from apiece.access.recording import Sight, recorded, recordings
from apiece.controls.control import control
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC7_1, Criterion.CC7_2, Criterion.CC6_2),
    severity=Severity.ERROR,
    reads=("trails", "trail.logging", "trail.selectors"),
    remedy="create-trail",
)
def trail_missing(place: Place) -> Verdict:
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for region, changes in place.groups:
        sight = recorded(place, region, changes)
        if sight.unseen:
            deviations.append(_deviation(place, region, sight))
        unknowns += sight.unknowns
    return Verdict.of(tuple(deviations), tuple(dict.fromkeys(unknowns)))


def _deviation(place: Place, region: str | None, sight: Sight) -> Deviation:
    change = sight.unseen[0]
    found = recordings(place, region, change)
    reasons = sorted({one.why for one in found if one.why})
    what = "calls to IAM that change access" if change.service == "iam" else "calls to Lambda that change access"
    if not sight.blind:
        what = ", ".join(f"`{one.action}`" for one in sight.unseen)
    why = "; ".join(reasons) if reasons else "there is no trail" if not found else "no trail does"
    return Deviation(
        message=f"no trail records {what}: {why}",
        severity=Severity.ERROR,
        root_cause=f"{place.account.id}/{region}/{change.service}/trail",
        at=tuple(one.trail.at for one in found if one.trail.at is not None),
        hint="create a multi-region trail with management events",
        related=tuple(one.trail.subject for one in found),
    )
