"""Configuration items of AWS Config, each with its place, and in the spelling of the service's own answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from apiece.read.dumps.file import Items

_THERE = frozenset({"OK", "ResourceDiscovered"})
_GONE = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded"})
_AS_WRITTEN = frozenset({"variables", "policyDocument", "assumeRolePolicyDocument", "document", "policy"})
"""Keys below which names are the account's own, not AWS's."""


class State(StrEnum):
    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"
    """Config knows of it and does not record it."""


class _Spelled(msgspec.Struct, frozen=True):
    """An item as a delivered file spells it, or as the API does (`accountId`, `arn`, texts in place of objects)."""

    type: str = msgspec.field(name="resourceType")
    id: str | None = msgspec.field(default=None, name="resourceId")
    name: str | None = msgspec.field(default=None, name="resourceName")
    arn: str | None = msgspec.field(default=None, name="ARN")
    arn_of_api: str | None = msgspec.field(default=None, name="arn")
    account: str | None = msgspec.field(default=None, name="awsAccountId")
    account_of_api: str | None = msgspec.field(default=None, name="accountId")
    region: str | None = msgspec.field(default=None, name="awsRegion")
    status: str | None = msgspec.field(default=None, name="configurationItemStatus")
    captured: str | None = msgspec.field(default=None, name="configurationItemCaptureTime")
    configuration: object = None
    supplementary: object = msgspec.field(default=None, name="supplementaryConfiguration")


@dataclass(frozen=True)
class Item:
    """One thing at the last moment that the files tell of. `supplementary` holds what needs further calls."""

    file: str
    type: str
    account: str
    region: str
    arn: str | None
    name: str | None
    state: State
    captured: str
    configuration: dict[str, object]
    supplementary: dict[str, object]

    @property
    def called(self) -> str:
        """A name for people."""
        return (self.name or self.arn or "")[:160]


def items_of(dump: Items) -> tuple[list[Item], int]:
    """The items of a file, and how many could not be understood."""
    found: list[Item] = []
    for raw in dump.raw:
        item = _item(raw, dump.file)
        if item is not None:
            found.append(item)
    return found, len(dump.raw) - len(found)


def latest(items: Iterable[Item]) -> list[Item]:
    """Of several items of one thing the last one captured."""
    newest: dict[tuple[str, str, str, str], Item] = {}
    for item in items:
        key = (item.account, item.region, item.type, item.arn or item.name or "")
        before = newest.get(key)
        if before is None or item.captured >= before.captured:
            newest[key] = item
    return [newest[key] for key in sorted(newest)]


def _item(raw: msgspec.Raw, file: str) -> Item | None:
    try:
        one = msgspec.json.decode(raw, type=_Spelled)
        configuration = _object(one.configuration)
        supplementary = _object(one.supplementary)
    except (msgspec.DecodeError, TypeError, ValueError, RecursionError):
        return None
    account = one.account or one.account_of_api
    state = State.THERE if one.status in _THERE else State.GONE if one.status in _GONE else State.UNKNOWN
    if account is None or (state is State.THERE and not configuration):
        return None
    return Item(
        file=file,
        type=one.type,
        account=account,
        region=one.region or "",
        arn=one.arn or one.arn_of_api,
        name=one.name or one.id,
        state=state,
        captured=one.captured or "",
        configuration=configuration,
        supplementary=supplementary,
    )


def _object(value: object) -> dict[str, object]:
    """An object, or the JSON text of one. Raises `TypeError` or `ValueError` for anything else that is something."""
    if isinstance(value, str):
        value = json.loads(value) if value else None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def as_answered(value: object) -> object:
    """The same in the spelling of the service's own answers: `roleName` is `RoleName` there, and nothing is null.

    Raises `RecursionError` for what is nested absurdly deep.
    """
    if isinstance(value, dict):
        return {
            key[:1].upper() + key[1:]: item if key in _AS_WRITTEN else as_answered(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [as_answered(item) for item in value]
    return value


class Held(StrEnum):
    """What an item says of a policy."""

    POLICY = "policy"
    NONE = "none"
    UNKNOWN = "unknown"


def policy_in(item: Item, *keys: str) -> tuple[Held, object]:
    """The policy that an item holds under the first of these keys: an object, a text, or a text within a text."""
    for holder in (item.supplementary, item.configuration):
        for key in keys:
            if key in holder:
                value = _unwrapped(holder[key])
                return (Held.NONE, None) if value is None else (Held.POLICY, value)
    return Held.UNKNOWN, None


def _unwrapped(value: object) -> object:
    if isinstance(value, dict) and "policyText" in value:
        value = value["policyText"]
    for _ in range(3):
        if not isinstance(value, str) or not value.startswith('"'):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return None if value in ("", "null", None) else value


def of_type(items: Iterable[Item], kind: str) -> Iterator[Item]:
    """Items of a type that are there."""
    return (item for item in items if item.type == kind and item.state is State.THERE)
