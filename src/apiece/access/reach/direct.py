"""What a principal can do by itself: by service and kind of access, with the things of the estate that it touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apiece.access.asking import Answer, Ask
from apiece.access.principals import Principal
from apiece.access.reach.world import World
from apiece.access.targets import Target
from apiece.access.telling import First, telling
from apiece.estate.subject import SubjectKind
from apiece.iam import catalog
from apiece.iam.granted import Granted
from apiece.text import Text, show

KINDS = {
    "s3": (SubjectKind.BUCKET,),
    "sqs": (SubjectKind.QUEUE,),
    "sns": (SubjectKind.TOPIC,),
    "kms": (SubjectKind.KEY,),
    "secretsmanager": (SubjectKind.SECRET,),
    "ssm": (SubjectKind.PARAMETER,),
    "dynamodb": (SubjectKind.TABLE,),
    "lambda": (SubjectKind.FUNCTION,),
    "iam": (SubjectKind.ROLE, SubjectKind.USER, SubjectKind.GROUP),
}
"""The kinds of things of an estate that a service's actions are requested on."""
_MOST_SERVICES = 40
_ORDER = ("Permissions management", "Write", "Tagging", "Read", "List", "unknown")


@dataclass(frozen=True)
class Right:
    """Actions of one service and one kind of access; `level` is the catalogue's.

    `words` are the resources that the policies name for them, `things` those of the estate that are touched for certain.
    `conditions` must hold for the request that was shown. `reason` says why it is not known, for an empty list of actions.
    """

    service: str
    level: str
    actions: tuple[str, ...]
    words: tuple[Text, ...] = ()
    things: tuple[Target, ...] = ()
    answers: tuple[Answer, ...] = ()
    reason: str = ""

    @property
    def conditions(self) -> dict[str, str | tuple[str, ...]]:
        found = (one.request.context.items() for one in self.answers if one.request is not None)
        return {key: value for items in found for key, value in items}


@dataclass(frozen=True)
class Rights:
    """Everything that a principal can do; `more` are services of which only that is told."""

    rows: tuple[Right, ...]
    more: tuple[str, ...] = ()


def rights_of(principal: Principal, world: World) -> Rights:
    """Find what a principal can do in its account, and on the things of the estate that let it in."""
    asking = world.asking
    by_service: dict[str, list[str]] = {}
    for name in asking.names(asking.spoken(principal)):
        by_service.setdefault(name.partition(":")[0], []).append(name)
    told = list(by_service)
    more: tuple[str, ...] = ()
    if len(told) > _MOST_SERVICES:
        told = [one for one in told if one in KINDS or one == "sts"]
        rest = (one for one in by_service if one not in told)
        more = tuple(one for one in rest if asking.anywhere(principal, Ask(tuple(by_service[one])), ("*",)).is_yes)
    rows = [row for service in told for row in _of_service(principal, service, tuple(by_service[service]), world)]
    rows += _let_in(principal, world, rows)
    return Rights(tuple(sorted(rows, key=lambda row: (row.service, _ORDER.index(row.level)))), more)


def _of_service(principal: Principal, service: str, names: tuple[str, ...], world: World) -> Iterator[Right]:
    found, answers = world.asking.all_of(principal, names)
    unknown = next((one.reason for one in answers if one.result is Granted.UNKNOWN), "")
    listed = [] if not unknown else [name for name in names if name not in set(found)]
    shown = tuple(one for one in answers if one.is_yes)
    for level, actions in _by_level([*found, *listed]).items():
        ask = Ask(actions)
        things = _touched(principal, ask, service, world)
        sure = [name for name in actions if name in set(found)] or (list(actions) if things else [])
        mine = tuple(one for one in shown if one.request is not None and one.request.action in actions)
        words = _words(principal, ask, world)
        if sure:
            yield Right(service, level, _telling(sure), words, things, mine)
        else:
            yield Right(service, level, _telling(list(actions)), words, reason=unknown)


def _by_level(names: list[str]) -> dict[str, tuple[str, ...]]:
    table = catalog.load()
    found: dict[str, list[str]] = {}
    for name in names:
        action = table.action(name)
        found.setdefault(action.access_level if action is not None else "unknown", []).append(name)
    return {level: tuple(found[level]) for level in _ORDER if level in found}


def _telling(names: list[str]) -> tuple[str, ...]:
    """Names in the order in which people want to read them."""
    table = catalog.load()
    known = [action for name in names if (action := table.action(name)) is not None]
    ordered = [action.name for action in telling(known, First.READING)]
    return (*ordered, *(name for name in names if table.action(name) is None))


def _words(principal: Principal, ask: Ask, world: World) -> tuple[Text, ...]:
    words = (word for one in world.asking.words(principal, ask) for word in (one if one is not None else ("*",)))
    return tuple({show(word): word for word in words}.values())


def _touched(principal: Principal, ask: Ask, service: str, world: World) -> tuple[Target, ...]:
    kinds = KINDS.get(service, ())
    near = [one for one in world.targets if one.subject.kind in kinds]
    answers = world.asking.among(principal, ask, near)
    found = {one.subject.key: one for one, answer in zip(near, answers, strict=True) if answer.is_yes}
    return tuple(found.values())


def _let_in(principal: Principal, world: World, rows: list[Right]) -> Iterator[Right]:
    """What only the policies of things give: the principal's own policies do not speak of it."""
    table = catalog.load()
    spoken = {(row.service, row.level) for row in rows}
    for service, kinds in KINDS.items():
        open_ = [one for one in world.targets if one.subject.kind in kinds and one.policy and one.speaks_of_callers]
        if not open_:
            continue
        for level, actions in _by_level([action.name for action in table.actions(service)]).items():
            if (service, level) in spoken:
                continue
            answers = world.asking.among(principal, Ask(actions), open_)
            pairs = [(one, answer) for one, answer in zip(open_, answers, strict=True) if answer.is_yes]
            if pairs:
                names = tuple(dict.fromkeys(two.request.action for _, two in pairs if two.request is not None))
                shown = tuple(two for _, two in pairs)
                yield Right(service, level, names, (), tuple(one for one, _ in pairs), shown)
