"""Functions with their versions, aliases, URLs, event sources and resource policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from apiece.estate.function import (
    Alias,
    Configuration,
    EventSource,
    Function,
    FunctionUrl,
    Tag,
    UrlAuth,
    Version,
    VpcAttachment,
)
from apiece.estate.provenance import Provenance
from apiece.estate.seal import judge
from apiece.estate.subject import SubjectKind
from apiece.estate.when import When
from apiece.read.cloudformation.attributes import arn_of, name_of
from apiece.read.cloudformation.build.environment import variables
from apiece.read.cloudformation.build.permissions import permission
from apiece.read.cloudformation.build.site import Site, literal_of, shown, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.text import Hole, Symbolic, Text, join
from apiece.tree import Mapping, Node, Sequence

_CONFIGURED = (
    "Role",
    "Runtime",
    "PackageType",
    "Handler",
    "VpcConfig",
    "Layers",
    "KmsKeyArn",
    "Code",
    "CodeSigningConfigArn",
)
_ATTACHED = {
    "AWS::Lambda::Version": "FunctionName",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Url": "TargetFunctionArn",
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
}


@dataclass(frozen=True)
class Qualified:
    """A function as something else names it: positions of its records, and the qualifier if there is one."""

    positions: tuple[int, ...]
    qualifier: Text | None


def functions(sites: Iterable[Site]) -> list[Function]:
    """Build the functions of all templates, each in every form its conditions allow, with all that points at them."""
    placed = list(sites)
    found: list[Function] = []
    for site in placed:
        if site.resource.type == "AWS::Lambda::Function":
            found.extend(_forms(site))
    index = _Index(found)
    for site in placed:
        key = _ATTACHED.get(site.resource.type)
        if key is not None:
            _attach(site, key, found, index)
    return found


def _forms(site: Site) -> Iterator[Function]:
    arn, name = arn_of(site.template, site.resource), name_of(site.template, site.resource)
    properties = site.resource.properties
    entries = properties.entries if isinstance(properties, Mapping) else ()
    frame = Mapping(tuple((key, node) for key, node in entries if key.value in _CONFIGURED))
    forms = site.forms(frame)
    if forms is None:
        site.gap(SubjectKind.FUNCTION, "function", "the function depends on too many conditions")
        forms = [(site.when, Mapping(()))]
    environment = variables(site)
    for when, form in forms:
        if not isinstance(form, Mapping):
            continue
        own = tuple(
            msgspec.structs.replace(variable, when=joint)
            for variable in environment
            if (joint := site.joined(when, variable.when)) is not None
        )
        latest = msgspec.structs.replace(_configuration(site, form), environment=own)
        yield Function(
            subject=site.subject(SubjectKind.FUNCTION),
            name=name,
            arn=arn,
            latest=latest,
            code_signing=text_of(form.get("CodeSigningConfigArn")),
            tags=_tags(site, when),
            when=when,
            at=site.place(),
        )


def _tags(site: Site, when: When) -> tuple[Tag, ...] | None:
    """Read the tags; SAM's own form is a list by then. None where one has a name that is not known."""
    found = []
    for joint, node in site.elements(site.get("Tags"), when):
        name = literal_of(node.get("Key")) if isinstance(node, Mapping) else None
        if name is None or not isinstance(node, Mapping):
            return None
        value = text_of(node.get("Value"))
        found.append(Tag(name=name, value=None if judge(name, value) else value, when=joint))
    return tuple(found)


def _configuration(site: Site, form: Mapping) -> Configuration:
    package = text_of(form.get("PackageType")) or "Zip"
    role, runtime = form.get("Role"), form.get("Runtime")
    image = package == "Image"
    if text_of(role) is None:
        reason = "the function states no role" if role is None else f"its role is {shown(role)}"
        site.gap(SubjectKind.FUNCTION, "function.role", reason, at=role)
    if text_of(runtime) is None and not image and _needs_runtime(form):
        reason = "the function states no runtime" if runtime is None else f"its runtime is {shown(runtime)}"
        site.gap(SubjectKind.FUNCTION, "function.runtime", reason, at=runtime)
    return Configuration(
        role=text_of(role),
        runtime=None if image else text_of(runtime),
        package="Image" if image else "Zip",
        handler=text_of(form.get("Handler")),
        environment_key=text_of(form.get("KmsKeyArn")),
        vpc=_vpc(site, form.get("VpcConfig")),
        layers=_texts(site, form.get("Layers"), "function.layers"),
        code=_code(form.get("Code")),
        places=_places(site, form),
    )


def _needs_runtime(form: Mapping) -> bool:
    code = form.get("Code")
    return not (isinstance(code, Mapping) and code.get("ImageUri") is not None)


def _places(site: Site, form: Mapping) -> dict[str, Provenance]:
    fields = {
        "Role": "role",
        "Runtime": "runtime",
        "VpcConfig": "vpc",
        "Layers": "layers",
        "Code": "code",
        "Environment": "environment",
        "KmsKeyArn": "environment_key",
        "Handler": "handler",
    }
    return {field: site.place(node, key) for key, field in fields.items() if (node := form.get(key)) is not None}


def _vpc(site: Site, node: Node | None) -> VpcAttachment | None:
    if node is None:
        return None
    if not isinstance(node, Mapping):
        site.gap(SubjectKind.FUNCTION, "function.vpc", f"its network is {shown(node)}", at=node)
        return None
    subnets = _texts(site, node.get("SubnetIds"), "function.vpc")
    groups = _texts(site, node.get("SecurityGroupIds"), "function.vpc")
    if not subnets and not groups:
        return None
    return VpcAttachment(subnets=subnets, security_groups=groups, at=site.place(node, "VpcConfig"))


def _texts(site: Site, node: Node | None, needs: str) -> tuple[Text, ...]:
    """Read a list of texts; a list that is itself unknown stays as the one open text that stands for it."""
    if node is None:
        return ()
    found = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        text = text_of(item)
        if text is None:
            site.gap(SubjectKind.FUNCTION, needs, f"an entry is {shown(item)}", at=item)
        else:
            found.append(text)
    return tuple(found)


def _code(node: Node | None) -> Text | None:
    if not isinstance(node, Mapping):
        return None
    image = text_of(node.get("ImageUri"))
    bucket, key = text_of(node.get("S3Bucket")), text_of(node.get("S3Key"))
    if image is not None:
        return image
    return _joined("s3://", bucket, "/", key) if bucket is not None and key is not None else None


def _joined(*texts: Text) -> Text:
    return join(texts)


class _Index:
    """Finds functions by what else in a template names them: a name, an ARN, or a qualified ARN."""

    def __init__(self, found: list[Function]) -> None:
        self._by_text: dict[Text, tuple[int, ...]] = {}
        for position, function in enumerate(found):
            for text in {function.name, _plain(function.arn)}:
                self._by_text[text] = (*self._by_text.get(text, ()), position)

    def find(self, text: Text) -> Qualified | None:
        text = _plain(text)
        if text in self._by_text:
            return Qualified(self._by_text[text], None)
        base, qualifier = _split_qualifier(text)
        if base is not None and base in self._by_text:
            return Qualified(self._by_text[base], qualifier)
        name = _behind_function(text)
        return self.find(name) if name is not None else None


def _plain(text: Text) -> Text:
    """Write the partition the same way whether it is `aws` or `${AWS::Partition}`."""
    if isinstance(text, Symbolic) and text.parts[0] == "arn:" and len(text.parts) > 1:
        second = text.parts[1]
        if isinstance(second, Hole) and second.name == "AWS::Partition":
            return join(("arn:aws", *text.parts[2:]))
    return text


def _behind_function(text: Text) -> Text | None:
    """Take the name off an ARN, whole or beginning with the account.

    CloudFormation makes these resources in the stack's own account and region, so the name says it all.
    """
    parts = text.parts if isinstance(text, Symbolic) else (text,)
    for position, part in enumerate(parts):
        if isinstance(part, str) and ":function:" in part:
            return join((part.partition(":function:")[2], *parts[position + 1 :]))
    return None


def _split_qualifier(text: Text) -> tuple[Text | None, Text | None]:
    """Take `:live` or `:${Version}` off a function's ARN or name."""
    parts = text.parts if isinstance(text, Symbolic) else (text,)
    for position in range(len(parts) - 1, -1, -1):
        part = parts[position]
        if isinstance(part, str) and ":" in part:
            head, _, tail = part.rpartition(":")
            return join((*parts[:position], head)), join((tail, *parts[position + 1 :]))
    return None, None


def _attach(site: Site, key: str, found: list[Function], index: _Index) -> None:
    for when, node in site.guarded(site.get(key)):
        text = text_of(node)
        qualified = index.find(text) if text is not None else None
        if qualified is None:
            site.gap(SubjectKind.OTHER, "function", f"the function `{shown(node)}` is not in the source", at=node)
            continue
        for position in qualified.positions:
            joint = site.joined(when, found[position].when)
            if joint is not None:
                found[position] = _with(site, found[position], qualified.qualifier, joint)


def _with(site: Site, function: Function, qualifier: Text | None, when: When) -> Function:
    replace = msgspec.structs.replace
    match site.resource.type:
        case "AWS::Lambda::Version":
            version = Version(name=_own_name(site), when=when, at=site.place())
            return replace(function, versions=(*function.versions, version))
        case "AWS::Lambda::Alias":
            alias = Alias(
                name=text_of(site.get("Name")) or _own_name(site),
                version=text_of(site.get("FunctionVersion")) or "$LATEST",
                when=when,
                at=site.place(),
            )
            return replace(function, aliases=(*function.aliases, alias))
        case "AWS::Lambda::Url":
            urls = tuple(
                _url(site, function, node, qualifier, joint) for joint, node in site.guarded(site.get("AuthType"), when)
            )
            return replace(function, urls=(*function.urls, *urls))
        case "AWS::Lambda::EventSourceMapping":
            sources = tuple(
                EventSource(source=text_of(node), when=joint, at=site.place())
                for joint, node in site.guarded(site.get("EventSourceArn"), when)
            )
            return replace(function, event_sources=(*function.event_sources, *sources))
        case _:
            return replace(function, policies=(*function.policies, *permission(site, function, qualifier, when)))


def _own_name(site: Site) -> Text:
    return name_of(site.template, site.resource)


def _url(site: Site, function: Function, node: RNode, qualifier: Text | None, when: When) -> FunctionUrl:
    text = text_of(node)
    auth = UrlAuth(text) if isinstance(text, str) and text in {"NONE", "AWS_IAM"} else UrlAuth.UNKNOWN
    if auth is UrlAuth.UNKNOWN:
        site.gap(function.subject, "function.urls", f"the URL's AuthType is `{shown(node)}`", at=node)
    return FunctionUrl(
        auth=auth,
        qualifier=qualifier if qualifier is not None else text_of(site.get("Qualifier")),
        when=when,
        at=site.place(node, "AuthType"),
    )
