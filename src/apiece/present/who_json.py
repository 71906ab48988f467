"""Who can do something, as JSON, `apiece/who/1`. Within a version members are only added."""

from __future__ import annotations

import msgspec

from apiece.access.invited import Invited
from apiece.access.rights import witness
from apiece.access.who import Row, Who
from apiece.iam.granted import Granted
from apiece.present.granting_json import (
    Conditions,
    PrincipalOut,
    StatementOut,
    ThingOut,
    principal_out,
    statement_out,
    thing_out,
)
from apiece.present.json_ import written
from apiece.records.verdict import Witness

SCHEMA = "apiece/who/1"


class RowOut(msgspec.Struct, frozen=True, kw_only=True):
    """A principal that can, with a request that shows it and what must hold; or of which it is not known, and why."""

    principal: PrincipalOut
    result: Granted
    things: tuple[ThingOut, ...]
    witness: Witness | None
    conditions: Conditions
    allowed_by: tuple[StatementOut, ...]
    reason: str | None


class OutsiderOut(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom the thing's own policy lets in; without a witness it is not known, and `reason` says why."""

    who: str
    kind: str
    thing: ThingOut
    witness: Witness | None
    conditions: Conditions
    allowed_by: tuple[StatementOut, ...]
    reason: str | None


class WhoOut(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document. `things` are what the resource means in the source; `asked` principals were asked."""

    schema: str
    action: str
    resource: str
    things: tuple[ThingOut, ...]
    asked: int
    principals: tuple[RowOut, ...]
    outsiders: tuple[OutsiderOut, ...]
    gaps: tuple[str, ...]
    outside_source: tuple[str, ...]


def render(found: Who, outside: tuple[str, ...]) -> str:
    """Write the answer as one document."""
    return written(
        WhoOut(
            schema=SCHEMA,
            action=found.action,
            resource=found.resource,
            things=tuple(map(thing_out, found.things)),
            asked=found.asked,
            principals=tuple(map(_row, found.rows)),
            outsiders=tuple(map(_outsider, found.outside)),
            gaps=tuple(gap.reason for gap in found.gaps),
            outside_source=outside,
        )
    )


def _row(row: Row) -> RowOut:
    answer = row.answer
    return RowOut(
        principal=principal_out(row.principal),
        result=answer.result,
        things=tuple(map(thing_out, row.things)),
        witness=witness(answer.request) if answer.request is not None else None,
        conditions=answer.conditions,
        allowed_by=tuple(map(statement_out, answer.because)),
        reason=answer.reason or None,
    )


def _outsider(row: Invited) -> OutsiderOut:
    return OutsiderOut(
        who=row.who,
        kind=row.stratum,
        thing=thing_out(row.target),
        witness=witness(row.request) if row.request is not None else None,
        conditions=row.conditions,
        allowed_by=(statement_out(row.because),) if row.because is not None else (),
        reason=row.reason or None,
    )
