"""The matrix as a spreadsheet: what it is, the controls, the criteria. The same matrix gives the same bytes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apiece.errors import UsageError
from apiece.present.matrix import cells
from apiece.present.matrix.words import ABOUT
from apiece.records.matrix import Matrix

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_CONTROLS = (10, 27, 9, 9, 34, 62, 10, 14, 22, 40, 46)
_CRITERIA = (10, 15, 52, 20, 70)
_A4 = 9
_EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
"""The moment that stands in the file: a real one would change its bytes with every run."""


def render(matrix: Matrix) -> bytes:
    """Write the workbook. Raises `UsageError` where the extra is not installed."""
    try:
        from xlsxwriter import Workbook
    except ModuleNotFoundError as error:
        raise UsageError("a spreadsheet needs XlsxWriter", hint="`pip install 'apiece[xlsx]'`") from error
    stream = io.BytesIO()
    with Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"title": "Control matrix", "comments": f"apiece {matrix.version}", "created": _EPOCH})
        _about(book, matrix)
        _sheet(book, "Controls", cells.COLUMNS, cells.controls(matrix), _CONTROLS)
        _sheet(book, "Criteria", cells.CRITERIA_COLUMNS, cells.criteria(matrix), _CRITERIA)
    return stream.getvalue()


def _about(book: Workbook, matrix: Matrix) -> None:
    sheet = book.add_worksheet("Read me")
    sheet.set_column(0, 0, 100)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, "Control matrix: SOC 2 access control of AWS Lambda", book.add_format({"bold": True}))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(1, 0, f"apiece {matrix.version}, {len(matrix.controls)} controls", wrapped)
    for number, text in enumerate(ABOUT, 3):
        sheet.write_string(number, 0, text, wrapped)


def _sheet(
    book: Workbook, name: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]
) -> None:
    sheet: Worksheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8ECF1", "text_wrap": True, "valign": "top"})
    cell = book.add_format({"text_wrap": True, "valign": "top"})
    for column, (title, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, head)
    last = 0
    for last, row in enumerate(rows, 1):
        for column, text in enumerate(row):
            sheet.write_string(last, column, text.replace("`", ""), cell)
        sheet.set_row(last, _height(row, widths))
    sheet.freeze_panes(1, 2 if name == "Controls" else 1)
    sheet.autofilter(0, 0, last, len(heads) - 1)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _height(row: tuple[str, ...], widths: tuple[int, ...]) -> float:
    """Points for the tallest cell: not every program makes rows fit wrapped texts by itself."""
    lines = max(
        sum(-(-max(len(part), 1) // max(width - 2, 1)) for part in text.split("\n"))
        for text, width in zip(row, widths, strict=True)
    )
    return min(15.0 * lines + 3, 400.0)
