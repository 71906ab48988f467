"""Who can do something, as text."""

from __future__ import annotations

from collections.abc import Iterable

from apiece.access.invited import Invited
from apiece.access.who import Row, Who
from apiece.estate.when import show
from apiece.present.granting import (
    because,
    conditions,
    listed,
    table,
    wrapped,
)
from apiece.present.safe import safe

_MANY = 8


def render(found: Who, outside: tuple[str, ...]) -> str:
    """Write the answer: who can and why, who else is let in, and what is not known."""
    sure = [row for row in found.rows if row.answer.is_yes]
    sections = [
        [_head(found, len(sure))],
        _inside(sure),
        _outside(found.outside),
        _unknown(found, outside),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(found: Who, sure: int) -> str:
    things = {one.subject.key: one for one in found.things}
    means = f" ({_things(found)})" if things and len(things) > 1 else ""
    principals = "principal" if found.asked == 1 else "principals"
    return safe(f"{found.action} on {found.resource}{means}: {sure} of {found.asked} {principals} can")


def _things(found: Who) -> str:
    kinds: dict[str, int] = {}
    for one in {one.subject.key: one for one in found.things}.values():
        kinds[one.subject.kind.value] = kinds.get(one.subject.kind.value, 0) + 1
    return ", ".join(f"{number} {kind}s" if number > 1 else f"one {kind}" for kind, number in kinds.items())


def _inside(rows: list[Row]) -> list[str]:
    """One line for each principal; of many that only the resource's own policy lets in, one for all."""
    alike: dict[str, list[Row]] = {}
    for row in rows:
        if {one.layer for one in row.answer.because} <= {"resource", "trust"} and not row.answer.conditions:
            alike.setdefault(because(row.answer.because), []).append(row)
    many = {how: some for how, some in alike.items() if len(some) >= _MANY}
    folded = {id(row) for some in many.values() for row in some}
    told = [row for row in rows if id(row) not in folded]
    lines = ["in the source"] if rows else []
    for row, line in zip(told, table([(*_who(row), because(row.answer.because)) for row in told]), strict=True):
        lines.append(line)
        if held := conditions(row.answer.conditions):
            lines.append(f"      if {held}")
    for how, some in many.items():
        lines.append(f"  {len(some)} {'others' if told else 'principals'} by {how}")
        lines += wrapped((row.principal.name for row in some), first="    = ", then="      ")
    return lines


def _who(row: Row) -> tuple[str, str]:
    principal = row.principal
    names = sorted({one.subject.name for one in principal.functions})
    when = f" {show(principal.when)}" if principal.when else ""
    runs = listed(names, most=3) if names else principal.subject.kind.value
    return safe(f"{principal.name}{when}"), runs


def _outside(rows: Iterable[Invited]) -> list[str]:
    sure = [row for row in rows if row.request is not None]
    if not sure:
        return []
    lines = ["let in by its own policy"]
    for row in sure:
        held = conditions(row.conditions)
        unless = f", {row.reason}" if row.reason else ""
        lines.append(safe(f"  {row.who}") + (f", if {held}" if held else "") + unless)
        if row.because is not None:
            lines.append(f"      {because((row.because,))}")
    return lines


def _unknown(found: Who, outside: tuple[str, ...]) -> list[str]:
    groups: dict[str, list[str]] = {}
    for row in found.rows:
        if not row.answer.is_yes:
            groups.setdefault(row.answer.reason, []).append(row.principal.name)
    for other in found.outside:
        if other.request is None:
            groups.setdefault(other.reason, []).append(other.who)
    lines = [f"  {listed(names)}: {safe(reason)}" for reason, names in groups.items()]
    lines += [f"  {safe(gap.subject.name)}: {safe(gap.reason)}" for gap in found.gaps]
    if outside:
        lines.append(f"  outside this source: {', '.join(outside)}")
    return ["not known", *lines] if lines else []
