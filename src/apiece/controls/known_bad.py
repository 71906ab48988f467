"""One small estate for each control that the control must fail, for the self-test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from apiece.access.deploying import Deployers
from apiece.controls.known_bad_identity import KNOWN_BAD_IDENTITY
from apiece.controls.shorthand import estate_of
from apiece.estate.entry import Route, RouteAuth
from apiece.estate.estate import Account, Estate
from apiece.estate.function import (
    Configuration,
    Function,
    FunctionUrl,
    Origin,
    OriginKind,
    UrlAuth,
    Variable,
    VpcAttachment,
)
from apiece.estate.identity import Role, StandalonePolicy
from apiece.estate.network import PeerKind, SecurityGroup, TrafficRule
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.watch import EventSelector, FieldSelector, Trail
from apiece.iam.document import Policy, PolicyKind, parse
from apiece.records.owners import Owners
from apiece.tree import from_plain

_ROLE = "arn:aws:iam::111122223333:role/self-test"
_FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:self-test"
_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def _policy(statement: Mapping[str, object], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    return parse(from_plain({"Version": "2012-10-17", "Statement": [dict(statement)]}), kind)


def _alone(statement: Mapping[str, object]) -> Estate:
    """A policy that stands alone."""
    attached = AttachedPolicy(name="self-test", form=PolicyForm.INLINE, document=_policy(statement))
    subject = Subject(kind=SubjectKind.POLICY, logical_id="SelfTest", stack="self-test")
    return Estate(taken_at="", policies=(StandalonePolicy(subject=subject, policy=attached),))


def _function(name: str = "SelfTest", **fields: object) -> Function:
    configuration = {"role": _ROLE, "runtime": "python3.13"}
    own = {key: fields.pop(key) for key in list(fields) if key in Configuration.__struct_fields__}
    return Function(
        subject=Subject(kind=SubjectKind.FUNCTION, logical_id=name, stack="self-test"),
        name=name,
        arn=_FUNCTION,
        latest=Configuration(**(configuration | own)),  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )


def _permission(principal: object) -> AttachedPolicy:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction", "Resource": _FUNCTION}
    return AttachedPolicy(name="permission", form=PolicyForm.RESOURCE, document=_policy(statement, PolicyKind.RESOURCE))


def _of(*functions: Function, **facts: object) -> Estate:
    return Estate(taken_at="", functions=functions, **facts)  # type: ignore[arg-type]


def _trusting_everybody() -> Estate:
    statements = [_LAMBDA, {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]
    document = parse(from_plain({"Version": "2012-10-17", "Statement": statements}), PolicyKind.TRUST)
    role = Role(
        subject=Subject(kind=SubjectKind.ROLE, logical_id="Role", stack="self-test"),
        name="self-test",
        arn=_ROLE,
        trust=(AttachedPolicy(name="trust", form=PolicyForm.TRUST, document=document),),
    )
    return _of(_function(), roles=(role,))


def _open_group() -> Estate:
    rule = TrafficRule(protocol="tcp", from_port=22, to_port=22, peer_kind=PeerKind.IPV4, peer="0.0.0.0/0")
    group = SecurityGroup(
        subject=Subject(kind=SubjectKind.SECURITY_GROUP, logical_id="Group", stack="self-test"),
        id="sg-1",
        ingress=(rule,),
    )
    return _of(_function(vpc=VpcAttachment(subnets=("subnet-1",), security_groups=("sg-1",))), security_groups=(group,))


def _secret() -> Estate:
    variable = Variable(name="TOKEN", origins=(Origin(OriginKind.DYNAMIC_SECRET, "self-test"),))
    return _of(_function(environment=(variable,)))


def _orphan() -> Estate:
    trust = {"Version": "2012-10-17", "Statement": [_LAMBDA]}
    return estate_of(
        {
            "accounts": [{"id": "111122223333", "every_region": True}],
            "roles": [{"arn": _ROLE, "created": "2000-01-01", "trust": trust}],
        }
    )


def _left_over() -> Estate:
    arn = "arn:aws:sqs:us-east-1:111122223333:self-test"
    gone = {
        "Effect": "Allow",
        "Principal": {"AWS": "AROASELFTESTSELFTEST1"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    return estate_of({"resources": [{"arn": arn, "policies": {"Version": "2012-10-17", "Statement": [gone]}}]})


def _open_route() -> Estate:
    subject = Subject(kind=SubjectKind.API, logical_id="Route", stack="self-test")
    route = Route(subject=subject, api="self-test", method="GET", path="/", auth=RouteAuth.NONE, targets=(_FUNCTION,))
    return _of(_function(), routes=(route,))


def _any_repository() -> Estate:
    provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}},
    }
    return estate_of({"roles": [{"arn": _ROLE, "trust": {"Version": "2012-10-17", "Statement": [statement]}}]})


def _invoked_from_elsewhere() -> Estate:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": "lambda:InvokeFunction",
        "Resource": _FUNCTION,
    }
    return estate_of(
        {"functions": [{"arn": _FUNCTION, "latest": {"role": _ROLE}, "policies": {"Statement": [statement]}}]}
    )


def _kept_version() -> Estate:
    def role(name: str, actions: str) -> dict[str, object]:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::self-test/*"}
        return {"arn": f"arn:aws:iam::111122223333:role/{name}", "policies": {"Statement": [statement]}}

    roles = [role("narrow", "s3:GetObject"), role("broad", "s3:*")]
    function = {
        "arn": _FUNCTION,
        "latest": {"role": roles[0]["arn"]},
        "versions": [{"name": "1", "configuration": {"role": roles[1]["arn"]}}],
        "aliases": [{"name": "live", "version": "1"}],
    }
    return estate_of({"functions": [function], "roles": roles})


def _live(**facts: object) -> Estate:
    """A region of a live account with one function, and what watches it."""
    subject = Subject(kind=SubjectKind.FUNCTION, arn=_FUNCTION, account="111122223333", region="us-east-1")
    function = msgspec.structs.replace(_function(), subject=subject)
    account = Account(id="111122223333", regions=("us-east-1",), every_region=True)
    return _of(function, accounts=(account,), **facts)


def _trail() -> Trail:
    """A trail that records all management events, and whose files anybody may change unseen."""
    arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/self-test"
    management = FieldSelector(field="eventCategory", equals=("Management",))
    return Trail(
        subject=Subject(kind=SubjectKind.TRAIL, arn=arn, account="111122223333", region="us-east-1"),
        name="self-test",
        logging=True,
        multi_region=True,
        validated=False,
        selectors=(EventSelector(fields=(management,)),),
    )


def _foreign_layer() -> Estate:
    layer = "arn:aws:lambda:us-east-1:444455556666:layer:self-test:1"
    return estate_of({"functions": [{"arn": _FUNCTION, "latest": {"role": _ROLE, "layers": [layer]}}]})


def _queue(principal: object) -> Estate:
    """A queue that lets somebody send."""
    arn = "arn:aws:sqs:us-east-1:111122223333:self-test"
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": arn}
    document = _policy(statement, PolicyKind.RESOURCE)
    policy = AttachedPolicy(name="resource policy", form=PolicyForm.RESOURCE, document=document)
    subject = Subject(kind=SubjectKind.QUEUE, logical_id="Queue", stack="self-test")
    return Estate(taken_at="", resources=(Resource(subject=subject, name="self-test", arn=arn, policies=(policy,)),))


KNOWN_BAD: Mapping[str, Callable[[], Estate]] = MappingProxyType(
    {
        "access-change-alarm-missing": lambda: _live(trails=(_trail(),)),
        "access-config-rules-missing": _live,
        "admin-execution-role": lambda: _alone({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        "allow-by-exclusion": lambda: _alone({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        "api-without-authorizer": _open_route,
        "ci-trust-too-wide": _any_repository,
        "cross-account-invoke": _invoked_from_elsewhere,
        "config-recorder-off": _live,
        "data-events-not-recorded": lambda: _live(trails=(_trail(),)),
        "cross-account-resource-policy": lambda: _queue({"AWS": "444455556666"}),
        "escalation-possible": lambda: _alone({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}),
        "environment-without-customer-key": lambda: _of(_function(environment=(Variable(name="TABLE", value="a"),))),
        "foreign-layer": _foreign_layer,
        "function-outside-vpc": lambda: _of(_function()),
        "function-url-without-auth": lambda: _of(_function(urls=(FunctionUrl(auth=UrlAuth.NONE),))),
        "invoke-without-source": lambda: _of(_function(policies=(_permission({"Service": "s3.amazonaws.com"}),))),
        "leftover-access": _left_over,
        "open-security-group": _open_group,
        "orphan-role": _orphan,
        "owner-missing": lambda: _of(_function(tags=())),
        "public-function": lambda: _of(_function(policies=(_permission("*"),))),
        "public-resource-policy": lambda: _queue("*"),
        "secret-in-environment": _secret,
        "shared-execution-role": lambda: _of(_function("First"), _function("Second")),
        "trail-missing": _live,
        "trail-not-validated": lambda: _live(trails=(_trail(),)),
        "trust-beyond-lambda": _trusting_everybody,
        "unsupported-runtime": lambda: _of(_function(runtime="python3.7")),
        "version-keeps-old-access": _kept_version,
        "vpc-egress-open": _open_group,
        "wide-action": lambda: _alone({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}),
        "wide-resource": lambda: _alone(
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:111122223333:*"}
        ),
    }
    | dict(KNOWN_BAD_IDENTITY)
)
"""Control id to the estate that it must fail."""

KNOWN_FACTS: Mapping[str, tuple[object, ...]] = MappingProxyType(
    {"owner-missing": (Owners(tags=("owner",)),), "code-writable-by-many": (Deployers(()),)}
)
"""Control id to the facts from elsewhere that it is shown its estate with."""
