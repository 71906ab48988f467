"""The least and the most that a policy can say, where a template leaves open whom or which actions it is about.

The solver bounds open resources and conditions by itself; actions and principals decide which statements it looks at,
so that they are bounded before a question is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from apiece.iam.document import Effect, Policy, PrincipalType, PrincipalWord, Statement, Word
from apiece.text import is_open

_ANYTHING = Word("*")
_ANYONE = PrincipalWord(PrincipalType.ANYONE, _ANYTHING)
T = TypeVar("T", Word, PrincipalWord)


def at_least(policy: Policy) -> Policy:
    """The policy that allows nothing which this one may not allow: what it allows is certain."""
    return _whole(policy, wider=Effect.DENY)


def at_most(policy: Policy) -> Policy:
    """The policy that allows all that this one may allow: what it does not allow is certain."""
    return _whole(policy, wider=Effect.ALLOW)


def _whole(policy: Policy, *, wider: Effect) -> Policy:
    if not any(map(_is_open, itertools.chain.from_iterable(map(_words, policy.statements)))):
        return policy
    return replace(policy, statements=tuple(_bounded(one, wider=wider) for one in policy.statements))


def _words(statement: Statement) -> Iterator[Word | PrincipalWord]:
    yield from statement.actions or statement.not_actions or ()
    yield from statement.principals or statement.not_principals or ()


def _bounded(statement: Statement, *, wider: Effect) -> Statement:
    """Take each open word for everything in statements of one effect, for nothing in the others."""
    widens = statement.effect is wider
    return replace(
        statement,
        actions=_taken(statement.actions, _ANYTHING if widens else None),
        not_actions=_taken(statement.not_actions, None if widens else _ANYTHING),
        principals=_taken(statement.principals, _ANYONE if widens else None),
        not_principals=_taken(statement.not_principals, None if widens else _ANYONE),
    )


def _taken(words: tuple[T, ...] | None, stand_in: T | None) -> tuple[T, ...] | None:
    if words is None or not any(map(_is_open, words)):
        return words
    known = tuple(word for word in words if not _is_open(word))
    return known if stand_in is None else known + (stand_in,)  # noqa: RUF005 (mypy reads a sum better)


def _is_open(word: Word | PrincipalWord) -> bool:
    return is_open(word.word.text if isinstance(word, PrincipalWord) else word.text)
