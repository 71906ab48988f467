"""Who can do an action on a resource: every principal of an estate, and whom else the resource's policy lets in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from apiece.access.asking import NO, Answer, Ask, Asking
from apiece.access.called import instead, refuse_several
from apiece.access.index import Index, index_of
from apiece.access.invited import Invited, invited
from apiece.access.principals import Principal, principals
from apiece.access.spoken import Spoken
from apiece.access.targets import Target, target_at, targets
from apiece.errors import UsageError
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam import catalog
from apiece.iam.granted import Granted
from apiece.iam.pattern import PatternBudget, intersects, matches, resource
from apiece.text import example


@dataclass(frozen=True)
class Row:
    """One principal that can, or of which it is not known. `things` are those of the estate on which it was asked."""

    principal: Principal
    answer: Answer
    things: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Who:
    """All who can. `things` are what the resource means in the estate, `asked` the number of principals."""

    action: str
    resource: str
    things: tuple[Target, ...]
    asked: int
    rows: tuple[Row, ...]
    outside: tuple[Invited, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class _Place:
    """What is asked about: things with their own policies, and a pattern for what the estate does not hold."""

    things: tuple[Target, ...]
    free: str | None = None


def who_can(action: str, name: str, estate: Estate) -> Who:
    """Find every principal that can do an action on a resource: an ARN, a pattern, or what the estate calls it.

    Raises `UsageError` for a name that is none or that several things have, and for an action without its service.
    """
    if ":" not in action:
        message = f"`{action[:60]}` is not an action; write `service:Name`"
        raise UsageError(message)
    index = index_of(estate)
    place = _place(name, action, index)
    found = tuple(principals(index))
    asking = Asking(Spoken(found, (action,)))
    rows = tuple(row for one in found if (row := _row(one, Ask((action,)), place, asking)) is not None)
    outside = tuple(row for one in place.things for row in invited(one, action, estate) if _is_meant(row, place))
    gaps = tuple(gap for one in place.things for gap in one.gaps)
    return Who(action, name, place.things, len(found), rows, outside, gaps)


def _row(principal: Principal, ask: Ask, place: _Place, asking: Asking) -> Row | None:
    """What is known of one principal: the first thing on which it can, before any of which that is not known."""
    answers = [
        (answer, (thing,))
        for thing, answer in zip(place.things, asking.among(principal, ask, place.things), strict=True)
        if answer.result is not Granted.NO
    ]
    checked = [(_within(answer, place), things) for answer, things in answers]
    sure = [(answer, things) for answer, things in checked if answer.is_yes]
    if sure:
        return Row(principal, sure[0][0], tuple(thing for _, things in sure for thing in things))
    free = NO
    if place.free is not None:
        free = asking.anywhere(principal, ask, (place.free,), tuple(two for one in place.things for two in one.inside))
    if free.result is not Granted.NO:
        return Row(principal, free)
    return Row(principal, *checked[0]) if checked else None


def _within(answer: Answer, place: _Place) -> Answer:
    """The answer for a thing that a pattern means in part, if the request that was shown is in that part."""
    if place.free is None or answer.request is None or matches(resource(place.free), answer.request.resource):
        return answer
    return Answer(Granted.UNKNOWN, reason=f"it can on {answer.request.resource}, which the pattern does not mean")


def _is_meant(row: Invited, place: _Place) -> bool:
    return place.free is None or row.request is None or matches(resource(place.free), row.request.resource)


# ---- what the resource means -----------------------------------------------------------------------------------------


def _place(name: str, action: str, index: Index) -> _Place:
    every = {(one.subject.key, one.arn): one for one in targets(index)}
    if name == "*" or (name.startswith("arn:") and set(name) & {"*", "?"}):
        services = _services(action)
        near = (one for one in every.values() if not services or one.arn.split(":")[2] in services)
        return _Place(tuple(one for one in near if _meets(name, one)), name)
    if name.startswith("arn:"):
        return _Place((_at(name, tuple(every.values()), index),))
    found = [one for one in every.values() if name in _names(one)]
    refuse_several(name, (one.subject.key for one in found))
    if not found:
        message = f"nothing in the source is called `{name[:80]}`"
        raise UsageError(message, hint=instead(name, sorted({one.name for one in every.values()}), "resources"))
    return _Place(tuple(found))


def _services(action: str) -> frozenset[str]:
    """The services whose ARNs an action is requested on, none for an action that the catalogue does not know."""
    table = catalog.load()
    return frozenset(kind.arn.split(":")[2] for one in table.expand(action) for kind in one.resources)


def _at(arn: str, every: tuple[Target, ...], index: Index) -> Target:
    """The thing that an ARN names, or what lies in a thing, with the policies of that."""
    home = max((one for one in every if _holds(one, arn)), key=lambda one: len(one.arn), default=None)
    if home is None:
        return target_at(arn, Subject(kind=SubjectKind.OTHER, arn=arn), index)
    if home.arn == arn:
        return home
    subject = Subject(kind=SubjectKind.OTHER, arn=arn, account=home.subject.account, region=home.subject.region)
    return replace(home, subject=subject, arn=arn)


def _holds(one: Target, arn: str) -> bool:
    return arn == one.arn or (len(one.inside) > 1 and arn.startswith((one.arn + "/", one.arn + ":")))


def _meets(pattern: str, one: Target) -> bool:
    if pattern == "*":
        return True
    try:
        return any(intersects(resource(pattern), resource(inside)) for inside in one.inside)
    except PatternBudget:
        return True


def _names(one: Target) -> Iterator[str]:
    yield one.subject.name
    yield one.arn
    if one.thing is not None:
        yield example(one.thing.name)
