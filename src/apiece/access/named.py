"""What policies say to one role, whatever it is called: conditions on its name are decided, and then gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from apiece.iam.condition import Context, holds
from apiece.iam.document import Policy, Statement
from apiece.iam.evaluate import Layers
from apiece.iam.request import Caller
from apiece.iam.solver.words import word_of
from apiece.text import example

_NAME = "aws:principalarn"


def said_to(role: Caller, layers: Layers) -> Layers:
    """Layers in which conditions on `aws:PrincipalArn` are decided for a role: one that fails takes its statement."""
    context = {_NAME: (role.arn or "",)}

    def decided(policies: Iterable[Policy]) -> tuple[Policy, ...]:
        return tuple(
            replace(policy, statements=tuple(kept for one in policy.statements if (kept := _decided(one, context))))
            for policy in policies
        )

    return replace(
        layers,
        identity=decided(layers.identity or ()),
        boundary=None if layers.boundary is None else decided(layers.boundary),
        scp=None if layers.scp is None else tuple(map(decided, layers.scp)),
    )


def hangs_on_more(layers: Layers) -> bool:
    """Tell whether the layers ask for what may tell two roles apart beside that: their tags, their ids."""
    levels = (layers.identity or (), layers.boundary or (), *(layers.scp or ()))
    return any(map(_tells_apart, (one for level in levels for policy in level for one in policy.statements)))


def _decided(statement: Statement, context: Context) -> Statement | None:
    """A statement without its conditions on the name; None where one does not hold. What is not known stays."""
    left = []
    for condition in statement.conditions:
        if condition.key.lower() != _NAME or any("${" in example(value.text) for value in condition.values):
            left.append(condition)
            continue
        match holds((condition,), context, variables=True):
            case True:
                continue
            case False:
                return None
            case _:
                left.append(condition)
    return statement if len(left) == len(statement.conditions) else replace(statement, conditions=tuple(left))


def _tells_apart(statement: Statement) -> bool:
    words = (*(statement.resources or ()), *(statement.not_resources or ()))
    values = tuple(value for one in statement.conditions for value in one.values)
    variables = (one.key for word in (*words, *values) for one in word_of(word.text, variables=True).unknown_variables)
    return any(map(_is_of_role, (*variables, *(one.key.lower() for one in statement.conditions))))


def _is_of_role(key: str) -> bool:
    return key in {_NAME, "aws:userid"} or key.startswith("aws:principaltag/")
