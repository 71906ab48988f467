"""Answers of the engine about one role, turned into rows: by service, access level, resource and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from apiece.access.execution import Execution
from apiece.access.rights import InForce
from apiece.access.telling import First, telling
from apiece.estate.policy import AttachedPolicy
from apiece.estate.when import When, implies
from apiece.iam import catalog
from apiece.iam.document import Statement
from apiece.iam.evaluate import Layers
from apiece.iam.request import Request
from apiece.records.access import AskedRequest, Doubt, Row, Speaking

_UNKNOWN_LEVEL = "unknown"
_LEVELS = (*catalog.LEVELS, _UNKNOWN_LEVEL)


@dataclass(frozen=True)
class Found:
    """An answer of the engine, whatever was asked: a request or a reason, the actions, the statements by reference."""

    request: Request | None
    actions: tuple[str, ...]
    refs: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class Places:
    """Where the statements of layers stand that were asked about, by reference."""

    execution: Execution
    when: When
    layers: Layers
    prefix: str = ""

    def statements(self, refs: Iterable[str]) -> dict[str, tuple[AttachedPolicy | None, Statement]]:
        """The statements that references name, without those that stand for what is not known."""
        found: dict[str, tuple[AttachedPolicy | None, Statement]] = {}
        for ref in refs:
            layer, policy, statement = ref.removeprefix(self.prefix).split("/")
            place = int(policy)
            if layer.startswith("scp") and self.layers.scp is not None:
                found[ref] = (None, self.layers.scp[int(layer[3:])][place].statements[int(statement)])
            elif layer == "identity" and self.layers.identity is not None:
                attached = self._in_force(self.execution.policies)[place]
                found[ref] = (attached, self.layers.identity[place].statements[int(statement)])
            elif layer == "boundary" and self.layers.boundary is not None:
                attached = self._in_force(self.execution.boundary)[place]
                found[ref] = (attached, self.layers.boundary[place].statements[int(statement)])
        return found

    def speaking(self, refs: Iterable[str]) -> tuple[Speaking, ...]:
        """The statements that references name, for people."""
        return tuple(
            Speaking(
                layer=ref.removeprefix(self.prefix).split("/")[0],
                policy=attached.name if attached is not None else "service control policy",
                statement=statement.name,
                effect=statement.effect.value,
                at=next(iter(InForce(attached, statement, self.when).at()), None) if attached is not None else None,
            )
            for ref, (attached, statement) in self.statements(refs).items()
        )

    def _in_force(self, policies: tuple[AttachedPolicy, ...]) -> list[AttachedPolicy]:
        return [one for one in policies if one.document is not None and implies(self.when, one.when)]


@dataclass(frozen=True)
class Asked:
    """What a question was about: the resource pattern for people, and the account that must allow it too.

    `confirm` evaluates a request: no other is shown.
    """

    confirm: Callable[[Request], bool | None]
    resource: str | None = None
    account: str | None = None


_Key = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class _Part:
    """A share of a row: a request, the statements that it rests on, and actions for which it is the same."""

    request: Request
    refs: tuple[str, ...]
    names: list[str]


def rows(found: Iterable[Found], places: Places, asked: Asked) -> tuple[list[Row], list[Doubt]]:
    """Turn answers into rows in order; answers with the same service, level and conditions are one."""
    groups: dict[_Key, list[_Part]] = {}
    doubts = []
    for one in found:
        request = one.request
        if request is None:
            doubts.append(_doubt(one, places, asked))
            continue
        conditions = _conditions(places.statements(one.refs).values())
        by_kind: dict[tuple[str, str], list[str]] = {}
        for name in one.actions:
            by_kind.setdefault((name.partition(":")[0], _level(name)), []).append(name)
        for (service, level), names in by_kind.items():
            groups.setdefault((service, level, conditions), []).append(_Part(request, one.refs, names))
    made = [_row(key, parts, places, asked) for key, parts in groups.items()]
    return sorted(made, key=in_order), doubts


def in_order(row: Row) -> tuple[object, ...]:
    """Rows stand by service, then by level, then by resource."""
    return (row.service, _LEVELS.index(row.level), row.resource or "", row.conditions, row.when)


def _row(key: _Key, parts: list[_Part], places: Places, asked: Asked) -> Row:
    service, level, conditions = key
    refs = dict.fromkeys(ref for part in parts for ref in part.refs)
    return Row(
        service=service,
        level=level,
        resource=asked.resource,
        actions=tuple(sorted({name for part in parts for name in part.names})),
        witness=_witness(parts[0].request, parts[0].names, asked),
        statements=places.speaking(refs),
        conditions=conditions,
        account=asked.account,
        when=places.when,
    )


def _witness(request: Request, names: list[str], asked: Asked) -> AskedRequest:
    """A request of an answer, with the action of the row that says most."""
    known = [action for action in map(catalog.load().action, names) if action is not None]
    candidates = [one.name for one in telling(known, First.CHANGING)[:3]] or names[:1]
    shown = next((one for name in candidates if asked.confirm(one := replace(request, action=name))), request)
    return AskedRequest(
        principal=shown.caller.arn or "*",
        action=shown.action,
        resource=shown.resource,
        context=dict(shown.context),
        resource_account=shown.resource_account,
    )


def _doubt(found: Found, places: Places, asked: Asked) -> Doubt:
    statements = places.speaking(found.refs)
    return Doubt(
        reason=found.reason, resource=asked.resource, actions=found.actions, statements=statements, when=places.when
    )


def _conditions(statements: Iterable[tuple[object, Statement]]) -> tuple[str, ...]:
    return tuple(sorted({condition.key for _, statement in statements for condition in statement.conditions}))


def _level(name: str) -> str:
    action = catalog.load().action(name)
    return action.access_level if action is not None else _UNKNOWN_LEVEL
