"""Policies that nobody should send: an answer, a precise error, or "unknown", and never a wrong verdict."""

from __future__ import annotations

import pytest

from apiece.iam.checker import no_new_access, verify
from apiece.iam.compare import Comparison, Verdict, compare
from apiece.iam.condition.operators import FAMILIES
from apiece.iam.document import Grammar, Policy, PolicyKind, parse
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
        for one, other in (("ΑΣ", "ασ"), ("ΑΣ", "ας"), ("\u0130", "i\u0307"), ("K", "\u212a"))
    ]

    assert [True, False, False, True] == told


@pytest.mark.parametrize(
    "letters", ["ΑΣ", "\u01c4", "\u212b", "\u2126", "\u1e9e", "\u0130", "\u212a", "ﬀ", "\U00010400"]
)
def test_solver_knows_all_characters_that_are_alike_without_case(letters: str) -> None:
    """Every character that is like one of a value without case is one that the solver takes for it."""
    compares = FAMILIES["stringequalsignorecase"].matches
    alike = [char for char in map(chr, range(0x11000)) if compares((letters[0],), char)]
    one = policy(when("StringEqualsIgnoreCase", letters))
    found = [compare([one], [policy(when("StringEquals", char + letters[1:]))]).verdict for char in alike]

    assert {Verdict.NO_NEW_ACCESS} == set(found)


@pytest.mark.parametrize("name", ["s3:Get\u0130", "s3:GetΣ", "\u017f3:GetObject", "s3:Get\0Object", "s3:\ufdd0"])
def test_names_of_other_alphabets_are_names(name: str) -> None:
    """An action's name of strange letters is new access, but not beside a wildcard that begins with it."""
    written = (allow(one) for one in ("s3:GetObject", f"{name}*", name))
    old, wider, new = (
        parse(from_plain({"Statement": [one]}), PolicyKind.IDENTITY, grammar=Grammar.AS_EVALUATED) for one in written
    )

    assert Verdict.NEW_ACCESS == checked(old, new).verdict
    assert Verdict.NO_NEW_ACCESS == checked(wider, new).verdict
