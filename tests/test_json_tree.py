"""JSON: the data of the standard library's reader, with the place of every value, and errors with a place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.errors import MalformedSource
from apiece.json_tree import MAX_DEPTH, read_json
from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence, to_plain

law = settings(derandomize=True, deadline=None, max_examples=150)
FILE = "policy.json"
RICH = '{"a": [1, -2.5e3, "x\\u00e9\\n\\ud83d\\ude00 é😀", true, false, null, {}, []],\n\t"b\\"" : {"c": "" } }\r\n'

characters = st.characters(exclude_categories=["Cs"])
documents = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(characters, max_size=6),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(characters, max_size=3), inner, max_size=4),
    max_leaves=12,
)
layouts = st.sampled_from(
    [{}, {"indent": 2}, {"separators": (",", ":")}, {"indent": "\t", "separators": (" , ", " :\n")}]
)
# Pieces that JSON is made of and pieces that it is not, so that almost-documents are common.
almost = st.lists(
    st.sampled_from(
        [
            *'{}[]:,"\\ \n\t-+.eE0159truefalsn',
            '"a"',
            "true",
            "null",
            "\\u",
            "\\ud800",
            "NaN",
            "Infinity",
            "\ufeff",
            "é",
            "\x00",
        ]
    ),
    max_size=12,
).map("".join)


def walk(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Sequence():
            for item in node:
                yield from walk(item)
        case Mapping():
            for key, item in node:
                yield key
                yield from walk(item)


def cut(text: str, span: Span) -> str:
    """The text that a span covers."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
    end = sum(len(line) + 1 for line in lines[: span.end_line - 1]) + span.end_column - 1
    return text[start:end]


def refused(text: str) -> MalformedSource:
    with pytest.raises(MalformedSource) as caught:
        read_json(text, FILE)
    return caught.value


def read_or_error(text: str) -> Node | MalformedSource:
    """Either is an outcome; any other exception fails the test."""
    try:
        return read_json(text, FILE)
    except MalformedSource as error:
        return error


class TestData:
    """What is read."""

    @law
    @given(document=documents, layout=layouts, ascii_only=st.booleans())
    def test_it_reads_what_the_standard_library_reads(
        self, document: object, layout: dict[str, object], *, ascii_only: bool
    ) -> None:
        """For every document, however it is laid out and escaped, the data are those of `json.loads`."""
        text = json.dumps(document, ensure_ascii=ascii_only, **layout)  # type: ignore[arg-type]
        plain = to_plain(read_json(text, FILE))

        assert json.loads(text) == plain
        assert json.dumps(json.loads(text)) == json.dumps(plain)  # tells 1 from 1.0 and from True

    @law
    @given(text=almost)
    def test_it_takes_and_refuses_what_the_standard_library_does(self, text: str) -> None:
        """What is almost JSON is read as `json.loads` reads it or refused with a place, never anything else.

        It is stricter in three points, all by RFC 8259 or its advice: `NaN` and `Infinity` are refused, so are halves
        of surrogate pairs and numbers that are too large. A byte order mark is passed over.
        """
        outcome = read_or_error(text)
        try:
            standard = json.loads(text.removeprefix("\ufeff"))
        except ValueError:
            assert isinstance(outcome, MalformedSource)
            assert outcome.span is not None
            return

        if isinstance(outcome, MalformedSource):
            written = json.dumps(standard, ensure_ascii=False)
            assert "NaN" in written or "Infinity" in written or re.search("[\ud800-\udfff]", written)
        else:
            assert standard == to_plain(outcome)

    def test_duplicate_keys_are_kept(self) -> None:
        """Both entries are there in source order; plain data have the last."""
        node = read_json('{"a": 1, "b": 2, "a": 3}', FILE)

        assert isinstance(node, Mapping)
        assert [("a", 1), ("b", 2), ("a", 3)] == [(key.value, to_plain(item)) for key, item in node]
        assert {"a": 3, "b": 2} == to_plain(node)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("0", 0),
            ("-0", 0),
            ("-0.0", -0.0),
            ("1E+2", 100.0),
            ("1.5e-1", 0.15),
            ("9" * 300, int("9" * 300)),
            ("1e-999", 0.0),
            ('"\\/\\b\\f\\u0041"', "/\b\fA"),
            ('"\\ud83d\\ude00"', "😀"),
            ('"\x7f\u2028"', "\x7f\u2028"),
            ("\ufeff[]", []),
            (" \t\r\n[ ] \r\n", []),
        ],
    )
    def test_a_value(self, text: str, expected: object) -> None:
        """The value is read as written."""
        plain = to_plain(read_json(text, FILE))

        assert repr(expected) == repr(plain)


class TestPlaces:
    """Where it stood."""

    @law
    @given(document=documents, layout=layouts, ascii_only=st.booleans())
    def test_every_span_covers_its_own_text(
        self, document: object, layout: dict[str, object], *, ascii_only: bool
    ) -> None:
        """What a span cuts out of the text is, read alone, the value that has the span; keys included."""
        text = json.dumps(document, ensure_ascii=ascii_only, **layout)  # type: ignore[arg-type]
        for node in walk(read_json(text, FILE)):
            assert node.span is not None
            assert FILE == node.span.file
            assert to_plain(node) == json.loads(cut(text, node.span))
            assert cut(text, node.span) == cut(text, node.span).strip()

    def test_columns_count_characters(self) -> None:
        """Lines and columns count from 1; a character beyond ASCII is one column, the end lies behind the last."""
        node = read_json('{\n  "é😀": "b",\r\n  "c": [1,\n20]}', FILE)

        assert isinstance(node, Mapping)
        assert Span(FILE, 1, 1, 4, 5) == node.span
        assert [Span(FILE, 2, 3, 2, 7), Span(FILE, 3, 3, 3, 6)] == [key.span for key, _ in node]
        assert [Span(FILE, 2, 9, 2, 12), Span(FILE, 3, 8, 4, 4)] == [item.span for _, item in node]

    def test_a_byte_order_mark_takes_no_column(self) -> None:
        """The first character behind the mark stands in column 1."""
        assert Scalar(1, Span(FILE, 1, 1, 1, 2)) == read_json("\ufeff1", FILE)


class TestErrors:
    """Text that is no JSON."""

    @pytest.mark.parametrize("end", range(len(RICH.rstrip())))
    def test_every_truncation_has_a_place(self, end: int) -> None:
        """A document cut anywhere is refused with the place where it broke, within the text or right behind it."""
        error = refused(RICH[:end])

        assert error.span is not None
        assert (1, 1) <= (error.span.line, error.span.column)
        assert cut(RICH[:end] + " ", error.span) == ""
        assert error.span.line <= RICH[:end].count("\n") + 1

    def test_the_document_that_is_truncated_is_good(self) -> None:
        """Uncut, the document of the test above is read."""
        assert json.loads(RICH) == to_plain(read_json(RICH, FILE))

    @law
    @given(document=documents, spot=st.integers(0, 200), char=st.sampled_from('{}[]:,"\\ax0-\x00\ud800é'))
    def test_one_wrong_character_never_breaks_the_reader(self, document: object, spot: int, char: str) -> None:
        """A document with one character replaced is read or refused with a place."""
        text = json.dumps(document)
        spot %= len(text)
        outcome = read_or_error(text[:spot] + char + text[spot + 1 :])

        assert outcome.span is not None

    @pytest.mark.parametrize(
        ("text", "message", "line", "column"),
        [
            ("", "expected a value", 1, 1),
            ("  \n ", "expected a value", 2, 2),
            ("nul", "expected a value", 1, 1),
            ("NaN", "expected a value", 1, 1),
            ("-Infinity", "expected a value", 1, 1),
            ("+1", "expected a value", 1, 1),
            (".5", "expected a value", 1, 1),
            ("'a'", "expected a value", 1, 1),
            ("1 2", "expected the end of the document", 1, 3),
            ("01", "expected the end of the document", 1, 2),
            ("1.", "expected the end of the document", 1, 2),
            ("truth", "expected a value", 1, 1),
            ("trueish", "expected the end of the document", 1, 5),
            ("[1,\n]", "expected a value", 2, 1),
            ("[1 2]", "expected `,` or `]`", 1, 4),
            ("[1}", "expected `,` or `]`", 1, 3),
            ("{a: 1}", "expected a key in double quotes", 1, 2),
            ('{"a": 1,}', "expected a key in double quotes", 1, 9),
            ('{"a" 1}', "expected `:`", 1, 6),
            ('{"a": }', "expected a value", 1, 7),
            ('{"a": 1 "b"', "expected `,` or `}`", 1, 9),
            ('["a', "a text is not closed, or holds a control character or a bad escape", 1, 2),
            ('["a\nb"]', "a text is not closed, or holds a control character or a bad escape", 1, 2),
            (r'["\x"]', "a text is not closed, or holds a control character or a bad escape", 1, 2),
            (r'["\u12g4"]', "a text is not closed, or holds a control character or a bad escape", 1, 2),
            (r'["\u 123"]', "a text is not closed, or holds a control character or a bad escape", 1, 2),
            (r'["\u1_23"]', "a text is not closed, or holds a control character or a bad escape", 1, 2),
            (r'["\ud800"]', "a text holds half a surrogate pair, which is no character", 1, 2),
            (r'{"\udfff": 1}', "a text holds half a surrogate pair, which is no character", 1, 2),
            ('["\ud800"]', "a text holds half a surrogate pair, which is no character", 1, 2),
            ("[1e999]", "a number is too large", 1, 2),
            ("[-1e999]", "a number is too large", 1, 2),
            ("9" * 301, "a number is longer than 300 characters", 1, 1),
        ],
    )
    def test_an_error_says_what_and_where(self, text: str, message: str, line: int, column: int) -> None:
        """The message says what was expected, the span where."""
        error = refused(text)

        assert f"not valid JSON: {message}" == error.message
        assert Span(FILE, line, column, line, column) == error.span

    def test_an_error_never_quotes_the_document(self) -> None:
        """A broken document may hold a secret: neither the message nor the text of the error repeats it."""
        error = refused('{"password": "hunter2')

        assert "hunter2" not in str(error)
        assert "password" not in str(error)


class TestLimits:
    """Documents made to hurt."""

    @pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
    def test_depth_is_limited(self, left: str, right: str) -> None:
        """As many levels as the limit are read; one more is refused at its place."""
        deep = left * MAX_DEPTH + "1" + right * MAX_DEPTH
        node = read_json(deep, FILE)

        assert MAX_DEPTH + 1 == sum(1 for one in walk(node) if not (isinstance(one, Scalar) and one.value == "a"))
        assert f"values are nested more than {MAX_DEPTH} deep" in refused(left + deep + right).message

    def test_a_hundred_thousand_brackets_are_refused(self) -> None:
        """However deep a document is, it is refused at the limit, and does not break the reader."""
        error = refused("[" * 100_000)

        assert error.span == Span(FILE, 1, MAX_DEPTH + 1, 1, MAX_DEPTH + 1)

    def test_a_very_long_number_is_refused(self) -> None:
        """A number of a million digits is refused unread."""
        assert "longer than 300 characters" in refused("[" + "1" * 1_000_000 + "]").message

    def test_a_wide_document_is_read(self) -> None:
        """Breadth is not limited: twenty thousand values on as many lines all have their place."""
        node = read_json("[" + ",\n".join(["1"] * 20_000) + "]", FILE)

        assert isinstance(node, Sequence)
        assert Span(FILE, 20_000, 1, 20_000, 2) == node.items[-1].span
