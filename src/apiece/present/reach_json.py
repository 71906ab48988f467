"""The blast radius of a function as JSON (docs/schema/reach-1.json)."""

from __future__ import annotations

import json

from apiece.access.reach.closure import Route
from apiece.access.reach.direct import Right
from apiece.access.reach.edges import Doubt, Edge
from apiece.access.reach.radius import Radius
from apiece.present.granting import (
    spelled_because,
    spelled_principal,
    spelled_request,
    spelled_target,
)
from apiece.present.safe import inert
from apiece.text import show


def render(found: tuple[Radius, ...], outside: tuple[str, ...]) -> str:
    """Write all forms of a function."""
    document = {
        "schema": "apiece/reach/1",
        "answers": [_answer(one) for one in found],
        "outside_source": list(outside),
    }
    return inert(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _answer(found: Radius) -> dict[str, object]:
    place = {id(edge): number for number, edge in enumerate(found.found.edges)}
    return {
        "function": found.function.subject.name if found.function is not None else None,
        "principal": spelled_principal(found.principal),
        "administrator": found.administrator,
        "limited": found.limited,
        "rights": [_right(row) for row in found.rights.rows],
        "other_services": list(found.rights.more),
        "edges": [_edge(edge) for edge in found.found.edges],
        "reached": [_route(route, place) for route in found.found.routes],
        "complete": not found.found.cut,
        "unknown": [_doubt(one) for one in found.found.doubts],
        "gaps": [gap.reason for gap in found.principal.gaps],
    }


def _right(row: Right) -> dict[str, object]:
    return {
        "service": row.service,
        "level": row.level,
        "actions": list(row.actions),
        "resources": [show(word) for word in row.words],
        "things": [spelled_target(one) for one in row.things],
        "conditions": {key: value if isinstance(value, str) else list(value) for key, value in row.conditions.items()},
        "allowed_by": [spelled_because(one) for answer in row.answers for one in answer.because],
        "reason": row.reason or None,
    }


def _edge(edge: Edge) -> dict[str, object]:
    conditions = edge.conditions
    return {
        "path": edge.path.slug,
        "title": edge.path.title,
        "gives": edge.gives.name.lower(),
        "by": edge.by.caller.arn,
        "target": spelled_target(edge.target) if edge.target is not None else None,
        "resource": edge.resource,
        "into": [one.caller.arn for one in edge.into],
        "function": edge.function.subject.name if edge.function is not None else None,
        "requests": [spelled_request(one.request) for one in edge.answers],
        "conditions": {key: value if isinstance(value, str) else list(value) for key, value in conditions.items()},
        "allowed_by": [spelled_because(one) for answer in edge.answers for one in answer.because],
    }


def _route(route: Route, place: dict[int, int]) -> dict[str, object]:
    return {
        "principal": spelled_principal(route.into),
        "edges": [place[id(edge)] for edge in route.edges],
        "end": route.end,
    }


def _doubt(one: Doubt) -> dict[str, object]:
    return {
        "path": one.path.slug,
        "by": one.by.caller.arn,
        "target": spelled_target(one.target) if one.target is not None else None,
        "reason": one.reason,
    }
