"""Things that functions reach and that carry a policy of their own."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """Rotation of a secret; `function` is the rotating function's ARN."""

    function: Text | None = None
    at: Provenance | None = None


class Strangers(StrEnum):
    """What S3's public access block does about strangers whom a bucket's policy lets in (`RestrictPublicBuckets`)."""

    KEPT_OUT = "kept-out"
    LET_IN = "let-in"
    UNREAD = "unread"
    """A gap on the bucket, for `bucket.public-access`, says why."""


class PublicAccess(msgspec.Struct, frozen=True, kw_only=True):
    """The blocks of a bucket and of all that stands above it, taken together: the stricter one counts."""

    strangers: Strangers
    at: Provenance | None = None


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket, queue, topic, key, secret, parameter or table (`subject.kind`).

    `arn` is the container's ARN; `key` the customer key that encrypts it, None for AWS's own. `public_access` is None
    for what is no bucket, and for a bucket whose source does not state it: S3 then keeps strangers out of buckets made
    since April 2023, and out of no older ones.
    """

    subject: Subject
    name: Text
    arn: Text
    policies: tuple[AttachedPolicy, ...] = ()
    key: Text | None = None
    rotation: Rotation | None = None
    public_access: PublicAccess | None = None
    when: When = ALWAYS
    at: Provenance | None = None
