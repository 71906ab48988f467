"""Wildcard languages: what a pattern matches, whether two meet, and the shortest text that tells them apart."""

from __future__ import annotations

from apiece.iam.pattern.compiled import Pattern, Token, Wild, arn_format, glob, resource
from apiece.iam.pattern.search import (
    PatternBudget,
    contains,
    cost_of_meeting,
    find,
    fresh_characters,
    intersects,
    matches,
)

__all__ = [
    "Pattern",
    "PatternBudget",
    "Token",
    "Wild",
    "arn_format",
    "contains",
    "cost_of_meeting",
    "find",
    "fresh_characters",
    "glob",
    "intersects",
    "matches",
    "resource",
]
