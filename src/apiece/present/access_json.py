"""Access and its changes as JSON, `apiece/access/1` and `apiece/diff/1`. Within a version members are only added."""

from __future__ import annotations

import msgspec

from apiece.estate.subject import Subject
from apiece.present.json_ import GapOut, Place, gap_out, place, written
from apiece.records.access import AccessChange, Allowance, AskedRequest, Difference, Doubt, Fate, Row, Speaking

ACCESS, DIFF = "apiece/access/1", "apiece/diff/1"


class SpeakingOut(msgspec.Struct, frozen=True, kw_only=True):
    layer: str
    policy: str
    statement: str
    effect: str
    at: Place | None


class RowOut(msgspec.Struct, frozen=True, kw_only=True):
    """`account` is another than the role's own, which must allow it too."""

    service: str
    level: str
    resource: str | None
    actions: tuple[str, ...]
    conditions: tuple[str, ...]
    account: str | None
    when: dict[str, bool]
    witness: AskedRequest
    statements: tuple[SpeakingOut, ...]


class DoubtOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is not known; no actions stand for any."""

    reason: str
    resource: str | None
    actions: tuple[str, ...]
    when: dict[str, bool]
    statements: tuple[SpeakingOut, ...]


class AllowanceOut(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    role: str | None
    when: dict[str, bool]
    allowed: tuple[RowOut, ...]
    unknown: tuple[DoubtOut, ...]
    gaps: tuple[GapOut, ...]


class AccessOut(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer; `functions` are the forms that conditions allow."""

    schema: str
    functions: tuple[AllowanceOut, ...]
    outside_source: tuple[str, ...]


class AccessChangeOut(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    fate: Fate
    gained: tuple[RowOut, ...]
    lost: tuple[RowOut, ...]
    unknown: tuple[DoubtOut, ...]


class DiffOut(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer: `functions` that changed, or for which that is not known, of `compared`."""

    schema: str
    old: str
    new: str
    compared: int
    functions: tuple[AccessChangeOut, ...]
    left_out: tuple[str, ...]


def access(found: tuple[Allowance, ...], outside: tuple[str, ...]) -> str:
    """Write what a function may do."""
    return written(AccessOut(schema=ACCESS, functions=tuple(map(_allowance, found)), outside_source=outside))


def diff(found: Difference, old: str, new: str) -> str:
    """Write what changed."""
    functions = tuple(map(_change, found.functions))
    compared, left_out = found.compared, found.left_out
    return written(DiffOut(schema=DIFF, old=old, new=new, compared=compared, functions=functions, left_out=left_out))


def _allowance(one: Allowance) -> AllowanceOut:
    return AllowanceOut(
        subject=one.subject,
        role=one.role,
        when=dict(one.when),
        allowed=tuple(map(_row, one.rows)),
        unknown=tuple(map(_doubt, one.doubts)),
        gaps=tuple(map(gap_out, one.gaps)),
    )


def _change(one: AccessChange) -> AccessChangeOut:
    return AccessChangeOut(
        subject=one.subject,
        fate=one.fate,
        gained=tuple(map(_row, one.gained)),
        lost=tuple(map(_row, one.lost)),
        unknown=tuple(map(_doubt, one.doubts)),
    )


def _row(row: Row) -> RowOut:
    return RowOut(
        service=row.service,
        level=row.level,
        resource=row.resource,
        actions=row.actions,
        conditions=row.conditions,
        account=row.account,
        when=dict(row.when),
        witness=row.witness,
        statements=tuple(map(_speaking, row.statements)),
    )


def _doubt(doubt: Doubt) -> DoubtOut:
    return DoubtOut(
        reason=doubt.reason,
        resource=doubt.resource,
        actions=doubt.actions,
        when=dict(doubt.when),
        statements=tuple(map(_speaking, doubt.statements)),
    )


def _speaking(one: Speaking) -> SpeakingOut:
    at = place(one.at) if one.at is not None else None
    return SpeakingOut(layer=one.layer, policy=one.policy, statement=one.statement, effect=one.effect, at=at)
