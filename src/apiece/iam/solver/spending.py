"""The budget of one question: what is used up ends in "unknown", never in a hang."""

from __future__ import annotations

from apiece.errors import ApieceError

BUDGET = 2_000_000


class OutOfBudget(ApieceError):
    """A question took more steps than allowed."""


class Spending:
    """Counts down steps. One step is about one comparison of two patterns."""

    __slots__ = ("left",)

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget

    def spend(self, steps: int) -> None:
        """Take steps away. Raises `OutOfBudget`."""
        self.left -= steps
        if self.left < 0:
            raise OutOfBudget("the policies are too entangled to be decided within the budget of steps")

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left."""
        return self.left < 0


Budget = int | Spending
"""Steps for one question, or what is left of those of several."""
