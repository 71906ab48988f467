"""Policy variables with values put in, so that what was only bounded can be decided (docs/adr/0014, step 6)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from apiece.iam.document import Condition, Policy, Statement, Word
from apiece.iam.solver import keys
from apiece.iam.solver.atoms import Atom, Over, atom_of, fact
from apiece.iam.solver.cubes import Found
from apiece.iam.solver.facts import Facts
from apiece.iam.solver.rules import Rule
from apiece.iam.solver.spending import Spending
from apiece.iam.solver.words import Variable, pieces
from apiece.text import Hole, Symbolic, Text, join

_MOST = 16
_ACCOUNT = "111122223333"
_ESCAPED = {"*": "${*}", "?": "${?}", "$": "${$}"}
Values = Mapping[str, str | None]
"""Keys in lower case with the one value to put in, None for absent."""


def fillings(found: Found, spending: Spending, *, forbidden: Iterable[Rule]) -> Iterator[Values]:
    """Values for the variables that matter to a class, the likeliest first."""
    names = sorted({name for rule in (*found.assumed, *forbidden) for name in rule.variables})
    options = [list(_options(name, found.model.facts, spending)) for name in names]
    for values in itertools.islice(itertools.product(*options), _MOST):
        yield dict(zip(names, values, strict=True))


def pinned(values: Values) -> Facts:
    """The facts that say of each key that it has just this value."""
    return {f"key/{key}": frozenset({(fact(key, value), True)}) for key, value in values.items()}


def filled(policy: Policy, values: Values) -> Policy:
    """A policy with these variables replaced.

    A word whose variable has no value goes: it matches nothing (statement 31).
    """
    if not values or policy.version != "2012-10-17":
        return policy
    return replace(policy, statements=tuple(_statement(statement, values) for statement in policy.statements))


def filled_rule(rule: Rule, values: Values) -> Rule:
    """A statement with these variables replaced."""
    return replace(rule, statement=_statement(rule.statement, values)) if rule.variables & values.keys() else rule


def fixed(facts: Facts) -> Values:
    """The keys that facts leave one value, or none: what stands for a variable is known from the start."""
    found: dict[str, str | None] = {}
    for about in facts.values():
        for what, sign in about:
            if (
                isinstance(what, Atom)
                and sign
                and len(what.words) == 1
                and what.over is Over.ONE
                and not what.if_exists
            ):
                if what.name == "null" and what.null(present=False):
                    found[what.key] = None
                elif what.name == "stringequals" and not what.negative and not what.is_opaque:
                    found[what.key] = what.words[0].plain
    return found


def _options(name: str, facts: Facts, spending: Spending) -> Iterator[str | None]:
    known = facts.get(f"key/{name}")
    if known is not None:
        value = keys.example(known, spending, several=False, present=True)
        if value and len(value) == 1 and value[0]:
            yield value[0]
    yield _ACCOUNT if name.endswith("account") else "example"
    yield "another"
    yield None


def _statement(statement: Statement, values: Values) -> Statement:
    return replace(
        statement,
        resources=_words(statement.resources, values),
        not_resources=_words(statement.not_resources, values),
        conditions=tuple(_condition(condition, values) for condition in statement.conditions),
    )


def _condition(condition: Condition, values: Values) -> Condition:
    if not atom_of(condition, variables=True).is_opaque:
        return condition
    return replace(condition, values=_words(condition.values, values) or ())


def _words(words: tuple[Word, ...] | None, values: Values) -> tuple[Word, ...] | None:
    if words is None:
        return None
    made = ((_text(word.text, values), word) for word in words)
    return tuple(word if text == word.text else Word(text, word.span) for text, word in made if text is not None)


def _text(text: Text, values: Values) -> Text | None:
    if not isinstance(text, str) or "${" not in text:
        return text if not isinstance(text, Symbolic) else _symbolic(text, values)
    found = ""
    for piece in pieces(text):
        if isinstance(piece, Variable):
            if piece.key not in values:
                found += piece.text
                continue
            value = values[piece.key]
            value = piece.default if value is None else value
            if value is None:
                return None
            found += "".join(_ESCAPED.get(char, char) for char in value)
        else:
            found += piece
    return found


def _symbolic(text: Symbolic, values: Values) -> Text | None:
    parts: list[str | Hole | Symbolic] = []
    for part in text.parts:
        filled_part = _text(part, values) if isinstance(part, str) else part
        if filled_part is None:
            return None
        parts.append(filled_part)
    return join(parts)
