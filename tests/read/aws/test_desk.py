"""Claims about the desk: in order, from the tape first, never by raising; and the words of a gap."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import faulty_aws as faults
import pytest
from faulty_aws import Server

from apiece.read.aws.areas.functions import GET_POLICY, LIST_FUNCTIONS
from apiece.read.aws.call import Failure, Lack
from apiece.read.aws.desk import Counter, Desk
from apiece.read.aws.pace import Pace
from apiece.read.aws.session import open_access
from apiece.read.aws.tape import open_tape
from apiece.read.aws.wire import Wire

ACCOUNT = "123456789012"


@pytest.fixture
def desk(aws: Server, quick: None) -> Iterator[Desk]:  # noqa: ARG001 - wanted for what it does
    """A desk at the planted account."""
    aws.layer.mend()
    stopped = threading.Event()
    pace = Pace(lambda: 0.0, lambda _: None, limited=False)
    with ThreadPoolExecutor(4) as pool:
        yield Desk(
            account=ACCOUNT,
            region="us-east-1",
            partition="aws",
            wire=Wire(open_access(None, "us-east-1"), ACCOUNT, "us-east-1", pace, stopped),
            pool=pool,
            tape=None,
            counter=Counter(),
            stopped=stopped,
        )
    aws.layer.mend()


def test_answers_come_in_the_order_of_the_questions(desk: Desk) -> None:
    """However calls overtake each other, each answer stands at its question."""
    names = ["good-one", "nobody", "bad-one", "good-two", "nobody", "bad-two"]

    outcomes = desk.each(GET_POLICY, [{"FunctionName": name} for name in names])

    found = [outcome.first.policy if outcome.first is not None else None for outcome in outcomes]
    assert [name != "nobody" for name in names] == [
        text is not None and name in text for name, text in zip(names, found, strict=True)
    ]
    assert {"lambda:GetPolicy": 6} == desk.counter.sent


def test_what_is_on_the_tape_is_not_sent(desk: Desk, aws: Server, tmp_path: Path) -> None:
    """A second question is answered from the tape, and not counted."""
    desk = replace(desk, tape=open_tape(tmp_path, ("aws:",), ACCOUNT, "2026-11-25T12:00:00Z"))
    first = desk.ask(LIST_FUNCTIONS)
    assert desk.tape is not None
    desk.tape.close()
    aws.layer.mend()
    desk = replace(desk, tape=open_tape(tmp_path, ("aws:",), ACCOUNT, "2026-11-25T13:00:00Z"), counter=Counter())

    again = desk.ask(LIST_FUNCTIONS)

    assert first == again
    assert ({}, {}) == (desk.counter.sent, dict(aws.layer.seen))


@pytest.mark.parametrize("other", [{"account": "999999999999"}, {"region": "eu-west-1"}])
def test_a_tape_tells_accounts_and_regions_apart(desk: Desk, tmp_path: Path, other: dict[str, str]) -> None:
    """The answer of one account and region is nobody else's."""
    desk = replace(desk, tape=open_tape(tmp_path, ("aws:",), ACCOUNT, "2026-11-25T12:00:00Z"))
    desk.ask(LIST_FUNCTIONS)

    replace(desk, **other).ask(LIST_FUNCTIONS)

    assert {"lambda:ListFunctions": 2} == desk.counter.sent


def test_a_stopped_desk_asks_nothing(desk: Desk, aws: Server) -> None:
    """Once a read is given up, questions fail without being sent."""
    desk.stopped.set()

    outcomes = desk.each(GET_POLICY, [{"FunctionName": "good-one"}] * 3)

    assert [Failure(Lack.FAILED, "interrupted")] * 3 == [outcome.failure for outcome in outcomes]
    assert {} == dict(aws.layer.seen)


def test_the_account_itself_is_one_subject_in_all_regions(desk: Desk) -> None:
    """What is missing as a whole is missing of the account; the region is told and is no part of its key."""
    elsewhere = replace(desk, region="eu-west-1")

    assert "account:arn:aws:iam::123456789012:root" == desk.itself.key == elsewhere.itself.key
    assert ("us-east-1", "eu-west-1") == (desk.itself.region, elsewhere.itself.region)


@pytest.mark.parametrize(
    ("lack", "reason"),
    [
        (Lack.DENIED, "access denied to `lambda:GetPolicy`"),
        (Lack.THROTTLED, "`lambda:GetPolicy` was throttled to the end"),
        (Lack.EXPIRED, "the credentials expired before `lambda:GetPolicy`"),
        (Lack.UNAVAILABLE, "`lambda:GetPolicy` is not available in account 123456789012, us-east-1 (Code)"),
        (Lack.BROKEN, "the answer to `lambda:GetPolicy` cannot be read (Code)"),
        (Lack.REFUSED, "AWS refused `lambda:GetPolicy` (Code)"),
        (Lack.FAILED, "`lambda:GetPolicy` failed (Code)"),
        (Lack.ABSENT, "`lambda:GetPolicy` found nothing (Code)"),
    ],
)
def test_a_gap_says_what_could_not_be_read_and_why(desk: Desk, lack: Lack, reason: str) -> None:
    """Each failure has its words; only a denied call names an action to grant."""
    gap = desk.gap(GET_POLICY, Failure(lack, "Code"), desk.itself, "function.policies", "the resource policy")

    grant = "grant `lambda:GetPolicy`, or run `apiece policy` for the full read-only policy"
    assert f"the resource policy could not be read: {reason}" == gap.reason
    assert ("lambda:GetPolicy", grant) == (gap.iam_action, gap.hint) if lack is Lack.DENIED else (None, None)
    assert "function.policies" == gap.needs
    assert desk.at(GET_POLICY) == gap.at


def test_nothing_is_raised_whatever_comes(desk: Desk, aws: Server) -> None:
    """A broken connection in many calls at once is as many outcomes."""
    aws.layer.break_(None, faults.dropped)

    outcomes = desk.each(GET_POLICY, [{"FunctionName": f"f{number}"} for number in range(10)])

    assert [Lack.FAILED] * 10 == [outcome.failure.lack for outcome in outcomes if outcome.failure is not None]
