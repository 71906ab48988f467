"""Whether a principal can get more than it was granted, and by which steps; not every way to another is one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from apiece.access.principals import Principal
from apiece.access.reach.closure import Route, closure, is_administrator
from apiece.access.reach.edges import Doubt, Edge, edges
from apiece.access.reach.paths import PATHS, Gives, On
from apiece.access.reach.world import World
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Policy

_LENT = "assume-role"
"""A role that was told to let this one in: lent on purpose, and no escalation unless it ends with everything."""


_BUT_LENT = tuple(path for path in PATHS if path.slug != _LENT)
_ANYTHING = frozenset({On.NEW, On.ANY})


class End(IntEnum):
    """What an escalation ends with, the gravest first."""

    EVERYTHING = 0
    ANY_PERMISSION = 1
    """Any permission, for itself or for another identity."""
    UNSEEN = 2
    """Whatever else there is that the source does not hold."""
    MORE = 3
    """Others of the source, who may do something that it may not."""


@dataclass(frozen=True)
class Escalation:
    """The shortest way to the gravest end. `into` are those it leads to."""

    end: End
    edges: tuple[Edge, ...]
    into: tuple[Principal, ...] = ()


def escalation(principal: Principal, world: World) -> Escalation | Doubt | None:
    """Find the gravest escalation of a principal; why there may be one; None where there is none.

    An administrator has everything already.
    """
    if is_administrator(principal):
        return None
    steps = edges(principal, world, PATHS if _may_assume(principal, world) else _BUT_LENT)
    own = [one for one in steps if isinstance(one, Edge)]
    found = [*_by_writing(own), *_into_the_unseen(own)]
    if any(one.gives.is_control and one.into for one in own):
        found += _by_becoming(principal, world)
    if found:
        return min(found, key=lambda one: (one.end, len(one.edges)))
    return next((one for one in steps if isinstance(one, Doubt)), None)


def _may_assume(principal: Principal, world: World) -> bool:
    """Tell whether roles that are lent matter: it was told that it may assume some, or one that is lent has everything.

    A role that lets everybody in and can get further by itself is found by itself.
    """
    if world.asking.spoken.may(principal, ("sts:AssumeRole",)):
        return True
    lent = (form for target in world.inviting for form in world.forms_of(target.subject))
    return any(is_administrator(one) for one in lent)


def _by_writing(own: list[Edge]) -> list[Escalation]:
    writing = sorted((one for one in own if one.gives in {Gives.ITSELF, Gives.OTHER}), key=_of_itself)
    return [Escalation(End.ANY_PERMISSION, (writing[0],))] if writing else []


def _of_itself(edge: Edge) -> bool:
    return edge.gives is not Gives.ITSELF


def _into_the_unseen(own: list[Edge]) -> list[Escalation]:
    """Ways onto any role or user there may be; one on a thing that is named and not here is not known to be more."""
    beyond = (one for one in own if one.gives.is_control and one.target is None)
    return [
        Escalation(End.UNSEEN, (one,)) for one in beyond if one.path.on in _ANYTHING or "elsewhere" in one.resource
    ][:1]


def _by_becoming(principal: Principal, world: World) -> list[Escalation]:
    routes = closure((principal,), world).routes
    whole = [one for one in routes if one.end is not None]
    if whole:
        best = min(whole, key=lambda one: len(one.edges))
        return [Escalation(End.EVERYTHING, best.edges, (best.into,))]
    more = [one for one in routes if _is_taken(one) and _can_more(one.into, principal)]
    if not more:
        return []
    best = min(more, key=lambda one: len(one.edges))
    return [Escalation(End.MORE, best.edges, tuple(one.into for one in more))]


def _is_taken(route: Route) -> bool:
    return any(one.path.slug != _LENT for one in route.edges)


def _can_more(other: Principal, principal: Principal) -> bool:
    """Tell whether another's policies allow anything that one's own do not; what is not known counts as more."""
    return compare(_documents(principal), _documents(other)).verdict is not Verdict.NO_NEW_ACCESS


def _documents(principal: Principal) -> tuple[Policy, ...]:
    return tuple(one.document for one in principal.identity if one.document is not None)
