"""Resolved template values: trees that may still hold choices and absences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apiece.span import Span
from apiece.tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from apiece.read.cloudformation.conditions import Conditions

When = tuple[tuple[str, bool], ...]
"""Sorted pairs of a condition's name and the value it must have."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`Fn::If`: one of two values, as a condition decides."""

    condition: str
    then: RNode
    otherwise: RNode
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """`AWS::NoValue`: the property or list item is not there."""

    span: Span | None = None


RNode = Node | Choice | Absent
"""A resolved value. Mappings and sequences may hold choices and absences at any depth."""


class TooManyVariants(Exception):
    """A value depends on more combinations of conditions than will be walked."""


def choices_in(node: RNode) -> frozenset[str]:
    """Names of the conditions that a value depends on."""
    found: set[str] = set()
    stack: list[RNode] = [node]
    while stack:
        match stack.pop():
            case Choice() as choice:
                found.add(choice.condition)
                stack += [choice.then, choice.otherwise]
            case Mapping() as mapping:
                stack += [value for _, value in mapping.entries]
            case Sequence() as sequence:
                stack += sequence.items
    return frozenset(found)


def variants(node: RNode, conditions: Conditions, *, limit: int = 64) -> tuple[tuple[When, Node], ...]:
    """List every form a value can take, with the choices that make it; no choice and no absence is left inside.

    Combinations that no parameters make true are left out; a value that is absent in one form has no entry for it.
    Raises `TooManyVariants` beyond `limit` combinations.
    """
    names = sorted(choices_in(node))
    if not names:
        form = settled(node, {})
        return (((), form),) if form is not None else ()
    found: list[tuple[When, Node]] = []
    for walked, when in enumerate(_assignments(names, conditions)):
        if walked >= limit:
            raise TooManyVariants
        form = settled(node, dict(when))
        if form is not None:
            found.append((when, form))
    return tuple(found)


def _assignments(names: list[str], conditions: Conditions) -> Iterator[When]:
    """Walk feasible assignments depth first, cutting a branch as soon as it is infeasible."""
    stack: list[When] = [()]
    while stack:
        when = stack.pop()
        if len(when) == len(names):
            yield when
            continue
        for value in (False, True):
            longer = (*when, (names[len(when)], value))
            if conditions.feasible(longer):
                stack.append(longer)


def settled(node: RNode, chosen: dict[str, bool]) -> Node | None:
    """Replace choices by what was chosen; None where the value is absent."""
    match node:
        case Absent():
            return None
        case Choice():
            return settled(node.then if chosen[node.condition] else node.otherwise, chosen)
        case Mapping():
            entries = ((key, settled(value, chosen)) for key, value in node.entries)
            return Mapping(tuple((key, value) for key, value in entries if value is not None), node.span)
        case Sequence():
            items = (settled(item, chosen) for item in node.items)
            return Sequence(tuple(item for item in items if item is not None), node.span)
        case Scalar():
            return node
