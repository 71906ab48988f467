"""Whether what is known of the resource contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apiece.iam.checker import actions, words
from apiece.iam.checker.language import Pattern, Shape, contradict
from apiece.iam.checker.meter import Meter
from apiece.iam.document import Policy, PolicyKind, Statement

_PAD_ALWAYS = frozenset({PolicyKind.IDENTITY})
_VARIABLES_SINCE = "2012-10-17"


@dataclass(frozen=True, eq=False, slots=True)
class ResourceFact:
    """One of the patterns matches the resource, or, with `matched` false, none does."""

    patterns: tuple[Pattern, ...]
    matched: bool


def has_variables(policy: Policy) -> bool:
    """Tell whether `${…}` is a policy variable in a document (statement 31)."""
    return policy.version == _VARIABLES_SINCE


def facts_of(policy: Policy, statement: Statement) -> tuple[ResourceFact, ResourceFact] | None:
    """What it means that a statement is about the resource, and that it is not; None if it names no resource."""
    named = statement.resources if statement.resources is not None else statement.not_resources
    if named is None:
        return None
    pads, variables = policy.kind in _PAD_ALWAYS, has_variables(policy)
    patterns = tuple(words.resource(word.text, variables=variables, pads=pads) for word in named)
    plain = statement.resources is not None
    return ResourceFact(patterns, plain), ResourceFact(patterns, not plain)


def contradicts(
    facts: Iterable[ResourceFact], domain: str | None, meter: Meter, *, owns: tuple[str, ...] | None = None
) -> bool:
    """Tell whether no resource of a domain (None: no resource at all) fits the facts. True is certain.

    `owns` are patterns of which one matches the resource, unless it is `*`; None for any. Without a domain the resource
    is `*` or a text: both must be impossible.
    """
    required = [fact.patterns for fact in facts if fact.matched]
    excluded = [pattern for fact in facts if not fact.matched for pattern in fact.patterns]
    if domain in (actions.ANYTHING, None) and not _contradicts_anything(required, excluded):
        return False
    if domain == actions.ANYTHING:
        return True
    limits: list[tuple[Pattern, ...]] = []
    if domain is not None:
        limits.append((Pattern(("domain", domain), (_shape(domain),), exact=True),))
    if owns is not None:
        limits.append(tuple(words.resource(text, variables=False, pads=False) for text in owns))
    return contradict([*limits, *required], excluded, meter)


def _shape(domain: str) -> Shape:
    return words.ANY_ARN if domain == actions.ANY_ARN else words.format_shape(domain)


def _contradicts_anything(required: Sequence[tuple[Pattern, ...]], excluded: Sequence[Pattern]) -> bool:
    """A request on `*`: only a pattern that takes in everything matches (statement 22)."""
    refuted = {pattern.identity for pattern in excluded}
    if any(pattern.exact and pattern.whole for pattern in excluded):
        return True
    return not all(any(one.whole and one.identity not in refuted for one in union) for union in required)
