"""Smaller policies that allow exactly the same, proved; and which statements change nothing.

Every step is a comparison. It is made in an open world: beside the actions that the catalogue knows, it has for each
wildcard one that is not known yet, so that `s3:Get*` is not taken for the list of today's actions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apiece.iam.compare import Comparison, Verdict, compare
from apiece.iam.document import Condition, Effect, Policy, PrincipalWord, Statement, Word
from apiece.iam.pattern import PatternBudget, find, glob
from apiece.iam.solver.spending import BUDGET, OutOfBudget, Spending

Policies = tuple[Policy, ...]
_COST_OF_SEARCH, _COST_OF_MERGING = 50, 5


@dataclass(frozen=True)
class Equivalence:
    """Whether two sets of policies allow the same: what each allows beyond the other."""

    more: Comparison
    """What the second allows and the first does not."""
    less: Comparison
    """What the first allows and the second does not."""

    @property
    def holds(self) -> bool | None:
        """True if both are proved, False if there is a request that tells them apart, None if that is not known."""
        verdicts = {self.more.verdict, self.less.verdict}
        if Verdict.NEW_ACCESS in verdicts:
            return False
        return None if Verdict.UNKNOWN in verdicts else True


@dataclass(frozen=True)
class Minimised:
    """Smaller policies with the proof that they are equivalent, and what was done, in order."""

    policies: Policies
    proof: Equivalence
    denials: Equivalence
    """That they deny the same: beside other policies a Deny counts by itself."""
    steps: tuple[str, ...]


def equivalent(first: Sequence[Policy], second: Sequence[Policy], *, future: bool = False) -> Equivalence:
    """Compare both ways. `future` counts actions that wildcards would match if AWS added them."""
    more = compare(first, second, future=future)
    return Equivalence(more, more if first == second else compare(second, first, future=future))


def is_empty(policies: Sequence[Policy]) -> Comparison:
    """Tell whether policies allow nothing at all: "no new access" beside no policy."""
    return compare((), policies)


def redundant(policies: Sequence[Policy], *, budget: int = BUDGET) -> tuple[tuple[int, int], ...]:
    """The statements (policy, statement) of which each alone is proved to change nothing if it goes.

    `budget` is for all of them: behind the statement at which it is used up none is found.
    """
    whole, spending = tuple(policies), Spending(budget)
    return tuple(place for place in _places(whole) if _changes_nothing(whole, _without(whole, *place), spending))


def minimise(policies: Sequence[Policy], *, budget: int = BUDGET) -> Minimised:
    """Merge statements, drop words and statements that change nothing, and prove the result equivalent.

    Where equivalence cannot be proved, the policies are returned as they were. `budget` is for all that is tried; when
    it is used up, what is left stays as it is.
    """
    whole, spending = tuple(policies), Spending(budget)
    now, steps = whole, []
    for change in (_dropping_words, _dropping_statements, _merging):
        now, done = change(now, spending)
        steps += done
    proof, denials = _proofs(whole, now)
    if proof.holds and denials.holds:
        return Minimised(now, proof, denials, tuple(steps))
    return Minimised(whole, *((proof, denials) if now == whole else _proofs(whole, whole)), ())


def _changes_nothing(before: Policies, after: Policies, spending: Spending) -> bool:
    """Tell whether nothing is lost and nothing gained, in this order: most changes lose something."""
    if spending.is_over:
        return False
    denied, still = _denied(before), _denied(after)
    sides = [(after, before), (before, after), *([(still, denied), (denied, still)] if denied != still else [])]
    compared = (compare(old, new, future=True, budget=spending) for old, new in sides)
    return all(one.verdict is Verdict.NO_NEW_ACCESS for one in compared)


def _proofs(before: Policies, after: Policies) -> tuple[Equivalence, Equivalence]:
    return equivalent(before, after, future=True), equivalent(_denied(before), _denied(after), future=True)


def _denied(policies: Policies) -> Policies:
    """The Deny statements turned into Allow statements, to compare what is denied."""
    return tuple(
        replace(
            policy,
            statements=tuple(
                replace(one, effect=Effect.ALLOW) for one in policy.statements if one.effect is Effect.DENY
            ),
        )
        for policy in policies
    )


Done = tuple[Policies, list[str]]


def _dropping_statements(policies: Policies, spending: Spending) -> Done:
    steps = []
    for place, number in reversed(list(_places(policies))):
        if spending.is_over:
            break
        candidate = _without(policies, place, number)
        if _changes_nothing(policies, candidate, spending):
            steps.append(f"dropped statement {policies[place].statements[number].name}: others do what it does")
            policies = candidate
    return policies, steps


def _dropping_words(policies: Policies, spending: Spending) -> Done:
    """Words that another word of the same element takes in."""
    steps = []
    for place, number in _places(policies):
        statement = policies[place].statements[number]
        for kind, smaller in _shortened(statement, spending):
            candidate = _with(policies, place, number, smaller)
            if _changes_nothing(policies, candidate, spending):
                steps.append(f"dropped {kind} of statement {statement.name} that others of it take in")
                policies = candidate
    return policies, steps


def _shortened(statement: Statement, spending: Spending) -> Iterator[tuple[str, Statement]]:
    actions, resources = statement.actions, statement.resources
    if actions is not None:
        kept = _uncovered(actions, spending, ignore_case=True)
        if len(kept) < len(actions):
            statement = replace(statement, actions=kept)
            yield "actions", statement
    if resources is not None:
        kept = _uncovered(resources, spending, ignore_case=False)
        if len(kept) < len(resources):
            yield "resources", replace(statement, resources=kept)


def _uncovered(words: tuple[Word, ...], spending: Spending, *, ignore_case: bool) -> tuple[Word, ...]:
    """The words without those whose every text is one of another word, which only a comparison can confirm."""
    kept = list(words)
    for word in words:
        if not _affords(spending, len(kept)):
            break
        others = [one for one in kept if one is not word]
        if len(kept) > 1 and any(_covers(one, word, spending, ignore_case=ignore_case) for one in others):
            kept = others
    return tuple(kept)


def _affords(spending: Spending, steps: int) -> bool:
    """Take steps that are not needed for a proof."""
    try:
        spending.spend(steps)
    except OutOfBudget:
        return False
    return True


def _covers(outer: Word, inner: Word, spending: Spending, *, ignore_case: bool) -> bool:
    if not isinstance(outer.text, str) or not isinstance(inner.text, str):
        return False
    if not set(outer.text) & {"*", "?"}:
        return outer.text == inner.text
    if not _begins(inner.text, outer.text, ignore_case=ignore_case):
        return False
    if not _affords(spending, _COST_OF_SEARCH + len(outer.text) + len(inner.text)):
        return False
    large, small = (glob(one, ignore_case=ignore_case) for one in (outer.text, inner.text))
    try:
        return find((small,), (large,), budget=max(spending.left, 1), spend=spending.spend) is None
    except (PatternBudget, OutOfBudget):
        return False


def _begins(inner: str, outer: str, *, ignore_case: bool) -> bool:
    """Tell cheaply whether what stands before the wildcards of `outer` begins `inner`: else no text of it does."""
    head = re.split(r"[*?]", outer, maxsplit=1)[0]
    return inner.lower().startswith(head.lower()) if ignore_case else inner.startswith(head)


def _merging(policies: Policies, spending: Spending) -> Done:
    steps = []
    merged = []
    for policy in policies:
        kept: list[Statement] = []
        for statement in policy.statements:
            near = kept if _affords(spending, _COST_OF_MERGING * len(kept)) else []
            for place, other in enumerate(near):
                together = _together(other, statement)
                if together is not None:
                    steps.append(f"merged statement {statement.name} into {other.name}")
                    kept[place] = together
                    break
            else:
                kept.append(statement)
        merged.append(replace(policy, statements=tuple(kept)))
    return tuple(merged), steps


def _together(first: Statement, second: Statement) -> Statement | None:
    """One statement for two that differ in their actions alone, or in their resources alone."""
    if first.effect is not second.effect:
        return None
    if first.actions is not None and second.actions is not None and _same(first, second, "actions"):
        return replace(first, actions=_union(first.actions, second.actions))
    if first.resources is not None and second.resources is not None and _same(first, second, "resources"):
        return replace(first, resources=_union(first.resources, second.resources))
    return None


_ELEMENTS = ("principals", "not_principals", "actions", "not_actions", "resources", "not_resources", "conditions")


def _same(first: Statement, second: Statement, but: str) -> bool:
    return all(_bare(getattr(first, name)) == _bare(getattr(second, name)) for name in _ELEMENTS if name != but)


def _bare(element: tuple[object, ...] | None) -> object:
    """An element without places and order."""
    match element:
        case None:
            return None
        case _:
            return frozenset(_told(one) for one in element)


def _told(one: object) -> object:
    match one:
        case Word():
            return one.text
        case PrincipalWord():
            return one.type, one.word.text
        case Condition():
            return one.operator.lower(), one.key.lower(), frozenset(word.text for word in one.values)
        case _:
            return one


def _union(first: tuple[Word, ...], second: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple({word.text: word for word in (*first, *second)}.values())


def _places(policies: Policies) -> Iterator[tuple[int, int]]:
    return ((place, number) for place, policy in enumerate(policies) for number in range(len(policy.statements)))


def _without(policies: Policies, place: int, number: int) -> Policies:
    policy = policies[place]
    kept = (*policy.statements[:number], *policy.statements[number + 1 :])
    return (*policies[:place], replace(policy, statements=kept), *policies[place + 1 :])


def _with(policies: Policies, place: int, number: int, statement: Statement) -> Policies:
    policy = policies[place]
    changed = (*policy.statements[:number], statement, *policy.statements[number + 1 :])
    return (*policies[:place], replace(policy, statements=changed), *policies[place + 1 :])
