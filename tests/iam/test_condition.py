"""Conditions: every operator in every form, absent and multivalued keys, variables, values nobody can read."""

from __future__ import annotations

import base64
import ipaddress
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam.condition import holds
from apiece.iam.condition.operators import FAMILIES, moment, number
from apiece.iam.document import Condition, Word
from apiece.iam.match import Truth, negated
from apiece.text import Hole, HoleKind, Text, example, join

law = settings(derandomize=True, deadline=None, max_examples=200)

EXAMPLES = {
    "StringEquals": ("a", "a", "b"),
    "StringNotEquals": ("a", "b", "a"),
    "StringEqualsIgnoreCase": ("a", "A", "b"),
    "StringNotEqualsIgnoreCase": ("a", "b", "A"),
    "StringLike": ("a*", "ab", "b"),
    "StringNotLike": ("a*", "b", "ab"),
    "NumericEquals": ("5", "5.0", "6"),
    "NumericNotEquals": ("5", "6", "5"),
    "NumericLessThan": ("5", "4.99", "5"),
    "NumericLessThanEquals": ("5", "5", "5.01"),
    "NumericGreaterThan": ("5", "5.01", "5"),
    "NumericGreaterThanEquals": ("5", "5", "4.99"),
    "DateEquals": ("2026-01-01T00:00:00Z", "1767225600", "1767225601"),
    "DateNotEquals": ("2026-01-01T00:00:00Z", "1767225601", "1767225600"),
    "DateLessThan": ("2026-01-01", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
    "DateLessThanEquals": ("2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
    "DateGreaterThan": ("2026-01-01", "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"),
    "DateGreaterThanEquals": ("2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31"),
    "Bool": ("true", "TRUE", "false"),
    "BinaryEquals": ("YWI=", "YWI=", "YWM="),
    "IpAddress": ("10.0.0.0/8", "10.1.2.3", "11.0.0.1"),
    "NotIpAddress": ("10.0.0.0/8", "11.0.0.1", "10.1.2.3"),
    "ArnEquals": ("arn:aws:s3:::a*", "arn:aws:s3:::ab", "arn:aws:s3:::b"),
    "ArnNotEquals": ("arn:aws:s3:::a*", "arn:aws:s3:::b", "arn:aws:s3:::ab"),
    "ArnLike": ("arn:aws:s3:::a*", "arn:aws:s3:::ab", "arn:aws:s3:::b"),
    "ArnNotLike": ("arn:aws:s3:::a*", "arn:aws:s3:::b", "arn:aws:s3:::ab"),
}
"""Operator to a policy's value, a value of the request for which it holds, and one for which it does not."""

POSITIVE = {name: name.replace("Not", "") for name in EXAMPLES if "Not" in name}
"""Negated operator to what it negates."""

OPEN = join([Hole("Given", HoleKind.ANY)])
NAMED = join(["ann-", Hole("Uploads", HoleKind.NAME)])
FORMS = [("", ""), ("", "IfExists"), ("ForAllValues:", ""), ("ForAllValues:", "IfExists"), ("ForAnyValue:", "")]

operators = st.sampled_from(sorted(EXAMPLES))
pieces = st.sampled_from(["a", "A", "b", "a*", "*", "?", "", "5", "05", "true", "10.0.0.1", "arn:aws:s3:::a", "YQ=="])
several = st.lists(pieces, max_size=3).map(tuple)


def decide(
    operator: str, values: tuple[Text, ...], key: tuple[str, ...] | None, *, version: str = "2012-10-17"
) -> Truth:
    """Decide one condition on the key `k`; `None` leaves the key out."""
    context = {"aws:username": ("ann",), "aws:tagkeys": ("a", "b"), **({} if key is None else {"k": key})}
    condition = Condition(operator, "K", tuple(Word(value) for value in values))

    return holds((condition,), context, variables=version == "2012-10-17")


class TestEveryOperator:
    """What holds for each of the 26 operators."""

    def test_the_examples_are_complete(self) -> None:
        """No operator is without examples."""
        assert set(FAMILIES) == {name.lower() for name in EXAMPLES}

    @pytest.mark.parametrize("operator", EXAMPLES)
    @pytest.mark.parametrize(("prefix", "suffix"), [*FORMS, ("ForAnyValue:", "IfExists")])
    def test_one_value_is_compared(self, operator: str, prefix: str, suffix: str) -> None:
        """On a key with one value the set operators and `IfExists` change nothing."""
        value, good, bad = EXAMPLES[operator]

        assert [True, False] == [decide(f"{prefix}{operator}{suffix}", (value,), (key,)) for key in (good, bad)]

    @pytest.mark.parametrize("operator", EXAMPLES)
    def test_an_absent_key_fails_what_is_positive(self, operator: str) -> None:
        """Without the key a positive operator is false and a negated one true."""
        assert (operator in POSITIVE) is decide(operator, (EXAMPLES[operator][0],), None)

    @pytest.mark.parametrize("operator", EXAMPLES)
    def test_if_exists_holds_without_the_key(self, operator: str) -> None:
        """`IfExists` asks only where there is something to ask."""
        assert decide(f"{operator}IfExists", (EXAMPLES[operator][0],), None) is True

    @pytest.mark.parametrize("operator", EXAMPLES)
    @pytest.mark.parametrize("key", [None, ()])
    def test_set_operators_without_values(self, operator: str, key: tuple[str, ...] | None) -> None:
        """An empty set satisfies `ForAllValues` and not `ForAnyValue`, negated or not."""
        value = (EXAMPLES[operator][0],)

        assert [True, True, False, None] == [
            decide(f"ForAllValues:{operator}", value, key),
            decide(f"ForAllValues:{operator}IfExists", value, key),
            decide(f"ForAnyValue:{operator}", value, key),
            decide(f"ForAnyValue:{operator}IfExists", value, key),
        ]

    @pytest.mark.parametrize("operator", EXAMPLES)
    def test_several_values_need_a_set_operator(self, operator: str) -> None:
        """`ForAllValues` asks for each value, `ForAnyValue` for one; without either the answer is not known."""
        value, good, bad = EXAMPLES[operator]
        keys = [(good, good), (good, bad), (bad, bad)]

        assert [True, False, False] == [decide(f"ForAllValues:{operator}", (value,), key) for key in keys]
        assert [True, True, False] == [decide(f"ForAnyValue:{operator}", (value,), key) for key in keys]
        assert [None, None, None] == [decide(operator, (value,), key) for key in keys]

    @pytest.mark.parametrize("operator", EXAMPLES)
    def test_of_several_policy_values_one_matches_or_none_may(self, operator: str) -> None:
        """Values of the policy are alternatives; for a negated operator each is an exclusion."""
        value, good, bad = EXAMPLES[operator]
        answers = [decide(operator, ("unreadable", value), (key,)) for key in (good, bad)]

        assert [True, False] == answers

    @pytest.mark.parametrize("operator", EXAMPLES)
    def test_no_policy_value_matches_nothing(self, operator: str) -> None:
        """An empty list is matched by no value."""
        assert (operator in POSITIVE) is decide(operator, (), (EXAMPLES[operator][1],))

    @pytest.mark.parametrize("operator", EXAMPLES)
    def test_an_open_value_is_not_known(self, operator: str) -> None:
        """What a template leaves open may or may not match."""
        assert decide(operator, (OPEN,), (EXAMPLES[operator][1],)) is None

    @pytest.mark.parametrize("operator", sorted(set(EXAMPLES) - set(POSITIVE)))
    def test_a_known_match_outweighs_an_open_value(self, operator: str) -> None:
        """Where one alternative matches, what is open beside it does not matter."""
        value, good, _ = EXAMPLES[operator]

        assert decide(operator, (OPEN, value), (good,)) is True

    @pytest.mark.parametrize("operator", EXAMPLES)
    @pytest.mark.parametrize(("prefix", "suffix"), FORMS)
    def test_operators_are_read_without_case(self, operator: str, prefix: str, suffix: str) -> None:
        """`stringequals` is `StringEquals`; so are the set operators and `IfExists`."""
        name, (value, good, bad) = f"{prefix}{operator}{suffix}", EXAMPLES[operator]

        for key in (None, (good,), (bad,)):
            assert decide(name, (value,), key) == decide(name.upper(), (value,), key)

    def test_an_operator_nobody_knows_is_not_known(self) -> None:
        """Parsing refuses it; evaluation would not guess."""
        assert decide("StringMatches", ("a",), ("a",)) is None


@law
@given(operator=st.sampled_from(sorted(POSITIVE)), values=several, key=pieces)
def test_a_negated_operator_is_the_negation(operator: str, values: tuple[str, ...], key: str) -> None:
    """On a key with one value the negated operator says the opposite."""
    assert negated(decide(POSITIVE[operator], values, (key,))) == decide(operator, values, (key,))


@law
@given(operator=st.sampled_from(sorted(POSITIVE)), values=several, key=st.lists(pieces, max_size=3).map(tuple))
def test_not_all_is_some_not(operator: str, values: tuple[str, ...], key: tuple[str, ...]) -> None:
    """`ForAnyValue` of the negation is the opposite of `ForAllValues`, also for the empty set."""
    assert negated(decide(f"ForAllValues:{POSITIVE[operator]}", values, key)) == decide(
        f"ForAnyValue:{operator}", values, key
    )


@law
@given(operator=operators, values=several, key=several, more=pieces)
def test_more_values_of_the_policy_only_widen_a_positive_operator(
    operator: str, values: tuple[str, ...], key: tuple[str, ...], more: str
) -> None:
    """A further alternative never makes a positive condition fail, nor a negated one hold."""
    fewer, further = (decide(f"ForAllValues:{operator}", found, key) for found in (values, (*values, more)))

    assert (further if operator in POSITIVE else fewer) is False or (fewer if operator in POSITIVE else further) is True


@law
@given(operator=operators, form=st.sampled_from(FORMS), values=several, key=several)
def test_order_and_repetition_of_values_are_irrelevant(
    operator: str, form: tuple[str, str], values: tuple[str, ...], key: tuple[str, ...]
) -> None:
    """Values are sets, in the policy and under a set operator in the request."""
    name = form[0] + operator + form[1]
    turned = tuple(reversed(key)) if form[0] else key

    assert decide(name, values, key) == decide(name, (*reversed(values), *values), turned)


@law
@given(operator=operators, values=several, key=several)
def test_if_exists_only_matters_without_values(operator: str, values: tuple[str, ...], key: tuple[str, ...]) -> None:
    """With at least one value the suffix changes nothing."""
    for prefix in ("", "ForAllValues:", "ForAnyValue:"):
        with_suffix, plain = (decide(f"{prefix}{operator}{suffix}", values, key) for suffix in ("IfExists", ""))

        assert not key or with_suffix == plain


class TestBlocks:
    """Several conditions together."""

    A = Condition("StringEquals", "a", (Word("1"),))
    B = Condition("StringEquals", "b", (Word("2"),))
    UNKNOWN = Condition("StringEquals", "a", (Word(OPEN),))

    def test_an_empty_block_holds(self) -> None:
        """No condition limits nothing."""
        assert holds((), {}, variables=True) is True

    @pytest.mark.parametrize(("b", "expected"), [("2", True), ("3", False)])
    def test_all_conditions_must_hold(self, b: str, expected: bool) -> None:  # noqa: FBT001
        """One that fails is enough."""
        assert expected is holds((self.A, self.B), {"a": ("1",), "b": (b,)}, variables=True)

    def test_a_failed_condition_outweighs_an_unknown_one(self) -> None:
        """What is not known matters only where all else holds."""
        block = (self.UNKNOWN, self.B)

        assert [False, None] == [holds(block, {"a": ("1",), "b": (b,)}, variables=True) for b in ("3", "2")]

    def test_keys_are_read_without_case(self) -> None:
        """`AWS:sourceip` is `aws:SourceIp`."""
        condition = Condition("StringEquals", "AWS:sourceVPC", (Word("vpc-1"),))

        assert holds((condition,), {"aws:sourcevpc": ("vpc-1",)}, variables=True) is True


class TestNull:
    """`Null` asks whether the key is there."""

    @pytest.mark.parametrize("operator", ["Null", "null", "ForAnyValue:Null", "ForAllValues:Null"])
    @pytest.mark.parametrize("key", [None, (), ("",), ("a",), ("a", "b")])
    def test_true_means_absent(self, operator: str, key: tuple[str, ...] | None) -> None:
        """`true` holds without a value, `false` with one; an empty list is no value, an empty text is one."""
        assert [not key, bool(key)] == [decide(operator, (value,), key) for value in ("true", "false")]

    def test_its_value_is_read_without_case(self) -> None:
        """`"True"` is `true`."""
        assert decide("Null", ("True",), None) is True

    def test_both_values_always_hold(self) -> None:
        """Values are alternatives here too."""
        assert [True, True] == [decide("Null", ("true", "false"), key) for key in (None, ("a",))]

    def test_an_open_value_is_not_known(self) -> None:
        """An open value may be either."""
        assert decide("Null", (OPEN,), ("a",)) is None


class TestVariables:
    """Policy variables in values of conditions."""

    @pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase"])
    def test_a_variable_is_the_callers_value(self, operator: str) -> None:
        """`${aws:username}` is the name of the user who asks."""
        assert [True, False] == [decide(operator, ("${aws:username}",), (key,)) for key in ("ann", "bob")]

    def test_an_older_policy_has_no_variables(self) -> None:
        """Before 2012-10-17 `${aws:username}` is eight plain characters and more."""
        text = "${aws:username}"

        assert [False, True] == [decide("StringEquals", (text,), (key,), version="2008-10-17") for key in ("ann", text)]

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [("StringEquals", False), ("StringNotEquals", True), ("ArnLike", False), ("ArnNotLike", True)],
    )
    def test_a_variable_without_value_matches_nothing(self, operator: str, expected: bool) -> None:  # noqa: FBT001
        """Absent and multivalued keys cannot be filled in; then the negated form holds."""
        for name in ("aws:absent", "aws:TagKeys"):
            assert expected is decide(operator, (f"${{{name}}}",), ("arn:aws:s3:::b",))

    def test_a_default_stands_in(self) -> None:
        """`${key, 'value'}` is the value where the key is absent."""
        assert decide("StringEquals", ("${aws:absent, 'x'}",), ("x",)) is True

    def test_a_name_of_a_template_is_compared_as_its_stand_in(self) -> None:
        """A name that is fixed, but not known yet, equals only itself."""
        assert [True, False] == [decide("StringEquals", (NAMED,), (key,)) for key in (example(NAMED), "ann-x")]

    @pytest.mark.parametrize("operator", ["Bool", "NumericEquals", "DateEquals", "IpAddress", "BinaryEquals"])
    def test_other_operators_know_no_variables(self, operator: str) -> None:
        """Variables stand in strings and ARNs only; elsewhere the text is unreadable and never matches."""
        assert decide(operator, ("${k}",), (EXAMPLES[operator][1],)) is False


class TestStrings:
    """What strings compare."""

    @pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIgnoreCase"])
    @pytest.mark.parametrize("wildcard", ["a*", "a?", "*", "?"])
    def test_equality_knows_no_wildcards(self, operator: str, wildcard: str) -> None:
        """`*` and `?` are characters there."""
        assert [True, False] == [decide(operator, (wildcard,), (key,)) for key in (wildcard, "ab")]

    def test_like_crosses_colons_and_arns_do_not(self) -> None:
        """`*` of StringLike runs over segments, that of ArnLike stays in its own."""
        arn, pattern = "arn:aws:s3:us-east-1::b", "arn:aws:s3:*:b"

        assert [True, False] == [decide(operator, (pattern,), (arn,)) for operator in ("StringLike", "ArnLike")]

    @pytest.mark.parametrize("value", ["b", "", "arn:aws:s3", "aws:arn:s3:::b"])
    def test_what_is_no_arn_never_matches_as_one(self, value: str) -> None:
        """Neither `*` nor six stars match it, so the negated form holds."""
        for pattern in ("*", "arn:*:*:*:*:*"):
            assert [False, True] == [decide(operator, (pattern,), (value,)) for operator in ("ArnLike", "ArnNotLike")]

    def test_a_lone_star_is_every_arn(self) -> None:
        """`*` matches what is an ARN; a short pattern matches nothing."""
        answers = [decide("ArnLike", (pattern,), ("arn:aws:s3:::b",)) for pattern in ("*", "arn:*", "arn:aws:s3")]

        assert [True, False, False] == answers

    @law
    @given(pattern=st.text(alphabet="aA*?", max_size=4), value=st.text(alphabet="aA", max_size=4))
    def test_equality_is_equality(self, pattern: str, value: str) -> None:
        """Plain text equals itself alone, or without case the text that differs in nothing else."""
        assert (pattern == value) is decide("StringEquals", (pattern,), (value,))
        assert (pattern.lower() == value.lower()) is decide("StringEqualsIgnoreCase", (pattern,), (value,))


class TestNumbers:
    """Exact numbers."""

    @pytest.mark.parametrize(("text", "value"), [("5", 5), (" -0.5 ", Fraction(-1, 2)), ("1e3", 1000), (".5", 0.5)])
    def test_numbers_are_read_exactly(self, text: str, value: object) -> None:
        """Signs, fractions and exponents."""
        assert value == number(text)

    @pytest.mark.parametrize(
        "text", ["", "x", "1,5", "0x10", "1/2", "NaN", "inf", "1e9999", "9" * 400, "\u0665", "1 2"]
    )
    def test_everything_else_is_no_number(self, text: str) -> None:
        """Also what Python would read, and what would take long."""
        assert number(text) is None

    @pytest.mark.parametrize("operator", [name for name in EXAMPLES if name.startswith("Numeric")])
    def test_what_is_no_number_never_matches(self, operator: str) -> None:
        """Only the negated form holds, whichever side is unreadable."""
        assert [operator in POSITIVE] * 2 == [decide(operator, ("5",), ("x",)), decide(operator, ("x",), ("5",))]

    @law
    @given(left=st.decimals(-9, 9, places=2), right=st.decimals(-9, 9, places=2))
    def test_relations_are_those_of_numbers(self, left: object, right: object) -> None:
        """Each operator is its relation of exact numbers."""
        a, b = Fraction(str(left)), Fraction(str(right))
        expected = {"Equals": a == b, "LessThan": a < b, "LessThanEquals": a <= b, "GreaterThan": a > b}

        assert expected == {name: decide(f"Numeric{name}", (str(right),), (str(left),)) for name in expected}


class TestDates:
    """Moments in time."""

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("1970-01-01", 0),
            ("1970-01-01T00:00Z", 0),
            ("1970-01-01t00:00:01z", 1),
            ("1970-01-01 00:00:01.5Z", Fraction(3, 2)),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01T00:00:00-0030", 1800),
            ("1969-12-31T23:59:59", -1),
            ("0", 0),
            ("-1", -1),
            ("2026", 2026),
            (" 1767225600 ", 1_767_225_600),
        ],
    )
    def test_dates_and_epochs_are_seconds(self, text: str, seconds: object) -> None:
        """ISO 8601 with or without time and zone, or seconds since 1970."""
        assert seconds == moment(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "now",
            "2026-13-01",
            "2026-02-30",
            "2026-01-01T25:00:00Z",
            "2026-1-1",
            "0000-01-01",
            "9" * 20,
            "1.5",
            "01/01/2026",
        ],
    )
    def test_everything_else_is_no_date(self, text: str) -> None:
        """Days that do not exist, other notations, numbers too long."""
        assert moment(text) is None

    @law
    @given(
        when=st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001
        hours=st.integers(-12, 14),
    )
    def test_zones_do_not_matter(self, when: datetime, hours: int) -> None:
        """One moment written in two zones is one number."""
        here = when.replace(microsecond=0, tzinfo=UTC)
        there = here.astimezone(timezone(timedelta(hours=hours)))

        assert moment(here.isoformat()) == moment(there.isoformat())


class TestAddresses:
    """Addresses and blocks."""

    @pytest.mark.parametrize(
        ("block", "value", "expected"),
        [
            ("10.0.0.0/8", "10.255.255.255", True),
            ("10.0.0.0/8", "9.255.255.255", False),
            ("10.1.2.3/8", "10.9.9.9", True),
            ("10.0.0.1", "10.0.0.1", True),
            ("10.0.0.1", "10.0.0.2", False),
            ("0.0.0.0/0", "203.0.113.9", True),
            ("0.0.0.0/0", "::1", False),
            ("::/0", "10.0.0.1", False),
            ("2001:db8::/32", "2001:db8:1::1", True),
            ("2001:DB8::/32", "2001:db9::1", False),
            ("10.0.0.0/8", "::ffff:10.0.0.1", True),
            ("::ffff:10.0.0.0/104", "10.0.0.1", True),
            ("10.0.0.0/8", "10.0.0.0/16", True),
            ("10.0.0.0/16", "10.0.0.0/8", False),
        ],
    )
    def test_a_block_holds_its_addresses(self, block: str, value: str, expected: bool) -> None:  # noqa: FBT001
        """Host bits do not matter; an IPv4 address written in IPv6 is the IPv4 address."""
        assert [expected, not expected] == [decide(name, (block,), (value,)) for name in ("IpAddress", "NotIpAddress")]

    @pytest.mark.parametrize("text", ["", "x", "10.0.0", "10.0.0.0/33", "256.0.0.1", "10.0.0.0/-1", "fe80::%"])
    def test_what_is_no_address_never_matches(self, text: str) -> None:
        """In the request or in the policy; the negated form holds."""
        for values, key in (((text,), "10.0.0.1"), (("0.0.0.0/0", "::/0"), text)):
            assert [False, True] == [decide(name, values, (key,)) for name in ("IpAddress", "NotIpAddress")]

    @law
    @given(address=st.ip_addresses(v=4), block=st.ip_addresses(v=4), prefix=st.integers(0, 32))
    def test_membership_is_that_of_the_first_bits(
        self, address: ipaddress.IPv4Address, block: ipaddress.IPv4Address, prefix: int
    ) -> None:
        """An address is in a block where their first bits agree."""
        expected = int(address) >> (32 - prefix) == int(block) >> (32 - prefix)

        assert expected is decide("IpAddress", (f"{block}/{prefix}",), (str(address),))


class TestBooleansAndBytes:
    """The two that are left."""

    @pytest.mark.parametrize("text", ["", "yes", "1", "truee"])
    def test_what_is_no_boolean_never_matches(self, text: str) -> None:
        """Not even the same text."""
        assert decide("Bool", (text,), (text,)) is False

    @law
    @given(first=st.binary(max_size=2), second=st.binary(max_size=2))
    def test_bytes_are_compared_decoded(self, first: bytes, second: bytes) -> None:
        """Base64 stands for bytes."""
        left, right = (base64.b64encode(part).decode() for part in (first, second))

        assert (first == second) is decide("BinaryEquals", (left,), (right,))

    @pytest.mark.parametrize("text", ["a", "YWI", "YW I=", "\u00e4\u00e4\u00e4\u00e4"])
    def test_what_is_not_base64_never_matches(self, text: str) -> None:
        """Not even the same text."""
        assert decide("BinaryEquals", (text,), (text,)) is False


@law
@given(operator=operators, form=st.sampled_from(FORMS), value=st.text(max_size=8), key=st.text(max_size=8))
def test_no_value_crashes_an_operator(operator: str, form: tuple[str, str], value: str, key: str) -> None:
    """Whatever stands in policy and request, the answer is yes, no or not known."""
    assert decide(form[0] + operator + form[1], (value,), (key,)) in {True, False, None}
