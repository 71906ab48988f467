"""A resource's own policy lets another account in.

## What it checks

Each account, role, user and organisation that the policy of a bucket, queue, topic, key, secret or table names, by its
principal or by a condition on the caller's account: whether the whole policy lets it do anything. An account of the
same organisation, one that is read in the same run, and the accounts of AWS that write the logs of load balancers are
notes; any other is a warning.

## Why it matters

Who may use the resource is then decided by the administrators of another account, and no review of your own roles shows
it. Such a grant is often right. It should be known, and it should go when the reason for it is gone.

## Objective

Every other account that may use a resource of the estate is known, wanted and owned by somebody.

## Test procedure

Get the policies of all buckets, queues, topics, keys, secrets and tables as for `public-resource-policy`. List each
account number, role, user and organisation that an Allow statement names in `Principal` or in a condition on the
caller's account, and strike out the resource's own account. For each that is left, ask for the record that says who
wanted it, why, and when it was last reviewed. An exception is a grant without such a record, or one to an account
that nobody can name.

## Fails

```yaml
Resources:
  Orders:
    Type: AWS::SNS::Topic
  OrdersPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Orders]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "444455556666"}, Action: sns:Subscribe, Resource: !Ref Orders}
```

## Passes

```yaml
Resources:
  Orders:
    Type: AWS::SNS::Topic
  OrdersPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Orders]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: !Ref "AWS::AccountId"}, Action: sns:Subscribe, Resource: !Ref Orders}
```

## Remedy

Remove the statement if nobody can say what it is for. Otherwise name the role instead of the account, and only the
actions that it needs; then waive the finding with the reason and its owner.

## Limits

A template does not say which account it is deployed to, nor its organisation: a number that it names is taken for
another account's. Grants of KMS keys and S3's access control lists are not looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from apiece.access.opening import TYPES, Door, doors, named_values, through
from apiece.access.rights import witness
from apiece.access.sharing import POLICY_FACTS, at, listed, strangers_are, undecided
from apiece.controls.control import control
from apiece.estate.estate import Account, Estate
from apiece.estate.resource import Resource, Strangers
from apiece.estate.when import show
from apiece.iam.document import PrincipalType, PrincipalWord
from apiece.iam.request import Caller, CallerType, caller_named
from apiece.iam.strangers import Stranger, absent, named_outsider, stranger_account, strangers
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example, is_open

_ACCOUNT_KEYS = ("aws:PrincipalAccount", "kms:CallerAccount", "aws:SourceOwner", "s3:DataAccessPointAccount")
_ACCOUNT_LENGTH = 12
_LOAD_BALANCERS = frozenset({
    "127311923021", "033677994240", "027434742980", "797873946194", "098369216593", "985666609251", "054676820928",
    "156460612806", "652711504416", "635631232127", "009996457667", "897822967062", "754344448648", "582318560864",
    "600734575887", "383597477331", "114774131450", "783225319266", "589379963580", "718504428378", "076674570225",
    "507241528517", "048591011584", "190560391635", "638102146993", "037604701340",
})  # fmt: skip
"""Accounts of AWS that write the access logs of load balancers (Elastic Load Balancing user guide, access logs)."""


@dataclass(frozen=True)
class _Other:
    """Somebody of another account or organisation: `name` is how the policy names them."""

    name: str
    caller: Caller


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.WARNING,
    reads=POLICY_FACTS,
    remedy="narrow-resource-policy",
    cadence=Cadence.WEEKLY,
)
def cross_account_resource_policy(resource: Resource, estate: Estate, today: dt.date) -> Verdict:
    kind = resource.subject.kind
    if kind not in TYPES:
        return Verdict.not_applicable(f"a {kind} carries no policy that could let others in")
    if strangers_are(resource) is Strangers.KEPT_OUT and _is_public(resource, estate, today):
        return Verdict.passed()  # S3 keeps all other accounts out of a bucket whose policy is public
    deviations: dict[str, Deviation] = {}
    unknowns: list[Unknown] = []
    for door in doors(resource, estate):
        for other in _others(door, estate):
            found = through(door, _outsider(other.caller, today))
            if found.request is None:
                if found.unknown:
                    what = f"what policy `{door.force.attached.name}` lets {_spelled(other)} do"
                    unknowns.append(undecided(door, what))
                continue
            severity = Severity.NOTE if _is_ours(other, door, estate) else Severity.WARNING
            cause = f"{resource.subject.key}/{door.force.root_cause}/{other.name}"
            deviations[cause] = Deviation(
                message=f"{_spelled(other)} may call {listed(found.actions)} {show(door.force.when)}".rstrip(),
                severity=severity,
                root_cause=cause,
                at=at(door),
                hint=None if severity is Severity.NOTE else "remove the statement, or waive it with its reason",
                witness=witness(found.request),
            )
    return Verdict.of(tuple(deviations.values()), tuple(unknowns))


def _is_public(resource: Resource, estate: Estate, today: dt.date) -> bool:
    for door in doors(resource, estate):
        account = stranger_account(door.policies, (door.owner,))
        for who in strangers(door.policies, account, today):
            if through(door, who).request is not None:
                return True
    return False


def _outsider(caller: Caller, today: dt.date) -> Stranger:
    """A caller whom a policy names; of an organisation only where that is known or asked for."""
    who = named_outsider(caller, today)
    return who if caller.org is not None else replace(who, facts={**who.facts, **absent("aws:principalorgid")})


def _others(door: Door, estate: Estate) -> Iterator[_Other]:
    """Everybody of another account whom a statement names, by its principals or its conditions."""
    own = _account(door, estate)
    anyone = False
    for word in door.force.statement.principals or ():
        if word.type is PrincipalType.ANYONE or (word.type is PrincipalType.AWS and example(word.word.text) == "*"):
            anyone = True
        elif word.type is PrincipalType.AWS and not is_open(word.word.text):
            yield from _by_principal(word, door, own)
    if anyone:
        yield from _by_condition(door, own)


def _by_principal(word: PrincipalWord, door: Door, own: Account | None) -> Iterator[_Other]:
    caller = caller_named(example(word.word.text))
    if not _is_number(caller.account) or caller.account == door.owner:
        return
    name = example(word.word.text) if caller.type is not CallerType.ROOT else f"{caller.account}"
    yield _Other(name, _signed(caller, _asked_organisation(door, own)))


def _by_condition(door: Door, own: Account | None) -> Iterator[_Other]:
    """Accounts, principals and organisations that conditions demand of a caller whom the principal leaves open."""
    conditions = door.conditions
    organisation = _asked_organisation(door, own)
    for key in _ACCOUNT_KEYS:
        for value in named_values(conditions, key):
            if _is_number(value) and value != door.owner:
                root = Caller(CallerType.ROOT, f"arn:aws:iam::{value}:root", value)
                yield _Other(value, _signed(root, organisation))
    for value in named_values(conditions, "aws:PrincipalArn"):
        caller = caller_named(value.replace("*", "any").replace("?", "x"))
        if _is_number(caller.account) and caller.account != door.owner:
            yield _Other(value, _signed(caller, organisation))
    known = own.organization if own is not None else None
    if known is not None:
        for value in named_values(conditions, "aws:PrincipalOrgID"):
            if value != known:
                account = stranger_account((door.policy,), (door.owner,))
                caller = Caller(CallerType.ROLE, f"arn:aws:iam::{account}:role/some-role", account, value)
                yield _Other(value, caller)


def _asked_organisation(door: Door, own: Account | None) -> str | None:
    """The organisation that a caller must be of; by default the owner's, so that a condition on it is met."""
    named = named_values(door.conditions, "aws:PrincipalOrgID")
    known = own.organization if own is not None else None
    return known if known in named or not named else named[0]


def _signed(caller: Caller, organisation: str | None) -> Caller:
    """Any role of an account where the policy names the account."""
    if caller.type is CallerType.ROOT:
        arn = f"arn:aws:iam::{caller.account}:role/some-role"
        return Caller(CallerType.ROLE, arn, caller.account, organisation)
    return Caller(caller.type, caller.arn, caller.account, organisation)


def _account(door: Door, estate: Estate) -> Account | None:
    return next((one for one in estate.accounts if one.id == door.resource.subject.account), None)


def _is_ours(other: _Other, door: Door, estate: Estate) -> bool:
    """Tell whether somebody belongs to the organisation, or must, or to an account that was read, or to AWS."""
    account = other.caller.account
    if account in _LOAD_BALANCERS:
        return True
    if account in estate.members or any(one.id == account for one in estate.accounts):
        return True
    own = _account(door, estate)
    asked = named_values(door.conditions, "aws:PrincipalOrgID")
    return own is not None and own.organization is not None and tuple(asked) == (own.organization,)


def _spelled(other: _Other) -> str:
    if other.name in _LOAD_BALANCERS:
        return f"account `{other.name}`, AWS's own for the logs of load balancers,"
    if _is_number(other.name):
        return f"account `{other.name}`"
    return f"organisation `{other.name}`" if other.name.startswith("o-") else f"`{other.name}`"


def _is_number(text: str | None) -> bool:
    return text is not None and text.isascii() and text.isdigit() and len(text) == _ACCOUNT_LENGTH
