"""Event selectors of trails as AWS writes them, basic and advanced, and the one form that both are kept in."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from apiece.estate.watch import EventSelector, FieldSelector


class DataResource(msgspec.Struct, frozen=True, rename="pascal"):
    type: str
    values: tuple[str, ...] = ()


class Basic(msgspec.Struct, frozen=True, rename="pascal"):
    read_write_type: str = "All"
    include_management_events: bool = True
    data_resources: tuple[DataResource, ...] = ()
    exclude_management_event_sources: tuple[str, ...] = ()


class Field(msgspec.Struct, frozen=True, rename="pascal"):
    field: str
    equals: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    ends_with: tuple[str, ...] = ()
    not_equals: tuple[str, ...] = ()
    not_starts_with: tuple[str, ...] = ()
    not_ends_with: tuple[str, ...] = ()


class Advanced(msgspec.Struct, frozen=True, rename="pascal"):
    field_selectors: tuple[Field, ...] = ()


_WHOLES = frozenset({"arn:aws:s3", "arn:aws:s3:::", "arn:aws:lambda", "arn:aws:dynamodb"})
"""Values that stand for everything of the kind; other partitions spell them with theirs."""
_PARTITION = 1


def selectors_of(basic: Iterable[Basic], advanced: Iterable[Advanced]) -> tuple[EventSelector, ...]:
    """All selectors of a trail. A trail that was given none records all management events."""
    found = [
        EventSelector(fields=tuple(FieldSelector(**msgspec.structs.asdict(field)) for field in one.field_selectors))
        for one in advanced
    ]
    return tuple(found) + tuple(selector for one in basic for selector in _spelled_out(one)) or DEFAULT


def _spelled_out(selector: Basic) -> Iterable[EventSelector]:
    """A basic selector takes management events, and data events of each type that it names."""
    only = {"ReadOnly": _is("readOnly", "true"), "WriteOnly": _is("readOnly", "false")}.get(selector.read_write_type)
    tail = () if only is None else (only,)
    excluded = selector.exclude_management_event_sources
    if selector.include_management_events:
        without = (FieldSelector(field="eventSource", not_equals=excluded),) if excluded else ()
        yield EventSelector(fields=(_is("eventCategory", "Management"), *tail, *without))
    for resource in selector.data_resources:
        if resource.values:
            head = (_is("eventCategory", "Data"), _is("resources.type", resource.type))
            yield EventSelector(fields=(*head, *tail, *_arns(resource.type, resource.values)))


def _is(field: str, value: str) -> FieldSelector:
    return FieldSelector(field=field, equals=(value,))


def _arns(kind: str, values: tuple[str, ...]) -> tuple[FieldSelector, ...]:
    if any(_canonical(value) in _WHOLES for value in values):
        return ()
    if kind == "AWS::S3::Object":  # a bucket with `/`, or a prefix of names in it
        return (FieldSelector(field="resources.ARN", starts_with=values),)
    return (FieldSelector(field="resources.ARN", equals=values),)


def _canonical(arn: str) -> str:
    parts = arn.split(":")
    return ":".join(["arn", "aws", *parts[_PARTITION + 1 :]]) if len(parts) > _PARTITION else arn


DEFAULT = tuple(_spelled_out(Basic()))
"""What a trail records that was given no selectors: all management events."""
