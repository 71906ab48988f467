"""Who may invoke a function: each statement of its resource policy, asked beside everything that denies.

The caller's own account is taken to allow everything, so that only the function's side decides.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from apiece.access.opening import Purse, beside_denials, is_for_everyone, may_mean
from apiece.access.rights import EXAMPLE_ACCOUNT
from apiece.arn import try_parse
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import InFile, Provenance
from apiece.estate.when import When
from apiece.iam.document import Effect, Policy, Statement
from apiece.iam.exposure import Ground
from apiece.iam.request import CallerType, Request
from apiece.iam.scope import Scope, literally
from apiece.iam.solver.atoms import fact
from apiece.iam.solver.question import Proved, Witnessed
from apiece.iam.strangers import Stranger, absent, stranger_account, strangers
from apiece.text import example

URL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
_VIA = ("lambda:functionurlauthtype", "lambda:invokedviafunctionurl", "lambda:eventsourcetoken")
"""Keys that say by which way a call comes: a direct one carries none of them."""
Context = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Grant:
    """One Allow statement of a function's resource policy, with the choices under which it is in force.

    `policy` holds it first, and then all Deny statements.
    """

    attached: AttachedPolicy
    statement: Statement
    when: When
    policy: Policy
    purse: Purse = dataclasses.field(compare=False)

    @property
    def root_cause(self) -> str:
        return f"{self.attached.name}/{self.statement.name}"

    def at(self, element: str) -> Provenance | None:
        """Where the statement's principal stands, or the whole policy where its words have no places."""
        place, words = self.attached.at, self.statement.principals or ()
        span = words[0].word.span if words else None
        if span is None or not isinstance(place, InFile):
            return place
        return InFile(file=span.file, path=f"{place.path}.{element}" if place.path else element, span=span)


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """What came of a question: a request that is let in, or none; or that it is unknown."""

    request: Request | None = None
    unknown: bool = False


def grants(function: Function, estate: Estate) -> Iterator[Grant]:
    """Walk the Allow statements that can be in force on a function."""
    purse = Purse()
    for attached in function.policies:
        when = estate.together(function.when, attached.when)
        if when is None or attached.document is None:
            continue
        for statement in attached.document.statements:
            if statement.effect is Effect.ALLOW:
                policy = beside_denials(statement, attached.document, function.policies, when)
                yield Grant(attached, statement, when, policy, purse)


def outsiders(grant: Grant, *types: CallerType) -> Iterator[Stranger]:
    """The kinds of strangers of these types whom a grant may mean: they have no name by which it could."""
    if is_for_everyone(grant.policy.statements[0]):
        account = stranger_account((grant.policy,), (EXAMPLE_ACCOUNT,))
        yield from (one for one in strangers((grant.policy,), account) if one.caller.type in types)


def directly(who: Stranger) -> Stranger:
    """Somebody who calls the function itself, through no URL and for no skill."""
    return dataclasses.replace(who, facts={**who.facts, **absent(*_VIA)})


def entry(function: Function, grant: Grant, who: Stranger, *actions: str, context: Context = ()) -> Entry:
    """Ask whether a grant lets somebody do any of some actions, the first in the alphabet first."""
    if not may_mean(grant.policy.statements[0], who):
        return Entry()
    found: list[Witnessed] = []
    unknown = False
    for answer in grant.purse.ways_in(grant.policy, who, _ground(function, grant, actions, context)):
        if isinstance(answer, Witnessed):
            found.append(answer)
        unknown = unknown or not isinstance(answer, Witnessed | Proved)
    best = min(found, key=lambda answer: answer.actions[0], default=None)
    return Entry(best.request) if best is not None else Entry(unknown=unknown)


def through_url(
    function: Function, grant: Grant, all_grants: Iterable[Grant], who: Stranger, auth: str
) -> tuple[Entry, bool]:
    """Ask whether a grant lets somebody call the function's URL, and whether a URL of today would let them in too.

    Since October 2025 a URL asks for two permissions, which two statements may give (statement 12).
    """
    first = entry(function, grant, _with(directly(who), "lambda:functionurlauthtype", auth), URL)
    if first.request is None:
        return first, False
    again = _with(directly(who), "lambda:invokedviafunctionurl", "true")
    return first, any(entry(function, one, again, INVOKE).request is not None for one in all_grants)


def _with(who: Stranger, key: str, value: str) -> Stranger:
    return dataclasses.replace(who, facts={**who.facts, f"key/{key}": frozenset({(fact(key, value), True)})})


def _ground(function: Function, grant: Grant, actions: tuple[str, ...], context: Context) -> Ground:
    """The resource that the grant names, or the function where it names a pattern."""
    words = grant.policy.statements[0].resources or ()
    own, named = example(function.arn), example(words[0].text) if words else "*"
    inside = (literally(own), f"{literally(own)}:*") if try_parse(own) is not None and "*" in named else ("*",)
    arn = try_parse(own if "*" in named else named)
    owner = arn.account if arn is not None and arn.account.isdigit() else function.subject.account
    return Ground(owner or EXAMPLE_ACCOUNT, Scope(actions, inside, context))
