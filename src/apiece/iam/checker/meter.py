"""Why a certificate is refused, and how much work the checker does before it refuses."""

from __future__ import annotations


class Refused(Exception):
    """A certificate that proves nothing; it never leaves `verify`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Meter:
    """A number of steps that may still be made."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        """Make steps. Raises `Refused` where none are left."""
        self._left -= steps
        if self._left < 0:
            raise Refused("the budget of steps is used up")
