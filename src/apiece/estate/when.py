"""Conditions under which a fact holds.

A template's `Conditions` make one template stand for several deployments. A fact carries the choices it depends on; two
facts belong together only where their choices do not contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable

When = tuple[tuple[str, bool], ...]
"""Sorted pairs of a condition's qualified name (`template.yaml#IsProd`) and the value it must have; `()` is always."""

ALWAYS: When = ()


def both(first: When, second: When) -> When | None:
    """Combine two sets of choices; None where they contradict each other."""
    if not second or first == second:
        return first
    merged = dict(first)
    for name, value in second:
        if merged.setdefault(name, value) is not value:
            return None
    return tuple(sorted(merged.items()))


def implies(stronger: When, weaker: When) -> bool:
    """Tell whether every deployment with `stronger` also has `weaker`."""
    return set(weaker) <= set(stronger)


def possible(when: When, impossible: Iterable[When]) -> bool:
    """Tell whether a deployment can make these choices together, given choices known to exclude each other."""
    chosen = set(when)
    return not any(set(excluded) <= chosen for excluded in impossible)


def show(when: When) -> str:
    """Write choices for people: `when IsProd and not InVpc`."""
    if not when:
        return ""
    words = [("" if value else "not ") + name.rpartition("#")[2] for name, value in when]
    return "when " + " and ".join(words)
