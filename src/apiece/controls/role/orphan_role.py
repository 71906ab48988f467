"""A role waits for a function that is gone.

## What it checks

Roles that the Lambda service may assume, that no function and no published version of one runs as, and that are at
least 30 days old. It needs a live estate with every region of the account: a template does not know what else is there.

## Why it matters

A role outlives its function, with all its permissions. Nobody reviews it, since it belongs to nothing; whoever may pass
it to a function of their own holds what it holds.

## Objective

Roles of functions that are gone do not stay behind with their permissions.

## Test procedure

List the roles with `iam:ListRoles` and keep those whose trust policy names `lambda.amazonaws.com` and that are more
than 30 days old. List the functions of all regions, and the published versions of each, and take the value of `Role`.
A role of the first list that is not in the second is an exception, unless a record says why it is kept and by whom.
`RoleLastUsed` of `iam:GetRole` helps to tell when it was last needed.

## Fails

```json
{
  "accounts": [{"id": "111122223333", "every_region": true}],
  "roles": [
    {
      "arn": "arn:aws:iam::111122223333:role/old-report",
      "created": "2024-02-01",
      "trust": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    }
  ]
}
```

## Passes

```json
{
  "accounts": [{"id": "111122223333", "every_region": true}],
  "roles": [
    {
      "arn": "arn:aws:iam::111122223333:role/builds",
      "created": "2024-02-01",
      "trust": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    }
  ]
}
```

## Remedy

Detach its policies first, wait, and delete the role when nothing asked for it. A role that is kept on purpose needs a
waiver with an owner.
"""

from __future__ import annotations

import datetime as dt

from apiece.access.execution import trusts_lambda
from apiece.access.index import Index
from apiece.controls.control import control
from apiece.estate.identity import Role
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Verdict

OLD = dt.timedelta(days=30)


@control(
    criteria=(Criterion.CC6_2, Criterion.CC6_3),
    severity=Severity.WARNING,
    reads=("role.trust", "functions"),
    remedy="detach-role",
    cadence=Cadence.WEEKLY,
)
def orphan_role(role: Role, index: Index, today: dt.date) -> Verdict:
    if not trusts_lambda(role):
        return Verdict.not_applicable("the Lambda service may not assume it")
    if role.created is None:
        return Verdict.not_applicable("a template does not say how old it is, and what else runs as it")
    account = index.account(role.subject.account)
    if account is None or not account.every_region:
        return Verdict.not_applicable("not every region of the account was read")
    if role.arn in index.running_roles:
        return Verdict.passed()
    age = today - dt.date.fromisoformat(role.created)
    if age < OLD:
        return Verdict.passed()
    used = f"last used on {role.last_used}" if role.last_used is not None else "no use known"
    deviation = Deviation(
        message=f"no function runs as it; created on {role.created}, {used}",
        severity=Severity.WARNING,
        root_cause=role.subject.key,
        at=(role.at,) if role.at is not None else (),
        hint="detach its policies, and delete it when nothing asked for it for a while",
    )
    return Verdict.of((deviation,))
