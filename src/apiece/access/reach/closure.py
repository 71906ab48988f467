"""Whom a principal can become, step by step, the shortest way to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from apiece.access.principals import Principal
from apiece.access.reach.edges import Doubt, Edge, edges
from apiece.access.reach.paths import PATHS, Gives
from apiece.access.reach.world import World
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Effect, Policy
from apiece.iam.scope import EVERYTHING, policy_of

MOST_STEPS = 6
MOST_REACHED = 5_000
_ASSUMING = tuple(path for path in PATHS if path.slug == "assume-role")


@dataclass(frozen=True)
class Route:
    """The shortest way to one principal. `end` says what it can do there, where that is everything."""

    edges: tuple[Edge, ...]
    into: Principal
    end: str | None = None


@dataclass
class Closure:
    """All that is reached from some principals; `cut` says that it was not followed to the end."""

    routes: list[Route] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    cut: bool = False


def closure(starts: Iterable[Principal], world: World) -> Closure:
    """Follow the edges that give control, breadth first. An administrator's own edges are only those to other roles."""
    found = Closure()
    starts = tuple(starts)
    seen = {id(one) for one in starts}
    front: list[tuple[Principal, tuple[Edge, ...]]] = [(one, ()) for one in starts]
    for _ in range(MOST_STEPS):
        following: list[tuple[Principal, tuple[Edge, ...]]] = []
        for principal, way in front:
            for edge in _of(principal, world, found):
                if not edge.gives.is_control:
                    continue
                for into in edge.into:
                    if id(into) not in seen and len(seen) < MOST_REACHED:
                        seen.add(id(into))
                        following.append((into, (*way, edge)))
                        found.routes.append(Route((*way, edge), into))
        front = following
        if not front:
            break
    found.cut = bool(front) or len(seen) >= MOST_REACHED
    raised = {id(edge.by) for edge in found.edges if edge.gives is Gives.ITSELF}
    found.routes = [Route(one.edges, one.into, _end(one.into, id(one.into) in raised)) for one in found.routes]
    return found


def _of(principal: Principal, world: World, found: Closure) -> list[Edge]:
    own: list[Edge] = []
    for step in edges(principal, world, _ASSUMING if is_administrator(principal) else PATHS):
        if isinstance(step, Edge):
            own.append(step)
        else:
            found.doubts.append(step)
    found.edges += own
    return own


def _end(principal: Principal, raises_itself: bool) -> str | None:  # noqa: FBT001
    if is_administrator(principal):
        return "administrator"
    return "makes itself an administrator" if raises_itself else None


def is_administrator(principal: Principal) -> bool:
    """Tell whether a principal's own policies allow everything, proved. Boundary and control policies may limit it."""
    policies = tuple(one.document for one in principal.identity if one.document is not None)
    return not principal.gaps and _allow_everything(policies)


@lru_cache(maxsize=4096)
def _allow_everything(policies: tuple[Policy, ...]) -> bool:
    allows = [one for policy in policies for one in policy.statements if one.effect is Effect.ALLOW]
    if not any(
        one.not_actions is not None or any("*" in str(word.text)[:2] for word in one.actions or ()) for one in allows
    ):
        return False  # nobody lists every action of AWS by service
    return compare(policies, (policy_of(EVERYTHING),)).verdict is Verdict.NO_NEW_ACCESS
