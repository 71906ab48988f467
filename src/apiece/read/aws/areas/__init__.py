"""What is read of an account, one module for each kind of thing."""

from __future__ import annotations

from collections.abc import Callable

from apiece.read.aws.areas.alarms import alarms
from apiece.read.aws.areas.deployers import deployers
from apiece.read.aws.areas.doors import DOORS
from apiece.read.aws.areas.identities import identities
from apiece.read.aws.areas.identity_center import identity_center
from apiece.read.aws.areas.networks import networks
from apiece.read.aws.areas.recorders import recorders
from apiece.read.aws.areas.trails import trails
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts

GLOBAL: tuple[Callable[[Desk], Facts], ...] = (identities, deployers)
"""Read once for an account."""
REGIONAL: tuple[Callable[[Desk], Facts], ...] = (*DOORS, identity_center, networks, trails, recorders, alarms)
"""Read in each region."""
