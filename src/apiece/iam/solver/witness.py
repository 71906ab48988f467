"""From facts to one concrete request that a person can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apiece.iam.request import Caller, CallerType, Request
from apiece.iam.solver import keys, resources
from apiece.iam.solver.cubes import ANYONE, Callers, Found
from apiece.iam.solver.rules import RESOURCE, Rules
from apiece.iam.solver.spending import Spending

EXAMPLE_ACCOUNT = "111122223333"
EXAMPLE_ROLE = Caller(CallerType.ROLE, f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/example", EXAMPLE_ACCOUNT)
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


ANY_SIGNED = Class(ANYONE, EXAMPLE_ROLE)


def requests(found: Found, rules: Rules, one: Class, spending: Spending) -> Iterable[Request]:
    """Requests that the facts describe, the most readable first; none where no resource can be written down."""
    facts = found.model.facts
    resource = resources.example(found.domain, facts.get(RESOURCE, frozenset()), spending)  # type: ignore[arg-type]
    if resource is None:
        return
    spelled = spellings(rules)
    for natural in (True, False):
        context: dict[str, str | tuple[str, ...]] = {}
        for variable, about in sorted(facts.items()):
            if variable == RESOURCE or variable in one.callers.facts:
                continue  # what AWS says of a caller follows from the caller
            key = variable.removeprefix("key/")
            several, present = key in rules.several, natural and key in _ALWAYS
            value = keys.example(about, spending, several=several, present=present)  # type: ignore[arg-type]
            if value:
                context[spelled.get(key, key)] = value if key in rules.several else value[0]
            elif key in _DERIVED:
                context[spelled.get(key, key)] = ()
        yield Request(one.example, telling_action(found.actions, rules), resource, None, context)


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
