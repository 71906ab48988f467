"""A user who can deploy has an old access key.

## What it checks

The active access keys of every IAM user who may change functions or the policies of roles, or assume a role that may:
whether they were made or replaced within the last 90 days. What may be done is decided from all policies together; the
days are those of the credential report. The message says when the key was last used.

## Why it matters

A key works from anywhere, for as long as it exists. The older it is, the more laptops, logs and build servers have held
it; and one that nobody has used for months is missed by nobody if it is taken.

## Objective

Access keys with which functions or their permissions can be changed are replaced at least every 90 days, and removed
when they are not needed.

## Test procedure

Generate the credential report (`iam generate-credential-report`, `iam get-credential-report`) and select the users with
an active key. Keep those whose policies, or those of a role that they may assume, allow changes of functions or roles.
For each key compare the day of its last rotation with the day of the test. An exception is an active key older than 90
days. Note for each whether it was used in that time.

## Fails

```json
{
  "users": [
    {"arn": "arn:aws:iam::111122223333:user/ci", "policies": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}]}}
  ],
  "credentials": [
    {"arn": "arn:aws:iam::111122223333:user/ci", "user": "ci",
     "keys": [{"active": true, "rotated": "2024-01-15", "used": "2026-06-14"}]}
  ]
}
```

## Passes

```json
{
  "users": [
    {"arn": "arn:aws:iam::111122223333:user/ci", "policies": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"}]}}
  ],
  "credentials": [
    {"arn": "arn:aws:iam::111122223333:user/ci", "user": "ci",
     "keys": [{"active": true, "rotated": "2026-05-02", "used": "2026-06-14"}]}
  ]
}
```

## Remedy

Let the pipeline assume a role through its identity provider, which needs no key. Until then make a second key, move to
it, switch the old one off for a few days, and delete it.

## Limits

A template does not say which keys a user has. Keys of the account's root user are not looked at.
"""

from __future__ import annotations

import datetime as dt

from apiece.access.asking import NO, Answer
from apiece.access.deploying import Deploying
from apiece.access.rights import witness
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.federation import AccessKey, Credential
from apiece.estate.identity import User
from apiece.estate.provenance import Provenance
from apiece.iam.granted import Granted
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict

OLD = dt.timedelta(days=90)


@control(
    criteria=(Criterion.CC6_1,),
    severity=Severity.WARNING,
    reads=("user.policies", "user.boundary", "credentials"),
    remedy="replace-key",
)
def long_lived_deployer_key(user: User, estate: Estate, deploying: Deploying, today: dt.date) -> Verdict:
    credential = next((one for one in estate.credentials if one.subject.key == user.subject.key), None)
    if credential is None:
        return Verdict.not_applicable("the source does not say which access keys it has")
    keys = [one for one in credential.keys if one.active]
    if not keys:
        return Verdict.not_applicable("it has no active access key")
    old = [one for one in keys if one.rotated is not None and today - dt.date.fromisoformat(one.rotated) > OLD]
    if not old and all(one.rotated is not None for one in keys):
        return Verdict.passed()
    answer = _deploys(user, deploying)
    if answer.result is Granted.NO:
        return Verdict.passed()
    if answer.request is None:
        return Verdict.of(unknowns=(Unknown(reason=f"whether it may deploy is not known: {answer.reason}"),))
    if not old:
        return Verdict.of(unknowns=(Unknown(reason="the credential report does not say how old its key is"),))
    shown = min(old, key=lambda one: one.rotated or "")
    deviation = Deviation(
        message=f"may change functions or roles with an access key of {shown.rotated}, {_use(shown)}",
        severity=Severity.WARNING,
        root_cause=f"{user.subject.key}/key",
        at=_at(credential),
        hint="let the pipeline assume a role through its identity provider, or replace the key",
        witness=witness(answer.request),
    )
    return Verdict.of((deviation,))


def _deploys(user: User, deploying: Deploying) -> Answer:
    """A request by which the user, or a role that it may assume, deploys."""
    best = NO
    for form in deploying.world.forms_of(user.subject):
        answer = deploying.itself(form)
        by_role = deploying.by_role(form) if not answer.is_yes else None
        answer = by_role[1] if by_role is not None else answer
        if answer.is_yes:
            return answer
        best = answer if answer.result is Granted.UNKNOWN else best
    return best


def _use(key: AccessKey) -> str:
    return f"last used on {key.used}" if key.used is not None else "of which no use is known"


def _at(credential: Credential) -> tuple[Provenance, ...]:
    return (credential.at,) if credential.at is not None else ()
