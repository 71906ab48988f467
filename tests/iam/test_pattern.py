"""Patterns against brute force over a small world, then their laws, then hostile ones."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam.pattern import (
    Pattern,
    PatternBudget,
    Wild,
    arn_format,
    contains,
    find,
    fresh_characters,
    glob,
    intersects,
    matches,
    resource,
)
from apiece.iam.pattern import search as pattern_search
from apiece.text import Hole, HoleKind, join

PATTERN_LETTERS = "a:*?"
TEXT_LETTERS = "ab:"  # `b` is written by no pattern: it stands for all other characters
FIRST_FIVE = 5
law = settings(derandomize=True, deadline=None, max_examples=150)


def words(letters: str, longest: int) -> Iterator[str]:
    for length in range(longest + 1):
        yield from map("".join, itertools.product(letters, repeat=length))


def glob_expression(text: str) -> str:
    """Say in a regular expression what a whole-string pattern means."""
    return "".join({"*": "(?s:.*)", "?": "(?s:.)"}.get(char, re.escape(char)) for char in text)


def resource_expression(text: str) -> str:
    """Say in a regular expression what a resource pattern means: statements 20 and 21."""
    if text and not text.strip("*"):
        return "(?s:.*)"
    parts = text.split(":", FIRST_FIVE)
    parts += ["*"] * (FIRST_FIVE + 1 - len(parts))
    inside = ["".join({"*": "[^:]*", "?": "[^:]"}.get(c, re.escape(c)) for c in part) for part in parts[:FIRST_FIVE]]
    return ":".join([*inside, glob_expression(parts[FIRST_FIVE])])


def language(expression: str, world: tuple[str, ...]) -> int:
    """The texts of a world that an expression matches, one bit a text; shorter texts have lower bits."""
    compiled = re.compile(expression)
    return sum(1 << index for index, text in enumerate(world) if compiled.fullmatch(text))


def accepted(pattern: Pattern, world: tuple[str, ...]) -> int:
    return sum(1 << index for index, text in enumerate(world) if matches(pattern, text))


def shortest(texts: int, world: tuple[str, ...]) -> int | None:
    """The length of the shortest text of a set."""
    return len(world[(texts & -texts).bit_length() - 1]) if texts else None


def length(text: str | None) -> int | None:
    return None if text is None else len(text)


GLOB_WORLD = tuple(words(TEXT_LETTERS, 6))
GLOBS = {text: (glob(text), language(glob_expression(text), GLOB_WORLD)) for text in words(PATTERN_LETTERS, 3)}
# What follows the fourth colon lies on both sides of the last border between segments.
EDGE_WORLD = tuple("::::" + text for text in words(TEXT_LETTERS, 6))
EDGES = {
    text: (resource(text), language(resource_expression(text), EDGE_WORLD))
    for text in ("::::" + rest for rest in words(PATTERN_LETTERS, 3))
}
WORLDS = pytest.mark.parametrize(
    ("patterns", "world"),
    [pytest.param(GLOBS, GLOB_WORLD, id="glob"), pytest.param(EDGES, EDGE_WORLD, id="resource")],
)
Languages = dict[str, tuple[Pattern, int]]


class TestSmallWorld:
    """Every pattern of up to four characters, every pair of up to three."""

    def test_a_glob_matches_what_its_definition_says(self) -> None:
        """Each of 341 globs matches exactly the texts of up to five characters that its definition gives."""
        world = tuple(words(TEXT_LETTERS, 5))

        wrong = [
            text
            for text in words(PATTERN_LETTERS, 4)
            if language(glob_expression(text), world) != accepted(glob(text), world)
        ]

        assert [] == wrong

    def test_a_short_resource_pattern_matches_what_its_definition_says(self) -> None:
        """A resource pattern with fewer than six segments is filled up with `*`, whatever it is made of."""
        world = tuple(words("a:", 8))

        wrong = [
            text
            for text in words(PATTERN_LETTERS, 4)
            if text and language(resource_expression(text), world) != accepted(resource(text), world)
        ]

        assert [] == wrong

    @pytest.mark.parametrize("lead", ["a:::", "::::", "*:?::a:"])
    def test_a_resource_pattern_matches_what_its_definition_says(self, lead: str) -> None:
        """A wildcard crosses `:` behind the fifth colon and nowhere before it."""
        world = tuple(start + text for start in ("a:::", "::::", "b:a::a:", "b::::") for text in words(TEXT_LETTERS, 4))

        wrong = [
            lead + text
            for text in words(PATTERN_LETTERS, 3)
            if language(resource_expression(lead + text), world) != accepted(resource(lead + text), world)
        ]

        assert [] == wrong

    @WORLDS
    def test_patterns_intersect_where_a_text_matches_both(self, patterns: Languages, world: tuple[str, ...]) -> None:
        """Two patterns intersect exactly where a text of up to six free characters matches both."""
        assert world

        wrong = [
            (first, second)
            for (first, (one, ones)), (second, (two, twos)) in itertools.product(patterns.items(), repeat=2)
            if bool(ones & twos) != intersects(one, two)
        ]

        assert [] == wrong

    @WORLDS
    def test_a_witness_is_as_short_as_any(self, patterns: Languages, world: tuple[str, ...]) -> None:
        """What `find` gives for "this but not that" is as long as the shortest text that brute force finds."""
        wrong = [
            (first, second)
            for (first, (one, ones)), (second, (two, twos)) in itertools.product(patterns.items(), repeat=2)
            if shortest(ones & ~twos, world) != length(find((one,), (two,)))
        ]

        assert [] == wrong

    @WORLDS
    def test_containment_is_inclusion_of_languages(self, patterns: Languages, world: tuple[str, ...]) -> None:
        """One pattern contains another exactly where no text is matched by the second alone."""
        assert world

        wrong = [
            (outer, inner)
            for (outer, (one, ones)), (inner, (two, twos)) in itertools.product(patterns.items(), repeat=2)
            if (not twos & ~ones) != contains(one, two)
        ]

        assert [] == wrong

    def test_a_resource_pattern_is_a_glob_with_less_reach(self) -> None:
        """With all six segments written, what a resource pattern matches the same text as a glob matches too."""
        assert all(contains(glob(text), resource(text)) for text in EDGES if text.count(":") >= FIRST_FIVE)


texts = st.text(alphabet="ab:/", max_size=10)
globs = st.text(alphabet="ab:*?", max_size=7).map(glob)
resources = st.tuples(
    st.sampled_from(["", "arn:", "*:", "::::", ":::::", "a:*:?:"]), st.text(alphabet="ab:*?", max_size=6)
).map(lambda parts: resource("".join(parts)))
formats = st.sampled_from(
    [
        "arn:${Partition}:s3:::${BucketName}",
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
        "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}",
        "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",
    ]
).map(arn_format)
patterns = st.one_of(globs, resources)
some = st.lists(patterns, min_size=1, max_size=3)


class TestLaws:
    """What holds of all patterns."""

    @law
    @given(pattern=st.one_of(patterns, formats))
    def test_every_pattern_matches_something(self, pattern: Pattern) -> None:
        """No pattern is empty: there is a text that it matches."""
        witness = find((pattern,))

        assert witness is not None
        assert matches(pattern, witness)

    @law
    @given(pattern=st.one_of(patterns, formats))
    def test_containment_is_reflexive(self, pattern: Pattern) -> None:
        """A pattern contains itself, also where it was compiled twice."""
        assert contains(pattern, Pattern(pattern.tokens))

    @law
    @given(first=patterns, second=patterns, third=patterns)
    def test_containment_is_transitive(self, first: Pattern, second: Pattern, third: Pattern) -> None:
        """A pattern contains what is contained in what it contains."""
        if contains(first, second) and contains(second, third):
            assert contains(first, third)

    @law
    @given(first=patterns, second=patterns, text=texts)
    def test_containment_is_antisymmetric(self, first: Pattern, second: Pattern, text: str) -> None:
        """Patterns that contain each other match the same texts."""
        if contains(first, second) and contains(second, first):
            assert matches(first, text) == matches(second, text)

    @law
    @given(stem=st.text(alphabet="ab*?", max_size=6), spot=st.integers(0, 6))
    def test_a_repeated_star_changes_nothing(self, stem: str, spot: int) -> None:
        """A star beside a star is the same pattern."""
        lone, double = (glob(stem[:spot] + stars + stem[spot:]) for stars in ("*", "**"))

        assert contains(lone, double)
        assert contains(double, lone)

    @law
    @given(first=patterns, second=patterns)
    def test_intersection_is_symmetric(self, first: Pattern, second: Pattern) -> None:
        """It does not matter which of two patterns is asked whether they meet."""
        assert intersects(first, second) == intersects(second, first)

    @law
    @given(first=st.one_of(patterns, formats), second=st.one_of(patterns, formats))
    def test_patterns_meet_where_a_common_text_is_found(self, first: Pattern, second: Pattern) -> None:
        """`intersects` and `find` are two ways to the same answer."""
        assert (find((first, second)) is not None) == intersects(first, second)

    @law
    @given(outer=patterns, inner=patterns)
    def test_a_pattern_meets_what_it_contains(self, outer: Pattern, inner: Pattern) -> None:
        """Containment is stronger than intersection, for no pattern is empty."""
        if contains(outer, inner):
            assert intersects(outer, inner)

    @law
    @given(positive=some, negative=st.lists(patterns, max_size=3))
    def test_a_witness_is_matched_by_what_must_match_only(
        self, positive: list[Pattern], negative: list[Pattern]
    ) -> None:
        """What `find` gives is matched by each pattern that must match and by none that must not."""
        witness = find(positive, negative)

        if witness is not None:
            assert all(matches(pattern, witness) for pattern in positive)
            assert not any(matches(pattern, witness) for pattern in negative)

    @law
    @given(positive=some, negative=st.lists(patterns, max_size=3), text=texts)
    def test_no_text_is_shorter_than_the_witness(
        self, positive: list[Pattern], negative: list[Pattern], text: str
    ) -> None:
        """A text that meets the demand is at least as long as the witness, and its existence means there is one."""
        if all(matches(one, text) for one in positive) and not any(matches(one, text) for one in negative):
            witness = find(positive, negative)

            assert witness is not None
            assert len(witness) <= len(text)

    @law
    @given(positive=some, negative=st.lists(patterns, max_size=3), seed=st.randoms(use_true_random=False))
    def test_order_and_repetition_of_patterns_are_irrelevant(
        self, positive: list[Pattern], negative: list[Pattern], seed: object
    ) -> None:
        """The witness has the same length however the patterns are ordered and however often they are given."""
        shuffle = seed.shuffle  # type: ignore[attr-defined]
        more, fewer = positive * 2, negative * 2
        shuffle(more)
        shuffle(fewer)

        assert length(find(positive, negative)) == length(find(more, fewer))

    @law
    @given(positive=some, negative=st.lists(patterns, max_size=3))
    def test_the_same_question_has_the_same_witness(self, positive: list[Pattern], negative: list[Pattern]) -> None:
        """A witness depends on the patterns alone, not on what was asked of them before."""
        fresh = [[Pattern(one.tokens) for one in group] for group in (positive, negative)]

        assert find(*fresh) == find(positive, negative)

    @law
    @given(pattern=st.text(alphabet="aB:*?", max_size=6), text=st.text(alphabet="abAB:", max_size=8))
    def test_ignored_case_is_lower_case(self, pattern: str, text: str) -> None:
        """A glob that ignores case matches a text in lower case exactly where some spelling of it matches."""
        expected = re.fullmatch(glob_expression(pattern), text, re.IGNORECASE) is not None

        assert expected == matches(glob(pattern, ignore_case=True), text.lower())


CHARACTERS = ("", "a", "b", "ab")
WILDS = tuple(
    Wild(many=many, forbid=frozenset(forbid), only=None if only is None else frozenset(only))
    for many in (True, False)
    for forbid in CHARACTERS
    for only in (None, *CHARACTERS[1:])
)
machines = st.lists(st.sampled_from(["a", "b", *WILDS]), max_size=6).map(lambda tokens: Pattern(tuple(tokens)))
MACHINE_WORLD = tuple(words("abz", 5))


def machine_expression(pattern: Pattern) -> str:
    """Say in a regular expression what a machine of any tokens means, over the letters `a`, `b` and `z`."""
    pieces = []
    for token in pattern.tokens:
        admitted = [char for char in "abz" if token == char or (isinstance(token, Wild) and token.admits(char))]
        one = f"[{''.join(admitted)}]" if admitted else "(?!)"
        pieces.append(f"(?:{one})*" if isinstance(token, Wild) and token.many else one)
    return "".join(pieces)


class TestMachines:
    """Machines of any tokens, also such as no policy and no catalogue writes."""

    @law
    @given(machine=machines)
    def test_a_machine_accepts_what_its_tokens_say(self, machine: Pattern) -> None:
        """However limited wildcards follow each other, the machine accepts what its tokens describe."""
        assert language(machine_expression(machine), MACHINE_WORLD) == accepted(machine, MACHINE_WORLD)

    @law
    @given(one=machines, two=machines)
    def test_two_machines_compare_as_their_languages(self, one: Pattern, two: Pattern) -> None:
        """Meeting and the length of a witness agree with brute force, where brute force reaches far enough."""
        ones, twos = (language(machine_expression(machine), MACHINE_WORLD) for machine in (one, two))
        witness = find((one,), (two,))

        if ones & twos:
            assert intersects(one, two)
        if ones & ~twos or (witness is not None and len(witness) <= 5):
            assert shortest(ones & ~twos, MACHINE_WORLD) == length(witness)


class TestWild:
    """Relations between single wildcards, against the characters that they admit."""

    KINDS = tuple(
        Wild(many=False, forbid=frozenset(forbid), only=None if only is None else frozenset(only))
        for forbid in ("", "a", "ab")
        for only in (None, "a", "b", "ab")
    )
    CHARS = "abz"  # `z` is written by none of them

    def test_covering_is_inclusion_of_characters(self) -> None:
        """A wildcard covers a token exactly where it admits each character that the token stands for."""
        tokens = [*self.KINDS, *self.CHARS]
        wrong = [
            (wild, token)
            for wild in self.KINDS
            for token in tokens
            if wild.covers(token) != all(wild.admits(char) for char in self._chars(token))
        ]

        assert [] == wrong

    def test_meeting_is_having_a_character_in_common(self) -> None:
        """A wildcard meets a token exactly where it admits one of the characters that the token stands for."""
        tokens = [*self.KINDS, *self.CHARS]
        wrong = [
            (wild, token)
            for wild in self.KINDS
            for token in tokens
            if wild.meets(token) != any(wild.admits(char) for char in self._chars(token))
        ]

        assert [] == wrong

    def _chars(self, token: str | Wild) -> list[str]:
        return [token] if isinstance(token, str) else [char for char in self.CHARS if token.admits(char)]


class TestResource:
    """Statements 20, 21 and 31 on patterns of a policy's `Resource`."""

    @pytest.mark.parametrize("text", ["*", "**", "***"])
    def test_a_star_is_everything(self, text: str) -> None:
        """`*` alone matches every text, ARN or not."""
        assert contains(resource(text), glob("*"))

    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y/z"),
            ("arn:aws:sqs:*:*:jobs", "arn:aws:sqs:us-east-1:111122223333:jobs"),
            ("arn:aws:sqs", "arn:aws:sqs:us-east-1:111122223333:jobs"),
            ("arn:*", "arn:aws:sqs:us-east-1:111122223333:a:b"),
            ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*"),
            ("arn:aws:s3:::b/${?}", "arn:aws:s3:::b/?"),
            ("arn:aws:s3:::b/${$}{x", "arn:aws:s3:::b/${x"),
            ("arn:aws:s3:::b/${", "arn:aws:s3:::b/${"),
            ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::awsusername/x"),
            ("arn:aws:s3:::${}/*", "arn:aws:s3:::variable/x"),
        ],
    )
    def test_it_matches(self, pattern: str, text: str) -> None:
        """The pattern matches the text."""
        assert matches(resource(pattern), text)

    @pytest.mark.parametrize(
        ("pattern", "text"),
        [
            ("arn:aws:sqs:*:jobs", "arn:aws:sqs:us-east-1:111122223333:jobs"),
            ("arn:aws:*:jobs", "arn:aws:sqs:us-east-1:111122223333:jobs"),
            ("arn:aws:sqs:?:111122223333:jobs", "arn:aws:sqs:::111122223333:jobs"),
            ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x"),
            ("arn:aws:s3:::b/${?}", "arn:aws:s3:::b/x"),
            ("arn:aws:s3:::B/*", "arn:aws:s3:::b/x"),
            ("arn:aws:sqs", "arn:aws:sqs"),
        ],
    )
    def test_it_does_not_match(self, pattern: str, text: str) -> None:
        """The pattern does not match the text."""
        assert not matches(resource(pattern), text)

    def test_a_hole_is_literal(self) -> None:
        """What stands in for a resource's name is matched to the letter, and holes with other names are other texts."""
        bucket, other = Hole("Uploads", HoleKind.NAME), Hole("Reports", HoleKind.NAME)
        pattern = resource(join(["arn:aws:s3:::", bucket, "/*"]))

        assert matches(pattern, f"arn:aws:s3:::{bucket.example()}/x")
        assert not matches(pattern, f"arn:aws:s3:::{other.example()}/x")

    def test_a_hole_in_a_glob_is_literal(self) -> None:
        """A glob takes a hole for fixed text between its wildcards."""
        table = Hole("Table", HoleKind.NAME)

        assert matches(glob(join(["*", table])), "x" + table.example())

    @pytest.mark.parametrize("compiled", [glob, resource])
    def test_an_open_value_is_refused(self, compiled: object) -> None:
        """A text that may hold wildcards of its own is no pattern."""
        text = join(["arn:aws:s3:::", Hole("Name", HoleKind.ANY)])

        with pytest.raises(ValueError, match="an open value is no pattern"):
            compiled(text)  # type: ignore[operator]


class TestArnFormat:
    """ARN formats of the catalogue."""

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("arn:${Partition}:s3:::${BucketName}", "arn:aws:s3:::b"),
            ("arn:${Partition}:s3:::${BucketName}/${ObjectName}", "arn:aws:s3:::b/x:y/z"),
            ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws-cn:sqs:cn-north-1:111122223333:q"),
            ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", "arn:aws:iam::111122223333:role/a/b"),
            (
                "arn:${Partition}:ssm:${Region}:${Account}:parameter/${A}/${B}",
                "arn:a:ssm:r:111122223333:parameter/a/b/c",
            ),
        ],
    )
    def test_it_matches(self, form: str, text: str) -> None:
        """The format describes the ARN."""
        assert matches(arn_format(form), text)

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("arn:${Partition}:s3:::${BucketName}", "arn:aws:s3:::"),
            ("arn:${Partition}:s3:::${BucketName}", "arn:aws:s3:::b/x"),
            ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws:sqs:us-east-1:11112222333:q"),
            ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws:sqs:US:111122223333:q"),
            ("arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", "arn:aws:sqs:us-east-1:111122223333:q:r"),
            ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", "arn:aws:iam::111122223333:role/a:b"),
        ],
    )
    def test_it_does_not_match(self, form: str, text: str) -> None:
        """The format does not describe the text."""
        assert not matches(arn_format(form), text)


class TestFind:
    """The search itself: its shortcuts, its choice of characters."""

    def test_what_cannot_meet_has_no_witness(self) -> None:
        """Where two of the wanted patterns have nothing in common, there is no text."""
        assert find((glob("a*"), glob("*"), glob("b*"))) is None

    def test_what_is_wanted_and_unwanted_has_no_witness(self) -> None:
        """A pattern takes itself away whole."""
        assert find((glob("a*"),), (glob("b*"), glob("a*"))) is None

    def test_together_they_may_leave_nothing(self) -> None:
        """Patterns of which none contains it may contain a pattern together."""
        assert find((glob("?*"),), (glob("?"), glob("??*"))) is None

    def test_pairs_may_meet_where_all_do_not(self) -> None:
        """Three patterns that meet pairwise may have no text in common."""
        assert find((glob("*ab*"), glob("??"), glob("*b?*"))) is None

    def test_nothing_is_left_of_a_universal_pattern(self) -> None:
        """Taking everything away leaves no witness, at the first step."""
        assert find((glob("a"),), (glob("*"),), budget=0) is None

    def test_a_witness_is_readable(self) -> None:
        """A free character is written with a letter, the first that no pattern names."""
        assert find((glob("s3:?"),)) == "s3:x"
        assert find((glob("x?"),), (glob("xx"),)) == "xy"

    def test_a_witness_may_need_a_foreign_letter(self) -> None:
        """Where all usual characters are taken away, another one is found."""
        usual = [glob(char) for char in map(chr, range(0x21, 0x7F)) if char not in "*?"]

        witness = find((glob("?"),), usual)

        assert witness is not None
        assert not any(matches(one, witness) for one in usual)

    def test_a_hostile_alphabet_cannot_use_up_the_foreign_letters(self) -> None:
        """However many foreign letters the patterns name, one more is found."""
        taken = [glob(chr(code)) for code in (*range(0x21, 0x2A), *range(0x2B, 0x3F), *range(0x40, 0x180))]

        witness = find((glob("?"),), taken)

        assert witness is not None
        assert not any(matches(one, witness) for one in taken)

    def test_fresh_characters_are_written_by_no_pattern(self) -> None:
        """Only wildcards can match the fresh characters, and there is one at least."""
        everything = glob("".join(map(chr, range(0x21, 0x7F))))

        assert "x" == fresh_characters([glob("*")])[0]
        assert not set("xyz") & set(fresh_characters([glob("x*"), glob("yz")]))
        assert 1 == len(fresh_characters([everything]))
        assert fresh_characters([everything])[0] not in everything.literals


class TestHostile:
    """Patterns made to be slow. Work is counted in steps; none of these depends on a clock."""

    def test_repeated_stars_match_in_one_pass(self) -> None:
        """`*a*a…*b` is decided with one step a character, and keeps one position a star at most."""
        pattern = glob("*a" * 400 + "*b")
        text = "a" * 3_000

        positions = pattern.start
        widest = 0
        for char in text:
            positions = pattern.step(positions, char)
            widest = max(widest, positions.bit_count())

        assert not pattern.accepts(positions)
        assert not matches(pattern, text)
        assert matches(pattern, text + "b")
        assert widest <= 3

    def test_repeated_stars_are_contained_in_few_steps(self) -> None:
        """Containment between `*a*a…*b` of 60 and of 59 stars is decided within 1,000 steps, both ways."""
        more, fewer = glob("*a" * 60 + "*b"), glob("*a" * 59 + "*b")

        assert contains(fewer, more, budget=1_000)
        assert not contains(more, fewer, budget=1_000)

    def test_what_can_no_longer_match_is_not_followed(self) -> None:
        """One literal pattern leads the search: 2^14 states of the other are never visited."""
        word = "a" + "b" * 14

        assert word == find((glob("*a" + "?" * 14), glob(word)), budget=200)

    def test_a_universal_pattern_is_seen_at_once(self) -> None:
        """What a free star accepts is everything, also where a limited star follows it."""
        limited = Wild(many=True, forbid=frozenset(":"))

        assert find((glob("*a" + "?" * 30),), (Pattern((Wild(many=True), limited)),), budget=0) is None

    def test_long_patterns_meet_without_search(self) -> None:
        """Patterns of a thousand tokens are asked whether they meet, and no budget is needed."""
        assert intersects(glob("*a" * 500), glob("a*b?" * 250 + "*a"))
        assert not intersects(glob("*a" * 500 + "b"), glob("a*b?" * 250 + "*a"))

    def test_an_entangled_question_ends(self) -> None:
        """A question whose machine has 2^40 states ends with `PatternBudget`."""
        with pytest.raises(PatternBudget, match="too entangled"):
            contains(glob("*a" + "?" * 40), glob("*b" + "?" * 40), budget=20_000)

    def test_the_budget_is_a_number_of_steps(self) -> None:
        """The least budget that suffices is found, and one less is refused."""
        question = ((glob("*a??"),), (glob("*b??"),))
        enough = next(budget for budget in range(1_000) if _ends(question, budget))

        assert enough > 0
        assert not _ends(question, enough - 1)
        assert _ends(question, pattern_search.BUDGET)

    def test_a_large_alphabet_is_sorted_out_once(self) -> None:
        """A pattern of 5,000 different characters is still answered."""
        letters = "".join(map(chr, range(0x4E00, 0x4E00 + 5_000)))

        assert letters == find((glob(letters),))
        assert find((glob(letters),), (glob(letters + "*"),)) is None
        assert letters + "*" != find((glob(letters + "*"),), (glob(letters),))

    def test_an_alphabet_beyond_the_budget_is_refused(self) -> None:
        """Pattern length times letters counts as work: 40,000 different letters end with `PatternBudget`."""
        letters = "".join(map(chr, range(0x10000, 0x10000 + 40_000)))

        with pytest.raises(PatternBudget, match="too entangled"):
            find((glob(letters),))


def _ends(question: tuple[tuple[Pattern, ...], tuple[Pattern, ...]], budget: int) -> bool:
    try:
        find(*question, budget=budget)
    except PatternBudget:
        return False
    return True
