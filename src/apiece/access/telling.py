"""Which of many actions, and which kind of resource, says most to a person who reads one example."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

from apiece.iam import catalog
from apiece.iam.catalog import Action, ResourceType

_VERBS = (
    "Get",
    "Put",
    "Delete",
    "Update",
    "Create",
    "Invoke",
    "Send",
    "Receive",
    "Publish",
    "Decrypt",
    "List",
    "Start",
)


class First(Enum):
    """What to show before the rest."""

    READING = ("Read", "Write", "List", "Permissions management", "Tagging")
    CHANGING = ("Write", "Permissions management", "Read", "List", "Tagging")


def telling(actions: Iterable[Action], first: First) -> list[Action]:
    """Order actions: by kind of access, then well-known verbs, then short names.

    Deleting comes first among changes: what it does needs no explanation.
    """
    verbs = ("Delete", *_VERBS) if first is First.CHANGING else _VERBS

    def rank(action: Action) -> tuple[int, int, int, str]:
        name = action.name.partition(":")[2]
        level = first.value.index(action.access_level) if action.access_level in first.value else len(first.value)
        verb = next((index for index, verb in enumerate(verbs) if name.startswith(verb)), len(verbs))
        return level, verb, len(name), name

    return sorted(actions, key=rank)


@lru_cache(maxsize=4096)
def commonness(kind: ResourceType) -> int:
    """How many actions act on this type: people know buckets better than access points."""
    return sum(kind in action.resources for action in catalog.load().actions(kind.service))
