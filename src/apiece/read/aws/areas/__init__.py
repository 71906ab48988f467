"""What is read of an account, one module for each kind of thing."""

from __future__ import annotations

from collections.abc import Callable

from apiece.read.aws.areas.doors import DOORS
from apiece.read.aws.areas.identities import identities
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts

GLOBAL: tuple[Callable[[Desk], Facts], ...] = (identities,)
"""Read once for an account."""
REGIONAL: tuple[Callable[[Desk], Facts], ...] = (*DOORS,)
"""Read in each region."""
