"""All layers as cubes: what must hold so that a concrete caller's request is allowed (statements 1 to 17).

A layer that is not given does not apply. Each alternative of statement 2 is a cube of its own; every Deny is forbidden
in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, lru_cache

from apiece.iam import catalog
from apiece.iam.document import Policy, PolicyKind, parse
from apiece.iam.evaluate import Layers, UrlRegime
from apiece.iam.request import Caller, CallerType
from apiece.iam.solver.atoms import fact
from apiece.iam.solver.classes import facts_of, principal_arn
from apiece.iam.solver.cubes import Callers, Cube
from apiece.iam.solver.facts import RESOURCE, About, Union
from apiece.iam.solver.function_url import FIRST, PREFIX, of_second
from apiece.iam.solver.principals import How, ways
from apiece.iam.solver.rules import Rule, Rules
from apiece.iam.solver.words import word_of
from apiece.tree import from_plain

Group = tuple[Rule, ...]
KEYS, RESERVED = "keys", "reserved"
ASSUMING = (
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
)
_NOT_SIGNED = frozenset({CallerType.SERVICE, CallerType.ANONYMOUS, CallerType.FEDERATED})
_ANY_WAY = frozenset(How)
_EVERYONE = frozenset({How.EVERYONE})
_DIRECTLY = frozenset({How.ITSELF, How.EVERYONE})
_THROUGH_LIMITS = frozenset({How.ITS_ROLE, How.ITS_USER})


@dataclass(frozen=True)
class Standing:
    """A caller before some layers: who it is, whose resource it asks for, and which policies apply under which name.

    `owner` is the account of the resource; `prefix` tells two sets of layers apart in one question.
    """

    caller: Caller
    layers: Layers
    owner: str | None
    prefix: str = ""

    @property
    def is_across_accounts(self) -> bool:
        caller = self.caller
        return self.owner is not None and caller.account is not None and self.owner != caller.account

    @cached_property
    def second(self) -> Standing | None:
        """Before what the second request of a function URL's caller must pass (12); None where one is enough."""
        if self.layers.url_regime is not UrlRegime.AFTER:
            return None
        return replace(self, layers=of_second(self.layers), prefix=f"{PREFIX}{self.prefix}")

    def policies(self) -> dict[str, tuple[Policy, ...]]:
        """Every layer that applies, by name, and what AWS itself reserves."""
        second = self.second.named_layers() if self.second is not None else {}
        return {**self.named_layers(), **second, KEYS: (_keys(),), RESERVED: (_reserved(),)}

    def named_layers(self) -> dict[str, tuple[Policy, ...]]:
        """Every layer that applies to the first request, by name."""
        layers = self.layers
        found: dict[str, tuple[Policy, ...]] = {}
        plain = (("identity", layers.identity), ("boundary", layers.boundary), ("session", layers.session))
        found.update({name: policies for name, policies in plain if policies is not None})
        for name, policy in (("resource", layers.resource_policy), ("trust", layers.trust)):
            if policy is not None:
                found[name] = (policy,)
        if layers.endpoint is not None:
            found["endpoint"] = layers.endpoint
        if layers.scp is not None and self._is_limited_by_scp():
            found.update({f"scp{depth}": level for depth, level in enumerate(layers.scp)})
        if layers.rcp is not None and self._is_limited_by_rcp():
            found.update({f"rcp{depth}": level for depth, level in enumerate(layers.rcp)})
        return {f"{self.prefix}{name}": policies for name, policies in found.items()}

    def callers(self) -> Callers:
        """The caller as a class of one: the facts that AWS states of it, and the statements that mean it."""
        return Callers(self.caller.arn or "anonymous", self._facts(), None)

    def _is_limited_by_scp(self) -> bool:
        """Statement 14."""
        caller = self.caller
        return not (caller.management_account or caller.service_linked or caller.type in _NOT_SIGNED)

    def _is_limited_by_rcp(self) -> bool:
        """Statement 15."""
        at_home = self.owner is None or self.owner == self.caller.account
        return not self.caller.service_linked and not (self.caller.management_account and at_home)

    def _facts(self) -> dict[str, About]:
        facts = facts_of(self.caller)
        if self.owner is not None:
            facts["key/aws:resourceaccount"] = frozenset({(fact("aws:resourceaccount", self.owner), True)})
            facts[RESOURCE] = frozenset({(_home(self.owner), True)})
        return facts


def _home(owner: str) -> Union:
    """The resources that an account can own: their ARNs hold its id, or none."""
    patterns = (f"arn:*:*:*:{owner}:*", "arn:*:*:*::*", "arn:*:*:*:aws:*")
    return Union(tuple(word_of(pattern, variables=False) for pattern in patterns), star=True)


@lru_cache(maxsize=1)
def _keys() -> Policy:
    """All KMS keys, as a statement."""
    return _policy([{"Effect": "Allow", "Action": "*", "Resource": "arn:*:kms:*:*:key/*"}])


@lru_cache(maxsize=1)
def _reserved() -> Policy:
    """What nobody may change (statement 10, and IAM's own policies and roles)."""
    table = catalog.load()

    def changing(service: str) -> list[str]:
        return [action.name for action in table.actions(service) if action.access_level not in {"Read", "List"}]

    return _policy(
        [
            {"Effect": "Deny", "Action": changing("kms"), "Resource": "arn:*:*:*:*:alias/aws/*"},
            {
                "Effect": "Deny",
                "Action": changing("iam"),
                "Resource": ["arn:*:*:*:aws:policy/*", "arn:*:*:*:*:role/aws-reserved/*"],
            },
        ]
    )


def _policy(statements: list[dict[str, object]]) -> Policy:
    return parse(from_plain({"Version": "2012-10-17", "Statement": statements}), PolicyKind.IDENTITY)


# ---- cubes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Allowed:
    """When a request is allowed: of each of the needs one alternative, a conjunction of groups, and no Deny.

    There is one need, or two for a function URL that asks for two permissions (12).
    """

    needs: tuple[tuple[Alternative, ...], ...]
    denials: Group

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        """The ways to meet all needs together."""
        first, *others = self.needs
        for need in others:
            first = tuple(both for one in first for two in need if (both := one.and_(two)).actions)
        return first


@dataclass(frozen=True)
class Alternative:
    """Groups of which each must have a statement about the request; `outside` are statements that must not be."""

    groups: tuple[Group, ...]
    actions: int
    outside: Group = ()

    def and_(self, other: Alternative) -> Alternative:
        """Both at once."""
        groups, outside = (*self.groups, *other.groups), (*self.outside, *other.outside)
        return Alternative(groups, self.actions & other.actions, outside)


def allowed(standing: Standing, rules: Rules) -> Allowed:
    """Write the decision for one caller as alternatives over compiled statements."""
    made = _Formula(standing, rules)
    needs, denials = (tuple(made.alternatives()),), made.denials()
    if standing.second is None:
        return Allowed(needs, denials)
    also, through = _Formula(standing.second, rules), rules.universe.named((FIRST,))
    within = (replace(one, actions=one.actions & through) for one in also.alternatives())
    second = (Alternative((), rules.universe.all & ~through), *(one for one in within if one.actions))
    more = (rule.within(through) for rule in also.denials() if rule.bits & through)
    return Allowed((*needs, second), (*denials, *more))


def cubes_within(allowed_: Allowed, scope: Sequence[Group]) -> list[Cube]:
    """The cubes of "allowed", within groups that limit the question."""
    return [
        Cube((*scope, *one.groups), (*allowed_.denials, *one.outside), one.actions) for one in allowed_.alternatives
    ]


class Own(Enum):
    """What the caller's own policies are worth on a resource of its account."""

    COUNTS = "counts"
    """They are enough (2)."""
    DELEGATED = "delegated"
    """They are if the resource's policy leaves it to the account (9, 10)."""


class _Formula:
    def __init__(self, standing: Standing, rules: Rules) -> None:
        self._standing = standing
        self._rules = rules
        self._bounded = standing.layers.boundary is not None
        self._names = list(standing.named_layers())

    def denials(self) -> Group:
        found: list[Rule] = []
        for name in self._names:
            stem = name.removeprefix(self._standing.prefix)
            rules = self._rules.of(name, allows=False)
            if stem.startswith("rcp"):
                limited = self._rules.universe.named(f"{service}:*" for service in catalog.load().rcp_services)
                means = (rule for rule in rules if self._means(rule, _ANY_WAY, bounded=False))
                rules = tuple(rule.within(limited) for rule in means)
            elif stem in {"resource", "trust", "endpoint"}:
                rules = tuple(rule for rule in rules if self._means(rule, _ANY_WAY, bounded=self._bounded))
            found += rules
        return (*found, *self._rules.of(RESERVED, allows=False))

    def alternatives(self) -> Iterator[Alternative]:
        rules = self._rules
        above = tuple(self._of(name) for name in self._names if name.removeprefix(self._standing.prefix)[:3] == "scp")
        if self._standing.layers.endpoint is not None:
            above = (*above, self._by("endpoint", _ANY_WAY))
        assuming = rules.universe.named(ASSUMING)
        on_keys = rules.universe.on_keys
        keys = rules.of(KEYS, allows=True)
        others = rules.universe.all & ~assuming
        trust = "trust" if self._standing.layers.trust is not None else "resource"
        for groups in self._granted(trust, Own.DELEGATED):
            yield Alternative((*above, *groups), assuming)
        for groups in self._granted("resource", Own.COUNTS):
            yield Alternative((*above, *groups), others & ~on_keys)
            yield Alternative((*above, *groups), others & on_keys, keys)
        layers = self._standing.layers
        unknown = layers.resource_policy is None and not layers.kms_grants
        for groups in self._granted("resource", Own.COUNTS if unknown else Own.DELEGATED):
            yield Alternative((*above, *groups, keys), others & on_keys)
        for grant in layers.kms_grants:
            if grant.grantee in {self._standing.caller.arn, principal_arn(self._standing.caller)}:
                names = [f"kms:{operation.removeprefix('kms:')}" for operation in grant.operations]
                yield Alternative((*above, keys), rules.universe.named(names))

    def _granted(self, layer: str, own_: Own) -> Iterator[tuple[Group, ...]]:
        """The ways to be granted, beside what all need."""
        caller = self._standing.caller
        if caller.type in _NOT_SIGNED:
            yield (self._by(layer, _EVERYONE if caller.type is CallerType.ANONYMOUS else _DIRECTLY),)
            return
        limits = tuple(self._of(self._standing.prefix + name) for name in ("boundary", "session") if self._has(name))
        own = () if caller.type is CallerType.ROOT else (self._of(self._standing.prefix + "identity"), *limits)
        if self._standing.is_across_accounts:
            yield (*own, self._by(layer, _ANY_WAY))
            return
        yield own if own_ is Own.COUNTS else (*own, self._by(layer, frozenset({How.ITS_ACCOUNT})))
        if self._has(layer):
            yield (self._by(layer, _DIRECTLY),)
            yield (self._by(layer, _THROUGH_LIMITS), *limits)

    def _has(self, layer: str) -> bool:
        return self._standing.prefix + layer in self._names

    def _of(self, name: str) -> Group:
        return self._rules.of(name, allows=True)

    def _by(self, layer: str, how: frozenset[How]) -> Group:
        name = self._standing.prefix + layer
        bounded = self._bounded
        return tuple(rule for rule in self._rules.of(name, allows=True) if self._means(rule, how, bounded=bounded))

    def _means(self, rule: Rule, how: frozenset[How], *, bounded: bool) -> bool:
        statement = rule.statement
        unnamed = statement.principals is None and statement.not_principals is None
        if unnamed and rule.ref.startswith(f"{self._standing.prefix}endpoint/"):
            return True  # an endpoint policy without principals is about everyone
        return bool(ways(statement, self._standing.caller, bounded=bounded) & how)
