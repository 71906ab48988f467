"""Laws of the ways in which a call can fail: they differ in words only, and a short disturbance in nothing."""

from __future__ import annotations

from typing import Any

import faulty_aws as faults
import msgspec
import pytest
from fault_study import CALLS, Study, spelled
from planted_aws import ACCOUNT, REGION

from apiece.estate.estate import Estate
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.call import Call

AnyCall = Call[Any]
each_call = pytest.mark.parametrize("call", CALLS, ids=spelled)
WAYS = {
    "throttled": faults.throttled,
    "failing": faults.failing,
    "expired": faults.expired,
    "unknown-here": faults.stranger,
    "garbled": faults.garbled,
    "portal": faults.portal,
    "empty": faults.empty,
    "shortened": faults.shortened,
    "torn": faults.torn,
    "dropped": faults.dropped,
}


@pytest.fixture(autouse=True)
def _made(request: pytest.FixtureRequest, study: Study) -> None:
    """Leave out calls that the planted account does not lead to; the page `unreadable.md` lists them."""
    call = request.node.callspec.params.get("call") if hasattr(request.node, "callspec") else None
    if call is not None and spelled(call) not in study.made:
        pytest.skip("the planted account does not lead to this call")


def _lost(estate: Estate) -> set[tuple[str, str | None, str]]:
    return {(gap.subject.key, gap.subject.region, gap.needs) for gap in estate.gaps}


def _volatile() -> set[tuple[str, str | None, str]]:
    account = Subject(kind=SubjectKind.ACCOUNT, account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:root")
    return {(account.key, REGION, "credentials")}


def _facts(estate: Estate) -> Estate:
    """The facts without gaps, and without the policies of which only the place is known."""
    resources = tuple(
        msgspec.structs.replace(one, policies=tuple(policy for policy in one.policies if policy.document is not None))
        for one in estate.resources
    )
    return msgspec.structs.replace(estate, gaps=(), resources=resources)


@each_call
@pytest.mark.parametrize("way", WAYS)
def test_every_other_failure_loses_what_denial_loses(study: Study, call: AnyCall, way: str) -> None:
    """The way in which a call fails changes the words of a gap, not what is known, what is not, and of what."""
    denied, _ = study.denied(call)

    estate = study.broken(call, WAYS[way]).reading.estate

    beside = _volatile() if way == "expired" else set()  # with the credentials goes what no tape holds
    assert _lost(denied) - beside == _lost(estate) - beside
    assert _facts(denied) == _facts(estate)


@each_call
def test_a_short_disturbance_leaves_no_trace(study: Study, call: AnyCall) -> None:
    """A call that is throttled once, or breaks off once, and is answered then, is read as if nothing had happened."""
    for fault in (faults.throttled, faults.dropped):
        assert study.first.reading.estate == study.broken(call, fault, times=1).reading.estate
