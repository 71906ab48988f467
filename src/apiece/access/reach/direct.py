"""What a principal can do by itself: by service and kind of access, with the things of the estate that it touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
_LITTLE = 5_000
_ORDER = ("Permissions management", "Write", "Tagging", "Read", "List", "unknown")


@dataclass(frozen=True)
class Right:
    """Actions of one service and one kind of access; `level` is the catalogue's.

    `words` are the resources that the policies name for them, `things` those of the estate that are surely touched.
    `conditions` must hold for the requests that were shown. `reason` says why nothing is known.
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
        return {key: value for one in self.answers for key, value in one.conditions.items()}


@dataclass(frozen=True)
class Rights:
    """Everything that a principal can do; `more` are services of which only that is told."""

    rows: tuple[Right, ...]
    more: tuple[str, ...] = ()


def rights_of(principal: Principal, world: World) -> Rights:
    """Find what a principal can do in its account, and on the things of the estate that let it in."""
    asking = world.asking
    by_service: dict[str, list[str]] = {}
    for name in asking.spoken.names(asking.spoken.of(principal)):
        by_service.setdefault(name.partition(":")[0], []).append(name)
    told = list(by_service)
    more: tuple[str, ...] = ()
    doubtful: dict[str, str] = {}
    if len(told) > _MOST_SERVICES:
        told = [one for one in told if one in KINDS or one == "sts"]
        rest = (one for one in by_service if one not in told)
        quickly = replace(asking, budget=_LITTLE)
        probed = {one: quickly.anywhere(principal, Ask(tuple(by_service[one])), ("*",)) for one in rest}
        more = tuple(one for one, answer in probed.items() if answer.is_yes)
        doubtful = {one: answer.reason for one, answer in probed.items() if answer.result is Granted.UNKNOWN}
    rows = [row for service in told for row in _of_service(principal, service, tuple(by_service[service]), world)]
    rows += [Right(one, "unknown", tuple(by_service[one]), reason=why) for one, why in doubtful.items()]
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
        words = _words(principal, actions, world)
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


def _words(principal: Principal, actions: tuple[str, ...], world: World) -> tuple[Text, ...]:
    words = (
        word for one in world.asking.spoken.words(principal, actions) for word in (one if one is not None else ("*",))
    )
    return tuple({show(word): word for word in words}.values())


def _touched(principal: Principal, ask: Ask, service: str, world: World) -> tuple[Target, ...]:
    kinds = KINDS.get(service, ())
    near = [one for one in world.targets if one.subject.kind in kinds]
    answers = world.asking.among(principal, ask, near)
    found = {one.subject.key: one for one, answer in zip(near, answers, strict=True) if answer.is_yes}
    return tuple(found.values())


def _let_in(principal: Principal, world: World, rows: list[Right]) -> Iterator[Right]:
    """What the policies of things let it do that its own policies do not."""
    table = catalog.load()
    own = {name for row in rows if not row.reason for name in row.actions}
    for service, kinds in KINDS.items():
        every = tuple(action.name for action in table.actions(service) if action.name not in own)
        for one in world.targets:
            if one.subject.kind not in kinds or one.policy is None or not one.invites(principal.caller):
                continue
            found, answers = world.asking.all_of(principal, every, one)
            shown = tuple(answer for answer in answers if answer.is_yes)
            for level, actions in _by_level(found).items():
                yield Right(service, level, _telling(list(actions)), (), (one,), shown)
