"""Templates to resolved resources: every intrinsic function evaluated as far as it can be, and no further."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from apiece.estate.function import Origin, OriginKind
from apiece.read.cloudformation import attributes
from apiece.read.cloudformation.conditions import Conditions, read_conditions
from apiece.read.cloudformation.intrinsics import Evaluator
from apiece.read.cloudformation.parameters import Parameter, read_parameters
from apiece.read.cloudformation.references import dynamic_references, references, service_of
from apiece.read.cloudformation.terms import Absent, RNode
from apiece.span import Span
from apiece.text import Hole, HoleKind, Symbolic, Text, holes, join
from apiece.tree import Mapping, Node, Scalar, Sequence, is_deeper

_LONGEST_CHAIN = 8
_DEEPEST_NAME = 20


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource. `raw_properties` is what the template says, `properties` what it means."""

    logical_id: str
    type: str
    properties: RNode
    raw_properties: Node
    condition: str | None
    span: Span | None
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    name: str
    value: RNode
    export: Text | None
    condition: str | None


@dataclass(frozen=True, slots=True)
class TemplateGap:
    """A part of a template that cannot be read. `path` is the route to it."""

    path: str
    reason: str
    span: Span | None


@dataclass(eq=False)
class Template:
    """A resolved template. `stack` is its file, or the route to it through its parents."""

    stack: str
    root: Mapping
    parameters: Dictionary[str, Parameter]
    conditions: Conditions
    pinned: Dictionary[str, str]
    imports: Dictionary[Text, Text]
    nested: Dictionary[str, Dictionary[str, Text]]
    passed: Dictionary[str, Text]
    transforms: tuple[str, ...]
    resources: tuple[Resource, ...] = ()
    outputs: tuple[Output, ...] = ()
    gaps: list[TemplateGap] = field(default_factory=list)
    raw: dict[str, Resource] = field(default_factory=dict)
    written: int = 0
    _names: dict[str, Text | None] = field(default_factory=dict)
    _naming: set[str] = field(default_factory=set)

    def pseudo(self, hole: Hole) -> Text:
        """A pseudo parameter: the given value, else its hole."""
        given = self.pinned.get(hole.name)
        return given if given is not None else join((hole,))

    def stated_name(self, resource: Resource, key: str) -> Text | None:
        """The physical name that the template states, None where AWS makes one or where it depends on conditions."""
        if resource.logical_id in self._names:
            return self._names[resource.logical_id]
        node = _property(resource, key)
        if node is None:
            return None
        resolved = self._naming_part(resource, key, node)
        if resolved is None:
            return None
        self._names[resource.logical_id] = _text(resolved) or None
        return self._names[resource.logical_id]

    def path_of(self, resource: Resource) -> Text:
        """The path in an identity's ARN, with its slashes."""
        node = _property(resource, "Path")
        if node is None:
            return "/"
        text = _text(self._naming_part(resource, "Path", node))
        return text if text is not None else join((Hole(f"{resource.logical_id}.Path", HoleKind.LITERAL, self.stack),))

    def function_of(self, resource: Resource) -> Text:
        """The ARN of the function that a version or alias belongs to."""
        node = _property(resource, "FunctionName")
        for reference in references(node) if node is not None else ():
            target = self.raw.get(reference)
            if target is not None and target.type == "AWS::Lambda::Function":
                return attributes.arn_of(self, target)
        text = _text(self._naming_part(resource, "FunctionName", node)) if node is not None else None
        if text is None:
            return join((Hole(f"{resource.logical_id}.FunctionName", HoleKind.LITERAL, self.stack),))
        if isinstance(text, str) and not text.startswith("arn:"):
            return join((attributes.fill(self, resource, "arn:{P}:lambda:{R}:{A}:function:"), text))
        return text

    def _naming_part(self, resource: Resource, key: str, node: Node) -> RNode | None:
        """Evaluate a property that ARNs are made of; None where it refers back to itself, or through too many."""
        part = f"{resource.logical_id} {key}"
        if part in self._naming or len(self._naming) >= _LONGEST_CHAIN or is_deeper(node, _DEEPEST_NAME):
            path = f"Resources.{resource.logical_id}.Properties.{key}"
            self.gaps.append(TemplateGap(path, "the value refers to itself, or through too many others", node.span))
            return None
        self._naming.add(part)
        resolved = Evaluator(self).evaluate(node)
        self._naming.discard(part)
        return resolved


def _property(resource: Resource, key: str) -> Node | None:
    return resource.raw_properties.get(key) if isinstance(resource.raw_properties, Mapping) else None


def _text(node: RNode | None) -> Text | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str | Symbolic) else None


def resolve(
    root: Mapping,
    *,
    stack: str,
    parameters: Dictionary[str, str],
    imports: Dictionary[Text, Text] | None = None,
    nested: Dictionary[str, Dictionary[str, Text]] | None = None,
    passed: Dictionary[str, Text] | None = None,
) -> Template:
    """Resolve a template whose transforms were applied.

    `parameters` are given values, pseudo parameters among them; `imports` the exports of other stacks by name;
    `nested` the outputs of nested stacks by logical id; `passed` values that a parent stack passes, which may hold
    holes.
    """
    known = read_parameters(root.get("Parameters"), parameters)
    pinned = {name: value for name, value in parameters.items() if name in known or name.startswith("AWS::")}
    pinned = {name: text for name, text in (passed or {}).items() if isinstance(text, str) and name in known} | pinned
    template = Template(
        stack=stack,
        root=root,
        parameters=known,
        conditions=read_conditions(root.get("Conditions"), known, pinned),
        pinned=pinned,
        imports=imports or {},
        nested=nested or {},
        passed=passed or {},
        transforms=transforms_of(root),
    )
    block = root.get("Resources")
    for key, body in block.entries if isinstance(block, Mapping) else ():
        _declare(template, key, body)
    evaluator = Evaluator(template)
    template.resources = tuple(
        Resource(
            raw.logical_id,
            raw.type,
            evaluator.evaluate(raw.raw_properties),
            raw.raw_properties,
            raw.condition,
            raw.span,
            raw.depends_on,
        )
        for raw in template.raw.values()
    )
    template.raw = {resource.logical_id: resource for resource in template.resources}
    template.outputs = tuple(_outputs(evaluator, root.get("Outputs")))
    return template


def _declare(template: Template, key: Scalar, body: Node) -> None:
    name = str(key.value)
    kind = body.get("Type") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(kind, Scalar) or not isinstance(kind.value, str):
        if not name.startswith("Fn::ForEach"):
            template.gaps.append(TemplateGap(f"Resources.{name}", "a resource has no readable `Type`", key.span))
        return
    condition = body.get("Condition")
    stated = condition.value if isinstance(condition, Scalar) and isinstance(condition.value, str) else None
    properties = body.get("Properties")
    template.raw[name] = Resource(
        logical_id=name,
        type=kind.value,
        properties=Mapping(()),
        raw_properties=properties if properties is not None else Mapping(()),
        condition=stated,
        span=key.span,
        depends_on=tuple(_names(body.get("DependsOn"))),
    )


def _names(node: Node | None) -> Iterator[str]:
    for item in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield item.value


def _outputs(evaluator: Evaluator, block: Node | None) -> Iterator[Output]:
    for key, body in block.entries if isinstance(block, Mapping) else ():
        if not isinstance(body, Mapping):
            continue
        value, export, condition = body.get("Value"), body.get("Export"), body.get("Condition")
        name = export.get("Name") if isinstance(export, Mapping) else None
        text = _text(evaluator.evaluate(name)) if name is not None else None
        stated = condition.value if isinstance(condition, Scalar) and isinstance(condition.value, str) else None
        yield Output(str(key.value), evaluator.evaluate(value) if value is not None else Absent(), text, stated)


def transforms_of(root: Mapping) -> tuple[str, ...]:
    """Names of the template's transforms, in order."""
    node = root.get("Transform")
    found = []
    for item in node.items if isinstance(node, Sequence) else (node,):
        if isinstance(item, Mapping):
            item = item.get("Name")  # noqa: PLW2901
        if isinstance(item, Scalar) and isinstance(item.value, str):
            found.append(item.value)
    return tuple(found)


def origins(template: Template, raw: Node) -> frozenset[Origin]:
    """What a raw value was built from."""
    found: set[Origin] = set()
    for name in references(raw):
        parameter = template.parameters.get(name)
        if parameter is not None:
            kind = OriginKind.NO_ECHO_PARAMETER if parameter.no_echo else OriginKind.PARAMETER
            found.add(Origin(kind, name))
            if parameter.default is not None and not parameter.from_parameter_store:
                found |= {Origin(_dynamic(service), text) for service, text in dynamic_references(parameter.default)}
        elif name in template.raw:
            found.add(Origin(OriginKind.REFERENCE, name))
        elif name.startswith("Fn::ImportValue"):
            found.add(Origin(OriginKind.IMPORT, name.partition(" ")[2]))
    stack: list[Node] = [raw]
    while stack:
        match stack.pop():
            case Scalar(value=str(text)):
                found |= {Origin(_dynamic(service), reference) for service, reference in dynamic_references(text)}
            case Mapping() as mapping:
                stack += [value for _, value in mapping.entries]
            case Sequence() as sequence:
                stack += sequence.items
    return frozenset(found) or frozenset({Origin(OriginKind.LITERAL)})


def lookups(text: Text) -> frozenset[Origin]:
    """What deployment looks up for a resolved text, where no raw value shows it: a join made the reference."""
    named = ((service_of(hole.name), hole.name) for hole in holes(text))
    return frozenset(Origin(_dynamic(service), name) for service, name in named if service is not None)


def _dynamic(service: str) -> OriginKind:
    return OriginKind.DYNAMIC_PARAMETER if service == "ssm" else OriginKind.DYNAMIC_SECRET
