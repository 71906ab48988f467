"""Customer keys of KMS with their policies. AWS's own keys in the account cannot be changed, and are left out."""

from __future__ import annotations

import msgspec

from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call, Outcome
from apiece.read.aws.carried import carried, unlisted, unread
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Key(msgspec.Struct, frozen=True, rename="pascal"):
    key_id: str
    key_arn: str


class KeyPage(msgspec.Struct, frozen=True, rename="pascal"):
    keys: tuple[Key, ...] = ()


class Metadata(msgspec.Struct, frozen=True, rename="pascal"):
    key_manager: str | None = None


class MetadataPage(msgspec.Struct, frozen=True, rename="pascal"):
    key_metadata: Metadata = Metadata()


class PolicyPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy: str | None = None


_NOT_FOUND = frozenset({"NotFoundException"})
LIST_KEYS = Call("kms", "list_keys", "kms:ListKeys", KeyPage)
DESCRIBE_KEY = Call("kms", "describe_key", "kms:DescribeKey", MetadataPage, absent=_NOT_FOUND)
GET_POLICY = Call("kms", "get_key_policy", "kms:GetKeyPolicy", PolicyPage, absent=_NOT_FOUND)
_PAGE = 1000


def keys(desk: Desk) -> tuple[Facts, frozenset[str]]:
    """Read the customer keys of a region, and tell which keys are AWS's, by ARN.

    A key that could not be described is kept: it may be a customer's.
    """
    facts = Facts()
    listing = desk.ask(LIST_KEYS, {"Limit": _PAGE})
    unlisted(desk, LIST_KEYS, listing.gap, "keys", facts)
    listed = sorted({key.key_arn: key for page in listing.pages for key in page.keys}.items())
    described = desk.each(DESCRIBE_KEY, ({"KeyId": key.key_id} for _, key in listed))
    managed = frozenset(arn for (arn, _), outcome in zip(listed, described, strict=True) if _is_aws(outcome))
    own = [
        (key, outcome)
        for (arn, key), outcome in zip(listed, described, strict=True)
        if arn not in managed and not outcome.absent
    ]
    policies = desk.each(GET_POLICY, ({"KeyId": key.key_id, "PolicyName": "default"} for key, _ in own))
    for (key, outcome), policy in zip(own, policies, strict=True):
        subject = desk.subject(SubjectKind.KEY, key.key_arn)
        unread(desk, GET_POLICY, policy.gap, subject, facts)
        if outcome.gap is not None:
            what = f"whether key `{key.key_id[:80]}` is AWS's own"
            facts.gaps.append(desk.gap(DESCRIBE_KEY, outcome.gap, subject, "key.manager", what))
        text = policy.first.policy if policy.first is not None else None
        facts.resources.append(
            Resource(
                subject=subject,
                name=key.key_id,
                arn=key.key_arn,
                policies=carried(desk, GET_POLICY, subject, text, facts),
                at=desk.at(LIST_KEYS),
            )
        )
    return facts, managed


def _is_aws(outcome: Outcome[MetadataPage]) -> bool:
    return outcome.first is not None and outcome.first.key_metadata.key_manager == "AWS"
