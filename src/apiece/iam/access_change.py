"""Whether a change of a caller's policies, in any layer, allows a request that was not allowed before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apiece.iam.compare import Comparison, Verdict
from apiece.iam.evaluate import Layers
from apiece.iam.granted import is_allowed
from apiece.iam.request import Caller, Request
from apiece.iam.scope import EVERYTHING, Scope, policy_of
from apiece.iam.solver.cubes import Cube
from apiece.iam.solver.function_url import as_written
from apiece.iam.solver.layers import Allowed, Alternative, Group, Standing, allowed
from apiece.iam.solver.question import Answer, Proved, Question, Unsettled, Witnessed, ask, ask_each
from apiece.iam.solver.rules import Rules
from apiece.iam.solver.spending import BUDGET
from apiece.iam.solver.witness import Class

_SCOPE = "scope"


def gained(
    caller: Caller,
    old: Layers,
    new: Layers,
    scope: Scope = EVERYTHING,
    *,
    owner: str | None = None,
    budget: int = BUDGET,
) -> Comparison:
    """Tell whether a caller may do something under the new layers that it may not under the old.

    `owner` is the account of the resources, the caller's own where it is not given. What is lost is what is gained the
    other way round. Raises `Disagreement` where solver and reference evaluator differ, which is a bug.
    """
    return _change(ask(_question(caller, old, new, Bounds(scope, owner, budget))))


def gained_each(caller: Caller, old: Layers, new: Layers, bounds: Bounds) -> Iterator[Comparison]:
    """Walk everything that is gained, each class of actions once; what is in doubt comes last, nothing if none is.

    Raises `Disagreement`, which is a bug.
    """
    return map(_change, ask_each(_question(caller, old, new, bounds)))


@dataclass(frozen=True)
class Bounds:
    """What a change is asked about: a scope, the account that owns the resources, a budget of steps."""

    scope: Scope = EVERYTHING
    owner: str | None = None
    budget: int = BUDGET


def _question(caller: Caller, old: Layers, new: Layers, bounds: Bounds) -> Question:
    account = bounds.owner or caller.account
    before, after = Standing(caller, old, account, "old-"), Standing(caller, new, account, "new-")

    def cubes(rules: Rules) -> Sequence[Cube]:
        return list(_cubes(allowed(before, rules), allowed(after, rules), rules.of(_SCOPE, allows=True)))

    def confirm(request: Request) -> bool | None:
        now, then = is_allowed(request, new), is_allowed(request, old)
        return None if now is None or then is None else now and not then

    layers = {**before.policies(), **after.policies(), _SCOPE: (policy_of(bounds.scope),)}
    return Question(layers, cubes, confirm, (Class(after.callers(), caller),), bounds.budget, account)


def _change(answer: Answer) -> Comparison:
    match answer:
        case Witnessed() as found:
            statements = tuple(ref for ref in found.assumed if not ref.startswith(_SCOPE))
            return Comparison(Verdict.NEW_ACCESS, found.request, found.actions, statements=as_written(statements))
        case Proved() as proved:
            return Comparison(Verdict.NO_NEW_ACCESS, proved=proved, taken_single=proved.taken_single)
        case Unsettled() as open_:
            return Comparison(Verdict.UNKNOWN, None, open_.actions, open_.reason, as_written(open_.statements))


def _cubes(before: Allowed, after: Allowed, scope: Group) -> Iterator[Cube]:
    """Allowed now, and before either denied, or short of some group in every alternative of some need."""
    for one in after.alternatives:
        required, forbidden = (scope, *one.groups), (*after.denials, *one.outside)
        for denial in before.denials:
            yield Cube((*required, (denial,)), forbidden, one.actions)
        for need in before.needs:
            for way in _short(need, _Way(one.actions)):
                yield Cube((*required, *way.also), (*forbidden, *way.without), way.actions)


@dataclass(frozen=True)
class _Way:
    """A way in which alternatives fail: groups that must have a statement, statements that must not be."""

    actions: int
    also: tuple[Group, ...] = ()
    without: Group = ()


def _short(alternatives: tuple[Alternative, ...], so_far: _Way) -> Iterator[_Way]:
    """The ways in which none of the alternatives holds.

    One fails for actions that it is not for, for resources outside of it, or for want of one of its groups.
    """
    if not alternatives:
        yield so_far
        return
    one, *others = alternatives
    rest = tuple(others)
    if elsewhere := so_far.actions & ~one.actions:
        yield from _short(rest, replace(so_far, actions=elsewhere))
    inside = so_far.actions & one.actions
    if not inside:
        return
    if one.outside:
        yield from _short(rest, replace(so_far, actions=inside, also=(*so_far.also, one.outside)))
    for group in one.groups:
        without = tuple(dict.fromkeys((*so_far.without, *group)))
        yield from _short(rest, replace(so_far, actions=inside, without=without))
