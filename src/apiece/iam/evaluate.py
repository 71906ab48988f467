"""The reference evaluator: one request, all layers, the rules of `spec/evaluation.md` one by one.

It is written to be checked against AWS's text, not to be fast. Numbers in comments are statements of the
specification.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from apiece.arn import try_parse
from apiece.iam import catalog
from apiece.iam.document import Effect, Policy, PolicyKind, Statement
from apiece.iam.match import Truth, all_of, any_of
from apiece.iam.principal import Naming, excluded, named
from apiece.iam.request import Caller, CallerType, Request, resource_account, role_arn
from apiece.iam.statements import Asked, asked, speaks

_NOT_LIMITED_BY_SCP = frozenset({CallerType.SERVICE, CallerType.ANONYMOUS, CallerType.FEDERATED})
_WITHOUT_PRINCIPAL = frozenset({PolicyKind.IDENTITY, PolicyKind.SCP})
_ASSUMING = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
    }
)


class Result(StrEnum):
    ALLOWED = "allowed"
    EXPLICITLY_DENIED = "explicitly-denied"
    IMPLICITLY_DENIED = "implicitly-denied"
    UNKNOWN = "unknown"


class Says(StrEnum):
    """What one layer says."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"
    UNKNOWN = "unknown"


class UrlRegime(StrEnum):
    """Function URLs made before or after October 2025 (statement 12)."""

    BEFORE = "before-2025-10"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Grant:
    """A KMS grant: `grantee` is an ARN, `operations` are action names without the service."""

    grantee: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """Every policy that may bear on a request. None: the layer does not apply. Empty: it applies and allows nothing.

    `scp` and `rcp` are levels from the root down. `trust` is a role's trust policy, for sts:AssumeRole.
    """

    identity: tuple[Policy, ...] | None = None
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    resource_policy: Policy | None = None
    scp: tuple[tuple[Policy, ...], ...] | None = None
    rcp: tuple[tuple[Policy, ...], ...] | None = None
    endpoint: tuple[Policy, ...] | None = None
    trust: Policy | None = None
    kms_grants: tuple[Grant, ...] = ()
    url_regime: UrlRegime | None = None


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What a layer says, and the statements that made it say so (`policy index/Sid or #index`)."""

    layer: str
    says: Says
    statements: tuple[tuple[int, Statement], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    result: Result
    layers: tuple[LayerResult, ...]
    reason: str


@dataclass
class _Layer:
    """The Allow and the Deny of one layer, and who is meant by the Allow."""

    name: str
    allow: Truth = False
    deny: Truth = False
    by: dict[Naming, Truth] = field(default_factory=dict)
    allowing: list[tuple[int, Statement]] = field(default_factory=list)
    denying: list[tuple[int, Statement]] = field(default_factory=list)
    doubtful: list[tuple[int, Statement]] = field(default_factory=list)

    def result(self) -> LayerResult:
        if self.deny:
            return LayerResult(self.name, Says.DENY, tuple(self.denying))
        if self.deny is None or (self.allow is None and not self.allowing):
            return LayerResult(self.name, Says.UNKNOWN, tuple(self.doubtful))
        if self.allow:
            return LayerResult(self.name, Says.ALLOW, tuple(self.allowing))
        return LayerResult(self.name, Says.SILENT)


def evaluate(request: Request, layers: Layers) -> Decision:
    """Decide one request."""
    if request.action.lower() == "lambda:invokefunctionurl" and layers.url_regime is UrlRegime.AFTER:
        return _through_url(request, layers)
    return _decide(asked(request), layers)


def says(policies: tuple[Policy, ...], request: Request, *, bounded: bool = False) -> LayerResult:
    """What policies say about a request by themselves, as one layer; principals count where their kind has them.

    `bounded` says that the caller has a permissions boundary (statement 16).
    """
    ask = asked(request)
    plain = tuple(policy for policy in policies if policy.kind in _WITHOUT_PRINCIPAL)
    naming = tuple(policy for policy in policies if policy.kind not in _WITHOUT_PRINCIPAL)
    layer = _plain_layer("policies", plain, ask)
    other = _principal_layer("policies", naming, ask, bounded=bounded)
    layer.allow, layer.deny = any_of([layer.allow, other.allow]), any_of([layer.deny, other.deny])
    layer.allowing, layer.denying = layer.allowing + other.allowing, layer.denying + other.denying
    layer.doubtful += other.doubtful
    return layer.result()


def _through_url(request: Request, layers: Layers) -> Decision:
    """Statement 12: a URL made since October 2025 needs both permissions."""
    first = _decide(asked(request), layers)
    if first.result is not Result.ALLOWED:
        return first
    context = {**request.context, "lambda:InvokedViaFunctionUrl": "true"}
    invoke = Request(request.caller, "lambda:InvokeFunction", request.resource, request.resource_account, context)
    second = _decide(asked(invoke), layers)
    reason = f"a function URL also needs lambda:InvokeFunction: {second.reason}"
    return Decision(second.result, first.layers + second.layers, reason)


def _decide(ask: Asked, layers: Layers) -> Decision:
    caller = ask.request.caller
    if ask.request.action.lower() == "sts:getcalleridentity":
        return Decision(Result.ALLOWED, (), "no permission is needed, and no policy can deny it")
    found = _layers(ask, layers)
    results = tuple(layer.result() for layer in found.values())
    denied = [layer for layer in found.values() if layer.deny]
    if denied:  # 1
        return Decision(Result.EXPLICITLY_DENIED, results, f"denied by the {denied[0].name} policy")
    if (reserved := _reserved(ask)) is not None:
        return Decision(Result.IMPLICITLY_DENIED, results, reserved)
    clauses = _clauses(ask, layers, found)
    missing = [name for name, clause in clauses if clause is False]
    if missing:  # whichever way a doubtful Deny falls, the request is denied
        return Decision(Result.IMPLICITLY_DENIED, results, f"not allowed by {missing[0]}")
    if any(clause is None for _, clause in clauses) or any(layer.deny is None for layer in found.values()):
        return Decision(Result.UNKNOWN, results, "it depends on something that is not known")
    return Decision(Result.ALLOWED, results, _why_allowed(caller, found))


def _why_allowed(caller: Caller, found: dict[str, _Layer]) -> str:
    resource = found.get("resource") or found.get("trust")
    if resource is not None and resource.allow and not (found.get("identity") and found["identity"].allow):
        return f"allowed by the {resource.name} policy"
    return "allowed by the identity policies" if caller.type is not CallerType.ROOT else "the account's root user"


# ---- what each layer says --------------------------------------------------------------------------------------------


def _layers(ask: Asked, layers: Layers) -> dict[str, _Layer]:
    caller = ask.request.caller
    bounded = layers.boundary is not None
    found: dict[str, _Layer] = {}
    for name, policies in (("identity", layers.identity), ("boundary", layers.boundary), ("session", layers.session)):
        if policies is not None:
            found[name] = _plain_layer(name, policies, ask)
    for name, policy in (("resource", layers.resource_policy), ("trust", layers.trust)):
        if policy is not None:
            found[name] = _principal_layer(name, (policy,), ask, bounded=bounded)
    if layers.endpoint is not None:
        found["endpoint"] = _principal_layer("endpoint", layers.endpoint, ask, bounded=bounded)
    if layers.scp is not None and _scp_applies(caller):
        for depth, level in enumerate(layers.scp):
            name = f"scp level {depth}"
            found[name] = _plain_layer(name, level, ask)
    if layers.rcp is not None and _rcp_applies(ask):
        for depth, level in enumerate(layers.rcp):
            name = f"rcp level {depth}"
            found[name] = _principal_layer(name, level, ask, bounded=False)
    return found


def _plain_layer(name: str, policies: tuple[Policy, ...], ask: Asked) -> _Layer:
    """A layer whose statements name no principal."""
    layer = _Layer(name)
    for index, policy in enumerate(policies):
        for statement in policy.statements:
            _record(layer, index, statement, speaks(statement, policy, ask))
    return layer


def _principal_layer(name: str, policies: tuple[Policy, ...], ask: Asked, *, bounded: bool) -> _Layer:
    """A layer whose statements name principals; a statement that names none never matches."""
    layer = _Layer(name)
    for index, policy in enumerate(policies):
        for statement in policy.statements:
            if statement.not_principals is not None:
                ways: dict[Naming, Truth] = {Naming.ANYONE: excluded(statement, ask, bounded=bounded)}
            else:
                ways = named(statement, ask)
                if name == "endpoint" and statement.principals is None:
                    ways = {Naming.ANYONE: True}  # an endpoint policy without principals is about everyone
            for how, who in ways.items():
                truth = all_of([who, speaks(statement, policy, ask)])
                _record(layer, index, statement, truth)
                if statement.effect is Effect.ALLOW:
                    layer.by[how] = any_of([layer.by.get(how, False), truth])
    return layer


def _record(layer: _Layer, index: int, statement: Statement, truth: Truth) -> None:
    if truth is False:
        return
    place = (index, statement)
    if truth is None and place not in layer.doubtful:
        layer.doubtful.append(place)
    if statement.effect is Effect.ALLOW:
        layer.allow = any_of([layer.allow, truth])
        if truth:
            layer.allowing.append(place)
    else:
        layer.deny = any_of([layer.deny, truth])
        if truth:
            layer.denying.append(place)


def _scp_applies(caller: Caller) -> bool:
    """Statement 14."""
    return not (caller.management_account or caller.service_linked or caller.type in _NOT_LIMITED_BY_SCP)


def _rcp_applies(ask: Asked) -> bool:
    """Statement 15."""
    caller = ask.request.caller
    owner = resource_account(ask.request)
    in_management = caller.management_account and (owner is None or owner == caller.account)
    service = ask.request.action.partition(":")[0].lower()
    return not caller.service_linked and not in_management and service in catalog.load().rcp_services


# ---- how the layers combine ------------------------------------------------------------------------------------------


def _clauses(ask: Asked, layers: Layers, found: dict[str, _Layer]) -> list[tuple[str, Truth]]:
    """Everything that must hold beside the absence of a Deny."""
    clauses: list[tuple[str, Truth]] = []
    for name, layer in found.items():
        if name.startswith("scp") or name == "endpoint":  # 14; RCPs always carry RCPFullAWSAccess (15)
            clauses.append((f"the {name} policy" if name == "endpoint" else f"the {name}", layer.allow))
    clauses.append(("any policy that counts for this caller", _granted(ask, layers, found)))
    return clauses


def _granted(ask: Asked, layers: Layers, found: dict[str, _Layer]) -> Truth:
    caller = ask.request.caller
    identity = found["identity"].allow if "identity" in found else False
    limits = all_of([found[name].allow for name in ("boundary", "session") if name in found])
    own = all_of([identity, limits])
    assuming = ask.request.action.lower() in _ASSUMING
    resource = found.get("trust") if assuming and "trust" in found else found.get("resource")
    by = resource.by if resource is not None else {}
    if caller.type in {CallerType.SERVICE, CallerType.FEDERATED}:  # 11
        return any_of([by.get(Naming.SELF, False), by.get(Naming.ANYONE, False)])
    if caller.type is CallerType.ANONYMOUS:
        return by.get(Naming.ANYONE, False)
    if caller.type is CallerType.ROOT:
        own = True
    owner = resource_account(ask.request)
    if owner is not None and caller.account is not None and owner != caller.account:
        return _across_accounts(ask, own, by)
    if assuming:
        return _within_account(limits, by, delegated=all_of([by.get(Naming.ACCOUNT, False), own]))  # 9
    if _is_key(ask):
        return _on_key(ask, layers, own, limits, by)
    return _within_account(limits, by, delegated=own)


def _within_account(limits: Truth, by: dict[Naming, Truth], *, delegated: Truth) -> Truth:
    """Statements 2 to 7: `delegated` is what the identity policies give, where the resource leaves it to them."""
    direct = by.get(Naming.SELF, False)
    anyone = by.get(Naming.ANYONE, False)
    role = all_of([by.get(Naming.ROLE, False), limits])  # 3
    parent = all_of([by.get(Naming.PARENT, False), limits])  # 7
    return any_of([delegated, direct, anyone, role, parent])


def _across_accounts(ask: Asked, own: Truth, by: dict[Naming, Truth]) -> Truth:
    """Statement 8: both sides must allow, and never across partitions."""
    resource, caller = try_parse(ask.request.resource), try_parse(ask.request.caller.arn or "")
    if resource is not None and caller is not None and resource.partition != caller.partition:
        return False
    return all_of([own, any_of(list(by.values()))])


def _is_key(ask: Asked) -> bool:
    arn = try_parse(ask.request.resource)
    return arn is not None and arn.service == "kms" and arn.resource.startswith("key/")


def _on_key(ask: Asked, layers: Layers, own: Truth, limits: Truth, by: dict[Naming, Truth]) -> Truth:
    """Statement 10: identity policies count only where the key policy leaves it to the account."""
    if layers.resource_policy is None and not layers.kms_grants:
        delegated: Truth = None if own else own
    else:
        delegated = all_of([by.get(Naming.ACCOUNT, False), own])
    granted = any(_grant_covers(grant, ask) for grant in layers.kms_grants)
    return any_of([granted, _within_account(limits, by, delegated=delegated)])


def _grant_covers(grant: Grant, ask: Asked) -> bool:
    operation = ask.request.action.partition(":")[2].lower()
    names = {ask.request.caller.arn, role_arn(ask.request.caller, ask.context)}
    return grant.grantee in names and operation in {name.lower().removeprefix("kms:") for name in grant.operations}


def _reserved(ask: Asked) -> str | None:
    """What AWS lets nobody change: its own policies, reserved roles, and aliases of its own keys (statement 10)."""
    service = ask.request.action.partition(":")[0].lower()
    arn = try_parse(ask.request.resource)
    if arn is None or service not in {"iam", "kms"}:
        return None
    action = catalog.load().action(ask.request.action)
    reading = action is not None and action.access_level in {"Read", "List"}
    if service == "kms" and arn.resource.startswith("alias/aws/") and not reading:
        return "aliases of AWS managed keys cannot be changed"
    if service == "iam" and not reading:
        if arn.account == "aws" and arn.resource.startswith("policy/"):
            return "AWS managed policies cannot be changed"
        if arn.resource.startswith("role/aws-reserved/"):
            return "reserved roles cannot be changed"
    return None
