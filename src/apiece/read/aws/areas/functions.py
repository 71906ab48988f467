"""Lambda functions with their versions, aliases, URLs, event sources and resource policies."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TypeVar

import msgspec

from apiece.estate.function import (
    Alias,
    Configuration,
    EventSource,
    Function,
    FunctionUrl,
    UrlAuth,
    Variable,
    Version,
    VpcAttachment,
)
from apiece.estate.gap import Gap
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.provenance import Provenance
from apiece.estate.seal import Sealed, judge, seal
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import PolicyKind
from apiece.read.aws.areas.tags import with_tags
from apiece.read.aws.call import Call, Outcome, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.documents import attached
from apiece.read.aws.facts import Facts
from apiece.text import Text

T = TypeVar("T")
LATEST = "$LATEST"
_NOT_FOUND = frozenset({"ResourceNotFoundException"})


class Vpc(msgspec.Struct, frozen=True, rename="pascal"):
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()


class Environment(msgspec.Struct, frozen=True, rename="pascal"):
    """Sealed while the answer is taken in; `unread` is AWS's error code where it could not decrypt the variables."""

    variables: tuple[Variable, ...] = ()
    unread: str | None = None


class Layer(msgspec.Struct, frozen=True, rename="pascal"):
    arn: str


class Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """One version of a function, as `ListFunctions` describes it."""

    function_name: str
    function_arn: str
    version: str = LATEST
    role: str | None = None
    runtime: str | None = None
    handler: str | None = None
    package_type: str = "Zip"
    vpc_config: Vpc | None = None
    environment: Environment | None = None
    key: str | None = msgspec.field(default=None, name="KMSKeyArn")
    layers: tuple[Layer, ...] = ()
    signing: str | None = msgspec.field(default=None, name="SigningProfileVersionArn")


class FunctionPage(msgspec.Struct, frozen=True, rename="pascal"):
    functions: tuple[Listed, ...]


class Mapping(msgspec.Struct, frozen=True, rename="pascal"):
    function_arn: str
    event_source_arn: str | None = None
    state: str | None = None


class MappingPage(msgspec.Struct, frozen=True, rename="pascal"):
    event_source_mappings: tuple[Mapping, ...]


class PolicyPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy: str | None = None


class Url(msgspec.Struct, frozen=True, rename="pascal"):
    function_arn: str
    auth_type: str


class Routing(msgspec.Struct, frozen=True, rename="pascal"):
    additional_version_weights: dict[str, float] = {}


class ListedAlias(msgspec.Struct, frozen=True, rename="pascal"):
    name: str
    function_version: str
    routing_config: Routing | None = None


class AliasPage(msgspec.Struct, frozen=True, rename="pascal"):
    aliases: tuple[ListedAlias, ...]


def sealed(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    """Replace the values of environment variables by what may be kept of them."""
    functions = raw.get("Functions")
    if not isinstance(functions, list):  # no page of functions: without the field, it cannot be read
        return {}
    return {"Functions": [_sealed_one(item, known) if isinstance(item, dict) else item for item in functions]}


def _sealed_one(item: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    environment = item.get("Environment")
    if not isinstance(environment, dict):
        return {key: value for key, value in item.items() if key != "Environment"}
    variables = environment.get("Variables")
    error = environment.get("Error")
    kept = {
        "Variables": [_variable(str(name), str(value), known) for name, value in sorted(variables.items())]
        if isinstance(variables, dict)
        else [],
        "Unread": str(error.get("ErrorCode", "unknown"))[:80] if isinstance(error, dict) and error else None,
    }
    return {**item, "Environment": kept}


def _variable(name: str, value: str, known: frozenset[str]) -> Variable:
    hits = judge(name, value)
    kept = seal(value, known_names=known, judged=hits)
    if isinstance(kept, Sealed):
        return Variable(name=name, sealed=kept, hits=hits)
    return Variable(name=name, value=kept, hits=hits)


LIST_FUNCTIONS = Call("lambda", "list_functions", "lambda:ListFunctions", FunctionPage, quota=Quota.LAMBDA, seal=sealed)
LIST_MAPPINGS = Call(
    "lambda", "list_event_source_mappings", "lambda:ListEventSourceMappings", MappingPage, quota=Quota.LAMBDA
)
GET_POLICY = Call(
    "lambda", "get_policy", "lambda:GetPolicy", PolicyPage, quota=Quota.LAMBDA_GET_POLICY, absent=_NOT_FOUND
)
GET_URL = Call(
    "lambda", "get_function_url_config", "lambda:GetFunctionUrlConfig", Url, quota=Quota.LAMBDA, absent=_NOT_FOUND
)
LIST_ALIASES = Call("lambda", "list_aliases", "lambda:ListAliases", AliasPage, quota=Quota.LAMBDA, absent=_NOT_FOUND)


def functions(desk: Desk, known: frozenset[str]) -> Facts:
    """Read all functions of an account and region. `known` are names of the estate that an environment may hold."""
    facts = Facts()
    listing = desk.ask(LIST_FUNCTIONS, {"FunctionVersion": "ALL"}, known=known)
    if listing.gap is not None:
        facts.gaps.append(desk.gap(LIST_FUNCTIONS, listing.gap, desk.itself, "functions", "the list of functions"))
    listed = sorted(
        {(item.function_name, item.version): item for page in listing.pages for item in page.functions}.items()
    )
    sources = _sources(desk, facts)
    found = [
        _function(desk, name, [item for _, item in items], sources, facts)
        for name, items in groupby(listed, key=lambda pair: pair[0][0])
    ]
    found = with_tags(desk, found, facts)
    found = _with_aliases(desk, found, facts)
    found = _with_urls(desk, found, facts)
    facts.functions = _with_policies(desk, found, facts)
    return facts


def _function(
    desk: Desk, name: str, items: list[Listed], sources: dict[str, tuple[EventSource, ...]], facts: Facts
) -> Function:
    at = desk.at(LIST_FUNCTIONS)
    latest = next((item for item in items if item.version == LATEST), items[-1])
    arn = _unqualified(latest.function_arn)
    subject = desk.subject(SubjectKind.FUNCTION, arn)
    return Function(
        subject=subject,
        name=name,
        arn=arn,
        latest=_configuration(desk, subject, latest, facts),
        versions=tuple(
            Version(name=item.version, configuration=_configuration(desk, subject, item, facts), at=at)
            for item in sorted(items, key=lambda item: (len(item.version), item.version))
            if item.version != LATEST
        ),
        event_sources=sources.get(arn, ()),
        at=at,
    )


def _configuration(desk: Desk, subject: Subject, item: Listed, facts: Facts) -> Configuration:
    at: Provenance = desk.at(LIST_FUNCTIONS)
    environment = item.environment or Environment()
    if environment.unread is not None:
        what = "the environment" if item.version == LATEST else f"the environment of version {item.version}"
        reason = f"{what} could not be read: Lambda may not decrypt it for us (`{environment.unread}`)"
        hint = "grant `kms:Decrypt` on the function's key"
        facts.gaps.append(_gap(subject, "function.environment", reason, at, hint))
    if item.role is None and item.version == LATEST:
        facts.gaps.append(_gap(subject, "function.role", "AWS named no execution role", at))
    vpc = item.vpc_config
    image = item.package_type == "Image"
    return Configuration(
        role=item.role,
        runtime=None if image else item.runtime,
        package="Image" if image else "Zip",
        handler=item.handler,
        environment=tuple(msgspec.structs.replace(variable, at=at) for variable in environment.variables),
        environment_key=item.key,
        vpc=VpcAttachment(subnets=vpc.subnet_ids, security_groups=vpc.security_group_ids, at=at)
        if vpc is not None and (vpc.subnet_ids or vpc.security_group_ids)
        else None,
        layers=tuple(layer.arn for layer in item.layers),
    )


def _sources(desk: Desk, facts: Facts) -> dict[str, tuple[EventSource, ...]]:
    """Event sources by the function they call, whatever version or alias they name."""
    outcome = desk.ask(LIST_MAPPINGS)
    if outcome.gap is not None:
        facts.gaps.append(
            desk.gap(LIST_MAPPINGS, outcome.gap, desk.itself, "event-sources", "the list of event sources")
        )
    found: dict[str, list[EventSource]] = {}
    for page in outcome.pages:
        for mapping in page.event_source_mappings:
            source = EventSource(
                source=mapping.event_source_arn, qualifier=_qualifier(mapping.function_arn), at=desk.at(LIST_MAPPINGS)
            )
            found.setdefault(_unqualified(mapping.function_arn), []).append(source)
    return {arn: tuple(sorted(sources, key=lambda one: str(one.source))) for arn, sources in found.items()}


def _with_aliases(desk: Desk, found: list[Function], facts: Facts) -> list[Function]:
    made: list[Function] = []
    for function, outcome in _each(desk, LIST_ALIASES, found):
        if outcome.gap is not None:
            # Each alias may have a URL and a resource policy of its own, which nobody can then ask for.
            facts.gaps += [
                desk.gap(LIST_ALIASES, outcome.gap, function.subject, needs, what)
                for needs, what in (
                    ("function.aliases", "the aliases"),
                    ("function.urls", "the URLs of the aliases"),
                    ("function.policies", "the resource policies of the aliases"),
                )
            ]
        aliases = tuple(
            Alias(name=alias.name, version=version, at=desk.at(LIST_ALIASES))
            for page in outcome.pages
            for alias in page.aliases
            for version in (alias.function_version, *sorted(_weights(alias)))
        )
        made.append(msgspec.structs.replace(function, aliases=aliases))
    return made


def _weights(alias: ListedAlias) -> Iterable[str]:
    return alias.routing_config.additional_version_weights if alias.routing_config is not None else ()


def _with_urls(desk: Desk, found: list[Function], facts: Facts) -> list[Function]:
    """The URL of a function, and those of its aliases; a version has none."""
    asked = [
        (position, qualifier)
        for position, function in enumerate(found)
        for qualifier in dict.fromkeys((None, *(alias.name for alias in function.aliases)))
    ]
    urls: dict[int, list[FunctionUrl]] = {}
    for (position, qualifier), outcome in zip(asked, _qualified(desk, GET_URL, found, asked), strict=True):
        if outcome.gap is not None:
            what = f"the function URL of `{qualifier}`" if qualifier else "the function URL"
            facts.gaps.append(desk.gap(GET_URL, outcome.gap, found[position].subject, "function.urls", what))
        for url in outcome.pages:
            auth = UrlAuth(url.auth_type) if url.auth_type in {"NONE", "AWS_IAM"} else UrlAuth.UNKNOWN
            urls.setdefault(position, []).append(FunctionUrl(auth=auth, qualifier=qualifier, at=desk.at(GET_URL)))
    return [
        msgspec.structs.replace(function, urls=tuple(urls.get(position, ()))) for position, function in enumerate(found)
    ]


def _with_policies(desk: Desk, found: list[Function], facts: Facts) -> list[Function]:
    """Resource policies of functions, of their aliases and of their versions: each may let somebody in."""
    asked = [
        (position, qualifier)
        for position, function in enumerate(found)
        for qualifier in dict.fromkeys(
            (None, *(alias.name for alias in function.aliases), *(version.name for version in function.versions))
        )
    ]
    outcomes = _qualified(desk, GET_POLICY, found, asked)
    policies: dict[int, list[AttachedPolicy]] = {}
    for (position, qualifier), outcome in zip(asked, outcomes, strict=True):
        function = found[position]
        what = f"the resource policy of `{qualifier}`" if qualifier else "the resource policy"
        if outcome.gap is not None:
            facts.gaps.append(desk.gap(GET_POLICY, outcome.gap, function.subject, "function.policies", what))
        text = outcome.first.policy if outcome.first is not None else None
        if text is None:
            continue
        name = f"resource policy of {qualifier}" if qualifier else "resource policy"
        at = desk.at(GET_POLICY)
        policy, why = attached(text, PolicyKind.RESOURCE, name=name, form=PolicyForm.RESOURCE, at=at)
        if why is not None:
            facts.gaps.append(_gap(function.subject, "function.policies", f"{what} is not one: {why}", at))
        policies.setdefault(position, []).append(policy)
    return [
        msgspec.structs.replace(function, policies=tuple(policies.get(position, ())))
        for position, function in enumerate(found)
    ]


def _qualified(
    desk: Desk, call: Call[T], found: list[Function], asked: Iterable[tuple[int, Text | None]]
) -> list[Outcome[T]]:
    return desk.each(
        call,
        (
            {"FunctionName": found[position].name} | ({"Qualifier": qualifier} if qualifier else {})
            for position, qualifier in asked
        ),
    )


def _each(desk: Desk, call: Call[T], found: list[Function]) -> Iterable[tuple[Function, Outcome[T]]]:
    outcomes = desk.each(call, ({"FunctionName": function.name} for function in found))
    return zip(found, outcomes, strict=True)


def _gap(subject: Subject, needs: str, reason: str, at: Provenance, hint: str | None = None) -> Gap:
    return Gap(subject=subject, needs=needs, reason=reason, hint=hint, at=at)


def _unqualified(arn: str) -> str:
    """`arn:aws:lambda:region:account:function:name` of a qualified ARN."""
    return ":".join(arn.split(":")[:7])


def _qualifier(arn: str) -> str | None:
    parts = arn.split(":", 7)
    return parts[7] if len(parts) > 7 else None  # noqa: PLR2004 (the eighth part of a qualified function ARN)
