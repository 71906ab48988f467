"""Claims about published privilege escalations: each is found by its path, and what only looks like one is not."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from apiece.access.reach.closure import closure
from apiece.access.reach.edges import Edge
from apiece.access.reach.paths import Gives
from apiece.access.reach.world import world_of
from apiece.api.check import check
from apiece.controls.registry import control_named
from apiece.controls.shorthand import estate_of
from apiece.estate.estate import Estate

POLICIES = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iam" / "iam-vulnerable" / "policies.json"
ACCOUNT = "123456789012"
SERVICES = ("lambda", "ec2", "glue", "cloudformation", "sagemaker", "codebuild", "datapipeline", "ecs-tasks")
"""Each has a role that trusts it and may do everything, as the repository's own `privesc-high-priv-service-role`."""

FOUND = {
    "privesc-cloudFormationUpdateStack": {"update-stack"},
    "privesc-sageMakerCreateNotebookPassRole": {"pass-role-sagemaker-notebook", "open-sagemaker-notebook"},
    "privesc-sageMakerCreateTrainingJob": {"pass-role-sagemaker-training"},
    "privesc-ssmSendCommand": {"send-command"},
    "privesc-ssmStartSession": {"start-session"},
    "privesc10-PutUserPolicy": {"put-user-policy"},
    "privesc11-PutGroupPolicy": {"put-group-policy"},
    "privesc12-PutRolePolicy": {"put-role-policy"},
    "privesc13-AddUserToGroup": {"add-user-to-group"},
    "privesc14-UpdatingAssumeRolePolicy": {"update-assume-role-policy"},
    "privesc15-PassExistingRoleToNewLambdaThenInvoke": {"pass-role-new-function"},
    "privesc16-PassRoleToNewLambdaThenTriggerWithNewDynamo": {"pass-role-new-function"},
    "privesc17-EditExistingLambdaFunctionWithRole": {"update-function-code", "update-function-configuration"},
    "privesc3-CreateEC2WithExistingIP": {"pass-role-ec2-instance"},
    "privesc4-CreateAccessKey": {"create-access-key"},
    "privesc8-AttachGroupPolicy": {"attach-group-policy"},
    # The two halves of the path stand in two policies of one role: only together do they make it.
    "fn1-privesc3-multiple-policies": {"pass-role-ec2-instance"},
}
"""What each file is named for. The repository's here-documents are not in the corpus."""

CLEAN = {
    # Everything of IAM is allowed, and the same denied: nothing is left.
    "fp1-allow-and-deny-same-policy": "the Deny takes all that the Allow gives",
    # The resource is AWS's own policy, which nobody can change, whatever a policy allows.
    "fp4-NonExploitableResourceConstraint": "AWS managed policies cannot be changed",
}


def _entries() -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for entry in json.loads(POLICIES.read_text()) if POLICIES.exists() else ():
        found.setdefault(Path(entry["file"]).stem, []).append(entry)
    return found


ENTRIES = _entries()
pytestmark = pytest.mark.skipif(not ENTRIES, reason="shared corpus absent")


def _estate(entries: list[dict[str, object]]) -> Estate:
    """A function that runs as the file's role, beside a function, users, groups and roles worth having."""
    policies = [entry["policy"] for entry in entries if entry["attr"] == "policy"]
    role = f"arn:aws:iam::{ACCOUNT}:role/starting-role"
    powerful = [
        {"arn": f"arn:aws:iam::{ACCOUNT}:role/high-priv-{one}", "trust": _trust(one), "policies": [_EVERYTHING]}
        for one in SERVICES
    ]
    return estate_of(
        {
            "functions": [
                _function("starting-function", role),
                _function("strong-function", f"arn:aws:iam::{ACCOUNT}:role/high-priv-lambda"),
            ],
            "roles": [{"arn": role, "trust": _trust("lambda"), "policies": policies}, *powerful],
            "users": [{"arn": f"arn:aws:iam::{ACCOUNT}:user/admin", "policies": [_EVERYTHING]}],
            "groups": [{"arn": f"arn:aws:iam::{ACCOUNT}:group/admins", "policies": [_EVERYTHING]}],
        }
    )


_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def _function(name: str, role: str) -> dict[str, object]:
    return {"arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}", "latest": {"role": role}}


def _trust(service: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _edges(name: str) -> Iterator[Edge]:
    world = world_of(_estate(ENTRIES[name]))
    (start,) = (one for one in world.principals if one.name == "starting-role")
    found = closure((start,), world)
    assert [] == found.doubts
    yield from (edge for edge in found.edges if edge.by is start)


@pytest.mark.parametrize("name", sorted(FOUND))
def test_an_escalation_is_found_by_the_path_it_is_named_for(name: str) -> None:
    """A role with the file's policies has exactly the escalations that the file shows."""
    assert FOUND[name] == {edge.path.slug for edge in _edges(name) if edge.gives is not Gives.TRIGGER}


@pytest.mark.parametrize("name", sorted(FOUND))
def test_every_step_of_an_escalation_is_an_allowed_request(name: str) -> None:
    """Each edge carries a request for each of its steps, and the statements that allow it."""
    assert all(one.request is not None and one.because for edge in _edges(name) for one in edge.answers)


@pytest.mark.parametrize("name", sorted(CLEAN))
def test_what_only_looks_like_an_escalation_is_none(name: str) -> None:
    """The repository's traps for tools that read policies statement by statement stay without a path."""
    assert [] == list(_edges(name)), CLEAN[name]


@pytest.mark.parametrize("name", sorted(FOUND | CLEAN))
def test_a_check_tells_the_same(name: str) -> None:
    """A function with the file's role is found to escalate, or to be an administrator of itself, and else it is not."""
    controls = tuple(map(control_named, ("escalation-possible", "admin-execution-role")))
    run = check(_estate(ENTRIES[name]), controls, today=dt.date(2026, 12, 1))

    assert (name in FOUND) is any(one.subject.name == "starting-function" for one in run.findings)
