"""Files to resolved templates: parse, expand, resolve, and join the stacks that belong together."""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from apiece.errors import MalformedSource
from apiece.estate.gap import Gap
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.cloudformation import language_extensions, sam
from apiece.read.cloudformation.load import is_template, lines_of, load
from apiece.read.cloudformation.resolve import Template, resolve, transforms_of
from apiece.read.cloudformation.shown import Shown, shown
from apiece.span import Span
from apiece.text import Hole, HoleKind, Symbolic, Text, join
from apiece.tree import Mapping, Node, Scalar, repeated

SAM_TRANSFORM = "AWS::Serverless-2016-10-31"
_KNOWN_TRANSFORMS = frozenset(
    {SAM_TRANSFORM, language_extensions.TRANSFORM, "AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16"}
)
_NESTED = "AWS::CloudFormation::Stack"
_UNJUDGED = frozenset({"AWS::Lambda::WebFunction"})
_MOST_ROUNDS = 8
_MOST_REPEATED = 20


@dataclass(frozen=True)
class Source:
    """A file after its transforms were applied, before it is resolved."""

    file: str
    root: Mapping
    written: Mapping
    lines: tuple[str, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Stack:
    """One template of the run, resolved."""

    template: Template
    lines: tuple[str, ...]
    shown: Shown
    gaps: tuple[Gap, ...]


def read_stacks(
    files: Dictionary[str, bytes], *, parameters: Dictionary[str, str]
) -> tuple[list[Stack], dict[str, MalformedSource]]:
    """Read all files; those that do not parse or are no templates are returned with the error."""
    sources: list[Source] = []
    failed: dict[str, MalformedSource] = {}
    for file, data in files.items():
        try:
            sources.append(_source(file, data, parameters_for(file, parameters)))
        except MalformedSource as error:
            failed[file] = error
    templates = _resolved(sources, parameters)
    stacks = [
        Stack(
            template,
            source.lines,
            shown(source.written),
            (*source.gaps, *_template_gaps(template), *_unjudged(template)),
        )
        for source, template in zip(sources, templates, strict=True)
    ]
    return stacks, failed


def parameters_for(file: str, parameters: Dictionary[str, str]) -> dict[str, str]:
    """The values that concern one file: those for all, overridden by `FILE:NAME`."""
    common = {name: value for name, value in parameters.items() if ":" not in name.replace("AWS::", "")}
    own = {name.removeprefix(f"{file}:"): value for name, value in parameters.items() if name.startswith(f"{file}:")}
    return common | own


def _source(file: str, data: bytes, given: Dictionary[str, str]) -> Source:
    root = load(data, file)
    if not is_template(root) or not isinstance(root, Mapping):
        message = "not a CloudFormation template: it has no `Resources` with a `Type`"
        raise MalformedSource(message, span=Span(file, 1, 1, 1, 1))
    written, gaps = root, [*_unknown_transforms(file, root), *_macros(file, root), *_repeated_keys(file, root)]
    transforms = transforms_of(root)
    if language_extensions.TRANSFORM in transforms or _has_loops(root):
        root, loops = language_extensions.expand(root, parameters=given)
        gaps += [_stack_gap(file, gap.path, gap.reason, gap.span) for gap in loops]
    if SAM_TRANSFORM in transforms or _has_serverless(root):
        expansion = sam.expand(root, parameters=given)
        root = expansion.root
        resources = written.get("Resources")
        gaps += [_sam_gap(file, gap, resources) for gap in expansion.gaps]
    lines = lines_of(data)
    return Source(file, root, written, lines, tuple(gaps))


def _has_loops(root: Mapping) -> bool:
    resources = root.get("Resources")
    entries = resources.entries if isinstance(resources, Mapping) else ()
    return any(str(key.value).startswith("Fn::ForEach::") for key, _ in entries)


def _has_serverless(root: Mapping) -> bool:
    resources = root.get("Resources")
    for _, body in resources.entries if isinstance(resources, Mapping) else ():
        kind = body.get("Type") if isinstance(body, Mapping) else None
        if isinstance(kind, Scalar) and str(kind.value).startswith("AWS::Serverless::"):
            return True
    return False


def _unknown_transforms(file: str, root: Mapping) -> Iterator[Gap]:
    for name in transforms_of(root):
        if name not in _KNOWN_TRANSFORMS:
            yield _stack_gap(file, "Transform", f"macro `{name[:80]}` may change anything in this template", root.span)


def _macros(file: str, root: Mapping) -> Iterator[Gap]:
    """A macro among other keys may change each of them; one that stands alone is a value that is not known."""
    resources = root.get("Resources")
    blocks = [root, *((resources,) if isinstance(resources, Mapping) else ())]
    stack: list[Node] = [resources] if resources is not None else []
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping) and len(node) > 1:
            blocks.append(node)
        if not isinstance(node, Scalar):
            stack += [value for _, value in node.entries] if isinstance(node, Mapping) else node.items
    for block in dict.fromkeys(blocks):
        key = block.key("Fn::Transform")
        if key is not None:
            yield _stack_gap(file, "Fn::Transform", "a macro may change anything beside it", key.span)


def _repeated_keys(file: str, root: Mapping) -> Iterator[Gap]:
    """CloudFormation takes the last of two equal keys, and so do we; which one was meant, nobody can say."""
    for path, key in itertools.islice(repeated(root), _MOST_REPEATED):
        reason = f"key `{str(key.value)[:80]}` is written twice; the last one counts"
        yield _stack_gap(file, path, reason, key.span, needs="template.keys")


def _stack_gap(file: str, path: str, reason: str, span: Span | None, *, needs: str = "stack") -> Gap:
    return Gap(
        subject=Subject(kind=SubjectKind.STACK, stack=file),
        needs=needs,
        reason=reason,
        at=InFile(file=span.file if span else file, path=path, span=span),
    )


def _sam_gap(file: str, gap: sam.SamGap, resources: Node | None) -> Gap:
    """A function that was refused has lost its role, policies, events and URLs: nothing about it is certain."""
    body = resources.get(gap.logical_id) if isinstance(resources, Mapping) else None
    kind = body.get("Type") if isinstance(body, Mapping) else None
    function = isinstance(kind, Scalar) and kind.value == "AWS::Serverless::Function"
    return Gap(
        subject=Subject(
            kind=SubjectKind.FUNCTION if function else SubjectKind.OTHER, logical_id=gap.logical_id, stack=file
        ),
        needs="function" if function else "resource",
        reason=gap.reason,
        at=InFile(file=gap.span.file if gap.span else file, path=gap.path, span=gap.span),
    )


def _unjudged(template: Template) -> Iterator[Gap]:
    """Resources that would run code, or become something that does, and that this version cannot tell about."""
    for resource in template.resources:
        if resource.type in _UNJUDGED or resource.type.startswith("AWS::Serverless::"):
            yield Gap(
                subject=Subject(kind=SubjectKind.OTHER, logical_id=resource.logical_id, stack=template.stack),
                needs="resource",
                reason=f"`{resource.type[:80]}` is a type that this version does not judge",
                at=InFile(file=template.stack, path=f"Resources.{resource.logical_id}", span=resource.span),
            )


def _template_gaps(template: Template) -> Iterator[Gap]:
    seen: set[tuple[str, str, Span | None]] = set()
    for gap in template.gaps:
        key = (gap.path, gap.reason, gap.span)
        if key not in seen:
            seen.add(key)
            yield Gap(
                subject=Subject(kind=SubjectKind.STACK, stack=template.stack),
                needs="value",
                reason=gap.reason,
                at=InFile(file=gap.span.file if gap.span else template.stack, path=gap.path, span=gap.span),
            )


def _resolved(sources: list[Source], parameters: Dictionary[str, str]) -> list[Template]:
    """Resolve, then resolve again with what the stacks export to each other and pass to nested ones."""
    imports: dict[Text, Text] = {}
    nested: dict[str, dict[str, dict[str, Text]]] = {}
    passed: dict[str, dict[str, Text]] = {}
    templates: list[Template] = []
    for _ in range(_MOST_ROUNDS):
        templates = [
            resolve(
                source.root,
                stack=source.file,
                parameters=parameters_for(source.file, parameters),
                imports=imports,
                nested=nested.get(source.file),
                passed=passed.get(source.file),
            )
            for source in sources
        ]
        known = (dict(_exports(templates)), _children(templates), _passed(templates))
        if known == (imports, nested, passed):
            break
        imports, nested, passed = known
    return templates


def _exports(templates: list[Template]) -> Iterator[tuple[Text, Text]]:
    for template in templates:
        for output in template.outputs:
            text = _text(output.value)
            if output.export is not None and text is not None:
                yield output.export, text


def _children(templates: list[Template]) -> dict[str, dict[str, dict[str, Text]]]:
    outputs = {
        template.stack: {output.name: text for output in template.outputs if (text := _text(output.value)) is not None}
        for template in templates
    }
    found: dict[str, dict[str, dict[str, Text]]] = {}
    for parent, logical_id, child, _ in _nestings(templates):
        found.setdefault(parent, {})[logical_id] = outputs[child]
    return found


def _passed(templates: list[Template]) -> dict[str, dict[str, Text]]:
    """What parents pass to nested stacks; where a template is nested more than once, what all agree on."""
    found: dict[str, dict[str, Text]] = {}
    for _, _, child, properties in _nestings(templates):
        block = properties.get("Parameters")
        entries = block.entries if isinstance(block, Mapping) else ()
        values = {str(key.value): text for key, node in entries if (text := _text(node)) is not None}
        known = found.get(child)
        found[child] = values if known is None else _agreed(known, values, child)
    return found


def _agreed(first: dict[str, Text], second: dict[str, Text], child: str) -> dict[str, Text]:
    """A parameter that two parents give different values, or that one leaves to its default, is open."""
    why = "it is nested more than once, with different values"
    return {
        name: first[name]
        if name in first and first[name] == second.get(name)
        else join((Hole(name, HoleKind.ANY, child, why),))
        for name in sorted({*first, *second})
    }


def _nestings(templates: list[Template]) -> Iterator[tuple[str, str, str, Mapping]]:
    stacks = {template.stack for template in templates}
    for template in templates:
        for resource in template.resources:
            if resource.type == _NESTED and isinstance(resource.properties, Mapping):
                url = _text(resource.properties.get("TemplateURL"))
                child = (
                    posixpath.normpath(posixpath.join(posixpath.dirname(template.stack), url))
                    if isinstance(url, str)
                    else ""
                )
                if child in stacks and child != template.stack:
                    yield template.stack, resource.logical_id, child, resource.properties


def _text(node: object) -> Text | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str | Symbolic) else None
