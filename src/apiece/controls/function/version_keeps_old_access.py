"""A published version that is still called keeps a role or a secret that the function has lost.

## What it checks

Versions that an alias, an event source or a permission reaches. A version freezes its role and its environment: a role
that allows a request which the role of `$LATEST` does not, or a variable that holds a secret in plain text. It needs a
live estate: a template does not hold the versions that were published before.

## Why it matters

Narrowing a role or moving a secret changes `$LATEST` alone. Whoever calls the alias runs the old version, with the old
role and the old secret, and every look at the function shows the new ones.

## Objective

When a function loses a role or a secret, every version of it that is still called loses it too.

## Test procedure

For every function get the aliases (`lambda:ListAliases`), the event sources (`lambda:ListEventSourceMappings`) and
the policies with qualifiers, and note the version numbers that they reach. Get the configuration of each of these
versions and of `$LATEST` with `lambda:GetFunctionConfiguration`. Compare `Role`: where it differs, an exception is a
version whose role allows anything that the role of `$LATEST` does not. Compare the environment: an exception is a
version that holds a secret in plain text.

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
from apiece.access.named import hangs_on_more, said_to
from apiece.access.reachable import reachable_versions
from apiece.access.rights import caller, layers_of, witness
from apiece.controls.control import control
from apiece.estate.function import Function, Version
from apiece.iam.access_change import gained
from apiece.iam.compare import Comparison
from apiece.iam.compare import Verdict as Kept
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import Text
from apiece.text import show as spelled


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
    more = _more(list(running_as(function, old, index)), list(running_as(function, new, index)))
    match more.verdict:
        case Kept.NEW_ACCESS if more.witness is not None:
            deviations.append(
                Deviation(
                    message=f"{name} runs as `{_short(old)}`, which may what `{_short(new)}` may not",
                    severity=Severity.ERROR,
                    root_cause=f"{function.subject.key}/{spelled(version.name)}/role",
                    at=at,
                    hint="publish the function as it is now, move the alias to that version, delete the old one",
                    witness=witness(more.witness),
                )
            )
        case Kept.UNKNOWN:
            what = f"{name} runs as `{_short(old)}`; whether that role may more than `{_short(new)}` is not known"
            hint = "publish the function again and move the alias"
            unknowns.append(Unknown(reason=f"{what}: {more.reason}", at=at, hint=hint))


def _more(before: list[Execution], after: list[Execution]) -> Comparison:
    """Tell whether the old role may do something that the new one may not.

    What policies say of a role's name (`aws:PrincipalArn`) is decided for each role. Beside that they are compared as
    if both had one name; what else may tell two roles apart, their tags and their ids, leaves it unknown.
    """
    for execution in (*before, *after):
        if any(attached.document is None for attached in (*execution.policies, *execution.boundary)):
            return Comparison(Kept.UNKNOWN, reason="not all of their policies could be read")
    if not before or not after:
        return Comparison(Kept.UNKNOWN, reason="the policies of one are not in the source")
    found = [_compared(old, new) for old in before for new in after]
    gravest = (Kept.NEW_ACCESS, Kept.UNKNOWN, Kept.NO_NEW_ACCESS)
    return min(found, key=lambda one: gravest.index(one.verdict))


def _compared(old: Execution, new: Execution) -> Comparison:
    was, now = (said_to(caller(one), layers_of(one, one.when)) for one in (old, new))
    if hangs_on_more(was) or hangs_on_more(now):
        return Comparison(Kept.UNKNOWN, reason="their policies ask for tags or ids of a role, which may differ")
    return gained(caller(old), now, was)


def _short(arn: Text) -> str:
    return spelled(arn).rpartition("/")[2]
