"""What a question is limited to: actions, resources and conditions, as a policy would write them."""

from __future__ import annotations

from dataclasses import dataclass

from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, Word
from apiece.text import Text


@dataclass(frozen=True)
class Scope:
    """What is asked about: action patterns and resource patterns as a policy would write them.

    `context` are keys with the value that a request must carry, `conditions` whatever else is asked of it; `without`
    are resources that are not asked about, which only `granted` looks at.
    """

    actions: tuple[str, ...] = ("*",)
    resources: tuple[Text, ...] = ("*",)
    context: tuple[tuple[str, str], ...] = ()
    without: tuple[Text, ...] = ()
    conditions: tuple[Condition, ...] = ()


EVERYTHING = Scope()


def literally(text: str) -> str:
    """A resource pattern that matches a text and nothing else; `*` alone is the request that names no resource."""
    return text if text == "*" else "".join(f"${{{char}}}" if char in "*?$" else char for char in text)


def policy_of(scope: Scope) -> Policy:
    """A scope as an Allow statement, and a Deny statement for what it leaves out."""
    carried = (Condition("StringEquals", key, (Word(value),)) for key, value in scope.context)
    inside = _statement(0, Effect.ALLOW, scope.actions, scope.resources, (*carried, *scope.conditions))
    outside = (_statement(1, Effect.DENY, ("*",), scope.without, ()),) if scope.without else ()
    return Policy(PolicyKind.IDENTITY, "2012-10-17", None, (inside, *outside))


def _statement(
    index: int,
    effect: Effect,
    actions: tuple[str, ...],
    resources: tuple[Text, ...],
    conditions: tuple[Condition, ...],
) -> Statement:
    return Statement(
        index=index,
        sid=None,
        effect=effect,
        principals=None,
        not_principals=None,
        actions=tuple(Word(text) for text in actions),
        not_actions=None,
        resources=tuple(Word(text) for text in resources),
        not_resources=None,
        conditions=conditions,
    )
