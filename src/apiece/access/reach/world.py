"""Everything of an estate that a path can begin at or lead to, looked up once for many questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from apiece.access.asking import Asking
from apiece.access.index import Index, index_of
from apiece.access.principals import Principal, principals
from apiece.access.reach.paths import On
from apiece.access.spoken import Spoken
from apiece.access.targets import Target, target_at, targets, verbatim
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.policy import PolicyForm
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import Effect, Policy, PrincipalType, PrincipalWord
from apiece.iam.evaluate import Layers
from apiece.iam.granted import Granted, granted
from apiece.iam.request import Caller, CallerType
from apiece.iam.scope import Scope
from apiece.text import Text, example, is_open

_ON = {
    SubjectKind.FUNCTION: On.FUNCTION,
    SubjectKind.ROLE: On.ROLE,
    SubjectKind.USER: On.USER,
    SubjectKind.GROUP: On.GROUP,
}


@dataclass(frozen=True)
class Source:
    """Something whose contents make functions run."""

    target: Target
    functions: tuple[Function, ...]
    at: Provenance | None = None


@dataclass
class World:
    """An estate made ready for paths."""

    index: Index
    principals: tuple[Principal, ...]
    asking: Asking
    targets: tuple[Target, ...]
    by_kind: dict[On, tuple[Target, ...]]
    sources: tuple[Source, ...]
    carriers: dict[str, frozenset[str]]
    """Of each customer managed policy, by ARN, the keys of the subjects that carry it."""
    _by_subject: dict[str, tuple[Principal, ...]]
    walked: dict[tuple[int, int], tuple[object, ...]] = field(default_factory=dict)
    """The ways from a principal by some paths, under the identities of both: a world outlives neither."""
    _trusting: dict[tuple[Policy, str, str | None], Granted] = field(default_factory=dict)

    @cached_property
    def inviting(self) -> tuple[Target, ...]:
        """The roles whose trust policies speak of roles and users: the others nobody assumes without a permission."""
        return tuple(one for one in self.by_kind[On.ROLE] if one.speaks_of_callers)

    def named(self, by: Principal, actions: tuple[str, ...], on: On) -> tuple[Target, ...] | None:
        """The things of a kind that a principal's policies name for some actions; None where they do so by patterns."""
        found: dict[int, Target] = {}
        for words in self.asking.spoken.words(by, actions):
            if words is None or any(is_open(one) or set(example(one)) & {"*", "?", "$"} for one in words):
                return None
            for word in words:
                found |= {id(one): one for one in self.by_arn.get((on, example(word)), ())}
        return tuple(found.values())

    @cached_property
    def by_arn(self) -> dict[tuple[On, str], tuple[Target, ...]]:
        """The things of each kind by their ARNs."""
        found: dict[tuple[On, str], tuple[Target, ...]] = {}
        for on, some in self.by_kind.items():
            for one in some:
                found[on, one.arn] = (*found.get((on, one.arn), ()), one)
        return found

    def forms_of(self, subject: Subject) -> tuple[Principal, ...]:
        """The principals that are forms of a role or user."""
        return self._by_subject.get(subject.key, ())

    def running(self, function: Function) -> tuple[Principal, ...]:
        """The principals that a function may run as."""
        arn = function.latest.role
        if arn is None:
            return ()
        found = [
            one for role, _ in self.index.roles_with_arn(arn, function.when) for one in self.forms_of(role.subject)
        ]
        return tuple(found) or self.forms_of(function.subject)

    def trusts(self, role: Target, service: str) -> Granted:
        """Tell whether a role's trust policy lets a service assume it."""
        policy = role.trust_policy
        if policy is None:
            return Granted.NO
        key = (policy, service, role.owner)
        if key not in self._trusting:
            layers = Layers(trust=policy)
            scope = Scope(("sts:AssumeRole",), (verbatim(role.arn),))
            self._trusting[key] = (
                granted(Caller(CallerType.SERVICE, service), layers, scope, owner=role.owner).result
                if any(_may_mean(word.type, example(word.word.text), service) for word in _principals(role))
                else Granted.NO
            )
        return self._trusting[key]


def _principals(role: Target) -> Iterator[PrincipalWord]:
    for policy in role.trust:
        for statement in policy.document.statements if policy.document is not None else ():
            if statement.effect is Effect.ALLOW:
                yield from statement.principals or ()


def _may_mean(kind: PrincipalType, name: str, service: str) -> bool:
    return kind is PrincipalType.ANYONE or name in {"*", service}


def world_of(estate: Estate) -> World:
    """Look everything up."""
    index = index_of(estate)
    found = tuple(principals(index))
    every = tuple(targets(index))
    by_kind: dict[On, tuple[Target, ...]] = {
        on: tuple(one for one in every if one.subject.kind is kind and not _is_service_linked(one))
        for kind, on in _ON.items()
    }
    policies, carriers = _policies(found, index)
    by_kind[On.POLICY] = policies
    by_kind[On.LAYER] = tuple(_layers(index))
    by_subject: dict[str, tuple[Principal, ...]] = {}
    for one in found:
        by_subject[one.subject.key] = (*by_subject.get(one.subject.key, ()), one)
    by_arn = {one.arn: one for one in every}
    return World(
        index, found, Asking(Spoken(found)), every, by_kind, tuple(_sources(index, by_arn)), carriers, by_subject
    )


def _is_service_linked(target: Target) -> bool:
    return ":role/aws-service-role/" in target.arn


def _policies(found: tuple[Principal, ...], index: Index) -> tuple[tuple[Target, ...], dict[str, frozenset[str]]]:
    made: dict[str, Target] = {}
    carriers: dict[str, frozenset[str]] = {}
    for principal in found:
        for policy in principal.identity:
            if policy.form is PolicyForm.CUSTOMER_MANAGED and policy.arn is not None and not is_open(policy.arn):
                arn = example(policy.arn)
                if arn not in made:
                    subject = Subject(kind=SubjectKind.POLICY, arn=arn, account=principal.caller.account)
                    made[arn] = target_at(arn, subject, index)
                carriers[arn] = carriers.get(arn, frozenset()) | {principal.subject.key}
    return tuple(made.values()), carriers


def _layers(index: Index) -> Iterator[Target]:
    seen = set()
    for function in index.estate.functions:
        for layer in function.latest.layers:
            arn = "" if is_open(layer) else example(layer).rpartition(":")[0]
            if ":layer:" in arn and arn not in seen:
                seen.add(arn)
                yield target_at(arn, Subject(kind=SubjectKind.LAYER, arn=arn), index)


# ---- what makes functions run ----------------------------------------------------------------------------------------


def _sources(index: Index, by_arn: dict[str, Target]) -> Iterator[Source]:
    found: dict[str, list[tuple[Function, Provenance | None]]] = {}
    for function in index.estate.functions:
        for mapping in function.event_sources:
            if mapping.source is not None and not is_open(mapping.source):
                found.setdefault(_container(example(mapping.source)), []).append((function, mapping.at))
        for arn in _permitted(function):
            found.setdefault(arn, []).append((function, function.at))
    for rule in index.estate.event_rules:
        if rule.pattern is not None and rule.enabled is not False:
            bus = _bus(rule.subject, rule.bus)
            for function in index.estate.functions:
                if bus is not None and any(_same(function, one) for one in rule.targets):
                    found.setdefault(bus, []).append((function, rule.at))
    for arn, pairs in found.items():
        target = by_arn.get(arn) or target_at(arn, Subject(kind=_kind(arn), arn=arn), index)
        functions = tuple({one.subject.key: one for one, _ in pairs}.values())
        yield Source(target, functions, pairs[0][1])


def _container(arn: str) -> str:
    """The table behind its stream."""
    return arn.partition("/stream/")[0] if ":dynamodb:" in arn else arn


def _permitted(function: Function) -> Iterator[str]:
    """Buckets and topics that the function's own policy lets invoke it: that they do is likely, and not known."""
    for attached in function.policies:
        for statement in attached.document.statements if attached.document is not None else ():
            services = {example(one.word.text) for one in statement.principals or ()}
            if statement.effect is not Effect.ALLOW or not services & {"s3.amazonaws.com", "sns.amazonaws.com"}:
                continue
            for condition in statement.conditions:
                if condition.key.lower() == "aws:sourcearn" and "not" not in condition.operator.lower():
                    words = (word.text for word in condition.values)
                    yield from (example(one) for one in words if not is_open(one) and not set("*?") & set(example(one)))


def _bus(rule: Subject, name: Text | None) -> str | None:
    if rule.account is None or rule.region is None:
        return None
    spelled = "default" if name is None else example(name)
    return f"arn:aws:events:{rule.region}:{rule.account}:event-bus/{spelled.rpartition('/')[2]}"


def _same(function: Function, arn: Text) -> bool:
    own = example(function.arn)
    return not is_open(arn) and (example(arn) == own or example(arn).startswith(own + ":"))


def _kind(arn: str) -> SubjectKind:
    service = arn.split(":")[2] if arn.count(":") > 1 else ""
    kinds = {
        "s3": SubjectKind.BUCKET,
        "sqs": SubjectKind.QUEUE,
        "sns": SubjectKind.TOPIC,
        "dynamodb": SubjectKind.TABLE,
    }
    return kinds.get(service, SubjectKind.OTHER)
