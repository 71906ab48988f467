"""Texts with holes keep one normal form."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.text import Hole, HoleKind, Symbolic, Text, example, holes, is_open, join, show

law = settings(derandomize=True, deadline=None, max_examples=150)
BUCKET = Hole("Uploads", HoleKind.NAME, "template.yaml")
OPEN = Hole("Import", HoleKind.ANY, why="exported by another stack")

names = st.text(alphabet="AaB.é:/", min_size=1, max_size=6)
some_holes = st.builds(Hole, names, st.sampled_from(HoleKind), st.sampled_from(["", "a.yaml", "b.yaml"]))
simple = st.lists(st.one_of(st.text(alphabet="ab$", max_size=3), some_holes), max_size=5)
parts = st.lists(st.one_of(st.text(alphabet="ab$", max_size=3), some_holes, simple.map(join)), max_size=5)


def pieces(text: Text) -> tuple[str | Hole, ...]:
    return text.parts if isinstance(text, Symbolic) else (text,) if text else ()


class TestJoin:
    """One normal form for every way to write a text."""

    def test_text_without_holes_is_a_plain_string(self) -> None:
        """Where no hole is left, the result is a `str`, empty for nothing."""
        assert "ab" == join(["a", "", "b"])
        assert "" == join([]) == join(["", ""])

    def test_a_hole_alone_is_symbolic(self) -> None:
        """One hole without text around it is still a symbolic text."""
        assert Symbolic((BUCKET,)) == join([BUCKET]) == join(["", BUCKET, ""])

    def test_neighbours_are_merged(self) -> None:
        """Adjacent literal parts become one, also across the border of a nested text."""
        inner = join(["b", BUCKET, "c"])

        assert Symbolic(("ab", BUCKET, "cd")) == join(["a", inner, "d"])

    @law
    @given(given_parts=parts)
    def test_the_result_is_in_normal_form(self, given_parts: list[str | Hole | Symbolic]) -> None:
        """No literal part is empty, no two are adjacent, and a symbolic text has a hole."""
        text = join(given_parts)
        kinds = [isinstance(piece, str) for piece in pieces(text)]

        assert "" not in pieces(text)
        assert (True, True) not in itertools.pairwise(kinds)
        assert isinstance(text, str) or holes(text)

    @law
    @given(first=parts, second=parts, third=parts)
    def test_grouping_is_irrelevant(self, first: list[Text], second: list[Text], third: list[Text]) -> None:
        """`join` is associative, and joining what is joined changes nothing."""
        whole = join([*first, *second, *third])

        assert whole == join([join([*first, *second]), *third])
        assert whole == join([*first, join([*second, *third])])
        assert whole == join([whole])

    @law
    @given(given_parts=parts)
    def test_nothing_is_lost(self, given_parts: list[str | Hole | Symbolic]) -> None:
        """Holes keep their order, and what is shown is what the parts show."""
        text = join(given_parts)
        symbolic = [join([part]) for part in given_parts]

        assert tuple(hole for part in symbolic for hole in holes(part)) == holes(text)
        assert "".join(show(part) for part in symbolic) == show(text)
        assert "".join(example(part) for part in symbolic) == example(text)


class TestShow:
    """How a text is written for people."""

    def test_a_hole_is_shown_by_its_name(self) -> None:
        """A hole is written as a template writes it, and `str` says the same."""
        text = join(["arn:aws:s3:::", BUCKET, "/*"])

        assert "arn:aws:s3:::${Uploads}/*" == show(text) == str(text)

    def test_plain_text_is_shown_as_it_is(self) -> None:
        """A text without holes has no other form."""
        assert "a${b}" == show("a${b}") == example("a${b}")
        assert () == holes("a${b}")


class TestOpen:
    """An open value may be any string."""

    def test_only_an_open_hole_makes_a_text_open(self) -> None:
        """A name, an account or a region is unknown but not open."""
        closed = [Hole("X", kind) for kind in HoleKind if kind is not HoleKind.ANY]

        assert is_open(join(["a", OPEN]))
        assert not is_open(join(closed))
        assert not is_open("a")


class TestExample:
    """Stand-ins for what nobody knows yet."""

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (HoleKind.ACCOUNT, "111122223333"),
            (HoleKind.REGION, "us-east-1"),
            (HoleKind.PARTITION, "aws"),
        ],
    )
    def test_pseudo_parameters_have_usual_values(self, kind: HoleKind, expected: str) -> None:
        """Account, region and partition look like real ones, whatever they are called."""
        assert expected == Hole("x", kind).example()

    def test_a_stand_in_is_the_same_each_time(self) -> None:
        """Equal holes have equal stand-ins, in every run."""
        assert "Uploads-d61b2326" == Hole("Uploads", HoleKind.NAME).example()

    def test_different_holes_have_different_stand_ins(self) -> None:
        """The same name in another stack is another resource."""
        here, there = (Hole("Uploads", HoleKind.NAME, stack) for stack in ("a.yaml", "b.yaml"))

        assert here.example() != there.example()

    @law
    @given(hole=some_holes)
    def test_a_stand_in_is_one_name(self, hole: Hole) -> None:
        """A stand-in is not empty, has at most 63 characters, and none of `*`, `?`, `:` and `/`."""
        stand_in = hole.example()

        assert 0 < len(stand_in) <= 63
        assert set(stand_in) <= {*string.ascii_letters, *string.digits, "-"}

    @pytest.mark.parametrize("stack", ["", "a.yaml"])
    def test_long_names_that_differ_late_have_different_stand_ins(self, stack: str) -> None:
        """Two names that are equal in their first hundred characters are still told apart."""
        one, two = (Hole("A" * 100 + end, HoleKind.NAME, stack) for end in "xy")

        assert one.example() != two.example()
