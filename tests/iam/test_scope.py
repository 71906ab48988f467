"""Claims about what a question of access is limited to: keys that the call sets, and resources that are left out."""

from __future__ import annotations

from apiece.iam.document import Policy, PolicyKind, parse
from apiece.iam.evaluate import Layers
from apiece.iam.granted import Granted, granted
from apiece.iam.request import caller_named
from apiece.iam.scope import Scope
from apiece.tree import from_plain

WHO = caller_named("arn:aws:iam::111122223333:role/starter")
ONE, TWO = "arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/two"


def _policy(**statement: object) -> Policy:
    whole = {"Effect": "Allow", "Action": "iam:PassRole", **statement}
    return parse(from_plain({"Version": "2012-10-17", "Statement": [whole]}), PolicyKind.IDENTITY)


def _asked(policy: Policy, scope: Scope) -> Granted:
    return granted(WHO, Layers(identity=(policy,)), scope).result


def test_a_key_that_the_call_sets_meets_the_conditions() -> None:
    """A role may be passed to the service that the condition names and to no other."""
    policy = _policy(Resource="*", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})

    assert [Granted.YES, Granted.NO] == [
        _asked(policy, Scope(("iam:PassRole",), context=(("iam:PassedToService", f"{one}.amazonaws.com"),)))
        for one in ("ec2", "lambda")
    ]


def test_the_witness_carries_the_keys_that_were_set() -> None:
    """Even where no policy asks about them."""
    scope = Scope(("iam:PassRole",), context=(("iam:PassedToService", "lambda.amazonaws.com"),))
    witness = granted(WHO, Layers(identity=(_policy(Resource="*"),)), scope).witness

    assert witness is not None
    assert "lambda.amazonaws.com" == witness.context["iam:PassedToService"]


def test_what_is_left_out_is_not_asked_about() -> None:
    """Without the only role that may be passed there is none; without one of two there is the other."""
    without = Scope(("iam:PassRole",), without=(ONE,))
    witness = granted(WHO, Layers(identity=(_policy(Resource=[ONE, TWO]),)), without).witness

    assert Granted.NO is _asked(_policy(Resource=ONE), without)
    assert witness is not None
    assert TWO == witness.resource
