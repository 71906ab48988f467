"""The shared cases of an independent simulator, replayed through the JSON interface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from apiece.api.evaluate import answer

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iam"
RESULTS = {"Allowed": "allowed", "ExplicitlyDenied": "explicitly-denied", "ImplicitlyDenied": "implicitly-denied"}


ARGUED = {
    "sessionPolicies-3: Implicit deny in session policy denies even if session ARN in resource policy": (
        "The IAM user guide (Policies and permissions, session policies) says of a resource policy that names the "
        "session's ARN that its permissions are not limited by the session policy: statement 4."
    ),
}
"""Cases where AWS's own text says something else, with the text."""


def documents(policies: object) -> list[object]:
    each = policies if isinstance(policies, list) else []
    return [policy["policy"] if isinstance(policy, dict) and "policy" in policy else policy for policy in each]


def levels(policies: object) -> list[list[object]]:
    return [documents(level["policies"]) for level in policies] if isinstance(policies, list) else []


def as_case(name: str, case: dict) -> dict:  # type: ignore[type-arg]
    """Write one shared case in the shape of `apiece iam evaluate`."""
    request = case["request"]
    principal = request["principal"]
    resource = request["resource"]
    made = {
        "id": name,
        "request": {
            "principal": principal if isinstance(principal, str) else {"type": principal["type"].lower()},
            "action": request["action"],
            "resource": resource["resource"],
            "resource_account": resource["accountId"],
            "context": request.get("context") or request.get("contextVariables") or {},
        },
        "identity": documents(case["identityPolicies"]),
    }
    # That tool takes an empty list for "no boundary"; ours takes it for a boundary that allows nothing.
    if case.get("permissionBoundaries"):
        made["boundary"] = documents(case["permissionBoundaries"])
    if case.get("sessionPolicy"):
        made["session"] = documents([case["sessionPolicy"]])
    if case.get("resourcePolicy"):
        made["resource_policy"] = documents([case["resourcePolicy"]])[0]
    if case.get("serviceControlPolicies"):
        made["scp"] = levels(case["serviceControlPolicies"])
    if case.get("resourceControlPolicies"):
        made["rcp"] = levels(case["resourceControlPolicies"])
    if case.get("endpointPolicies"):
        made["endpoint"] = documents(case["endpointPolicies"])
    return made


def core_cases() -> Iterator[tuple[str, dict, str]]:  # type: ignore[type-arg]
    for path in sorted((CORPUS / "iam-simulate" / "core").rglob("*.json")):
        for index, case in enumerate(json.loads(path.read_text())):
            if (case.get("simulation") or {}).get("mode") == "Discovery":
                continue
            name = f"{path.stem}-{index}: {case['name']}"
            yield name, as_case(name, case), RESULTS[case["expected"]["response"]]


def integration_cases() -> Iterator[tuple[str, dict, str]]:  # type: ignore[type-arg]
    for path in sorted((CORPUS / "iam-simulate" / "integration").rglob("*.json")):
        for index, case in enumerate(json.loads(path.read_text())):
            simulation = case.get("simulation")
            options = case.get("simulationOptions") or {}
            expected = case["expected"].get("overallResult") or case["expected"].get("result")
            if not simulation or options.get("simulationMode") == "Discovery" or expected not in RESULTS:
                continue
            name = f"{path.stem}-{index}: {case['name']}"
            yield name, as_case(name, simulation), RESULTS[expected]


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_core_cases_agree() -> None:
    """Every plain evaluation case of the shared corpus has the recorded result."""
    cases = list(core_cases())

    differing = [name for name, case, expected in cases if answer(json.dumps(case))["decision"] != expected]

    assert sorted(ARGUED) == differing
    assert len(cases) > 150


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_integration_cases_agree() -> None:
    """Every whole simulation of the shared corpus has the recorded overall result."""
    cases = list(integration_cases())

    differing = [name for name, case, expected in cases if answer(json.dumps(case))["decision"] != expected]

    assert [] == differing
