"""Small random policies over small alphabets, one often a slight change of the other, and requests near their texts."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import world

from apiece.iam import catalog
from apiece.iam.document import Policy, PolicyKind, parse_json
from apiece.iam.evaluate import Says, says
from apiece.iam.request import Caller, CallerType, Request

Document = dict[str, Any]
"""A policy or a statement as JSON."""
CALLER = Caller(CallerType.ROLE, "arn:aws:iam::111122223333:role/example", "111122223333")

_ACTIONS = (
    ["s3:GetObject"] * 4
    + ["s3:PutObject"] * 3
    + ["sqs:SendMessage"] * 2
    + ["s3:ListAllMyBuckets", "zzz:Nothing", "S3:getobject", "s3:Get*", "s3:*Object", "s3:*", "s?:PutObject"]
    + ["cloudwatch:PutMetricData", "dms:StartReplicationTask", "zzz:*", "*"]
)
_REQUESTED = ("s3:GetObject", "s3:PutObject", "s3:ListAllMyBuckets", "sqs:SendMessage", "zzz:nothing")
_STRING = ("Equals", "NotEquals", "Like", "NotLike", "EqualsIgnoreCase", "NotEqualsIgnoreCase")
_ORDER = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_KINDS = {
    "text": (
        (
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ),
        ("a", "b", "A", "ab", "a*", "*b", "?", "*", "a?b", "", "k", "K*"),
    ),
    "arn": (
        ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"),
        (
            "arn:aws:s3:::a",
            "arn:aws:s3:::*",
            "arn:*:a",
            "*",
            "arn:aws:s?:*:*:a*",
            "a",
            "arn:a:b:c:d:e:f",
            "arn:aws:s3:::a:b",
        ),
    ),
    "number": (
        tuple(f"Numeric{name}" for name in _ORDER),
        ("1", "2", "1.5", "1.50", "-3", "1e1", "10", "x", "0.001"),
    ),
    "date": (
        tuple(f"Date{name}" for name in _ORDER),
        (
            "2024-01-01T00:00:00Z",
            "2024-01-01T00:00:01Z",
            "2024-01-01",
            "1704067200",
            "2024-01-01T01:00:00+01:00",
            "0",
            "x",
        ),
    ),
    "address": (
        ("IpAddress", "NotIpAddress"),
        (
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.3",
            "0.0.0.0/0",
            "2001:db8::/32",
            "2001:db8::1",
            "::ffff:10.0.0.0/104",
            "x",
            "::/0",
        ),
    ),
    "bool": (("Bool",), ("true", "false", "TRUE", "maybe")),
    "bytes": (("BinaryEquals",), ("YQ==", "YWI=", "!")),
}
_KEYS = {
    "text": ("s3:prefix", "aws:RequestTag/a", "aws:TagKeys", "aws:CalledVia", "zzz:Labels"),
    "arn": ("aws:SourceArn",),
    "number": ("s3:max-keys", "s3:signatureAge"),
    "date": ("aws:CurrentTime", "aws:TokenIssueTime"),
    "address": ("aws:SourceIp",),
    "bool": ("aws:SecureTransport", "aws:MultiFactorAuthPresent"),
    "bytes": ("zzz:Blob",),
}


@dataclass(frozen=True)
class Pair:
    """Two sets of policies, and the documents that they were made from."""

    old: tuple[Policy, ...]
    new: tuple[Policy, ...]
    documents: tuple[tuple[Document, ...], tuple[Document, ...]]

    def shown(self) -> str:
        """The documents as JSON."""
        return json.dumps({"old": self.documents[0], "new": self.documents[1]})


def policy(document: Document) -> Policy:
    """Parse an identity policy."""
    return parse_json(json.dumps(document), PolicyKind.IDENTITY)


def pair(seed: int) -> Pair:
    """Make two sets of policies; in three of four cases one is a slight change of the other."""
    random = Random(seed)
    keys = _chosen_keys(random)
    new = _documents(random, keys)
    if random.random() < 0.75:
        old = copy.deepcopy(new)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            _change(random, keys, old)
        old, new = (old, new) if random.random() < 0.5 else (new, old)
    else:
        old = _documents(random, keys)
    return Pair(tuple(map(policy, old)), tuple(map(policy, new)), (tuple(old), tuple(new)))


# ---- policies --------------------------------------------------------------------------------------------------------

Keys = list[tuple[str, str]]
"""The keys of a pair, each with its kind."""


def _chosen_keys(random: Random) -> Keys:
    kinds = random.choices(list(_KINDS), weights=[8, 2, 2, 2, 2, 2, 1], k=random.choice((2, 2, 3)))
    return [(random.choice(_KEYS[kind]), kind) for kind in kinds]


def _documents(random: Random, keys: Keys) -> list[Document]:
    return [
        {
            "Version": random.choice(["2012-10-17"] * 4 + ["2008-10-17"]),
            "Statement": [statement(random, keys) for _ in range(random.choice((1, 1, 2, 3)))],
        }
        for _ in range(random.choice((1, 1, 1, 2)))
    ]


def statement(random: Random, keys: Keys) -> Document:
    """Make a statement."""
    made: Document = {"Effect": "Allow" if random.random() < 0.7 else "Deny"}
    made["NotAction" if random.random() < 0.06 else "Action"] = _some(random, lambda: random.choice(_ACTIONS))
    made["NotResource" if random.random() < 0.12 else "Resource"] = _some(random, lambda: resource(random))
    conditions: Document = {}
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        operator, key, values = condition(random, keys)
        conditions.setdefault(operator, {})[key] = values
    if conditions:
        made["Condition"] = conditions
    return made


def _some(random: Random, make: Callable[[], str]) -> list[str]:
    return [make() for _ in range(random.choice((1, 1, 1, 2, 3)))]


def resource(random: Random) -> str:
    """Make a resource, often `*`."""
    name = "".join(random.choice("ab*?:/") for _ in range(random.choice((1, 1, 2, 3))))
    match random.randrange(10):
        case 0 | 1 | 2:
            return "*"
        case 3 | 4 | 5 | 6:
            return f"arn:aws:s3:::{name}{random.choice(('', '/*', '/a', '/*/a', '/?', '*'))}"
        case 7:
            place = random.choice(("*:*", "us-east-1:111122223333", "us-*-?:*", ":", "*:1*"))
            return f"arn:{random.choice(('aws', '*', 'aws*'))}:s{random.choice(('qs', '*', '??'))}:{place}:{name}"
        case 8:
            return random.choice(
                ("arn:*", "arn:aws:s3*", "arn:aws:*:*", "**", "arn:aws:zzz:::a", "a*", "arn:aws:s3:::${*}")
            )
        case _:
            service, kind = random.choice((("s3", ""), ("dms", "task:"), ("dms", "task:")))
            return f"arn:aws:{service}:{random.choice(('*', 'us-east-1', ''))}:*:{kind}{name}"


def condition(random: Random, keys: Keys) -> tuple[str, str, list[str]]:
    """Make an operator with a key and values; one in ten asks a key what it is not."""
    key, kind = random.choice(keys)
    if random.random() < 0.1:
        return "Null", key, [random.choice(("true", "false"))]
    if random.random() < 0.1:
        kind = random.choice(list(_KINDS))
    operators, values = _KINDS[kind]
    over = random.choice(("", "ForAllValues:", "ForAnyValue:")) if _is_set(key) or random.random() < 0.1 else ""
    if_exists = "IfExists" if random.random() < 0.2 else ""
    chosen = random.sample(values, random.choice((1, 1, 2)))
    return f"{over}{random.choice(operators)}{if_exists}", _in_some_case(random, key), chosen


def _is_set(key: str) -> bool:
    return world.may_have_several(key.lower())


def _in_some_case(random: Random, key: str) -> str:
    return key.upper() if random.random() < 0.1 else key


# ---- changes ---------------------------------------------------------------------------------------------------------


def _change(random: Random, keys: Keys, documents: list[Document]) -> None:
    document = random.choice(documents)
    statements = document["Statement"]
    one = random.choice(statements)
    match random.randrange(9):
        case 0:
            statements.append(statement(random, keys))
        case 1 if len(statements) > 1:
            statements.remove(one)
        case 2:
            random.shuffle(statements)
        case 3:
            one["Effect"] = "Deny" if one["Effect"] == "Allow" else "Allow"
        case 4 if "Action" in one:
            one["Action"] = [*one["Action"], random.choice(_ACTIONS)][random.choice((0, 1)) :]
        case 5:
            name = "Resource" if "Resource" in one else "NotResource"
            one[name] = [*one[name], resource(random)][random.choice((0, 1)) :]
        case 6:
            operator, key, values = condition(random, keys)
            one.setdefault("Condition", {}).setdefault(operator, {})[key] = values
        case _:
            _change_condition(random, one)


def _change_condition(random: Random, one: Document) -> None:
    conditions = one.get("Condition")
    if not conditions:
        return
    operator = random.choice(list(conditions))
    key = random.choice(list(conditions[operator]))
    values = conditions[operator].pop(key)
    if not conditions[operator]:
        del conditions[operator]
    match random.randrange(4):
        case 0:
            pass
        case 1 if operator != "Null":
            operator = operator.removesuffix("IfExists") if operator.endswith("IfExists") else f"{operator}IfExists"
            conditions.setdefault(operator, {})[key] = values
        case 2 if ":" in operator:
            conditions.setdefault(operator.partition(":")[2], {})[key] = values
        case _:
            other = next(
                (pool for operators, pool in _KINDS.values() if operator.rpartition(":")[2] in operators), values
            )
            conditions.setdefault(operator, {})[key] = [*values, random.choice(other)][random.choice((0, 1)) :]
    if not conditions:
        del one["Condition"]


# ---- requests --------------------------------------------------------------------------------------------------------


def requests(asked: Pair | tuple[Sequence[Policy], Sequence[Policy]], seed: int, count: int) -> Iterator[Request]:
    """Make requests of the world whose parts are near the texts of the policies.

    Single-valued keys get one value, and so do those that some condition compares without set operator (ADR 0014).
    """
    random = Random(seed)
    old, new = (asked.old, asked.new) if isinstance(asked, Pair) else asked
    statements = [one for policy in (*old, *new) for one in policy.statements]
    patterns = [str(word.text) for one in statements for word in (one.resources or one.not_resources or ())]
    names = [str(word.text) for one in statements for word in (one.actions or one.not_actions or ())]
    texts: dict[str, list[str]] = {}
    alone: set[str] = set()
    for one in statements:
        for condition in one.conditions:
            texts.setdefault(condition.key.lower(), []).extend(str(word.text) for word in condition.values)
            if not condition.operator.lower().startswith(("forallvalues:", "foranyvalue:", "null")):
                alone.add(condition.key.lower())
    for _ in range(count):
        action = _action_near(random, names)
        context: dict[str, str | tuple[str, ...]] = {}
        for key, near in texts.items():
            many = key not in alone and world.may_have_several(key)
            several = random.choice((1, 1, 2, 3)) if many else 1
            if random.random() < 0.75:
                context[key] = tuple(value_near(random, near) for _ in range(several))
        yield Request(CALLER, action, _resource_near(random, patterns, action), context=context)


def _action_near(random: Random, names: list[str]) -> str:
    """An action that the catalogue knows, or one that a policy writes."""
    written = {one.lower() for one in names}
    usual = [one for one in _REQUESTED if one.lower() in written or catalog.load().action(one) is not None]
    name = random.choice((*names, *usual))
    if not set(name) & {"*", "?"}:
        known = catalog.load().action(name)
        return known.name if known is not None else name.lower()
    found = catalog.load().expand(name) if name != "*" else ()
    return random.choice(found).name if found and random.random() < 0.5 else random.choice(usual)


def _resource_near(random: Random, patterns: list[str], action: str) -> str:
    domain = random.choice(world.domains(action))
    if domain == world.STAR:
        return world.STAR
    for _ in range(6):
        text = _filled(random, random.choice((*patterns, "arn:aws:s3:::a/b")))
        if text.count(":") < 5:
            text += random.choice((":", ":a", ":111122223333", ":us-east-1")) * (5 - text.count(":"))
        if world.is_of_format(text, domain):
            return text
    return world.sample(domain)


def _filled(random: Random, pattern: str) -> str:
    text = "".join(
        random.choice(("", "a", "b", "ab", "/", "111122223333", "us-east-1", "a/b", ":"))
        if char == "*"
        else random.choice("ab:/")
        if char == "?"
        else char
        for char in pattern
    )
    if random.random() < 0.2 and text:
        place = random.randrange(len(text))
        text = text[:place] + random.choice(("a", "b", "")) + text[place + 1 :]
    return text


def value_near(random: Random, texts: list[str]) -> str:
    """A value near one of the texts: itself, its wildcards filled, its case changed, a little more or less."""
    text = random.choice(texts)
    match random.randrange(8):
        case 0 | 1 | 2:
            return _filled(random, text)
        case 3:
            return text.swapcase()
        case 4:
            return random.choice(("malformed", "", "true", "false", "a", "arn:aws:s3:::a"))
        case 5:
            return random.choice(("0", "1", "1.25", "100", "-7", "1704067200", "1704067201", "2023-12-31T23:59:59Z"))
        case 6:
            return random.choice(
                ("10.0.0.1", "11.0.0.1", "10.1.2.3", "10.1.2.4", "2001:db8::2", "::1", "::ffff:10.1.2.3")
            )
        case _:
            return text


# ---- the reference ---------------------------------------------------------------------------------------------------


def allows(policies: Sequence[Policy], request: Request) -> bool | None:
    """What the reference evaluator says of policies as a layer by themselves; None where it does not know."""
    found = says(tuple(policies), request).says
    return None if found is Says.UNKNOWN else found is Says.ALLOW


def shows_new_access(old: Sequence[Policy], new: Sequence[Policy], request: Request) -> bool | None:
    """Tell whether a request is allowed by the new and not by the old; None where one side is not known."""
    before, after = allows(old, request), allows(new, request)
    if after is False or before is True:
        return False
    return None if None in (before, after) else True
