"""A function runs on a runtime that AWS no longer supports.

## What it checks

The function's runtime identifier against AWS's table of deprecation dates, on the day of the check. A runtime that is
deprecated within the next 90 days is a note. Container images bring their own runtime and do not apply.

## Why it matters

A deprecated runtime gets no security patches. After its block dates the function can no longer be updated, so the
day a vulnerability must be fixed is the day it cannot be.

## Objective

Functions run on runtimes that AWS still patches.

## Test procedure

List all functions, and the versions that aliases name, with `lambda:ListFunctions` and
`lambda:ListVersionsByFunction`, and read `Runtime`. Compare each with the table of runtimes and deprecation dates in
the AWS Lambda developer guide on the day of the test. An exception is a runtime whose deprecation date has passed; a
date within the next 90 days is to be noted. Functions of package type `Image` have no runtime and are left out.

## Fails

```yaml
Resources:
  Legacy:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.7
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/legacy
      Code: {ZipFile: "def handler(event, context): pass"}
```

## Passes

```yaml
Resources:
  Current:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/current
      Code: {ZipFile: "def handler(event, context): pass"}
```

## Remedy

Move to a supported runtime and deploy. Test on the new version before the old one's block date.
"""

from __future__ import annotations

import datetime as dt

from apiece.controls.control import control
from apiece.controls.software.runtimes import RUNTIMES
from apiece.estate.function import Configuration, Function
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict

_SOON = dt.timedelta(days=90)


@control(
    criteria=(Criterion.CC6_8, Criterion.CC7_1),
    severity=Severity.ERROR,
    reads=("function.runtime",),
    remedy="upgrade-runtime",
    cadence=Cadence.WEEKLY,
)
def unsupported_runtime(function: Function, today: dt.date) -> Verdict:
    verdicts = [_of(function, function.latest, "", today)]
    verdicts += [
        _of(function, version.configuration, f" (version `{version.name}`)", today)
        for version in function.versions
        if version.configuration is not None
    ]
    deviations = tuple(item for verdict in verdicts for item in verdict.deviations)
    unknowns = tuple(item for verdict in verdicts for item in verdict.unknowns)
    return Verdict.of(deviations, unknowns) if deviations or unknowns else verdicts[0]


def _of(function: Function, configuration: Configuration, label: str, today: dt.date) -> Verdict:
    runtime = configuration.runtime
    place = configuration.places.get("runtime", function.at)
    at = (place,) if place else ()
    if configuration.package == "Image" or runtime is None:
        return Verdict.not_applicable("a container image brings its own runtime")
    if not isinstance(runtime, str):
        reason = "the runtime is not known before deployment"
        return Verdict.of(unknowns=(Unknown(reason=reason, at=at, hint="give the parameter with `--parameter`"),))
    lifecycle = RUNTIMES.get(runtime)
    if lifecycle is None:
        reason = f"`{runtime[:40]}` is not in this version's table of runtimes"
        return Verdict.of(unknowns=(Unknown(reason=reason, at=at, hint="update apiece, or check the spelling"),))
    if lifecycle.deprecated is None or lifecycle.deprecated > today + _SOON:
        return Verdict.passed()
    due = lifecycle.deprecated > today
    message = f"runtime `{runtime}`{label} {'is' if due else 'was'} deprecated on {lifecycle.deprecated.isoformat()}"
    deviation = Deviation(
        message=message,
        severity=Severity.NOTE if due else Severity.ERROR,
        root_cause=f"{function.subject.key}/runtime/{runtime}",
        at=at,
        hint="move to a supported runtime",
    )
    return Verdict.of((deviation,))
