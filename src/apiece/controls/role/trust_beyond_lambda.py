"""A function's role can be assumed by others than the Lambda service.

## What it checks

Each Allow statement of the role's trust policy: whether anyone but the Lambda service can assume the role through it.
Another AWS service or a principal of the same account is a warning; another account, an identity provider or
everybody is an error.

## Why it matters

The role was made for one function. Everyone else who can assume it has the function's access without being the
function, and the function's logs say nothing of it.

## Objective

The role of a function can be assumed by the Lambda service and by nobody else.

## Test procedure

For each role that a function runs as (`lambda:ListFunctions`, field `Role`) get the trust policy with `iam:GetRole`
(`AssumeRolePolicyDocument`). List the principals of its Allow statements. Any besides `lambda.amazonaws.com` is an
exception: another service, a role or user, an account, an identity provider, or `*`. For principals of another
account or an identity provider, read the conditions and keep them with the exception; they narrow it but do not
remove it.

## Fails

```yaml
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
          - {Effect: Allow, Principal: {AWS: "*"}, Action: sts:AssumeRole}
```

## Passes

```yaml
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
```

## Remedy

Leave `lambda.amazonaws.com` as the only principal. Give the other one a role of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from apiece.access.execution import Execution
from apiece.access.opening import readable
from apiece.access.rights import EXAMPLE_ACCOUNT, InForce, caller, witness
from apiece.access.unsettled import unsettled
from apiece.controls.control import control
from apiece.estate.estate import Estate
from apiece.estate.gap import filled_by
from apiece.estate.when import show
from apiece.iam.document import Effect, Policy, PrincipalType, PrincipalWord, Statement
from apiece.iam.evaluate import Layers
from apiece.iam.granted import Grant, Granted, granted
from apiece.iam.request import Caller, CallerType, caller_named
from apiece.iam.scope import EVERYTHING, Scope, literally, policy_of
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example, holes, is_open
from apiece.text import show as spelled

_LAMBDA = frozenset({"lambda.amazonaws.com", "edgelambda.amazonaws.com", "lambda.amazonaws.com.cn"})
_STRANGER = "999988887777"
_BUDGET = 50_000
_ASSUMING = {
    PrincipalType.FEDERATED: ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"),
}


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("function.role", "role.trust", "role.policies"),
    remedy="narrow-trust",
)
def trust_beyond_lambda(execution: Execution, estate: Estate) -> Verdict:
    if execution.role is None:
        return Verdict.not_applicable("the role is not in the source")
    deviations: list[Deviation] = []
    unknowns: list[Unknown] = []
    for attached in execution.role.trust:
        when = estate.together(execution.when, attached.when)
        if when is None or attached.document is None:
            continue
        for statement in attached.document.statements:
            if statement.effect is Effect.ALLOW:
                force = InForce(attached, statement, when)
                for found in _beyond(execution, force, attached.document):
                    (deviations if isinstance(found, Deviation) else unknowns).append(found)  # type: ignore[arg-type]
    return Verdict.of(tuple(deviations), tuple(unknowns))


def _beyond(execution: Execution, force: InForce, trust: Policy) -> Iterator[Deviation | Unknown]:
    statement = force.statement
    if statement.not_principals is not None:
        anyone = PrincipalWord(PrincipalType.ANYONE, statement.not_principals[0].word)
        yield from _one(execution, force, trust, anyone)
        return
    for word in statement.principals or ():
        text = word.word.text
        if is_open(text):
            yield Unknown(
                reason=f"who may assume the role is not known before deployment (`{spelled(text)}`)",
                at=force.at(word.word.span),
                hint=next(filter(None, map(filled_by, holes(text))), None),
            )
        elif not (word.type is PrincipalType.SERVICE and example(text) in _LAMBDA):
            yield from _one(execution, force, trust, word)


def _one(execution: Execution, force: InForce, trust: Policy, word: PrincipalWord) -> Iterator[Deviation | Unknown]:
    who = _caller(word)
    found = _assumed(execution, force.statement, trust, who, word.type)
    if found.result is Granted.UNKNOWN:
        yield unsettled(force.statement, f"whether {_named(word, who)} may assume the role", force.at(word.word.span))
    if found.witness is None or execution.role is None:
        return
    yield Deviation(
        message=f"its role can also be assumed by {_named(word, who)} {show(force.when)}".rstrip(),
        severity=_severity(execution, word, who),
        root_cause=f"{execution.role.subject.key}/trust/{spelled(word.word.text)}",
        at=force.at(word.word.span),
        hint="leave the Lambda service as the only principal",
        witness=witness(found.witness),
        related=(execution.role.subject,),
    )


def _named(word: PrincipalWord, who: Caller) -> str:
    if word.type is PrincipalType.ANYONE or spelled(word.word.text) == "*":
        return "anyone"
    if caller_named(example(word.word.text)).type is CallerType.ROOT:
        return f"any role or user of account `{who.account}`"
    return f"`{spelled(word.word.text)}`"


def _caller(word: PrincipalWord) -> Caller:
    """Someone whom a principal lets in."""
    name = example(word.word.text)
    stranger = Caller(CallerType.ROLE, f"arn:aws:iam::{_STRANGER}:role/stranger", _STRANGER)
    match word.type:
        case PrincipalType.ANYONE:
            return stranger
        case PrincipalType.AWS if name == "*":
            return stranger
        case PrincipalType.SERVICE:
            return Caller(CallerType.SERVICE, name)
        case PrincipalType.FEDERATED:
            return Caller(CallerType.FEDERATED, name)
        case _:
            named = caller_named(name)
            account = named.account or EXAMPLE_ACCOUNT
            if named.type is CallerType.ROOT:
                return Caller(CallerType.ROLE, f"arn:aws:iam::{account}:role/some-role", account)
            return named


def _assumed(execution: Execution, statement: Statement, trust: Policy, who: Caller, kind: PrincipalType) -> Grant:
    """Ask for a request to assume the role that the statement allows and no Deny of the trust policy denies."""
    own = caller(execution)
    denials = [one for one in trust.statements if one.effect is Effect.DENY]
    policy = replace(trust, statements=tuple(readable(one, trust) for one in (statement, *denials)))
    signed = who.type in {CallerType.ROLE, CallerType.USER, CallerType.SESSION}
    layers = Layers(identity=(policy_of(EVERYTHING),) if signed else None, trust=replace(policy, version="2012-10-17"))
    scope = Scope(_ASSUMING.get(kind, ("sts:AssumeRole",)), (literally(own.arn or "*"),))
    return granted(who, layers, scope, owner=own.account, budget=_BUDGET)


def _severity(execution: Execution, word: PrincipalWord, who: Caller) -> Severity:
    own = caller(execution).account
    if word.type is PrincipalType.SERVICE:
        return Severity.WARNING
    if word.type is PrincipalType.AWS and example(word.word.text) != "*" and who.account == own:
        return Severity.WARNING
    return Severity.ERROR
