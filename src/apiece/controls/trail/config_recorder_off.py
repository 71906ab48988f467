"""AWS Config does not keep the history of functions or roles.

## What it checks

In every region of a live account where functions live: whether an AWS Config recorder is switched on and records
functions, and whether some region of the account records roles and policies of IAM.

## Why it matters

AWS Config keeps what a thing looked like on any day. Without it nobody can show how a role or a function was
configured in a period that is over, and no Config rule that waits for changes is ever evaluated.

## Objective

How functions and roles were configured on any day of a period can be shown afterwards.

## Test procedure

For each region with functions call `config:DescribeConfigurationRecorders` and
`config:DescribeConfigurationRecorderStatus`. The recorder must be recording, and its recording group must take in
`AWS::Lambda::Function`; one region of the account must take in `AWS::IAM::Role` and `AWS::IAM::Policy`. An exception
is a region, or IAM, for which that is not so. Ask for the history of one function with
`config:GetResourceConfigHistory` and see that it covers the period.

## Fails

```json
{
  "accounts": [
    {"id": "111122223333", "regions": ["us-east-1"], "every_region": true}
  ],
  "functions": [
    {"arn": "arn:aws:lambda:us-east-1:111122223333:function:mailer", "latest": {}}
  ],
  "config_recorders": [
    {"arn": "arn:aws:config:us-east-1:111122223333:configuration-recorder/default", "recording": true,
     "all_supported": false, "types": ["AWS::S3::Bucket"]}
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
  "config_recorders": [
    {"arn": "arn:aws:config:us-east-1:111122223333:configuration-recorder/default", "recording": true,
     "all_supported": true, "global_types": true}
  ]
}
```

## Remedy

Switch on a recorder for `AWS::Lambda::Function` in each region with functions, and for `AWS::IAM::Role` and
`AWS::IAM::Policy` in one region.
"""

from __future__ import annotations

from apiece.access.kleene import every, some
from apiece.access.place import Place, Spot
from apiece.controls.control import control
from apiece.estate.watch import ConfigRecorder
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict

_FUNCTION = "AWS::Lambda::Function"
_IDENTITIES = ("AWS::IAM::Role", "AWS::IAM::Policy")
_REGIONS = frozenset({
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ap-southeast-3", "ca-central-1", "cn-north-1", "cn-northwest-1", "eu-central-1", "eu-north-1",
    "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1", "sa-east-1", "us-east-1", "us-east-2",
    "us-gov-east-1", "us-gov-west-1", "us-west-1", "us-west-2",
})  # fmt: skip
"""Where AWS Config was before February 2022: only there can it record identities (its developer guide, "Recording AWS
resources")."""
_NOT_KNOWN = Unknown(reason="what the AWS Config recorder records is not known")


@control(
    criteria=(Criterion.CC7_1, Criterion.CC7_2),
    severity=Severity.WARNING,
    reads=("config-recorders", "config-recorder.recording"),
    remedy="switch-on-recorder",
    cadence=Cadence.WEEKLY,
)
def config_recorder_off(place: Place) -> Verdict:
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    match _records(place, place.spot, _FUNCTION):
        case False:
            deviations.append(_deviation(place, (_FUNCTION,), _why(place)))
        case None:
            unknowns += _doubts(place, place.spot)
    spots = [(place.account.id, region) for region in place.account.regions if region in _REGIONS]
    answers = {kind: some(_records(place, spot, kind) for spot in spots) for kind in _IDENTITIES}
    missing = tuple(kind for kind in _IDENTITIES if answers[kind] is False)
    whole = place.account.every_region is True
    if missing and whole:
        deviations.append(_deviation(place, missing, "no region of the account records them"))
    elif missing:
        reason = "no region that was read records roles and policies of IAM, and not all regions were read"
        unknowns.append(Unknown(reason=reason, hint="read all regions: name none in the target"))
    if None in answers.values():
        open_ = [spot for spot in spots if None in {_records(place, spot, kind) for kind in _IDENTITIES}]
        unknowns += [doubt for spot in open_ for doubt in _doubts(place, spot)]
    return Verdict.of(tuple(deviations), tuple(dict.fromkeys(unknowns)))


def _records(place: Place, spot: Spot, kind: str) -> bool | None:
    missing = place.watch.unread(spot, "config-recorders")
    found = [every((one.recording, _takes(one, kind))) for one in place.watch.recorders.get(spot, ())]
    return some((*found, *((None,) if missing else ())))


def _takes(recorder: ConfigRecorder, kind: str) -> bool | None:
    if kind in recorder.excluded:
        return False
    if kind in recorder.types:
        return True
    if recorder.all_supported and kind in _IDENTITIES:
        return recorder.global_types
    return recorder.all_supported


def _why(place: Place) -> str:
    found = place.watch.recorders.get(place.spot, ())
    if not found:
        return "there is no recorder"
    if all(one.recording is False for one in found):
        return "the recorder is switched off"
    return "the recorder leaves them out"


def _doubts(place: Place, spot: Spot) -> tuple[Unknown, ...]:
    listed = place.watch.recorders.get(spot, ())
    own = (doubt for one in listed for doubt in place.watch.doubts(one.subject, "config-recorder.recording"))
    return (*place.watch.unread(spot, "config-recorders"), *own) or (_NOT_KNOWN,)


def _deviation(place: Place, kinds: tuple[str, ...], why: str) -> Deviation:
    here = kinds == (_FUNCTION,)
    found = place.watch.recorders.get(place.spot, ())
    return Deviation(
        message=f"AWS Config does not record {' and '.join(kinds)}: {why}",
        severity=Severity.WARNING,
        root_cause=f"{place.account.id}/{place.region if here else 'iam'}/recorder",
        at=tuple(one.at for one in found if one.at is not None) if here else (),
        hint="switch on a recorder for these types",
        related=tuple(one.subject for one in found) if here else (),
    )
