"""What every JSON answer about access is made of: principals, things, requests, deciding statements."""

from __future__ import annotations

import msgspec

from apiece.access.asking import Because
from apiece.access.principals import Principal
from apiece.access.targets import Target
from apiece.estate.subject import SubjectKind
from apiece.present.json_ import Place, place

Conditions = dict[str, str | tuple[str, ...]]


class StatementOut(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that allows a request: its layer, its policy, its Sid or number, and where it stands."""

    layer: str
    policy: str
    statement: str
    at: tuple[Place, ...]


class PrincipalOut(msgspec.Struct, frozen=True, kw_only=True):
    """A role or user in one form; `when` are the choices of conditions, `functions` run as it."""

    name: str
    arn: str | None
    kind: SubjectKind
    when: dict[str, bool]
    functions: tuple[str, ...]


class ThingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A thing of the estate."""

    kind: SubjectKind
    name: str
    arn: str


def principal_out(one: Principal) -> PrincipalOut:
    """Spell a principal."""
    return PrincipalOut(
        name=one.name,
        arn=one.caller.arn,
        kind=one.subject.kind,
        when=dict(one.when),
        functions=tuple(sorted({function.subject.name for function in one.functions})),
    )


def thing_out(one: Target) -> ThingOut:
    """Spell a thing."""
    return ThingOut(kind=one.subject.kind, name=one.name, arn=one.arn)


def statement_out(one: Because) -> StatementOut:
    """Spell a deciding statement."""
    return StatementOut(
        layer=one.layer, policy=one.policy, statement=one.statement, at=tuple(place(spot) for spot in one.at)
    )
