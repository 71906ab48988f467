"""Claims about roles that get more than they were granted."""

from __future__ import annotations

import pytest

from apiece.api.check import CheckRun, check
from apiece.controls.registry import control_named
from apiece.controls.shorthand import estate_of

from .conftest import TODAY

ACCOUNT = "111122223333"
ADMIN = {"Action": "*", "Resource": "*"}
TABLE = {"Action": "dynamodb:PutItem", "Resource": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/payments"}
BOUNDARY = {"Action": ["s3:*", "dynamodb:*", "logs:*"], "Resource": "*"}


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def document(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}


def role(name: str, *statements: dict[str, object], trusts: dict[str, object] | None = None, **more: object) -> object:
    trust = {"Principal": trusts or {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {"arn": role_arn(name), "trust": document(trust), "policies": document(*statements), **more}


def checked(*statements: dict[str, object], others: tuple[object, ...] = (), **more: object) -> CheckRun:
    """The function `release` with some statements, beside `payments` and `root`, whose role may do everything."""
    names = ("release", "payments", "root")
    functions = [{"arn": function_arn(name), "latest": {"role": role_arn(name)}} for name in names]
    roles = [role("release", *statements, **more), role("payments", TABLE), role("root", ADMIN), *others]  # type: ignore[arg-type]
    estate = estate_of({"accounts": [{"id": ACCOUNT}], "functions": functions, "roles": roles})
    return check(estate, (control_named("escalation-possible"),), today=TODAY)


def found(run: CheckRun) -> list[tuple[str, str]]:
    return [(one.severity.value, one.message) for one in run.findings if one.subject.name == "release"]


PASSING = {"Action": "iam:PassRole", "Resource": "*"}
MAKING = {"Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*"}
ERRORS: dict[str, tuple[tuple[dict[str, object], ...], str]] = {
    "it replaces code": (({"Action": "lambda:UpdateFunctionCode", "Resource": function_arn("root")},), "`root`"),
    "it changes a configuration": (
        ({"Action": "lambda:UpdateFunctionConfiguration", "Resource": "*"},),
        "become `root`",
    ),
    "it passes a role to a new function": ((PASSING, MAKING), "become `root`"),
    "it passes one role": (({"Action": "iam:PassRole", "Resource": role_arn("root")}, MAKING), "become `root`"),
    "it writes policies of users": (
        ({"Action": "iam:*", "Resource": f"arn:aws:iam::{ACCOUNT}:user/*"},),
        "any permission to others",
    ),
    "it rewrites a trust": (
        ({"Action": ["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"], "Resource": role_arn("root")},),
        "become `root`",
    ),
    "it makes keys": (({"Action": "iam:CreateAccessKey", "Resource": "*"},), "not in the source"),
    "by a pattern": (({"Action": "lambda:Update*Code", "Resource": "arn:aws:lambda:*:*:function:r*"},), "`root`"),
    "by exclusion": (({"NotAction": "iam:*", "Resource": "*"},), "become"),
    "it runs commands on machines": (({"Action": "ssm:SendCommand", "Resource": "*"},), "not in the source"),
}
SILENT: dict[str, tuple[dict[str, object], ...]] = {
    "it passes a role and makes nothing": (PASSING,),
    "it makes functions and passes nothing": (MAKING,),
    "it passes a role to another service": (
        {**PASSING, "Condition": {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}},
        MAKING,
    ),
    "it passes its own role": ({"Action": "iam:PassRole", "Resource": role_arn("release")}, MAKING),
    "it replaces its own code": ({"Action": "lambda:UpdateFunctionCode", "Resource": function_arn("release")},),
    "it invokes an administrator": ({"Action": "lambda:InvokeFunction", "Resource": function_arn("root")},),
    "it reads IAM": ({"Action": ["iam:Get*", "iam:List*"], "Resource": "*"},),
    "what a Deny takes away": (
        {"Action": "lambda:UpdateFunctionCode", "Resource": "*"},
        {"Effect": "Deny", "Action": "lambda:Update*", "Resource": "*"},
    ),
    "it assumes a role that does not trust it": ({"Action": "sts:AssumeRole", "Resource": role_arn("root")},),
    "it reads and writes a table": (TABLE, {"Action": "dynamodb:GetItem", "Resource": "*"}),
}


@pytest.mark.parametrize(("statements", "told"), ERRORS.values(), ids=ERRORS)
def test_a_way_to_everything_is_an_error(statements: tuple[dict[str, object], ...], told: str) -> None:
    """The finding names whom it leads to, and its witness is the first request."""
    run = checked(*statements)
    ((severity, message),) = found(run)

    assert "error" == severity
    assert told in message
    assert all(one.witness is not None for one in run.findings)


@pytest.mark.parametrize("statements", SILENT.values(), ids=SILENT)
def test_what_leads_nowhere_is_none(statements: tuple[dict[str, object], ...]) -> None:
    run = checked(*statements)

    assert ([], ()) == (found(run), run.undecided)


def test_a_way_to_another_role_is_a_warning() -> None:
    """It may write to a table that it was not granted."""
    run = checked({"Action": "lambda:UpdateFunctionCode", "Resource": function_arn("payments")})
    ((severity, message),) = found(run)

    assert "warning" == severity
    assert "`payments`, which may do more" in message


def test_a_way_to_a_role_that_may_do_less_is_none() -> None:
    """It was granted all of that already."""
    run = checked({"Action": "lambda:UpdateFunctionCode", "Resource": function_arn("payments")}, TABLE)

    assert [] == found(run)


def test_a_role_that_was_lent_is_none_unless_it_is_an_administrator() -> None:
    """The trust names the function's role: somebody meant that."""
    trusts = {"AWS": role_arn("release")}
    lent = {"Action": "sts:AssumeRole", "Resource": "*"}

    assert [] == found(checked(lent, others=(role("ledger", TABLE, trusts=trusts),)))
    assert ["error"] == [one for one, _ in found(checked(lent, others=(role("break-glass", ADMIN, trusts=trusts),)))]


def test_a_boundary_takes_the_way_away() -> None:
    """What the boundary does not allow is no step."""
    statements = ({"Action": "lambda:UpdateFunctionCode", "Resource": "*"}, TABLE)

    assert [] == found(checked(*statements, boundary=document(BOUNDARY)))


def test_two_steps_are_followed() -> None:
    """It becomes a deployer, and as that an administrator."""
    deployer = role("deployer", {"Action": "lambda:UpdateFunctionCode", "Resource": function_arn("root")})
    functions = {"Action": "iam:PassRole", "Resource": role_arn("deployer")}
    ((severity, message),) = found(checked(functions, MAKING, others=(deployer,)))

    assert "error" == severity
    assert "then, as that, it" in message


def test_an_administrator_has_everything_already() -> None:
    """Another control says so."""
    run = checked(ADMIN)

    assert [] == found(run)


def test_functions_with_one_role_share_the_cause() -> None:
    role_of_both = role("release", {"Action": "iam:CreateAccessKey", "Resource": "*"})
    functions = [{"arn": function_arn(name), "latest": {"role": role_arn("release")}} for name in ("a", "b")]
    estate = estate_of({"functions": functions, "roles": [role_of_both]})
    run = check(estate, (control_named("escalation-possible"),), today=TODAY)

    assert 2 == len(run.findings)
    assert 1 == len({one.root_cause for one in run.findings})
