"""Contradictions between patterns, against brute force over small worlds with the reference evaluator's matching."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam import match
from apiece.iam.catalog.domains import domains_of
from apiece.iam.checker import actions, resources, words
from apiece.iam.checker.language import contradict
from apiece.iam.checker.meter import Meter, Refused
from apiece.iam.checker.resources import ResourceFact
from apiece.text import Hole, HoleKind, Text, join

law = settings(derandomize=True, deadline=None, max_examples=200)
ENOUGH = 10_000_000
OPEN = Hole("Given", HoleKind.ANY)


def texts(letters: str, longest: int) -> Iterator[str]:
    for length in range(longest + 1):
        yield from map("".join, itertools.product(letters, repeat=length))


def globbed(text: str, subject: str) -> bool:
    prepared = match.prepare(text, variables=False, context={})
    assert isinstance(prepared, tuple)
    return match.glob(prepared, tuple(subject))


def about(text: str, subject: str, *, pads: bool, username: str | None = None) -> bool:
    """What the reference evaluator says of a resource word and one resource, `*` for a call that names none."""
    context = {} if username is None else {"aws:username": (username,)}
    prepared = match.prepare(text, variables=username is not None, context=context)
    if not isinstance(prepared, tuple):
        return False
    if subject == "*":
        return match.is_everything(prepared)
    return match.resource_matches(prepared, tuple(subject), pad_always=pads, covering=True)


def union(*, alphabet: str, longest: int, most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(alphabet=alphabet, max_size=longest), min_size=1, max_size=most)


SUBJECTS = tuple(texts("abc", 5))


@law
@given(
    required=st.lists(union(alphabet="ab*?", longest=3), max_size=2),
    excluded=union(alphabet="ab*?", longest=3, most=3),
)
def test_globs_contradict_where_no_text_fits(required: list[list[str]], excluded: list[str]) -> None:
    """Unions of globs contradict exactly where no text of up to five characters fits all of them."""
    fits = any(
        all(any(globbed(one, subject) for one in words_) for words_ in required)
        and not any(globbed(one, subject) for one in excluded)
        for subject in SUBJECTS
    )
    unions = [tuple(words.compared("stringlike", one, variables=False) for one in words_) for words_ in required]
    against = [words.compared("stringlike", one, variables=False) for one in excluded]

    assert fits is not contradict(unions, against, Meter(ENOUGH))


# What follows the fourth colon lies on both sides of the last border between segments.
ARNS = tuple(head + text for head in ("arn:::", "arn::a:") for text in ("::", ":a:", *texts("ab:", 4)))
ANY_TEXT = (*ARNS, "*", "", "a", "b", ":", "a:", "::::", "a::::")
word = st.one_of(
    st.text(alphabet="ab:*?", max_size=3).map(lambda text: "arn:::" + text),
    st.text(alphabet="a:*?", max_size=4),
)


@law
@given(
    required=st.lists(st.lists(word, min_size=1, max_size=2), max_size=2),
    excluded=st.lists(word, max_size=2),
    pads=st.booleans(),
    domain=st.sampled_from([None, "*", "arn"]),
)
def test_no_resource_fits_where_resources_contradict(
    required: list[list[str]], excluded: list[str], domain: str | None, *, pads: bool
) -> None:
    """Where resource words contradict each other in a domain, the evaluator finds no resource of it that fits."""
    world = {"*": ["*"], "arn": [arn for arn in ARNS if arn.count(":") > 4], None: ANY_TEXT}[domain]
    fits = any(
        all(any(about(one, subject, pads=pads) for one in words_) for words_ in required)
        and not any(about(one, subject, pads=pads) for one in excluded)
        for subject in world
    )

    assert not (fits and _contradicts(required, excluded, domain, pads=pads))


@law
@given(
    required=st.lists(st.text(alphabet="a:*", max_size=3).map(lambda text: "arn:::" + text), min_size=1, max_size=2),
    excluded=st.lists(st.text(alphabet="a:*", max_size=3).map(lambda text: "arn:::" + text), max_size=2),
)
def test_resources_contradict_where_no_arn_fits(required: list[str], excluded: list[str]) -> None:
    """Where no ARN fits, not even a long one, the words of an identity policy contradict each other."""
    world = [head + text for head in ("arn:::", "arn::a:") for text in texts("ab:", 5)]
    fits = any(
        all(about(one, subject, pads=True) for one in required)
        and not any(about(one, subject, pads=True) for one in excluded)
        for subject in world
        if subject.count(":") > 4
    )

    assert fits is not _contradicts([[one] for one in required], excluded, "arn", pads=True)


def _contradicts(required: list[list[str]], excluded: list[str], domain: str | None, *, pads: bool) -> bool:
    facts = [_fact(words_, matched=True, pads=pads) for words_ in required]
    return resources.contradicts([*facts, _fact(excluded, matched=False, pads=pads)], domain, Meter(ENOUGH))


def _fact(words_: list[str], *, matched: bool, pads: bool, variables: bool = False) -> ResourceFact:
    patterns = tuple(words.resource(one, variables=variables, pads=pads) for one in words_)
    return ResourceFact(patterns, matched)


VARIABLE = "${aws:username}"
with_variable = st.tuples(
    st.text(alphabet="a:*?", max_size=4), st.sampled_from(["", VARIABLE]), st.text(alphabet="a:*", max_size=4)
).map("".join)
short_or_whole = st.tuples(st.sampled_from(["", "arn:::", "arn::::"]), with_variable).map("".join)


@law
@given(
    required=st.lists(short_or_whole, min_size=1, max_size=2),
    excluded=st.lists(short_or_whole, max_size=2),
    pads=st.booleans(),
    domain=st.sampled_from([None, "*", "arn"]),
)
def test_a_variable_may_be_any_text(
    required: list[str], excluded: list[str], domain: str | None, *, pads: bool
) -> None:
    """Where words with policy variables contradict each other, no value of the variable lets a resource fit."""
    world = {"*": ["*"], "arn": [arn for arn in ARNS if arn.count(":") > 4], None: ANY_TEXT}[domain]
    facts = [
        *(_fact([one], matched=True, pads=pads, variables=True) for one in required),
        _fact(excluded, matched=False, pads=pads, variables=True),
    ]
    fits = any(
        all(about(one, subject, pads=pads, username=name) for one in required)
        and not any(about(one, subject, pads=pads, username=name) for one in excluded)
        for name in ("", "a", ":", "a:a", "*", ":::", "::::a")
        for subject in world
    )

    assert not (fits and resources.contradicts(facts, domain, Meter(ENOUGH)))


@pytest.mark.parametrize(
    ("word_", "subject", "name"),
    [
        ("arn:::${aws:username}*", "arn:::::a:b", "::"),
        ("arn:::${aws:username}", "arn:::::", "::"),
        ("arn:::${aws:username}", "arn:::a:b:c", "a"),
        ("arn:${aws:username}a*::::x", "arn:::::ap:q::::x", "::::"),
        ("*${aws:username}", "a", ""),
        ("${aws:username}", "a", "a"),
    ],
)
def test_a_variable_may_hold_colons_or_nothing(word_: str, subject: str, name: str) -> None:
    """A variable's value may end segments, end the ARN, or be empty; its word fits resources of all these shapes."""
    facts = [
        _fact([word_], matched=True, pads=True, variables=True),
        _fact([subject], matched=True, pads=False),
    ]

    assert about(word_, subject, pads=True, username=name)
    assert not resources.contradicts(facts, None, Meter(ENOUGH))


FILLINGS = ("", "a", "*", ":", "a:*", "${", "$", "{aws:username}", "a${", "}", "${aws:username}", "x}", "*${", ":::")
open_text = st.tuples(
    st.sampled_from(["", "a", "*", "arn:::", "arn::::", "a${", "$", "${aws:username}"]),
    st.sampled_from(["", "a", "*", "aws:username}", "b}", "{aws:username}", ":a"]),
)


@law
@given(required=open_text, other=st.sampled_from(["arn::::a", "arn::::*", "a", "*", "arn::::b"]), pads=st.booleans())
def test_an_open_value_may_be_any_text(required: tuple[str, str], other: str, *, pads: bool) -> None:
    """Where a word with an open value contradicts another, nothing that may stand in it lets a resource fit."""
    text = join([required[0], OPEN, required[1]])
    facts = [
        ResourceFact((words.resource(text, variables=True, pads=pads),), matched=True),
        _fact([other], matched=True, pads=pads, variables=True),
    ]
    fits = any(
        about(filling.join(required), subject, pads=pads, username=name) and about(other, subject, pads=pads)
        for filling in FILLINGS
        for name in ("", "a", "::::a")
        for subject in ("*", "", "a", "arn::::a", "arn::::b", "arn:::a:a", "arn::::aa")
    )

    assert not (fits and resources.contradicts(facts, None, Meter(ENOUGH)))


@pytest.mark.parametrize(
    "text",
    [
        join(["arn:aws:s3:::", OPEN, "/*"]),
        join([OPEN]),
        "arn:aws:s3:::${aws:username}/*",
        "${aws:username}",
    ],
)
def test_what_is_not_known_equals_itself(text: Text) -> None:
    """A word with an unknown part contradicts that the same word does not match, whatever the part is."""
    word_ = words.resource(text, variables=True, pads=True)

    assert resources.contradicts([ResourceFact((word_,), matched=sign) for sign in (True, False)], None, Meter(ENOUGH))


class TestDomains:
    OBJECT = "arn:${Partition}:s3:::${BucketName}/${ObjectName}"

    def test_a_catalogue_format_is_a_domain(self) -> None:
        """The format that these tests use is the one of the catalogue."""
        assert self.OBJECT in domains_of("s3:GetObject")

    @pytest.mark.parametrize(
        ("required", "excluded", "expected"),
        [
            ("*", "arn:*:s3:::*/*", True),
            ("*", "arn:*:s3:::*", True),
            ("*", "arn:aws:s3:::*", False),
            ("arn:aws:s3:::a", "arn:aws:sns:::*", True),
            ("arn:aws:s3:::a*", "arn:aws:s3:::a*/*", True),
            ("arn:aws:s3:::a*", "arn:aws:s3:::a/*", False),
            ("arn:aws:sqs:*:*:*", "arn:aws:sns:::*", True),
            ("arn:aws:s3:::?", "arn:aws:sns:::*", True),
        ],
    )
    def test_objects_keep_to_their_format(self, required: str, excluded: str, *, expected: bool) -> None:
        """A bucket's name holds no `/`, and an object's ARN always holds one."""
        assert expected is _contradicts([[required]], [excluded], self.OBJECT, pads=True)

    def test_regions_keep_to_their_characters(self) -> None:
        """A region is no upper-case text, and may be empty."""
        queue = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"

        found = [
            _contradicts([[f"arn:aws:sqs:{region}:1:a"]], [], queue, pads=True) for region in ("", "us-east-1", "US")
        ]

        assert [False, False, True] == found

    def test_a_star_of_the_catalogue_is_any_name(self) -> None:
        """Where the catalogue itself writes `*` for a name, its domain has a variable: every name is one."""
        rep = "arn:${Partition}:dms:${Region}:${Account}:rep:${Any}"

        assert rep in domains_of("dms:DeleteReplicationInstance")
        assert not _contradicts([["arn:aws:dms:us-east-1:111122223333:rep:ABC"]], [], rep, pads=True)

    def test_a_call_on_nothing_needs_a_pattern_of_everything(self) -> None:
        """Only `*` is about a call that names no resource (statement 22)."""
        found = [_contradicts([[word_]], [], actions.ANYTHING, pads=True) for word_ in ("*", "**", "arn:*", "?*")]

        assert [False, False, True, True] == found


def test_a_search_stops_when_its_budget_is_used_up() -> None:
    """Patterns that are too entangled are refused, not decided."""
    entangled = words.compared("stringlike", "*a" + "?" * 12, variables=False)
    longer = words.compared("stringlike", "?" * 13 + "*", variables=False)

    assert contradict([(entangled,)], [longer], Meter(ENOUGH))
    with pytest.raises(Refused, match="budget"):
        contradict([(entangled,)], [longer], Meter(2000))


def test_a_variable_right_behind_a_brace_may_swallow_an_open_value() -> None:
    """Before an open value, `${` begins a variable also where `}` stands right before it: nothing behind it is kept."""
    read = words.letters(join(["a}${", OPEN, "b}c"]), variables=True, wildcards=True)

    assert ("a", "}", words.Mark.UNKNOWN, "c") == read
