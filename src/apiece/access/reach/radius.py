"""The blast radius of a function: what it can do, whom it can become, what that can do, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass

from apiece.access.principals import Principal
from apiece.access.reach.closure import Closure, closure, is_administrator
from apiece.access.reach.direct import Rights, rights_of
from apiece.access.reach.edges import Edge
from apiece.access.reach.world import World
from apiece.access.rights import allows_all
from apiece.estate.function import Function
from apiece.iam.document import Effect

_NOTHING = Rights(())


@dataclass(frozen=True)
class Radius:
    """The blast radius of one form of a function, or of a role or policy that stands for one.

    `administrator` says that its own policies allow everything; `limited` that a boundary or control policies stand
    above it.
    """

    principal: Principal
    function: Function | None
    administrator: bool
    limited: bool
    rights: Rights
    found: Closure

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edges of the function itself."""
        return tuple(edge for edge in self.found.edges if edge.by is self.principal)


def radius(principal: Principal, function: Function | None, world: World) -> Radius:
    """Measure how far one principal reaches."""
    administrator = is_administrator(principal)
    limited = principal.boundary is not None or _is_limited_from_above(principal)
    rights = _NOTHING if administrator else rights_of(principal, world)
    return Radius(principal, function, administrator, limited, rights, closure((principal,), world))


def _is_limited_from_above(principal: Principal) -> bool:
    """Tell whether control policies may deny it anything (statement 14)."""
    if principal.caller.management_account or principal.caller.service_linked:
        return False
    levels = [[one.document for one in level if one.document is not None] for level in principal.scp or ()]
    denies = any(two.effect is Effect.DENY for level in levels for one in level for two in one.statements)
    return denies or not all(any(map(allows_all, level)) for level in levels)
