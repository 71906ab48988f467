"""Claims about changes as Markdown: names from templates are shown and never obeyed."""

from __future__ import annotations

import pytest

from apiece.estate.subject import Subject, SubjectKind
from apiece.present import markdown, rows
from apiece.records.access import AccessChange, AskedRequest, Difference, Doubt, Fate, Row, Speaking

NAMES = ["a|b", "<img src=x>", "`x", "**x**", "[x](http://x.example)", "@everyone", "a\nb", "\x1b[31m", "# x"]


def _changed(name: str) -> Difference:
    row = Row(
        service="s3",
        level="Write",
        resource=None,
        actions=("s3:PutObject",),
        witness=AskedRequest(principal="*", action="s3:PutObject", resource=name, context={name: (name,)}),
        statements=(Speaking(layer="identity", policy=name, statement=name, effect="Allow"),),
        account="999988887777",
    )
    subject = Subject(kind=SubjectKind.FUNCTION, logical_id=name, stack="a.yaml")
    doubts = (Doubt(reason=name, resource=name, actions=(name,)),)
    return Difference(
        compared=1, functions=(AccessChange(subject=subject, fate=Fate.CHANGED, gained=(row,), doubts=doubts),)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_name_does_not_break_the_table(name: str) -> None:
    """Every row of the table has its four cells, on one line."""
    table = [line for line in markdown.difference(_changed(name)).splitlines() if line.startswith("|")]
    cells = [line.replace("\\|", "").count("|") for line in table]

    assert [5, 5, 5] == cells


@pytest.mark.parametrize("name", NAMES)
def test_a_name_does_not_mark_up_outside_of_code(name: str) -> None:
    """Outside of code there is no tag, no link, no mention and no control character of a name."""
    text = markdown.difference(_changed(name))
    bare = "".join(text.split("`")[::2])

    assert not any(mark in bare for mark in ("<img", "@everyone", "](http"))
    assert "\x1b" not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_does_not_paint_the_terminal(name: str) -> None:
    """Control characters are shown as their numbers."""
    assert "\x1b" not in rows.difference(_changed(name), name, name)


def test_many_rows_are_counted() -> None:
    """A comment stays short."""
    (one,) = _changed("a").functions
    many = Difference(compared=1, functions=(AccessChange(subject=one.subject, fate=one.fate, gained=one.gained * 50),))

    assert "and 10 more rows" in markdown.difference(many)
