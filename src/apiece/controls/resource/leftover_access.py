"""A policy still lets somebody in who is gone.

## What it checks

Each Allow statement of the policies of functions, buckets, queues, topics, keys, secrets and tables, and of the trusts
of roles, in accounts that were read: whether the roles and users that it names are still there. AWS writes a unique id
(`AROA…`, `AIDA…`) where the named role or user was deleted: that is a note, since nobody will ever have that id again.
A condition on the caller's ARN that names a role or user which is not in the account is a warning.

## Why it matters

Access that belongs to nobody is reviewed by nobody. A condition compares names, not identities: whoever may make a role
with that name in the account gets what was meant for the one that is gone.

## Objective

Access is withdrawn everywhere when the identity that it was granted to is removed.

## Test procedure

List the roles and users of each account (`iam:GetAccountAuthorizationDetails`). Take the policy of each function
(`lambda:GetPolicy`), bucket, queue, topic, key, secret and table, and the trust of each role. A principal that begins
with `AROA` or `AIDA` is an exception; so is an ARN of a role or user of these accounts, as a principal or under
`aws:PrincipalArn`, that is not on the list.

## Fails

```json
{
  "accounts": [{"id": "111122223333"}],
  "resources": [
    {"arn": "arn:aws:sqs:us-east-1:111122223333:orders",
     "policies": {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"}, "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:111122223333:orders"}]}}
  ]
}
```

## Passes

```json
{
  "accounts": [{"id": "111122223333"}],
  "roles": [{"arn": "arn:aws:iam::111122223333:role/checkout"}],
  "resources": [
    {"arn": "arn:aws:sqs:us-east-1:111122223333:orders",
     "policies": {"Version": "2012-10-17", "Statement": [
       {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/checkout"}, "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:111122223333:orders"}]}}
  ]
}
```

## Remedy

Remove the statement, or the one principal from it. Withdraw grants in the same change that removes a role.

## Limits

Roles and users of accounts that were not read are not looked for, nor are services, providers and sources such as APIs
and rules. A template does not know what is in its account. Grants of KMS keys are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apiece.access.carrier import Carrier
from apiece.access.index import Index
from apiece.access.rights import InForce
from apiece.access.sharing import POLICY_FACTS
from apiece.arn import try_parse
from apiece.controls.control import control
from apiece.estate.gap import Gap
from apiece.iam.document import PrincipalType, Word
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example

_UNIQUE = re.compile(r"A(RO|ID)A[A-Z0-9]{12,}")
_NAMING = frozenset({"stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase"})
_LISTS = {"role": "roles", "user": "users"}


@control(
    criteria=(Criterion.CC6_2, Criterion.CC6_3),
    severity=Severity.WARNING,
    reads=("function.policies", *POLICY_FACTS, "role.trust"),
    remedy="remove-grant",
    cadence=Cadence.WEEKLY,
)
def leftover_access(carrier: Carrier, index: Index) -> Verdict:
    if carrier.subject.account is None:
        return Verdict.not_applicable("a template does not know who is in its account")
    if not carrier.policies:
        return Verdict.not_applicable("it carries no policy that lets anybody in")
    return Verdict.of_all(one for force in carrier.allows(index) for one in _of(carrier, force, index))


def _of(carrier: Carrier, force: InForce, index: Index) -> Iterator[Deviation | Unknown]:
    for principal in force.statement.principals or ():
        if principal.type is PrincipalType.AWS:
            yield from _named(carrier, force, principal.word, Severity.NOTE, index)
    for condition in force.statement.conditions:
        operator = condition.operator.lower().rpartition(":")[2].removesuffix("ifexists")
        if condition.key.lower() == "aws:principalarn" and operator in _NAMING:
            for word in condition.values:
                yield from _named(carrier, force, word, Severity.WARNING, index)


def _named(
    carrier: Carrier, force: InForce, word: Word, severity: Severity, index: Index
) -> Iterator[Deviation | Unknown]:
    name = example(word.text)
    if _UNIQUE.fullmatch(name):
        kind = "role" if name.startswith("AROA") else "user"
        what = f"`{name}`, the id of a {kind} that was deleted"
        yield _deviation(carrier, force, word, Severity.NOTE, what)
        return
    arn = _identity(name)
    if arn is None:
        return
    kind, account = arn.partition(":iam::")[2].partition(":")[2].partition("/")[0], arn.split(":")[4]
    if index.account(account) is None or _is_there(arn, index):
        return
    gap = _unlisted(account, _LISTS[kind], index)
    if gap is not None:
        reason = f"whether {kind} `{name}` is still there is not known: {gap.reason}"
        yield Unknown(reason=reason, at=force.at(word.span), hint=gap.hint)
        return
    yield _deviation(carrier, force, word, severity, f"{kind} `{name}`, which is not in the account")


def _identity(name: str) -> str | None:
    """The ARN of the role or user that a text names, None for patterns and everything else.

    A session names its role without the role's path, which `//` stands for.
    """
    arn = try_parse(name)
    if arn is None or {"*", "?", "$"} & set(name):
        return None
    kind, _, rest = arn.resource.partition("/")
    if arn.service == "sts" and kind == "assumed-role":
        return f"arn:{arn.partition}:iam::{arn.account}:role//{rest.partition('/')[0]}"
    return name if arn.service == "iam" and kind in _LISTS and rest else None


def _is_there(arn: str, index: Index) -> bool:
    """Tell whether a role or user exists."""
    return arn in index.identities or arn.replace("//", "/") in index.identities


def _unlisted(account: str, what: str, index: Index) -> Gap | None:
    """Why the list of an account's roles or users is not whole."""
    for gap in index.estate.gaps:
        if gap.subject.account == account and gap.needs in {what, "account"}:
            return gap
    return None


def _deviation(carrier: Carrier, force: InForce, word: Word, severity: Severity, what: str) -> Deviation:
    by = "a condition lets in" if severity is Severity.WARNING else "it still names"
    return Deviation(
        message=f"{force.title}: {by} {what}",
        severity=severity,
        root_cause=f"{carrier.subject.key}/{force.root_cause}/{example(word.text)}",
        at=force.at(word.span),
        hint="remove what is left of the grant",
    )
