"""Small random policies that name principals, and all callers and requests of a small world around them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any

from apiece.iam.checker import Claim
from apiece.iam.checker.claim import cubes_of_comparison
from apiece.iam.claims import claims_of
from apiece.iam.document import Grammar, Policy, PolicyKind, PrincipalWord, Word, parse
from apiece.iam.evaluate import Says, says
from apiece.iam.request import Caller, CallerType, Request, caller_named
from apiece.iam.solver.classes import classes_of, meant
from apiece.iam.solver.question import Part, Proved
from apiece.iam.solver.rules import rules_of
from apiece.text import Hole, HoleKind, Text, example, join
from apiece.tree import from_plain

OWN, OTHER, THIRD = "111122223333", "444455556666", "555566667777"
ROLE, THEIRS = f"arn:aws:iam::{OWN}:role/app", f"arn:aws:iam::{OTHER}:role/app"
USER, SESSION = f"arn:aws:iam::{OWN}:user/bob", f"arn:aws:sts::{OWN}:assumed-role/app/s"
SERVICE, PROVIDER = "sns.amazonaws.com", f"arn:aws:iam::{OWN}:oidc-provider/accounts.example.com"
OPEN = join([Hole("Given", HoleKind.ANY)])
_MARK = "OPEN"
_PRINCIPALS: tuple[Any, ...] = (
    *("*", "*", "*"),
    {"AWS": "*"},
    {"AWS": OWN},
    {"AWS": [OTHER]},
    {"AWS": f"arn:aws:iam::{OWN}:root"},
    {"AWS": ROLE},
    {"AWS": [ROLE, USER]},
    {"AWS": THEIRS},
    {"AWS": USER},
    {"AWS": SESSION},
    {"AWS": [f"arn:aws:iam::{OWN}:root", ROLE, SESSION]},
    {"Service": SERVICE},
    {"Service": [SERVICE, "events.amazonaws.com"], "AWS": OTHER},
    {"Federated": PROVIDER},
    {"Federated": "*"},
)
_OPEN: tuple[Any, ...] = ({"AWS": _MARK}, {"AWS": [_MARK, ROLE]}, {"AWS": [_MARK, "*"]})
_VALUES = ("*", OWN, OTHER, ROLE, THEIRS, USER, f"arn:aws:iam::{THIRD}:role/x")
"""What an open name may turn out to be."""
_UNKNOWN = "zzz:Nothing"
"""Unknown to the catalogue: an action of the world only where a policy names it (statement 36)."""
_ACTIONS = ("sqs:SendMessage", "sqs:ReceiveMessage", _UNKNOWN)
_QUEUES = tuple(f"arn:aws:sqs:us-east-1:{OWN}:{name}" for name in ("a", "b", "ab"))
_RESOURCES = ("*", _QUEUES[0], f"{_QUEUES[0]}*", f"arn:aws:sqs:*:{OWN}:?", f"arn:aws:sqs:*:{OTHER}:*")
_CONDITIONS: tuple[Any, ...] = (
    *({}, {}, {}, {}, {}),
    {"StringEquals": {"aws:PrincipalAccount": OWN}},
    {"StringNotEquals": {"aws:PrincipalAccount": [OWN, OTHER]}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}},
    {"ArnNotLike": {"aws:PrincipalArn": [ROLE, "arn:aws:iam::*:user/*"]}},
    {"StringLike": {"aws:PrincipalArn": "*app"}},
    {"Null": {"aws:PrincipalArn": "true"}},
    {"Bool": {"aws:PrincipalIsAWSService": "true"}},
    {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
    {"StringEquals": {"aws:SourceAccount": OWN}},
    {"StringEquals": {"aws:PrincipalType": "User"}},
    {"StringEquals": {"aws:username": ["bob", "ann"]}},
    {"StringEquals": {"aws:PrincipalServiceName": SERVICE}},
    {"StringLike": {"aws:PrincipalServiceName": "*.amazonaws.com"}},
)
CALLERS = (
    Caller(CallerType.ANONYMOUS, None),
    *(Caller(CallerType.SERVICE, name) for name in (SERVICE, "events.amazonaws.com", "s3.amazonaws.com")),
    *(
        Caller(CallerType.FEDERATED, name, name.split(":")[4])
        for name in (PROVIDER, f"arn:aws:iam::{THIRD}:saml-provider/x")
    ),
    *(
        caller_named(f"arn:aws:iam::{account}:{name}")
        for account in (OWN, OTHER, THIRD)
        for name in ("role/app", "role/x", "user/bob", "user/ann")
    ),
    *(caller_named(f"arn:aws:iam::{account}:root") for account in (OWN, OTHER)),
    caller_named(SESSION),
)
_ASKED = frozenset(name.lower() for name in (*_ACTIONS, "sqs:DeleteQueue"))
ODD = (_UNKNOWN.lower(),)


@dataclass(frozen=True)
class Named:
    """Two policies that name principals, one often a slight change of the other."""

    old: tuple[Policy, ...]
    new: tuple[Policy, ...]


def pair(seed: int, *, openly: float = 0.0) -> Named:
    """Make two policies; `openly` is the share of statements that leave open whom they mean."""
    random = Random(seed)
    new = [_statement(random, openly) for _ in range(random.choice((1, 2, 2, 3)))]
    if random.random() < 0.3:
        old = [_statement(random, openly) for _ in range(random.choice((1, 2, 3)))]
    else:
        old = [dict(one) for one in new]
        for _ in range(random.choice((1, 1, 2))):
            _change(random, old, openly)
    if random.random() < 0.5:
        old, new = new, old
    return Named((_policy(old),), (_policy(new),))


def _statement(random: Random, openly: float) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Effect": random.choice(("Allow", "Allow", "Allow", "Deny")),
        random.choice(("Action",) * 8 + ("NotAction",)): random.sample(
            (*_ACTIONS, "sqs:*", "*"), random.choice((1, 2))
        ),
        random.choice(("Resource",) * 8 + ("NotResource",)): random.sample(_RESOURCES, random.choice((1, 1, 2))),
        **_who(random, openly),
    }
    condition = random.choice(_CONDITIONS)
    return {**made, "Condition": condition} if condition else made


def _what(random: Random, openly: float) -> dict[str, Any]:
    """Actions; few of them where principals are open, since every class of requests is in doubt then."""
    if openly:
        return {"Action": random.sample(_ACTIONS[:2], random.choice((1, 2)))}
    name = random.choice(("Action",) * 8 + ("NotAction",))
    return {name: random.sample((*_ACTIONS, "sqs:*", "*"), random.choice((1, 2)))}


def _who(random: Random, openly: float) -> dict[str, Any]:
    if random.random() < openly:
        return {random.choice(("Principal", "Principal", "NotPrincipal")): random.choice(_OPEN)}
    return {random.choice(("Principal",) * 6 + ("NotPrincipal",)): random.choice(_PRINCIPALS)}


def _change(random: Random, statements: list[dict[str, Any]], openly: float) -> None:
    one = random.choice(statements)
    match random.randrange(6):
        case 0:
            statements.append(_statement(random, openly))
        case 1 if len(statements) > 1:
            statements.remove(one)
        case 2:
            one["Effect"] = "Deny" if one["Effect"] == "Allow" else "Allow"
        case 3:
            one.pop("Condition", None)
        case 4:
            one["Condition"] = random.choice(_CONDITIONS[5:])
        case _:
            one.pop("Principal", None)
            one.pop("NotPrincipal", None)
            one.update(_who(random, openly))


def _policy(statements: list[dict[str, Any]]) -> Policy:
    tree = from_plain({"Version": "2012-10-17", "Statement": statements})
    return with_open(parse(tree, PolicyKind.RESOURCE, grammar=Grammar.AS_EVALUATED), OPEN, _MARK)


def with_open(policy: Policy, text: Text, mark: Text = OPEN) -> Policy:
    """A policy with another name in place of the open one."""

    def named(words: tuple[PrincipalWord, ...] | None) -> tuple[PrincipalWord, ...] | None:
        if words is None:
            return None
        return tuple(replace(one, word=Word(text)) if one.word.text == mark else one for one in words)

    statements = (
        replace(one, principals=named(one.principals), not_principals=named(one.not_principals))
        for one in policy.statements
    )
    return replace(policy, statements=tuple(statements))


def near(asked: Named, other: Named) -> tuple[Named, ...]:
    """Pairs of policies near to one: the other way round, with more, with less, and beside another's."""
    fewer = tuple(replace(one, statements=one.statements[1:]) for one in asked.old)
    return (
        Named(asked.new, asked.old),
        Named(asked.old, (*asked.new, *other.new)),
        Named(fewer, asked.new),
        Named(other.old, asked.new),
        Named(asked.old, other.new),
    )


def claim_of(asked: Named, *, small: bool = False) -> Claim:
    """The claim that the new policy lets nobody do anything new, whether that is true or not.

    With `small` it is about the actions of the small world alone.
    """
    layers = {"old": asked.old, "new": asked.new}
    rules = rules_of(layers)
    callers = tuple(meant(one, rules).callers for one in classes_of((*asked.old, *asked.new)))
    (claim,) = claims_of(Proved((Part(layers, rules, (), callers, ()),)))
    cubes = cubes_of_comparison(claim)
    return replace(claim, cubes=tuple(replace(one, actions=_ASKED) for one in cubes) if small else cubes)


@lru_cache(maxsize=256)
def counterexample(asked: Named) -> Request | None:
    """A request of the small world that is new with some value of the open name, None where there is none.

    Sessions and unknown actions are in the world only where they are named (docs/adr/0014, "The world").
    """
    statements = [one for policy in (*asked.old, *asked.new) for one in policy.statements]
    words = [
        example(word.word.text) for one in statements for word in (*(one.principals or ()), *(one.not_principals or ()))
    ]
    actions = {word.text for one in statements for word in (*(one.actions or ()), *(one.not_actions or ()))}
    keys = frozenset(condition.key for one in statements for condition in one.conditions)
    requests = [
        one
        for one in _requests(keys)
        if (SESSION in words or one.caller.type is not CallerType.SESSION)
        and (_UNKNOWN in actions or one.action != _UNKNOWN.lower())
    ]
    is_open = example(OPEN) in words
    for value in _VALUES if is_open else ("*",):
        old, new = (tuple(with_open(one, value) for one in side) for side in (asked.old, asked.new))
        for request in requests:
            after = says(new, request).says
            if after is Says.ALLOW and says(old, request).says in {Says.SILENT, Says.DENY}:
                return request
    return None


@lru_cache(maxsize=64)
def _requests(keys: frozenset[str]) -> tuple[Request, ...]:
    """Every request of the small world, with the free keys among those that matter."""
    free = {"aws:PrincipalOrgID": (None, "o-1", "o-2"), "aws:SourceAccount": (None, OWN, OTHER)}
    names = [name for name in free if name in keys]
    contexts = [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in itertools.product(*(free[name] for name in names))
    ]
    resources = (*_QUEUES, f"arn:aws:sqs:us-east-1:{OTHER}:a")
    asked = itertools.product(CALLERS, sorted(_ASKED), resources, contexts)
    return tuple(Request(caller, action, resource, None, context) for caller, action, resource, context in asked)
