"""The solver and the reference evaluator agree over all layers, for random stacks of small policies."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from apiece.iam.access_change import gained
from apiece.iam.catalog.domains import domains_of
from apiece.iam.compare import Verdict
from apiece.iam.document import Grammar, Policy, PolicyKind, parse
from apiece.iam.evaluate import Layers, Result, evaluate
from apiece.iam.granted import Granted, granted
from apiece.iam.request import Caller, CallerType, Request
from apiece.iam.solver.globs import in_format
from apiece.tree import from_plain

OWN, OTHER = "111122223333", "444455556666"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/app/s"
CALLERS = (
    Caller(CallerType.ROLE, f"arn:aws:iam::{OWN}:role/p/app", OWN),
    Caller(CallerType.SESSION, SESSION, OWN),
    Caller(CallerType.USER, f"arn:aws:iam::{OWN}:user/bob", OWN),
    Caller(CallerType.ROOT, f"arn:aws:iam::{OWN}:root", OWN),
    Caller(CallerType.ANONYMOUS, None),
    Caller(CallerType.SERVICE, "sns.amazonaws.com"),
    Caller(CallerType.FEDERATED_USER, f"arn:aws:sts::{OWN}:federated-user/bob", OWN),
)
PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": OWN},
    {"AWS": OTHER},
    {"AWS": f"arn:aws:iam::{OWN}:role/p/app"},
    {"AWS": SESSION},
    {"AWS": f"arn:aws:iam::{OWN}:user/bob"},
    {"Service": "sns.amazonaws.com"},
    {"AWS": [f"arn:aws:iam::{OWN}:root", f"arn:aws:iam::{OWN}:role/p/app", SESSION]},
)
ACTIONS = (
    "s3:GetObject",
    "s3:PutObject",
    "sqs:SendMessage",
    "kms:Decrypt",
    "sts:AssumeRole",
    "iam:CreateRole",
    "s3:ListAllMyBuckets",
    "zzz:Nothing",
)
PATTERNS = (
    "*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/b",
    f"arn:aws:sqs:us-east-1:{OWN}:q",
    "arn:aws:sqs:*:*:q",
    f"arn:aws:kms:us-east-1:{OWN}:key/k",
    f"arn:aws:iam::{OWN}:role/r",
    f"arn:aws:iam::{OWN}:role/aws-reserved/x",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:kms:*:*:key/*",
)
CONDITIONS: tuple[Any, ...] = (
    None,
    None,
    None,
    {"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/p/app"}},
    {"StringNotEquals": {"aws:PrincipalAccount": OWN}},
    {"StringEquals": {"aws:username": "bob"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    {"Null": {"aws:PrincipalTag/t": "true"}},
    {"StringEquals": {"aws:PrincipalTag/t": "x"}},
    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
)
_NAMING = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP, PolicyKind.ENDPOINT})


def policy(random: Random, kind: PolicyKind) -> Policy:
    statements = [statement(random, kind) for _ in range(random.randint(1, 3))]
    document = from_plain({"Version": "2012-10-17", "Statement": statements})
    return parse(document, kind, grammar=Grammar.AS_EVALUATED)


def statement(random: Random, kind: PolicyKind) -> dict[str, Any]:
    words = random.sample((*ACTIONS, "s3:*", "*"), random.randint(1, 3))
    made: dict[str, Any] = {
        "Effect": random.choice(("Allow", "Allow", "Allow", "Deny")),
        random.choice(("Action",) * 5 + ("NotAction",)): words,
    }
    if kind is not PolicyKind.TRUST:
        name = random.choice(("Resource",) * 5 + ("NotResource",))
        made[name] = random.sample(PATTERNS, random.randint(1, 3))
    if kind in _NAMING:
        excluding = kind is not PolicyKind.TRUST and made["Effect"] == "Deny" and random.random() < 0.1
        made["NotPrincipal" if excluding else "Principal"] = random.choice(PRINCIPALS)
    condition = random.choice(CONDITIONS)
    return made if condition is None else {**made, "Condition": condition}


def layers(random: Random) -> Layers:
    def some(kind: PolicyKind, share: float) -> tuple[Policy, ...] | None:
        return (policy(random, kind),) if random.random() < share else None

    scp, rcp = some(PolicyKind.SCP, 0.25), some(PolicyKind.RCP, 0.15)
    resource, trust = some(PolicyKind.RESOURCE, 0.5), some(PolicyKind.TRUST, 0.25)
    return Layers(
        identity=some(PolicyKind.IDENTITY, 0.85),
        boundary=some(PolicyKind.IDENTITY, 0.25),
        session=some(PolicyKind.IDENTITY, 0.15),
        resource_policy=resource[0] if resource else None,
        scp=(scp,) if scp else None,
        rcp=(rcp,) if rcp else None,
        endpoint=some(PolicyKind.ENDPOINT, 0.15),
        trust=trust[0] if trust else None,
    )


def requests(random: Random, caller: Caller, owner: str, count: int) -> list[Request]:
    """Requests of the world near to the texts of the policies."""
    names = (
        "*",
        "s3:::a/b",
        "s3:::a/x",
        "s3:::bob/x",
        "sqs:us-east-1:{}:q",
        "kms:us-east-1:{}:key/k",
        "iam::{}:role/r",
    )
    found = []
    for _ in range(count):
        action, name = random.choice(ACTIONS), random.choice(names)
        resource = name if name == "*" else "arn:aws:" + name.format(owner)
        domains = ("*", "arn") if action.startswith("zzz") else domains_of(action)
        if not any(_is_in(domain, resource) for domain in domains):
            continue
        options = (
            ("aws:MultiFactorAuthPresent", ("true", "false")),
            ("aws:PrincipalTag/t", ("x", "y")),
            ("aws:PrincipalOrgID", ("o-1", "o-2")),
        )
        context = {key: random.choice(values) for key, values in options if random.random() < 0.4}
        found.append(Request(caller, action, resource, owner, context))
    return found


def _is_in(domain: str, resource: str) -> bool:
    if "*" in (domain, resource):
        return domain == resource
    return domain == "arn" or in_format(domain, resource)


@pytest.mark.parametrize("seed", range(0, 400, 40))
def test_what_is_not_granted_is_allowed_by_no_request(seed: int) -> None:
    """Granted comes with a request that was evaluated; of what is not granted no request near by is allowed."""
    for place in range(seed, seed + 40):
        random = Random(place)
        caller = random.choice(CALLERS)
        owner = random.choice((caller.account, OTHER)) or OWN
        whole = layers(random)
        if granted(caller, whole, owner=owner).result is Granted.NO:
            allowed = [evaluate(one, whole).result for one in requests(random, caller, owner, 40)]

            assert Result.ALLOWED not in allowed


@pytest.mark.parametrize("seed", range(1000, 1400, 40))
def test_no_request_is_newly_allowed_where_nothing_is_gained(seed: int) -> None:
    """Where a change of layers is proved to give nothing, no request near by is allowed only after it."""
    for place in range(seed, seed + 40):
        random = Random(place)
        caller = random.choice(CALLERS)
        owner = random.choice((caller.account, OTHER)) or OWN
        old, new = layers(random), layers(random)
        if gained(caller, old, new, owner=owner).verdict is not Verdict.NO_NEW_ACCESS:
            continue
        for one in requests(random, caller, owner, 40):
            now, then = evaluate(one, new).result, evaluate(one, old).result

            assert now is not Result.ALLOWED or then in {Result.ALLOWED, Result.UNKNOWN}
