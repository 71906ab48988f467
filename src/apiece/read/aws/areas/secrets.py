"""Secrets of Secrets Manager with their policies and rotation. Their values are never asked for."""

from __future__ import annotations

import msgspec

from apiece.estate.resource import Resource, Rotation
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call
from apiece.read.aws.carried import carried, own_key, unlisted, unread
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Secret(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    arn: str = msgspec.field(name="ARN")
    kms_key_id: str | None = None
    rotation_enabled: bool | None = None
    rotation: str | None = msgspec.field(default=None, name="RotationLambdaARN")


class SecretPage(msgspec.Struct, frozen=True, rename="pascal"):
    secret_list: tuple[Secret, ...] = ()


class PolicyPage(msgspec.Struct, frozen=True, rename="pascal"):
    resource_policy: str | None = None


LIST_SECRETS = Call("secretsmanager", "list_secrets", "secretsmanager:ListSecrets", SecretPage)
GET_POLICY = Call(
    "secretsmanager",
    "get_resource_policy",
    "secretsmanager:GetResourcePolicy",
    PolicyPage,
    absent=frozenset({"ResourceNotFoundException"}),
)
_PAGE = 100


def secrets(desk: Desk) -> Facts:
    """Read the secrets of a region."""
    facts = Facts()
    listing = desk.ask(LIST_SECRETS, {"MaxResults": _PAGE})
    unlisted(desk, LIST_SECRETS, listing.gap, "secrets", facts)
    listed = sorted({secret.arn: secret for page in listing.pages for secret in page.secret_list}.items())
    outcomes = desk.each(GET_POLICY, ({"SecretId": arn} for arn, _ in listed))
    for (arn, secret), outcome in zip(listed, outcomes, strict=True):
        if outcome.absent:
            continue  # deleted since it was listed
        subject = desk.subject(SubjectKind.SECRET, arn)
        unread(desk, GET_POLICY, outcome.gap, subject, facts)
        text = outcome.first.resource_policy if outcome.first is not None else None
        facts.resources.append(
            Resource(
                subject=subject,
                name=secret.name,
                arn=arn,
                policies=carried(desk, GET_POLICY, subject, text, facts),
                key=own_key(secret.kms_key_id),
                rotation=_rotation(desk, secret),
                at=desk.at(LIST_SECRETS),
            )
        )
    return facts


def _rotation(desk: Desk, secret: Secret) -> Rotation | None:
    """AWS keeps the function's ARN after rotation was turned off; then it rotates nothing."""
    if secret.rotation_enabled is False or (secret.rotation is None and not secret.rotation_enabled):
        return None
    return Rotation(function=secret.rotation, at=desk.at(LIST_SECRETS))
