"""A function URL's second permission, written as policies about the first request (statement 12).

Whoever calls a URL made since October 2025 makes two requests that differ in nothing but the action and one key:
`lambda:InvokeFunctionUrl`, and `lambda:InvokeFunction` with `lambda:InvokedViaFunctionUrl`. A statement about the
second becomes one about the first: its action is renamed, and what it asks of the key is decided.
"""

from __future__ import annotations

from dataclasses import replace

from apiece.iam.document import Condition, Policy, Statement, Word
from apiece.iam.evaluate import Layers
from apiece.iam.solver import keys
from apiece.iam.solver.actions import Universe, located, texts_of
from apiece.iam.solver.answers import Holds
from apiece.iam.solver.atoms import atom_of, fact
from apiece.iam.solver.filling import filled
from apiece.iam.solver.rules import actions_of, has_open_action
from apiece.iam.solver.spending import OutOfBudget, Spending
from apiece.text import Hole, HoleKind, join

FIRST, SECOND = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
PREFIX = "url-"
"""Tells the layers of the second request from those of the first."""
_KEY, _VALUE = "lambda:invokedviafunctionurl", "true"
_SURELY = (Word(FIRST),)
_NEVER: tuple[Word, ...] = ()
_PERHAPS = (Word(join([Hole(SECOND, HoleKind.ANY)])),)
_STEPS = 100_000


def of_second(layers: Layers) -> Layers:
    """The layers with which the first request must be allowed too, so that the second is allowed by the given ones."""
    return replace(
        layers,
        identity=_policies(layers.identity),
        boundary=_policies(layers.boundary),
        session=_policies(layers.session),
        endpoint=_policies(layers.endpoint),
        resource_policy=None if layers.resource_policy is None else _policy(layers.resource_policy),
        trust=None if layers.trust is None else _policy(layers.trust),
        scp=_levels(layers.scp),
        rcp=_levels(layers.rcp),
        url_regime=None,
    )


def as_written(refs: tuple[str, ...]) -> tuple[str, ...]:
    """References to the statements that a person wrote, each once."""
    return tuple(dict.fromkeys(ref.replace(PREFIX, "", 1) for ref in refs))


def _levels(levels: tuple[tuple[Policy, ...], ...] | None) -> tuple[tuple[Policy, ...], ...] | None:
    return None if levels is None else tuple(tuple(map(_policy, level)) for level in levels)


def _policies(policies: tuple[Policy, ...] | None) -> tuple[Policy, ...] | None:
    return None if policies is None else tuple(map(_policy, policies))


def _policy(policy: Policy) -> Policy:
    known = filled(policy, {_KEY: _VALUE})
    variables = policy.version == "2012-10-17"
    return replace(known, statements=tuple(_statement(one, variables=variables) for one in known.statements))


def _statement(statement: Statement, *, variables: bool) -> Statement:
    """The statement about the first request that is true of it where this one is true of the second."""
    asked = [condition for condition in statement.conditions if condition.key.lower() == _KEY]
    said = [_action(statement), *(_decided(condition, variables=variables) for condition in asked)]
    actions = _NEVER if False in said else _PERHAPS if None in said else _SURELY
    kept = tuple(condition for condition in statement.conditions if condition.key.lower() != _KEY)
    return replace(statement, actions=actions, not_actions=None, conditions=kept)


def _action(statement: Statement) -> bool | None:
    """Tell whether a statement is about the second action; None where a template leaves that open."""
    words = located(texts_of(actions_of(statement)))
    universe = Universe(words[1])
    listed: bool | None = bool(universe.bits(words) & universe.named((SECOND,)))
    if not listed and has_open_action(statement):
        listed = None
    return listed if statement.actions is not None or listed is None else not listed


def _decided(condition: Condition, *, variables: bool) -> bool | None:
    """What a condition says of the key as the second request carries it; None where that hangs on something else."""
    atom, value = atom_of(condition, variables=variables), (fact(_KEY, _VALUE), True)
    try:
        if keys.look(frozenset({(atom, True), value}), Spending(_STEPS), several=False).holds is Holds.NEVER:
            return False
        if keys.look(frozenset({(atom, False), value}), Spending(_STEPS), several=False).holds is Holds.NEVER:
            return True
    except OutOfBudget:
        pass
    return None
