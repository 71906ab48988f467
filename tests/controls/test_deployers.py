"""Claims about those who can deploy: who they are, how they sign in, and how old their keys are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from apiece.access.deploying import Deployers
from apiece.controls.registry import control_named
from apiece.controls.run import Results, run_controls
from apiece.controls.shorthand import estate_of
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.estate.subject import Subject, SubjectKind
from apiece.records.run import NotRun
from apiece.records.verdict import Outcome, Verdict

TODAY = dt.date(2026, 6, 15)
ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}:"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"
Statement = dict[str, Any]
MFA = "aws:MultiFactorAuthPresent"


def allow(*actions: str, on: object = "*", **conditions: object) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on} | (
        {"Condition": conditions} if conditions else {}
    )


def deny(*actions: str, on: object = "*", **conditions: object) -> Statement:
    return allow(*actions, on=on, **conditions) | {"Effect": "Deny"}


def policy(*statements: Statement) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements) or [allow("sts:GetCallerIdentity")]}


def trust(account: str = ACCOUNT, **conditions: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    return policy(statement | ({"Condition": conditions} if conditions else {}))


def user(*statements: Statement, name: str = "ann", **more: object) -> dict[str, object]:
    return {"arn": f"{IAM}user/{name}", "policies": policy(*statements)} | more


def role(*statements: Statement, name: str = "ops", **more: object) -> dict[str, object]:
    return {"arn": f"{IAM}role/{name}", "policies": policy(*statements)} | more


def estate(**facts: object) -> Estate:
    functions = [{"arn": FUNCTION + "billing", "latest": {}}]
    return estate_of({"functions": functions} | facts)


def credential(**facts: object) -> dict[str, object]:
    return {"arn": f"{IAM}user/ann", "user": "ann"} | facts


def run(control: str, found: Estate, *deployers: str) -> Results:
    return run_controls(found, [control_named(control)], today=TODAY, given=[Deployers(deployers)])


def judged(control: str, found: Estate, *deployers: str, name: str = "") -> Verdict:
    lines = run(control, found, *deployers).verdicts
    return next(one.verdict for one in lines if not name or one.subject.name == name)


# ---- who can write code ----------------------------------------------------------------------------------------------

WRITES = {
    "a user who may update code": estate(users=[user(allow("lambda:UpdateFunctionCode"))]),
    "a user who may by a pattern": estate(users=[user(allow("lambda:U*Code", on=FUNCTION + "bill*"))]),
    "a role that may change the configuration": estate(roles=[role(allow("lambda:UpdateFunctionConfiguration"))]),
    "a role that moves aliases": estate(roles=[role(allow("lambda:UpdateAlias", on=FUNCTION + "billing*"))]),
    "an administrator": estate(roles=[role(allow("*"))]),
    "everything but IAM": estate(roles=[role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})]),
    "a user by the group": estate(
        users=[user(groups=["devs"])],
        groups=[{"arn": f"{IAM}group/devs", "policies": policy(allow("lambda:*"))}],
    ),
    "a role that the function's own policy names": estate(
        roles=[role()],
        functions=[
            {
                "arn": FUNCTION + "billing",
                "latest": {},
                "policies": policy(
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"{IAM}role/ops"},
                        "Action": "lambda:UpdateFunctionCode",
                        "Resource": FUNCTION + "billing",
                    }
                ),
            }
        ],
    ),
}


@pytest.mark.parametrize("case", WRITES)
def test_who_can_write_code_and_is_no_deployer_is_found(case: str) -> None:
    """The identity fails, with a request on the function."""
    verdict = judged("code-writable-by-many", WRITES[case], f"{IAM}role/ci-*")

    assert Outcome.FAIL is verdict.outcome
    assert verdict.deviations[0].witness is not None
    assert verdict.deviations[0].witness.resource.startswith(FUNCTION + "billing")


WRITES_NOT = {
    "a deployer by name": estate(roles=[role(allow("lambda:*"), name="ci")]),
    "a deployer by a pattern": estate(roles=[role(allow("*"), name="release-eu")]),
    "one who reads": estate(users=[user(allow("lambda:Get*", "lambda:List*", "lambda:InvokeFunction"))]),
    "one who writes another function": estate(
        users=[user(allow("lambda:UpdateFunctionCode", on=FUNCTION + "billing-test"))]
    ),
    "one who is denied": estate(users=[user(allow("lambda:*"), deny("lambda:Update*"))]),
    "one whose boundary forbids it": estate(users=[user(allow("*"), boundary=policy(allow("s3:*")))]),
    "one of another account": estate(
        users=[{"arn": "arn:aws:iam::444455556666:user/bob", "policies": policy(allow("lambda:*"))}]
    ),
    "one who writes layers": estate(users=[user(allow("lambda:PublishLayerVersion"))]),
}


@pytest.mark.parametrize("case", WRITES_NOT)
def test_who_cannot_or_is_meant_to_is_not_found(case: str) -> None:
    """Whoever is on the list, or cannot write the function, is no deviation."""
    verdict = judged("code-writable-by-many", WRITES_NOT[case], f"{IAM}role/ci", "arn:aws:iam::*:role/release-*")

    assert verdict.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}


def test_without_a_list_of_deployers_nothing_is_judged() -> None:
    """Nobody can say who is not meant to deploy; the run says what to give."""
    found = run_controls(estate(), [control_named("code-writable-by-many")], today=TODAY)

    assert ((), (NotRun(control="code-writable-by-many", give="`[deployers]` in apiece.toml"),)) == (
        found.verdicts,
        found.not_run,
    )


def test_policies_that_could_not_be_read_are_unknown() -> None:
    """A refused read of a user's policies is no reason to pass."""
    found = estate(users=[user()])
    gap = Gap(subject=found.users[0].subject, needs="user.policies", reason="access denied")

    assert Outcome.UNKNOWN is judged("code-writable-by-many", msgspec.structs.replace(found, gaps=(gap,))).outcome


def test_policies_of_a_group_that_could_not_be_read_are_unknown() -> None:
    """Nor is one of the policies of their group."""
    group = {"arn": f"{IAM}group/devs", "policies": policy()}
    found = estate(users=[user(groups=["devs"])], groups=[group])
    gap = Gap(subject=found.groups[0].subject, needs="group.policies", reason="access denied")

    assert Outcome.UNKNOWN is judged("code-writable-by-many", msgspec.structs.replace(found, gaps=(gap,))).outcome


# ---- without a second factor -----------------------------------------------------------------------------------------

DEPLOYS = allow("lambda:UpdateFunctionCode")
TRUSTED = trust()
WITHOUT_MFA = {
    "no condition": estate(users=[user(DEPLOYS)]),
    "a Deny that lets keys through": estate(users=[user(DEPLOYS, deny("*", Bool={MFA: "false"}))]),
    "an Allow that lets keys through": estate(users=[user(allow("lambda:*", BoolIfExists={MFA: "true"}))]),
    "a condition on another permission": estate(users=[user(DEPLOYS, allow("s3:*", Bool={MFA: "true"}))]),
    "a role's policies": estate(users=[user(allow("iam:PutRolePolicy"))]),
    "a role without a condition": estate(users=[user(allow("sts:AssumeRole"))], roles=[role(DEPLOYS, trust=TRUSTED)]),
    "a role that names the user": estate(users=[user()], roles=[role(DEPLOYS, trust=trust(f"{IAM}user/ann"))]),
    "a password without a device": estate(users=[user(DEPLOYS)], credentials=[credential(password=True, mfa=False)]),
    "a device, and a key beside it": estate(
        users=[user(DEPLOYS)], credentials=[credential(password=True, mfa=True, keys=[{"active": True}])]
    ),
}


@pytest.mark.parametrize("case", WITHOUT_MFA)
def test_deploying_without_a_second_factor_is_found(case: str) -> None:
    """A request is allowed that states no second factor."""
    verdict = judged("deployer-without-mfa", WITHOUT_MFA[case])

    assert Outcome.FAIL is verdict.outcome
    assert verdict.deviations[0].witness is not None
    assert "true" not in verdict.deviations[0].witness.context.values()


WITH_MFA = {
    "a Deny for all that is not true": estate(users=[user(DEPLOYS, deny("*", BoolIfExists={MFA: "false"}))]),
    "an Allow that demands it": estate(users=[user(allow("lambda:*", "iam:*", Bool={MFA: "true"}))]),
    "a Deny unless it is recent": estate(
        users=[
            user(
                DEPLOYS,
                deny("*", NumericGreaterThanIfExists={"aws:MultiFactorAuthAge": "3600"}),
                deny("*", Null={"aws:MultiFactorAuthAge": "true"}),
            )
        ]
    ),
    "a role that demands it": estate(
        users=[user(allow("sts:AssumeRole"))], roles=[role(DEPLOYS, trust=trust(Bool={MFA: "true"}))]
    ),
    "one who only reads": estate(users=[user(allow("lambda:Get*", "iam:List*"))]),
    "a device and no key": estate(
        users=[user(DEPLOYS)], credentials=[credential(password=True, mfa=True, keys=[{"active": False}])]
    ),
    "no credentials at all": estate(users=[user(DEPLOYS)], credentials=[credential(password=False)]),
    "a role that does not deploy": estate(
        users=[user(allow("sts:AssumeRole"))], roles=[role(allow("s3:*"), trust=TRUSTED)]
    ),
}


@pytest.mark.parametrize("case", WITH_MFA)
def test_who_needs_a_second_factor_to_deploy_is_not_found(case: str) -> None:
    """Where every such request is denied, or cannot be made, nothing is found."""
    assert judged("deployer-without-mfa", WITH_MFA[case]).outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}


def test_credentials_that_could_not_be_read_are_unknown() -> None:
    """Without the credential report it is not known how a user signs in, nor how old keys are."""
    found = estate(users=[user(allow("s3:*"))], roles=[role()], accounts=[{"id": ACCOUNT}])
    account = Subject(kind=SubjectKind.ACCOUNT, arn=f"{IAM}root", account=ACCOUNT)
    gap = Gap(subject=account, needs="credentials", reason="access denied")
    found = msgspec.structs.replace(found, gaps=(gap,))

    for control in ("deployer-without-mfa", "long-lived-deployer-key"):
        assert [("ann", Outcome.UNKNOWN)] == [
            (one.subject.name.rpartition("/")[2], one.verdict.outcome) for one in run(control, found).verdicts
        ]


def test_a_users_policies_that_could_not_be_read_are_unknown() -> None:
    """What nobody read may allow it."""
    found = estate(users=[user()])
    gap = Gap(subject=found.users[0].subject, needs="user.policies", reason="access denied")

    assert Outcome.UNKNOWN is judged("deployer-without-mfa", msgspec.structs.replace(found, gaps=(gap,))).outcome


# ---- old keys --------------------------------------------------------------------------------------------------------


def keyed(*keys: dict[str, object], statements: tuple[Statement, ...] = (DEPLOYS,), **more: object) -> Estate:
    return estate(users=[user(*statements)], credentials=[credential(keys=list(keys))], **more)


OLD = {
    "an old key that is used": keyed({"active": True, "rotated": "2025-01-01", "used": "2026-06-14"}),
    "an old key that is not": keyed({"active": True, "rotated": "2025-01-01"}),
    "a day too old": keyed({"active": True, "rotated": "2026-03-16"}),
    "the second of two": keyed({"active": True, "rotated": "2026-06-01"}, {"active": True, "rotated": "2025-06-01"}),
    "by a role": keyed(
        {"active": True, "rotated": "2025-01-01"},
        statements=(allow("sts:AssumeRole"),),
        roles=[role(DEPLOYS, trust=TRUSTED)],
    ),
    "who writes the policies of roles": keyed(
        {"active": True, "rotated": "2025-01-01"}, statements=(allow("iam:Attach*"),)
    ),
}


@pytest.mark.parametrize("case", OLD)
def test_an_old_key_of_a_deployer_is_found(case: str) -> None:
    """An active key older than 90 days, of somebody who may deploy."""
    assert Outcome.FAIL is judged("long-lived-deployer-key", OLD[case]).outcome


YOUNG = {
    "a young key": keyed({"active": True, "rotated": "2026-05-01"}),
    "ninety days": keyed({"active": True, "rotated": "2026-03-17"}),
    "an old key that is switched off": keyed({"active": False, "rotated": "2020-01-01"}),
    "an old key of one who only reads": keyed(
        {"active": True, "rotated": "2020-01-01"}, statements=(allow("lambda:Get*"),)
    ),
    "an old key of one who is denied": keyed(
        {"active": True, "rotated": "2020-01-01"}, statements=(allow("lambda:*"), deny("lambda:Update*"))
    ),
    "no key": keyed(),
    "nobody says": estate(users=[user(DEPLOYS)]),
}


@pytest.mark.parametrize("case", YOUNG)
def test_what_is_no_old_key_of_a_deployer_is_not_found(case: str) -> None:
    """Keys that are young or off, and those of users who cannot deploy, are none."""
    assert judged("long-lived-deployer-key", YOUNG[case]).outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE}


def test_a_key_of_unknown_age_is_unknown() -> None:
    """A report without the day does not settle it."""
    assert Outcome.UNKNOWN is judged("long-lived-deployer-key", keyed({"active": True})).outcome
