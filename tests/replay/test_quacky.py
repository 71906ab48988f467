"""Quacky's published verdicts on mutated policies, asked of `compare`, with what its labels read otherwise.

Quacky answers "is there a request that `p1` allows and `p2` does not" by SAT and UNSAT.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apiece.errors import MalformedPolicy
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Policy, PolicyKind, parse_json

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iam" / "quacky" / "mutations.json"
LABELS = {"SAT": Verdict.NEW_ACCESS, "UNSAT": Verdict.NO_NEW_ACCESS}
MISREAD = "ec2_require_mfa_session_token"
"""The base policy with `BoolIfExists`: there Quacky lets the key of either policy have a value of its own, so that even
a policy and its equal differ."""
Mutation = dict[str, Any]


def parsed(document: object) -> Policy:
    """A policy with principals is one of a resource."""
    text = json.dumps(document)
    try:
        return parse_json(text, PolicyKind.IDENTITY)
    except MalformedPolicy:
        return parse_json(text, PolicyKind.RESOURCE)


def as_quacky_reads_it(document: object) -> object:
    """The second policy with a key of its own in place of the one under `BoolIfExists`."""
    return json.loads(json.dumps(document).replace("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthPresentThere"))


def verdicts(first: object, second: object) -> dict[str, Verdict]:
    one, other = parsed(first), parsed(second)
    return {
        "p1_and_not_p2": compare([other], [one]).verdict,
        "p2_and_not_p1": compare([one], [other]).verdict,
    }


def differing(mutations: list[Mutation]) -> list[str]:
    return [
        f"{one['id']} {direction}"
        for one in mutations
        for direction, verdict in verdicts(one["p1"], one["p2"]).items()
        if verdict is not LABELS[one["quacky"][direction]]
    ]


def mutations() -> list[Mutation]:
    return list(json.loads(CORPUS.read_text()))


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_all_but_one_base_policy_agree() -> None:
    """Both directions of every mutation get Quacky's verdict, but for the base policy that it misreads."""
    found = [one for one in mutations() if MISREAD not in one["id"]]

    assert [] == differing(found)
    assert 308 == len(found)


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_differences_are_explained_by_keys_of_their_own() -> None:
    """Six directions differ; each gets Quacky's verdict once the policies ask about keys of their own."""
    found = [one for one in mutations() if MISREAD in one["id"]]
    reread = [{**one, "p2": as_quacky_reads_it(one["p2"])} for one in found]

    assert [] == differing(reread)
    assert 6 == len(differing(found))
    assert 16 == len(found)


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_a_policy_allows_nothing_that_its_equal_does_not() -> None:
    """Where both policies of a mutation are the same, there is no new access, whatever Quacky says."""
    same = [one for one in mutations() if one["p1"]["Statement"] == one["p2"]["Statement"]]

    assert {Verdict.NO_NEW_ACCESS} == {verdict for one in same for verdict in verdicts(one["p1"], one["p2"]).values()}
