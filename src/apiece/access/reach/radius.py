"""The blast radius of a function: what it can do, whom it can become, what that can do, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass

from apiece.access.principals import Principal
from apiece.access.reach.closure import Closure, closure, is_administrator
from apiece.access.reach.direct import Rights, rights_of
from apiece.access.reach.edges import Edge
from apiece.access.reach.world import World
from apiece.estate.function import Function

_NOTHING = Rights(())


@dataclass(frozen=True)
class Radius:
    """The blast radius of one form of a function, or of a role or policy that stands for one.

    `administrator` says that its own policies allow everything; `limited` that a boundary or control policies stand above.
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
    limited = principal.boundary is not None or bool(principal.scp and not principal.caller.management_account)
    rights = _NOTHING if administrator else rights_of(principal, world)
    return Radius(principal, function, administrator, limited, rights, closure((principal,), world))
