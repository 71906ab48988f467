"""Claims about the control matrix: complete, the same in every form, and inert in a spreadsheet and a browser."""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from html.parser import HTMLParser

import pytest

from apiece.api.matrix import matrix
from apiece.controls.coverage import COVERAGE
from apiece.controls.registry import all_controls
from apiece.errors import UsageError
from apiece.present.matrix import cells, csv_, html_, xlsx
from apiece.records.matrix import CoverageRow, Matrix, MatrixRow, Standing
from apiece.records.verdict import Criterion

WHOLE = matrix(all_controls(), owners={"*": "security", "orphan-role": "platform"})


def one(**changes: str) -> Matrix:
    given = {
        "id": "a-control",
        "title": "A title",
        "severity": "error",
        "objective": "x",
        "procedure": "x",
        "frequency": "daily",
        "owner": "x",
        "population": "x",
        "source": "x",
        "remedy": "x",
    }
    row = MatrixRow(criteria=(Criterion.CC6_1,), **(given | changes))  # type: ignore[arg-type]
    other = CoverageRow(criterion=Criterion.CC6_4, standing=Standing.INHERITED, about="x", owner="AWS", why="x")
    return Matrix(version="0", controls=(row,), others=(other,))


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_control_and_every_other_part_is_a_row() -> None:
    """Nothing is left out of the table."""
    found = rows(csv_.render(WHOLE))

    assert list(cells.COLUMNS) == found[0]
    assert len(all_controls()) + len(COVERAGE) + 1 == len(found)
    assert {len(cells.COLUMNS)} == {len(row) for row in found}


def test_every_cell_of_a_control_is_filled() -> None:
    """A matrix with holes is no matrix."""
    assert [] == [row for row in cells.controls(WHOLE) if not all(row)]


@pytest.mark.parametrize("criterion", list(Criterion))
def test_every_criterion_is_answered_for(criterion: Criterion) -> None:
    """By a control, by AWS, by you, or it is said that nobody does."""
    assert criterion.value in {row[0] for row in cells.criteria(WHOLE)}


def test_physical_access_is_inherited() -> None:
    """CC6.4 is AWS's, and your own premises are yours."""
    standings = [row[1] for row in cells.criteria(WHOLE) if row[0] == "CC6.4"]

    assert ["inherited", "complementary"] == standings


def test_a_control_has_the_owner_that_is_named_for_it_or_for_all() -> None:
    """The star stands for those that are not named."""
    owners = {row.id: row.owner for row in WHOLE.controls}

    assert ("platform", "security") == (owners["orphan-role"], owners["wide-resource"])
    assert {"not named"} == {row.owner for row in matrix(all_controls(), owners={}).controls}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1"])  # noqa: RUF001
def test_no_cell_is_a_formula(cell: str) -> None:
    """What a spreadsheet would evaluate begins with an apostrophe."""
    found = rows(csv_.render(one(owner=cell)))[1][cells.COLUMNS.index("Owner")]

    assert f"'{cell}" == found


@pytest.mark.parametrize("cell", ['a "quoted" word', "a, b", "two\nlines", "Straße, 東京, \u202e"])
def test_any_text_comes_back_from_the_csv(cell: str) -> None:
    """Quoting is that of RFC 4180."""
    assert cell == rows(csv_.render(one(owner=cell)))[1][cells.COLUMNS.index("Owner")]


def test_the_csv_opens_as_utf_8() -> None:
    """It begins with a byte order mark, and its lines end the way the standard says."""
    text = csv_.render(one())

    assert text.startswith("\ufeffStanding,")
    assert text.count("\n") == text.count("\r\n") == 3


def test_the_spreadsheet_has_three_sheets_and_no_formula() -> None:
    """All cells are texts, whatever they look like."""
    pytest.importorskip("xlsxwriter", reason="the extra `xlsx` is not installed")
    with zipfile.ZipFile(io.BytesIO(xlsx.render(one(owner="=1+1", source="http://a.example")))) as packed:
        names = re.findall(r'<sheet name="([^"]+)"', packed.read("xl/workbook.xml").decode())
        sheet = packed.read("xl/worksheets/sheet2.xml").decode()

    assert ["Read me", "Controls", "Criteria"] == names
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert 'orientation="landscape"' in sheet
    assert "<autoFilter " in sheet
    assert 'state="frozen"' in sheet


def test_the_same_matrix_is_the_same_spreadsheet() -> None:
    """No clock goes into it."""
    pytest.importorskip("xlsxwriter", reason="the extra `xlsx` is not installed")
    assert xlsx.render(WHOLE) == xlsx.render(WHOLE)


def test_without_the_extra_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is a usage error, not a bug."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)

    with pytest.raises(UsageError, match="XlsxWriter") as raised:
        xlsx.render(one())

    assert "`pip install 'apiece[xlsx]'`" == raised.value.hint


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.targets += [named["href"] or ""] if "href" in named else []
        self.ids |= {named["id"] or ""} if "id" in named else set()


def page(text: str) -> _Page:
    found = _Page()
    found.feed(text)
    return found


def test_the_page_needs_nothing_else() -> None:
    """No script, no style but its own, no address outside; every link inside leads somewhere."""
    found = page(html_.render(WHOLE))

    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert {target.removeprefix("#") for target in found.targets} <= found.ids
    assert found.targets


def test_the_page_allows_its_own_style_and_nothing_more() -> None:
    """The policy names the digest of the style that is there."""
    import base64
    import hashlib

    text = html_.render(WHOLE)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text


def test_hostile_names_are_inert_in_the_page() -> None:
    """Markup in a name is text."""
    found = page(html_.render(one(owner="<script>alert(1)</script>", source='`"><img src=x>`')))

    assert not {"script", "img"} & set(found.tags)
