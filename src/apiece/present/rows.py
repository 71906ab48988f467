"""Rows of access for people: what a function may do, and what a change lets functions do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apiece.estate.provenance import InCall, InFile
from apiece.estate.when import show
from apiece.present.safe import safe
from apiece.records.access import AccessChange, Allowance, Difference, Doubt, Fate, Row, Speaking

_MOST_ACTIONS = 3
_MOST_SERVICES = 8
"""Where more services may do the same, they are counted."""
_MOST_STATEMENTS = 3
_MOST_DOUBTS = 6


def allowance(found: Allowance, outside: Sequence[str]) -> str:
    """Write what a function may do, by resource."""
    name, when = safe(found.subject.name), show(found.when)
    role = f" as `{safe(found.role)}`" if found.role is not None and found.role != found.subject.name else ""
    lines = [f"{name} may do{role}{f' {safe(when)}' if when else ''}:"]
    if not found.rows:
        lines.append("  nothing that is known" if found.gaps or found.doubts else "  nothing")
    for resource in dict.fromkeys(row.resource for row in found.rows):
        rows = [row for row in found.rows if row.resource == resource]
        other = f" (account {safe(rows[0].account)} must allow it too)" if rows[0].account is not None else ""
        lines += ["", f"  on {safe(resource or '*')}{other}", *(f"    {line}" for line in _table(rows))]
    lines.append("")
    lines += _open(found.doubts)
    lines += [f"not read: {safe(gap.reason)}" for gap in found.gaps]
    if outside:
        lines.append(f"outside this source: {', '.join(outside)}, and the resources' own policies")
    return "\n".join(lines).rstrip() + "\n"


def _table(rows: list[Row]) -> list[str]:
    services = {row.service for row in rows}
    folded = [_folded(rows, key) for key in dict.fromkeys((row.level, row.conditions) for row in rows)]
    cells = folded if len(services) > _MOST_SERVICES else [(row.service, row.level, _what(row)) for row in rows]
    first, second = (max(len(cell[place]) for cell in cells) for place in (0, 1))
    return [f"{one:<{first}}  {two:<{second}}  {three}".rstrip() for one, two, three in cells]


def _folded(rows: list[Row], key: tuple[str, tuple[str, ...]]) -> tuple[str, str, str]:
    """One line for all services."""
    same = [row for row in rows if (row.level, row.conditions) == key]
    services = sorted({row.service for row in same})
    count = sum(len(row.actions) for row in same)
    who = f"{len(services)} services" if len(services) > 1 else safe(services[0])
    return who, key[0], f"{count:,} actions{_limits(same[0])}"


def _what(row: Row) -> str:
    return _actions(row) + _limits(row)


def _actions(row: Row) -> str:
    """The actions by name, the one that the request shows first."""
    names = [row.witness.action, *(name for name in row.actions if name != row.witness.action)]
    shown = ", ".join(safe(name.partition(":")[2]) for name in names[:_MOST_ACTIONS])
    rest = len(names) - _MOST_ACTIONS
    return shown + (f" and {rest} more" if rest > 0 else "")


def _limits(row: Row) -> str:
    conditions = f"  if {', '.join(map(safe, row.conditions))}" if row.conditions else ""
    return conditions + (f"  {safe(show(row.when))}" if row.when else "")


def _open(doubts: Sequence[Doubt]) -> list[str]:
    lines = []
    for doubt in doubts[:_MOST_DOUBTS]:
        actions = ", ".join(map(safe, doubt.actions[:_MOST_ACTIONS])) or "any action"
        more = f" and {len(doubt.actions) - _MOST_ACTIONS} more" if len(doubt.actions) > _MOST_ACTIONS else ""
        on = f" on {safe(doubt.resource)}" if doubt.resource is not None else ""
        lines.append(f"unknown for {actions}{more}{on}: {safe(doubt.reason)}")
    if len(doubts) > _MOST_DOUBTS:
        lines.append(f"and {len(doubts) - _MOST_DOUBTS} more that are unknown")
    return lines


# ---- changes ---------------------------------------------------------------------------------------------------------

_HEADS = {Fate.ADDED: "is new", Fate.REMOVED: "is gone", Fate.CHANGED: ""}


def difference(found: Difference, old: str, new: str) -> str:
    """Write what changed between two sources for a person at a terminal."""
    lines: list[str] = []
    for one in found.functions:
        lines += [*_function(one), ""]
    lines.append(f"{safe(old)} -> {safe(new)}: {summary(found)}")
    if found.left_out:
        lines.append(f"compared without {', '.join(found.left_out)}: not both sides hold them")
    return "\n".join(lines) + "\n"


def summary(found: Difference) -> str:
    """How many functions there are, and what became of them."""
    counts = [
        (sum(bool(one.gained) for one in found.functions), "may do more"),
        (sum(bool(one.lost) and one.fate is not Fate.REMOVED for one in found.functions), "may do less"),
        (sum(one.fate is Fate.ADDED for one in found.functions), "new"),
        (sum(one.fate is Fate.REMOVED for one in found.functions), "gone"),
        (sum(bool(one.doubts) for one in found.functions), "not decided"),
    ]
    told = ", ".join(f"{count} {what}" for count, what in counts if count) or "nothing changed"
    return f"{told}, of {_count(found.compared, 'function')}"


def _function(one: AccessChange) -> list[str]:
    head = _HEADS[one.fate]
    lines = [f"{safe(one.subject.name)}{f' {head}' if head else ''}"]
    for key in dict.fromkeys(map(_ground, one.gained)):
        rows = [row for row in one.gained if _ground(row) == key]
        shown = next((row for row in rows if row.level == "Write"), rows[0])
        lines += [f"  + {_changed(row)}" for row in rows]
        lines += [f"      {request(shown)}", *(f"      {line}" for line in by(shown.statements))]
    if one.fate is not Fate.REMOVED:
        lines += [f"  - {_changed(row)}" for row in one.lost]
    return lines + [f"  ? {line}" for line in _open(one.doubts)]


def _ground(row: Row) -> object:
    """What rows rest on: those that rest on the same are shown by one request."""
    return (tuple(by(row.statements)), row.conditions, row.account, row.when)


def _changed(row: Row) -> str:
    return f"{safe(row.service)} {row.level.lower()}: {_what(row)}"


def request(row: Row) -> str:
    """The request that shows a row."""
    shown = row.witness
    given = "".join(f", {safe(key)}={safe(_value(value))}" for key, value in sorted(shown.context.items()))
    other = f" (account {safe(row.account)} must allow it too)" if row.account is not None else ""
    return f"for example `{safe(shown.action)}` on `{safe(shown.resource)}`{given}{other}"


def by(statements: Sequence[Speaking]) -> list[str]:
    """The statements of the role's own policies that a row rests on."""
    told = list(dict.fromkeys(_spoken(one) for one in statements if one.layer == "identity"))
    rest = len(told) - _MOST_STATEMENTS
    return told[:_MOST_STATEMENTS] + ([f"and {_count(rest, 'more statement')}"] if rest > 0 else [])


def _spoken(one: Speaking) -> str:
    return f"by {one.effect} `{safe(one.statement)}` of `{safe(one.policy)}`{_where(one)}"


def _where(one: Speaking) -> str:
    match one.at:
        case InFile(span=None):
            return f" at {safe(one.at.file)}"
        case InFile():
            return f" at {safe(str(one.at.span))}"
        case InCall():
            return f" in account {safe(one.at.account)}"
        case None:
            return ""


def _value(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else "[" + ", ".join(value) + "]"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
