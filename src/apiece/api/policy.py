"""The IAM policy that reading an account needs: the actions that the calls declare, and no other."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

from apiece.read.aws import areas
from apiece.read.aws.call import Call


def calls() -> tuple[Call[object], ...]:
    """Every call that a reader of live accounts may make, in order."""
    found = {(call.service, call.method): call for call in _declared()}
    return tuple(found[key] for key in sorted(found))


def _declared() -> Iterator[Call[object]]:
    for module in pkgutil.walk_packages(areas.__path__, areas.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Call):
                yield value


def reading_policy(role: str | None) -> str:
    """The policy as indented JSON. With a role's name, it may be taken in any account."""
    actions = sorted({action for call in calls() for action in call.actions})
    statements: list[dict[str, object]] = [
        {"Sid": "ReadAccess", "Effect": "Allow", "Action": actions, "Resource": "*"},
    ]
    if role is not None:
        arn = f"arn:aws:iam::*:role/{role}"
        statements.append({"Sid": "TakeRole", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"
