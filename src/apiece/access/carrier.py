"""Everything that lets others in by a policy of its own: resources, functions, and roles by their trust."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.access.index import Index
from apiece.access.rights import InForce
from apiece.estate.policy import AttachedPolicy
from apiece.estate.subject import Subject
from apiece.estate.when import When
from apiece.iam.document import Effect


@dataclass(frozen=True)
class Carrier:
    """A thing with the policies that say who may use it."""

    subject: Subject
    policies: tuple[AttachedPolicy, ...]
    when: When

    def allows(self, index: Index) -> Iterator[InForce]:
        """Walk the Allow statements that can be in force on it."""
        for attached in self.policies:
            when = index.estate.together(self.when, attached.when)
            for statement in attached.document.statements if attached.document is not None else ():
                if when is not None and statement.effect is Effect.ALLOW:
                    yield InForce(attached, statement, when)


def carriers(index: Index) -> Iterator[Carrier]:
    """Walk all of them, in a stable order."""
    estate = index.estate
    yield from (Carrier(one.subject, one.policies, one.when) for one in estate.functions)
    yield from (Carrier(one.subject, one.policies, one.when) for one in estate.resources)
    yield from (Carrier(one.subject, one.trust, one.when) for one in estate.roles)
