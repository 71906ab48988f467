"""What the policies of a function's role allow whatever is true of keys that nobody chooses when the function runs.

A function chooses which region it asks, over what connection, and what it sends; who it is is known. It does not choose
the tags of its role, its network, the time or its organisation: that conditions on these hold is possible, not certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from apiece.iam.document import Condition, Effect, Policy, Statement, Word
from apiece.iam.evaluate import Layers
from apiece.iam.solver.words import word_of

_CHOSEN = frozenset(
    {"aws:requestedregion", "aws:securetransport", "aws:useragent", "aws:referer", "aws:tagkeys", "iam:policyarn"}
)
_OF_CALLER = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principaltype",
        "aws:resourceaccount",
        "aws:username",
    }
)
OF_NO_FUNCTION = (
    Condition("BoolIfExists", "aws:MultiFactorAuthPresent", (Word("false"),)),
    Condition("Null", "aws:MultiFactorAuthAge", (Word("true"),)),
    Condition("Null", "aws:FederatedProvider", (Word("true"),)),
)
"""What is true of whoever runs as a role that the Lambda service assumed: it has no second factor and no provider."""


def firm(layers: Layers, *, unsure: frozenset[str] = frozenset()) -> Layers:
    """The least that a role's own policies and those above allow; `unsure` are keys that are uncertain too."""
    known = _OF_CALLER - unsure

    def least(policies: Iterable[Policy]) -> tuple[Policy, ...]:
        return tuple(
            replace(policy, statements=tuple(kept for one in policy.statements if (kept := _least(one, known))))
            for policy in policies
        )

    return replace(
        layers,
        identity=least(layers.identity or ()),
        boundary=None if layers.boundary is None else least(layers.boundary),
        scp=None if layers.scp is None else tuple(map(least, layers.scp)),
    )


def _least(statement: Statement, known: frozenset[str]) -> Statement | None:
    """An Allow that hangs on nothing uncertain, or none; a Deny without what is uncertain of it."""
    sure = tuple(one for one in statement.conditions if _is_sure(one, known))
    named = not any(_varies(word, known) for word in (*(statement.resources or ()), *(statement.not_resources or ())))
    if named and len(sure) == len(statement.conditions):
        return statement
    if statement.effect is Effect.ALLOW:
        return None
    if named:
        return replace(statement, conditions=sure)
    return replace(statement, conditions=sure, resources=(Word("*"),), not_resources=None)


def _is_sure(condition: Condition, known: frozenset[str]) -> bool:
    key = condition.key.lower()
    told = key in known or key in _CHOSEN or key.startswith("aws:requesttag/")
    return told and not any(_varies(word, known) for word in condition.values)


def _varies(word: Word, known: frozenset[str]) -> bool:
    """Tell whether a policy variable stands in a word for something uncertain."""
    return any(one.key not in known for one in word_of(word.text, variables=True).unknown_variables)
