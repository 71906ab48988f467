"""Use of data is not recorded.

## What it checks

In every region of a live account where functions live: whether trails that are switched on record data events, of
reads and of writes: invocations of these functions, and access to objects in S3. Tables of DynamoDB are asked for where
the account has some. Selectors are evaluated, for each function, bucket and table that was read.

## Why it matters

"Not seen" means "unused" only where the trail covered it. Without data events a permission to read objects can not be
shown to be unused, and after an incident nobody can say which objects were read. Data events are billed by number, so
leaving them out may be right: that is why this is a note, to be fixed or waived with the reason.

## Objective

Use of the data that functions work on is recorded, or somebody decided with a reason that it is not.

## Test procedure

For each region with functions list the trails (`cloudtrail:DescribeTrails`), see that they log
(`cloudtrail:GetTrailStatus`) and get their selectors (`cloudtrail:GetEventSelectors`). For data events of
`AWS::Lambda::Function`, `AWS::S3::Object` and, where there are tables, `AWS::DynamoDB::Table`, note which functions,
buckets and tables the selectors take in, for reads and for writes. An exception is a kind of data, or a single
function, bucket or table, that no trail takes in and for which no decision with a reason is on record.

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
     "validated": true, "selectors": [{"fields": [{"field": "eventCategory", "equals": ["Management"]}]},
     {"fields": [{"field": "eventCategory", "equals": ["Data"]}, {"field": "resources.type",
     "equals": ["AWS::Lambda::Function"]}]}, {"fields": [{"field": "eventCategory", "equals": ["Data"]},
     {"field": "resources.type", "equals": ["AWS::S3::Object"]}]}]}
  ]
}
```

## Remedy

Add data events to a trail, with advanced selectors for the buckets and functions that matter. Where the cost is not
worth it, waive the finding and say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from apiece.access.changes import selects
from apiece.access.kleene import every, some
from apiece.access.place import Place
from apiece.access.recording import doubts
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.subject import SubjectKind
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import show

Calls = tuple[tuple[str, bool], ...]
"""Names of calls as CloudTrail writes them, and whether they only read."""
_INVOKED: Calls = (("Invoke", False),)
_OBJECTS: Calls = (("GetObject", True), ("PutObject", False))
_ITEMS: Calls = (("GetItem", True), ("PutItem", False))


@control(
    criteria=(Criterion.CC7_2,),
    severity=Severity.NOTE,
    reads=("trails", "trail.logging", "trail.selectors"),
    remedy="record-data-events",
    cadence=Cadence.QUARTERLY,
)
def data_events_not_recorded(place: Place, estate: Estate) -> Verdict:
    deviations: list[Deviation] = []
    open_ = False
    listed = not place.watch.unread(place.spot, "trails")
    for data in _kinds(place, estate):
        answers = [_recorded(place, data, arn) for arn in data.arns]
        missed = sum(answer is False for answer in answers)
        if missed and listed:
            deviations.append(_deviation(place, data, missed))
        open_ |= None in answers or (missed > 0 and not listed)
    unknowns = doubts(place, place.region) if open_ else ()
    if open_ and not unknowns:
        unknowns = (Unknown(reason="a trail selects data events by a field that is not known here"),)
    unknowns += place.unlisted_resources
    return Verdict.of(tuple(deviations), unknowns)


@dataclass(frozen=True)
class _Kind:
    """Things of one kind whose use can be recorded; `calls` are what must be recorded."""

    type: str
    what: str
    one: str
    source: str
    calls: Calls
    arns: tuple[str, ...]


def _kinds(place: Place, estate: Estate) -> Iterator[_Kind]:
    partition = place.account.partition
    functions = tuple(show(function.arn) for function in place.functions)
    yield _Kind("AWS::Lambda::Function", "invocations", "function", "lambda.amazonaws.com", _INVOKED, functions)
    buckets = tuple(f"{arn}/example" for arn in _arns(place, estate, SubjectKind.BUCKET))
    anywhere = (f"arn:{partition}:s3:::example-bucket/example",)
    yield _Kind("AWS::S3::Object", "access to objects", "bucket", "s3.amazonaws.com", _OBJECTS, buckets or anywhere)
    tables = tuple(_arns(place, estate, SubjectKind.TABLE))
    yield _Kind("AWS::DynamoDB::Table", "access to items", "table", "dynamodb.amazonaws.com", _ITEMS, tables)


def _arns(place: Place, estate: Estate, kind: SubjectKind) -> Iterator[str]:
    """The account's things of a kind; those of a region are of this one."""
    for resource in estate.resources:
        own = resource.subject
        if own.kind is kind and own.account == place.account.id and own.region in {None, place.region}:
            yield show(resource.arn)


def _recorded(place: Place, data: _Kind, arn: str) -> bool | None:
    trails = place.watch.trails.get(place.spot, ())
    return every(
        some(every((trail.logging, selects(trail.selectors, _event(data, call, arn)))) for trail in trails)
        for call in data.calls
    )


def _event(data: _Kind, call: tuple[str, bool], arn: str) -> Mapping[str, str]:
    name, reads = call
    return {
        "eventCategory": "Data",
        "resources.type": data.type,
        "resources.ARN": arn,
        "eventSource": data.source,
        "eventName": name,
        "eventType": "AwsApiCall",
        "readOnly": "true" if reads else "false",
        "sessionCredentialFromConsole": "false",
    }


def _deviation(place: Place, data: _Kind, missed: int) -> Deviation:
    total = len(data.arns)
    part = "" if missed == total else f" of {missed} of {total} {data.one}s"
    return Deviation(
        message=f"no trail records {data.what} ({data.type}){part}",
        severity=Severity.NOTE,
        root_cause=f"{place.account.id}/{place.region}/data/{data.type}",
        hint="add data events to a trail, or waive with the reason",
        related=tuple(trail.subject for trail in place.watch.trails.get(place.spot, ())),
    )
