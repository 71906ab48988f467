"""The blast radius of a function as text: the gravest first, what belongs together in one place, nothing hidden."""

from __future__ import annotations

from collections.abc import Iterable

from apiece.access.reach.closure import Route
from apiece.access.reach.direct import Right
from apiece.access.reach.edges import Doubt, Edge
from apiece.access.reach.paths import Gives
from apiece.access.reach.radius import Radius
from apiece.access.targets import Target
from apiece.estate.when import show
from apiece.present.granting import MOST, because, conditions, listed, table, wrapped
from apiece.present.safe import safe
from apiece.text import example
from apiece.text import show as show_text

_MOST_ACTIONS = 3
_MOST_WORDS = 3
_MOST_THINGS = 3
_MANY_LEVELS = 3
_MOST_ROUTES = 15
_SECTIONS = (
    (Gives.ITSELF, "can give itself more"),
    (Gives.OTHER, "can give others more"),
    (Gives.LATER, "can get its code into"),
    (Gives.PUBLIC, "can open to others"),
    (Gives.TRIGGER, "can make run, with its input"),
)


def render(found: Radius, outside: tuple[str, ...]) -> str:
    """Write one form of a function."""
    sections = [
        [_head(found)],
        _rights(found),
        _routes(found),
        *(_section(found, gives, title) for gives, title in _SECTIONS),
        _beyond(found),
        _unknown(found, outside),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(found: Radius) -> str:
    principal = found.principal
    name = found.function.subject.name if found.function is not None else principal.name
    lines = [safe(f"{name} {show(principal.when)}".rstrip())]
    if found.function is not None:
        others = sorted({one.subject.name for one in principal.functions} - {name})
        shared = f", as do {listed(others)}" if others else ""
        lines.append(f"  runs as {safe(principal.name)} in account {principal.caller.account}{shared}")
    if found.administrator:
        limits = ", but for what its boundary and the organisation's policies deny" if found.limited else ""
        lines.append(f"  is an administrator: its policies allow everything, which is proved{limits}")
    return "\n".join(lines)


# ---- what it can do itself -------------------------------------------------------------------------------------------


def _rights(found: Radius) -> list[str]:
    if found.administrator:
        return []
    known = [row for row in found.rights.rows if not row.reason]
    if not known and not found.rights.more:
        return [] if found.rights.rows else ["can do nothing by itself"]
    own: dict[str, list[Right]] = {}
    let_in: dict[tuple[str, ...], list[Right]] = {}
    for row in known:
        if row.words:
            own.setdefault(row.service, []).append(row)
        else:
            let_in.setdefault((row.service, *(one.arn for one in row.things)), []).append(row)
    lines = ["can do", *table([cells for rows in own.values() for cells in _service(rows)])]
    if found.rights.more:
        lines.append(f"  and something of {len(found.rights.more)} other services: {listed(found.rights.more, most=6)}")
    if let_in:
        lines.append("  let in by a policy of the thing itself, not by its own")
        lines += table([_let_in(rows) for rows in let_in.values()], indent=4)
    return lines


def _service(rows: list[Right]) -> list[tuple[str, ...]]:
    """The rows of one service; where they are about the same resources and many, one stands for all."""
    if len(rows) >= _MANY_LEVELS and len({tuple(map(show_text, row.words)) for row in rows}) == 1:
        count = sum(len(row.actions) for row in rows)
        told = [row.actions[0].partition(":")[2] for row in rows[:3]]
        things = {one.subject.key: one for row in rows for one in row.things}
        return [
            (rows[0].service, "all kinds", f"{count} actions, such as {listed(told)}", _on(rows[0], things.values()))
        ]
    return [(row.service, row.level.lower(), _actions(row), _on(row, row.things) + _if(row)) for row in rows]


def _let_in(rows: list[Right]) -> tuple[str, ...]:
    names = [one.partition(":")[2] for row in rows for one in row.actions]
    return _things(rows[0].things), listed(names, most=_MOST_ACTIONS) + _if(rows[0])


def _actions(row: Right) -> str:
    return listed([one.partition(":")[2] for one in row.actions], most=_MOST_ACTIONS)


def _on(row: Right, things: Iterable[Target]) -> str:
    """The resources that are named, or the things that are meant where both would say the same."""
    words = [show_text(word) for word in row.words]
    whole = {pattern for one in row.things for pattern in one.inside}
    if row.things and all(example(word) in whole for word in row.words):
        return _things(things)
    more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
    told = _things(things)
    return safe(", ".join(words[:_MOST_WORDS])) + more + (f"  = {told}" if told else "")


def _if(row: Right) -> str:
    held = conditions(row.conditions)
    return f"  if {held}" if held else ""


def _things(things: Iterable[Target]) -> str:
    kinds: dict[str, list[str]] = {}
    for one in things:
        kinds.setdefault(one.subject.kind.value, []).append(one.name)
    return "; ".join(
        f"{len(names)} {kind}s" if len(names) > _MOST_THINGS else f"{kind} {listed(names)}"
        for kind, names in kinds.items()
    )


# ---- whom it can become ----------------------------------------------------------------------------------------------


def _routes(found: Radius) -> list[str]:
    routes = found.found.routes
    if found.administrator and not routes:
        return []
    if not routes:
        return ["can become nobody else"] if not found.found.doubts else []
    ends = [one for one in routes if one.end is not None]
    lines = [f"can become {len(routes)} other{'s' if len(routes) > 1 else ''}" + _ending(ends)]
    groups: dict[tuple[str, ...], list[Route]] = {}
    for route in sorted(routes, key=lambda one: (one.end is None, len(one.edges))):
        groups.setdefault(_way(route, found), []).append(route)
    for (*steps, how), some in list(groups.items())[:_MOST_ROUTES]:
        lines += [f"  {step}" for step in steps]
        lines += wrapped((_named(one) for one in some), first="    = ", then="      ")
        if how:
            lines.append(f"      allowed by {how}")
    if len(groups) > _MOST_ROUTES:
        lines.append(f"  and {len(groups) - _MOST_ROUTES} further ways")
    if found.found.cut:
        lines.append("  not followed to the end: there are more")
    return lines


def _ending(ends: list[Route]) -> str:
    return f", {len(ends)} of them an administrator or able to become one" if ends else ""


def _way(route: Route, found: Radius) -> tuple[str, ...]:
    """The steps of a route in words; routes with equal steps are told together."""
    steps = []
    for place, edge in enumerate(route.edges):
        by = f"as {edge.by.name}: " if place else ""
        slugs = sorted({one.path.slug for one in _beside(edge, found)}) if place + 1 == len(route.edges) else []
        also = [one for one in slugs if one != edge.path.slug]
        through = f" (also by {', '.join(also)})" if also else ""
        held = conditions(edge.conditions)
        steps.append(safe(f"{by}{edge.path.slug}, {edge.path.title}{through}") + (f", if {held}" if held else ""))
    return (*steps, because(one for answer in route.edges[-1].answers for one in answer.because))


def _beside(edge: Edge, found: Radius) -> Iterable[Edge]:
    """The edges from the same principal to the same others."""
    into = [id(one) for one in edge.into]
    return (
        one
        for one in found.found.edges
        if one.by is edge.by and one.gives.is_control and [id(two) for two in one.into] == into
    )


def _named(route: Route) -> str:
    """Whom a route leads to: the function that is taken over, or the role."""
    last = route.edges[-1]
    name = last.function.subject.name if last.function is not None else None
    end = f": {route.end}" if route.end else ""
    whole = f"{name} ({route.into.name})" if name else route.into.name
    return whole + end


# ---- everything else -------------------------------------------------------------------------------------------------


def _section(found: Radius, gives: Gives, title: str) -> list[str]:
    own = [edge for edge in found.edges if edge.gives is gives and edge.target is not None]
    if not own:
        return []
    groups: dict[tuple[str, str, str], list[Edge]] = {}
    for edge in own:
        how = because(one for answer in edge.answers for one in answer.because)
        groups.setdefault((edge.path.slug, conditions(edge.conditions), how), []).append(edge)
    lines = [title]
    for (slug, held, how), some in groups.items():
        path = some[0].path
        note = f" ({path.note})" if path.note else ""
        lines.append(f"  {slug}, {path.title}{note}" + (f", if {held}" if held else ""))
        lines += wrapped(dict.fromkeys(_object(one) for one in some), first="    = ", then="      ")
        lines.append(f"      allowed by {how}")
    return lines


def _object(edge: Edge) -> str:
    target = edge.target.name if edge.target is not None else edge.resource
    if edge.function is not None and edge.function.subject.name != target:
        return f"{edge.function.subject.name} through {target}"
    return target


def _beyond(found: Radius) -> list[str]:
    """Ways into things that the source does not hold."""
    own = [edge for edge in found.edges if edge.target is None]
    if not own:
        return []
    lines = ["can also, on what is not in the source"]
    for edge in own:
        what = f"any role that trusts {edge.path.service}" if edge.path.service else "any"
        held = conditions(edge.conditions)
        lines.append(f"  {edge.path.slug}, {edge.path.title}" + (f", if {held}" if held else ""))
        lines.append(safe(f"    = {what}, such as {edge.resource}"))
    return lines


def _unknown(found: Radius, outside: tuple[str, ...]) -> list[str]:
    lines = []
    groups: dict[tuple[str, str], list[Doubt]] = {}
    for doubt in found.found.doubts:
        groups.setdefault((doubt.by.name, doubt.reason), []).append(doubt)
    for (by, reason), doubts in list(groups.items())[:MOST]:
        slugs = listed(dict.fromkeys(doubt.path.slug if doubt.path is not None else "any way" for doubt in doubts))
        lines.append(f"  whether {safe(by)} gets further by {slugs}: {safe(reason)}")
    rows: dict[str, dict[str, int]] = {}
    for row in found.rights.rows:
        if row.reason:
            counts = rows.setdefault(row.reason, {})
            counts[row.service] = counts.get(row.service, 0) + len(row.actions)
    for reason, counts in rows.items():
        told = listed((f"{service} ({number})" for service, number in counts.items()), most=6)
        lines.append(f"  whether it can do the actions of {told} that its policies name: {safe(reason)}")
    if outside:
        lines.append(f"  outside this source: {', '.join(outside)}")
    return ["not known", *lines] if lines else []
