"""Trees: lookups, duplicates, and the way from plain data and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.span import Span
from apiece.text import Hole, HoleKind, Symbolic, join
from apiece.tree import Mapping, Scalar, Sequence, from_plain, repeated, to_plain, unplaced

law = settings(derandomize=True, deadline=None, max_examples=100)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=4))
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
TWICE = Mapping(
    (
        (Scalar("a", Span("f", 1, 2, 1, 5)), Scalar(1)),
        (Scalar("b"), Scalar(2)),
        (Scalar("a", Span("f", 2, 2, 2, 5)), Scalar(3)),
    )
)


@law
@given(document=documents)
def test_plain_data_round_trips(document: object) -> None:
    """Plain data as a tree and back is the same data."""
    assert document == to_plain(from_plain(document))


def test_a_tuple_is_a_sequence() -> None:
    """Lists and tuples are both sequences."""
    assert Sequence((Scalar(1), Scalar(2))) == from_plain((1, 2)) == from_plain([1, 2])


def test_a_symbolic_text_is_a_scalar() -> None:
    """A text with holes stands in a tree as one value."""
    text = join(["a", Hole("B", HoleKind.NAME)])

    assert isinstance(text, Symbolic)
    assert Scalar(text) == from_plain(text)


def test_a_key_that_is_no_text_becomes_one() -> None:
    """YAML's numbers as keys are read as texts."""
    assert Mapping(((Scalar("1"), Scalar("x")),)) == from_plain({1: "x"})


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), [b"x"], {"a": {"b": b"x"}}])
def test_other_data_is_refused(value: object) -> None:
    """What is no document's data is refused by the name of its type, never by its content."""
    with pytest.raises(TypeError, match=r"^cannot make a tree of `(set|bytes|object)`$"):
        from_plain(value)


class TestMapping:
    """Keys keep their order and their duplicates."""

    def test_the_last_of_duplicate_keys_is_found(self) -> None:
        """`get` and `to_plain` give what JSON readers give: the last."""
        assert Scalar(3) == TWICE.get("a")
        assert {"a": 3, "b": 2} == to_plain(TWICE)

    def test_duplicates_are_all_there(self) -> None:
        """Whoever wants to refuse a duplicate can see both entries, in source order."""
        assert ["a", "b", "a"] == [key.value for key, _ in TWICE]
        assert 3 == len(TWICE)

    def test_a_key_is_found_for_its_place(self) -> None:
        """`key` gives the first key of the name with its span."""
        assert Scalar("a", Span("f", 1, 2, 1, 5)) == TWICE.key("a")

    def test_what_is_not_there_is_none(self) -> None:
        """A missing key has neither value nor place."""
        assert TWICE.get("c") is None
        assert TWICE.key("c") is None

    def test_a_null_is_there(self) -> None:
        """A key whose value is null is told from a missing key."""
        assert Scalar(None) == Mapping(((Scalar("a"), Scalar(None)),)).get("a")


def test_a_tree_without_places_keeps_everything_else() -> None:
    """Spans are left out at every depth; order and duplicate keys stay."""
    node = Mapping(((Scalar("m"), TWICE), (Scalar("s"), Sequence((TWICE, Scalar(None, Span("f", 1, 1, 1, 5)))))))
    bare = Mapping(((Scalar("a"), Scalar(1)), (Scalar("b"), Scalar(2)), (Scalar("a"), Scalar(3))))

    assert Mapping(((Scalar("m"), bare), (Scalar("s"), Sequence((bare, Scalar(None)))))) == unplaced(node)


@law
@given(document=documents)
def test_a_tree_of_plain_data_has_no_places(document: object) -> None:
    """What was made of plain data is already without places."""
    assert from_plain(document) == unplaced(from_plain(document))


class TestRepeated:
    """Keys that stand twice in one mapping."""

    def test_a_second_key_is_given_with_its_path_and_place(self) -> None:
        """Each further entry of a name is given, at any depth, with its own span; the first is not."""
        again = Scalar("x", Span("f", 9, 1, 9, 2))
        inner = Mapping(((Scalar("x"), Scalar(1)), (again, Scalar(2)), (again, Scalar(3))))
        node = Mapping(((Scalar("list"), Sequence((Scalar(0), inner))), (Scalar("map"), inner)))

        expected = [("list[1].x", again)] * 2 + [("map.x", again)] * 2

        assert expected == list(repeated(node))
        assert [("a", Scalar("a", Span("f", 2, 2, 2, 5)))] == list(repeated(TWICE))

    def test_the_same_key_in_two_mappings_is_no_repetition(self) -> None:
        """Only entries of one mapping are compared with each other."""
        assert [] == list(repeated(from_plain([{"a": {"a": 1}}, {"a": [2, "a"]}])))
        assert [] == list(repeated(Scalar("a")))


def test_a_sequence_has_items() -> None:
    """A sequence is walked in order and knows its length."""
    items = Sequence((Scalar("a"), Scalar("b")))

    assert [Scalar("a"), Scalar("b")] == list(items)
    assert 2 == len(items)


def test_a_span_is_written_as_editors_read_it() -> None:
    """A span is shown as file, line and column of its beginning."""
    assert "a/b.yaml:3:7" == str(Span("a/b.yaml", 3, 7, 4, 1))


def test_spans_are_ordered_by_place() -> None:
    """Spans sort by file, then line, then column, as numbers."""
    spans = [Span("a", 10, 1, 10, 2), Span("b", 1, 1, 1, 2), Span("a", 9, 12, 9, 13), Span("a", 9, 2, 9, 3)]

    assert [("a", 9, 2), ("a", 9, 12), ("a", 10, 1), ("b", 1, 1)] == [(s.file, s.line, s.column) for s in sorted(spans)]
