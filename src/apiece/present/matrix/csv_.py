"""The matrix as one table of comma-separated values (RFC 4180).

It begins with a byte order mark: without one, spreadsheets take UTF-8 for the machine's old code page. A cell that a
spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io

from apiece.present.matrix import cells
from apiece.records.matrix import Matrix

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - wide forms count too


def render(matrix: Matrix) -> str:
    """Write controls, and below them what is left to others."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(cells.COLUMNS)
    for row in (*cells.controls(matrix), *cells.others(matrix)):
        writer.writerow([inert(cell) for cell in row])
    return "\ufeff" + stream.getvalue()


def inert(cell: str) -> str:
    """A text that no spreadsheet evaluates."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
