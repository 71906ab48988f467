"""Whether a body is what an operation answers at all, looked at before botocore reads it.

botocore takes a JSON body that does not parse, an empty one, and the XML of a proxy's page for answers without fields.
An answer without fields looks like an empty list, and an empty list like a clean account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec

if TYPE_CHECKING:
    from botocore.model import OperationModel, Shape

_GOOD = range(200, 300)
_NO_CONTENT = 204


def refuse_other_bodies(operation_model: OperationModel, response_dict: dict[str, object], **_: object) -> None:
    """Raise botocore's `ResponseParserError` for a body that is none of the operation's; botocore calls this."""
    from botocore.parsers import ResponseParserError

    status, shape = response_dict["status_code"], operation_model.output_shape
    body = response_dict["body"]
    if status not in _GOOD or status == _NO_CONTENT or shape is None or not isinstance(body, bytes):
        return
    protocol = str(operation_model.service_model.resolved_protocol)
    if not _in_body(shape) or _is_payload(shape) or "cbor" in protocol:
        return
    if not (_is_object(body) if "json" in protocol else _is_element(body, _root(operation_model, protocol))):
        raise ResponseParserError(f"the body is not an answer to {operation_model.name}")


def _in_body(shape: Shape) -> bool:
    return any("location" not in member.serialization for member in shape.members.values())


def _is_payload(shape: Shape) -> bool:
    """A body that is one text or stream, not fields."""
    payload = shape.serialization.get("payload")
    return payload is not None and shape.members[payload].type_name != "structure"


def _is_object(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return False
    return True


def _root(operation: OperationModel, protocol: str) -> str | None:
    """The name of the outermost element, where the protocol fixes it."""
    return f"{operation.name}Response" if protocol in {"query", "ec2"} else None


def _is_element(body: bytes, name: str | None) -> bool:
    try:
        tag = ET.fromstring(body).tag.rpartition("}")[2]  # noqa: S314 - expat is new enough, and botocore parses it too
    except (ET.ParseError, ValueError, LookupError):
        return False
    return tag == name if name is not None else tag.lower() != "html"
