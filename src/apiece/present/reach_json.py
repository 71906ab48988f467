"""The blast radius of a function as JSON, `apiece/reach/1`. Within a version members are only added."""

from __future__ import annotations

import msgspec

from apiece.access.reach.closure import Route
from apiece.access.reach.direct import Right
from apiece.access.reach.edges import Doubt, Edge
from apiece.access.reach.radius import Radius
from apiece.access.rights import witness
from apiece.present.granting_json import (
    Conditions,
    PrincipalOut,
    StatementOut,
    ThingOut,
    principal_out,
    statement_out,
    thing_out,
)
from apiece.present.json_ import written
from apiece.records.verdict import Witness
from apiece.text import show

SCHEMA = "apiece/reach/1"


class RightOut(msgspec.Struct, frozen=True, kw_only=True):
    """Actions of one service and one kind of access; `reason` says why it is not known whether they are allowed."""

    service: str
    level: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    things: tuple[ThingOut, ...]
    conditions: Conditions
    allowed_by: tuple[StatementOut, ...]
    reason: str | None


class EdgeOut(msgspec.Struct, frozen=True, kw_only=True):
    """One way that is open. `target` null: something that the source does not hold, such as `resource`."""

    path: str
    title: str
    gives: str
    by: str | None
    target: ThingOut | None
    resource: str
    into: tuple[str | None, ...]
    function: str | None
    requests: tuple[Witness, ...]
    conditions: Conditions
    allowed_by: tuple[StatementOut, ...]


class RouteOut(msgspec.Struct, frozen=True, kw_only=True):
    """The shortest way to a principal; `edges` are places in the list of edges."""

    principal: PrincipalOut
    edges: tuple[int, ...]
    end: str | None


class DoubtOut(msgspec.Struct, frozen=True, kw_only=True):
    """A way of which it is not known whether it is open; `path` null: any way at all."""

    path: str | None
    by: str | None
    target: ThingOut | None
    reason: str


class RadiusOut(msgspec.Struct, frozen=True, kw_only=True):
    """One form of the function. `complete` false: there is more than was followed."""

    function: str | None
    principal: PrincipalOut
    administrator: bool
    limited: bool
    rights: tuple[RightOut, ...]
    other_services: tuple[str, ...]
    edges: tuple[EdgeOut, ...]
    reached: tuple[RouteOut, ...]
    complete: bool
    unknown: tuple[DoubtOut, ...]
    gaps: tuple[str, ...]


class ReachOut(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document."""

    schema: str
    answers: tuple[RadiusOut, ...]
    outside_source: tuple[str, ...]


def render(found: tuple[Radius, ...], outside: tuple[str, ...]) -> str:
    """Write all forms of a function."""
    return written(ReachOut(schema=SCHEMA, answers=tuple(map(_radius, found)), outside_source=outside))


def _radius(found: Radius) -> RadiusOut:
    place = {id(edge): number for number, edge in enumerate(found.found.edges)}
    return RadiusOut(
        function=found.function.subject.name if found.function is not None else None,
        principal=principal_out(found.principal),
        administrator=found.administrator,
        limited=found.limited,
        rights=tuple(map(_right, found.rights.rows)),
        other_services=found.rights.more,
        edges=tuple(map(_edge, found.found.edges)),
        reached=tuple(_route(route, place) for route in found.found.routes),
        complete=not found.found.cut,
        unknown=tuple(map(_doubt, found.found.doubts)),
        gaps=tuple(gap.reason for gap in found.principal.gaps),
    )


def _right(row: Right) -> RightOut:
    return RightOut(
        service=row.service,
        level=row.level,
        actions=row.actions,
        resources=tuple(show(word) for word in row.words),
        things=tuple(map(thing_out, row.things)),
        conditions=row.conditions,
        allowed_by=tuple({one: statement_out(one) for answer in row.answers for one in answer.because}.values()),
        reason=row.reason or None,
    )


def _edge(edge: Edge) -> EdgeOut:
    return EdgeOut(
        path=edge.path.slug,
        title=edge.path.title,
        gives=edge.gives.name.lower(),
        by=edge.by.caller.arn,
        target=thing_out(edge.target) if edge.target is not None else None,
        resource=edge.resource,
        into=tuple(one.caller.arn for one in edge.into),
        function=edge.function.subject.name if edge.function is not None else None,
        requests=tuple(witness(one.request) for one in edge.answers if one.request is not None),
        conditions=edge.conditions,
        allowed_by=tuple({one: statement_out(one) for answer in edge.answers for one in answer.because}.values()),
    )


def _route(route: Route, place: dict[int, int]) -> RouteOut:
    return RouteOut(
        principal=principal_out(route.into), edges=tuple(place[id(edge)] for edge in route.edges), end=route.end
    )


def _doubt(one: Doubt) -> DoubtOut:
    return DoubtOut(
        path=one.path.slug if one.path is not None else None,
        by=one.by.caller.arn,
        target=thing_out(one.target) if one.target is not None else None,
        reason=one.reason,
    )
