"""Two functions run as the same role.

## What it checks

Each function's execution role against the roles of all other functions in the same deployment. Versions, aliases and
conditional forms of one function count as one function.

## Why it matters

A shared role holds the sum of what its functions need. If one of them is taken over, the attacker has the permissions
of all. Nobody can narrow the role either, because nobody knows which function needs what.

## Objective

Each function runs as a role of its own, so that what one function may do can be decided, reviewed and taken away for
that function alone.

## Test procedure

List all functions of all regions with `lambda:ListFunctions` and sort them by `Role`. A role that appears for more
than one function is an exception, one for each of these functions. Versions and aliases of one function count once.
In templates, compare what `Role` refers to of each `AWS::Lambda::Function` and `AWS::Serverless::Function`.

## Fails

```yaml
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties: &function
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/lambda
      Code: {ZipFile: "def handler(event, context): pass"}
  Mailer:
    Type: AWS::Lambda::Function
    Properties: *function
```

## Passes

```yaml
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/reader
      Code: {ZipFile: "def handler(event, context): pass"}
```

## Remedy

Give each function a role of its own with the statements that it needs. In SAM, leave `Role` out and state `Policies`.
"""

from __future__ import annotations

from apiece.access.index import Index
from apiece.controls.control import control
from apiece.estate.function import Function
from apiece.estate.identity import Role
from apiece.estate.subject import Subject
from apiece.estate.when import show
from apiece.records.verdict import Criterion, Deviation, Severity, Verdict
from apiece.text import Text
from apiece.text import show as spelled


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "functions"),
    remedy="split-role",
)
def shared_execution_role(function: Function, index: Index) -> Verdict:
    role = function.latest.role
    if role is None:
        return Verdict.passed()
    others: dict[str, Subject] = {
        other.subject.key: other.subject
        for other in index.functions_with_role(role, function.when)
        if other.subject != function.subject
    }
    if not others:
        return Verdict.passed()
    related = tuple(others[key] for key in sorted(others))
    known = next(index.roles_with_arn(role, function.when), None)
    name = known[0].subject.name if known is not None else _short(spelled(role))
    place = function.latest.places.get("role", function.at)
    deviation = Deviation(
        message=f"{len(others) + 1} functions share role `{name}` {show(function.when)}".rstrip(),
        severity=Severity.ERROR,
        root_cause=f"role/{_cause(role, known[0] if known is not None else None)}",
        at=(place,) if place else (),
        hint="give each function a role of its own",
        related=related,
    )
    return Verdict.of((deviation,))


def _cause(role: Text, known: Role | None) -> str:
    """The role's ARN; of a role that a template names, the role there: another template may use the same name."""
    return known.subject.key if known is not None and not isinstance(role, str) else spelled(role)


def _short(arn: str) -> str:
    return arn.rpartition("/")[2] or arn
