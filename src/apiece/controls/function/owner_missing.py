"""Nobody is named who answers for a function.

## What it checks

Each function against the rules of `[owners]` in `apiece.toml`: by its name, by its stack or the path of its template,
and by the first of the named tags that it has. Where no such rules are configured the control does not run.

## Why it matters

A finding that belongs to nobody is mended by nobody, and access that belongs to nobody is reviewed by nobody. The day
to find out whose a function is comes before the day it matters.

## Objective

Every function has an owner who answers for its access, its findings and its review.

## Test procedure

List all functions of all regions with `lambda:ListFunctions`, and their tags with `tag:GetResources` for the type
`lambda:function`. For each function look up its owner: in the organisation's list of applications, or by the tag that
the organisation's rules name. An exception is a function without an owner, or whose owner is a person or team that
is no longer there.

## Fails

The owners are configured by the tag `owner`.

```yaml
Resources:
  Mailer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/mailer
      Code: {S3Bucket: code, S3Key: mailer.zip}
```

## Passes

```yaml
Resources:
  Mailer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/mailer
      Code: {S3Bucket: code, S3Key: mailer.zip}
      Tags: [{Key: owner, Value: team-messages}]
```

## Remedy

Give the function the tag, or add a rule for its name or its stack to `apiece.toml`.

## Limits

Whether the owner that is named exists, and knows of it, is not looked into. Tags that a stack hands down to what it
makes are not in its template: there a rule by stack says the same.
"""

from __future__ import annotations

from apiece.controls.control import control
from apiece.estate.function import Function
from apiece.records.owners import Owners, Unsettled
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_2, Criterion.CC6_3),
    severity=Severity.NOTE,
    reads=("function.tags",),
    remedy="name-an-owner",
    cadence=Cadence.WEEKLY,
)
def owner_missing(function: Function, owners: Owners) -> Verdict:
    at = (function.at,) if function.at is not None else ()
    match owners.of_function(function):
        case Unsettled() as why:
            live = why is Unsettled.UNREAD and function.subject.account is not None
            hint = "grant `tag:GetResources`" if live else "add a rule for its name or its stack"
            return Verdict.of(unknowns=(Unknown(reason=why.value, at=at, hint=hint),))
        case None:
            asked = ", ".join(f"`{name}`" for name in owners.tags)
            tag = f" and it has no tag {asked}" if asked else ""
            deviation = Deviation(
                message=f"no rule names its owner{tag}",
                severity=Severity.NOTE,
                root_cause=f"owner/{function.subject.key}",
                at=at,
                hint="tag it, or add a rule for its name or its stack to `[owners]` in `apiece.toml`",
            )
            return Verdict.of((deviation,))
        case _:
            return Verdict.passed()
