"""S3 buckets with their policies, and whether a public access block keeps strangers out of them."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from apiece.estate.resource import PublicAccess, Resource, Strangers
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.call import Call, Failure, Outcome
from apiece.read.aws.carried import carried, unlisted, unread
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Bucket(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    bucket_region: str | None = None


class BucketPage(msgspec.Struct, frozen=True, rename="pascal"):
    buckets: tuple[Bucket, ...] = ()


class PolicyPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy: str | None = None


class Block(msgspec.Struct, frozen=True, rename="pascal"):
    """Of the four settings, the one that bears on a policy that is there already."""

    restrict_public_buckets: bool = False


class BlockPage(msgspec.Struct, frozen=True, rename="pascal"):
    public_access_block_configuration: Block = Block()


_NO_BUCKET = "NoSuchBucket"
_NO_BLOCK = frozenset({"NoSuchPublicAccessBlockConfiguration"})
LIST_BUCKETS = Call("s3", "list_buckets", "s3:ListAllMyBuckets", BucketPage)
GET_POLICY = Call(
    "s3", "get_bucket_policy", "s3:GetBucketPolicy", PolicyPage, absent=frozenset({"NoSuchBucketPolicy", _NO_BUCKET})
)
GET_BLOCK = Call(
    "s3", "get_public_access_block", "s3:GetBucketPublicAccessBlock", BlockPage, absent=_NO_BLOCK | {_NO_BUCKET}
)
GET_ACCOUNT_BLOCK = Call(
    "s3control", "get_public_access_block", "s3:GetAccountPublicAccessBlock", BlockPage, absent=_NO_BLOCK
)
_PAGE = 1000


@dataclass(frozen=True)
class _Blocked:
    """What one place says of public access: whether it restricts, or why that is not known."""

    restricts: bool
    failure: Failure | None
    call: Call[BlockPage]


def buckets(desk: Desk) -> Facts:
    """Read the buckets of an account, wherever they lie."""
    facts = Facts()
    listing = desk.ask(LIST_BUCKETS, {"MaxBuckets": _PAGE})
    unlisted(desk, LIST_BUCKETS, listing.gap, "buckets", facts)
    listed = [bucket for page in listing.pages for bucket in page.buckets]
    if not listed:
        return facts
    account = _blocked(GET_ACCOUNT_BLOCK, desk.ask(GET_ACCOUNT_BLOCK, {"AccountId": desk.account}))
    names: list[dict[str, object]] = [{"Bucket": bucket.name} for bucket in listed]
    policies = desk.each(GET_POLICY, names)
    blocks = desk.each(GET_BLOCK, names)
    for bucket, policy, block in zip(listed, policies, blocks, strict=True):
        if _gone(policy):
            continue
        arn = f"arn:{desk.partition}:s3:::{bucket.name}"
        subject = Subject(kind=SubjectKind.BUCKET, arn=arn, account=desk.account, region=bucket.bucket_region)
        unread(desk, GET_POLICY, policy.gap, subject, facts)
        text = policy.first.policy if policy.first is not None else None
        facts.resources.append(
            Resource(
                subject=subject,
                name=bucket.name,
                arn=arn,
                policies=carried(desk, GET_POLICY, subject, text, facts),
                public_access=_public_access(desk, subject, _blocked(GET_BLOCK, block), account, facts),
                at=desk.at(LIST_BUCKETS),
            )
        )
    return facts


def _gone(outcome: Outcome[PolicyPage]) -> bool:
    return outcome.failure is not None and outcome.absent and outcome.failure.code == _NO_BUCKET


def _blocked(call: Call[BlockPage], outcome: Outcome[BlockPage]) -> _Blocked:
    page = outcome.first
    restricts = page is not None and page.public_access_block_configuration.restrict_public_buckets
    return _Blocked(restricts, outcome.gap, call)


def _public_access(desk: Desk, subject: Subject, own: _Blocked, account: _Blocked, facts: Facts) -> PublicAccess:
    """The stricter of bucket and account counts, so one that restricts settles it whatever the other says."""
    at = desk.at(own.call)
    for place in (own, account):
        if place.restricts:
            return PublicAccess(strangers=Strangers.KEPT_OUT, at=desk.at(place.call))
    for place, whose in ((own, "its"), (account, "the account's")):
        if place.failure is not None:
            what = f"{whose} public access block"
            facts.gaps.append(desk.gap(place.call, place.failure, subject, "bucket.public-access", what))
            return PublicAccess(strangers=Strangers.UNREAD, at=desk.at(place.call))
    return PublicAccess(strangers=Strangers.LET_IN, at=at)
