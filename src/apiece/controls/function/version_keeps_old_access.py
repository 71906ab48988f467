"""A published version that is still called keeps a role or a secret that the function has lost.

## What it checks

Versions that an alias, an event source or a permission reaches. A version freezes its role and its environment: a role
that allows a request which the role of `$LATEST` does not, or a variable that holds a secret in plain text. It needs a
live estate: a template does not hold the versions that were published before.

## Why it matters

Narrowing a role or moving a secret changes `$LATEST` alone. Whoever calls the alias runs the old version, with the old
role and the old secret, and every look at the function shows the new ones.

## Fails

```json
{
  "accounts": [{"id": "111122223333"}],
  "functions": [
    {
      "arn": "arn:aws:lambda:us-east-1:111122223333:function:invoice",
      "latest": {"role": "arn:aws:iam::111122223333:role/narrow"},
      "versions": [{"name": "7", "configuration": {"role": "arn:aws:iam::111122223333:role/broad"}}],
      "aliases": [{"name": "live", "version": "7"}]
    }
  ],
  "roles": [
    {
      "arn": "arn:aws:iam::111122223333:role/narrow",
      "policies": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::invoices/*"}]}
    },
    {
      "arn": "arn:aws:iam::111122223333:role/broad",
      "policies": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::invoices/*"}]}
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
      "arn": "arn:aws:lambda:us-east-1:111122223333:function:invoice",
      "latest": {"role": "arn:aws:iam::111122223333:role/narrow"},
      "versions": [{"name": "7", "configuration": {"role": "arn:aws:iam::111122223333:role/narrow"}}],
      "aliases": [{"name": "live", "version": "7"}]
    }
  ]
}
```

## Remedy

Publish a version of the function as it is now, move the alias to it, and delete the old version.
"""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.execution import Execution, running_as
from apiece.access.index import Index
from apiece.access.reachable import reachable_versions
from apiece.access.rights import InForce, allows, is_allowed, request_of, witness
from apiece.access.telling import First, telling
from apiece.access.wide import granted_actions
from apiece.controls.control import control
from apiece.estate.function import Function, Version
from apiece.iam.request import Request
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import Text, example, is_open
from apiece.text import show as spelled

_TRIED = 60


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=(
        "function.aliases",
        "function.policies",
        "function.environment",
        "event-sources",
        "role.policies",
        "role.boundary",
    ),
    remedy="move-alias",
)
def version_keeps_old_access(function: Function, index: Index) -> Verdict:
    reachable = reachable_versions(function)
    if not reachable:
        return Verdict.not_applicable("no published version is reachable")
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for version, how in reachable.values():
        deviations += _secrets(function, version, how)
        _judge_role(function, version, how, index, (deviations, unknowns))
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _secrets(function: Function, version: Version, how: str) -> Iterator[Deviation]:
    configuration = version.configuration
    for variable in configuration.environment if configuration is not None else ():
        if variable.hits:
            yield Deviation(
                message=f"version `{spelled(version.name)}`, called {how}, keeps a secret in `{variable.name}`",
                severity=Severity.ERROR,
                root_cause=f"{function.subject.key}/{spelled(version.name)}/{variable.name}",
                at=(variable.at,) if variable.at is not None else (),
                hint="publish the function without it, move the alias, delete the version, and change the secret",
            )


def _judge_role(
    function: Function, version: Version, how: str, index: Index, found: tuple[list[Deviation], list[Unknown]]
) -> None:
    deviations, unknowns = found
    old = version.configuration.role if version.configuration is not None else None
    new = function.latest.role
    if old is None or new is None or old == new:
        return
    at = (version.at,) if version.at is not None else ()
    name = f"version `{spelled(version.name)}`, called {how},"
    request = _more(running_as(function, old, index), list(running_as(function, new, index)), index)
    if request is None:
        reason = f"{name} runs as `{_short(old)}`; whether that role may more than `{_short(new)}` is not known"
        unknowns.append(Unknown(reason=reason, at=at, hint="publish the function again and move the alias"))
        return
    deviations.append(
        Deviation(
            message=f"{name} runs as `{_short(old)}`, which may what `{_short(new)}` may not",
            severity=Severity.ERROR,
            root_cause=f"{function.subject.key}/{spelled(version.name)}/role",
            at=at,
            hint="publish the function as it is now, move the alias to that version, delete the old one",
            witness=witness(request),
        )
    )


def _more(before: Iterator[Execution], after: list[Execution], index: Index) -> Request | None:
    """A request that the old role allows and the new one does not, None where none was found."""
    for execution in before:
        for force in allows(execution, index.estate):
            for request in _tried(execution, force):
                if is_allowed(execution, request, force.when) and not any(
                    is_allowed(other, request_of(other, request.action, request.resource, force.statement), other.when)
                    for other in after
                ):
                    return request
    return None


def _tried(execution: Execution, force: InForce) -> Iterator[Request]:
    """Requests of the actions that say most, on the resources that a statement names."""
    actions = telling(granted_actions(force.statement).values(), First.CHANGING)[:_TRIED]
    words = [word.text for word in force.statement.resources or () if not is_open(word.text)]
    for text in words:
        for action in actions:
            resource = example(text).replace("*", "any").replace("?", "x")
            yield request_of(execution, action.name, resource, force.statement)


def _short(arn: Text) -> str:
    return spelled(arn).rpartition("/")[2]
