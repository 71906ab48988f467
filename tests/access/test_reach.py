"""Claims about how far a principal reaches: edges are conjunctions of allowed requests, and nothing else is one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apiece.access.reach.closure import closure, is_administrator
from apiece.access.reach.direct import rights_of
from apiece.access.reach.edges import Doubt, Edge, edges
from apiece.access.reach.paths import PATHS, Gives, On, Path
from apiece.access.reach.world import World, world_of
from apiece.api.reach import reach
from apiece.controls.shorthand import estate_of
from apiece.errors import UsageError
from apiece.estate.estate import Estate

ACCOUNT = "111122223333"
OTHER = "444455556666"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
BUCKET = "arn:aws:s3:::inbox"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/clicks"
LAYER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:common"
SERVICES = sorted({path.service for path in PATHS if path.service is not None})
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def role_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def allow(*actions: str, resource: object = "*", **conditions: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return statement | ({"Condition": conditions} if conditions else {})


def deny(*actions: str, resource: object = "*", **conditions: object) -> dict[str, object]:
    return allow(*actions, resource=resource, **conditions) | {"Effect": "Deny"}


def policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(*services: str, aws: str | None = None) -> dict[str, object]:
    principal: dict[str, object] = {"Service": list(services)} if services else {}
    if aws is not None:
        principal["AWS"] = aws
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def estate(*statements: dict[str, object], boundary: dict[str, object] | None = None, **more: object) -> Estate:
    """A function `start` with some statements, beside a function `strong` that runs as an administrator."""
    start = {"arn": role_arn("start-role"), "trust": trust("lambda.amazonaws.com"), "policies": [policy(*statements)]}
    if boundary is not None:
        start["boundary"] = [boundary]
    strong = {"arn": role_arn("strong-role"), "trust": trust(*SERVICES), "policies": [EVERYTHING]}
    sources = [{"source": one} for one in (QUEUE, f"{TABLE}/stream/2026", STREAM)]
    invoked = policy(*(_permission(arn) for arn in (TOPIC, BUCKET)))
    return estate_of(
        {
            "functions": [
                {"arn": function_arn("start"), "latest": {"role": role_arn("start-role")}},
                {
                    "arn": function_arn("strong"),
                    "latest": {"role": role_arn("strong-role"), "layers": [f"{LAYER}:3"]},
                    "event_sources": sources,
                    "policies": invoked,
                },
            ],
            "roles": [start, strong, *more.pop("roles", [])],  # type: ignore[misc]
            "users": [{"arn": f"arn:aws:iam::{ACCOUNT}:user/ann", "policies": [EVERYTHING]}],
            "groups": [{"arn": f"arn:aws:iam::{ACCOUNT}:group/admins", "policies": [EVERYTHING]}],
            "event_rules": [
                {
                    "arn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/orders",
                    "pattern": '{"source": ["orders"]}',
                    "targets": [function_arn("strong")],
                }
            ],
            **more,
        }
    )


def _permission(source: str) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"{source.split(':')[2]}.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": function_arn("strong"),
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }


def _world(made: Estate) -> tuple[World, list[Edge], list[Doubt]]:
    world = world_of(made)
    steps = list(edges(next(one for one in world.principals if one.name == "start-role"), world))
    return world, [one for one in steps if isinstance(one, Edge)], [one for one in steps if isinstance(one, Doubt)]


def _edges(*statements: dict[str, object], **more: object) -> list[Edge]:
    _, found, doubts = _world(estate(*statements, **more))  # type: ignore[arg-type]
    assert [] == doubts
    return found


def _slugs(*statements: dict[str, object], **more: object) -> set[str]:
    return {edge.path.slug for edge in _edges(*statements, **more)}


# ---- the table of paths ----------------------------------------------------------------------------------------------


def _needed(path: Path) -> list[str]:
    """One action for each step of a path, without what only its target's new trust policy needs."""
    steps = (*path.requests, *(path.one_of[0] if path.one_of else ()))
    return [one.actions[0] for one in steps if one.on is not On.RETRUSTED]


PLAIN = [path for path in PATHS if path.slug != "assume-role"]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.slug)
def test_a_path_is_found_for_who_has_its_actions(path: Path) -> None:
    """A role with exactly the actions of a path has that path."""
    assert path.slug in _slugs(allow(*_needed(path)))


def _less() -> Iterator[object]:
    for path in PLAIN:
        for action in _needed(path):
            yield pytest.param(path, action, id=f"{path.slug} without {action}")


@pytest.mark.parametrize(("path", "missing"), list(_less()))
def test_a_path_is_not_found_where_one_action_is_missing(path: Path, missing: str) -> None:
    """A path is a conjunction: without any one of its actions it is closed."""
    actions = [action for action in _needed(path) if action != missing]

    assert path.slug not in (_slugs(allow(*actions)) if actions else set())


def test_slugs_are_names() -> None:
    """No two paths share a slug."""
    slugs = [path.slug for path in PATHS]

    assert sorted(set(slugs)) == sorted(slugs)


@pytest.mark.parametrize("last", ["lambda:InvokeFunction", "lambda:AddPermission", "lambda:CreateEventSourceMapping"])
def test_a_new_function_runs_in_any_of_several_ways(last: str) -> None:
    """Invoking it, letting others invoke it, and mapping an event source to it are alike."""
    assert "pass-role-new-function" in _slugs(allow("iam:PassRole", "lambda:CreateFunction", last))


# ---- conjunctions ----------------------------------------------------------------------------------------------------


def test_a_new_function_must_be_one_and_the_same() -> None:
    """Making functions under one name and invoking those under another leads nowhere."""
    apart = (
        allow("iam:PassRole"),
        allow("lambda:CreateFunction", resource=function_arn("made-*")),
        allow("lambda:InvokeFunction", resource=function_arn("called-*")),
    )
    together = (*apart, allow("lambda:InvokeFunction", resource=function_arn("*-twice")))

    assert "pass-role-new-function" not in _slugs(*apart)
    assert "pass-role-new-function" in _slugs(*together)


def test_a_role_is_passed_only_to_a_service_that_it_trusts() -> None:
    """A role that trusts EC2 alone is not what a new function runs as."""
    plain = {"arn": role_arn("plain"), "trust": trust("ec2.amazonaws.com"), "policies": []}
    grant = allow("iam:PassRole", resource=role_arn("plain"))
    made = _edges(grant, allow("lambda:CreateFunction", "lambda:InvokeFunction"), roles=[plain])

    assert "pass-role-new-function" not in {edge.path.slug for edge in made}


def test_a_role_may_be_passed_to_some_services_only() -> None:
    """A condition on `iam:PassedToService` keeps a role from other services."""
    to_ec2 = allow("iam:PassRole", StringEquals={"iam:PassedToService": "ec2.amazonaws.com"})
    rest = allow("lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances")
    slugs = {edge.path.slug for edge in _edges(to_ec2, rest) if edge.gives is Gives.ROLE}

    assert {"pass-role-ec2-instance"} == slugs


def test_what_is_not_in_the_source_is_told_apart() -> None:
    """A role that may be passed and that the source does not hold is an edge without a target."""
    grant = allow("iam:PassRole", resource=role_arn("elsewhere-*"))
    (edge,) = (one for one in _edges(grant, allow("lambda:CreateFunction", "lambda:AddPermission"))
               if one.path.slug == "pass-role-new-function")  # fmt: skip

    assert (None, True) == (edge.target, edge.resource.startswith(role_arn("elsewhere-")))


def test_its_own_role_is_no_gain() -> None:
    """Passing the own role, assuming it, or changing functions that run as it gives nothing."""
    own = [role_arn("start-role"), function_arn("start")]
    actions = ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode")

    assert set() == {edge.path.slug for edge in _edges(allow(*actions, "sts:AssumeRole", resource=own))}


# ---- layers ----------------------------------------------------------------------------------------------------------


def test_a_boundary_closes_a_path() -> None:
    """What the permissions boundary does not allow is no edge."""
    grant = allow("lambda:UpdateFunctionCode")

    assert set() == _slugs(grant, boundary=policy(allow("s3:*")))
    assert {"update-function-code"} == _slugs(grant, boundary=policy(allow("lambda:*")))


def test_a_control_policy_closes_a_path() -> None:
    """What a service control policy denies is no edge."""
    level = [{"name": "scp", "form": "control", "document": _control(deny("lambda:Update*"))}]
    full = [{"name": "full", "form": "control", "document": _control(allow("*"))}]
    account = {"id": ACCOUNT, "scp": [[*full, *level]]}

    assert set() == _slugs(allow("lambda:UpdateFunctionCode"), accounts=[account])
    assert {"update-function-code"} == _slugs(allow("lambda:UpdateFunctionCode"), accounts=[{**account, "scp": [full]}])


def _control(*statements: dict[str, object]) -> object:
    import msgspec

    from apiece.iam.document import PolicyKind, parse
    from apiece.tree import from_plain

    return msgspec.to_builtins(parse(from_plain(policy(*statements)), PolicyKind.SCP))


def test_a_condition_is_told_with_the_edge() -> None:
    """An edge that holds only with a session of several factors says so; one without conditions has none."""
    grant = allow("lambda:UpdateFunctionCode", Bool={"aws:MultiFactorAuthPresent": "true"})

    assert [{"aws:MultiFactorAuthPresent": "true"}] == [edge.conditions for edge in _edges(grant)]
    assert [{}] == [edge.conditions for edge in _edges(allow("lambda:UpdateFunctionCode"))]


def test_the_most_harmful_choice_comes_first() -> None:
    """Attaching only a named policy is an edge with that condition; attaching any has none."""
    readers = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    few = allow("iam:AttachRolePolicy", resource=role_arn("strong-role"), ArnEquals={"iam:PolicyARN": readers})
    (limited,) = _edges(few)
    (any_,) = _edges(allow("iam:AttachRolePolicy", resource=role_arn("strong-role")))

    assert ({"iam:PolicyARN": readers}, {}) == (limited.conditions, any_.conditions)


# ---- roles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trusted", "grants", "open_"),
    [
        (role_arn("start-role"), (), True),
        (f"arn:aws:iam::{ACCOUNT}:root", (), False),
        (f"arn:aws:iam::{ACCOUNT}:root", (allow("sts:AssumeRole"),), True),
        (f"arn:aws:iam::{OTHER}:root", (allow("sts:AssumeRole"),), False),
    ],
)
def test_assuming_needs_both_sides_unless_the_role_is_named(
    trusted: str, grants: tuple[dict[str, object], ...], *, open_: bool
) -> None:
    """Within an account a trust policy that names the role is enough; one that names the account leaves it to IAM."""
    target = {"arn": role_arn("target"), "trust": trust(aws=trusted), "policies": []}

    assert open_ is ("assume-role" in _slugs(*grants, allow("s3:ListAllMyBuckets"), roles=[target]))


def test_across_accounts_both_sides_must_allow() -> None:
    """A role of another account that trusts ours is assumed only with a permission of our own."""
    target = {"arn": role_arn("target", OTHER), "trust": trust(aws=role_arn("start-role")), "policies": []}

    assert "assume-role" not in _slugs(allow("s3:ListAllMyBuckets"), roles=[target])
    assert "assume-role" in _slugs(allow("sts:AssumeRole"), roles=[target])


def test_writing_into_its_own_role_raises_itself() -> None:
    """The same action on another role raises that one."""
    found = {edge.target.name: edge.gives for edge in _edges(allow("iam:PutRolePolicy")) if edge.target is not None}

    assert {"start-role": Gives.ITSELF, "strong-role": Gives.OTHER} == found


# ---- the closure -----------------------------------------------------------------------------------------------------


def test_the_shortest_way_to_each_is_told() -> None:
    """From function to role to role, each with its steps, up to an administrator."""
    middle = {
        "arn": role_arn("middle"),
        "trust": trust(aws=role_arn("start-role")),
        "policies": [policy(allow("lambda:UpdateFunctionCode"))],
    }
    world = world_of(estate(allow("s3:ListAllMyBuckets"), roles=[middle]))
    start = next(one for one in world.principals if one.name == "start-role")
    routes = closure((start,), world).routes

    assert [
        ("middle", ["assume-role"], None),
        ("strong-role", ["assume-role", "update-function-code"], "administrator"),
    ] == [(one.into.name, [edge.path.slug for edge in one.edges], one.end) for one in routes]


def test_who_is_an_administrator_is_proved() -> None:
    """However everything is written, and not where anything is left out."""
    split = policy(allow("?*:*"), allow("s3:*"))
    but_one = policy(allow("*"), deny("s3:DeleteBucket", resource="arn:aws:s3:::one"))
    made = estate(
        allow("s3:*"),
        roles=[
            {"arn": role_arn("split"), "trust": trust("lambda.amazonaws.com"), "policies": [split]},
            {"arn": role_arn("but-one"), "trust": trust("lambda.amazonaws.com"), "policies": [but_one]},
        ],
    )
    found = {one.name for one in world_of(made).principals if is_administrator(one)}

    assert {"ann", "split", "strong-role"} == found


# ---- what it can do itself -------------------------------------------------------------------------------------------


def test_rights_are_grouped_by_service_and_access() -> None:
    """With the things of the estate that are touched, and without what is denied."""
    table = {"arn": TABLE, "policies": []}
    made = estate(
        allow("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteTable", resource=TABLE),
        deny("dynamodb:DeleteTable"),
        resources=[table, {"arn": TABLE.replace("orders", "payments"), "policies": []}],
    )
    world = world_of(made)
    rows = rights_of(next(one for one in world.principals if one.name == "start-role"), world).rows

    assert [
        ("dynamodb", "Write", ("dynamodb:PutItem",), ["orders"]),
        ("dynamodb", "Read", ("dynamodb:GetItem",), ["orders"]),
    ] == [(row.service, row.level, row.actions, [one.name for one in row.things]) for row in rows]


def test_what_only_the_thing_allows_is_told() -> None:
    """A queue that lets the whole account in lets the function in, whatever its role says."""
    open_ = policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE})
    world = world_of(estate(allow("s3:ListAllMyBuckets"), resources=[{"arn": QUEUE, "policies": open_}]))
    rows = rights_of(next(one for one in world.principals if one.name == "start-role"), world).rows

    assert [("sqs:SendMessage",)] == [row.actions for row in rows if row.service == "sqs"]


# ---- names -----------------------------------------------------------------------------------------------------------


def test_a_function_is_found_by_name() -> None:
    """Its name or ARN; a role by its name where no function has it."""
    made = estate(allow("s3:GetObject"))
    names = ("start", function_arn("start"), "start-role")

    assert ["start-role"] * 3 == [reach(made, name)[0].principal.name for name in names]


def test_a_name_that_is_none_has_a_suggestion() -> None:
    """The nearest name is shown."""
    with pytest.raises(UsageError) as caught:
        reach(estate(allow("s3:GetObject")), "strt")

    assert "did you mean `start`?" == caught.value.hint
