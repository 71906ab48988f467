"""Whom a resource's policy lets in from outside of its account: a minimal list of findings, the widest first.

Findings are made in strata: who is let in without signing in is not listed again as any account. Within a stratum each
Allow statement that lets someone in is found once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apiece.iam.document import Effect, Policy, PolicyKind, PrincipalType
from apiece.iam.evaluate import Layers, UrlRegime
from apiece.iam.granted import is_allowed
from apiece.iam.request import Caller, CallerType, Request, caller_named
from apiece.iam.scope import EVERYTHING, Scope, policy_of
from apiece.iam.solver.classes import are_too_many, facts_of
from apiece.iam.solver.cubes import Callers, Cube
from apiece.iam.solver.layers import Standing, allowed, cubes_within
from apiece.iam.solver.principals import doubt, is_doubtful
from apiece.iam.solver.question import Answer, Proved, Question, Unsettled, Witnessed, answers, first
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.spending import BUDGET, Budget, Spending
from apiece.iam.solver.witness import Class
from apiece.iam.strangers import Stranger, Stratum, named_outsider, stranger_account, strangers
from apiece.text import example

_SCOPE = "scope"
_SHARE_OF_NAMED = 2
"""Budgets for all callers of other accounts that a policy names: they are many, and each is asked about by itself."""
_EVERYTHING = replace(policy_of(EVERYTHING), kind=PolicyKind.IDENTITY)


@dataclass(frozen=True)
class Exposure:
    """One way in: a request that an outsider may make, and the Allow statement that lets them, by its number."""

    stratum: Stratum
    request: Request
    actions: tuple[str, ...]
    statement: int


@dataclass(frozen=True)
class Undecided:
    """A stratum of which it is not known whether it is let in, with the reason."""

    stratum: Stratum
    reason: str


@dataclass(frozen=True)
class Ground:
    """What is asked about: the account that owns the resource, and what bears on it beside its policy.

    `unsigned` says that the service answers requests that nobody signed; `known` are accounts that are no strangers;
    without `today` a condition on time may be met at any time. `url_regime` is that of a function's URL (statement 12).
    `budget` is for all kinds of outsiders.
    """

    owner: str | None = None
    scope: Scope = EVERYTHING
    rcp: tuple[tuple[Policy, ...], ...] | None = None
    unsigned: bool = True
    known: tuple[str, ...] = ()
    today: dt.date | None = None
    budget: Budget = BUDGET
    url_regime: UrlRegime | None = None


def public(policy: Policy, ground: Ground) -> tuple[Exposure | Undecided, ...]:
    """Find the strangers whom a policy lets in; nothing means that it lets none in, over the world of ADR 0014."""
    account = stranger_account((policy,), (*ground.known, *([ground.owner] if ground.owner else ())))
    rcp = tuple(one for level in ground.rcp or () for one in level)
    ground = _with_one_budget(ground)
    found: list[Exposure | Undecided] = []
    seen: set[int] = set()
    for stranger in strangers((policy, *rcp), account, ground.today):
        if stranger.stratum is Stratum.ANYONE and not ground.unsigned:
            continue
        for one in _through(policy, stranger, ground, frozenset(seen)):
            found.append(one)
            if isinstance(one, Exposure):
                seen.add(one.statement)
    return tuple(found)


def cross_account(policy: Policy, ground: Ground) -> tuple[Exposure | Undecided, ...]:
    """Find the callers of other accounts that a policy names and lets in; `ground.known` are trusted.

    Whom a template leaves open may be of another account.
    """
    found: list[Exposure | Undecided] = [
        Undecided(Stratum.NAMED, doubt(one))
        for one in policy.statements
        if one.effect is Effect.ALLOW and is_doubtful(one)
    ]
    if are_too_many((policy,)):
        return (*found, Undecided(Stratum.NAMED, "the policy names more callers than are looked at"))
    ground = _with_one_budget(ground, _SHARE_OF_NAMED)
    for caller in _named(policy):
        if caller.account is None or caller.account in {ground.owner, *ground.known}:
            continue
        found += _through(policy, named_outsider(caller, ground.today), ground, frozenset())
    return tuple(found)


def admits(
    policy: Policy, stranger: Stranger, ground: Ground, without: frozenset[int] = frozenset()
) -> Witnessed | Proved | Unsettled:
    """Tell whether a policy lets an outsider do anything within the scope, but for some of its Allow statements."""
    return first(ways_in(policy, stranger, ground, without))


def ways_in(
    policy: Policy, stranger: Stranger, ground: Ground, without: frozenset[int] = frozenset()
) -> Iterator[Answer]:
    """Walk everything that a policy lets an outsider do within the scope, class by class; a proof if that is nothing.

    What a template leaves open makes nothing certain and hides nothing.
    """
    return answers(_question(policy, stranger, ground, without))


def _question(policy: Policy, stranger: Stranger, ground: Ground, without: frozenset[int]) -> Question:
    signed = stranger.caller.type not in {CallerType.SERVICE, CallerType.ANONYMOUS, CallerType.FEDERATED}
    own = (_EVERYTHING,) if signed else None
    layers = Layers(identity=own, resource_policy=policy, rcp=ground.rcp, url_regime=ground.url_regime)
    owner = ground.owner or _another(stranger.caller)
    standing = Standing(stranger.caller, layers, owner)
    callers = standing.callers()
    refs = {f"resource/0/{number}" for number in without}

    def cubes(rules: Rules) -> Sequence[Cube]:
        made = cubes_within(allowed(standing, rules), (rules.of(_SCOPE, allows=True),))
        return [
            replace(
                cube, required=tuple(tuple(rule for rule in group if rule.ref not in refs) for group in cube.required)
            )
            for cube in made
        ]

    def confirm(request: Request) -> bool | None:
        return is_allowed(request, layers)

    of_caller = facts_of(stranger.caller)
    of_owner = {variable: about for variable, about in callers.facts.items() if variable not in of_caller}
    one = Class(Callers(callers.name, {**of_owner, **stranger.facts}), stranger.caller)
    asked = {**standing.policies(), _SCOPE: (policy_of(ground.scope),)}
    return Question(asked, cubes, confirm, (one,), ground.budget, owner)


def _through(
    policy: Policy, stranger: Stranger, ground: Ground, without: frozenset[int]
) -> Iterator[Exposure | Undecided]:
    closed = set(without)
    while True:
        match admits(policy, stranger, ground, frozenset(closed)):
            case Witnessed() as found:
                number = next(int(ref.rpartition("/")[2]) for ref in found.assumed if ref.startswith("resource/"))
                yield Exposure(stranger.stratum, found.request, found.actions, number)
                closed.add(number)
            case Unsettled() as open_:
                yield Undecided(stranger.stratum, open_.reason)
                return
            case Proved():
                return


def _with_one_budget(ground: Ground, times: int = 1) -> Ground:
    return replace(ground, budget=Spending(times * ground.budget)) if isinstance(ground.budget, int) else ground


def _named(policy: Policy) -> Iterator[Caller]:
    seen = set()
    for statement in policy.statements:
        for principal in statement.principals or ():
            name = example(principal.word.text)
            if principal.type is PrincipalType.AWS and name != "*" and name not in seen:
                seen.add(name)
                yield caller_named(name)


def _another(caller: Caller) -> str:
    """An account that is not the caller's."""
    return "111122223333" if caller.account != "111122223333" else "444455556666"
