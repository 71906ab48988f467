"""A statement allows every action of a service, or by a wildcard the right to change permissions.

## What it checks

The actions that a statement's patterns take in, whatever they are spelled like. All known actions of a service are an
error (a warning where the statement's resources are one container). A wildcard that takes in actions which change
permissions, and that the statement's resources make usable, is a warning; for access lists of single objects a note.
Actions that are listed by name are the author's decision and are never reported.

## Why it matters

A function reads, or writes, or sends. `dynamodb:*` also deletes the table and changes its policy. New actions of the
service are allowed from the day AWS publishes them.

## Objective

Functions' roles hold the actions that somebody chose by name, not whole services, and not by a wildcard the right to
change permissions.

## Test procedure

For the role of each function (`lambda:ListFunctions`, field `Role`) get all inline and attached policies and expand
each pattern in `Action` against AWS's list of actions of the service. An exception is an Allow statement that takes
in all actions of a service, or one whose wildcard takes in actions of the access level *permissions management*, such
as `iam:Put*` or `s3:*Policy`. Actions that are written out in full are not exceptions here. Confirm with
`iam:SimulatePrincipalPolicy` that the role may do one action of the pattern that the function has no use for.

## Fails

```json
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Orders"}
]}
```

## Passes

```json
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"],
   "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Orders"}
]}
```

## Remedy

List the actions that the function calls.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import lru_cache

from apiece.access.admin import is_admin_statement
from apiece.access.arn_format import formats_of
from apiece.access.execution import Execution
from apiece.access.rights import InForce, allows, any_of, first_shown, shown, witness
from apiece.access.telling import First, commonness, telling
from apiece.access.unsettled import unsettled
from apiece.access.wide import Reach, Width, reaches, width_of
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.when import show
from apiece.iam import catalog
from apiece.iam.document import Statement, Word
from apiece.iam.granted import Grant, Granted
from apiece.iam.request import Request
from apiece.iam.solver.rules import has_open_action
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import is_open
from apiece.text import show as spelled

_PERMISSIONS = "Permissions management"
_OBJECT_ACLS = frozenset(
    {"s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:ObjectOwnerOverrideToBucketOwner", "s3:BypassGovernanceRetention"}
)
_FEWEST = 2
_MOST_SERVICES = 5
_MOST_TRIED = 6
_MOST_SHOWN = 60


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "role.policies", "role.boundary"),
    remedy="list-actions",
)
def wide_action(execution: Execution, estate: Estate) -> Verdict:
    found: list[Deviation | Unknown] = []
    for force in allows(execution, estate):
        if is_admin_statement(force.statement) or force.statement.actions is None:
            continue  # other controls name the cause
        if has_open_action(force.statement):
            found.append(unsettled(force.statement, f"which actions {force.title} allows", force.at()))
        whole = whole_services(force.statement)
        found += _whole(execution, force, whole) if whole else _permissions(execution, force)
    return Verdict.of_all(found)


def whole_services(statement: Statement) -> tuple[str, ...]:
    """Services of which a statement's wildcards take in every known action."""
    words = tuple(word.text for word in statement.actions or () if isinstance(word.text, str))
    return _whole_services(words)


@lru_cache(maxsize=4096)
def _whole_services(words: tuple[str, ...]) -> tuple[str, ...]:
    table = catalog.load()
    wild = [word for word in words if set(word) & {"*", "?"}]
    found: dict[str, set[str]] = {}
    for word in wild:
        for action in table.expand(word):
            found.setdefault(action.service, set()).add(action.name)
    return tuple(
        service
        for service in sorted(found)
        if len(found[service]) >= _FEWEST and len(found[service]) == len(table.actions(service))
    )


def _whole(execution: Execution, force: InForce, services: tuple[str, ...]) -> Iterator[Deviation | Unknown]:
    """One finding a service; one for all of them where they are too many to be read."""
    reached = list(reaches(execution, force))
    words = force.statement.resources
    if words is not None and not any(isinstance(word.text, str) and set(word.text) == {"*"} for word in words):
        # Some services list others' resources as their own: Systems Manager is not what a star on a bucket is about.
        touched = {reach.kind.service for reach in reached if f":{reach.kind.service}:" in reach.kind.arn}
        services = tuple(service for service in services if service in touched)
    many = len(services) > _MOST_SERVICES
    for group in [services] if many else [(service,) for service in services]:
        own = [reach for reach in reached if reach.kind.service in group]
        found = _shown(execution, force, own, group)
        service = group[0] if found.witness is None else found.witness.action.partition(":")[0]
        word = _first_wild(force.statement, service)
        name = f"{len(group)} services" if many else catalog.load().service_name(service) or service
        if found.result is Granted.UNKNOWN:
            what = f"whether {force.title} allows every action of {name}"
            yield unsettled(force.statement, what, force.at(word.span))
        if found.witness is None:
            continue
        judged = reached if many else own
        confined = bool(judged) and all(reach.width.rank >= Width.FIXED.rank for reach in judged)
        yield _deviation(
            execution,
            force,
            word,
            f"allows every action of {name}",
            found.witness,
            Severity.WARNING if confined else Severity.ERROR,
            f"{spelled(word.text)}" if many else f"{service}:*",
        )


def _permissions(execution: Execution, force: InForce) -> Iterator[Deviation | Unknown]:
    """Wildcards that take in actions which change permissions."""
    reached: list[Reach] | None = None
    for word in force.statement.actions or ():
        if not isinstance(word.text, str) or not set(word.text) & {"*", "?"}:
            continue
        taken = {action.name for action in catalog.load().expand(word.text) if action.access_level == _PERMISSIONS}
        if not taken:
            continue
        reached = list(reaches(execution, force)) if reached is None else reached
        usable, unknown = _usable(execution, force, reached, taken)
        if usable:
            first = usable[0]
            only_acls = all(request.action in _OBJECT_ACLS for request in usable)
            yield _deviation(
                execution,
                force,
                word,
                f"takes in `{first.action}`, which changes permissions, with `{word.text}`",
                first,
                Severity.NOTE if only_acls else Severity.WARNING,
                word.text,
            )
        elif unknown:
            what = f"whether {force.title} changes permissions with `{word.text}`"
            yield unsettled(force.statement, what, force.at(word.span))


def _usable(execution: Execution, force: InForce, reached: list[Reach], taken: set[str]) -> tuple[list[Request], bool]:
    """Requests that show that permissions can really be changed, of the gravest kind first; whether it is unknown."""
    own = [(reach, action.name) for reach in reached for action in reach.actions if action.name in taken]
    answers = [_allowed(execution, force, *one) for one in own]
    found = [answer.witness for answer in answers if answer.witness is not None]
    unknown = any(answer.result is Granted.UNKNOWN for answer in answers)
    return sorted(found, key=lambda request: (request.action in _OBJECT_ACLS, request.action)), unknown


def _shown(execution: Execution, force: InForce, own: list[Reach], services: tuple[str, ...]) -> Grant:
    """Ask for a request of the services that the execution allows; one that changes something, where there is one."""
    certain = {reach.kind.service for reach in own if not reach.open and not reach.undecided}
    ordered = sorted(services, key=lambda service: service not in certain)
    tried = itertools.chain.from_iterable(_likely(execution, force, own, service) for service in ordered)
    found = first_shown(itertools.islice(tried, _MOST_SHOWN))
    return found if found.witness is not None else any_of(execution, force, *(f"{one}:*" for one in services))


def _likely(execution: Execution, force: InForce, reached: list[Reach], service: str) -> Iterator[Grant]:
    own = [reach for reach in reached if reach.kind.service == service]
    for reach in sorted(own, key=lambda reach: (-len(reach.actions), -commonness(reach.kind), reach.kind.name)):
        for action in telling(reach.actions, First.CHANGING)[:_MOST_TRIED]:
            yield _allowed(execution, force, reach, action.name)
    alone = [action for action in catalog.load().actions(service) if action.is_wildcard_only]
    for action in telling(alone, First.CHANGING)[:_MOST_TRIED]:
        yield shown(execution, action.name, "*", force.when)


def _allowed(execution: Execution, force: InForce, reach: Reach, action: str) -> Grant:
    """Ask for a request on an example of what is reached."""
    arn = reach.example or example_of(reach)
    return shown(execution, action, arn, force.when) if arn is not None else Grant(Granted.UNKNOWN)


def example_of(reach: Reach) -> str | None:
    """An ARN of the reach's type that its word matches."""
    if is_open(reach.word.text):
        return None
    for format_ in formats_of(reach.kind.arn):
        _, example = width_of(reach.word.text, format_)
        if example is not None:
            return example
    return None


def _first_wild(statement: Statement, service: str) -> Word:
    words = statement.actions or ()
    named = [word for word in words if isinstance(word.text, str) and set(word.text) & {"*", "?"}]
    of_service = [word for word in named if str(word.text).lower().startswith(f"{service}:")]
    return (of_service or named or list(words))[0]


def _deviation(
    execution: Execution, force: InForce, word: Word, what: str, request: Request, severity: Severity, cause: str
) -> Deviation:
    owner = execution.role.subject.key if execution.role is not None else execution.subject.key
    return Deviation(
        message=f"{force.title} {what} {show(force.when)}".rstrip(),
        severity=severity,
        root_cause=f"{owner}/{force.root_cause}/{cause}",
        at=force.at(word.span),
        hint="list the actions that the function calls",
        witness=witness(request),
        related=(execution.role.subject,) if execution.role is not None else (),
    )
