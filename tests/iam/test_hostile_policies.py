"""Policies that nobody should send: an answer, a precise error, or "unknown", and never a wrong verdict."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.errors import MalformedPolicy, MalformedSource
from apiece.iam.checker import no_new_access, verify
from apiece.iam.compare import Comparison, Verdict, compare
from apiece.iam.condition.operators import FAMILIES
from apiece.iam.document import Grammar, Policy, PolicyKind, parse, parse_json
from apiece.iam.exposure import Ground, Undecided, cross_account
from apiece.iam.minimise import minimise, redundant
from apiece.tree import from_plain

BUCKET = "arn:aws:s3:::bucket"
KEY = "aws:PrincipalTag/a"


def policy(*statements: dict[str, object], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    return parse(from_plain({"Version": "2012-10-17", "Statement": list(statements)}), kind)


def allow(action: object = "s3:GetObject", resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def when(operator: str, *values: object, key: str = KEY) -> dict[str, object]:
    return allow(Condition={operator: {key: list(values)}})


def checked(old: Policy, new: Policy) -> Comparison:
    """Compare; a proof is checked, a witness was evaluated."""
    found = compare([old], [new])
    if found.proved is not None:
        verdict = verify(found.certificate(), no_new_access([old], [new]))
        assert verdict.valid, verdict.reason
    return found


# ---- numbers and dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["1e-999", "1e999", "-1e-999", f"0.{'0' * 299}1e-999", f"{'9' * 300}.{'9' * 300}e-999"]
)
def test_a_number_however_small_or_long_equals_itself(number: str) -> None:
    """A condition that a key equals a number can be met, also where the number has no short decimal."""
    found = checked(policy(allow("sqs:*")), policy(when("NumericEquals", number)))

    assert Verdict.NEW_ACCESS == found.verdict


def test_there_is_a_number_between_two_small_ones() -> None:
    """Below 2e-999 and above 1e-999 there is 1.5e-999."""
    both = allow(Condition={"NumericLessThan": {KEY: "2e-999"}, "NumericGreaterThan": {KEY: "1e-999"}})
    found = checked(policy(when("NumericEquals", "1e-999", "2e-999")), policy(both))

    assert Verdict.NEW_ACCESS == found.verdict


def test_numbers_between_which_none_can_be_written_are_unknown() -> None:
    """Whether a number lies between neighbours of six hundred digits is not claimed to be known."""
    low, high = (f"{'9' * 300}.{'9' * 299}{last}e-999" for last in "78")
    both = allow(Condition={"NumericLessThan": {KEY: high}, "NumericGreaterThan": {KEY: low}})
    found = checked(policy(allow("sqs:*")), policy(both))

    assert (Verdict.UNKNOWN, True) == (found.verdict, "numbers too close" in found.reason)


@pytest.mark.parametrize(
    "date",
    ["1969-12-31T23:59:59.5Z", "0999-06-01T00:00:00.1Z", "0001-01-01T00:00:00.25+14:00", "9999-12-31T23:59:59.5-12:00"],
)
def test_a_date_however_far_away_equals_itself(date: str) -> None:
    """A condition that a key equals a moment can be met before 1970 and at the ends of the calendar."""
    found = checked(policy(allow("sqs:*")), policy(when("DateEquals", date)))

    assert Verdict.NEW_ACCESS == found.verdict


def test_dates_beyond_what_can_be_written_are_unknown() -> None:
    """Whether there is a moment between two seconds of the year 10003 is not claimed to be known."""
    both = allow(Condition={"DateLessThan": {KEY: "253500000001"}, "DateGreaterThan": {KEY: "253500000000"}})
    found = checked(policy(allow("sqs:*")), policy(both))

    assert (Verdict.UNKNOWN, True) == (found.verdict, "far away" in found.reason)


ODD = ["1e999999", "1" * 10_000, "-0", "1e-999", "١٢", "NaN", "inf", "1_000", "0x10", ""]


@pytest.mark.parametrize("operator", sorted(FAMILIES))
def test_values_of_no_kind_match_nothing_and_break_nothing(operator: str) -> None:
    """Each operator with values that are no number, date, block, base64 text or boolean takes in itself, proved."""
    odd = [
        *ODD,
        "9999-99-99",
        "0000-00-00",
        "24:00",
        "10.0.0.0/33",
        "::/129",
        "fe80::1%eth0",
        "10.0.0.1/0.0.0.0",
        "====",
    ]
    one = policy(when(operator, *odd))

    assert Verdict.NO_NEW_ACCESS == checked(one, one).verdict


# ---- letters ---------------------------------------------------------------------------------------------------------


def test_case_is_ignored_character_by_character() -> None:
    """Without case `ΑΣ` is `ας` to nobody: a letter's neighbours do not count, and no letter becomes two."""
    compares = FAMILIES["stringequalsignorecase"].matches
    told = [
        compares(tuple(one), other)
        for one, other in (
            ("\u0391\u03a3", "\u03b1\u03c3"),
            ("\u0391\u03a3", "\u03b1\u03c2"),
            ("\u0130", "i\u0307"),
            ("K", "\u212a"),
        )
    ]

    assert [True, False, False, True] == told


@pytest.mark.parametrize(
    "letters", ["\u0391\u03a3", "\u01c4", "\u212b", "\u2126", "\u1e9e", "\u0130", "\u212a", "ﬀ", "\U00010400"]
)
def test_solver_knows_all_characters_that_are_alike_without_case(letters: str) -> None:
    """Every character that is like one of a value without case is one that the solver takes for it."""
    compares = FAMILIES["stringequalsignorecase"].matches
    alike = [char for char in map(chr, range(0x11000)) if compares((letters[0],), char)]
    one = policy(when("StringEqualsIgnoreCase", letters))
    found = [compare([one], [policy(when("StringEquals", char + letters[1:]))]).verdict for char in alike]

    assert {Verdict.NO_NEW_ACCESS} == set(found)


@pytest.mark.parametrize("name", ["s3:Get\u0130", "s3:Get\u03a3", "\u017f3:GetObject", "s3:Get\0Object", "s3:\ufdd0"])
def test_names_of_other_alphabets_are_names(name: str) -> None:
    """An action's name of strange letters is new access, but not beside a wildcard that begins with it."""
    written = (allow(one) for one in ("s3:GetObject", f"{name}*", name))
    old, wider, new = (
        parse(from_plain({"Statement": [one]}), PolicyKind.IDENTITY, grammar=Grammar.AS_EVALUATED) for one in written
    )

    assert Verdict.NEW_ACCESS == checked(old, new).verdict
    assert Verdict.NO_NEW_ACCESS == checked(wider, new).verdict


# ---- size ------------------------------------------------------------------------------------------------------------


def test_a_text_longer_than_any_policy_is_unknown() -> None:
    """A resource of a megabyte is not looked at, and the reason says how long it is."""
    found = compare([policy(allow())], [policy(allow(resource=f"{BUCKET}/{'a' * 1_000_000}"))])

    assert (Verdict.UNKNOWN, True) == (found.verdict, "1,000,020 characters" in found.reason)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (f"{'*a' * 2_000}*b", f"{'*a' * 2_001}*b", Verdict.NO_NEW_ACCESS),
        (f"{'*a' * 2_001}*b", f"{'*a' * 2_000}*b", Verdict.NEW_ACCESS),
        ("?" * 5_000, "?" * 4_999 + "*", Verdict.NEW_ACCESS),
        ("?" * 4_999 + "*", "?" * 5_000, Verdict.NO_NEW_ACCESS),
    ],
    ids=["stars within stars", "stars beyond stars", "marks and a star", "marks within a star"],
)
def test_thousands_of_wildcards_are_decided(old: str, new: str, told: Verdict) -> None:
    """Patterns of thousands of wildcards are compared exactly, and the proof is checked."""
    assert told == checked(policy(allow(resource=f"{BUCKET}/{old}")), policy(allow(resource=f"{BUCKET}/{new}"))).verdict


def test_products_of_many_patterns_end_in_unknown() -> None:
    """Conditions that choose one pattern of ten, six times over, use up the budget and say so."""
    operators = [
        f"{prefix}StringLike{suffix}" for prefix in ("", "ForAllValues:", "ForAnyValue:") for suffix in ("", "IfExists")
    ]
    many = {one: {KEY: [f"*{one[-4]}{place}*" for place in range(10)]} for one in operators}
    found = compare(
        [policy(when("StringLike", *(f"*{place}*" for place in range(10))))],
        [policy(allow(Condition=many))],
        budget=100_000,
    )

    assert (Verdict.UNKNOWN, True) == (found.verdict, "budget" in found.reason)


def test_steps_of_a_search_are_paid_for() -> None:
    """Patterns whose difference takes many steps to find do not fit into a small budget, and fit into a large one."""
    old = [policy(*(allow(resource=f"{BUCKET}/*{one}{two}*") for one in "abcdef" for two in "ghijkl"))]
    new = [policy(allow(resource=f"{BUCKET}/{'?' * 30}*"), allow(resource=f"{BUCKET}/*gh*"))]

    assert Verdict.UNKNOWN == compare(old, new, budget=2_000).verdict
    assert Verdict.NEW_ACCESS == compare(old, new).verdict


def test_thousands_of_forced_failures_are_proved_and_checked() -> None:
    """Four hundred Deny statements that together leave no value are a proof that is written flat."""
    names = [f"t{number}" for number in range(400)]
    denied = [when("StringEquals", name) | {"Effect": "Deny"} for name in names]
    found = checked(policy(allow("sqs:*")), policy(when("StringEquals", *names), *denied))

    assert Verdict.NO_NEW_ACCESS == found.verdict
    assert 20 > depth(found.certificate())


def depth(value: object) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, below), default=0)


def test_more_callers_than_can_be_told_apart_are_unknown() -> None:
    """Fifteen hundred callers of as many accounts are too many to compare policies for each."""
    names = [f"arn:aws:iam::{number:012}:role/r" for number in range(1_500)]
    shared = policy(allow(Principal={"AWS": names}, resource=f"{BUCKET}/*"), kind=PolicyKind.RESOURCE)

    assert (Verdict.UNKNOWN, True) == ((found := compare([shared], [shared])).verdict, "callers" in found.reason)
    assert [True] == ["callers" in one.reason for one in cross_account(shared, Ground()) if isinstance(one, Undecided)]


def test_minimising_ends_with_its_budget_and_stays_proved() -> None:
    """What is dropped before the budget is used up is proved to change nothing; the rest stays."""
    names = [allow(resource=f"{BUCKET}{number}/*") for number in range(12)]
    found = minimise([policy(*names, *names)], budget=3_000)

    assert found.proof.holds
    assert found.denials.holds
    assert () == redundant([policy(*names, *names)], budget=0)
    assert 24 == len(redundant([policy(*names, *names)]))


def test_words_too_entangled_to_compare_are_kept() -> None:
    """Minimising does not end where one word cannot be told to take in another."""
    words = [f"{BUCKET}/{'*a?' * 40}*{last}" for last in ("b", "*b")]
    found = minimise([policy(allow(resource=words))], budget=500)

    assert found.proof.holds


# ---- the parser ------------------------------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
WORDS = st.sampled_from(
    ["*", "s3:Get*", "Allow", "Deny", "2012-10-17", "arn:aws:s3:::b", "${aws:username}", "\0", "true", ""]
)
NAMES = st.sampled_from(
    ["Version", "Statement", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal",
     "Condition", "Sid", "Id", "AWS", "Service", "StringLike", "ForAllValues:ArnLikeIfExists", "Null", "aws:a", "x"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": WORDS | TREES, "Action": WORDS | TREES, "Resource": WORDS | TREES},
    optional={"Principal": TREES, "Condition": TREES, "Sid": TREES, "NotAction": TREES},
)
DOCUMENTS = TREES | st.fixed_dictionaries(
    {"Statement": STATEMENTS | st.lists(STATEMENTS, max_size=2)}, optional={"Version": WORDS}
)
fuzzed = settings(derandomize=True, deadline=None, max_examples=300)


@fuzzed
@given(DOCUMENTS, st.sampled_from(PolicyKind), st.sampled_from(Grammar))
def test_anything_like_a_policy_is_read_or_refused(tree: object, kind: PolicyKind, grammar: Grammar) -> None:
    """Trees of names and values that policies use are policies, or are refused with the place."""
    assert read_or_place(json.dumps(tree), kind, grammar) is not None


@fuzzed
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), st.integers(0, 60))
def test_any_text_is_read_or_refused(data: bytes, place: int) -> None:
    """Bytes, alone and in the middle of a policy, are a policy, or are refused with the place."""
    text = data.decode("utf-8", "surrogateescape")
    whole = json.dumps({"Version": "2012-10-17", "Statement": allow()})
    texts = (text, whole[:place] + text + whole[place:], whole[:place] + text)

    assert None not in [read_or_place(one, PolicyKind.IDENTITY, Grammar.STRICT) for one in texts]


def read_or_place(text: str, kind: PolicyKind, grammar: Grammar) -> object:
    """The policy, or the place at which it is refused."""
    try:
        return parse_json(text, kind, grammar=grammar)
    except (MalformedSource, MalformedPolicy) as error:
        return error.span


FORCED = policy(when("StringEquals", "a", "b"), *(when("StringEquals", one) | {"Effect": "Deny"} for one in "ab"))
WRONG = {
    "no list": {"forced": {}, "then": {"conflict": f"key/{KEY.lower()}"}},
    "no pair": {"forced": [["new/0/1"]], "then": {"conflict": f"key/{KEY.lower()}"}},
    "a component that does not exist": {"forced": [["new/0/1", "condition/1"]], "then": {"conflict": "resource"}},
    "a component that is no text": {"forced": [["new/0/1", ["condition/0"]]], "then": {"conflict": "resource"}},
    "a statement that is not forbidden": {"forced": [["new/0/0", "condition/0"]], "then": {"conflict": "resource"}},
    "a step too few": {"forced": [["new/0/1", "condition/0"]], "then": {"conflict": f"key/{KEY.lower()}"}},
    "a case left out": {"forced": [["new/0/1", "resource"]], "then": {"conflict": "resource"}},
}


@pytest.mark.parametrize("node", WRONG.values(), ids=WRONG.keys())
def test_a_flat_row_of_splits_proves_no_more_than_splits(node: object) -> None:
    """A row that is malformed, or that leaves a case or a step out, is refused."""
    old = policy(allow("sqs:*"))
    whole = checked(old, FORCED).certificate()
    assert whole is not None
    made = json.loads(json.dumps(whole))
    for entry in made["cubes"][0]["entries"]:
        entry["proof"] = node

    assert not verify(made, no_new_access([old], [FORCED])).valid
