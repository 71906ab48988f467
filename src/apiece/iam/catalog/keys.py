"""Which condition keys may carry several values."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from apiece.iam import catalog

_SEVERAL = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
        "aws:vpceorgpaths",
    }
)
"""The multivalued global keys (IAM User Guide, "AWS global condition context keys")."""


class Values(StrEnum):
    """How many values AWS documents for a key."""

    ONE = "one"
    SEVERAL = "several"
    UNDOCUMENTED = "undocumented"


@lru_cache(maxsize=8192)
def values_of(key: str) -> Values:
    """Look up a key, in any case."""
    name = key.lower()
    if name.startswith("aws:"):
        return Values.SEVERAL if name in _SEVERAL else Values.ONE
    known = catalog.load().condition_key(name)
    if known is None and "/" in name:
        stem = name.partition("/")[0]
        known = next(
            (one for one in _with_names(stem.partition(":")[0]) if one.name.lower().startswith(f"{stem}/")), None
        )
    if known is None:
        return Values.UNDOCUMENTED
    return Values.SEVERAL if known.is_multivalued else Values.ONE


def _with_names(service: str) -> tuple[catalog.ConditionKey, ...]:
    return catalog.load().condition_keys(service)
