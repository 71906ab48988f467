"""Claims about who can: every principal is asked, each answer is shown, and what is not known is said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from apiece.access.who import Who, who_can
from apiece.api.read import read_targets
from apiece.controls.shorthand import estate_of
from apiece.errors import UsageError
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.iam.granted import Granted

ACCOUNT, OTHER = "111122223333", "444455556666"
BUCKET = "arn:aws:s3:::orders"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/abc"


def role_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: str, resource: str = "*", **conditions: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": conditions} if conditions else {})


def lets_in(principal: object, action: str, resource: str, **conditions: object) -> dict[str, object]:
    return allow(action, resource, **conditions) | {"Principal": principal}


def role(name: str, *statements: dict[str, object], account: str = ACCOUNT, **more: object) -> dict[str, object]:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    return {
        "arn": role_arn(name, account),
        "trust": trust,
        "policies": [policy(*statements)] if statements else [],
        **more,
    }


def bucket(*statements: dict[str, object]) -> dict[str, object]:
    return {"arn": BUCKET, "policies": [policy(*statements)] if statements else [], "subject": _SUBJECT}


_SUBJECT = {"kind": "bucket", "arn": BUCKET, "account": ACCOUNT}


def _ask(action: str, resource: str, **things: object) -> Who:
    return who_can(action, resource, estate_of({"accounts": [{"id": ACCOUNT}], **things}))


def _names(found: Who) -> list[str]:
    return [row.principal.name for row in found.rows if row.answer.is_yes]


READER = role("reader", allow("s3:GetObject", f"{BUCKET}/*"))
WRITER = role("writer", allow("s3:PutObject", f"{BUCKET}/*"))


@pytest.mark.parametrize("resource", ["orders", BUCKET, f"{BUCKET}/1.json", f"{BUCKET}/*", "arn:aws:s3:::*"])
def test_a_resource_is_named_in_several_ways(resource: str) -> None:
    """By its name, its ARN, the ARN of what lies in it, and by a pattern."""
    assert ["reader"] == _names(_ask("s3:GetObject", resource, roles=[READER, WRITER], resources=[bucket()]))


def test_an_action_may_be_a_pattern() -> None:
    """Whoever can do any of its actions can."""
    assert ["reader", "writer"] == _names(_ask("s3:*Object", "orders", roles=[READER, WRITER], resources=[bucket()]))


def test_an_action_that_the_catalogue_does_not_know_is_asked_all_the_same() -> None:
    """It is matched by the patterns of policies."""
    thing = f"arn:aws:novel:us-east-1:{ACCOUNT}:thing/one"
    roles = [role("all", allow("novel:*")), role("none", allow("s3:*"))]

    assert ["all"] == _names(_ask("novel:Invent", thing, roles=roles))


def test_the_request_that_shows_it_comes_with_its_statement() -> None:
    """What was asked, and which statement of which policy allows it."""
    (row,) = _ask("s3:GetObject", "orders", roles=[READER], resources=[bucket()]).rows
    request = row.answer.request

    assert request is not None
    assert (role_arn("reader"), "s3:GetObject", True) == (
        request.caller.arn,
        request.action,
        request.resource.startswith(f"{BUCKET}/"),
    )
    assert [("identity", "#0")] == [(one.layer, one.statement) for one in row.answer.because]


def test_a_condition_must_hold() -> None:
    """It is told, and nothing else is."""
    only = role("tagged", allow("s3:GetObject", f"{BUCKET}/*", StringEquals={"aws:PrincipalTag/team": "orders"}))
    (row,) = _ask("s3:GetObject", "orders", roles=[only], resources=[bucket()]).rows

    assert {"aws:PrincipalTag/team": "orders"} == row.answer.conditions


def test_a_bucket_policy_denies() -> None:
    """A Deny of the resource's own policy takes what the role's policies give."""
    denial = lets_in("*", "s3:GetObject", f"{BUCKET}/*") | {"Effect": "Deny"}

    assert [] == _names(_ask("s3:GetObject", "orders", roles=[READER], resources=[bucket(denial)]))


def test_a_boundary_limits() -> None:
    """A role whose boundary does not allow the action cannot."""
    limited = role("limited", allow("s3:*"), boundary=[policy(allow("sqs:*"))])

    assert [] == _names(_ask("s3:GetObject", "orders", roles=[limited], resources=[bucket()]))


def test_a_key_policy_decides_whether_identity_policies_count() -> None:
    """A key that does not leave it to the account lets nobody in by their own policies."""
    roles = [role("user-of-keys", allow("kms:Decrypt"))]
    delegating = lets_in({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*", "*")
    closed = lets_in({"AWS": role_arn("other")}, "kms:*", "*")

    assert ["user-of-keys"] == _names(_ask("kms:Decrypt", KEY, roles=roles, resources=[_key(delegating)]))
    assert [] == _names(_ask("kms:Decrypt", KEY, roles=roles, resources=[_key(closed)]))


def _key(*statements: dict[str, object]) -> dict[str, object]:
    return {"arn": KEY, "policies": [policy(*statements)]}


def test_across_accounts_both_sides_must_allow() -> None:
    """A role of another account needs its own policy and the bucket's."""
    mine = role("mine", allow("s3:GetObject"), account=OTHER)
    opened = bucket(lets_in({"AWS": OTHER}, "s3:GetObject", f"{BUCKET}/*"))
    accounts = [{"id": ACCOUNT}, {"id": OTHER}]

    assert [] == _names(_ask("s3:GetObject", "orders", roles=[mine], resources=[bucket()], accounts=accounts))
    assert ["mine"] == _names(_ask("s3:GetObject", "orders", roles=[mine], resources=[opened], accounts=accounts))


def test_users_have_what_their_groups_have() -> None:
    """A user is a principal like a role."""
    user = {"arn": f"arn:aws:iam::{ACCOUNT}:user/ann", "groups": ["readers"], "policies": []}
    group = {"arn": f"arn:aws:iam::{ACCOUNT}:group/readers", "policies": [policy(allow("s3:GetObject"))]}

    assert ["ann"] == _names(_ask("s3:GetObject", "orders", users=[user], groups=[group], resources=[bucket()]))


# ---- whom the resource lets in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "told"),
    [
        ("*", "anyone, without signing in"),
        ({"AWS": OTHER}, OTHER),
        ({"Service": "logs.amazonaws.com"}, "logs.amazonaws.com"),
    ],
)
def test_outsiders_are_told(principal: object, told: str) -> None:
    """Everyone, another account and a service that the resource's own policy names."""
    opened = bucket(lets_in(principal, "s3:GetObject", f"{BUCKET}/*"))
    found = _ask("s3:GetObject", "orders", resources=[opened])

    assert told in [
        one.who if one.request is None or one.request.caller.account is None else one.request.caller.account
        for one in found.outside
    ]


def test_a_topic_open_to_its_owner_is_open_to_no_stranger() -> None:
    """The policy that SNS gives every topic names everyone, and means the owner."""
    owner = {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
    topic = {"arn": TOPIC, "policies": [policy(lets_in("*", "SNS:Publish", TOPIC, **owner))]}
    roles = [role("inside", allow("s3:*")), role("outside", allow("sns:*"), account=OTHER)]
    found = _ask("sns:Publish", "news", roles=roles, resources=[topic])

    assert (["inside"], ()) == (_names(found), found.outside)


def test_a_service_that_a_role_trusts_is_told() -> None:
    """Lambda may assume the role of a function; no stranger's service may."""
    found = _ask("sts:AssumeRole", "reader", roles=[READER])

    assert ["lambda.amazonaws.com"] == [one.who for one in found.outside]


# ---- what is not known -----------------------------------------------------------------------------------------------


def test_unread_policies_are_no_answer() -> None:
    """Who has policies that could not be read is neither among those who can nor gone."""
    made = estate_of({"accounts": [{"id": ACCOUNT}], "roles": [role("blind")], "resources": [bucket()]})
    gap = Gap(subject=made.roles[0].subject, needs="role.policies", reason="access denied")
    (row,) = who_can("s3:GetObject", "orders", msgspec.structs.replace(made, gaps=(gap,))).rows

    assert (Granted.UNKNOWN, "access denied") == (row.answer.result, row.answer.reason)


TEMPLATE = """\
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Orders: {Type: AWS::S3::Bucket}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
  Extra:
    Type: AWS::IAM::Policy
    Condition: Prod
    Properties:
      PolicyName: extra
      Roles: [!Ref Reader]
      PolicyDocument:
        Statement: [{Sid: Read, Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${Orders.Arn}/*"}]
"""


def _template(folder: Path) -> Estate:
    (folder / "a.yaml").write_text(TEMPLATE)
    return read_targets([str(folder / "a.yaml")], parameters={}, taken_at="2026-06-15T08:00:00Z").estate


def test_a_policy_under_a_condition_counts_where_it_holds(tmp_path: Path) -> None:
    """The answer names the deployment in which it is so, and a logical id names the bucket."""
    (row,) = who_can("s3:GetObject", "Orders", _template(tmp_path)).rows

    assert [True] == [value for _, value in row.principal.when]
    assert ["Read"] == [one.statement for one in row.answer.because]


@pytest.mark.parametrize(
    ("action", "name", "message"),
    [
        ("GetObject", "orders", "`GetObject` is not an action; write `service:Name`"),
        ("s3:GetObject", "ordrs", "nothing in the source is called `ordrs`"),
    ],
)
def test_what_is_no_question_is_refused(action: str, name: str, message: str) -> None:
    """An action needs its service, a name something that has it."""
    with pytest.raises(UsageError) as caught:
        _ask(action, name, roles=[READER], resources=[bucket()])

    assert message == caught.value.message


def test_a_name_of_two_things_is_refused() -> None:
    """Both are shown."""
    queue = {"arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", "policies": []}
    with pytest.raises(UsageError, match="`orders` names 2 things"):
        _ask("s3:GetObject", "orders", resources=[bucket(), queue])
