"""Laws of `compare`, over random policies; names of tests are theorems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from random_policies import Pair, pair, policy, requests, shows_new_access
from world import sample

from apiece.iam import catalog
from apiece.iam.compare import Comparison, Verdict, compare
from apiece.iam.document import Effect, Policy, Statement, Word

NO_NEW, NEW = Verdict.NO_NEW_ACCESS, Verdict.NEW_ACCESS
WITH_ESCAPED_WILDCARD = "${*}"
"""A resource that only a text with `*` matches: a request on it asks about many resources, and is no single one."""


SAME_WORLD = (
    policy(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "zzz:Nothing",
                "Resource": "*",
                "Condition": {
                    "Null": {"aws:RequestTag/a": "true"},
                    "StringEquals": {"aws:RequestTag/a": "a"},
                    "ForAnyValue:StringEquals": {"zzz:Labels": "a"},
                    "ForAnyValue:BinaryEquals": {"zzz:Blob": "YQ=="},
                },
            },
        }
    ),
)
"""Allows nothing. Which unknown actions and which sets of values there are depends on what the policies of a question
write; with these texts in each, questions speak about the same requests."""


def pairs(first: int, count: int) -> Iterator[Pair]:
    return (one for seed in range(first, first + count) if WITH_ESCAPED_WILDCARD not in (one := pair(seed)).shown())


def allow_of(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """The first policy's statements, all as Allow."""
    return tuple(
        replace(one, statements=tuple(replace(each, effect=Effect.ALLOW) for each in one.statements))
        for one in policies[:1]
    )


def deny_of(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    return tuple(
        replace(one, statements=tuple(replace(each, effect=Effect.DENY) for each in one.statements)) for one in policies
    )


def by_statement(policies: tuple[Policy, ...], change: object) -> tuple[Policy, ...]:
    return tuple(
        replace(one, statements=tuple(part for each in one.statements for part in change(each)))  # type: ignore[operator]
        for one in policies
    )


def split_resources(one: Statement) -> Iterator[Statement]:
    for word in one.resources or ():
        yield replace(one, resources=(word,))
    if one.resources is None:
        yield one


def split_actions(one: Statement) -> Iterator[Statement]:
    for word in one.actions or ():
        yield replace(one, actions=(word,))
    if one.actions is None:
        yield one


def other_case(words: tuple[Word, ...] | None) -> tuple[Word, ...] | None:
    return words and tuple(replace(word, text=str(word.text).swapcase()) for word in words)


def is_within(inner: tuple[Policy, ...], outer: tuple[Policy, ...]) -> bool:
    """No new access; what is unknown may be within."""
    return compare(outer, inner).verdict is not NEW


def verdict(answer: Comparison) -> tuple[Verdict, bool]:
    return answer.verdict, answer.witness is not None


def test_witness_is_allowed_by_new_and_not_by_old() -> None:
    """A request that is given as new access is allowed by the new policies and not by the old."""
    found = [(one, compare(one.old, one.new)) for one in pairs(0, 900)]
    shown = [(one, answer.witness) for one, answer in found if answer.verdict is NEW]

    assert [] == [
        one.shown() for one, request in shown if request is None or not shows_new_access(one.old, one.new, request)
    ]
    assert len(shown) > 200


def test_no_random_request_contradicts_no_new_access() -> None:
    """Where no new access is proved, random requests near the policies' texts show none."""
    proved = [one for one in pairs(1000, 400) if compare(one.old, one.new).verdict is NO_NEW]

    assert [] == [
        (one.shown(), request)
        for number, one in enumerate(proved)
        for request in requests(one, number, 30)
        if shows_new_access(one.old, one.new, request)
    ]
    assert len(proved) > 150


def test_every_policy_is_within_itself() -> None:
    """A ⊆ A."""
    assert [] == [one.shown() for one in pairs(2000, 400) if not is_within(one.old, one.old)]


def test_an_allow_more_takes_nothing_away() -> None:
    """A ⊆ A + Allow."""
    assert [] == [one.shown() for one in pairs(2500, 400) if not is_within(one.old, one.old + allow_of(one.new))]


def test_a_deny_more_adds_nothing() -> None:
    """A + Deny ⊆ A."""
    assert [] == [one.shown() for one in pairs(3000, 400) if not is_within(one.old + deny_of(one.new), one.old)]


def test_subset_is_transitive() -> None:
    """Where A ⊆ B and B ⊆ C are proved, A ⊆ C holds, if all speak about the same requests."""
    chains = [
        (one.old + SAME_WORLD, one.new + SAME_WORLD, one.new + SAME_WORLD + allow_of(other.new))
        for one, other in zip(pairs(3500, 300), pairs(4000, 300), strict=False)
    ]
    proved = [(a, c) for a, b, c in chains if compare(b, a).verdict is compare(c, b).verdict is NO_NEW]

    assert [] == [(a, c) for a, c in proved if not is_within(a, c)]
    assert len(proved) > 50


def test_order_of_statements_is_irrelevant() -> None:
    """Policies and statements in reverse order get the same verdict."""

    def reverse(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        return tuple(replace(one, statements=one.statements[::-1]) for one in policies[::-1])

    assert [] == [
        one.shown()
        for one in pairs(4500, 300)
        if verdict(compare(one.old, one.new)) != verdict(compare(reverse(one.old), reverse(one.new)))
    ]


def test_case_of_actions_is_irrelevant() -> None:
    """Actions in another case get the same verdict."""

    def swapped(one: Statement) -> Iterator[Statement]:
        yield replace(one, actions=other_case(one.actions), not_actions=other_case(one.not_actions))

    assert [] == [
        one.shown()
        for one in pairs(5000, 300)
        if verdict(compare(one.old, one.new)) != verdict(compare(one.old, by_statement(one.new, swapped)))
    ]


@pytest.mark.parametrize("split", [split_actions, split_resources])
def test_splitting_a_statement_is_equivalence(split: object) -> None:
    """A statement for each action or for each resource allows and denies the same."""
    assert [] == [
        one.shown()
        for one in pairs(5500, 200)
        for parts in [by_statement(one.new, split)]
        if not is_within(one.new, parts) or not is_within(parts, one.new)
    ]


def test_no_policy_allows_what_its_denial_denies() -> None:
    """A + Deny of all of A's Allow statements is within nothing at all."""
    nothing: tuple[Policy, ...] = ()

    assert [] == [one.shown() for one in pairs(6000, 200) if not is_within(one.old + deny_of(one.old), nothing)]


def test_every_kind_of_resource_can_be_allowed() -> None:
    """For each ARN format of the catalogue, allowing an action on one such ARN is new access."""
    actions = {
        kind.arn: action.name
        for service in catalog.load().services
        for action in catalog.load().actions(service)
        for kind in action.resources
    }
    lost = [
        text
        for text, name in actions.items()
        for allowed in [{"Effect": "Allow", "Action": name, "Resource": sample(text)}]
        if compare([], [policy({"Version": "2012-10-17", "Statement": allowed})]).verdict is not NEW
    ]

    assert [] == lost
    assert len(actions) > 2000


def test_z3_agrees() -> None:
    """z3 finds a request exactly where the solver does."""
    pytest.importorskip("z3", reason="z3-solver is not installed")
    from z3_compare import NotEncodable
    from z3_compare import compare as by_z3

    opposite = {("new-access", "unsat"), ("no-new-access", "sat")}
    answered = 0
    differing = []
    for one in pairs(7000, 200):
        try:
            found = by_z3(one.old, one.new, timeout=1.0).found
        except NotEncodable:
            continue
        answered += found != "unknown"
        if (str(compare(one.old, one.new).verdict), str(found)) in opposite:
            differing.append(one.shown())

    assert [] == differing
    assert answered > 150
