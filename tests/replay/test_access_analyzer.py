"""AWS's published samples of Access Analyzer's CheckNoNewAccess, asked of `compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apiece.iam.compare import Verdict, compare
from apiece.iam.document import PolicyKind, parse_json

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iam" / "access-analyzer-checks" / "cases.json"
LABELS = {"PASS": Verdict.NO_NEW_ACCESS, "FAIL": Verdict.NEW_ACCESS}
PLACEHOLDER, STANDS_FOR = "<ACCOUNT ID>", "111111111111"
"""One sample writes this for the account that the other policy of the sample names."""
Case = dict[str, Any]


def cases(policy_type: str) -> list[Case]:
    text = CORPUS.read_text().replace(PLACEHOLDER, STANDS_FOR)
    return [case for case in json.loads(text) if case["policyType"] == policy_type]


def label(case: Case) -> Verdict:
    """The published label; the one that the corpus calls suspect is a slip, and its opposite is expected."""
    published = LABELS[case["expected"]]
    if "label_suspect" not in case:
        return published
    return next(verdict for verdict in LABELS.values() if verdict is not published)


def kind(case: Case) -> PolicyKind:
    if case["policyType"] == "IDENTITY_POLICY":
        return PolicyKind.IDENTITY
    statements = case["existing"]["Statement"]
    every = statements if isinstance(statements, list) else [statements]
    on_resource = any("Resource" in one or "NotResource" in one for one in every)
    return PolicyKind.RESOURCE if on_resource else PolicyKind.TRUST


def differing(found: list[Case]) -> list[str]:
    wrong = []
    for case in found:
        old, new = (parse_json(json.dumps(case[name]), kind(case)) for name in ("existing", "candidate"))
        verdict = compare([old], [new]).verdict
        if verdict is not label(case):
            wrong.append(f"{case['id']}: {verdict}")
    return wrong


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_identity_policies_agree() -> None:
    """Every sample of identity policies gets AWS's own answer."""
    found = cases("IDENTITY_POLICY")

    assert [] == differing(found)
    assert 92 == len(found)


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_resource_and_trust_policies_agree() -> None:
    """Every sample of resource and trust policies gets AWS's own answer."""
    found = cases("RESOURCE_POLICY")

    assert [] == differing(found)
    assert 16 == len(found)
