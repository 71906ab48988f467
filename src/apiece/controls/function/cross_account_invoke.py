"""Another account may invoke a function.

## What it checks

Each Allow statement of a function's resource policy that names an account, or a role or user of it, other than the
function's own. A request of that principal is evaluated with all Deny statements. It needs a live estate: a template
does not know the account it is deployed to.

## Why it matters

Who may pass that door is decided in the other account. If that is not one of yours, its people and its break-ins reach
your function, and no review of yours sees them.

## Objective

Every other account that may invoke a function is known, wanted and owned by somebody.

## Test procedure

For every function (`lambda:ListFunctions`, each region) get the policy with `lambda:GetPolicy` and list the account
numbers in `Principal` and in conditions on the caller that are not the function's own. For each, ask for the record
that says which caller of that account needs the function, who owns the relation and when it was last reviewed. An
exception is a grant without such a record, and one to a whole account where one role would do.

## Fails

```json
{
  "accounts": [{"id": "111122223333"}],
  "functions": [
    {
      "arn": "arn:aws:lambda:us-east-1:111122223333:function:quote",
      "latest": {"role": "arn:aws:iam::111122223333:role/quote"},
      "policies": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
         "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:quote"}]}
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
      "arn": "arn:aws:lambda:us-east-1:111122223333:function:quote",
      "latest": {"role": "arn:aws:iam::111122223333:role/quote"},
      "policies": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/caller"},
         "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:quote"}]}
    }
  ]
}
```

## Remedy

Name the one role of the other account that calls, not the account. Waive the finding with an owner where a partner
calls on purpose, so that it comes up again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from apiece.access.index import Index
from apiece.access.invocation import INVOKE, Grant, entry, grants
from apiece.access.opening import named_values
from apiece.access.rights import witness
from apiece.access.unsettled import unsettled
from apiece.arn import try_parse
from apiece.controls.control import control
from apiece.estate.function import Function
from apiece.iam.document import PrincipalType
from apiece.iam.request import Caller, CallerType, caller_named
from apiece.iam.solver.principals import is_doubtful
from apiece.iam.strangers import Stranger, absent, named_outsider
from apiece.records.verdict import Cadence, Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example, is_open


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_6),
    severity=Severity.WARNING,
    reads=("function.policies",),
    remedy="name-the-caller",
    cadence=Cadence.WEEKLY,
)
def cross_account_invoke(function: Function, index: Index) -> Verdict:
    if function.subject.account is None:
        return Verdict.not_applicable("a template does not know the account it is deployed to")
    found = [one for grant in grants(function, index.estate) for one in _of_grant(function, grant, index)]
    return Verdict.of_all(found)


def _of_grant(function: Function, grant: Grant, index: Index) -> Iterator[Deviation | Unknown]:
    place = grant.at("Principal")
    at = (place,) if place is not None else ()
    if is_doubtful(grant.statement):
        yield unsettled(grant.statement, "which account may invoke it", at)
    for caller in _callers(grant):
        if caller.account in {None, function.subject.account}:
            continue
        found = entry(function, grant, _outsider(caller, grant), INVOKE)
        if found.request is not None:
            known = index.account(caller.account) is not None
            yield Deviation(
                message=f"account {caller.account}, {'one of yours' if known else 'none of yours'}, may invoke it",
                severity=Severity.NOTE if known else Severity.WARNING,
                root_cause=f"{function.subject.key}/{grant.root_cause}/{caller.account}",
                at=at,
                hint="name the one role of that account that calls",
                witness=witness(found.request),
            )
        elif found.unknown:
            yield unsettled(grant.statement, f"whether account {caller.account} may invoke it", at)


def _outsider(caller: Caller, grant: Grant) -> Stranger:
    """A caller whom a statement names, of the organisation that it asks for; of none where it asks for none."""
    asked = named_values(grant.statement.conditions, "aws:PrincipalOrgID")
    if asked:
        return named_outsider(replace(caller, org=asked[0]))
    who = named_outsider(caller)
    return replace(who, facts={**who.facts, **absent("aws:principalorgid")})


def _callers(grant: Grant) -> Iterator[Caller]:
    """The principals that a statement names by account; an account stands for a role in it."""
    for principal in grant.statement.principals or ():
        if principal.type is not PrincipalType.AWS or is_open(principal.word.text):
            continue
        name = example(principal.word.text)
        caller = caller_named(name) if name != "*" else None
        if caller is not None and caller.type is CallerType.ROOT and caller.account is not None:
            parsed = try_parse(caller.arn or "")
            partition = parsed.partition if parsed is not None else "aws"
            caller = Caller(CallerType.ROLE, f"arn:{partition}:iam::{caller.account}:role/any-role", caller.account)
        if caller is not None:
            yield caller
