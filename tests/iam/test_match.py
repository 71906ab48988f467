"""The reference evaluator's own matching: variables, escapes, wildcards on both sides, three truths."""

from __future__ import annotations

import itertools
import re

import pytest

from apiece.iam.match import (
    ONE,
    STAR,
    Open,
    Tokens,
    Truth,
    Unresolved,
    all_of,
    any_of,
    glob,
    has_wildcard,
    is_everything,
    negated,
    overlaps,
    padded,
    prepare,
    resource_matches,
    segments,
)
from apiece.text import Hole, HoleKind, join

CONTEXT = {
    "aws:username": ("Ann",),
    "aws:principaltag/team": ("a*b",),
    "aws:tagkeys": ("one", "two"),
    "empty": (),
    "blank": ("",),
}
TRUTHS: tuple[Truth, ...] = (True, False, None)


def tokens(text: str) -> Tokens:
    """Cut a pattern whose `*` and `?` are wildcards."""
    return tuple({"*": STAR, "?": ONE}.get(char, char) for char in text)


def prepared(text: str, *, version: str = "2012-10-17") -> object:
    return prepare(text, variables=version == "2012-10-17", context=CONTEXT)


class TestTruth:
    """Three values, where `None` is "not known"."""

    @pytest.mark.parametrize(("one", "two"), list(itertools.product(TRUTHS, repeat=2)))
    def test_a_known_answer_stands_whatever_the_unknown_is(self, one: Truth, two: Truth) -> None:
        """ "Any" and "all" are known exactly where every way to fill in the unknown gives the same answer."""
        ways = list(itertools.product(*((True, False) if truth is None else (truth,) for truth in (one, two))))
        some, every = {any(way) for way in ways}, {all(way) for way in ways}

        assert (some.pop() if len(some) == 1 else None) == any_of([one, two])
        assert (every.pop() if len(every) == 1 else None) == all_of([one, two])

    def test_of_nothing_all_is_true_and_any_is_false(self) -> None:
        """An empty list of conditions holds; an empty list of alternatives does not."""
        assert all_of([]) is True
        assert any_of([]) is False

    @pytest.mark.parametrize(("truth", "expected"), [(True, False), (False, True), (None, None)])
    def test_the_opposite_of_unknown_is_unknown(self, truth: Truth, expected: Truth) -> None:
        """True and false change places, what is not known stays so."""
        assert expected is negated(truth)


class TestPrepare:
    """Statement 31: policy variables, escapes, and where they are plain text."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ()),
            ("a*?", ("a", STAR, ONE)),
            ("${aws:username}/*", (*"Ann/", STAR)),
            ("${AWS:UserName}", tuple("Ann")),
            ("${ aws:username }", tuple("Ann")),
            ("${aws:PrincipalTag/team}", tuple("a*b")),
            ("${*}${?}${$}{x}", tuple("*?${x}")),
            ("${aws:missing, 'none'}", tuple("none")),
            ("${aws:username, 'none'}", tuple("Ann")),
            ("${aws:missing,''}", ()),
            ("${aws:missing, '*'}", ("*",)),
            ("${blank}", ()),
            ("$aws:username", tuple("$aws:username")),
            ("${aws:username", tuple("${aws:username")),
            ("}${", tuple("}${")),
            ("{*}", ("{", STAR, "}")),
        ],
    )
    def test_a_variable_is_replaced_by_literal_text(self, text: str, expected: Tokens) -> None:
        """A variable, an escape or a default stands for its characters; a `*` in a value is no wildcard."""
        assert expected == prepared(text)

    @pytest.mark.parametrize(
        "text",
        [
            "${aws:missing}",
            "x/${aws:missing}/*",
            "${aws:tagkeys}",
            "${empty}",
            "${}",
            "${aws:missing, none}",
            "${aws:missing, '}",
            "${aws:missing,}",
        ],
    )
    def test_a_variable_without_a_value_is_unresolved(self, text: str) -> None:
        """An absent or multivalued key without a well-written default leaves a pattern that matches nothing."""
        assert Unresolved() == prepared(text)

    def test_in_version_2008_a_variable_is_plain_text(self) -> None:
        """Without version 2012-10-17, `${` has no meaning, and a `*` within it is a wildcard."""
        assert (*"${", STAR, "}") == prepared("${*}", version="2008-10-17")
        assert tuple("${aws:username}") == prepared("${aws:username}", version="2008-10-17")

    def test_an_operator_without_wildcards_takes_them_literally(self) -> None:
        """Statement 30: for `StringEquals` a `*` is a character, while variables are still replaced."""
        assert tuple("Ann*?") == prepare("${aws:username}*?", variables=True, context=CONTEXT, wildcards=False)

    def test_a_hole_is_literal_text(self) -> None:
        """A name that is not known before deployment is matched to the letter."""
        hole = Hole("Table", HoleKind.NAME)

        assert (*"t/", *hole.example(), STAR) == prepare(join(["t/", hole, "*"]), variables=True, context={})

    def test_an_open_value_makes_the_pattern_open(self) -> None:
        """One part that may be any string leaves the whole pattern undecided, even behind an unresolved variable."""
        text = join(["x", Hole("Any", HoleKind.ANY), "${aws:missing}"])

        assert Open() == prepare(text, variables=True, context={})


class TestGlob:
    """A pattern against one text, and against a text with wildcards of its own."""

    def test_it_matches_what_its_definition_says(self) -> None:
        """Each pattern of up to four characters matches exactly the texts that its definition gives."""
        texts = ["".join(text) for size in range(5) for text in itertools.product("ab", repeat=size)]
        wrong = [
            (pattern, text)
            for size in range(5)
            for pattern in map("".join, itertools.product("a*?", repeat=size))
            for text in texts
            if glob(tokens(pattern), tuple(text)) != bool(re.fullmatch(expression(pattern), text))
        ]

        assert [] == wrong

    def test_a_covered_subject_is_matched_whatever_it_stands_for(self) -> None:
        """Where a pattern covers a subject with wildcards, it matches every text that the subject stands for."""
        words = ["".join(word) for size in range(4) for word in itertools.product("a*?", repeat=size)]
        texts = ["".join(text) for size in range(5) for text in itertools.product("ab", repeat=size)]
        covers = [(one, two) for one in words for two in words if glob(tokens(one), tokens(two))]
        wrong = [
            (pattern, subject, text)
            for pattern, subject in covers
            for text in texts
            if re.fullmatch(expression(subject), text) and not re.fullmatch(expression(pattern), text)
        ]

        assert [] == wrong
        assert ("*", "a*") in covers
        assert ("a*", "a*") in covers
        assert ("?", "?") in covers
        assert ("?", "*") not in covers
        assert ("a", "?") not in covers

    def test_case_matters(self) -> None:
        """Statement 19: `glob` itself compares to the letter; callers lower what AWS compares without case."""
        assert not glob(tokens("Ann"), tuple("ann"))

    def test_repeated_stars_are_decided(self) -> None:
        """`*a*a…*b` against a long text keeps a set of positions and never goes back."""
        assert not glob(tokens("*a" * 60 + "*b"), tuple("a" * 400))
        assert glob(tokens("*a" * 60 + "*b"), tuple("a" * 400 + "b"))


class TestOverlaps:
    """Whether two patterns have a text in common."""

    def test_it_says_what_its_definition_says(self) -> None:
        """Two patterns of up to three characters overlap exactly where a text of up to six matches both."""
        words = ["".join(word) for size in range(4) for word in itertools.product("ab*?", repeat=size)]
        texts = ["".join(text) for size in range(7) for text in itertools.product("ab", repeat=size)]
        matched = {word: {text for text in texts if re.fullmatch(expression(word), text)} for word in words}
        wrong = [
            (one, two)
            for one in words
            for two in words
            if overlaps(tokens(one), tokens(two)) != bool(matched[one] & matched[two])
        ]

        assert [] == wrong


class TestResource:
    """Statements 20 and 21: segments, and short ARNs."""

    def test_an_arn_is_cut_at_its_first_five_colons(self) -> None:
        """The sixth segment keeps its colons."""
        expected = [tuple(part) for part in ("arn", "aws", "logs", "r", "1", "log-group:g:*")]

        assert expected == segments(tuple("arn:aws:logs:r:1:log-group:g:*"))

    @pytest.mark.parametrize(
        ("text", "wildcard", "everything"),
        [
            ("*", True, True),
            ("**", True, True),
            ("a*", True, False),
            ("?", True, False),
            ("a", False, False),
            ("", False, False),
        ],
    )
    def test_what_a_pattern_is_made_of(self, text: str, *, wildcard: bool, everything: bool) -> None:
        """Only stars are everything; a `?` is a wildcard but not everything."""
        assert wildcard == has_wildcard(tokens(text))
        assert everything == is_everything(tokens(text))

    def test_a_literal_star_is_no_wildcard(self) -> None:
        """A `*` that a variable wrote is a character."""
        assert not has_wildcard(("*",))
        assert not is_everything(("*",))

    def test_a_short_arn_is_filled_up(self) -> None:
        """Missing segments are `*` where the kind of policy always fills up, or the pattern has a wildcard."""
        star = (STAR,)

        assert [tuple("arn"), tuple("aws"), star, star, star, star] == padded(tokens("arn:aws"), always=True)
        assert [tuple("arn"), star, star, star, star, star] == padded(tokens("arn:*"), always=False)

    def test_a_short_arn_without_wildcard_is_not_filled_up_in_a_resource_policy(self) -> None:
        """Statement 21: a resource policy's short ARN without a wildcard stays what it is."""
        assert padded(tokens("arn:aws"), always=False) is None

    @pytest.mark.parametrize(
        ("pattern", "subject", "expected"),
        [
            ("*", "arn:aws:s3:::b", True),
            ("*", "no arn", True),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y", True),
            ("arn:aws:s3:*:b/*", "arn:aws:s3:::b/x", False),
            ("arn:*:b", "arn:aws:s3:::b", False),
            ("arn:aws:s3:::B", "arn:aws:s3:::b", False),
            ("arn:aws:s3", "arn:aws:s3:::b", True),
            ("no arn", "no arn", True),
            ("no *", "no arn", False),
            ("arn:aws:s3:::b", "*", False),
        ],
    )
    def test_a_pattern_is_compared_segment_by_segment(self, pattern: str, subject: str, *, expected: bool) -> None:
        """A wildcard does not cross a border between the first five segments."""
        assert expected == resource_matches(tokens(pattern), tokens(subject), pad_always=True, covering=True)

    def test_a_short_arn_of_a_resource_policy_matches_itself_only(self) -> None:
        """Statement 21: where it is not filled up, a short ARN is compared as it stands."""
        assert resource_matches(tuple("arn:aws"), tuple("arn:aws"), pad_always=False, covering=True)
        assert not resource_matches(tuple("arn:aws"), tuple("arn:aws:s3:::b"), pad_always=False, covering=True)

    @pytest.mark.parametrize(
        ("subject", "covered", "touched"),
        [
            ("arn:aws:s3:::b/x/*", True, True),
            ("arn:aws:s3:::b/*", False, True),
            ("arn:aws:s3:::*", False, True),
            ("*", False, True),
            ("arn:aws:s3:::c/*", False, False),
        ],
    )
    def test_a_request_for_many_resources(self, subject: str, *, covered: bool, touched: bool) -> None:
        """A request with wildcards is covered where all resources match, touched where one does."""
        pattern = tokens("arn:aws:s3:::b/x/*")

        assert covered == resource_matches(pattern, tokens(subject), pad_always=True, covering=True)
        assert touched == resource_matches(pattern, tokens(subject), pad_always=True, covering=False)


def expression(pattern: str) -> str:
    """Say in a regular expression what a pattern means."""
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
