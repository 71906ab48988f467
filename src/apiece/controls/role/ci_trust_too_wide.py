"""A role can be assumed with a token that anybody can get.

## What it checks

Each trust of a role in an OpenID Connect provider: GitHub Actions, GitLab, HCP Terraform, Buildkite, Google, a cluster
of EKS, one's own. The question is whether the conditions on the token's claims keep strangers out. A token of a
repository or organisation that no condition names is tried: if it gets in, that is an error. With a provider that
serves only your organisation, a subject that no condition names is a warning. On GitHub and GitLab a trust in all
repositories of an owner is a note.

## Why it matters

A public provider gives tokens to everybody. `repo:*`, a condition on the audience alone, or `ForAllValues` on a claim
that the token lacks, let any stranger's pipeline assume the role, with everything it may deploy. Nothing of it is
visible in your own repositories.

## Objective

A role that pipelines or workloads assume with a token can be assumed by the repositories and workloads that the
organisation chose, and by no other holder of a token.

## Test procedure

List all roles with their trust policies (`iam:GetAccountAuthorizationDetails`). Keep the statements that allow
`sts:AssumeRoleWithWebIdentity`. In each, look for a condition on the claim `sub` of the provider, such as
`token.actions.githubusercontent.com:sub`. An exception is a statement without one, or one whose pattern a stranger's
repository also matches (`repo:*`, `*`), or one with an operator that holds where the claim is missing (`…IfExists`,
`ForAllValues:…`). For Google, Cognito and Facebook the claim that binds is `aud` or `app_id`.

## Fails

```json
{
  "accounts": [{"id": "111122223333"}],
  "roles": [
    {
      "arn": "arn:aws:iam::111122223333:role/deploy",
      "trust": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow",
         "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
         "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}]}
    }
  ]
}
```

## Passes

```json
{
  "accounts": [{"id": "111122223333"}],
  "roles": [
    {
      "arn": "arn:aws:iam::111122223333:role/deploy",
      "trust": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow",
         "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},
         "Action": "sts:AssumeRoleWithWebIdentity",
         "Condition": {"StringEquals": {
           "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
           "token.actions.githubusercontent.com:sub": "repo:example-org/shop:ref:refs/heads/main"}}}]}
    }
  ]
}
```

## Remedy

Bind the subject with `StringEquals` to one repository and one branch or environment, and the audience too. Where
several repositories deploy, give each a role of its own.

## Limits

SAML providers are left out: there the organisation's own provider names the role in each assertion. What a provider
puts into its tokens is as its documentation says; claims that a provider lets one redefine are not followed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from apiece.access.opening import beside_denials, named_values
from apiece.access.rights import EXAMPLE_ACCOUNT, InForce, witness
from apiece.access.unsettled import unsettled
from apiece.controls.control import control
from apiece.controls.role.issuers import OPEN_TO_ALL, OWN, STRANGER, Issuer
from apiece.estate.estate import Estate
from apiece.estate.identity import Role
from apiece.estate.when import show
from apiece.iam.document import Condition, Effect, PolicyKind, PrincipalType, PrincipalWord, Word
from apiece.iam.evaluate import Layers
from apiece.iam.granted import Grant, Granted, granted
from apiece.iam.request import Caller, CallerType
from apiece.iam.scope import Scope, literally
from apiece.records.verdict import Criterion, Deviation, Severity, Unknown, Verdict
from apiece.text import example, is_open

_ASSUMING = "sts:AssumeRoleWithWebIdentity"
_OIDC = ":oidc-provider/"
_BUDGET = 50_000
_CLAIMS = ("sub", "aud", "app_id", "amr", "oaud")
_CHOSEN = ("aws:requesttag/", "aws:tagkeys", "aws:securetransport", "aws:useragent", "aws:requestedregion")
_TIMES = frozenset({"aws:currenttime", "aws:epochtime"})


@dataclass(frozen=True)
class _Trust:
    """One Allow statement for a provider; `host` is its address, as its claims are spelled."""

    role: Role
    force: InForce
    word: PrincipalWord
    host: str
    today: dt.date

    @property
    def issuer(self) -> Issuer:
        return OPEN_TO_ALL.get(self.host, OWN)


@control(
    criteria=(Criterion.CC6_1, Criterion.CC6_3),
    severity=Severity.ERROR,
    reads=("role.trust",),
    remedy="bind-subject",
)
def ci_trust_too_wide(role: Role, estate: Estate, today: dt.date) -> Verdict:
    found: list[Deviation | Unknown | None] = []
    for attached in role.trust:
        when = estate.together(role.when, attached.when)
        for statement in attached.document.statements if attached.document is not None and when is not None else ():
            force = InForce(attached, statement, when)  # type: ignore[arg-type]
            found += [one for trust in _trusts(role, force, today) for one in _of(trust)]
    if not found:
        return Verdict.not_applicable("it trusts no provider of tokens")
    return Verdict.of_all(found)


def _trusts(role: Role, force: InForce, today: dt.date) -> Iterator[_Trust]:
    """The providers of tokens that a statement lets in."""
    if force.statement.effect is not Effect.ALLOW:
        return
    for word in force.statement.principals or ():
        if word.type is PrincipalType.FEDERATED and ":saml-provider/" not in example(word.word.text):
            yield _Trust(role, force, word, _host(word, force.statement.conditions), today)


def _host(word: PrincipalWord, conditions: tuple[Condition, ...]) -> str:
    """The provider's address: from its ARN, else from the claims that are asked about, else ""."""
    name = example(word.word.text)
    host = name.partition(_OIDC)[2] or ("" if name.startswith("arn:") or name == "*" else name)
    asked = {head for one in conditions for head, _, claim in [one.key.lower().rpartition(":")] if claim in _CLAIMS}
    known = not is_open(word.word.text) and host and (host in OPEN_TO_ALL or isinstance(word.word.text, str))
    return host.lower() if known else next(iter(sorted(asked)), host.lower())


def _of(trust: _Trust) -> Iterator[Deviation | Unknown | None]:
    at = trust.force.at(trust.word.word.span)
    if not trust.host:
        yield Unknown(reason="which provider of tokens the role trusts is not known before deployment", at=at)
        return
    named = _owners(trust)
    strangers = dict.fromkeys(
        (STRANGER, *(one.replace("*", STRANGER).replace("?", "x") for one in named if _wild(one)))
    )
    tried = [_asked(trust, trust.issuer.subject.replace("{owner}", one)) for one in strangers]
    let_in = next((one for one in tried if one.result is Granted.YES), None)
    if let_in is not None:
        open_to_all = trust.host in OPEN_TO_ALL
        yield _deviation(trust, let_in, _whose(trust), Severity.ERROR if open_to_all else Severity.WARNING)
        return
    if any(one.result is Granted.UNKNOWN for one in tried):
        yield unsettled(trust.force.statement, f"whether {_whose(trust)} may assume the role", at)
    for owner in (one for one in named if not _wild(one)):
        within = _asked(trust, trust.issuer.within.replace("{owner}", owner))
        if within.result is Granted.YES:
            yield _deviation(trust, within, f"anything of `{owner}` at {trust.host}", Severity.NOTE)
    yield None


def _whose(trust: _Trust) -> str:
    return trust.issuer.whose or f"any subject of the provider `{trust.host}`"


def _owners(trust: _Trust) -> list[str]:
    """The organisations that the statement's conditions name, and patterns of some."""
    named = named_values(trust.force.statement.conditions, f"{trust.host}:sub")
    return sorted({owner for one in named if (owner := trust.issuer.owner_in(one))})


def _wild(owner: str) -> bool:
    return not {"*", "?"}.isdisjoint(owner)


def _asked(trust: _Trust, subject: str) -> Grant:
    """Ask whether the holder of a token with such a subject gets in."""
    account = trust.role.subject.account or EXAMPLE_ACCOUNT
    name = f"arn:aws:iam::{account}{_OIDC}{trust.host}" if "." in trust.host else trust.host
    attached = trust.force.attached
    document = attached.document
    if document is None:
        return Grant(Granted.UNKNOWN)
    policy = beside_denials(trust.force.statement, document, (attached,), trust.force.when)
    first, *denials = policy.statements
    named = replace(first, principals=(PrincipalWord(PrincipalType.FEDERATED, Word(name)),))
    layers = Layers(trust=replace(policy, kind=PolicyKind.TRUST, statements=(named, *denials)))
    scope = Scope((_ASSUMING,), (literally(example(trust.role.arn)),), conditions=tuple(_claims(trust, subject)))
    return granted(Caller(CallerType.FEDERATED, name), layers, scope, owner=account, budget=_BUDGET)


def _claims(trust: _Trust, subject: str) -> Iterator[Condition]:
    """What is true of a stranger's token and request, for each key that some condition asks about."""
    yield Condition("StringLike", f"{trust.host}:sub", (Word(subject),))
    document = trust.force.attached.document
    conditions = [one for statement in document.statements for one in statement.conditions] if document else []
    for key in sorted({one.key.lower() for one in conditions} - {f"{trust.host}:sub"}):
        head, _, claim = key.rpartition(":")
        if key in _TIMES:
            yield Condition("DateEquals", key, (Word(f"{trust.today.isoformat()}T12:00:00Z"),))
        elif key == "aws:sourceip":
            yield Condition("NotIpAddress", key, tuple(Word(one) for one in named_values(conditions, key)))
        elif (head == trust.host and claim in trust.issuer.claims) or key.startswith(("sts:", *_CHOSEN)):
            continue
        else:
            yield Condition("StringEqualsIfExists", key, (Word(STRANGER),))


def _deviation(trust: _Trust, found: Grant, who: str, severity: Severity) -> Deviation:
    hint = f"bind `{trust.host}:sub` with `StringEquals` to the one that may"
    return Deviation(
        message=f"{who} may assume it {show(trust.force.when)}".rstrip(),
        severity=severity,
        root_cause=f"{trust.role.subject.key}/trust/{trust.host}/{severity}",
        at=trust.force.at(trust.word.word.span),
        hint=hint,
        witness=witness(found.witness) if found.witness is not None else None,
    )
