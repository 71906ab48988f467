"""What a resource's own policy lets an outsider do: each of its Allow statements, asked beside everything that denies.

Only what can exist is asked: an action on a kind of resource that it acts on, inside the one that carries the policy.
The outsider's own account is taken to allow everything, so that only the resource's side decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from apiece.access.rights import EXAMPLE_ACCOUNT, InForce
from apiece.access.telling import First, telling
from apiece.arn import try_parse
from apiece.estate.estate import Account, Estate
from apiece.estate.policy import AttachedPolicy
from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.estate.when import When, implies
from apiece.iam import catalog
from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, Word
from apiece.iam.exposure import Ground, admits, ways_in
from apiece.iam.request import Request
from apiece.iam.scope import Scope, literally
from apiece.iam.solver.principals import ways
from apiece.iam.solver.question import Answer, Proved, Unsettled, Witnessed
from apiece.iam.strangers import Stranger, Stratum
from apiece.text import Hole, HoleKind, Symbolic, Text, example, is_open, join

TYPES = {
    SubjectKind.BUCKET: ("s3", ("object", "bucket")),
    SubjectKind.QUEUE: ("sqs", ("queue",)),
    SubjectKind.TOPIC: ("sns", ("topic",)),
    SubjectKind.KEY: ("kms", ("key",)),
    SubjectKind.SECRET: ("secretsmanager", ("Secret",)),
    SubjectKind.TABLE: ("dynamodb", ("table", "index")),
}
"""Kinds that carry a policy, with the types of the catalogue that lie inside of them."""
_UNSIGNED = frozenset({SubjectKind.BUCKET, SubjectKind.QUEUE, SubjectKind.TOPIC})
"""Kinds whose service answers requests that nobody signed."""
_INSIDE = {SubjectKind.BUCKET: "/*", SubjectKind.TABLE: "/index/*"}
_SOURCES = frozenset({"aws:sourcearn", "aws:sourceaccount"})
_OF_FEW_VALUES = frozenset({"aws:principaltype", "aws:principalservicename", "lambda:functionurlauthtype"})
"""Keys of which a stranger may well have the value that a template leaves open."""
_BUDGET = 50_000
"""Steps for one question about one statement."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")


@dataclass
class Purse:
    """The steps for all questions about one thing: where its policies are entangled, the rest is soon unknown."""

    left: int = 2 * _BUDGET

    def ways_in(self, policy: Policy, who: Stranger, ground: Ground) -> Iterator[Answer]:
        """Walk what a policy lets an outsider do. A question that used its steps up takes them from all others."""
        steps = min(_BUDGET, self.left)
        for answer in ways_in(policy, who, replace(ground, budget=steps)):
            if isinstance(answer, Unsettled) and not answer.statements:  # it rests on nothing but its steps
                self.left -= steps
            yield answer


@dataclass(frozen=True)
class Door:
    """One Allow statement of a resource's policy with everything that may deny beside it.

    `policy` holds that statement first, and then all Deny statements of all documents that the resource carries.
    """

    resource: Resource
    force: InForce
    policy: Policy
    rcp: tuple[tuple[Policy, ...], ...] | None
    purse: Purse = field(compare=False)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All policies, the organisation's too."""
        return (self.policy, *(policy for level in self.rcp or () for policy in level))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the Allow statement asks of a request."""
        return self.policy.statements[0].conditions

    @property
    def owner(self) -> str:
        """The resource's account; where it is known only after deployment, an example."""
        arn = try_parse(example(self.resource.arn))
        return self.resource.subject.account or (arn.account if arn is not None else "") or EXAMPLE_ACCOUNT


@dataclass(frozen=True)
class Found:
    """What is let in: a request and all actions that could stand in it; or that it is unknown."""

    request: Request | None = None
    actions: tuple[str, ...] = ()
    unknown: bool = False


def doors(carrier: Resource, estate: Estate) -> Iterator[Door]:
    """Walk the Allow statements that can be in force on a resource."""
    account = next((one for one in estate.accounts if one.id == carrier.subject.account), None)
    purse = Purse()
    for attached in carrier.policies:
        when = estate.together(carrier.when, attached.when)
        if when is None or attached.document is None:
            continue
        for statement in attached.document.statements:
            if statement.effect is Effect.ALLOW:
                policy = beside_denials(statement, attached.document, carrier.policies, when)
                yield Door(carrier, InForce(attached, statement, when), policy, _rcp(account), purse)


def beside_denials(statement: Statement, document: Policy, carried: Iterable[AttachedPolicy], when: When) -> Policy:
    """One statement, and after it every Deny of the documents that a thing carries under these choices."""
    denials = (
        readable(one, attached.document)
        for attached in carried
        if attached.document is not None and implies(when, attached.when)
        for one in attached.document.statements
        if one.effect is Effect.DENY
    )
    return Policy(PolicyKind.RESOURCE, "2012-10-17", None, (readable(statement, document), *denials))


def through(door: Door, who: Stranger) -> Found:
    """Ask what the door lets an outsider do."""
    if who.stratum is Stratum.ANYONE and door.resource.subject.kind not in _UNSIGNED:
        return Found()
    if who.stratum is Stratum.ANY_SOURCE and not any(one.key.lower() in _SOURCES for one in door.conditions):
        return Found()  # whether a service may call for anyone, where nothing says for whom, is another question
    if {"*", "?"} & set(example(door.resource.arn)):
        return Found(unknown=True)  # a request cannot name it
    if not may_mean(door.policy.statements[0], who):
        return Found()
    service, _ = TYPES[door.resource.subject.kind]
    ground = Ground(door.owner, Scope((f"{service}:*",), _own(door.resource)), door.rcp, budget=_BUDGET)
    found: list[Witnessed] = []
    unknown = False
    for answer in door.purse.ways_in(door.policy, who, ground):
        if isinstance(answer, Witnessed):
            found.append(answer)
        unknown = unknown or not isinstance(answer, Witnessed | Proved)
    names = _told(door.resource.subject.kind, found)
    if not names:
        return Found(unknown=unknown)
    told = admits(door.policy, who, replace(ground, scope=replace(ground.scope, actions=names[:1])))
    return Found(told.request, names) if isinstance(told, Witnessed) else Found(found[0].request, names)


def is_for_everyone(statement: Statement) -> bool:
    """Tell cheaply whether a statement's principals mean everyone, or may."""
    words = statement.principals or ()
    open_, anyone = (is_open(one.word.text) for one in words), (example(one.word.text) == "*" for one in words)
    return statement.not_principals is not None or any(open_) or any(anyone)


def may_mean(statement: Statement, who: Stranger) -> bool:
    """Tell cheaply whether a statement's principals mean an outsider, or may."""
    words = (*(statement.principals or ()), *(statement.not_principals or ()))
    return any(is_open(word.word.text) for word in words) or bool(ways(statement, who.caller, bounded=False))


def named_values(conditions: Iterable[Condition], key: str) -> list[str]:
    """The values that conditions name for a key, in order."""
    named = (word for one in conditions if one.key.lower() == key.lower() for word in one.values)
    return list(dict.fromkeys(example(word.text) for word in named if not is_open(word.text)))


def _told(kind: SubjectKind, found: list[Witnessed]) -> tuple[str, ...]:
    """The actions that were found on the types that lie inside a kind, the most telling first."""
    service, types = TYPES[kind]
    table = catalog.load()
    kinds = {one.name: one for one in table.resource_types(service)}
    actions = [action for answer in found for name in answer.actions if (action := table.action(name)) is not None]
    of_types = (telling([one for one in actions if kinds[name] in one.resources], First.READING) for name in types)
    return tuple(dict.fromkeys(action.name for group in of_types for action in group))


def _rcp(account: Account | None) -> tuple[tuple[Policy, ...], ...] | None:
    if account is None or account.rcp is None:
        return None
    return tuple(tuple(one.document for one in level if one.document is not None) for level in account.rcp)


# ---- which resources ------------------------------------------------------------------------------------------------


def _own(carrier: Resource) -> tuple[str, ...]:
    return _own_of(example(carrier.arn), example(carrier.name), carrier.subject.kind)


@lru_cache(maxsize=4096)
def _own_of(arn: str, name: str, kind: SubjectKind) -> tuple[str, ...]:
    """Patterns of what belongs to a resource; of all that could where its ARN is not known."""
    if try_parse(arn) is not None:
        own = literally(arn)
        return (own, own + _INSIDE[kind]) if kind in _INSIDE else (own,)
    # A template's policy for a thing that it does not hold knows that by name or URL only.
    service, names = TYPES[kind]
    known = {"${Partition}": "aws"}
    if name and kind in {SubjectKind.BUCKET, SubjectKind.QUEUE}:
        known |= dict.fromkeys(("${BucketName}", "${QueueName}"), literally(name.rpartition("/")[2]))
    kinds = [one for one in catalog.load().resource_types(service) if one.name in names]
    return tuple(_VARIABLE.sub(lambda found: known.get(found[0], "*"), one.arn) for one in kinds)


# ---- statements as they are asked -----------------------------------------------------------------------------------


def readable(statement: Statement, policy: Policy) -> Statement:
    """A statement as one of a document of 2012, with open values as plain names where they stand for one thing.

    They do as a resource, or compared as a whole: what such a value is nobody knows yet, but a stranger is not it.
    """
    plain = policy.version != "2012-10-17"
    conditions = (_condition(condition, escaped=plain) for condition in statement.conditions)
    return replace(
        statement,
        resources=_words(statement.resources, closed=True, escaped=plain),
        not_resources=_words(statement.not_resources, closed=True, escaped=plain),
        conditions=tuple(conditions),
    )


def _condition(condition: Condition, *, escaped: bool) -> Condition:
    name = condition.operator.lower().removesuffix("ifexists").removesuffix("ignorecase")
    whole = name.endswith(("stringequals", "stringnotequals")) and condition.key.lower() not in _OF_FEW_VALUES
    values = _words(condition.values, closed=whole, escaped=escaped) or ()
    return condition if values is condition.values else replace(condition, values=values)


def _words(words: tuple[Word, ...] | None, *, closed: bool, escaped: bool) -> tuple[Word, ...] | None:
    if words is None:
        return None
    if not escaped and all(isinstance(word.text, str) for word in words):
        return words
    return tuple(replace(word, text=_text(word.text, closed=closed, escaped=escaped)) for word in words)


def _text(text: Text, *, closed: bool, escaped: bool) -> Text:
    parts = text.parts if isinstance(text, Symbolic) else (text,)
    made = join(_part(part, closed=closed, escaped=escaped) for part in parts)
    return made if is_open(made) else example(made)


def _part(part: str | Hole, *, closed: bool, escaped: bool) -> str | Hole:
    if isinstance(part, str):
        return part.replace("${", "${$}{") if escaped else part  # statement 31: text in older documents
    return Hole(part.name, HoleKind.NAME, part.stack) if closed and part.kind is HoleKind.ANY else part
