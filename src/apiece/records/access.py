"""What somebody may do, and what a change lets them do, in rows, each with a request that was evaluated."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.records.verdict import Witness


class AskedRequest(Witness, frozen=True, kw_only=True):
    """A request as `apiece iam evaluate` takes it."""

    resource_account: str | None = None


class Speaking(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that a row rests on: the layer and the policy that it stands in, its name, where it is."""

    layer: str
    policy: str
    statement: str
    effect: str
    at: Provenance | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Actions of one service and one access level, allowed on some resource that a pattern means.

    `resource` is the pattern as a policy writes it, None where the row is not limited to one. `conditions` are the keys
    that the statements ask about. `account` is one other than the role's own, which must allow it too.
    """

    service: str
    level: str
    resource: str | None
    actions: tuple[str, ...]
    witness: AskedRequest
    statements: tuple[Speaking, ...]
    conditions: tuple[str, ...] = ()
    account: str | None = None
    when: When = ALWAYS


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be decided; no actions stand for any."""

    reason: str
    resource: str | None = None
    actions: tuple[str, ...] = ()
    statements: tuple[Speaking, ...] = ()
    when: When = ALWAYS


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a function may do, in one of the forms that conditions allow.

    Where there are gaps, the rows are what is known to be allowed, unless what was not read denies it.
    """

    subject: Subject
    role: str | None
    rows: tuple[Row, ...]
    doubts: tuple[Doubt, ...] = ()
    gaps: tuple[Gap, ...] = ()
    when: When = ALWAYS


class Fate(StrEnum):
    """What became of a function between two readings."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class AccessChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one function gained and lost. A function that is new has gained everything that it may do."""

    subject: Subject
    fate: Fate
    gained: tuple[Row, ...] = ()
    lost: tuple[Row, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All functions whose access changed, or for which that is not known.

    `compared` counts the functions on either side. `left_out` are the layers that not both sides know.
    """

    compared: int
    functions: tuple[AccessChange, ...]
    left_out: tuple[str, ...] = ()
