"""Claims about readings of several accounts with a role."""

from __future__ import annotations

from collections.abc import Iterator

import faulty_aws as faults
import pytest
from fault_study import judged, read
from faulty_aws import Answer, Asked, Layer, Server, refused
from moto.organizations.models import organizations_backends
from planted_aws import ACCOUNT


@pytest.fixture
def several(aws: Server) -> Iterator[tuple[Layer, str]]:
    """The planted account at the head of its organisation, and the id of the member."""
    aws.layer.mend()
    aws.layer.forget()
    accounts = organizations_backends[ACCOUNT]["aws"].accounts
    yield aws.layer, next(account.id for account in accounts if account.id != ACCOUNT)
    aws.layer.mend()


def test_a_role_is_taken_in_every_account_of_the_organisation(several: tuple[Layer, str]) -> None:
    """Both accounts are read, each once, and nothing is missing."""
    _, member = several

    estate = read(target="aws:/us-east-1", role="auditor").reading.estate

    assert {ACCOUNT, member} == {account.id for account in estate.accounts}
    assert () == estate.gaps


@pytest.mark.parametrize(
    ("fault", "code", "action"),
    [
        (refused("AccessDenied", 403), "AccessDenied", "sts:AssumeRole"),
        (refused("InternalFailure", 500), "InternalFailure", None),
        (refused("ExpiredToken", 400), "ExpiredToken", None),
    ],
)
def test_an_account_where_the_role_cannot_be_taken_is_unknown_as_a_whole(
    several: tuple[Layer, str], fault: faults.Fault, code: str, action: str | None
) -> None:
    """It is a gap that names the account, the role and the code; the other account is read."""
    layer, member = several
    layer.break_("sts.AssumeRole", fault)

    estate = read(target="aws:/us-east-1", role="auditor").reading.estate

    (gap,) = estate.gaps
    role = f"arn:aws:iam::{member}:role/auditor"
    assert f"account {member} could not be read: role `{role}` cannot be taken ({code})" == gap.reason
    assert ("account", action) == (gap.needs, gap.iam_action)
    assert {ACCOUNT} == {function.subject.account for function in estate.functions}


def test_a_role_whose_credentials_are_over_when_they_come_is_a_gap(several: tuple[Layer, str]) -> None:
    """A clock that is hours ahead makes new credentials old ones: that is told, not raised."""
    layer, member = several

    def over(asked: Asked) -> Answer:
        real = asked.real()
        start, end = real.body.index(b"<Expiration>"), real.body.index(b"</Expiration>")
        return Answer(200, real.headers, real.body[:start] + b"<Expiration>2020-01-01T00:00:00Z" + real.body[end:])

    layer.break_("sts.AssumeRole", over)

    estate = read(target="aws:/us-east-1", role="auditor").reading.estate

    assert [(member, "account")] == [(gap.subject.account, gap.needs) for gap in estate.gaps]


@pytest.mark.parametrize("operation", ["organizations.ListAccounts", "organizations.DescribeOrganization"])
def test_accounts_that_cannot_be_listed_are_told(several: tuple[Layer, str], operation: str) -> None:
    """With a role for all accounts and no list of them, every control is unknown for the organisation."""
    layer, _ = several
    layer.break_(operation, faults.denied)

    estate = read(target="aws:/us-east-1", role="auditor").reading.estate

    whole = f"account:arn:aws:organizations::{ACCOUNT}:organization"
    unknown = {control for (control, key), line in judged(estate).items() if key == whole and line.verdict.unknowns}
    assert len(unknown) > 10
    lost = "the list of the organisation's accounts could not be read: access denied"
    assert any(gap.reason.startswith(lost) for gap in estate.gaps)


def test_accounts_that_were_listed_are_read_though_their_policies_are_not(several: tuple[Layer, str]) -> None:
    """Control policies that cannot be read hide no account."""
    layer, member = several
    layer.break_("organizations.ListPolicies", faults.denied)

    estate = read(target="aws:/us-east-1", role="auditor").reading.estate

    assert {ACCOUNT, member} == {account.id for account in estate.accounts}
    assert ("scp", "rcp") == estate.outside_source
    assert {"organizations:ListPolicies"} == {gap.iam_action for gap in estate.gaps}
