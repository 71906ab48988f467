"""Estates written short, as the pages of controls show them.

It is the form of a snapshot with two shortcuts: a thing's subject and name follow from its ARN, and a policy stands as
AWS writes it, without the frame that says where it came from.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from apiece.estate.estate import SCHEMA, Estate
from apiece.iam.document import PolicyKind, parse
from apiece.tree import from_plain

_KINDS = {
    "functions": "function",
    "roles": "role",
    "users": "user",
    "groups": "group",
    "credentials": "user",
    "trails": "trail",
    "config_recorders": "config-recorder",
    "config_rules": "config-rule",
    "event_rules": "event-rule",
    "security_groups": "security-group",
    "metric_filters": "metric-filter",
    "alarms": "alarm",
}
_SERVICES = {
    "s3": "bucket",
    "sqs": "queue",
    "sns": "topic",
    "kms": "key",
    "secretsmanager": "secret",
    "ssm": "parameter",
    "dynamodb": "table",
}


def estate_of(short: Mapping[str, object], *, taken_at: str = "2026-01-01T00:00:00Z") -> Estate:
    """Write an estate out. Raises `msgspec.ValidationError` or `MalformedPolicy` for what is no estate."""
    whole = {key: _things(key, value) for key, value in short.items()}
    return msgspec.convert({"schema": SCHEMA, "taken_at": taken_at, **whole}, Estate)


def _things(key: str, value: object) -> object:
    things = value if isinstance(value, list) else []
    return [_thing(key, dict(thing)) for thing in things]


def _thing(key: str, thing: dict[str, object]) -> dict[str, object]:
    arn = thing.get("arn")
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    if parts and key != "accounts":
        kind = _KINDS.get(key) or _SERVICES.get(parts[2], "other")
        subject = {"kind": kind, "arn": arn, "account": parts[4] or None, "region": parts[3] or None}
        thing = {"subject": subject, "name": parts[5].rpartition("/")[2].rpartition(":")[2], **thing}
    for field, form in (("trust", "trust"), ("policies", "resource"), ("boundary", "inline")):
        if field in thing:
            own = "inline" if form == "resource" and key in {"roles", "users", "groups"} else form
            thing[field] = [_policy(item, own) for item in _listed(thing[field])]
    return thing


def _policy(document: object, form: str) -> dict[str, object]:
    kind = {"trust": PolicyKind.TRUST, "resource": PolicyKind.RESOURCE}.get(form, PolicyKind.IDENTITY)
    policy = parse(from_plain(document), kind)
    return {"name": f"{form} policy", "form": form, "document": msgspec.to_builtins(policy)}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
