"""A statement allows everything except what it lists.

## What it checks

`NotAction` and `NotResource` in statements that allow. A statement whose resources are fixed to one container is a
warning; any other is an error. The request shown is one that the statement's author hardly thought of.

## Why it matters

Such a statement grows by itself. Every service and every action that AWS adds, and every resource that anyone
creates, is allowed from the day it exists, without a change that somebody could review.

## Objective

Functions' roles are allowed what is listed, so that access does not grow when AWS or anybody else adds something.

## Test procedure

For the role of each function (`lambda:ListFunctions`, field `Role`) get all inline and attached policies with
`iam:GetRolePolicy` and `iam:GetPolicyVersion`. Look through the statements with `Effect: Allow` for the elements
`NotAction` and `NotResource`. Each such statement is an exception. To grade it, see whether its resources are fixed
to one bucket, table or other single thing; if they are not, simulate an action that the list does not mention
(`iam:SimulatePrincipalPolicy`) and keep the answer.

## Fails

```json
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
```

## Passes

```json
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-app-uploads/*"},
  {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}
]}
```

## Remedy

Name what is allowed. Where something must stay out of reach in any case, say so in a Deny of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from apiece.access.execution import Execution
from apiece.access.rights import InForce, allows, any_of, caller, denials, first_shown, shown, witness
from apiece.access.telling import First, telling
from apiece.access.unsettled import unsettled
from apiece.access.wide import Width, granted_actions, reaches
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.when import show
from apiece.iam.granted import Grant, Granted
from apiece.iam.request import Request
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import show as spelled

_MOST_NAMED = 3
_MOST_SHOWN = 30
_TELLING = (
    ("s3:DeleteBucket", "arn:aws:s3:::another-bucket"),
    ("kms:ScheduleKeyDeletion", "arn:aws:kms:us-east-1:{account}:key/another-key"),
    ("iam:CreateUser", "arn:aws:iam::{account}:user/another-user"),
    ("dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:{account}:table/another-table"),
)


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "role.policies", "role.boundary"),
    remedy="name-what-is-allowed",
)
def allow_by_exclusion(execution: Execution, estate: Estate) -> Verdict:
    found = [
        _judged(execution, force)
        for force in allows(execution, estate)
        if force.statement.not_actions is not None or force.statement.not_resources is not None
    ]
    return Verdict.of_all(found)


def _judged(execution: Execution, force: InForce) -> Deviation | Unknown | None:
    """None where nothing is left of what the statement allows."""
    found = first_shown(itertools.islice(_likely(execution, force), _MOST_SHOWN))
    if found.witness is None:
        found = any_of(execution, force, "*")
    if found.witness is not None:
        return _deviation(execution, force, found.witness)
    if found.result is Granted.UNKNOWN:
        return unsettled(force.statement, f"what {force.title} allows by exclusion", force.at())
    return None


def _deviation(execution: Execution, force: InForce, request: Request) -> Deviation:
    statement = force.statement
    element = "NotAction" if statement.not_actions is not None else "NotResource"
    words = statement.not_actions if statement.not_actions is not None else statement.not_resources or ()
    owner = execution.role.subject.key if execution.role is not None else execution.subject.key
    listed = ", ".join(f"`{spelled(word.text)}`" for word in words[:_MOST_NAMED])
    more = f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    what = "every action" if element == "NotAction" else "every resource"
    return Deviation(
        message=f"{force.title} allows {what} except {listed}{more} {show(force.when)}".rstrip(),
        severity=_severity(execution, force),
        root_cause=f"{owner}/{force.root_cause}/{element}",
        at=force.at(words[0].span if words else None),
        hint="name what is allowed",
        witness=witness(request),
        related=(execution.role.subject,) if execution.role is not None else (),
    )


def _severity(execution: Execution, force: InForce) -> Severity:
    words = force.statement.resources
    everything = words is not None and any(isinstance(word.text, str) and set(word.text) == {"*"} for word in words)
    unlimited = not execution.boundary and not execution.scp and not denials(execution, force.when)
    if words is None or (everything and unlimited):
        return Severity.ERROR  # at once: which actions those are need not be known
    confined = all(reach.width.rank >= Width.FIXED.rank for reach in reaches(execution, force))
    return Severity.WARNING if confined else Severity.ERROR


def _likely(execution: Execution, force: InForce) -> Iterator[Grant]:
    """Ask for telling requests, then for one of each kind that the statement reaches."""
    account = caller(execution).account
    for action, resource in _TELLING:
        yield shown(execution, action, resource.format(account=account), force.when)
    names = granted_actions(force.statement)
    for reach in reaches(execution, force):
        first = telling((action for action in reach.actions if action.name in names), First.CHANGING)
        if reach.example is not None and first:
            yield shown(execution, first[0].name, reach.example, force.when)
