"""Policies written back as JSON, in the form that people write."""

from __future__ import annotations

from collections.abc import Iterable

from apiece.iam.document import Policy, PrincipalType, PrincipalWord, Statement, Word
from apiece.text import show

Plain = dict[str, object]


def to_plain(policy: Policy) -> Plain:
    """A policy as plain data. One value stands alone, several in a list."""
    written: Plain = {"Version": policy.version}
    if policy.id is not None:
        written["Id"] = policy.id
    return {**written, "Statement": [_statement(one) for one in policy.statements]}


def _statement(one: Statement) -> Plain:
    written: Plain = {} if one.sid is None else {"Sid": one.sid}
    written["Effect"] = one.effect.value
    for name, principals in (("Principal", one.principals), ("NotPrincipal", one.not_principals)):
        if principals is not None:
            written[name] = _principals(principals)
    elements = (
        ("Action", one.actions),
        ("NotAction", one.not_actions),
        ("Resource", one.resources),
        ("NotResource", one.not_resources),
    )
    written.update({name: _words(words) for name, words in elements if words is not None})
    conditions: dict[str, dict[str, object]] = {}
    for condition in one.conditions:
        conditions.setdefault(condition.operator, {})[condition.key] = _words(condition.values)
    return {**written, "Condition": conditions} if conditions else written


def _principals(principals: Iterable[PrincipalWord]) -> object:
    found: dict[str, list[Word]] = {}
    for principal in principals:
        if principal.type is PrincipalType.ANYONE:
            return "*"
        found.setdefault(principal.type.value, []).append(principal.word)
    return {kind: _words(tuple(words)) for kind, words in found.items()}


def _words(words: tuple[Word, ...]) -> object:
    texts = [show(word.text) for word in words]
    return texts[0] if len(texts) == 1 else texts
