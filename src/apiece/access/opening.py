"""Requests that a resource's own policy lets an outsider make: searched with patterns, decided by evaluation.

Only what can exist is asked: an action on a kind of resource that it acts on, inside the one that carries the policy.
The outsider's own account is taken to allow everything, so that only the resource's side decides.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from apiece.access.arn_format import Choice, Format, formats_of
from apiece.access.outsiders import Outsider
from apiece.access.rights import EXAMPLE_ACCOUNT, InForce
from apiece.access.telling import First, telling
from apiece.access.wide import granted_actions, names_action
from apiece.arn import try_parse
from apiece.estate.estate import Account, Estate
from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.estate.when import implies
from apiece.iam import catalog
from apiece.iam.catalog import Action
from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, Word, parse
from apiece.iam.evaluate import Layers, Result, evaluate
from apiece.iam.match import ONE, STAR, Open, Unresolved, prepare
from apiece.iam.pattern import Pattern, PatternBudget, find, glob, matches, resource
from apiece.iam.request import CallerType, Request, context_of
from apiece.text import Hole, HoleKind, Symbolic, Text, example, is_open, join
from apiece.tree import from_plain

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
_EVERYTHING = parse(
    from_plain({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
    PolicyKind.IDENTITY,
)
_ALLOWING = parse(
    from_plain({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}),
    PolicyKind.RESOURCE,
)
_ANYTHING = Word("*")
_MOST_ALTERNATIVES = 64
_BUDGET = 40_000
_MOST_UNDECIDED = 4
UNDECIDED = "undecided"
"""Stands for an ARN where patterns took too long to compare."""


@dataclass(frozen=True)
class Door:
    """One Allow statement of a resource's policy with everything that may deny beside it."""

    resource: Resource
    force: InForce
    grant: Policy
    denials: tuple[Policy, ...]
    rcp: tuple[tuple[Policy, ...], ...] | None

    @property
    def refusals(self) -> tuple[Statement, ...]:
        """All Deny statements, the organisation's too."""
        levels = (policy for level in self.rcp or () for policy in level)
        return tuple(
            statement
            for policy in (*self.denials, *levels)
            for statement in policy.statements
            if statement.effect is Effect.DENY
        )

    @property
    def owner(self) -> str:
        """The resource's account; where it is known only after deployment, an example."""
        arn = try_parse(example(self.resource.arn))
        return self.resource.subject.account or (arn.account if arn is not None else "") or EXAMPLE_ACCOUNT


@dataclass(frozen=True)
class Found:
    """What came of a search: the first request that is allowed and all actions that may be; or that it is unknown."""

    request: Request | None = None
    actions: tuple[str, ...] = ()
    unknown: bool = False


def doors(carrier: Resource, estate: Estate) -> Iterator[Door]:
    """Walk the Allow statements that can be in force on a resource."""
    account = next((one for one in estate.accounts if one.id == carrier.subject.account), None)
    for attached in carrier.policies:
        when = estate.together(carrier.when, attached.when)
        if when is None or attached.document is None:
            continue
        denials = tuple(
            _only(other.document, Effect.DENY)
            for other in carrier.policies
            if other.document is not None and implies(when, other.when)
        )
        for statement in attached.document.statements:
            if statement.effect is Effect.ALLOW:
                grant = dataclasses.replace(attached.document, statements=(_plain_statement(statement),))
                yield Door(carrier, InForce(attached, statement, when), grant, denials, _rcp(account))


def _rcp(account: Account | None) -> tuple[tuple[Policy, ...], ...] | None:
    if account is None or account.rcp is None:
        return None
    return tuple(tuple(one.document for one in level if one.document is not None) for level in account.rcp)


def _only(policy: Policy, effect: Effect) -> Policy:
    kept = tuple(_plain_statement(one) for one in policy.statements if one.effect is effect)
    return dataclasses.replace(policy, statements=kept)


def through(door: Door, who: Outsider) -> Found:
    """Search a request that the door lets an outsider make."""
    statement = door.grant.statements[0]
    if who.caller.type is CallerType.ANONYMOUS and door.resource.subject.kind not in _UNSIGNED:
        return Found()
    unlimited = _asking_nothing(statement)
    first = _decided(door, who, _request(door, who, "x:x", example(door.resource.arn)), unlimited)
    if first is Result.IMPLICITLY_DENIED:
        return Found()
    applying = _applying(door, who)
    found: Request | None = None
    names: list[str] = []
    undecided = 0
    unknown = first is Result.UNKNOWN or any(is_open(word.text) for word in statement.actions or ())
    for form, action in _asked(door.resource.subject.kind, statement.actions, statement.not_actions):
        example_arn = _reachable(door, who, form, action, applying)
        if example_arn is None:
            continue
        if example_arn is UNDECIDED:
            unknown, undecided = True, undecided + 1
            if undecided >= _MOST_UNDECIDED:
                break
            continue
        request = _request(door, who, action.name, example_arn)
        match _decided(door, who, request, statement):
            case Result.ALLOWED:
                found = found or request
                names.append(action.name)
            case Result.UNKNOWN:
                unknown = True
    if found is not None:
        return Found(_lean(door, who, found), tuple(dict.fromkeys(names)))
    return Found(unknown=unknown)


def _lean(door: Door, who: Outsider, request: Request) -> Request:
    """The request without what no condition asks for, if it is allowed like that."""
    conditions = [one for statement in (*door.grant.statements, *door.refusals) for one in statement.conditions]
    asked = {one.key.lower() for one in conditions}
    context = {key: value for key, value in request.context.items() if key.lower() in asked}
    lean = dataclasses.replace(request, context=context)
    allowed = _decided(door, who, lean, door.grant.statements[0]) is Result.ALLOWED
    return lean if allowed else request


def _asking_nothing(statement: Statement) -> Statement:
    """The statement without a word on actions and resources: whom it is about, and under which conditions."""
    return dataclasses.replace(
        statement, actions=(_ANYTHING,), not_actions=None, resources=(_ANYTHING,), not_resources=None
    )


@lru_cache(maxsize=1024)
def _asked(
    kind: SubjectKind, actions: tuple[Word, ...] | None, not_actions: tuple[Word, ...] | None
) -> tuple[tuple[Format, Action], ...]:
    """What these words let do to a resource and what lies in it, the most telling first."""
    service, names = TYPES[kind]
    kinds = {one.name: one for one in catalog.load().resource_types(service)}
    granted = granted_actions(dataclasses.replace(_ALLOWING.statements[0], actions=actions, not_actions=not_actions))
    ours = [action for action in granted.values() if action.service == service]
    return tuple(
        (form, action)
        for name in names
        for form in formats_of(kinds[name].arn)
        for action in telling([one for one in ours if kinds[name] in one.resources], First.READING)
    )


def _request(door: Door, who: Outsider, action: str, arn: str) -> Request:
    return Request(who.caller, action, arn, door.owner, who.context)


def _decided(door: Door, who: Outsider, request: Request, statement: Statement) -> Result:
    """Decide with one grant, all denials, and the organisation's policies on resources."""
    policies = [dataclasses.replace(door.grant, statements=(statement,)), *door.denials]
    if len({policy.version for policy in policies}) == 1:
        together = tuple(one for policy in policies for one in policy.statements)
        policy = dataclasses.replace(door.grant, statements=together)
        return evaluate(request, _layers(door, who, policy)).result
    # Policies of different versions read variables differently: each is asked alone, a denying one beside "allow all".
    results = [evaluate(request, _layers(door, who, policies[0])).result]
    for policy in policies[1:]:
        open_but_for_it = dataclasses.replace(policy, statements=(*_ALLOWING.statements, *policy.statements))
        results.append(evaluate(request, _layers(door, who, open_but_for_it)).result)
    worst = (Result.EXPLICITLY_DENIED, Result.IMPLICITLY_DENIED, Result.UNKNOWN, Result.ALLOWED)
    return min(results, key=worst.index)


def _layers(door: Door, who: Outsider, policy: Policy) -> Layers:
    signed = who.caller.type not in {CallerType.SERVICE, CallerType.ANONYMOUS}
    return Layers(identity=(_EVERYTHING,) if signed else None, resource_policy=policy, rcp=door.rcp)


# ---- which resource to ask for ---------------------------------------------------------------------------------------


def _applying(door: Door, who: Outsider) -> list[tuple[Policy, Statement]]:
    """The denials that are about an outsider in their context, whatever the action and resource."""
    request = _request(door, who, "x:x", example(door.resource.arn))
    found = []
    for policy in door.denials:
        for statement in policy.statements:
            alone = dataclasses.replace(policy, statements=(_asking_nothing(statement),))
            if evaluate(request, Layers(resource_policy=alone)).result is Result.EXPLICITLY_DENIED:
                found.append((policy, statement))
    return found


def _reachable(
    door: Door, who: Outsider, form: Format, action: Action, applying: list[tuple[Policy, Statement]]
) -> str | None:
    """An ARN of a format inside the resource that the grant names and no denial about this caller and action takes."""
    context = context_of(_request(door, who, action.name, example(door.resource.arn)))
    own = _own(door.resource, form)
    without: list[Pattern] = []
    within: list[tuple[Pattern, ...]] = []
    for policy, statement in applying:
        if not names_action(statement, action.name):
            continue
        words = _patterns(statement.resources or statement.not_resources or (), policy, context)
        if statement.not_resources is None:
            without += words
        else:
            within.append(words)
    grant = door.grant.statements[0]
    if grant.not_resources is not None:
        without += _patterns(grant.not_resources, door.grant, context)
        starts: tuple[Pattern, ...] = (own,)
    else:
        starts = _patterns(grant.resources or (_ANYTHING,), door.grant, context)
    undecided = False
    for start, *others in itertools.islice(itertools.product(starts, *within), _MOST_ALTERNATIVES):
        made = _text((own, start, *others), tuple(dict.fromkeys(without)), example(door.resource.arn))
        if made is not None and made is not UNDECIDED:
            return made
        undecided = undecided or made is UNDECIDED
    return UNDECIDED if undecided else None


def _patterns(words: Iterable[Word], policy: Policy, context: dict[str, tuple[str, ...]]) -> tuple[Pattern, ...]:
    found = []
    for word in words:
        prepared = prepare(word.text, variables=policy.version == "2012-10-17", context=context)
        if not isinstance(prepared, Open | Unresolved):
            spelled = {STAR: "*", ONE: "?", "*": "${*}", "?": "${?}", "$": "${$}"}
            found.append(resource("".join(spelled.get(token, token) for token in prepared)))
    return tuple(found)


@lru_cache(maxsize=16384)
def _text(positive: tuple[Pattern, ...], negative: tuple[Pattern, ...], arn: str) -> str | None:
    """A text in the set, one that reads well if it can be; `UNDECIDED` where the patterns are too entangled."""
    for text in (arn, f"{arn}/any-object", f"{arn}/index/any-index"):
        if all(matches(one, text) for one in positive) and not any(matches(one, text) for one in negative):
            return text
    try:
        return find(positive, negative, budget=_BUDGET)
    except PatternBudget:
        return UNDECIDED


def _own(carrier: Resource, form: Format) -> Pattern:
    """The ARNs of a format that belong to a resource; all of them where its ARN is not known."""
    return _own_of(example(carrier.arn), example(carrier.name), carrier.subject.kind, form)


@lru_cache(maxsize=4096)
def _own_of(arn: str, name: str, kind: SubjectKind, form: Format) -> Pattern:
    parts = try_parse(arn)
    if parts is None:
        # A template's policy for a thing that it does not hold knows that by name or URL only.
        named = name and kind in {SubjectKind.BUCKET, SubjectKind.QUEUE}
        return form.pattern(container=Choice(text=name.rpartition("/")[2]) if named else Choice())
    service, names = TYPES[kind]
    own = "bucket" if kind is SubjectKind.BUCKET else names[0]
    base = next(one for one in catalog.load().resource_types(service) if one.name == own)
    found = formats_of(base.arn)[0].parts_of(arn)
    chosen = {role: Choice(text=text) for role, text in found.items() if role != "inside"}
    return form.pattern(**chosen) if found else glob(f"{arn}*")


# ---- what a template leaves open -------------------------------------------------------------------------------------


def _plain_statement(statement: Statement) -> Statement:
    """Take open values for plain names where they stand for one thing: as a resource, or compared as a whole.

    What such a value is nobody knows yet, but a stranger is not it.
    """
    return dataclasses.replace(
        statement,
        resources=_plain_words(statement.resources),
        not_resources=_plain_words(statement.not_resources),
        conditions=tuple(_plain_condition(condition) for condition in statement.conditions),
    )


def _plain_condition(condition: Condition) -> Condition:
    name = condition.operator.lower().removesuffix("ifexists").removesuffix("ignorecase")
    if not name.endswith(("stringequals", "stringnotequals")):
        return condition
    return dataclasses.replace(condition, values=_plain_words(condition.values) or ())


def _plain_words(words: tuple[Word, ...] | None) -> tuple[Word, ...] | None:
    if words is None or not any(is_open(word.text) for word in words):
        return words
    return tuple(Word(_plain(word.text), word.span) for word in words)


def _plain(text: Text) -> Text:
    if not isinstance(text, Symbolic):
        return text
    return join(
        Hole(part.name, HoleKind.NAME, part.stack) if isinstance(part, Hole) and part.kind is HoleKind.ANY else part
        for part in text.parts
    )
