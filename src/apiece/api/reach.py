"""How far a function reaches: named as people name it, measured in each of its forms."""

from __future__ import annotations

from collections.abc import Iterator

from apiece.access.called import instead, refuse_several
from apiece.access.principals import Principal
from apiece.access.reach.radius import Radius, radius
from apiece.access.reach.world import world_of
from apiece.errors import UsageError
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.text import example


def reach(estate: Estate, name: str) -> tuple[Radius, ...]:
    """Measure the blast radius of a function in every form that conditions allow.

    `name` is a logical id, a name or an ARN; where no function has it, of a role, a user or a policy that stands alone.
    Raises `UsageError` if it names none, or several.
    """
    world = world_of(estate)
    functions = [one for one in estate.functions if name in _names_of(one)]
    if functions:
        refuse_several(name, (one.subject.key for one in functions))
        pairs = {(id(form), one.subject.key): (form, one) for one in functions for form in world.running(one)}
        return tuple(radius(form, one, world) for form, one in pairs.values())
    others = [one for one in world.principals if name in set(_names(one))]
    if not others:
        known = sorted({one.subject.name for one in estate.functions} or {one.name for one in world.principals})
        message = f"no function is called `{name[:80]}`"
        raise UsageError(message, hint=instead(name, known, "functions"))
    refuse_several(name, (one.subject.key for one in others))
    return tuple(radius(one, None, world) for one in others)


def _names_of(function: Function) -> set[str | None]:
    subject = function.subject
    return {subject.logical_id, subject.arn, subject.name, example(function.name), example(function.arn)}


def _names(principal: Principal) -> Iterator[str | None]:
    subject = principal.subject
    yield from (subject.logical_id, subject.arn, subject.name, principal.name, principal.caller.arn)
