"""A resource's own policy lets strangers in.

## What it checks

The policy of every bucket, queue, topic, key, secret and table, asked with requests of strangers: nobody who signed in,
and a role, a user and a service of an account that the policy does not name. All Deny statements, the organisation's
resource control policies and S3's public access blocks count. A condition counts for what it is worth: a stranger can
choose the name of their role, the address they call from and what they send, but not their account or organisation.

## Why it matters

Such a policy needs no stolen password: whoever finds the name has the data, or fills the queue. The roles of the
functions that use the resource may be as narrow as they can be, and it changes nothing.

## Objective

No bucket, queue, topic, key, secret or table of the estate can be used by somebody whom the organisation does not
know.

## Test procedure

List the resources in each region (`s3:ListBuckets`, `sqs:ListQueues`, `sns:ListTopics`, `kms:ListKeys`,
`secretsmanager:ListSecrets`, `dynamodb:ListTables`) and get the policy of each; for buckets get the public access
block of the bucket and of the account too. Look for Allow statements whose `Principal` is `*` or `{"AWS": "*"}`. For
each, read the conditions: one that fixes the account, the organisation or the ARN of the source, in values that a
caller cannot choose, keeps strangers out. An exception is a statement that no such condition, Deny or public access
block closes. IAM Access Analyzer's findings of external access with `isPublic: true` are a second source to compare
with.

## Fails

```yaml
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: !GetAtt Jobs.Arn}
```

## Passes

```yaml
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: "*"
            Action: sqs:SendMessage
            Resource: !GetAtt Jobs.Arn
            Condition:
              StringEquals: {"aws:PrincipalOrgID": o-a1b2c3d4e5}
```

## Remedy

Name the accounts, roles or services that need it. If all of your organisation does, leave the `*` and require
`aws:PrincipalOrgID`.

## Limits

Access control lists and access points of S3 and the streams of tables are not looked at. A template that does not state
a bucket's public access block gives a warning: S3 refuses such a policy on buckets made since April 2023, and on no
older ones. DynamoDB refuses every public policy when it is attached, so such a template does not deploy. Whether AWS
services may call for anyone through `Principal: {Service: …}` is another question.
"""

from __future__ import annotations

import datetime as dt

from apiece.access.opening import TYPES, Door, Found, doors, through
from apiece.access.rights import witness
from apiece.access.sharing import POLICY_FACTS, at, listed, strangers_are, undecided
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.resource import Resource, Strangers
from apiece.estate.when import show
from apiece.iam.request import Caller, CallerType
from apiece.iam.strangers import stranger_account, strangers
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.ERROR,
    reads=POLICY_FACTS,
    remedy="narrow-resource-policy",
)
def public_resource_policy(resource: Resource, estate: Estate, today: dt.date) -> Verdict:
    kind = resource.subject.kind
    if kind not in TYPES:
        return Verdict.not_applicable(f"a {kind} carries no policy that could let others in")
    block = strangers_are(resource)
    if block is Strangers.KEPT_OUT:
        return Verdict.passed()
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for door in doors(resource, estate):
        who, found = _first(door, estate, today)
        if found.unknown:
            unknowns.append(undecided(door, f"whom policy `{door.force.attached.name}` lets in"))
        elif who is not None and block is Strangers.UNREAD:
            unknowns.append(_blocked_or_not(door, estate))
        elif who is not None:
            deviations.append(_deviation(door, who, found, block))
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _first(door: Door, estate: Estate, today: dt.date) -> tuple[Caller | None, Found]:
    """The first stranger whom the door lets in, and to what; or that none is let in, as far as is known."""
    account = stranger_account(door.policies, (door.owner, *(one.id for one in estate.accounts), *estate.members))
    unknown = False
    for who in strangers(door.policies, account, today):
        found = through(door, who)
        if found.request is not None:
            return found.request.caller, found
        unknown = unknown or found.unknown
    return None, Found(unknown=unknown)


def _deviation(door: Door, who: Caller, found: Found, block: Strangers | None) -> Deviation:
    message = f"{_phrase(who, found)} {show(door.force.when)}".rstrip()
    if block is None:
        message += ", if the bucket is older than April 2023 or allows public policies"
    return Deviation(
        message=message,
        severity=Severity.WARNING if block is None else Severity.ERROR,
        root_cause=f"{door.resource.subject.key}/{door.force.root_cause}",
        at=at(door),
        hint="name the accounts, roles or services that need it, or require `aws:PrincipalOrgID`",
        witness=witness(found.request) if found.request is not None else None,
    )


def _phrase(who: Caller, found: Found) -> str:
    actions = listed(found.actions)
    match who.type:
        case CallerType.ANONYMOUS:
            return f"anyone may call {actions}, without signing in"
        case CallerType.SERVICE:
            return f"`{who.arn}` may call {actions} for any AWS account"
        case _:
            return f"any AWS account may call {actions}"


def _blocked_or_not(door: Door, estate: Estate) -> Unknown:
    """The policy is public, and whether S3 blocks that could not be read."""
    for gap in estate.gaps:
        if gap.needs == "bucket.public-access" and gap.subject.key == door.resource.subject.key:
            return Unknown(reason=f"its policy lets strangers in, and {gap.reason}", hint=gap.hint, at=at(door))
    return Unknown(reason="its policy lets strangers in, and whether S3 blocks that is not known", at=at(door))
