"""Contradictions about one condition key, against brute force over values with the reference evaluator's conditions."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam.checker import keys
from apiece.iam.checker.keys import KeyFact
from apiece.iam.checker.meter import Meter
from apiece.iam.condition import holds
from apiece.iam.condition.operators import FAMILIES
from apiece.iam.document import Condition, Statement, Word, parse_json
from apiece.iam.document import PolicyKind as Kind
from apiece.text import Hole, HoleKind, join

law = settings(derandomize=True, deadline=None, max_examples=400)
ENOUGH = 10_000_000
OPEN = join([Hole("Given", HoleKind.ANY)])
Values = tuple[str, ...]

OPERATORS = {
    "text": [name for name in FAMILIES if name.startswith(("string", "arn", "bool"))],
    "numeric": [name for name in FAMILIES if name.startswith("numeric")],
    "date": [name for name in FAMILIES if name.startswith("date")],
    "address": ["ipaddress", "notipaddress"],
    "bytes": ["binaryequals"],
}
WORDS = {
    "text": [
        "a",
        "A",
        "b",
        "a*",
        "*",
        "?",
        "",
        "true",
        "k",
        "arn:a::::b",
        "arn:*:::*",
        "${aws:username}",
        "a${*}",
        "*:*",
    ],
    "numeric": ["1", "1.0", "2", "-3", "x", "1e2"],
    "date": ["2026-01-01T00:00:00Z", "1767225601", "2026-01-01T00:00:00.000000001Z", "x"],
    "address": [
        "10.0.0.0/8",
        "10.1.0.0/16",
        "::/0",
        "0.0.0.0/0",
        "::ffff:10.0.0.0/104",
        "x",
        "2001:db8::/32",
        "1.2.3.4",
    ],
    "bytes": ["YQ==", "Yg==", "!", ""],
}
VALUES = {
    "text": [
        *("", "a", "A", "b", "aa", "a*", "ab", "c", "true", "TRUE", "k", "K", "\u212a", "\u0130", "i", "a:a", ":"),
        *("arn:a::::b", "arn:c::::b", "arn:c:::d:", "arn:::::", "x:::::", "arn:c:::b", "cc", "aC"),
    ],
    "numeric": ["1", "1.5", "2", "3", "-3", "-2", "-4", "x", "100", "101", "50", "1.0"],
    "date": [
        *("2026-01-01T00:00:00Z", "2025-12-31T23:59:59.999999999Z", "2026-01-01T00:00:00.000000001Z"),
        *("2026-01-01T00:00:00.000000002Z", "1767225601", "1767225602", "x"),
    ],
    "address": [
        *("10.0.0.1", "10.1.2.3", "11.0.0.0", "::ffff:10.1.0.1", "::1", "2001:db8::1", "x", "1.2.3.4", "255.0.0.1"),
        *("::ffff:255.0.0.1", "ffff::"),
    ],
    "bytes": ["YQ==", "Yg==", "Yw==", "!", "", "AAAA"],
}
FORMS = [("", ""), ("", "IfExists"), ("ForAllValues:", ""), ("ForAnyValue:", ""), ("ForAnyValue:", "IfExists")]


def conditions(kind: str) -> st.SearchStrategy[Condition]:
    """Conditions of one kind on one key, and tests for absence."""
    compared = st.builds(
        lambda form, name, words: Condition(form[0] + name + form[1], "K:Key", tuple(map(Word, words))),
        st.sampled_from(FORMS),
        st.sampled_from(OPERATORS[kind]),
        st.lists(st.sampled_from(WORDS[kind]), min_size=1, max_size=2),
    )
    null = st.sampled_from(["true", "false"]).map(lambda word: Condition("Null", "k:key", (Word(word),)))
    return st.one_of(compared, compared, compared, null)


def signed(kind: str) -> st.SearchStrategy[list[tuple[Condition, bool]]]:
    return st.lists(st.tuples(conditions(kind), st.booleans()), min_size=1, max_size=4)


def facts(said: list[tuple[Condition, bool]]) -> list[KeyFact]:
    return [KeyFact(condition, variables=True, holds=sign) for condition, sign in said]


def contradicts(said: list[tuple[Condition, bool]], *, several: bool = True) -> bool:
    return keys.contradicts(facts(said), Meter(ENOUGH), several=several)


def fits(said: list[tuple[Condition, bool]], values: Values | None, name: str = "a") -> bool:
    """Whether the evaluator leaves it possible that all facts are true for these values of the key."""
    context = {"aws:username": (name,)} | ({} if values is None else {"k:key": values})
    return all(holds((condition,), context, variables=True) in {sign, None} for condition, sign in said)


def settled(said: list[tuple[Condition, bool]]) -> bool:
    """Whether no condition is both true and not: it is as true as itself, also where the rules leave open how true."""
    true, false = (
        {(one.operator.lower(), frozenset(one.values)) for one, sign in said if sign is wanted}
        for wanted in (True, False)
    )
    return not true & false


@pytest.mark.parametrize("kind", sorted(WORDS))
@law
@given(data=st.data(), several=st.booleans())
def test_no_value_fits_where_a_key_contradicts(kind: str, data: st.DataObject, *, several: bool) -> None:
    """Where facts about a key contradict each other, no absence, value or set of values makes them all true."""
    said = data.draw(signed(kind))
    one = [(value,) for value in VALUES[kind]]
    two = list(itertools.combinations_with_replacement(VALUES[kind], 2)) if several else []

    if settled(said) and contradicts(said, several=several):
        assert [] == [values for values in (None, (), *one, *two) if fits(said, values)]
        assert [] == [values for values in one if fits(said, values, name="*:c")]


@pytest.mark.parametrize("kind", ["numeric", "date", "address", "bytes"])
@law
@given(data=st.data())
def test_a_key_contradicts_where_no_value_fits(kind: str, data: st.DataObject) -> None:
    """Where neither absence nor a value makes facts about a single-valued key true, they contradict each other."""
    said = data.draw(signed(kind))
    values = (None, *((value,) for value in VALUES[kind]))

    assert contradicts(said, several=False) or any(fits(said, one) for one in values)


@pytest.mark.parametrize("operator", ["StringLike", "NumericLessThan", "DateEquals", "Bool", "ForAnyValue:StringLike"])
@pytest.mark.parametrize("text", ["a", OPEN, "${aws:username}"])
def test_the_same_condition_is_as_true_as_itself(operator: str, text: str) -> None:
    """A condition contradicts its own failure, whatever it says and in whatever case it is written."""
    condition = Condition(operator, "k:key", (Word(text), Word("b")))
    again = Condition(operator.upper(), "K:KEY", (Word("b"), Word(text)))

    assert contradicts([(condition, True), (again, False)])


@pytest.mark.parametrize(
    ("operator", "word"),
    [
        ("StringEquals", "1"),
        ("NumericEquals", "1"),
        ("ArnLike", "arn:aws:s3:::a"),
        ("IpAddress", "10.0.0.1"),
        ("StringEqualsIgnoreCase", "a"),
    ],
)
def test_an_open_value_may_be_one_that_matches(operator: str, word: str) -> None:
    """Open values contradict nothing but themselves."""
    opened = Condition(operator, "k:key", (Word(OPEN),))
    other = Condition(operator, "k:key", (Word(word),))
    both = Condition(operator, "k:key", (Word(OPEN), Word(word)))

    assert not contradicts([(opened, True), (other, True)], several=False)
    assert not contradicts([(opened, False), (other, True)], several=False)
    assert contradicts([(both, True), (other, False), (opened, False)], several=False)


@pytest.mark.parametrize(
    ("true", "false", "value"),
    [
        (("StringLike", "a:*:b:c:d:e"), ("ArnLike", "a:*:b:c:d:e"), "a:x:y:b:c:d:e"),
        (("StringLike", "a*c"), ("StringLike", "a?c"), "ac"),
        (("IpAddress", "10.0.0.0/8"), ("IpAddress", "10.0.0.0/9"), "10.128.0.0"),
        (("IpAddress", "::/0"), ("IpAddress", "::/96"), "::1:0:0:0"),
        (("NumericGreaterThan", "1"), ("NumericGreaterThanEquals", "2"), "1.5"),
        (
            ("DateGreaterThan", "0"),
            ("DateGreaterThan", "1970-01-01T00:00:00.000000001Z"),
            "1970-01-01T00:00:00.000000001Z",
        ),
        (("BinaryEquals", "YQ=="), ("BinaryEquals", "Yg=="), "YQ=="),
    ],
)
def test_a_value_that_fits_is_seen(true: tuple[str, str], false: tuple[str, str], value: str) -> None:
    """Where one value makes a condition true and another false, the two facts do not contradict each other."""
    said = [(Condition(name, "k:key", (Word(word),)), sign) for (name, word), sign in ((true, True), (false, False))]

    assert fits(said, (value,))
    assert not contradicts(said, several=False)


def test_the_kelvin_sign_is_a_k_in_lower_case() -> None:
    """A comparison that ignores case takes the one character beyond ASCII whose lower case is within."""
    ignoring = Condition("StringEqualsIgnoreCase", "k:key", (Word("k"),))
    exact = Condition("StringEquals", "k:key", (Word("\u212a"),))

    assert fits([(ignoring, True), (exact, True)], ("\u212a",))
    assert not contradicts([(ignoring, True), (exact, True)], several=False)


def test_kinds_are_not_brought_together() -> None:
    """Numbers and texts on one key contradict only where one kind alone does."""
    like, less = Condition("StringLike", "k:key", (Word("x*"),)), Condition("NumericLessThan", "k:key", (Word("1"),))
    more = Condition("NumericGreaterThan", "k:key", (Word("1"),))

    assert not contradicts([(like, True), (less, True)])
    assert contradicts([(like, True), (less, True), (more, True)], several=False)


def test_an_operator_that_does_not_exist_may_be_either() -> None:
    """A condition with an unknown operator contradicts nothing but itself."""
    odd, other = (Condition("StringIs", "k:key", (Word(text),)) for text in "ab")

    assert not contradicts([(odd, True), (other, False)])
    assert contradicts([(odd, True), (odd, False)])


def test_operators_are_those_of_the_evaluator() -> None:
    """Every operator of the evaluator is known, and negations are negations."""
    assert {name: family.negative for name, family in FAMILIES.items()} == {
        name: keys.operator_of(name).negative for name in FAMILIES if keys.operator_of(name).base
    }


def test_undocumented_keys_have_several_values_where_a_set_operator_asks() -> None:
    """Keys have several values where only set operators ask, if AWS does not document that they have one."""
    body = """{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
      "ForAnyValue:StringLike": {"aws:TagKeys": "a", "aws:SourceVpc": "a", "odd:one": "a"},
      "ForAllValues:StringLike": {"odd:three": "a", "aws:CalledVia": "b"},
      "StringLike": {"odd:two": "a", "odd:three": "a", "aws:CalledVia": "a"}}}}"""
    statements: tuple[Statement, ...] = parse_json(body, Kind.IDENTITY).statements

    assert {"aws:tagkeys", "odd:one"} == keys.keys_with_several_values(statements)
