"""Outcomes that were measured on live AWS: permissions boundary, role policy and resource policy together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.api.evaluate import answer

CASES = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iam" / "boundary-live-truth" / "cases.json"


@pytest.mark.skipif(not CASES.exists(), reason="shared corpus absent")
def test_live_truth_agrees() -> None:
    """Every outcome that AWS gave is the outcome of the reference evaluator."""
    differing = []
    cases = json.loads(CASES.read_text())
    for case in cases:
        request = case["request"]
        made = {
            "id": case["name"],
            "request": {
                "principal": request["principal"],
                "action": request["action"],
                "resource": request["resource"]["resource"],
                "resource_account": request["resource"]["accountId"],
                "context": request["context"],
            },
            "identity": case["identityPolicies"],
            "boundary": [case["permissionBoundary"]],
            "resource_policy": case["resourcePolicy"],
        }
        allowed = answer(json.dumps(made))["decision"] == "allowed"
        if allowed != (case["expected"] == "Allow"):
            differing.append(case["name"])

    assert [] == differing
    assert cases
