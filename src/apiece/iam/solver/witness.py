"""From facts to one concrete request that a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from apiece.iam.request import Caller, CallerType, Request
from apiece.iam.solver import keys, resources
from apiece.iam.solver.answers import Holds
from apiece.iam.solver.atoms import Atom, fact
from apiece.iam.solver.cubes import ANYONE, Callers, Found
from apiece.iam.solver.facts import NOTHING, RESOURCE, About, Facts
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.spending import Spending

EXAMPLE_ACCOUNT = "111122223333"
EXAMPLE_ROLE = Caller(CallerType.ROLE, f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/example", EXAMPLE_ACCOUNT)
_ARN, _ACCOUNT, _USERNAME = "key/aws:principalarn", "key/aws:principalaccount", "key/aws:username"
_SERVICE = "key/aws:principalservicename"
_CONCRETE = frozenset({"stringequals", "null"})
"""What a class states of the ARN of one caller, or of callers that have none."""
_COLONS = 5
_DERIVED = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:principaltype",
        "aws:username",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:resourceaccount",
    }
)
"""Keys that a request carries unless it says that they are absent (statement 35)."""
_OF_CALLER = frozenset(f"key/{name}" for name in _DERIVED - {"aws:principalorgid"})
_ALWAYS = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principaltype",
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:userid",
    }
)
"""Keys that nearly every request has: a witness with them reads more naturally than one without."""


@dataclass(frozen=True)
class Class:
    """A class of callers, with one of them as an example."""

    callers: Callers
    example: Caller
    by_name: bool = False
    """Whether principal elements decide which statements mean it; otherwise the question's cubes say so."""


ANY_SIGNED = Class(ANYONE, EXAMPLE_ROLE)


def requests(found: Found, rules: Rules, one: Class, spending: Spending) -> Iterable[Request]:
    """Requests that the facts describe, the most readable first; none where no resource can be written down."""
    facts = found.model.facts
    resource = resources.example(found.domain, facts.get(RESOURCE, NOTHING), spending)
    caller = _caller(one, facts, spending)
    if resource is None or caller is None:
        return
    spelled = spellings(rules)
    asked = {*spelled, *(name for rule in rules.by_ref.values() for name in rule.variables)}
    for natural in (True, False):
        context: dict[str, str | tuple[str, ...]] = {}
        for variable, about in sorted(facts.items()):
            if variable == RESOURCE or (variable in _OF_CALLER and variable in one.callers.facts):
                continue  # it follows from the caller
            key = variable.removeprefix("key/")
            if key not in asked:
                continue
            several, present = key in rules.several, natural and key in _ALWAYS
            value = keys.example(about, spending, several=several, present=present)
            if value:
                context[spelled.get(key, key)] = value if key in rules.several else value[0]
            elif key in _DERIVED:
                context[spelled.get(key, key)] = ()
        yield Request(caller, telling_action(found.actions, rules), resource, None, context)


def _caller(one: Class, facts: Facts, spending: Spending) -> Caller | None:
    """The caller of a class that the facts describe: its name, and its account where that is free."""
    if one.example.type is CallerType.SERVICE:
        return _service(one, facts, spending)
    about = facts.get(_ARN)
    known = one.callers.facts.get(_ARN, NOTHING)
    if any(isinstance(what, Atom) and sign and what.name in _CONCRETE for what, sign in known):
        return one.example  # a session's own ARN is not the one that it is known by
    named = one.example.type is CallerType.USER and _USERNAME in facts
    accounts = facts.get(_ACCOUNT, NOTHING)
    unchanged = about == known and accounts == one.callers.facts.get(_ACCOUNT, NOTHING)
    if about is None or one.example.arn is None or (unchanged and not named):
        return one.example
    names = (
        (about | {(_like(f"arn:*:iam::*:user/{name}"), True)} for name in _values(facts[_USERNAME], spending))
        if named
        else ()
    )
    for wanted in (
        *names,
        about,
        *(about | {(_like(f"arn:*:iam::{value}:*"), True)} for value in _values(accounts, spending)),
    ):
        for arn in _values(wanted, spending):
            account = arn.split(":")[4] if arn.count(":") >= _COLONS else ""
            if (
                not accounts
                or keys.look(accounts | {(fact("aws:principalaccount", account), True)}, spending, several=False).holds
                is Holds.SOMETIMES
            ):
                return replace(one.example, arn=arn, account=account)
    return None


def _service(one: Class, facts: Facts, spending: Spending) -> Caller | None:
    about = facts.get(_SERVICE)
    if about is None or about == one.callers.facts.get(_SERVICE):
        return one.example
    return next((replace(one.example, arn=name) for name in _values(about, spending)), None)


def _values(about: About, spending: Spending) -> tuple[str, ...]:
    return keys.example(about, spending, several=False, present=True) or () if about else ()


def _like(arn: str) -> Atom:
    return fact("aws:principalarn", arn, name="arnlike")


def telling_action(bits: int, rules: Rules) -> str:
    """The name of one action of a set: the first."""
    return rules.universe.name((bits & -bits).bit_length() - 1)


def spellings(rules: Rules) -> Mapping[str, str]:
    """How policies write each key, by the key in lower case."""
    return {
        condition.key.lower(): condition.key
        for rule in rules.by_ref.values()
        for condition in rule.statement.conditions
    }
