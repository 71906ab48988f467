"""A change of access as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re

from apiece.present.rows import by, request, summary
from apiece.present.safe import safe
from apiece.records.access import AccessChange, Difference, Fate, Row

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_MOST_ROWS = 40
_FATES = {Fate.ADDED: " (new)", Fate.REMOVED: " (gone)", Fate.CHANGED: ""}


def difference(found: Difference) -> str:
    """Write a table of what was gained, with a request for each row, and short lists of the rest."""
    parts = [f"### Access of functions: {_plain(summary(found))}"]
    gained = [(one, row) for one in found.functions for row in one.gained]
    if gained:
        rows = "\n".join(_row(one, row) for one, row in gained[:_MOST_ROWS])
        more = f"\n\nand {len(gained) - _MOST_ROWS} more rows" if len(gained) > _MOST_ROWS else ""
        parts.append(f"| function | gains | for example | by |\n|---|---|---|---|\n{rows}{more}")
    lost = [(one, row) for one in found.functions for row in one.lost if one.fate is not Fate.REMOVED]
    if lost:
        told = "\n".join(f"- {_name(one)}: {_kind(row)} ({len(row.actions)})" for one, row in lost[:_MOST_ROWS])
        parts.append(f"<details><summary>Lost</summary>\n\n{told}\n\n</details>")
    doubts = [(one, doubt) for one in found.functions for doubt in one.doubts]
    if doubts:
        parts.append("\n".join(f"- {_name(one)}: not decided, {_plain(doubt.reason)}" for one, doubt in doubts))
    if found.left_out:
        parts.append(f"Compared without {', '.join(found.left_out)}: not both sides hold them.")
    return "\n\n".join(parts) + "\n"


def _row(one: AccessChange, row: Row) -> str:
    actions = f"{_kind(row)} ({len(row.actions)})"
    shown = _plain(request(row).removeprefix("for example "))
    return f"| {_name(one)} | {actions} | {shown} | {_plain('; '.join(by(row.statements)))} |"


def _kind(row: Row) -> str:
    return _plain(f"{row.service} {row.level.lower()}")


def _name(one: AccessChange) -> str:
    return f"**{_plain(one.subject.name)}**{_FATES[one.fate]}"


def _plain(text: str) -> str:
    """Names are foreign: nothing in them marks up. Pairs of back-ticks that we write stay."""
    pieces = safe(text, most=2_000).split("`")
    if len(pieces) % 2 == 0:
        return _quoted(safe(text, most=2_000))
    shown = (
        f"`{piece.replace('|', chr(92) + '|')}`" if number % 2 else _quoted(piece)
        for number, piece in enumerate(pieces)
    )
    return "".join(shown)


def _quoted(text: str) -> str:
    """Escape what marks up; a name with `@` calls nobody."""
    inert = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&commat;")
    return _SPECIAL.sub(r"\\\1", inert)
