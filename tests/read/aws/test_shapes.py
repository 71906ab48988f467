"""Claims about declared calls: AWS knows them, and answers with the fields that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec
import pytest
from botocore.model import MapShape, ServiceModel, Shape
from botocore.session import Session

from apiece.api.policy import calls
from apiece.iam.catalog import load
from apiece.read.aws.call import Call

_OURS = {
    # Made while the answer is taken in, so AWS has no such field.
    "target",  # apiece.read.aws.areas.doors.targets
    "Unread",  # apiece.read.aws.areas.functions.Environment
    "Variables",
}
_TABLES = {"get_credential_report"}
"""The report is a table in a blob."""


@cache
def _model(service: str) -> ServiceModel:
    return Session().get_service_model(service)


def _operation(call: Call[object]) -> str:
    model = _model(call.service)
    plain = call.method.replace("_", "")
    return next(name for name in model.operation_names if name.lower() == plain)


def _unknown(kept: msgspec.inspect.Type, shape: Shape | None, path: str) -> Iterator[str]:
    """Paths of fields that are kept and that no answer has."""
    match kept:
        case msgspec.inspect.UnionType():
            for one in kept.types:
                yield from _unknown(one, shape, path)
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            yield from _unknown(kept.item_type, getattr(shape, "member", None), path)
        case msgspec.inspect.DictType():
            yield from _unknown(kept.value_type, getattr(shape, "value", None), path)
        case msgspec.inspect.StructType() if isinstance(shape, MapShape):
            listed = getattr(shape.key, "enum", [])  # attributes by name; some services list the names
            yield from (
                f"{path}.{field.encode_name}" for field in kept.fields if listed and field.encode_name not in listed
            )
        case msgspec.inspect.StructType():
            members = getattr(shape, "members", {})
            for field in kept.fields:
                if field.encode_name in _OURS:
                    continue
                if field.encode_name not in members:
                    yield f"{path}.{field.encode_name}"
                else:
                    yield from _unknown(field.type, members[field.encode_name], f"{path}.{field.encode_name}")


@pytest.mark.parametrize("call", calls(), ids=lambda call: f"{call.service}.{call.method}")
def test_each_field_that_is_kept_is_one_that_aws_answers(call: Call[object]) -> None:
    """A misspelled field would be silently empty for ever."""
    shape = _model(call.service).operation_model(_operation(call)).output_shape
    kept = msgspec.inspect.type_info(call.page)

    assert [] == ([] if call.method in _TABLES else list(_unknown(kept, shape, call.method)))


@pytest.mark.parametrize("call", calls(), ids=lambda call: f"{call.service}.{call.method}")
def test_each_action_that_is_asked_for_exists(call: Call[object]) -> None:
    """Whoever grants it shall not be told that there is no such action."""
    for action in call.actions:
        assert list(load().expand(action)), action
