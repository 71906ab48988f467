"""Claims about excerpts: what a reader sees of a line, and that a hidden value gives away nothing of its form."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.present.excerpt import Excerpt, excerpt
from apiece.read.cloudformation.load import lines_of, load
from apiece.read.cloudformation.shown import shown
from apiece.read.reading import SourceText
from apiece.span import Span
from apiece.tree import Mapping

FILE = "t.yaml"


def _document(text: str) -> SourceText:
    root = load(text.encode(), FILE)
    assert isinstance(root, Mapping)
    seen = shown(root)
    return SourceText(FILE, lines_of(text.encode()), seen.visible, seen.hidden)


def _cut(text: str, line: int, column: int = 1, end_column: int | None = None) -> Excerpt:
    end = end_column if end_column is not None else column
    found = excerpt({FILE: _document(text)}, Span(FILE, line, column, line, end))
    assert found is not None
    return found


def test_keys_and_harmless_values_are_shown() -> None:
    """A line without secrets is shown as it stands, underlined where the span is."""
    found = _cut("Resources:\n  A: {Type: AWS::SNS::Topic}\n", 2, 13, 28)

    assert "  A: {Type: AWS::SNS::Topic}" == found.text
    assert "AWS::SNS::Topic" == found.text[found.start : found.end]


@pytest.mark.parametrize(
    "value",
    [
        "p-4ss: [w0rd], {x}-Zq9",
        "aaaa-bbbb-cccc-1234",
        "-----",
        "se cret, with 'quotes'",
        "#hash#9-at-start",
    ],
)
def test_a_hidden_value_is_one_mark(value: str) -> None:
    """Punctuation and spaces inside of a hidden value are hidden with it."""
    quoted = '"' + value + '"'
    text = f"Variables: {{DB_PASSWORD: {quoted}, B: 1}}\n"

    assert "Variables: {DB_PASSWORD: [sealed], B: 1}" == _cut(text, 1).text


def test_the_mark_is_underlined_in_place_of_the_value() -> None:
    """The columns of a hidden value become those of its mark, and those behind it move along."""
    text = "Variables: {DB_PASSWORD: hunter2-hunter2-hunter2, B: 1}\n"
    secret, after = text.index("hunter2"), text.index("B:")
    one, other = _cut(text, 1, secret + 1, secret + 24), _cut(text, 1, after + 1, after + 2)

    assert "[sealed]" == one.text[one.start : one.end]
    assert "B" == other.text[other.start : other.end]


def test_every_line_of_a_hidden_block_is_hidden() -> None:
    """A literal block under a confined key shows a mark for each of its lines, however far it goes."""
    text = "ZipFile: |\n" + "  import os  # why - because\n" * 500
    found = [_cut(text, number).text for number in (2, 300, 500)]

    assert ["[sealed]"] * 3 == found


def test_an_aliased_value_is_hidden_everywhere() -> None:
    """A value that one of its places makes secret is hidden at its anchor too."""
    text = "Description: &x Sunny-Day-42x\nVariables: {DB_PASSWORD: *x}\n"

    assert "Sunny" not in _cut(text, 1).text


def test_comments_are_left_out() -> None:
    """Nobody judges comments, so nobody sees them."""
    assert "A: 1" == _cut("A: 1  # password is hunter2\n", 1).text
    assert "" == _cut("# password is hunter2\nA: 1\n", 1).text.strip()


def test_tags_are_shown() -> None:
    """Short intrinsics keep their names."""
    assert "Role: !GetAtt Shared.Arn" == _cut("Role: !GetAtt Shared.Arn\n", 1).text


def test_anchors_and_aliases_are_shown() -> None:
    """They are names that the author of the file gave, as keys are."""
    text = "A: &my-anchor {B: 1}\nC: *my-anchor\n"

    assert ["A: &my-anchor {B: 1}", "C: *my-anchor"] == [_cut(text, line).text for line in (1, 2)]


def test_what_belongs_to_nothing_is_hidden() -> None:
    """A text between keys and values that no rule knows is one mark up to the next white space."""
    document = SourceText(FILE, ("A: b-c, {d}",), ())
    found = excerpt({FILE: document}, Span(FILE, 1, 1, 1, 1))

    assert found is not None
    assert "[sealed] [sealed], {[sealed]}" == found.text


def test_the_anchor_of_a_hidden_value_is_hidden_with_it() -> None:
    """The value begins at its anchor."""
    assert "Variables: {DB_PASSWORD: [sealed]}" == _cut("Variables: {DB_PASSWORD: &x Sunny-Day-42x}\n", 1).text


@pytest.mark.parametrize("text", ["A: \x85\n", 'A: "\u202eevil"\n', "A: \u2066x\n"])
def test_characters_that_paint_are_escaped(text: str) -> None:
    """What a terminal would obey is spelled out."""
    assert _cut(text, 1).text.isprintable()


def test_a_tab_is_four_spaces() -> None:
    """Columns behind a tab stay where the underline is."""
    text = 'A:\t"x"\n'
    found = _cut(text, 1, 4, 7)

    assert ('A:    "x"', '"x"') == (found.text, found.text[found.start : found.end])


def test_a_long_line_is_cut_around_the_place() -> None:
    """Of a minified document only what stands near the place is shown."""
    text = "[" + ", ".join(f"name{number}" for number in range(20_000)) + "]"
    begin = text.index("name15000")
    found = _cut("A: " + text + "\n", 1, begin + 4, begin + 13)

    assert "name15000" == found.text[found.start : found.end]
    assert len(found.text) <= 162
    assert ("…", "…") == (found.text[0], found.text[-1])


def test_the_place_after_the_end_of_a_line_is_its_end() -> None:
    """A span that says more than the line holds does not crash."""
    found = _cut("A: 1\n", 1, 90, 99)

    assert ("A: 1", 1) == (found.text, found.end - found.start)


@pytest.mark.parametrize("span", [None, Span("other.yaml", 1, 1, 1, 1), Span(FILE, 0, 1, 0, 1), Span(FILE, 9, 1, 9, 1)])
def test_there_is_no_excerpt_of_what_is_not_there(span: Span | None) -> None:
    """No place, another file, or a line that the file does not have."""
    assert excerpt({FILE: _document("A: 1\n")}, span) is None


def test_a_span_over_lines_is_underlined_to_the_end_of_the_first() -> None:
    """Only the first line is cut out."""
    found = excerpt({FILE: _document("A: [1,\n  2]\n")}, Span(FILE, 1, 4, 2, 5))

    assert Excerpt(1, "A: [1,", 3, 6) == found


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    secret=st.text(string.ascii_letters + string.digits + " -:{}[],&*|>?'!#%@", min_size=12, max_size=60).filter(
        lambda text: sum(char.isalnum() for char in text) > 5
    ),
    confined=st.sampled_from(["ZipFile", "SecretString", "InlineCode", "UserData"]),
)
def test_no_part_of_a_confined_text_is_shown(secret: str, confined: str) -> None:
    """Whatever the text, one mark stands for it, or it is a text that may be kept."""
    text = f'A: {{{confined}: "zz {secret}", B: 1}}\n'

    assert f"A: {{{confined}: [sealed], B: 1}}" == _cut(text, 1).text


def test_a_real_document_is_never_shown_with_its_secret(tmp_path: Path) -> None:
    """Every line of a template with a planted secret, in every column, is without it."""
    secret = "zq9-" * 6 + "x"
    text = f"Parameters:\n  P:\n    Default: {secret}\nA: {{Variables: {{TOKEN: '{secret}', X: a}}}}\n"
    (tmp_path / FILE).write_text(text)
    document = {FILE: _document(text)}
    cuts = [
        excerpt(document, Span(FILE, line, column, line, column + 1)) for line in range(1, 5) for column in range(60)
    ]

    assert not [cut for cut in cuts if cut is not None and "zq9" in cut.text]
