"""Claims about whole readings: what goes wrong in one place stays there, and is told."""

from __future__ import annotations

import json

import faulty_aws as faults
import pytest
from fault_study import judged, read, silent
from faulty_aws import Answer, Asked, Layer, Server
from planted_aws import ACCOUNT, FAR

from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.records.verdict import Outcome


@pytest.fixture(scope="module")
def undisturbed(aws: Server, quick: None) -> Estate:  # noqa: ARG001 - wanted for what it does
    """What the planted account is read as."""
    aws.layer.mend()
    return read().reading.estate


def _reasons(gaps: tuple[Gap, ...]) -> set[str]:
    return {gap.reason for gap in gaps}


def _far(asked: Asked) -> bool:
    return f"/{FAR}/" in asked.scope


def test_a_region_that_is_not_enabled_is_a_gap_and_others_are_read(faulty: Layer, undisturbed: Estate) -> None:
    """An opt-in region answers good credentials with `UnrecognizedClientException`: its lists are gaps, no more."""
    faulty.break_(None, faults.stranger, where=_far)

    estate = read().reading.estate

    why = f"`lambda:ListFunctions` is not available in account {ACCOUNT}, {FAR} (UnrecognizedClientException)"
    assert f"the list of functions could not be read: {why}" in _reasons(estate.gaps)
    assert {(ACCOUNT, FAR, "functions"), (ACCOUNT, FAR, "event-sources")} <= {
        (gap.subject.account, gap.subject.region, gap.needs) for gap in estate.gaps
    }
    near = [function for function in undisturbed.functions if function.subject.region != FAR]
    assert near == list(estate.functions)
    assert undisturbed.roles == estate.roles


def test_a_function_that_goes_away_while_it_is_read_is_no_gap(faulty: Layer, undisturbed: Estate) -> None:
    """Deleted between list and get, a function has no policy, no alias and no URL; all others are as they were."""
    faulty.break_(None, faults.gone, where=lambda asked: "/functions/bad-one/" in asked.path)

    estate = read().reading.estate

    (left,) = [function for function in estate.functions if function.name == "bad-one"]
    assert () == estate.gaps
    assert ((), (), ()) == (left.policies, left.aliases, left.urls)
    assert [function for function in undisturbed.functions if function.name != "bad-one"] == [
        function for function in estate.functions if function.name != "bad-one"
    ]


@pytest.mark.parametrize(("version", "name"), [("$LATEST", "good-one"), ("1", "good-three")])
def test_a_withheld_environment_is_unknown(faulty: Layer, version: str, name: str) -> None:
    """Where Lambda may not decrypt the variables of a version, nobody can say that they hold no secret."""

    def withheld(asked: Asked) -> Answer:
        real = asked.real()
        answer = json.loads(real.body)
        for item in answer["Functions"]:
            if (item["FunctionName"], item["Version"]) == (name, version):
                item["Environment"] = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "hunter2"}}
        return Answer(200, real.headers, json.dumps(answer).encode())

    faulty.break_("lambda.ListFunctions", withheld)

    estate = read().reading.estate

    place = "the environment" if version == "$LATEST" else f"the environment of version {version}"
    reason = f"{place} could not be read: Lambda may not decrypt it for us (`AccessDeniedException`)"
    assert {reason} == _reasons(estate.gaps)
    outcomes = {
        key[1]: line.verdict.outcome for key, line in judged(estate).items() if key[0] == "secret-in-environment"
    }
    assert {Outcome.UNKNOWN} == {outcome for key, outcome in outcomes.items() if key.endswith(name)}


@pytest.mark.parametrize("after", [1, 5, 12, 40])
def test_credentials_that_expire_while_reading_hide_nothing(faulty: Layer, undisturbed: Estate, after: int) -> None:
    """From some call on all credentials are expired: what is not read is a gap, and few calls are sent in vain."""
    faulty.seen.clear()
    faulty.break_(None, faults.expired, skip=after)

    estate = read().reading.estate

    expired = {reason for reason in _reasons(estate.gaps) if "the credentials expired before" in reason}
    assert expired
    assert [] == silent(judged(undisturbed), judged(estate))
    assert sum(faulty.seen.values()) <= after + 1 + 48  # those under way on the threads of a reading


@pytest.mark.parametrize("fault", [faults.denied, faults.failing, faults.throttled, faults.garbled])
def test_an_account_of_which_nothing_can_be_read_is_unknown(
    faulty: Layer, undisturbed: Estate, fault: faults.Fault
) -> None:
    """Where every call but the first one fails, no control passes anything."""
    faulty.break_(None, fault, where=lambda asked: not asked.name.startswith("sts."))

    estate = read(target="aws:/us-east-1").reading.estate

    assert {Outcome.UNKNOWN, Outcome.NOT_APPLICABLE} >= {line.verdict.outcome for line in judged(estate).values()}
    assert [] == silent(judged(undisturbed), judged(estate))


def test_a_member_that_may_not_look_at_the_organisation_has_no_gap(faulty: Layer) -> None:
    """From a member account, control policies lie outside of what can be read, as they do for a template."""

    def other_head(asked: Asked) -> Answer:
        real = asked.real()
        return Answer(200, real.headers, real.body.replace(ACCOUNT.encode(), b"999999999999"))

    faulty.break_("organizations.DescribeOrganization", other_head)
    faulty.break_("organizations.ListAccounts", faults.denied)

    estate = read(target="aws:/us-east-1").reading.estate

    assert (("scp", "rcp"), ()) == (estate.outside_source, estate.gaps)
