"""Words that texts about access share: what allows it, what must hold for it, and long rows of names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from apiece.access.asking import Because
from apiece.estate.provenance import InFile
from apiece.present.safe import safe
from apiece.present.where import where

MOST = 12
_WIDTH = 100
Context = Mapping[str, str | tuple[str, ...]]


def because(found: Iterable[Because]) -> str:
    """The statements that allow something, each once: `policy `deploy`, statement Code, template.yaml:31:15`."""
    told: dict[str, None] = {}
    for one in found:
        in_file = next((spot for spot in one.at if isinstance(spot, InFile)), None)
        at = f", {where(in_file)}" if in_file is not None else ""
        owner = {"resource": "the resource's ", "trust": "the role's trust "}.get(one.layer, "")
        policy = f"{owner}policy" if owner else one.policy
        told[f"{policy}, statement {one.statement}{at}"] = None
    return safe("; ".join(told))


def conditions(context: Context) -> str:
    """What must hold: `aws:MultiFactorAuthPresent = true and …`, empty where nothing must."""
    return safe(" and ".join(f"{key} = {_value(value)}" for key, value in sorted(context.items())))


def _value(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(value) if value else "(absent)"


def listed(names: Iterable[str], *, most: int = MOST) -> str:
    """Names in a row, and how many more."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return safe(", ".join(every[:most]), most=2_000) + more


def wrapped(names: Iterable[str], *, first: str, then: str, most: int = MOST) -> list[str]:
    """Names in a row, broken where the line ends."""
    return textwrap.wrap(
        listed(names, most=most), _WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
    )


def table(rows: Sequence[tuple[str, ...]], indent: int = 2) -> list[str]:
    """Rows in columns; the last column is as wide as it is."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[-1]] for row in rows)
    return [" " * indent + "  ".join(cells).rstrip() for cells in padded]
