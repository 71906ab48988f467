"""Claims about whom a resource's policy lets in: strangers with what they choose, and values that are left open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Grammar, Policy, PolicyKind, parse
from apiece.iam.evaluate import Layers
from apiece.iam.exposure import Ground, Undecided, admits, cross_account, public, ways_in
from apiece.iam.granted import Granted, granted
from apiece.iam.request import caller_named
from apiece.iam.scope import Scope
from apiece.iam.solver.question import Proved, Unsettled, Witnessed
from apiece.iam.strangers import Stratum, named_outsider, stranger_account, strangers
from apiece.text import Hole, HoleKind, Symbolic
from apiece.tree import from_plain

OWN, OTHER = "111122223333", "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{OWN}:q"
GROUND = Ground(OWN, today=dt.date(2026, 6, 15))
OPEN = Symbolic((Hole("Who", HoleKind.ANY),))


def policy(*statements: dict[str, object]) -> Policy:
    whole = [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE} | s for s in statements
    ]
    tree = from_plain({"Version": "2012-10-17", "Statement": whole})
    return parse(tree, PolicyKind.RESOURCE, grammar=Grammar.AS_EVALUATED)


def when(operator: str, key: str, value: str) -> dict[str, object]:
    return {"Condition": {operator: {key: value}}}


def strata(one: Policy) -> list[str]:
    return sorted({found.stratum.value for found in public(one, GROUND)})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (when("StringEquals", "aws:username", "alice"), ["any-account"]),
        (when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"), ["anyone"]),
        (when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"), []),
        (when("NumericLessThan", "aws:EpochTime", "1577836800"), []),
        (when("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:uploads"), []),
        (when("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:up*"), ["any-source"]),
    ],
)
def test_a_stranger_chooses_names_and_not_the_time(condition: dict[str, object], found: list[str]) -> None:
    """A user's name and a new bucket are a stranger's choice; the time and a bucket that is named are not."""
    assert found == strata(policy(condition))


def test_a_call_that_names_its_source_is_no_call_of_a_role() -> None:
    """Only services carry `aws:SourceArn`: a role of another account never meets a condition on it."""
    named = policy({"Principal": {"AWS": OTHER}} | when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"))

    assert () == cross_account(named, GROUND)


def test_what_is_left_open_makes_nothing_certain_and_hides_nothing() -> None:
    """An open principal may be anyone or nobody; beside a star it changes nothing."""
    known = policy({"Principal": {"AWS": ["*", OPEN]}})
    unknown = policy({"Principal": {"AWS": OPEN}})
    refused = policy({"Principal": {"AWS": OPEN}}, {"Effect": "Deny"})
    account = stranger_account((known,))
    (role, *_) = (one for one in strangers((known,), account) if one.stratum is Stratum.ANY_ACCOUNT)

    answers = [type(admits(one, role, GROUND)) for one in (known, unknown, refused)]

    assert [Witnessed, Unsettled, Proved] == answers


def test_an_open_action_hides_no_other_action() -> None:
    """What is named for certain is found, whatever stands beside it."""
    one = policy({"Principal": {"AWS": OTHER}, "Action": ["sqs:SendMessage", OPEN]})
    outsider = named_outsider(caller_named(f"arn:aws:iam::{OTHER}:role/app"))

    found = [answer for answer in ways_in(one, outsider, GROUND) if isinstance(answer, Witnessed)]

    assert [("sqs:SendMessage",)] == [answer.actions for answer in found]


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_an_open_principal_is_never_taken_for_nobody(effect: str) -> None:
    """Whoever may be meant may be the caller: what hangs on it is proved neither granted nor refused."""
    role = caller_named(f"arn:aws:iam::{OWN}:role/app")
    one = policy({"Effect": effect, "Principal": {"AWS": OPEN}})
    own = (policy({}),) if effect == "Deny" else ()
    identity = tuple(replace(grant, kind=PolicyKind.IDENTITY) for grant in own)

    answer = granted(role, Layers(identity=identity, resource_policy=one), Scope(("sqs:SendMessage",)))

    assert Granted.UNKNOWN is answer.result
    assert "whom statement #0 means is not known before deployment" in answer.reason


def test_an_open_principal_is_new_access_or_not() -> None:
    """A comparison that hangs on whom a statement means is not decided; beside everyone it is."""
    unknown, everyone = policy({"Principal": {"AWS": OPEN}}), policy({"Principal": {"AWS": ["*", OPEN]}})

    verdicts = [
        compare(old, new).verdict
        for old, new in (((), (unknown,)), ((unknown,), (everyone,)), ((everyone,), (unknown,)))
    ]

    assert [Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.NO_NEW_ACCESS] == verdicts


def test_whom_a_policy_leaves_open_may_be_of_another_account() -> None:
    """Beside those whom a policy names the open ones are listed, as not decided."""
    (found,) = cross_account(policy({"Principal": {"AWS": OPEN}}), GROUND)

    assert Undecided(Stratum.NAMED, "whom statement #0 means is not known before deployment") == found
