"""Eighteen questions with exactly one right answer each, of the kind that provers over policies get wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from apiece.iam.document import Policy, PolicyKind, parse
from apiece.iam.evaluate import Layers
from apiece.iam.granted import Granted, granted
from apiece.iam.request import Caller, CallerType
from apiece.iam.scope import Scope
from apiece.tree import from_plain

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
CALLER = Caller(CallerType.ROLE, ROLE, ACCOUNT)
OBJECT = "arn:aws:s3:::b/k"


def policy(*statements: dict[str, object], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    return parse(from_plain({"Version": "2012-10-17", "Statement": list(statements)}), kind)


def allow(action: str = "s3:*", resource: str = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str = "s3:*", resource: str = "*", **more: object) -> dict[str, object]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def when(operator: str, key: str, value: str) -> dict[str, dict[str, str]]:
    return {operator: {key: value}}


@dataclass(frozen=True)
class Probe:
    """What is asked, the layers, and the answer; `why` gives the rule."""

    why: str
    answer: Granted
    layers: Layers
    scope: Scope = field(default_factory=lambda: Scope(("s3:GetObject",), (OBJECT,)))


def own(*statements: dict[str, object], boundary: Policy | None = None, **more: object) -> Layers:
    bounds = (boundary,) if boundary is not None else None
    return Layers(identity=(policy(*statements),), boundary=bounds, **more)  # type: ignore[arg-type]


def on_bucket(*statements: dict[str, object], boundary: Policy | None = None) -> Layers:
    bounds = (boundary,) if boundary is not None else None
    return Layers(identity=(), boundary=bounds, resource_policy=policy(*statements, kind=PolicyKind.RESOURCE))


PROBES = (
    Probe(
        "a tag may be absent: statement 25",
        Granted.YES,
        own(allow(), deny(Condition=when("StringLike", "aws:PrincipalTag/a", "*"))),
    ),
    Probe(
        "a source may be absent: statement 25",
        Granted.YES,
        own(allow(), deny(Condition=when("ArnLike", "aws:SourceArn", "*"))),
    ),
    Probe(
        "a key is there or it is not: statement 25",
        Granted.NO,
        own(
            allow(),
            deny(Condition=when("Null", "aws:PrincipalTag/a", "true")),
            deny(Condition=when("Null", "aws:PrincipalTag/a", "false")),
        ),
    ),
    Probe(
        "what is absent equals nothing: statement 25",
        Granted.NO,
        own(allow(Condition={"Null": {"aws:PrincipalTag/a": "true"}, "StringEquals": {"aws:PrincipalTag/a": "x"}})),
    ),
    Probe(
        "no number is below 5 and above 7: statement 32",
        Granted.NO,
        own(allow(Condition={"NumericLessThan": {"s3:max-keys": "5"}, "NumericGreaterThan": {"s3:max-keys": "7"}})),
    ),
    Probe(
        "a tag key that is x is none if all are y: statement 27",
        Granted.NO,
        own(
            allow(
                Condition={
                    "ForAnyValue:StringEquals": {"aws:TagKeys": "x"},
                    "ForAllValues:StringEquals": {"aws:TagKeys": "y"},
                }
            )
        ),
    ),
    Probe(
        "Prod is prod without case: statement 30",
        Granted.NO,
        own(
            allow(Condition=when("StringEquals", "aws:PrincipalTag/a", "Prod")),
            deny(Condition=when("StringEqualsIgnoreCase", "aws:PrincipalTag/a", "pROD")),
        ),
    ),
    Probe(
        "an ARN pattern without six segments matches nothing: statement 28",
        Granted.YES,
        own(
            allow(Condition=when("StringEquals", "aws:SourceArn", "arn:aws:s3:::b")),
            deny(Condition=when("ArnLike", "aws:SourceArn", "arn:aws:s3:*:b")),
        ),
    ),
    Probe(
        "a Deny on all principals but others is about this one: statement 17",
        Granted.NO,
        own(
            allow(),
            resource_policy=policy(
                deny(NotPrincipal={"AWS": "arn:aws:iam::444455556666:root"}), kind=PolicyKind.RESOURCE
            ),
        ),
    ),
    Probe(
        "a boundary limits what a resource gives a role: statement 3",
        Granted.NO,
        on_bucket(allow(Principal={"AWS": ROLE}), boundary=policy(allow("sqs:*"))),
    ),
    Probe(
        "a boundary does not limit what a resource gives everyone: statement 5",
        Granted.YES,
        on_bucket(allow(Principal="*"), boundary=policy(allow("sqs:*"))),
    ),
    Probe("a boundary alone gives nothing: statement 2", Granted.NO, own(allow("sqs:*"), boundary=policy(allow()))),
    Probe("Deny wins: statement 1", Granted.NO, own(allow(), deny("s3:Get*"))),
    Probe(
        "NotAction leaves out what it names: statement 18",
        Granted.NO,
        own({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
    ),
    Probe(
        "each level of control policies must allow: statement 14",
        Granted.NO,
        own(allow(), scp=((policy(allow("*"), kind=PolicyKind.SCP),), (policy(allow("sqs:*"), kind=PolicyKind.SCP),))),
    ),
    Probe(
        "a star does not cross a colon before the sixth segment: statement 20",
        Granted.NO,
        own(allow("sqs:*", "arn:aws:sqs:*:q")),
        Scope(("sqs:SendMessage",), (f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",)),
    ),
    Probe(
        "a Deny with NotPrincipal exempts nobody who has a boundary: statement 16",
        Granted.NO,
        on_bucket(
            allow(Principal="*"),
            deny(NotPrincipal={"AWS": [ROLE, f"arn:aws:iam::{ACCOUNT}:root"]}),
            boundary=policy(allow()),
        ),
    ),
    Probe(
        "a Deny with NotPrincipal exempts a role that is listed with its account: statement 17",
        Granted.YES,
        on_bucket(allow(Principal="*"), deny(NotPrincipal={"AWS": [ROLE, f"arn:aws:iam::{ACCOUNT}:root"]})),
    ),
)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.why)
def test_the_one_right_answer(probe: Probe) -> None:
    """Each question is decided, and rightly."""
    answer = granted(CALLER, probe.layers, probe.scope)

    assert probe.answer is answer.result
