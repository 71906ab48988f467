"""What a proof claims, written for the checker: the policies, the cubes and the classes of callers of each part."""

from __future__ import annotations

from apiece.iam.checker import CallerClass, Claim, Cube, Given
from apiece.iam.document import Condition, Word
from apiece.iam.solver.atoms import Atom, Over
from apiece.iam.solver.cubes import Callers
from apiece.iam.solver.cubes import Cube as Searched
from apiece.iam.solver.facts import RESOURCE, Union
from apiece.iam.solver.principals import is_doubtful
from apiece.iam.solver.question import Part, Proved
from apiece.iam.solver.rules import Rules

_SHAPES = {
    "isaccount": ("StringLike", "????????????"),
    "isrole": ("ArnLike", "arn:aws*:iam::????????????:role/?*"),
    "isuser": ("ArnLike", "arn:aws*:iam::????????????:user/?*"),
}
"""Upper bounds of what is true of all callers of a class, as conditions."""


def claims_of(proved: Proved) -> tuple[Claim, ...]:
    """The claims that the certificate of a proof must prove, one for each part."""
    return tuple(_claim(part) for part in proved.parts)


def _claim(part: Part) -> Claim:
    refs = tuple(ref for ref, rule in part.rules.by_ref.items() if not is_doubtful(rule.statement))
    cubes = tuple(_cube(cube, part.rules) for cube in part.cubes)
    callers = tuple(_caller(one, refs) for one in part.callers)
    return Claim(dict(part.layers), cubes, callers, _limited(part))


def _limited(part: Part) -> dict[str, frozenset[str]]:
    """The statements that count for some of their actions only: an RCP's for the services that have RCPs (15)."""
    rules = (rule for cube in part.cubes for group in (*cube.required, cube.forbidden) for rule in group)
    kept = {rule.ref: rule.bits for rule in rules if rule.bits != part.rules.by_ref[rule.ref].bits}
    return {ref: _names(bits, part.rules) for ref, bits in kept.items()}


def _names(bits: int, rules: Rules) -> frozenset[str]:
    return frozenset(name.lower() for name in rules.universe.names(bits))


def _cube(cube: Searched, rules: Rules) -> Cube:
    required = tuple(tuple(rule.ref for rule in group) for group in cube.required)
    actions = None if cube.actions is None else _names(cube.actions, rules)
    return Cube(required, tuple(rule.ref for rule in cube.forbidden), actions)


def _caller(callers: Callers, refs: tuple[str, ...]) -> CallerClass:
    says = {ref: callers.meant is None or ref in callers.meant for ref in refs}
    given = tuple(
        _given(what, holds=sign)
        for about in callers.facts.values()
        for what, sign in sorted(about, key=str)
        if isinstance(what, Atom) and (sign or what.name not in _SHAPES)
    )
    owns = next((what for what, sign in callers.facts.get(RESOURCE, ()) if isinstance(what, Union) and sign), None)
    return CallerClass(callers.name, given, says, tuple(str(word.text) for word in owns.words) if owns else None)


def _given(atom: Atom, *, holds: bool) -> Given:
    """The fact as a condition. Of a fact that is only bounded the opposite says nothing."""
    shape = _SHAPES.get(atom.name)
    if shape is not None:
        operator, value = shape
        return Given(Condition(operator, atom.key, (Word(value),)), holds)
    name = atom.name
    if atom.negative:
        name = "notipaddress" if name == "ipaddress" else name.replace("string", "stringnot").replace("arn", "arnnot")
    prefix = {Over.ONE: "", Over.ALL: "ForAllValues:", Over.ANY: "ForAnyValue:"}[atom.over]
    words = tuple(Word(word.text) for word in atom.words)
    return Given(Condition(f"{prefix}{name}{'IfExists' if atom.if_exists else ''}", atom.key, words), holds)
