"""Claims about function URLs: the solver asks for both permissions of a new one, as the reference evaluator does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from apiece.iam.access_change import gained
from apiece.iam.checker.verify import verify_all
from apiece.iam.claims import claims_of
from apiece.iam.compare import Verdict
from apiece.iam.document import Grammar, Policy, PolicyKind, Word, parse
from apiece.iam.evaluate import Layers, Result, UrlRegime, evaluate
from apiece.iam.exposure import Ground, public
from apiece.iam.granted import Grant, Granted, granted
from apiece.iam.request import Caller, CallerType, Request
from apiece.iam.scope import Scope
from apiece.iam.solver.certificate import certificate_of
from apiece.text import Hole, HoleKind, join
from apiece.tree import from_plain

OWN, OTHER = "111122223333", "444455556666"
FUNCTION = f"arn:aws:lambda:eu-west-1:{OWN}:function:f"
ROLE = Caller(CallerType.ROLE, f"arn:aws:iam::{OWN}:role/app", OWN)
STRANGER = Caller(CallerType.ROLE, f"arn:aws:iam::{OTHER}:role/app", OTHER)
SERVICE = Caller(CallerType.SERVICE, "events.amazonaws.com")
NOBODY = Caller(CallerType.ANONYMOUS, None)
URL, INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
BEFORE, AFTER = UrlRegime.BEFORE, UrlRegime.AFTER
THROUGH = Scope((URL,))
Body = dict[str, Any]


def policy(*statements: Body, kind: PolicyKind = PolicyKind.RESOURCE) -> Policy:
    common: Body = {"Effect": "Allow", "Resource": FUNCTION}
    if kind in {PolicyKind.RESOURCE, PolicyKind.RCP, PolicyKind.ENDPOINT}:
        common["Principal"] = "*"
    whole = [common | one for one in statements]
    whole = [{k: v for k, v in one.items() if not (k == "Resource" and "NotResource" in one)} for one in whole]
    return parse(from_plain({"Version": "2012-10-17", "Statement": whole}), kind, grammar=Grammar.AS_EVALUATED)


def first(**more: object) -> Body:
    return {"Action": URL, **more}


def second(**more: object) -> Body:
    return {"Action": INVOKE, **more}


def when(value: str, key: str = "aws:SourceVpc", operator: str = "StringEquals") -> Body:
    return {"Condition": {operator: {key: value}}}


def through(*statements: Body, regime: UrlRegime | None = AFTER, caller: Caller = NOBODY) -> Grant:
    layers = Layers(resource_policy=policy(*statements), url_regime=regime)
    return granted(caller, layers, THROUGH, owner=OWN)


def is_proved(grant: Grant) -> bool:
    """Whether the checker accepts the proof of "not granted"."""
    proved = grant.proved
    return proved is not None and verify_all(certificate_of(proved), claims_of(proved)).valid


VIA_URL = when("true", "lambda:InvokedViaFunctionUrl", "Bool")
DIRECTLY = when("false", "lambda:InvokedViaFunctionUrl", "Bool")
DENIED: Body = {"Effect": "Deny"}


@pytest.mark.parametrize(
    ("statements", "before", "after"),
    [
        pytest.param([first()], "granted", "not-granted", id="only the first"),
        pytest.param([second()], "not-granted", "not-granted", id="only the second"),
        pytest.param([first(), second()], "granted", "granted", id="both"),
        pytest.param([{"Action": "lambda:*"}], "granted", "granted", id="both in one"),
        pytest.param([{"NotAction": INVOKE}], "granted", "not-granted", id="all but the second"),
        pytest.param([{"NotAction": "s3:*"}], "granted", "granted", id="all but something else"),
        pytest.param([first(), second(**VIA_URL)], "granted", "granted", id="the second through a URL"),
        pytest.param([first(), second(**DIRECTLY)], "granted", "not-granted", id="the second directly"),
        pytest.param([first(**DIRECTLY), second(**VIA_URL)], "granted", "granted", id="the key differs"),
        pytest.param([first(**when("a")), second(**when("a"))], "granted", "granted", id="the same condition"),
        pytest.param([first(**when("a")), second(**when("b"))], "granted", "not-granted", id="contradicting ones"),
        pytest.param(
            [first(**when("a")), second(**when("a", operator="StringNotEquals"))],
            "granted",
            "not-granted",
            id="one that negates the other",
        ),
        pytest.param([first(), second(), second(**DENIED)], "granted", "not-granted", id="the second denied"),
        pytest.param([first(), second(), first(**DENIED)], "not-granted", "not-granted", id="the first denied"),
        pytest.param([first(), second(), second(**DENIED, **VIA_URL)], "granted", "not-granted", id="denied so"),
        pytest.param([first(), second(), second(**DENIED, **DIRECTLY)], "granted", "granted", id="denied otherwise"),
        pytest.param(
            [first(**when("a")), second(), second(**DENIED, **when("a", operator="StringNotEquals"))],
            "granted",
            "granted",
            id="the second denied for others",
        ),
        pytest.param(
            [first(**when("a")), second(), second(**DENIED, **when("a"))],
            "granted",
            "not-granted",
            id="the second denied for whom the first is",
        ),
        pytest.param(
            [first(), second(Resource=f"{FUNCTION[:-1]}g")], "granted", "not-granted", id="the second elsewhere"
        ),
        pytest.param(
            [first(Principal={"AWS": OTHER}), second()], "not-granted", "not-granted", id="the first for somebody"
        ),
        pytest.param(
            [first(), second(Principal={"AWS": OTHER})], "granted", "not-granted", id="the second for somebody"
        ),
        pytest.param(
            [first(), second(**when("${aws:SourceVpc}", "aws:SourceVpce"))], "granted", "granted", id="by a variable"
        ),
        pytest.param(
            [first(), second(Condition={"Null": {"lambda:InvokedViaFunctionUrl": "true"}})],
            "granted",
            "not-granted",
            id="without the key",
        ),
    ],
)
def test_a_new_url_needs_two_permissions(statements: list[Body], before: str, after: str) -> None:
    """An older one needs the first alone; each "not granted" has a proof that the checker accepts."""
    answers = [through(*statements, regime=regime) for regime in (None, BEFORE, AFTER)]

    assert [before, before, after] == [one.result.value for one in answers]
    assert all(is_proved(one) for one in answers if one.result is Granted.NO)


def test_the_statements_of_an_answer_are_those_that_were_written() -> None:
    """Both permissions are named by the references of the policy that holds them."""
    answer = through(first(), second())

    assert ("resource/0/0", "resource/0/1") == answer.statements


def test_a_variable_of_the_second_request_stands_for_its_own_value() -> None:
    """What is filled in for the key is `true` in the second request, whatever the first one carries."""
    resource = f"{FUNCTION[:-1]}${{lambda:InvokedViaFunctionUrl}}"
    answer = through(first(Resource="*"), second(Resource=resource))

    assert answer.witness is not None
    assert f"{FUNCTION[:-1]}true" == answer.witness.resource


def test_a_key_compared_with_a_variable_is_granted_or_not_known() -> None:
    """Nothing is claimed of a condition on the key whose value hangs on another key."""
    odd = second(**when("${aws:SourceVpc}", "lambda:InvokedViaFunctionUrl"))

    assert Granted.UNKNOWN is through(first(), odd).result
    assert Granted.NO is through(first(**when("false")), second(), second(**DENIED, **when("false"))).result


def test_an_open_action_may_be_the_second() -> None:
    """What a template leaves open of the second permission is not taken for nothing."""
    given = policy(first(), second())
    open_word = Word(join([Hole("Given", HoleKind.ANY)]))
    statements = (given.statements[0], replace(given.statements[1], actions=(open_word,)))
    layers = Layers(resource_policy=replace(given, statements=statements), url_regime=AFTER)

    answer = granted(NOBODY, layers, THROUGH, owner=OWN)

    assert Granted.UNKNOWN is answer.result
    assert ("scope/0/0", "resource/0/0", "resource/0/1") == answer.statements


@pytest.mark.parametrize(
    ("statements", "found"), [([first()], []), ([second()], []), ([first(), second(**VIA_URL)], [0])]
)
def test_a_stranger_needs_both(statements: list[Body], found: list[int]) -> None:
    """A policy lets everyone through a new URL only where it gives both permissions to everyone."""
    ground = Ground(OWN, Scope((URL,)), url_regime=AFTER)

    assert found == [getattr(one, "statement", None) for one in public(policy(*statements), ground)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([first()], [first(), second()], Verdict.NEW_ACCESS),
        ([first(), second()], [first()], Verdict.NO_NEW_ACCESS),
        ([first(), second(**when("a"))], [first(), second()], Verdict.NEW_ACCESS),
        ([first(), second()], [first(), second(**when("a"))], Verdict.NO_NEW_ACCESS),
        ([first(), second(), second(**DENIED)], [first(), second()], Verdict.NEW_ACCESS),
        ([first(), second()], [first(), second(), second(**DENIED)], Verdict.NO_NEW_ACCESS),
    ],
)
def test_the_second_permission_is_new_access(old: list[Body], new: list[Body], expected: Verdict) -> None:
    """A change of the second alone is a change of what passes through the URL."""
    before, after = (Layers(resource_policy=policy(*one), url_regime=AFTER) for one in (old, new))

    assert expected is gained(NOBODY, before, after, THROUGH, owner=OWN).verdict


def test_a_new_regime_takes_away_and_gives_nothing() -> None:
    """With the first permission alone an older URL can be called, and a newer one cannot."""
    older, newer = (Layers(resource_policy=policy(first()), url_regime=one) for one in (BEFORE, AFTER))
    verdicts = [gained(NOBODY, *pair, THROUGH, owner=OWN).verdict for pair in ((newer, older), (older, newer))]

    assert [Verdict.NEW_ACCESS, Verdict.NO_NEW_ACCESS] == verdicts


# ---- laws ------------------------------------------------------------------------------------------------------------

_CONDITIONS: tuple[Body, ...] = (
    {},
    {},
    {},
    VIA_URL,
    DIRECTLY,
    when("a"),
    when("b"),
    when("a", operator="StringNotEquals"),
    when("a", operator="StringEqualsIfExists"),
    when("AWS_IAM", "lambda:FunctionUrlAuthType"),
    when("true", "lambda:InvokedViaFunctionUrl", "Null"),
    when("t*", "lambda:InvokedViaFunctionUrl", "StringLike"),
    when("true", "lambda:InvokedViaFunctionUrl", "StringNotEquals"),
)
_ACTIONS = ({"Action": URL}, {"Action": INVOKE}, {"Action": "lambda:Invoke*"}, {"Action": [INVOKE, URL]})
_MORE_ACTIONS = (*_ACTIONS, {"Action": "*"}, {"NotAction": INVOKE}, {"NotAction": URL}, {"NotAction": "s3:*"})
_RESOURCES: tuple[Body, ...] = (
    {},
    {},
    {"Resource": "*"},
    {"Resource": f"{FUNCTION[:-1]}?"},
    {"NotResource": FUNCTION},
    {"Resource": f"{FUNCTION[:-1]}${{lambda:InvokedViaFunctionUrl}}"},
)
_PRINCIPALS: tuple[Body, ...] = (
    {},
    {},
    {"Principal": {"AWS": OWN}},
    {"Principal": {"AWS": OTHER}},
    {"Principal": {"AWS": ROLE.arn}},
    {"Principal": {"Service": SERVICE.arn}},
)


def _some(random: Random, kind: PolicyKind) -> Policy:
    naming = kind not in {PolicyKind.IDENTITY, PolicyKind.SCP}
    return policy(
        *(
            {
                "Effect": random.choice(("Allow", "Allow", "Allow", "Deny")),
                **random.choice(_MORE_ACTIONS),
                **random.choice(_RESOURCES),
                **random.choice(_CONDITIONS),
                **(random.choice(_PRINCIPALS) if naming else {}),
            }
            for _ in range(random.randint(1, 4))
        ),
        kind=kind,
    )


def _layers(random: Random) -> Layers:
    def maybe(kind: PolicyKind, share: float) -> tuple[Policy, ...] | None:
        return (_some(random, kind),) if random.random() < share else None

    scp, rcp = maybe(PolicyKind.SCP, 0.15), maybe(PolicyKind.RCP, 0.15)
    resource = maybe(PolicyKind.RESOURCE, 0.9)
    return Layers(
        identity=maybe(PolicyKind.IDENTITY, 0.6),
        boundary=maybe(PolicyKind.IDENTITY, 0.15),
        resource_policy=resource[0] if resource else None,
        scp=(scp,) if scp else None,
        rcp=(rcp,) if rcp else None,
        endpoint=maybe(PolicyKind.ENDPOINT, 0.1),
        url_regime=random.choice((AFTER, AFTER, AFTER, BEFORE)),
    )


def _requests(caller: Caller) -> Iterator[Request]:
    """Every request through a URL that the policies of `_layers` can tell from others."""
    options: tuple[tuple[str, tuple[str | None, ...]], ...] = (
        ("lambda:InvokedViaFunctionUrl", ("true", "false", None)),
        ("aws:SourceVpc", ("a", "b", "c", None)),
        ("lambda:FunctionUrlAuthType", ("AWS_IAM", "NONE", None)),
    )
    for name in ("f", "g", "true", "false", "other"):
        for values in itertools.product(*(values for _, values in options)):
            given = zip((key for key, _ in options), values, strict=True)
            context = {key: value for key, value in given if value is not None}
            yield Request(caller, URL, f"{FUNCTION[:-1]}{name}", OWN, context)


@pytest.mark.parametrize("seed", range(0, 240, 40))
def test_through_a_url_solver_and_reference_agree(seed: int) -> None:
    """Granted is what some request of the world is allowed; the rest has a proof that the checker accepts.

    A policy variable on both sides may leave it open.
    """
    differing, unknown = [], 0
    for place in range(seed, seed + 40):
        random = Random(place)
        caller, layers = random.choice((ROLE, STRANGER, SERVICE, NOBODY)), _layers(random)
        answer = granted(caller, layers, THROUGH, owner=OWN)
        allowed = any(evaluate(one, layers).result is Result.ALLOWED for one in _requests(caller))
        if answer.result is Granted.UNKNOWN and "holds a policy variable" in answer.reason:
            unknown += 1
        elif answer.result is not (Granted.YES if allowed else Granted.NO):
            differing.append((place, answer.result, answer.reason))
        elif answer.result is Granted.NO and not is_proved(answer):
            differing.append((place, answer.result, "the checker refuses the proof"))

    assert [] == differing
    assert unknown < 4


@pytest.mark.parametrize("seed", range(1000, 1160, 40))
def test_what_a_change_gives_through_a_url_is_what_the_reference_sees(seed: int) -> None:
    """New access through a URL is a request that is allowed after the change and was not before.

    A policy variable on both sides may leave it open.
    """
    differing, unknown = [], 0
    for place in range(seed, seed + 40):
        random = Random(place)
        caller, old, new = random.choice((ROLE, STRANGER, NOBODY)), _layers(random), _layers(random)
        answer = gained(caller, old, new, THROUGH, owner=OWN)
        shown = any(
            evaluate(one, new).result is Result.ALLOWED and evaluate(one, old).result is not Result.ALLOWED
            for one in _requests(caller)
        )
        if answer.verdict is Verdict.UNKNOWN and "holds a policy variable" in answer.reason:
            unknown += 1
        elif answer.verdict is not (Verdict.NEW_ACCESS if shown else Verdict.NO_NEW_ACCESS):
            differing.append((place, answer.verdict, answer.reason))

    assert [] == differing
    assert unknown < 4
