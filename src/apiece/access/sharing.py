"""How a resource that is open to others is told: words, places and severities that controls share."""

from __future__ import annotations

from apiece.access.opening import Door
from apiece.access.unsettled import unsettled
from apiece.estate.provenance import Provenance
from apiece.estate.resource import Resource, Strangers
from apiece.estate.subject import SubjectKind
from apiece.records.verdict import Unknown

POLICY_FACTS = tuple(
    f"{kind}.policies"
    for kind in (
        SubjectKind.BUCKET,
        SubjectKind.QUEUE,
        SubjectKind.TOPIC,
        SubjectKind.KEY,
        SubjectKind.SECRET,
        SubjectKind.TABLE,
    )
)
"""The facts that controls over the policies of resources read."""


def listed(actions: tuple[str, ...]) -> str:
    """The first action, and how many more."""
    return f"`{actions[0]}`" + (f" and {len(actions) - 1} more" if len(actions) > 1 else "")


def at(door: Door) -> tuple[Provenance, ...]:
    """Where the statement names whom it is about."""
    statement = door.force.statement
    words = statement.principals or statement.not_principals or ()
    return door.force.at(words[0].word.span if words else None)


def strangers_are(resource: Resource) -> Strangers | None:
    """What S3 does about strangers, None where the source does not say. Other resources have no such block."""
    if resource.subject.kind is not SubjectKind.BUCKET:
        return Strangers.LET_IN
    return resource.public_access.strangers if resource.public_access is not None else None


def undecided(door: Door, what: str) -> Unknown:
    """Why a statement could not be judged: something it leaves open, or patterns that take too long to compare."""
    return unsettled(door.force.statement, what, at(door))
