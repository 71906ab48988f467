"""Authorization details as the AWS command line prints them: identities of one account with their policies."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from apiece.estate.gap import Gap
from apiece.read.aws.areas.identities import GET_DETAILS, DetailPage, identities_of
from apiece.read.aws.call import Failure, Outcome
from apiece.read.aws.facts import Facts
from apiece.read.dumps.answers import NONE, Answer, Raw, desk_for, not_held
from apiece.read.dumps.file import Details, malformed, without_values

_ARN_PARTS = 6


def page_of(details: Details) -> DetailPage:
    """The dump as the page of the call that made it. Raises `MalformedSource` for one of another shape."""
    try:
        return GET_DETAILS.page_of(details.raw, frozenset())
    except (msgspec.ValidationError, RecursionError) as error:
        message = f"the authorization details cannot be read: {without_values(error)}"
        raise malformed(message, details.file) from error


def account_of(page: DetailPage, file: str) -> tuple[str, str]:
    """The partition and the account that all identities of a dump belong to."""
    found = {(parts[1], parts[4]) for parts in map(_split, _arns(page)) if parts is not None}
    if len(found) != 1:
        what = "identities of several accounts" if found else "no identity that says of which account it is"
        raise malformed(f"the authorization details hold {what}", file)
    (place,) = found
    return place


def _arns(page: DetailPage) -> Iterator[str]:
    yield from (one.arn for one in page.role_detail_list)
    yield from (one.arn for one in page.user_detail_list)
    yield from (one.arn for one in page.group_detail_list)
    yield from (one.arn for one in page.policies)


def _split(arn: str) -> list[str] | None:
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts if len(parts) == _ARN_PARTS and parts[4] != "aws" else None


def identities(page: DetailPage, details: Details, partition: str, account: str) -> Facts:
    """Make the records that a live account's answer makes, and say what such a file may lack."""
    with desk_for(details.file, account, "", partition, shelf(details.raw)) as desk:
        cut = bool(details.raw.get("IsTruncated") or details.raw.get("NextToken"))
        failure = not_held("the file holds only the first part") if cut else None
        facts = identities_of(desk, Outcome((page,), failure))
        for needs, held in (("roles", page.role_detail_list), ("users", page.user_detail_list)):
            if not held:
                reason = f"the file holds no {needs}: there are none, or they were filtered out"
                facts.gaps.append(Gap(subject=desk.itself, needs=needs, reason=reason, at=desk.at(GET_DETAILS)))
        facts.gaps += groups_that_are_missing(facts)
        return facts


def groups_that_are_missing(facts: Facts) -> Iterator[Gap]:
    """A user of a group that no file holds has permissions that nobody can see."""
    known = {group.name for group in facts.groups}
    for user in facts.users:
        for name in user.groups:
            if name not in known:
                reason = f"the policies of group `{str(name)[:80]}` are not in the source"
                yield Gap(subject=user.subject, needs="user.policies", reason=reason, at=user.at)


def shelf(raw: Raw) -> dict[str, Answer]:
    """Managed policies and their versions, where a dump holds those of AWS too.

    Of others the text that ships with us is taken, as for templates.
    """
    listed = raw.get("Policies")
    policies = {
        str(policy.get("Arn")): policy
        for policy in (listed if isinstance(listed, list) else [])
        if isinstance(policy, dict)
    }

    def current(params: dict[str, object]) -> Raw | Failure:
        policy = policies.get(str(params.get("PolicyArn")))
        if policy is None or policy.get("DefaultVersionId") is None:
            return NONE
        return {"Policy": policy}

    def version(params: dict[str, object]) -> Raw | Failure:
        versions = policies.get(str(params.get("PolicyArn")), {}).get("PolicyVersionList")
        for one in versions if isinstance(versions, list) else []:
            if isinstance(one, dict) and one.get("VersionId") == params.get("VersionId"):
                return {"PolicyVersion": one}
        return not_held("the file does not hold this version")

    return {"get_policy": current, "get_policy_version": version}
