"""Things that functions reach and that carry a policy of their own."""

from __future__ import annotations

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


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket, queue, topic, key, secret, parameter or table (`subject.kind`).

    `arn` is the container's ARN; `key` the customer key that encrypts it, None for AWS's own.
    """

    subject: Subject
    name: Text
    arn: Text
    policies: tuple[AttachedPolicy, ...] = ()
    key: Text | None = None
    rotation: Rotation | None = None
    when: When = ALWAYS
    at: Provenance | None = None
