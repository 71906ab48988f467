"""The record of who changed access can be altered unseen.

## What it checks

In every region of a live account where functions live: whether at least one trail that records changes of access (see
`trail-missing`) has log file validation switched on. Where no trail records them it does not apply.

## Why it matters

With validation CloudTrail signs a digest of its files each hour. Without it, whoever can write to the bucket can remove
the line that names them, and nothing shows that it was there.

## Objective

The record of who changed access cannot be altered without being noticed.

## Test procedure

For each region with functions list the trails with `cloudtrail:DescribeTrails` and keep those that record changes of
access (see `trail-missing`). Read `LogFileValidationEnabled`. An exception is a region for which none of these trails
has it switched on. For one trail and one day of the period, run `aws cloudtrail validate-logs`: a file that does not
validate is an exception of its own.

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
     "validated": false, "selectors": [{"fields": [{"field": "eventCategory", "equals": ["Management"]}]}]}
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

Switch it on: `aws cloudtrail update-trail --name TRAIL --enable-log-file-validation`. It costs nothing and holds from
that moment on; files from before stay without proof.
"""

from __future__ import annotations

from apiece.access.place import Place
from apiece.access.recording import doubts, recordings
from apiece.controls.control import control
from apiece.estate.watch import Trail
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import show


@control(
    criteria=(Criterion.CC7_2,),
    severity=Severity.WARNING,
    reads=("trails", "trail.logging", "trail.selectors"),
    remedy="validate-log-files",
    cadence=Cadence.WEEKLY,
)
def trail_not_validated(place: Place) -> Verdict:
    deviations: dict[str, Deviation] = {}
    unknowns: dict[str, Unknown] = {}
    recorded = False
    for region, changes in place.groups:
        found = [one for change in changes for one in recordings(place, region, change)]
        sure = {one.trail.subject.key: one.trail for one in found if one.answer}
        recorded |= bool(sure)
        if any(trail.validated for trail in sure.values()):
            continue
        open_ = doubts(place, region)
        if open_:
            unknowns |= {one.reason: one for one in open_}
        else:
            deviations |= {key: _deviation(trail) for key, trail in sorted(sure.items())}
    if not recorded and not unknowns:
        return Verdict.not_applicable("no trail records changes of access here")
    return Verdict.of(tuple(deviations.values()), tuple(unknowns.values()))


def _deviation(trail: Trail) -> Deviation:
    return Deviation(
        message=f"log file validation is off on trail `{show(trail.name)[:80]}`",
        severity=Severity.WARNING,
        root_cause=f"{trail.subject.key}/validation",
        at=(trail.at,) if trail.at is not None else (),
        hint="switch on log file validation; it costs nothing",
        related=(trail.subject,),
    )
