"""Claims about statements whose actions a template leaves open: they may be about any action, and about none."""

from __future__ import annotations

import pytest

from apiece.iam.checker import no_new_access, verify
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Policy, PolicyKind, parse
from apiece.iam.evaluate import Layers
from apiece.iam.granted import Granted, granted
from apiece.iam.request import caller_named
from apiece.iam.scope import Scope
from apiece.text import Hole, HoleKind, Symbolic
from apiece.tree import from_plain

OPEN = Symbolic((Hole("What", HoleKind.ANY),))
ROLE = caller_named("arn:aws:iam::111122223333:role/app")
GET = Scope(("s3:GetObject",))


def policy(*statements: dict[str, object]) -> Policy:
    whole = [{"Effect": "Allow", "Resource": "*"} | one for one in statements]
    return parse(from_plain({"Version": "2012-10-17", "Statement": whole}), PolicyKind.IDENTITY)


EVERYTHING = policy({"Action": "*"})


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([{"Action": [OPEN]}], Granted.UNKNOWN),
        ([{"Action": ["s3:GetObject", OPEN]}], Granted.YES),
        ([{"NotAction": [OPEN]}], Granted.UNKNOWN),
        ([{"NotAction": ["s3:*", OPEN]}], Granted.NO),
        ([{"Action": "s3:*"}, {"Effect": "Deny", "Action": [OPEN]}], Granted.UNKNOWN),
        ([{"Action": "s3:*"}, {"Effect": "Deny", "Action": ["s3:Get*", OPEN]}], Granted.NO),
        ([{"Action": "s3:*"}, {"Action": [OPEN]}], Granted.YES),
    ],
)
def test_an_open_action_makes_nothing_certain_and_hides_nothing(
    statements: list[dict[str, object]], expected: Granted
) -> None:
    """What is named decides where it can; the rest is not known."""
    answer = granted(ROLE, Layers(identity=(policy(*statements),)), GET)

    assert expected is answer.result
    assert ("not known before deployment" in answer.reason) is (expected is Granted.UNKNOWN)


def test_an_open_action_is_within_everything() -> None:
    """Whatever it is, it is no new access beside a policy that allows all; the checker agrees."""
    open_ = policy({"Action": [OPEN]})

    answer = compare([EVERYTHING], [open_])

    assert Verdict.NO_NEW_ACCESS is answer.verdict
    assert verify(answer.certificate(), no_new_access([EVERYTHING], [open_])).valid


@pytest.mark.parametrize("old", [policy({"Action": [OPEN]}), policy({"Action": "s3:*"})])
def test_what_hangs_on_an_open_action_is_not_decided(old: Policy) -> None:
    """An open action of the old may cover anything, one of the new may be anything."""
    new = policy({"Action": ["s3:GetObject", OPEN]})

    assert Verdict.UNKNOWN is compare([old], [new]).verdict
