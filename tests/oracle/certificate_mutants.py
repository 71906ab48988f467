"""Copies of a certificate with one thing changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

_WORDS = (
    "resource",
    "principal",
    "key/aws:tagkeys",
    "key/aws:principalarn",
    "condition/0",
    "old/0/0",
    "new/0/0",
    "new/0/1",
    "*",
    "arn",
    "any",
    "s3:getobject",
)


def mutants(certificate: dict[str, Any], random: Random, count: int) -> Iterator[dict[str, Any]]:
    """Copies of a certificate, each with one thing changed at a place chosen by chance."""
    for _ in range(count):
        made = copy.deepcopy(certificate)
        places = list(_places(made))
        holder, key = random.choice(places)
        others = [one[at] for one, at in places]
        match random.randrange(4):
            case 0:
                holder[key] = copy.deepcopy(random.choice(others))
            case 1:
                del holder[key]
            case 2:
                holder[key] = random.choice(_WORDS)
            case _ if isinstance(holder[key], list) and holder[key]:
                holder[key] = random.sample(holder[key], len(holder[key]) - 1)
            case _:
                holder[key] = None
        yield made


def _places(node: object) -> Iterator[tuple[Any, Any]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(entries):
        yield node, key
        yield from _places(value)
