"""Things that functions reach and that carry a policy of their own: buckets, queues, topics, keys, secrets, tables."""

from __future__ import annotations

import msgspec

from apiece.read.aws.areas.buckets import buckets
from apiece.read.aws.areas.keys import keys
from apiece.read.aws.areas.parameters import parameters
from apiece.read.aws.areas.queues import queues
from apiece.read.aws.areas.secrets import secrets
from apiece.read.aws.areas.tables import tables
from apiece.read.aws.areas.topics import topics
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts, merged

__all__ = ["buckets", "resources"]


def resources(desk: Desk) -> Facts:
    """Read the resources of a region."""
    found, managed = keys(desk)
    facts = merged((found, queues(desk), topics(desk), secrets(desk), tables(desk), parameters(desk)))
    facts.resources = [
        msgspec.structs.replace(resource, key=None) if resource.key in managed else resource
        for resource in facts.resources
    ]
    return facts
