"""What a look at one variable finds: no value, a value, or perhaps one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Holds(Enum):
    NEVER = "never"
    """No value satisfies the facts. Certain."""
    SOMETIMES = "sometimes"
    """Some value does. Certain."""
    PERHAPS = "perhaps"
    """The upper bounds of opaque words leave room for one."""


@dataclass(frozen=True, slots=True)
class Look:
    """An answer; `why` says what it depends on, where it is not certain."""

    holds: Holds
    why: str = ""


NEVER = Look(Holds.NEVER)
SOMETIMES = Look(Holds.SOMETIMES)
