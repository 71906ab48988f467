"""Claims about who is let in by the policies that resources carry: strangers, and other accounts."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from apiece.access.opening import TYPES
from apiece.api.read import read_targets
from apiece.controls.control import Control
from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.estate.estate import Account, Estate
from apiece.estate.gap import Gap
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.resource import PublicAccess, Resource, Strangers
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import Grammar, PolicyKind, parse
from apiece.records.verdict import Outcome, Severity, Verdict
from apiece.tree import from_plain

DAY = dt.date(2026, 6, 15)
OWN, OTHER = "111122223333", "444455556666"
PUBLIC, CROSS = control_named("public-resource-policy"), control_named("cross-account-resource-policy")
ARNS = {
    SubjectKind.BUCKET: "arn:aws:s3:::shop",
    SubjectKind.QUEUE: f"arn:aws:sqs:us-east-1:{OWN}:shop",
    SubjectKind.TOPIC: f"arn:aws:sns:us-east-1:{OWN}:shop",
    SubjectKind.KEY: f"arn:aws:kms:us-east-1:{OWN}:key/0f0f0f0f-1111-2222-3333-444444444444",
    SubjectKind.SECRET: f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:shop/db-AbCdEf",
    SubjectKind.TABLE: f"arn:aws:dynamodb:us-east-1:{OWN}:table/shop",
}
Statement = dict[str, Any]


def allow(action: object, resource: object = "*", principal: object = "*", **more: object) -> Statement:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", principal: object = "*", **more: object) -> Statement:
    return allow(action, resource, principal, **more) | {"Effect": "Deny"}


def when(operator: str, key: str, *values: str) -> dict[str, dict[str, object]]:
    return {operator: {key: list(values)}}


def _attached(statements: list[Statement], version: str) -> AttachedPolicy:
    tree = from_plain({"Version": version, "Statement": statements})
    document = parse(tree, PolicyKind.RESOURCE, grammar=Grammar.AS_EVALUATED)
    return AttachedPolicy(name="resource policy", form=PolicyForm.RESOURCE, document=document)


def _resource(
    kind: SubjectKind,
    *policies: list[Statement],
    strangers: Strangers | None = Strangers.LET_IN,
    versions: tuple[str, ...] = (),
) -> Resource:
    arn = ARNS[kind]
    return Resource(
        subject=Subject(kind=kind, arn=arn, account=OWN, region="us-east-1"),
        name="shop",
        arn=arn,
        policies=tuple(
            _attached(one, versions[index] if versions else "2012-10-17") for index, one in enumerate(policies)
        ),
        public_access=PublicAccess(strangers=strangers) if strangers is not None else None,
    )


def _judge(control: Control, resource: Resource, **facts: Any) -> Verdict:  # noqa: ANN401
    estate = Estate(taken_at="", resources=(resource,), **facts)
    (line,) = run_controls(estate, (control,), today=DAY).verdicts
    return line.verdict


def _public(kind: SubjectKind, *statements: Statement, **facts: Any) -> Verdict:  # noqa: ANN401
    return _judge(PUBLIC, _resource(kind, list(statements)), **facts)


BUCKET, QUEUE, TOPIC, KEY, SECRET, TABLE = TYPES
OBJECTS = "arn:aws:s3:::shop/*"

# ---- strangers -------------------------------------------------------------------------------------------------------

OPEN: dict[str, tuple[SubjectKind, list[Statement]]] = {
    "objects for everyone": (BUCKET, [allow("s3:GetObject", OBJECTS)]),
    "the same as an AWS principal": (BUCKET, [allow("s3:GetObject", OBJECTS, {"AWS": "*"})]),
    "among other principals": (BUCKET, [allow("s3:GetObject", OBJECTS, {"AWS": [OWN, "*"]})]),
    "a wildcard in the action": (BUCKET, [allow("s3:?et*", "arn:aws:s3:::sh?p/*")]),
    "listing only": (BUCKET, [allow("s3:ListBucket", ARNS[BUCKET])]),
    "everything but deleting": (BUCKET, [{**allow("x", OBJECTS), "NotAction": "s3:Delete*"} | {}]),
    "everybody but one account": (
        QUEUE,
        [{"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sqs:*", "Resource": "*"}],
    ),
    "everything but one folder": (
        BUCKET,
        [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::shop/private/*"}],
    ),
    "only encrypted requests": (
        BUCKET,
        [allow("s3:*", OBJECTS, Condition=when("Bool", "aws:SecureTransport", "true"))],
    ),
    "TLS asked for by a Deny": (
        BUCKET,
        [
            allow("s3:GetObject", OBJECTS),
            deny("s3:*", [ARNS[BUCKET], OBJECTS], Condition=when("Bool", "aws:SecureTransport", "false")),
        ],
    ),
    "a referer that anyone can send": (
        BUCKET,
        [allow("s3:GetObject", OBJECTS, Condition=when("StringLike", "aws:Referer", "https://shop.example/*"))],
    ),
    "a role's name that anyone can choose": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deployer"))],
    ),
    "a role's name as text": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("StringLike", "aws:PrincipalArn", "*:role/*Admin"))],
    ),
    "a user's name that anyone can choose": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("StringEquals", "aws:username", "alice"))],
    ),
    "a session's name that anyone can choose": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("StringLike", "aws:userid", "*:alice"))],
    ),
    "a tag that anyone can put on a role": (
        SECRET,
        [allow("secretsmanager:GetSecretValue", Condition=when("StringEquals", "aws:PrincipalTag/team", "shop"))],
    ),
    "all addresses": (QUEUE, [allow("sqs:*", Condition=when("IpAddress", "aws:SourceIp", "0.0.0.0/0"))]),
    "half of all addresses": (QUEUE, [allow("sqs:*", Condition=when("IpAddress", "aws:SourceIp", "0.0.0.0/1"))]),
    "any organisation": (KEY, [allow("kms:Decrypt", Condition=when("Null", "aws:PrincipalOrgID", "false"))]),
    "our organisation, if there is one": (
        TABLE,
        [allow("dynamodb:GetItem", Condition=when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-ours"))],
    ),
    "our endpoint, if there is one": (
        BUCKET,
        [allow("s3:GetObject", OBJECTS, Condition=when("StringEqualsIfExists", "aws:SourceVpce", "vpce-1"))],
    ),
    "any endpoint": (
        BUCKET,
        [allow("s3:GetObject", OBJECTS, Condition=when("StringLike", "aws:SourceVpce", "vpce-*"))],
    ),
    "not one account": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("StringNotEquals", "aws:PrincipalAccount", OTHER))],
    ),
    "a service for any account": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"))],
    ),
    "a service that is named for any account": (
        QUEUE,
        [
            allow(
                "sqs:SendMessage",
                "*",
                {"Service": "sns.amazonaws.com"},
                Condition=when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
            )
        ],
    ),
    "a service for any bucket": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"))],
    ),
    "a key through any S3": (
        KEY,
        [allow("kms:Decrypt", Condition=when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"))],
    ),
    "a Deny of another action": (BUCKET, [allow("s3:*", OBJECTS), deny("s3:PutObject*", OBJECTS)]),
    "a Deny of some objects": (BUCKET, [allow("s3:GetObject", OBJECTS), deny("s3:*", "arn:aws:s3:::shop/a*")]),
    "a Deny that spares a folder": (
        BUCKET,
        [
            allow("s3:GetObject", OBJECTS),
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "NotResource": "arn:aws:s3:::shop/pub/*"},
        ],
    ),
    "a Deny of one other account": (QUEUE, [allow("sqs:*"), deny("sqs:*", "*", {"AWS": OTHER})]),
    "a Deny that only asks for encryption": (
        BUCKET,
        [
            allow("s3:PutObject", OBJECTS),
            deny("s3:PutObject", OBJECTS, Condition=when("Null", "s3:x-amz-server-side-encryption", "true")),
            deny(
                "s3:PutObject", OBJECTS, Condition=when("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")
            ),
        ],
    ),
    "a folder of one's own": (BUCKET, [allow("s3:*Object", "arn:aws:s3:::shop/home/${aws:userid}/*")]),
    "a topic's subscribers": (TOPIC, [allow("sns:Subscribe", ARNS[TOPIC])]),
    "an index of a table": (TABLE, [allow("dynamodb:Query", f"{ARNS[TABLE]}/index/*")]),
    "all of KMS": (KEY, [allow("kms:*")]),
    "after a date": (
        QUEUE,
        [allow("sqs:*", Condition=when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"))],
    ),
}


@pytest.mark.parametrize(("kind", "statements"), OPEN.values(), ids=OPEN)
def test_strangers_who_are_let_in_are_found(kind: SubjectKind, statements: list[Statement]) -> None:
    """A policy that a stranger can meet is an error, with a request of the stranger's as witness."""
    for statement in statements:
        if "NotAction" in statement:
            statement.pop("Action", None)
        if "NotResource" in statement:
            statement.pop("Resource", None)

    verdict = _public(kind, *statements)

    assert Outcome.FAIL is verdict.outcome
    (deviation,) = verdict.deviations
    assert deviation.witness is not None
    assert deviation.witness.resource.startswith(ARNS[kind])
    assert OWN not in deviation.witness.principal
    assert Severity.ERROR is deviation.severity


CLOSED: dict[str, tuple[SubjectKind, list[Statement]]] = {
    "no statement": (BUCKET, []),
    "only TLS asked for": (
        BUCKET,
        [deny("s3:*", [ARNS[BUCKET], OBJECTS], Condition=when("Bool", "aws:SecureTransport", "false"))],
    ),
    "a named account": (BUCKET, [allow("s3:*", OBJECTS, {"AWS": OTHER})]),
    "a star that is no principal": (BUCKET, [allow("s3:*", OBJECTS, {"AWS": "arn:aws:iam::444455556666:role/*"})]),
    "a service": (QUEUE, [allow("sqs:SendMessage", "*", {"Service": "sns.amazonaws.com"})]),
    "our organisation": (
        BUCKET,
        [allow("s3:*", OBJECTS, Condition=when("StringEquals", "aws:PrincipalOrgID", "o-ours"))],
    ),
    "a unit of our organisation": (
        BUCKET,
        [
            allow(
                "s3:*", OBJECTS, Condition=when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-ours/r-1/ou-2/*")
            )
        ],
    ),
    "our account": (BUCKET, [allow("s3:*", OBJECTS, Condition=when("StringEquals", "aws:PrincipalAccount", OWN))]),
    "our account calls a service": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("StringEquals", "aws:SourceAccount", OWN))],
    ),
    "our topic": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("ArnEquals", "aws:SourceArn", f"arn:aws:sns:us-east-1:{OWN}:t"))],
    ),
    "a bucket of ours by its name": (
        QUEUE,
        [allow("sqs:SendMessage", Condition=when("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:uploads"))],
    ),
    "the default policy of a topic": (
        TOPIC,
        [
            allow(
                ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes"],
                ARNS[TOPIC],
                {"AWS": "*"},
                Condition=when("StringEquals", "AWS:SourceOwner", OWN),
            )
        ],
    ),
    "a key of AWS's own": (
        KEY,
        [
            allow(
                "kms:*",
                "*",
                {"AWS": "*"},
                Condition={
                    "StringEquals": {
                        "kms:CallerAccount": OWN,
                        "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
                    }
                },
            )
        ],
    ),
    "the default policy of a key": (KEY, [allow("kms:*", "*", {"AWS": f"arn:aws:iam::{OWN}:root"})]),
    "our endpoint": (BUCKET, [allow("s3:*", OBJECTS, Condition=when("StringEquals", "aws:SourceVpce", "vpce-1a2b"))]),
    "our network": (BUCKET, [allow("s3:*", OBJECTS, Condition=when("StringEquals", "aws:SourceVpc", "vpc-1a2b"))]),
    "our office": (QUEUE, [allow("sqs:*", Condition=when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))]),
    "everything denied outside of our endpoint": (
        BUCKET,
        [allow("s3:*", OBJECTS), deny("s3:*", "*", Condition=when("StringNotEquals", "aws:SourceVpce", "vpce-1a2b"))],
    ),
    "everything denied outside of our organisation": (
        SECRET,
        [
            allow("secretsmanager:*"),
            deny(
                "secretsmanager:*",
                "*",
                Condition={
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            ),
        ],
    ),
    "everything denied to all but a role": (
        TABLE,
        [
            allow("dynamodb:*"),
            {
                "Effect": "Deny",
                "NotPrincipal": {"AWS": [OWN, f"arn:aws:iam::{OWN}:role/app"]},
                "Action": "*",
                "Resource": "*",
            },
        ],
    ),
    "everything denied to those of other names": (
        BUCKET,
        [
            allow("s3:*", OBJECTS),
            deny("s3:*", "*", Condition=when("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*")),
        ],
    ),
    "everything denied, piece by piece": (
        BUCKET,
        [allow(["s3:GetObject", "s3:PutObject"], OBJECTS), deny("s3:Get*"), deny("*", "arn:aws:s3:::shop/*")],
    ),
    "objects of another bucket": (BUCKET, [allow("s3:GetObject", "arn:aws:s3:::other/*")]),
    "an object action on the bucket": (BUCKET, [allow("s3:GetObject", ARNS[BUCKET])]),
    "a bucket action on objects": (BUCKET, [allow("s3:ListBucket", OBJECTS)]),
    "an action of another service": (QUEUE, [allow("sns:Publish")]),
    "an action that does not exist": (QUEUE, [allow("sqs:Sendmesage"), allow("")]),
    "a longer name": (QUEUE, [allow("sqs:*", ARNS[QUEUE] + "-dead")]),
    "access points of ours": (
        BUCKET,
        [allow("*", OBJECTS, {"AWS": "*"}, Condition=when("StringEquals", "s3:DataAccessPointAccount", OWN))],
    ),
    "one user's id": (BUCKET, [allow("s3:*", OBJECTS, Condition=when("StringLike", "aws:userid", "AROAABCDEFGH:*"))]),
    "a date that is over": (
        QUEUE,
        [allow("sqs:*", Condition=when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"))],
    ),
    "a role of one account by name": (
        QUEUE,
        [allow("sqs:*", Condition=when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/*"))],
    ),
    "signing in is not enough for a key": (
        KEY,
        [allow("kms:Decrypt", Condition=when("Null", "aws:PrincipalArn", "true"))],
    ),
    "a signed-in cognito identity": (
        BUCKET,
        [allow("s3:*", OBJECTS, Condition=when("StringEquals", "cognito-identity.amazonaws.com:aud", "us-east-1:1"))],
    ),
    "two conditions that exclude each other": (
        BUCKET,
        [
            allow(
                "s3:*",
                OBJECTS,
                Condition={"StringEquals": {"aws:Referer": "a"}, "StringNotEquals": {"aws:Referer": "a"}},
            )
        ],
    ),
}


@pytest.mark.parametrize(("kind", "statements"), CLOSED.values(), ids=CLOSED)
def test_strangers_who_are_kept_out_are_no_finding(kind: SubjectKind, statements: list[Statement]) -> None:
    """What looks public and is not passes: the policy as a whole decides."""
    verdict = _public(kind, *statements)

    assert (Outcome.PASS, ()) == (verdict.outcome, verdict.deviations)


@pytest.mark.parametrize(
    ("strangers", "expected"),
    [
        (Strangers.LET_IN, Outcome.FAIL),
        (Strangers.KEPT_OUT, Outcome.PASS),
        (Strangers.UNREAD, Outcome.UNKNOWN),
    ],
)
def test_a_public_access_block_decides_over_a_public_policy(strangers: Strangers, expected: Outcome) -> None:
    """A block that restricts keeps strangers out; one that could not be read leaves it unknown."""
    resource = _resource(BUCKET, [allow("s3:GetObject", OBJECTS)], strangers=strangers)

    assert expected is _judge(PUBLIC, resource).outcome


def test_a_block_that_is_unread_does_not_matter_to_a_policy_that_is_not_public() -> None:
    """The pass of a policy that lets no stranger in did not depend on the block."""
    resource = _resource(BUCKET, [allow("s3:GetObject", OBJECTS, {"AWS": OWN})], strangers=Strangers.UNREAD)
    gap = Gap(subject=resource.subject, needs="bucket.public-access", reason="no")

    assert Outcome.PASS is _judge(PUBLIC, resource, gaps=(gap,)).outcome


def test_an_unread_block_tells_which_permission_is_missing() -> None:
    """The reason and the advice are the gap's."""
    resource = _resource(BUCKET, [allow("s3:GetObject", OBJECTS)], strangers=Strangers.UNREAD)
    reason = "its public access block could not be read: access denied"
    gap = Gap(subject=resource.subject, needs="bucket.public-access", reason=reason, hint="grant it")

    (unknown,) = _judge(PUBLIC, resource, gaps=(gap,)).unknowns

    assert (f"its policy lets strangers in, and {reason}", "grant it") == (unknown.reason, unknown.hint)


def test_a_block_that_is_not_stated_makes_a_warning() -> None:
    """Where nothing is said of the block, S3 refuses such a policy on new buckets only."""
    verdict = _judge(PUBLIC, _resource(BUCKET, [allow("s3:GetObject", OBJECTS)], strangers=None))

    (deviation,) = verdict.deviations
    assert Severity.WARNING is deviation.severity
    assert deviation.message.endswith("if the bucket is older than April 2023 or allows public policies")


@pytest.mark.parametrize("kind", [QUEUE, SECRET, TOPIC, KEY, TABLE])
@pytest.mark.parametrize("control", [PUBLIC, CROSS], ids=lambda one: one.id)
def test_a_policy_that_could_not_be_read_is_unknown(kind: SubjectKind, control: Control) -> None:
    """A gap on the policy is never a pass."""
    resource = _resource(kind)
    gap = Gap(subject=resource.subject, needs=f"{kind}.policies", reason="denied")

    assert Outcome.UNKNOWN is _judge(control, resource, gaps=(gap,)).outcome


@pytest.mark.parametrize("control", [PUBLIC, CROSS], ids=lambda one: one.id)
def test_resources_that_could_not_be_listed_leave_the_account_unknown(control: Control) -> None:
    """A list that nobody could read does not look like an empty one."""
    account = Subject(kind=SubjectKind.ACCOUNT, arn=f"arn:aws:iam::{OWN}:root", account=OWN)
    estate = Estate(taken_at="", gaps=(Gap(subject=account, needs="resources", reason="denied"),))

    (line,) = run_controls(estate, (control,), today=DAY).verdicts

    assert (Outcome.UNKNOWN, account) == (line.verdict.outcome, line.subject)


@pytest.mark.parametrize("control", [PUBLIC, CROSS], ids=lambda one: one.id)
def test_a_parameter_carries_no_policy(control: Control) -> None:
    """Neither control applies to what has no policy."""
    subject = Subject(kind=SubjectKind.PARAMETER, arn=f"arn:aws:ssm:us-east-1:{OWN}:parameter/a", account=OWN)

    verdict = _judge(control, Resource(subject=subject, name="a", arn=subject.arn or ""))

    assert Outcome.NOT_APPLICABLE is verdict.outcome


def test_a_resource_control_policy_keeps_strangers_out() -> None:
    """A perimeter of the organisation counts as much as the resource's own Deny."""
    perimeter = parse(
        from_plain(
            {
                "Version": "2012-10-17",
                "Statement": [
                    deny("s3:*", Condition=when("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-ours")),
                ],
            }
        ),
        PolicyKind.RCP,
    )
    level = (AttachedPolicy(name="perimeter", form=PolicyForm.CONTROL, document=perimeter),)
    account = Account(id=OWN, organization="o-ours", rcp=(level,))

    bare = _public(BUCKET, allow("s3:GetObject", OBJECTS), accounts=(Account(id=OWN, organization="o-ours"),))
    inside = _public(BUCKET, allow("s3:GetObject", OBJECTS), accounts=(account,))
    queue = _public(QUEUE, allow("sqs:SendMessage"), accounts=(account,))

    assert [Outcome.FAIL, Outcome.PASS, Outcome.FAIL] == [one.outcome for one in (bare, inside, queue)]


def test_an_account_that_the_policy_names_is_no_stranger() -> None:
    """The stranger is of an account that neither policy nor estate names."""
    verdict = _public(QUEUE, allow("sqs:SendMessage", "*", {"AWS": "999988887777"}))
    other = _public(
        QUEUE, allow("sqs:SendMessage", Condition=when("StringEquals", "aws:PrincipalAccount", "999988887777"))
    )

    assert [Outcome.PASS, Outcome.PASS] == [verdict.outcome, other.outcome]


@pytest.mark.parametrize("versions", [("2012-10-17", "2008-10-17"), ("2008-10-17", "2012-10-17")])
def test_a_deny_of_another_policy_counts(versions: tuple[str, str]) -> None:
    """All documents that a resource carries are one policy, whatever their versions."""
    resource = _resource(QUEUE, [allow("sqs:SendMessage")], [deny("sqs:*")], versions=versions)

    assert Outcome.PASS is _judge(PUBLIC, resource).outcome


def test_variables_are_text_in_an_old_version() -> None:
    """In a document of 2008 a folder called `${aws:userid}` is one folder, and still open to all."""
    policy = [allow("s3:GetObject", "arn:aws:s3:::shop/${aws:userid}/*")]
    resource = _resource(BUCKET, policy, versions=("2008-10-17",))

    (deviation,) = _judge(PUBLIC, resource).deviations

    assert deviation.witness is not None
    assert deviation.witness.resource.startswith("arn:aws:s3:::shop/${aws:userid}/")


def test_a_finding_says_who_and_what() -> None:
    """The message names the caller, the most telling action and how many more there are."""
    (anyone,) = _public(QUEUE, allow(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:PurgeQueue"])).deviations
    (account,) = _public(KEY, allow("kms:Decrypt")).deviations
    condition = when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*")
    (service,) = _public(QUEUE, allow("sqs:SendMessage", Condition=condition)).deviations

    assert re.fullmatch(r"anyone may call `sqs:\w+` and 2 more, without signing in", anyone.message)
    assert "any AWS account may call `kms:Decrypt`" == account.message
    assert "`sns.amazonaws.com` may call `sqs:SendMessage` for any AWS account" == service.message


ODD = {"shop": "fail", "a" * 63: "fail", "x--y.z-0": "fail", "${aws:userid}": "fail", "sh*p": "unknown"}


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_taken_as_they_are(name: str) -> None:
    """A container's name is text: what looks like a variable in it is none. A wildcard is in no request."""
    arn = f"arn:aws:s3:::{name}"
    resource = Resource(
        subject=Subject(kind=BUCKET, arn=arn, account=OWN),
        name=name,
        arn=arn,
        policies=(_attached([allow("s3:GetObject", "arn:aws:s3:::*/*")], "2012-10-17"),),
        public_access=PublicAccess(strangers=Strangers.LET_IN),
    )

    assert ODD[name] == _judge(PUBLIC, resource).outcome


def test_an_absurd_policy_is_judged_in_good_time() -> None:
    """Hundreds of entangled statements come to an answer, which may be that none could be shown."""
    statements = [
        allow("*", [f"arn:aws:s3:::*{letter}*{letter}?*/*{letter}*" for letter in "abcdefgh"]) for _ in range(5)
    ]
    statements += [deny("s3:*", f"arn:aws:s3:::*{index}*/*{index}*") for index in range(100)]

    verdict = _public(BUCKET, *statements)

    assert Outcome.UNKNOWN is verdict.outcome
    assert "whom policy `resource policy` lets in could not be shown with a request" == verdict.unknowns[0].reason


# ---- other accounts --------------------------------------------------------------------------------------------------

KNOWN = {"accounts": (Account(id=OWN, organization="o-ours"),)}
FOREIGN: dict[str, tuple[SubjectKind, list[Statement], str]] = {
    "an account by number": (QUEUE, [allow("sqs:SendMessage", "*", {"AWS": OTHER})], f"account `{OTHER}`"),
    "an account by its root": (
        BUCKET,
        [allow("s3:*", OBJECTS, {"AWS": f"arn:aws:iam::{OTHER}:root"})],
        f"account `{OTHER}`",
    ),
    "a role": (
        KEY,
        [allow("kms:Decrypt", "*", {"AWS": [f"arn:aws:iam::{OTHER}:role/path/app", f"arn:aws:iam::{OWN}:root"]})],
        f"`arn:aws:iam::{OTHER}:role/path/app`",
    ),
    "a user": (
        SECRET,
        [allow("secretsmanager:GetSecretValue", "*", {"AWS": f"arn:aws:iam::{OTHER}:user/bob"})],
        f"`arn:aws:iam::{OTHER}:user/bob`",
    ),
    "a condition on the account": (
        TABLE,
        [allow("dynamodb:GetItem", Condition=when("StringEquals", "aws:PrincipalAccount", OWN, OTHER))],
        f"account `{OTHER}`",
    ),
    "a condition on the role": (
        BUCKET,
        [allow("s3:GetObject", OBJECTS, Condition=when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/*"))],
        f"`arn:aws:iam::{OTHER}:role/*`",
    ),
    "the owner of a topic's caller": (
        TOPIC,
        [allow("sns:Publish", "*", {"AWS": "*"}, Condition=when("StringEquals", "AWS:SourceOwner", OTHER))],
        f"account `{OTHER}`",
    ),
    "another organisation": (
        BUCKET,
        [allow("s3:GetObject", OBJECTS, Condition=when("StringEquals", "aws:PrincipalOrgID", "o-ours", "o-theirs"))],
        "organisation `o-theirs`",
    ),
    "from an address only": (
        QUEUE,
        [allow("sqs:*", "*", {"AWS": OTHER}, Condition=when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))],
        f"account `{OTHER}`",
    ),
    "with an encryption that is asked for": (
        BUCKET,
        [
            allow("s3:PutObject", OBJECTS, {"AWS": OTHER}),
            deny("s3:PutObject", "*", Condition=when("StringNotEquals", "s3:x-amz-acl", "bucket-owner-full-control")),
        ],
        f"account `{OTHER}`",
    ),
}


@pytest.mark.parametrize(("kind", "statements", "who"), FOREIGN.values(), ids=FOREIGN)
def test_other_accounts_that_are_let_in_are_found(kind: SubjectKind, statements: list[Statement], who: str) -> None:
    """Whoever of another account the policy lets in is a warning that names them as the policy does."""
    verdict = _judge(CROSS, _resource(kind, statements), **KNOWN)

    (deviation,) = verdict.deviations
    assert deviation.message.startswith(f"{who} may call ")
    assert (Outcome.FAIL, Severity.WARNING) == (verdict.outcome, deviation.severity)
    assert deviation.witness is not None


DOMESTIC: dict[str, tuple[SubjectKind, list[Statement]]] = {
    "our own account": (KEY, [allow("kms:*", "*", {"AWS": f"arn:aws:iam::{OWN}:root"})]),
    "our own role": (BUCKET, [allow("s3:*", OBJECTS, {"AWS": f"arn:aws:iam::{OWN}:role/app"})]),
    "everyone, which is another control's": (QUEUE, [allow("sqs:SendMessage")]),
    "a service": (QUEUE, [allow("sqs:SendMessage", "*", {"Service": "events.amazonaws.com"})]),
    "CloudFront": (
        BUCKET,
        [allow("s3:GetObject", OBJECTS, {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"})],
    ),
    "a principal that was deleted": (BUCKET, [allow("s3:*", OBJECTS, {"AWS": "AROAABCDEFGHIJKLMNOPQ"})]),
    "our organisation": (
        BUCKET,
        [allow("s3:*", OBJECTS, Condition=when("StringEquals", "aws:PrincipalOrgID", "o-ours"))],
    ),
    "denied again": (QUEUE, [allow("sqs:*", "*", {"AWS": OTHER}), deny("sqs:*", "*", {"AWS": OTHER})]),
    "denied outside of our account": (
        SECRET,
        [
            allow("secretsmanager:*", "*", {"AWS": OTHER}),
            deny("*", Condition=when("StringNotEquals", "aws:PrincipalAccount", OWN)),
        ],
    ),
    "of an account that it is not": (
        TABLE,
        [
            allow(
                "dynamodb:*",
                "*",
                {"AWS": OTHER},
                Condition=when("StringEquals", "aws:PrincipalAccount", OWN),
            )
        ],
    ),
    "another bucket": (BUCKET, [allow("s3:*", "arn:aws:s3:::else/*", {"AWS": OTHER})]),
    "nothing that exists": (QUEUE, [allow("sqs:NoSuchThing", "*", {"AWS": OTHER})]),
    "only denied": (QUEUE, [deny("sqs:*", "*", {"AWS": OTHER})]),
}


@pytest.mark.parametrize(("kind", "statements"), DOMESTIC.values(), ids=DOMESTIC)
def test_what_lets_no_other_account_in_is_no_finding(kind: SubjectKind, statements: list[Statement]) -> None:
    """A foreign name in a policy is no finding if nothing comes of it."""
    verdict = _judge(CROSS, _resource(kind, statements), **KNOWN)

    assert (Outcome.PASS, ()) == (verdict.outcome, verdict.deviations)


@pytest.mark.parametrize(
    "facts",
    [
        {"members": (OWN, OTHER), "accounts": (Account(id=OWN, organization="o-ours"),)},
        {"accounts": (Account(id=OWN), Account(id=OTHER))},
    ],
    ids=["of the organisation", "read as well"],
)
def test_an_account_of_ours_is_a_note(facts: dict[str, Any]) -> None:
    """Accounts of the organisation, and accounts that are read as well, are noted and not warned of."""
    verdict = _judge(CROSS, _resource(QUEUE, [allow("sqs:SendMessage", "*", {"AWS": OTHER})]), **facts)

    assert [Severity.NOTE] == [one.severity for one in verdict.deviations]


def test_the_accounts_that_write_logs_of_load_balancers_are_noted() -> None:
    """They are AWS's own, and the message says so."""
    statement = allow("s3:PutObject", "arn:aws:s3:::shop/AWSLogs/*", {"AWS": "arn:aws:iam::127311923021:root"})

    (deviation,) = _judge(CROSS, _resource(BUCKET, [statement]), **KNOWN).deviations

    expected = "account `127311923021`, AWS's own for the logs of load balancers, may call `s3:PutObject`"
    assert (Severity.NOTE, expected) == (deviation.severity, deviation.message)


def test_a_named_account_that_must_be_of_the_organisation_is_a_note() -> None:
    """With `aws:PrincipalOrgID` the account loses its access when it leaves."""
    condition = when("StringEquals", "aws:PrincipalOrgID", "o-ours")
    verdict = _judge(
        CROSS, _resource(QUEUE, [allow("sqs:SendMessage", "*", {"AWS": OTHER}, Condition=condition)]), **KNOWN
    )

    assert [Severity.NOTE] == [one.severity for one in verdict.deviations]


def test_a_blocked_public_bucket_lets_no_named_account_in_either() -> None:
    """While its policy is public, S3 keeps all other accounts out of a restricted bucket."""
    named, everyone = allow("s3:GetObject", OBJECTS, {"AWS": OTHER}), allow("s3:GetObject", OBJECTS)
    both = _resource(BUCKET, [named, everyone], strangers=Strangers.KEPT_OUT)
    alone = _resource(BUCKET, [named], strangers=Strangers.KEPT_OUT)

    assert [Outcome.PASS, Outcome.FAIL] == [_judge(CROSS, one, **KNOWN).outcome for one in (both, alone)]


# ---- templates -------------------------------------------------------------------------------------------------------


def _template(tmp_path: Path, text: str, control: Control) -> dict[str, Verdict]:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    estate = read_targets([str(path)], parameters={}, taken_at="2026-06-15T08:00:00Z").estate
    lines = run_controls(estate, (control,), today=DAY).verdicts
    return {line.subject.name: line.verdict for line in lines}


@pytest.mark.parametrize("control", [PUBLIC, CROSS], ids=lambda one: one.id)
@pytest.mark.parametrize("heading", ["Fails", "Passes"])
def test_the_examples_of_the_page_are_true(tmp_path: Path, control: Control, heading: str) -> None:
    """The example under *Fails* fails, the one under *Passes* passes."""
    part = control.doc.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)

    outcomes = {verdict.outcome for text in found for verdict in _template(tmp_path, text, control).values()}

    assert {Outcome.FAIL if heading == "Fails" else Outcome.PASS} == outcomes


SITE = """\
Parameters:
  Restrict: {Type: String}
  Org: {Type: String}
  Who: {Type: String}
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties: %s
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument:
        Statement:
          - %s
"""
EVERYONE = '{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Site.Arn}/*"}'


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("{}", (Outcome.FAIL, Severity.WARNING)),
        ("{PublicAccessBlockConfiguration: {BlockPublicPolicy: false}}", (Outcome.FAIL, Severity.ERROR)),
        ("{PublicAccessBlockConfiguration: {RestrictPublicBuckets: false}}", (Outcome.FAIL, Severity.ERROR)),
        ('{PublicAccessBlockConfiguration: {RestrictPublicBuckets: "True"}}', (Outcome.PASS, None)),
        ("{PublicAccessBlockConfiguration: {RestrictPublicBuckets: !Ref Restrict}}", (Outcome.UNKNOWN, None)),
        ("{PublicAccessBlockConfiguration: nonsense}", (Outcome.UNKNOWN, None)),
    ],
)
def test_a_templates_block_is_read(tmp_path: Path, block: str, expected: tuple[Outcome, Severity | None]) -> None:
    """What is stated decides; what is not stated is a warning; what is not known before deployment is unknown."""
    verdict = _template(tmp_path, SITE % (block, EVERYONE), PUBLIC)["Site"]

    severity = verdict.deviations[0].severity if verdict.deviations else None
    assert expected == (verdict.outcome, severity)


OPEN_BUCKET = "{PublicAccessBlockConfiguration: {RestrictPublicBuckets: false}}"


def test_an_organisation_that_is_a_parameter_keeps_strangers_out(tmp_path: Path) -> None:
    """Whatever the organisation's id will be, a stranger's is another."""
    statement = EVERYONE[:-1] + ', Condition: {StringEquals: {"aws:PrincipalOrgID": !Ref Org}}}'

    assert Outcome.PASS is _template(tmp_path, SITE % (OPEN_BUCKET, statement), PUBLIC)["Site"].outcome


def test_a_principal_that_is_a_parameter_is_unknown(tmp_path: Path) -> None:
    """The parameter may be `*`; the advice is to give it."""
    statement = EVERYONE.replace('Principal: "*"', "Principal: {AWS: !Ref Who}")

    verdict = _template(tmp_path, SITE % (OPEN_BUCKET, statement), PUBLIC)["Site"]

    assert Outcome.UNKNOWN is verdict.outcome
    assert "give `--parameter Who=VALUE`" == verdict.unknowns[0].hint


def test_a_policy_of_a_bucket_that_no_template_holds_is_judged(tmp_path: Path) -> None:
    """The policy stands for the bucket, known by its name alone."""
    text = """\
Resources:
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: elsewhere
      PolicyDocument:
        Statement:
          - {Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::elsewhere/*"}
"""

    assert Outcome.FAIL is _template(tmp_path, text, PUBLIC)["Policy"].outcome


def test_a_finding_in_a_template_points_at_the_principal(tmp_path: Path) -> None:
    """The place is the word that names whom the statement is about."""
    verdict = _template(tmp_path, SITE % (OPEN_BUCKET, EVERYONE), PUBLIC)["Site"]

    place = verdict.deviations[0].at[0]
    lines = (SITE % (OPEN_BUCKET, EVERYONE)).splitlines()
    assert 'Principal: "*"' in lines[place.span.line - 1]  # type: ignore[union-attr]
