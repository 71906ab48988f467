"""Sets of requests and whether they are empty (docs/adr/0014-exact-solver.md)."""

from __future__ import annotations

from apiece.iam.solver import words
from apiece.iam.solver.actions import forget_patterns
from apiece.iam.solver.cubes import ANYONE, Callers, Cube, Entry, Found, Step, decide
from apiece.iam.solver.rules import Rule, Rules, rules_of
from apiece.iam.solver.search import Model, Search
from apiece.iam.solver.spending import OutOfBudget, Spending

__all__ = [
    "ANYONE",
    "Callers",
    "Cube",
    "Entry",
    "Found",
    "Model",
    "OutOfBudget",
    "Rule",
    "Rules",
    "Search",
    "Spending",
    "Step",
    "decide",
    "forget",
    "rules_of",
]


def forget() -> None:
    """Clear all memo tables, so that the next question is decided as if it were the first."""
    forget_patterns()
    words.forget()
