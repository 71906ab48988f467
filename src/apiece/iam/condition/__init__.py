"""Condition blocks: operators by family, set operators, `IfExists`, policy variables (statements 24 to 32)."""

from __future__ import annotations

from collections.abc import Mapping

from apiece.iam.condition.operators import FAMILIES, Family
from apiece.iam.document import Condition
from apiece.iam.match import Open, Prepared, Truth, Unresolved, all_of, any_of, negated, prepare

Context = Mapping[str, tuple[str, ...]]
"""Lower-case key to its values; a key that is absent is not in it. Several values make a multivalued key."""


def holds(conditions: tuple[Condition, ...], context: Context, *, variables: bool) -> Truth:
    """Decide a whole block: all operators and all keys must hold (statement 24)."""
    return all_of([_condition(condition, context, variables=variables) for condition in conditions])


def _condition(condition: Condition, context: Context, *, variables: bool) -> Truth:
    name = condition.operator.lower()
    qualifier = ""
    for prefix in ("forallvalues:", "foranyvalue:"):
        if name.startswith(prefix):
            qualifier, name = prefix[:-1], name.removeprefix(prefix)
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    values = context.get(condition.key.lower())
    if name == "null":
        return _null(condition, values)
    family = FAMILIES.get(name)
    if family is None:
        return None
    patterns = [
        prepare(word.text, variables=variables and family.variables, context=context, wildcards=family.wildcards)
        for word in condition.values
    ]
    if not values:
        return _absent(family, qualifier, if_exists=if_exists)
    if len(values) > 1 and not qualifier:
        return None  # statement 27: a multivalued key without a set operator
    each = [_value(family, patterns, value) for value in values]
    return any_of(each) if qualifier == "foranyvalue" else all_of(each)


def _absent(family: Family, qualifier: str, *, if_exists: bool) -> Truth:
    """Statements 25 and 26: an absent key, or a multivalued key without values."""
    if qualifier == "forallvalues":
        return True
    if qualifier == "foranyvalue":
        return None if if_exists else False
    return True if if_exists else family.negative


def _value(family: Family, patterns: list[Prepared], value: str) -> Truth:
    """Statement 24: one pattern must match; of a negated operator, none may."""
    truths: list[Truth] = []
    for pattern in patterns:
        match pattern:
            case Open():
                truths.append(None)
            case Unresolved():
                truths.append(False)
            case tokens:
                truths.append(family.matches(tokens, value))
    found = any_of(truths)
    return negated(found) if family.negative else found


def _null(condition: Condition, values: tuple[str, ...] | None) -> Truth:
    truths: list[Truth] = []
    for word in condition.values:
        if not isinstance(word.text, str):
            truths.append(None)
            continue
        truths.append((word.text.lower() == "true") is not bool(values))
    return any_of(truths)
