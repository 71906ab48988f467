"""The conditions of a template: which combinations of them some choice of parameters can make true."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

from apiece.read.cloudformation.parameters import Parameter
from apiece.read.cloudformation.terms import When
from apiece.tree import Mapping, Node, Scalar, Sequence, to_plain

_MOST_WORLDS = 4096
_MOST_WALKED = 250_000
_DEEPEST = 60
_LONGEST_CHAIN = 100


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of an equality: a known text, or a variable (a parameter, a pseudo parameter, any other expression)."""

    text: str | None
    variable: str | None


@dataclass(frozen=True, slots=True)
class Equals:
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Not:
    part: Formula


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Another condition."""

    name: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A formula that cannot be read: it may be true or false."""

    key: str


class _Unanswerable(Exception):
    """A condition refers to itself, or through too many others."""


Formula = Equals | Not | All | AnyOf | Named | Opaque
Worlds = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass
class Conditions:
    """All conditions of one template. Answers are remembered; the object is otherwise constant."""

    formulas: Dictionary[str, Formula]
    parameters: Dictionary[str, Parameter]
    pinned: Dictionary[str, str]
    _known: dict[When, bool] = field(default_factory=dict)
    _walked: int = 0

    def feasible(self, when: When) -> bool:
        """Tell whether some choice of parameters gives these conditions these values.

        Exact up to 4,096 combinations of relevant parameter values, and 250,000 for all questions to one template;
        beyond that the answer is yes, as it is where a condition refers to itself.
        """
        key = tuple(sorted(when))
        if key not in self._known:
            self._known[key] = self._decide(key)
        return self._known[key]

    def decided(self, name: str) -> bool | None:
        """Return the value a condition always has, None where it depends on parameters."""
        true, false = self.feasible(((name, True),)), self.feasible(((name, False),))
        return true if true is not false else None

    def _decide(self, when: When) -> bool:
        atoms, opaque = self._atoms(when)
        domains = _domains(atoms, self.parameters, self.pinned)
        domains += [(key, ("true", "false")) for key in sorted(opaque)]
        size = 1
        for _, values in domains:
            size *= len(values)
            if size > _MOST_WORLDS:
                return True
        names = [name for name, _ in domains]
        for values in itertools.product(*(values for _, values in domains)):
            self._walked += 1
            if self._walked > _MOST_WALKED:
                return True
            world = dict(zip(names, values, strict=True))
            known: dict[str, bool | None] = {}
            try:
                if all(self._holds(Named(name), world, known) is value for name, value in when):
                    return True
            except _Unanswerable:
                return True
        return False

    def _atoms(self, when: When) -> tuple[set[Equals], set[str]]:
        atoms: set[Equals] = set()
        opaque: set[str] = set()
        seen: set[str] = set()
        stack: list[Formula] = [Named(name) for name, _ in when]
        while stack:
            match stack.pop():
                case Equals() as atom:
                    atoms.add(atom)
                case Not(part):
                    stack.append(part)
                case All(parts) | AnyOf(parts):
                    stack += parts
                case Named(name) if name not in seen:
                    seen.add(name)
                    stack.append(self.formulas.get(name, Opaque(f"condition {name}")))
                case Opaque(key):
                    opaque.add(key)
        return atoms, opaque

    def _holds(self, formula: Formula, world: Dictionary[str, str], known: dict[str, bool | None]) -> bool:
        """Evaluate in one world. `known` holds the conditions met so far, None for those not finished yet."""
        match formula:
            case Equals(left, right):
                return _text(left, world) == _text(right, world)
            case Not(part):
                return not self._holds(part, world, known)
            case All(parts):
                return all(self._holds(part, world, known) for part in parts)
            case AnyOf(parts):
                return any(self._holds(part, world, known) for part in parts)
            case Named(name):
                return self._named(name, world, known)
            case Opaque(key):
                return world.get(key) == "true"

    def _named(self, name: str, world: Dictionary[str, str], known: dict[str, bool | None]) -> bool:
        if name not in known:
            if sum(value is None for value in known.values()) > _LONGEST_CHAIN:
                raise _Unanswerable
            known[name] = None
            known[name] = self._holds(self.formulas.get(name, Opaque(f"condition {name}")), world, known)
        found = known[name]
        if found is None:
            raise _Unanswerable
        return found


def _text(operand: Operand, world: Dictionary[str, str]) -> str:
    return operand.text if operand.text is not None else world[operand.variable or ""]


def _domains(
    atoms: set[Equals], parameters: Dictionary[str, Parameter], pinned: Dictionary[str, str]
) -> list[tuple[str, tuple[str, ...]]]:
    """Values worth trying for each variable: what it is compared with, what is allowed, and what equals nothing."""
    sides = [side for atom in atoms for side in (atom.left, atom.right)]
    free_pair = any(atom.left.variable is not None and atom.right.variable is not None for atom in atoms)
    names = sorted({side.variable or "" for side in sides if side.text is None})
    stated = {name: values for name in names if (values := _stated(name, parameters.get(name), pinned))}
    literals = {side.text for side in sides if side.text is not None}.union(*stated.values())
    found: list[tuple[str, tuple[str, ...]]] = []
    for position, name in enumerate(names):
        if name in stated:
            values = stated[name]
        elif free_pair:
            values = literals | {"\0other", f"\0other{position}"}
        else:
            values = _compared_with(name, atoms) | {"\0other"}
        found.append((name, tuple(sorted(values))))
    return found


def _stated(name: str, parameter: Parameter | None, pinned: Dictionary[str, str]) -> set[str]:
    """The values a variable is confined to, none where it is free: what a parameter store holds, nobody says here."""
    if parameter is not None and parameter.from_parameter_store:
        return set()
    if name in pinned:
        return {pinned[name]}
    return set(parameter.allowed) if parameter is not None else set()


def _compared_with(name: str, atoms: set[Equals]) -> set[str]:
    pairs = [pair for atom in atoms for pair in ((atom.left, atom.right), (atom.right, atom.left))]
    return {other.text for one, other in pairs if one.variable == name and other.text is not None}


def read_conditions(
    block: Node | None, parameters: Dictionary[str, Parameter], pinned: Dictionary[str, str]
) -> Conditions:
    """Read the `Conditions` section."""
    entries = block.entries if isinstance(block, Mapping) else ()
    formulas = {str(key.value): _formula(node, 0) for key, node in entries}
    return Conditions(formulas, parameters, pinned)


def _formula(node: Node, depth: int) -> Formula:
    if depth > _DEEPEST or not isinstance(node, Mapping) or len(node.entries) != 1:
        return Opaque(_key(node))
    (key, body) = node.entries[0]
    items = body.items if isinstance(body, Sequence) else (body,)
    match str(key.value):
        case "Fn::Equals" if len(items) == 2:  # noqa: PLR2004
            return Equals(_operand(items[0]), _operand(items[1]))
        case "Fn::Not" if len(items) == 1:
            return Not(_formula(items[0], depth + 1))
        case "Fn::And":
            return All(tuple(_formula(item, depth + 1) for item in items))
        case "Fn::Or":
            return AnyOf(tuple(_formula(item, depth + 1) for item in items))
        case "Condition" if isinstance(body, Scalar):
            return Named(str(body.value))
        case _:
            return Opaque(_key(node))


def _operand(node: Node) -> Operand:
    if isinstance(node, Scalar):
        value = node.value
        return Operand(str(value).lower() if isinstance(value, bool) else str(value), None)
    if isinstance(node, Mapping) and len(node.entries) == 1:
        (key, body) = node.entries[0]
        if key.value == "Ref" and isinstance(body, Scalar):
            return Operand(None, str(body.value))
    return Operand(None, _key(node))


def _key(node: Node) -> str:
    return json.dumps(to_plain(node), sort_keys=True, default=str)
