"""Application load balancers: the rules that forward to functions."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from apiece.estate.entry import Door, Route, RouteAuth
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Group(msgspec.Struct, frozen=True, rename="pascal"):
    target_group_arn: str
    target_type: str | None = None
    load_balancer_arns: tuple[str, ...] = ()


class GroupPage(msgspec.Struct, frozen=True, rename="pascal"):
    target_groups: tuple[Group, ...] = ()


class Target(msgspec.Struct, frozen=True, rename="pascal"):
    id: str


class Health(msgspec.Struct, frozen=True, rename="pascal"):
    target: Target


class HealthPage(msgspec.Struct, frozen=True, rename="pascal"):
    target_health_descriptions: tuple[Health, ...] = ()


class Balancer(msgspec.Struct, frozen=True, rename="pascal"):
    load_balancer_arn: str
    scheme: str | None = None


class BalancerPage(msgspec.Struct, frozen=True, rename="pascal"):
    load_balancers: tuple[Balancer, ...] = ()


class Listener(msgspec.Struct, frozen=True, rename="pascal"):
    listener_arn: str


class ListenerPage(msgspec.Struct, frozen=True, rename="pascal"):
    listeners: tuple[Listener, ...] = ()


class Weighted(msgspec.Struct, frozen=True, rename="pascal"):
    target_group_arn: str | None = None


class Forward(msgspec.Struct, frozen=True, rename="pascal"):
    target_groups: tuple[Weighted, ...] = ()


class Oidc(msgspec.Struct, frozen=True, rename="pascal"):
    issuer: str | None = None
    on_unauthenticated_request: str | None = None


class Cognito(msgspec.Struct, frozen=True, rename="pascal"):
    user_pool_arn: str | None = None
    on_unauthenticated_request: str | None = None


class Jwt(msgspec.Struct, frozen=True, rename="pascal"):
    issuer: str | None = None


class Action(msgspec.Struct, frozen=True, rename="pascal"):
    type: str
    target_group_arn: str | None = None
    forward_config: Forward | None = None
    authenticate_oidc_config: Oidc | None = None
    authenticate_cognito_config: Cognito | None = None
    jwt_validation_config: Jwt | None = None


class Methods(msgspec.Struct, frozen=True, rename="pascal"):
    values: tuple[str, ...] = ()


class Paths(msgspec.Struct, frozen=True, rename="pascal"):
    values: tuple[str, ...] = ()
    regex_values: tuple[str, ...] = ()


class Condition(msgspec.Struct, frozen=True, rename="pascal"):
    field: str | None = None
    values: tuple[str, ...] = ()
    path_pattern_config: Paths | None = None
    http_request_method_config: Methods | None = None


class Rule(msgspec.Struct, frozen=True, rename="pascal"):
    rule_arn: str
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()


class RulePage(msgspec.Struct, frozen=True, rename="pascal"):
    rules: tuple[Rule, ...] = ()


_ELB = "elasticloadbalancing"
DESCRIBE_GROUPS = Call("elbv2", "describe_target_groups", f"{_ELB}:DescribeTargetGroups", GroupPage)
DESCRIBE_HEALTH = Call(
    "elbv2",
    "describe_target_health",
    f"{_ELB}:DescribeTargetHealth",
    HealthPage,
    absent=frozenset({"TargetGroupNotFound", "TargetGroupNotFoundException"}),
)
DESCRIBE_BALANCERS = Call("elbv2", "describe_load_balancers", f"{_ELB}:DescribeLoadBalancers", BalancerPage)
DESCRIBE_LISTENERS = Call(
    "elbv2",
    "describe_listeners",
    f"{_ELB}:DescribeListeners",
    ListenerPage,
    absent=frozenset({"LoadBalancerNotFound", "LoadBalancerNotFoundException"}),
)
DESCRIBE_RULES = Call(
    "elbv2",
    "describe_rules",
    f"{_ELB}:DescribeRules",
    RulePage,
    absent=frozenset({"ListenerNotFound", "ListenerNotFoundException"}),
)


def load_balancers(desk: Desk) -> Facts:
    """Read the rules of all load balancers of a region that forward to functions.

    Balancers are looked at only where a target group of functions exists, and only those that such a group serves.
    """
    facts = Facts()
    listing = desk.ask(DESCRIBE_GROUPS)
    if listing.gap is not None:
        facts.gaps.append(desk.gap(DESCRIBE_GROUPS, listing.gap, desk.itself, "routes", "the list of target groups"))
    groups = [group for page in listing.pages for group in page.target_groups if group.target_type == "lambda"]
    functions = _functions(desk, groups, facts)
    serving = sorted({arn for group in groups for arn in group.load_balancer_arns})
    if not serving:
        return facts
    private = _private(desk, facts)
    for balancer, rule in _rules(desk, serving, facts):
        forwarded = [arn for arn in _forwarded(rule) if arn in functions]
        if forwarded:
            facts.routes.append(_route(desk, balancer, rule, private.get(balancer), (forwarded, functions)))
    return facts


def _functions(desk: Desk, groups: list[Group], facts: Facts) -> dict[str, tuple[str, ...]]:
    """ARNs of functions by target group."""
    outcomes = desk.each(DESCRIBE_HEALTH, ({"TargetGroupArn": group.target_group_arn} for group in groups))
    found: dict[str, tuple[str, ...]] = {}
    for group, outcome in zip(groups, outcomes, strict=True):
        if outcome.gap is not None:
            what = f"the targets of `{group.target_group_arn[:160]}`"
            facts.gaps.append(desk.gap(DESCRIBE_HEALTH, outcome.gap, desk.itself, "route.targets", what))
        found[group.target_group_arn] = tuple(
            sorted({one.target.id for page in outcome.pages for one in page.target_health_descriptions})
        )
    return found


def _private(desk: Desk, facts: Facts) -> dict[str, bool]:
    """Whether a balancer is internal to its VPC, where AWS says so."""
    listing = desk.ask(DESCRIBE_BALANCERS)
    if listing.gap is not None:
        facts.gaps.append(
            desk.gap(DESCRIBE_BALANCERS, listing.gap, desk.itself, "route.private", "the list of load balancers")
        )
    return {
        balancer.load_balancer_arn: balancer.scheme == "internal"
        for page in listing.pages
        for balancer in page.load_balancers
        if balancer.scheme is not None
    }


def _rules(desk: Desk, balancers: list[str], facts: Facts) -> list[tuple[str, Rule]]:
    """The rules of all listeners, each with its balancer. A listener's default action is a rule as well."""
    listeners: list[tuple[str, str]] = []
    asked = desk.each(DESCRIBE_LISTENERS, ({"LoadBalancerArn": arn} for arn in balancers))
    for arn, outcome in zip(balancers, asked, strict=True):
        if outcome.gap is not None:
            what = f"the listeners of `{arn[:160]}`"
            facts.gaps.append(desk.gap(DESCRIBE_LISTENERS, outcome.gap, desk.itself, "routes", what))
        listeners += [(arn, one.listener_arn) for page in outcome.pages for one in page.listeners]
    found: list[tuple[str, Rule]] = []
    answers = desk.each(DESCRIBE_RULES, ({"ListenerArn": listener} for _, listener in listeners))
    for (arn, listener), answer in zip(listeners, answers, strict=True):
        if answer.gap is not None:
            what = f"the rules of `{listener[:160]}`"
            facts.gaps.append(desk.gap(DESCRIBE_RULES, answer.gap, desk.itself, "routes", what))
        found += [(arn, rule) for page in answer.pages for rule in page.rules]
    return found


def _forwarded(rule: Rule) -> list[str]:
    """The target groups that a rule forwards to."""
    groups = [
        group.target_group_arn
        for action in rule.actions
        if action.forward_config is not None
        for group in action.forward_config.target_groups
    ]
    alone = [action.target_group_arn for action in rule.actions]
    return sorted({arn for arn in (*groups, *alone) if arn is not None})


def _route(
    desk: Desk,
    balancer: str,
    rule: Rule,
    private: bool | None,  # noqa: FBT001 (a fact of the balancer, passed on)
    forwarded: tuple[list[str], dict[str, tuple[str, ...]]],
) -> Route:
    groups, functions = forwarded
    auth, decider = _auth(rule.actions)
    return Route(
        subject=desk.subject(SubjectKind.API, rule.rule_arn),
        api=balancer,
        method=" ".join(_methods(rule)) or "ANY",
        path=" ".join(_paths(rule)) or None,
        auth=auth,
        targets=tuple(sorted({arn for group in groups for arn in functions[group]})),
        door=Door.LOAD_BALANCER,
        deciders=(decider,) if decider is not None else (),
        private=private,
        at=desk.at(DESCRIBE_RULES),
    )


def _auth(actions: Iterable[Action]) -> tuple[RouteAuth, str | None]:
    """Who is asked before the rule forwards. An action that lets strangers through asks nobody."""
    for action in actions:
        match action.type:
            case "authenticate-oidc":
                oidc = action.authenticate_oidc_config or Oidc()
                if oidc.on_unauthenticated_request != "allow":
                    return RouteAuth.OIDC, oidc.issuer
            case "authenticate-cognito":
                cognito = action.authenticate_cognito_config or Cognito()
                if cognito.on_unauthenticated_request != "allow":
                    return RouteAuth.COGNITO, cognito.user_pool_arn
            case "jwt-validation":
                return RouteAuth.JWT, (action.jwt_validation_config or Jwt()).issuer
    return RouteAuth.NONE, None


def _methods(rule: Rule) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            value
            for one in rule.conditions
            if one.field == "http-request-method"
            for value in (*one.values, *(one.http_request_method_config or Methods()).values)
        )
    )


def _paths(rule: Rule) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for one in rule.conditions:
        if one.field == "path-pattern":
            config = one.path_pattern_config or Paths()
            found |= dict.fromkeys((*one.values, *config.values, *config.regex_values))
    return tuple(found)
