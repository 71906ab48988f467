"""Things that functions reach and that carry a policy of their own: buckets, queues, topics, keys, secrets, tables."""

from __future__ import annotations

from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


def buckets(desk: Desk) -> Facts:
    """Read the buckets of an account, wherever they lie."""
    return Facts()


def resources(desk: Desk) -> Facts:
    """Read the resources of a region."""
    return Facts()
