"""All callers of the world in a finite number of classes, as far as some policies can tell them apart.

Principal elements name callers exactly. So every role, user or session that is named is a class of its own, and all
others of its account are one, whose name is free; all accounts that nobody names are one too (docs/adr/0014, "The
world").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apiece.arn import try_parse
from apiece.iam.document import Policy, PolicyKind, PrincipalType, Statement
from apiece.iam.request import PRINCIPAL_TYPES, Caller, CallerType, caller_named
from apiece.iam.solver.atoms import Atom, fact
from apiece.iam.solver.cubes import Callers
from apiece.iam.solver.facts import About, Fact
from apiece.iam.solver.principals import ways
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.witness import Class
from apiece.text import example

WITH_PRINCIPALS = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP, PolicyKind.ENDPOINT})
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
_LAST = 777788889999
_NAME = "example"
_MOST_MEETINGS = 2_000_000
_KINDS = ((CallerType.ROLE, "role"), (CallerType.USER, "user"), (CallerType.FEDERATED, "oidc-provider"))
_ARNS = {
    CallerType.ROOT: ("arn:*:iam::*:root",),
    CallerType.FEDERATED: ("arn:*:iam::*:oidc-provider/?*", "arn:*:iam::*:saml-provider/?*"),
}
Facts = dict[str, About]


def facts_of(caller: Caller) -> Facts:
    """What AWS states of one caller (statement 35), as facts about keys."""
    known: dict[str, str | None] = {
        "aws:principalarn": principal_arn(caller),
        "aws:principalaccount": "anonymous" if caller.type is CallerType.ANONYMOUS else caller.account,
        "aws:principaltype": PRINCIPAL_TYPES.get(caller.type),
        "aws:username": (caller.arn or "").rpartition("/")[2] if caller.type is CallerType.USER else None,
        "aws:principalservicename": caller.arn if caller.type is CallerType.SERVICE else None,
        "aws:principalisawsservice": None
        if caller.type is CallerType.ANONYMOUS
        else "true"
        if caller.type is CallerType.SERVICE
        else "false",
    }
    facts: Facts = {f"key/{key}": frozenset({(fact(key, value), True)}) for key, value in known.items()}
    if caller.org is not None:
        facts["key/aws:principalorgid"] = frozenset({(fact("aws:principalorgid", caller.org), True)})
    return facts


def principal_arn(caller: Caller) -> str | None:
    """`aws:PrincipalArn` of a caller: of a session the role, of a service none."""
    if caller.type is CallerType.SERVICE or caller.arn is None:
        return None
    if caller.type is not CallerType.SESSION:
        return caller.arn
    parts = caller.arn.split(":")
    return f"arn:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"


def classes_of(policies: Iterable[Policy]) -> tuple[Class, ...]:
    """The classes of callers that some policies with principals can tell apart."""
    statements = [one for policy in policies if policy.kind in WITH_PRINCIPALS for one in policy.statements]
    named = sorted({name for one in statements for name in _names(one)}, key=str)
    callers = [caller for name in named if (caller := _concrete(*name)) is not None]
    accounts = sorted({account for one in statements for account in accounts_in(one)})
    free = next(str(number) for number in range(_LAST, 0, -1) if str(number) not in accounts)
    found = [
        Class(Callers(_title(caller), facts_of(caller)), caller, by_name=True)
        for caller in (Caller(CallerType.ANONYMOUS, None), *callers)
        if caller.type is not CallerType.ROOT
    ]
    found.append(_another_service(named, callers))
    for account in accounts:
        found += _of_account(account, callers, accounts, named=True)
    return (*found, *_of_account(free, callers, accounts, named=False))


def are_too_many(policies: Iterable[Policy]) -> bool:
    """Tell whether policies tell more callers apart than can be looked at, each with each principal that is named."""
    statements = [one for policy in policies if policy.kind in WITH_PRINCIPALS for one in policy.statements]
    named = sum(1 for one in statements for _ in _names(one))
    accounts = {account for one in statements for account in accounts_in(one)}
    return (named + len(accounts)) * (named + len(statements)) > _MOST_MEETINGS


def meant(one: Class, rules: Rules) -> Class:
    """The class with the statements whose principal element means it, over compiled rules."""
    refs = frozenset(
        ref
        for ref, rule in rules.by_ref.items()
        if rule.policy.kind not in WITH_PRINCIPALS or ways(rule.statement, one.example, bounded=False)
    )
    return Class(Callers(one.callers.name, one.callers.facts, refs), one.example)


def _names(statement: Statement) -> Iterator[tuple[PrincipalType, str]]:
    for principal in (*(statement.principals or ()), *(statement.not_principals or ())):
        yield principal.type, example(principal.word.text)


def _concrete(kind: PrincipalType, name: str) -> Caller | None:
    match kind:
        case PrincipalType.SERVICE:
            return Caller(CallerType.SERVICE, name)
        case PrincipalType.FEDERATED if name != "*":
            return _provider(name)
        case PrincipalType.AWS if try_parse(name) is not None:
            return caller_named(name)
        case _:
            return None


def _provider(name: str) -> Caller:
    arn = try_parse(name)
    return Caller(CallerType.FEDERATED, name, arn.account if arn is not None and arn.account.isdigit() else None)


def _another_service(named: list[tuple[PrincipalType, str]], callers: list[Caller]) -> Class:
    """A service that no principal element names. Conditions may: it is any other."""
    taken = {name for _, name in named}
    services = (f"{_NAME}{number or ''}.amazonaws.com" for number in range(len(taken) + 1))
    service = Caller(CallerType.SERVICE, next(name for name in services if name not in taken))
    any_name: set[Fact] = {(fact("aws:principalservicename", "?*", name="stringlike"), True)}
    any_name |= {(fact("aws:principalservicename", one.arn), False) for one in _of_type(service, callers)}
    facts = facts_of(service) | {"key/aws:principalservicename": frozenset(any_name)}
    return Class(Callers("another service", facts), service, by_name=True)


def _of_type(caller: Caller, callers: list[Caller]) -> Iterator[Caller]:
    return (one for one in callers if one.type is caller.type)


def accounts_in(statement: Statement) -> Iterator[str]:
    """The account ids that a statement holds, in its principals and in the values of its conditions."""
    for kind, name in _names(statement):
        if kind is PrincipalType.AWS:
            yield from _ACCOUNT.findall(name)
    for condition in statement.conditions:
        for word in condition.values:
            yield from _ACCOUNT.findall(example(word.text))


def _of_account(account: str, callers: list[Caller], accounts: list[str], *, named: bool) -> Iterator[Class]:
    """A role, a user and an identity provider of an account that nobody names, and its root user.

    Or those of any account that nobody names.
    """
    of = account if named else "another account"
    for type_, kind in _KINDS:
        names = (f"arn:aws:iam::{account}:{kind}/{_NAME}{number or ''}" for number in range(len(callers) + 1))
        taken = {caller.arn for caller in callers}
        caller = Caller(type_, next(name for name in names if name not in taken), account)
        title = f"{'provider' if type_ is CallerType.FEDERATED else kind} of {of}"
        yield Class(Callers(title, _free(caller, callers, accounts, named=named)), caller, by_name=True)
    root = Caller(CallerType.ROOT, f"arn:aws:iam::{account}:root", account)
    facts = facts_of(root) if named else _free(root, callers, accounts, named=False)
    yield Class(Callers(f"root of {of}", facts), root, by_name=True)


def _free(caller: Caller, callers: list[Caller], accounts: list[str], *, named: bool) -> Facts:
    """What is true of all roles (or users …) of an account that nobody names, or of all accounts that nobody names."""
    facts = facts_of(caller)
    about: set[Fact] = {(_kind_of(caller), True)}
    same = [one for one in callers if one.type is caller.type]
    if named:
        about.add((fact("aws:principalarn", f"arn:*:iam::{caller.account}:*", name="arnlike"), True))
        same = [one for one in same if one.account == caller.account]
        about |= {(fact("aws:principalarn", one.arn), False) for one in same}
    else:
        about |= {(fact("aws:principalarn", f"arn:*:iam::{one}:*", name="arnlike"), False) for one in accounts}
        about |= {(fact("aws:principalarn", one.arn), False) for one in same if one.account not in accounts}
        others = {(fact("aws:principalaccount", one), False) for one in accounts}
        facts["key/aws:principalaccount"] = frozenset(
            {(fact("aws:principalaccount", caller.account, name="isaccount"), True), *others}
        )
    facts["key/aws:principalarn"] = frozenset(about)
    if caller.type is CallerType.USER:
        del facts["key/aws:username"]
    return facts


def _kind_of(caller: Caller) -> Atom:
    patterns = _ARNS.get(caller.type)
    if patterns is not None:
        return fact("aws:principalarn", *patterns, name="arnlike")
    return fact("aws:principalarn", caller.arn, name="isrole" if caller.type is CallerType.ROLE else "isuser")


def _title(caller: Caller) -> str:
    return caller.arn or "anyone, without signing in"
