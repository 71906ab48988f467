"""What a question is limited to: actions, resources and conditions, as a policy would write them."""

from __future__ import annotations

from dataclasses import dataclass

from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, Word
from apiece.text import Text


@dataclass(frozen=True)
class Scope:
    """What is asked about: action patterns and resource patterns as a policy would write them, under conditions."""

    actions: tuple[str, ...] = ("*",)
    resources: tuple[Text, ...] = ("*",)
    conditions: tuple[Condition, ...] = ()


EVERYTHING = Scope()


def literally(text: str) -> str:
    """A resource pattern that matches a text and nothing else; `*` alone is the request that names no resource."""
    return text if text == "*" else "".join(f"${{{char}}}" if char in "*?$" else char for char in text)


def policy_of(scope: Scope) -> Policy:
    """A scope as one Allow statement."""
    statement = Statement(
        index=0,
        sid=None,
        effect=Effect.ALLOW,
        principals=None,
        not_principals=None,
        actions=tuple(Word(text) for text in scope.actions),
        not_actions=None,
        resources=tuple(Word(text) for text in scope.resources),
        not_resources=None,
        conditions=scope.conditions,
    )
    return Policy(PolicyKind.IDENTITY, "2012-10-17", None, (statement,))
