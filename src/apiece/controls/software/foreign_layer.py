"""A function runs a layer of somebody else's account.

## What it checks

Each layer of the function, and of its published versions, by the account in the layer's ARN. A layer is your own where
that account is the function's, is read in the same run or belongs to the same organisation; it is AWS's where AWS
publishes layers from that account (Powertools, Lambda Insights, AppConfig, Parameters and Secrets, OpenTelemetry, SDK
for pandas). Any other layer is somebody else's. A template does not say which account it is deployed to, so an account
that it names by number is a note there.

## Why it matters

A layer is code: it is unpacked beside the function's own, runs with the function's role, and as an extension sees every
event and every environment variable. Whoever publishes it decides what it does, and no review of your own code shows
it. A layer's version does not change, but its publisher can delete it, and then the function cannot be updated.

## Objective

Code that runs with a function's permissions comes from the organisation itself or from AWS, unless somebody accepted
another publisher.

## Test procedure

List all functions of each region (`lambda:ListFunctions`) and take the ARN of each layer under `Layers`; for published
versions take them from `lambda:ListVersionsByFunction`. The fifth part of the ARN, between colons, is the account that
publishes the layer. Compare it with the list of the organisation's accounts and with AWS's own pages about its layers.
An account that is in neither is an exception, unless an accepted waiver names it.

## Fails

```json
{
  "accounts": [{"id": "111122223333"}],
  "functions": [
    {
      "arn": "arn:aws:lambda:us-east-1:111122223333:function:checkout",
      "latest": {"role": "arn:aws:iam::111122223333:role/checkout",
                 "layers": ["arn:aws:lambda:us-east-1:444455556666:layer:image-tools:7"]}
    }
  ]
}
```

## Passes

```json
{
  "accounts": [{"id": "111122223333"}],
  "functions": [
    {
      "arn": "arn:aws:lambda:us-east-1:111122223333:function:checkout",
      "latest": {"role": "arn:aws:iam::111122223333:role/checkout",
                 "layers": ["arn:aws:lambda:us-east-1:111122223333:layer:image-tools:7",
                            "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:52"]}
    }
  ]
}
```

## Remedy

Download the layer, review it, and publish it from an account of your own; or bring what it holds into the function's
own package. Where a vendor's layer is wanted (monitoring, security), waive the finding with an owner, so that it comes
up again.

## Limits

What a layer holds is not looked at. The table of AWS's accounts has a date: a region that opened later may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.index import Index
from apiece.controls.control import control
from apiece.controls.software.publishers import PUBLISHERS
from apiece.estate.function import Configuration, Function
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import MARK, HoleKind, Text, holes, marked, show, unmarked

_SEGMENTS = 6
_OWN = "the stack's own"


@control(
    criteria=(Criterion.CC6_8, Criterion.CC8_1),
    severity=Severity.WARNING,
    reads=("function.layers",),
    remedy="own-the-layer",
    cadence=Cadence.WEEKLY,
)
def foreign_layer(function: Function, index: Index) -> Verdict:
    layers = dict(_layers(function))
    if not layers:
        return Verdict.not_applicable("it has no layers")
    return Verdict.of_all(_of(function, layer, where, index) for layer, where in layers.items())


def _layers(function: Function) -> Iterator[tuple[Text, Configuration]]:
    """Each layer with one configuration that has it; of several the newest."""
    for version in function.versions:
        if version.configuration is not None:
            yield from ((layer, version.configuration) for layer in version.configuration.layers)
    yield from ((layer, function.latest) for layer in function.latest.layers)


def _of(function: Function, layer: Text, where: Configuration, index: Index) -> Deviation | Unknown | None:
    place = where.places.get("layers", function.at)
    at = (place,) if place is not None else ()
    account, name = _published(layer)
    if account is None:
        why = next((f": {hole.why}" for hole in holes(layer) if hole.why), "")
        reason = f"who publishes layer `{show(layer)[:120]}` is not known{why}"
        return Unknown(reason=reason, at=at, hint="read what defines it in the same run, or give the parameter")
    if account in PUBLISHERS or _is_ours(account, function, index):
        return None
    in_template = function.subject.account is None
    not_ours = "; a template does not say whether that is yours" if in_template else ", none of yours and none of AWS's"
    return Deviation(
        message=f"layer `{name}` is published by account {account}{not_ours}",
        severity=Severity.NOTE if in_template else Severity.WARNING,
        root_cause=f"layer/{account}/{name}",
        at=at,
        hint="publish a reviewed copy from an account of your own, or waive it with an owner",
    )


def _is_ours(account: str, function: Function, index: Index) -> bool:
    own = function.subject.account
    return account in {_OWN, own} or index.account(account) is not None or account in index.estate.members


def _published(layer: Text) -> tuple[str | None, str]:
    """The account that publishes a layer, None where it is not known, and the layer's name without its version."""
    parts = marked(layer).split(":", _SEGMENTS - 1)
    if len(parts) != _SEGMENTS:
        return None, ""
    *before, account, resource = parts
    unknown = iter(holes(layer))
    for _ in range(":".join(before).count(MARK)):
        next(unknown)
    if account == MARK:
        hole = next(unknown)
        account = _OWN if hole.kind is HoleKind.ACCOUNT and hole.name == "AWS::AccountId" else ""
    known = account == _OWN or (account.isascii() and account.isdigit())
    name = resource.removeprefix("layer:").partition(":")[0]
    return account if known else None, show(unmarked(name, unknown))[:64]
