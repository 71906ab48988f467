"""Intrinsic functions, evaluated as far as their arguments are known; what is not known stays a hole or a choice."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, cast

from apiece.read.cloudformation import attributes
from apiece.read.cloudformation.pieces import (
    cut,
    has_holes,
    integer_of,
    is_function,
    length_of,
    literal_of,
    placed_at,
    rows_of,
    spelled,
    subnets_of,
    text_of,
)
from apiece.read.cloudformation.references import with_dynamic
from apiece.read.cloudformation.terms import Absent, Choice, RNode, choices_in, settled
from apiece.span import Span
from apiece.text import Hole, HoleKind, Symbolic, Text, join, show
from apiece.tree import Mapping, Node, Scalar, Sequence, is_deeper, to_plain

if TYPE_CHECKING:
    from apiece.read.cloudformation.resolve import Template

_MOST_CHOICES = 6
_LONGEST = 200_000
_MOST_WRITTEN = 20_000_000
_DEEPEST = 150
_CIDRS = 256
_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
_PSEUDO_KINDS = {
    "AWS::AccountId": HoleKind.ACCOUNT,
    "AWS::Region": HoleKind.REGION,
    "AWS::Partition": HoleKind.PARTITION,
    "AWS::StackName": HoleKind.NAME,
    "AWS::StackId": HoleKind.LITERAL,
    "AWS::URLSuffix": HoleKind.LITERAL,
    "AWS::NotificationARNs": HoleKind.LITERAL,
}
_PER_STACK = frozenset({"AWS::StackName", "AWS::StackId", "AWS::NotificationARNs"})


class Evaluator:
    """Evaluates raw values of one template."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._functions: dict[str, Callable[[RNode, Span | None], RNode]] = {
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import,
            "Fn::Base64": self._base64,
            "Fn::Cidr": self._cidr,
            "Fn::GetAZs": self._zones,
            "Fn::Length": self._length,
            "Fn::ToJsonString": self._to_json,
        }

    def evaluate(self, node: Node, depth: int = 0) -> RNode:
        """Evaluate a raw value. Nesting beyond reason becomes an open value and a gap."""
        if depth > _DEEPEST:
            return self._open("expression", "the expression is nested too deep", node.span, gap=True)
        match node:
            case Mapping(entries=((Scalar(value=str(name)), argument),)) if is_function(name):
                return self._looked_up(self._call(name, argument, node.span, depth))
            case Mapping():
                return Mapping(tuple((key, self.evaluate(value, depth + 1)) for key, value in node.entries), node.span)  # type: ignore[misc]
            case Sequence():
                return Sequence(tuple(self.evaluate(item, depth + 1) for item in node.items), node.span)  # type: ignore[misc]
            case Scalar():
                return self._looked_up(node)
            case _:
                return node

    def _call(self, name: str, argument: Node, span: Span | None, depth: int) -> RNode:
        match name:
            case "Ref":
                return self._ref(self._computed(argument, depth), span)
            case "Fn::GetAtt":
                return self._get_att(argument, span, depth)
            case "Fn::If":
                return self._if(argument, span, depth)
            case "Fn::Sub":
                return self._sub(argument, span, depth)
            case "Fn::Transform":
                return self._open("Fn::Transform", "a macro's result is not known", span, gap=True)
        function = self._functions.get(name)
        if function is None:
            return self._open(name, f"`{name[:40]}` is not a function this version evaluates", span, gap=True)
        if name == "Fn::FindInMap" and isinstance(argument, Sequence):
            arguments: RNode = Sequence(tuple(self.evaluate(item, depth + 1) for item in argument.items), argument.span)  # type: ignore[misc]
        else:
            arguments = self.evaluate(argument, depth + 1)
        return self._lifted(arguments, lambda form: function(form, span), span)

    def _lifted(self, argument: RNode, function: Callable[[RNode], RNode], span: Span | None) -> RNode:
        """Apply a function below the choices of its argument, so that the result holds the choices instead."""
        names = sorted(choices_in(argument))
        if len(names) > _MOST_CHOICES:
            return self._open("expression", "it depends on too many conditions", span, gap=True)

        def walk(chosen: dict[str, bool], rest: list[str]) -> RNode:
            if not rest:
                form = settled(argument, chosen)
                return function(form) if form is not None else Absent(span)
            first, *others = rest
            then = walk({**chosen, first: True}, others)
            otherwise = walk({**chosen, first: False}, others)
            return then if then == otherwise else Choice(first, then, otherwise, span)

        return walk({}, names)

    def _open(self, name: str, why: str, span: Span | None, *, gap: bool = False) -> Scalar:
        from apiece.read.cloudformation.resolve import TemplateGap  # noqa: PLC0415 (the two know each other)

        if gap:
            self._template.gaps.append(TemplateGap(name, why, span))
        return Scalar(join((Hole(name, HoleKind.ANY, self._template.stack, why),)), span)

    def _too_long(self, texts: Iterable[Text]) -> bool:
        """Tell whether a text made of these would be too long, or all texts made for the template together."""
        size = sum(len(text) if isinstance(text, str) else sum(map(length_of, text.parts)) for text in texts)
        self._template.written += size
        return size > _LONGEST or self._template.written > _MOST_WRITTEN

    # ---- references ----------------------------------------------------------------------------------------------

    def _ref(self, argument: Node, span: Span | None) -> RNode:
        if not isinstance(argument, Scalar) or not isinstance(argument.value, str):
            return self._open("Ref", "`Ref` needs a name", span, gap=True)
        name = argument.value
        if name == "AWS::NoValue":
            return Absent(span)
        template = self._template
        if name in _PSEUDO_KINDS:
            hole = Hole(name, _PSEUDO_KINDS[name], template.stack if name in _PER_STACK else "")
            return Scalar(template.pseudo(hole), span)
        if name in template.parameters:
            return self._parameter(name, span)
        if name in template.raw:
            return Scalar(attributes.ref_of(template, template.raw[name]), span)
        return self._open(name, f"`{name[:80]}` is not defined in this template", span, gap=True)

    def _computed(self, node: Node, depth: int) -> Node:
        """A name that `AWS::LanguageExtensions` lets a function compute, where it is one known text."""
        if isinstance(node, Scalar):
            return node
        found = self.evaluate(node, depth + 1)
        return found if isinstance(found, Scalar) else node

    def _parameter(self, name: str, span: Span | None) -> RNode:
        parameter = self._template.parameters[name]
        if parameter.given is None and name in self._template.passed:
            text = self._template.passed[name]
            if parameter.is_list:
                return Sequence(tuple(Scalar(piece, span) for piece in cut(text, ",")), span)
            return Scalar(text, span)
        value = parameter.value
        if value is None or parameter.from_parameter_store:
            return Scalar(join((parameter.hole(self._template.stack),)), span)
        if parameter.is_list:
            items = [item.strip() for item in value.split(",")] if value else []
            return Sequence(tuple(Scalar(self._with_dynamic(item), span) for item in items), span)
        return Scalar(self._with_dynamic(value), span)

    def _get_att(self, argument: Node, span: Span | None, depth: int) -> RNode:
        if isinstance(argument, Sequence):
            argument = Sequence(tuple(self._computed(item, depth) for item in argument.items), argument.span)
        match argument:
            case Sequence(items=(Scalar(value=str(name)), resolved)):
                pass
            case Scalar(value=str(text)):
                name, _, rest = text.partition(".")
                resolved = Scalar(rest, span)
            case _:
                return self._open("Fn::GetAtt", "`Fn::GetAtt` needs a resource and an attribute", span, gap=True)
        if not isinstance(resolved, Scalar) or not isinstance(resolved.value, str):
            return self._open(name, "the attribute's name is not known", span, gap=True)
        return Scalar(self._attribute(name, resolved.value, span), span)

    def _attribute(self, name: str, attribute: str, span: Span | None) -> Text:
        template = self._template
        outputs = template.nested.get(name, {})
        if attribute.startswith("Outputs.") and attribute.removeprefix("Outputs.") in outputs:
            return outputs[attribute.removeprefix("Outputs.")]
        resource = template.raw.get(name)
        if resource is None:
            why = f"`{name[:80]}` is not defined in this template"
            return self._open(f"{name}.{attribute}", why, span, gap=True).value  # type: ignore[return-value]
        return attributes.attribute_of(template, resource, attribute)

    def _import(self, argument: RNode, span: Span | None) -> RNode:
        name = text_of(argument)
        if name is not None and name in self._template.imports:
            return Scalar(self._template.imports[name], span)
        label = show(name) if name is not None else "?"
        why = f"export `{label[:120]}` is not in this run"
        return self._open(f"ImportValue {label}"[:160], why, span, gap=True)

    def _with_dynamic(self, text: Text) -> Text:
        return with_dynamic(text, self._template.stack)

    def _looked_up(self, node: RNode) -> RNode:
        """A result in which dynamic references are holes: deployment looks them up when all functions are evaluated."""
        match node:
            case Scalar(value=str() | Symbolic() as text):
                found = self._with_dynamic(text)
                return node if found is text else Scalar(found, node.span)
            case Choice():
                then, otherwise = self._looked_up(node.then), self._looked_up(node.otherwise)
                same = then is node.then and otherwise is node.otherwise
                return node if same else Choice(node.condition, then, otherwise, node.span)
            case Sequence():
                items = tuple(self._looked_up(item) for item in cast("tuple[RNode, ...]", node.items))
                same = all(made is item for made, item in zip(items, node.items, strict=True))
                return node if same else Sequence(cast("tuple[Node, ...]", items), node.span)
            case _:
                return node

    # ---- choices and texts ---------------------------------------------------------------------------------------

    def _if(self, argument: Node, span: Span | None, depth: int) -> RNode:
        if not isinstance(argument, Sequence) or len(argument) != 3:  # noqa: PLR2004
            return self._open("Fn::If", "`Fn::If` needs a condition and two values", span, gap=True)
        condition, then, otherwise = argument.items
        if not isinstance(condition, Scalar) or not isinstance(condition.value, str):
            return self._open("Fn::If", "the condition's name is not known", span, gap=True)
        decided = self._template.conditions.decided(condition.value)
        if decided is not None:
            return self.evaluate(then if decided else otherwise, depth + 1)
        return Choice(condition.value, self.evaluate(then, depth + 1), self.evaluate(otherwise, depth + 1), span)

    def _sub(self, argument: Node, span: Span | None, depth: int) -> RNode:
        match argument:
            case Scalar(value=str(text)):
                given: RNode = Mapping(())
            case Sequence(items=(Scalar(value=str(text)), Mapping() as raw)):
                given = self.evaluate(raw, depth + 1) if raw.entries else Mapping(())
            case _:
                return self._open("Fn::Sub", "`Fn::Sub` needs a text", span, gap=True)
        place = argument.span if isinstance(argument, Scalar) else argument.items[0].span
        names = [name.strip() for literal, name in _VARIABLE.findall(text) if not literal]
        own = {str(key.value): value for key, value in given.entries} if isinstance(given, Mapping) else {}
        stated = {name: own[name] if name in own else self._named(name, span) for name in names}
        entries = ((Scalar(name), value) for name, value in stated.items())
        values = Mapping(tuple(cast("Iterator[tuple[Scalar, Node]]", entries)))  # choices inside are lifted out below
        return self._lifted(values, lambda form: self._substituted(text, form, place or span), span)

    def _named(self, name: str, span: Span | None) -> RNode:
        if "." in name and name not in self._template.parameters:
            first, _, rest = name.partition(".")
            return Scalar(self._attribute(first, rest, span), span)
        return self._ref(Scalar(name), span)

    def _substituted(self, text: str, values: RNode, span: Span | None) -> RNode:
        parts: list[str | Hole | Symbolic] = []
        position = 0
        for match in _VARIABLE.finditer(text):
            parts.append(text[position : match.start()])
            position = match.end()
            if match.group(1):
                parts.append("${" + match.group(2) + "}")
                continue
            name = match.group(2).strip()
            value = text_of(values.get(name)) if isinstance(values, Mapping) else None
            if value is None:
                value = join((Hole(name, HoleKind.ANY, self._template.stack, f"`{name[:80]}` is not a text"),))
            parts.append(value)
        parts.append(text[position:])
        if self._too_long(part for part in parts if not isinstance(part, Hole)):
            return self._open("Fn::Sub", "the text grows too long", span, gap=True)
        joined = join(parts)
        return Scalar(joined, span)

    def _join(self, argument: RNode, span: Span | None) -> RNode:
        match argument:
            case Sequence(items=(Scalar(value=str(separator)), Sequence(items=items))):
                texts = [text_of(item) for item in items]
            case _:
                return self._open("Fn::Join", "the list is not known", span)
        if any(text is None for text in texts):
            return self._open("Fn::Join", "an item is not a text", span)
        parts: list[Text] = []
        for text in texts:
            parts += [separator, text] if parts else [text]  # type: ignore[list-item]
        if self._too_long(parts):
            return self._open("Fn::Join", "the text grows too long", span, gap=True)
        joined = join(parts)
        return Scalar(joined, span)

    def _select(self, argument: RNode, span: Span | None) -> RNode:
        match argument:
            case Sequence(items=(index, Sequence(items=items))):
                position = integer_of(index)
                if position is not None and 0 <= position < len(items):
                    return items[position]
        return self._part("Fn::Select", span)

    def _split(self, argument: RNode, span: Span | None) -> RNode:
        match argument:
            case Sequence(items=(Scalar(value=str(separator)), Scalar(value=str() | Symbolic() as text))) if separator:
                if self._too_long((text,)):
                    return self._open("Fn::Split", "the text is too long", span, gap=True)
                return Sequence(tuple(Scalar(piece, span) for piece in cut(text, separator)), span)
        return self._part("Fn::Split", span)

    def _part(self, name: str, span: Span | None) -> RNode:
        return self._open(placed_at(name, span), "it is a part of something not known", span)

    # ---- lookups -------------------------------------------------------------------------------------------------

    def _find_in_map(self, argument: RNode, span: Span | None) -> RNode:
        mappings = self._template.root.get("Mappings")
        if not isinstance(argument, Sequence) or not isinstance(mappings, Mapping) or len(argument) < 3:  # noqa: PLR2004
            return self._open("Fn::FindInMap", "the mapping is not known", span, gap=True)
        name, first, second, *rest = argument.items
        table = mappings.get(literal_of(name) or "")
        default = rest[0].get("DefaultValue") if rest and isinstance(rest[0], Mapping) else None
        rows = rows_of(table, text_of(first))
        cells = [cell for row in rows for cell in rows_of(row, text_of(second))]
        if any(is_deeper(cell, 0 if isinstance(cell, Mapping) else 1) for cell in cells):
            return self._open("Fn::FindInMap", "an entry of the mapping is neither a text nor a list", span, gap=True)
        if len(cells) == 1 and isinstance(text_of(first), str) and isinstance(text_of(second), str):
            return self.evaluate(cells[0])
        if not cells:
            return default if default is not None else self._open("Fn::FindInMap", "no such entry in the mapping", span)
        values = {spelled(cell): cell for cell in cells}
        if len(values) == 1 and default is None:
            return self.evaluate(next(iter(values.values())))
        plain = all(isinstance(cell, Scalar) and not set(str(cell.value)) & {"*", "?"} for cell in values.values())
        kind = HoleKind.LITERAL if plain and default is None else HoleKind.ANY
        label = f"FindInMap {spelled(argument)}"[:160]
        why = "the mapping's key is not known before deployment" if kind is HoleKind.ANY else ""
        return Scalar(join((Hole(label, kind, self._template.stack, why),)), span)

    def _zones(self, _argument: RNode, span: Span | None) -> RNode:
        return Sequence(
            tuple(Scalar(join((Hole(f"GetAZs {index}", HoleKind.NAME),)), span) for index in range(3)), span
        )

    def _cidr(self, argument: RNode, span: Span | None) -> RNode:
        match argument:
            case Sequence(items=(Scalar(value=str(block)), count, *rest)):
                wanted, bits = integer_of(count), integer_of(rest[0]) if rest else 8
                if wanted is not None and bits is not None and 0 < wanted <= _CIDRS:
                    blocks = subnets_of(block, wanted, bits)
                    if blocks is not None:
                        return Sequence(tuple(Scalar(text, span) for text in blocks), span)
            case Sequence(items=(_, count, *_)) if (wanted := integer_of(count)) is not None and 0 < wanted <= _CIDRS:
                label = spelled(argument)[:100]
                holes = (
                    Hole(f"Cidr {label} {index}", HoleKind.LITERAL, self._template.stack) for index in range(wanted)
                )
                return Sequence(tuple(Scalar(join((hole,)), span) for hole in holes), span)
        return self._open("Fn::Cidr", "the address block is not known", span)

    # ---- encodings -----------------------------------------------------------------------------------------------

    def _base64(self, argument: RNode, span: Span | None) -> RNode:
        text = text_of(argument)
        if isinstance(text, str) and not self._too_long((text,)):
            return Scalar(base64.b64encode(text.encode("utf-8", "replace")).decode("ascii"), span)
        return Scalar(join((Hole(placed_at("Fn::Base64", span), HoleKind.LITERAL, self._template.stack),)), span)

    def _length(self, argument: RNode, span: Span | None) -> RNode:
        if isinstance(argument, Sequence):
            return Scalar(len(argument), span)
        return self._part("Fn::Length", span)

    def _to_json(self, argument: RNode, span: Span | None) -> RNode:
        if isinstance(argument, Mapping | Sequence) and not has_holes(argument):
            text = json.dumps(to_plain(argument))
            return Scalar(text, span) if not self._too_long((text,)) else self._part("Fn::ToJsonString", span)
        return self._open(placed_at("Fn::ToJsonString", span), "a part of the value is not known", span)
