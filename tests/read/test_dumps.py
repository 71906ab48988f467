"""Claims about files that stand for an account: authorization details, and what AWS Config delivers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from apiece.api.read import read_targets
from apiece.errors import ApieceError, MalformedSource, UsageError
from apiece.estate import snapshot
from apiece.estate.network import PeerKind
from apiece.estate.policy import PolicyForm
from apiece.read.reading import Reading

NOW = "2026-06-15T08:00:00Z"
ACCOUNT = "111122223333"
REGION = "eu-west-1"
SECRET = "AKIAIOSFODNN7EXAMPLE"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ANYONE = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _arn(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def _role(**changes: object) -> dict[str, object]:
    return {
        "Path": "/",
        "RoleName": "reader",
        "RoleId": "AROA1",
        "Arn": _arn("role/reader"),
        "CreateDate": "2024-01-02T03:04:05+00:00",
        "AssumeRolePolicyDocument": TRUST,
        "InstanceProfileList": [],
        "RolePolicyList": [{"PolicyName": "read", "PolicyDocument": READ}],
        "AttachedManagedPolicies": [],
        "Tags": [],
        "RoleLastUsed": {"LastUsedDate": "2026-05-01T00:00:00+00:00", "Region": REGION},
        **changes,
    }


def _user(**changes: object) -> dict[str, object]:
    return {
        "UserName": "ann",
        "Arn": _arn("user/ann"),
        "GroupList": [],
        "AttachedManagedPolicies": [],
        **changes,
    }


def _details(**changes: object) -> dict[str, object]:
    return {"UserDetailList": [_user()], "GroupDetailList": [], "RoleDetailList": [_role()], "Policies": [], **changes}


def _read(*values: object, names: tuple[str, ...] = ()) -> Reading:
    """Write values to files of the working folder and read them; bytes as they are, all else as JSON."""
    files = [*names, *(f"dump{number}.json" for number in range(len(names), len(values)))]
    for name, value in zip(files, values, strict=True):
        Path(name).write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return read_targets(files, parameters={}, taken_at=NOW)


def _refused(*values: object) -> ApieceError:
    with pytest.raises(ApieceError) as caught:
        _read(*values)
    return caught.value


def _needs(reading: Reading, kind: str | None = None) -> list[str]:
    return sorted(gap.needs for gap in reading.estate.gaps if kind is None or gap.subject.kind == kind)


# ---- authorization details


@pytest.mark.usefixtures("folder")
def test_details_are_the_identities_of_an_account() -> None:
    """Roles and users come with their policies; the file is where they come from."""
    reading = _read(_details())

    (role,), (user,) = reading.estate.roles, reading.estate.users
    assert (("reader", "2024-01-02", "2026-05-01"), "ann") == ((role.name, role.created, role.last_used), user.name)
    assert [("read", PolicyForm.INLINE, True)] == [
        (one.name, one.form, one.document is not None) for one in role.policies
    ]
    assert [ACCOUNT] == [one.id for one in reading.estate.accounts]
    assert "dump0.json" == getattr(role.at, "file", None)


@pytest.mark.usefixtures("folder")
def test_what_details_cannot_hold_is_said_on_the_account() -> None:
    """Lists that are not there are gaps, layers above the account are outside of the source."""
    reading = _read(_details())

    assert ["functions", "resources", "routes", "security-groups"] == _needs(reading)
    assert ("scp", "rcp") == reading.estate.outside_source


@pytest.mark.usefixtures("folder")
def test_documents_that_an_url_spells_are_the_same_documents() -> None:
    """The API answers policies URL-encoded; what came through a program that left them so is read the same."""
    plain = _read(_details())
    role = _role(
        AssumeRolePolicyDocument=quote(json.dumps(TRUST)),
        RolePolicyList=[{"PolicyName": "read", "PolicyDocument": quote(json.dumps(READ))}],
    )

    spelled = _read(_details(RoleDetailList=[role]))

    assert snapshot.digest(plain.estate) == snapshot.digest(spelled.estate)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("packing", ["gzip", "utf-16", "utf-8-sig"])
def test_packing_and_spelling_of_a_file_make_no_difference(packing: str) -> None:
    """PowerShell writes UTF-16, AWS Config delivers gzip."""
    plain = _read(_details())
    data = json.dumps(_details())

    packed = _read(gzip.compress(data.encode()) if packing == "gzip" else data.encode(packing))

    assert snapshot.digest(plain.estate) == snapshot.digest(packed.estate)


@pytest.mark.usefixtures("folder")
def test_a_managed_policy_of_aws_has_the_text_that_the_file_holds() -> None:
    """A version that we do not ship is taken from the file."""
    policy = {
        "PolicyName": "AdministratorAccess",
        "Arn": ADMIN,
        "DefaultVersionId": "v99",
        "PolicyVersionList": [{"VersionId": "v99", "IsDefaultVersion": True, "Document": READ}],
    }
    role = _role(AttachedManagedPolicies=[{"PolicyName": "AdministratorAccess", "PolicyArn": ADMIN}])

    reading = _read(_details(RoleDetailList=[role], Policies=[policy]))

    held = reading.estate.roles[0].policies[1]
    assert (PolicyForm.AWS_MANAGED, True) == (held.form, "s3:GetObject" in repr(held.document))


@pytest.mark.usefixtures("folder")
def test_a_managed_policy_of_aws_that_was_filtered_out_has_the_text_we_ship() -> None:
    """As for templates."""
    role = _role(AttachedManagedPolicies=[{"PolicyName": "AdministratorAccess", "PolicyArn": ADMIN}])

    reading = _read(_details(RoleDetailList=[role]))

    assert reading.estate.roles[0].policies[1].document is not None
    assert "role.policies" not in _needs(reading)


@pytest.mark.usefixtures("folder")
def test_a_managed_policy_that_the_file_does_not_hold_is_a_gap_on_its_role() -> None:
    """A filtered dump names policies whose text is elsewhere."""
    role = _role(AttachedManagedPolicies=[{"PolicyName": "own", "PolicyArn": _arn("policy/own")}])

    reading = _read(_details(RoleDetailList=[role]))

    assert ["role.policies"] == _needs(reading, "role")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("mark", [{"IsTruncated": True, "Marker": "x"}, {"NextToken": "x"}])
def test_the_first_part_of_details_is_no_whole_list(mark: dict[str, object]) -> None:
    """Whoever stopped at the first page left others out."""
    reading = _read(_details(**mark))

    assert {"roles", "users"} <= set(_needs(reading, "account"))
    assert any("only the first part" in gap.reason for gap in reading.estate.gaps)


@pytest.mark.usefixtures("folder")
def test_a_list_that_is_empty_or_missing_may_have_been_filtered() -> None:
    """`--filter Role` prints no users, and so does an account without any."""
    reading = _read({"RoleDetailList": [_role()]})

    assert "users" in _needs(reading, "account")


@pytest.mark.usefixtures("folder")
def test_a_group_that_the_file_does_not_hold_is_a_gap_on_its_users() -> None:
    """What the group allows is not known."""
    reading = _read(_details(UserDetailList=[_user(GroupList=["deployers"])]))

    assert ["user.policies"] == _needs(reading, "user")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "document", [7, "no", [], {"Statement": 1}, "%7B" * 9, "{" * 5000, {"Statement": [{"Effect": "Maybe"}]}]
)
def test_a_document_that_is_no_policy_is_a_gap_on_its_role(document: object) -> None:
    """The role stays, its policy has no document."""
    reading = _read(_details(RoleDetailList=[_role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": document}])]))

    assert ["role.policies"] == _needs(reading, "role")
    assert reading.estate.roles[0].policies[0].document is None


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "value",
    [
        {"RoleDetailList": []},
        {"RoleDetailList": 7},
        {"RoleDetailList": [7]},
        {"RoleDetailList": [{"Arn": "x"}]},
        {"RoleDetailList": [_role(Arn="arn")]},
        {"RoleDetailList": [_role(), _role(Arn="arn:aws:iam::999999999999:role/x")]},
        b'{"RoleDetailList": [',
        b'{"RoleDetailList": ' + b"[" * 100_000,
        b'{"RoleDetailList": "\xff"}',
        gzip.compress(b'{"RoleDetailList": []}', mtime=0)[:-9],
        {"configurationItems": []},
        {"configurationItems": 7},
        {"configurationItems": [7, None, {}, {"resourceType": "AWS::IAM::Role"}]},
    ],
)
def test_a_dump_that_cannot_be_read_is_refused(value: object) -> None:
    """With a reason, and without what stands in it."""
    error = _refused(value)

    assert isinstance(error, MalformedSource)
    assert "dump0.json" in str(error.span)


@pytest.mark.usefixtures("folder")
def test_a_file_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may claim to be a huge one."""
    from apiece.read.dumps import file

    monkeypatch.setattr(file, "_MOST", 100)

    assert "unpacks to more than" in _refused(gzip.compress(json.dumps(_details()).encode())).message


@pytest.mark.usefixtures("folder")
def test_details_of_one_account_are_given_once() -> None:
    """Two dumps of one account are two moments."""
    assert "same account" in _refused(_details(), _details()).message


@pytest.mark.usefixtures("folder")
def test_dumps_are_not_mixed_with_templates() -> None:
    """What belongs together could not be told."""
    assert isinstance(_refused(_details(), {"Resources": {}}), UsageError)


@pytest.mark.usefixtures("folder")
def test_a_template_that_speaks_of_details_is_a_template() -> None:
    """Only the outermost keys tell."""
    reading = _read({"Resources": {"RoleDetailList": {"Type": "AWS::SQS::Queue"}}})

    assert ["RoleDetailList"] == [one.subject.logical_id for one in reading.estate.resources]


# ---- AWS Config


def _item(kind: str, configuration: object, name: str = "one", **changes: object) -> dict[str, object]:
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": "2026-06-01T00:00:00.000Z",
        "configurationItemStatus": "OK",
        "awsAccountId": ACCOUNT,
        "resourceType": kind,
        "resourceId": name,
        "resourceName": name,
        "ARN": f"arn:aws:x:{REGION}:{ACCOUNT}:{kind}/{name}",
        "awsRegion": "global" if "IAM" in kind else REGION,
        "configuration": configuration,
        "supplementaryConfiguration": {},
        **changes,
    }


def _recorded_role(**changes: object) -> dict[str, object]:
    return _item(
        "AWS::IAM::Role",
        {
            "path": "/",
            "roleName": "reader",
            "arn": _arn("role/reader"),
            "createDate": "2024-01-02T03:04:05.000Z",
            "assumeRolePolicyDocument": quote(json.dumps(TRUST)),
            "rolePolicyList": [{"policyName": "read", "policyDocument": quote(json.dumps(READ))}],
            "attachedManagedPolicies": [{"policyName": "own", "policyArn": _arn("policy/own")}],
            "permissionsBoundary": None,
            "roleLastUsed": None,
            **changes,
        },
        "reader",
    )


def _recorded_policy() -> dict[str, object]:
    version = {"document": quote(json.dumps(READ)), "versionId": "v2", "isDefaultVersion": True}
    configuration = {"policyName": "own", "arn": _arn("policy/own"), "policyVersionList": [version]}
    return _item("AWS::IAM::Policy", configuration, "own")


def _recorded_function(name: str = "orders", policy: object = None, **changes: object) -> dict[str, object]:
    configuration = {
        "functionName": name,
        "functionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "version": "$LATEST",
        "role": _arn("role/reader"),
        "runtime": "python3.13",
        "handler": "app.handler",
        "packageType": "Zip",
        "kmskeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
        "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        "environment": {"variables": {"BUCKET": "uploads", "tableName": SECRET}},
        "layers": [{"arn": "arn:layer", "codeSize": 1}],
        **changes,
    }
    supplementary = {"Policy": json.dumps(policy)} if policy is not None else {"Policy": None}
    return _item("AWS::Lambda::Function", configuration, name, supplementaryConfiguration=supplementary)


def _recorded_group(**changes: object) -> dict[str, object]:
    return _item(
        "AWS::EC2::SecurityGroup",
        {
            "groupId": "sg-1",
            "groupName": "functions",
            "vpcId": "vpc-1",
            "ipPermissions": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "ipRanges": ["0.0.0.0/0"],
                    "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}],
                    "ipv6Ranges": [{"cidrIpv6": "::/0"}],
                    "prefixListIds": [{"prefixListId": "pl-1"}],
                    "userIdGroupPairs": [{"groupId": "sg-2", "userId": ACCOUNT}],
                }
            ],
            "ipPermissionsEgress": [],
            **changes,
        },
        "sg-1",
    )


def _bucket(policy: object) -> dict[str, object]:
    return _item(
        "AWS::S3::Bucket",
        {"name": "uploads"},
        "uploads",
        ARN="arn:aws:s3:::uploads",
        supplementaryConfiguration={
            "BucketPolicy": {"policyText": policy},
            "ServerSideEncryptionConfiguration": {
                "rules": [
                    {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyID": "arn:k"}}
                ]
            },
        },
    )


def _snapshot(*items: object) -> dict[str, object]:
    return {"fileVersion": "1.0", "configSnapshotId": "id", "configurationItems": list(items)}


@pytest.mark.usefixtures("folder")
def test_a_snapshot_of_config_is_functions_with_their_roles() -> None:
    """What a live read would make of the same function, as far as Config records it."""
    reading = _read(_snapshot(_recorded_function(policy=ANYONE), _recorded_role(), _recorded_policy()))

    (function,), (role,) = reading.estate.functions, reading.estate.roles
    latest = function.latest
    assert ("python3.13", ("subnet-1",), ("arn:layer",)) == (
        latest.runtime,
        latest.vpc and latest.vpc.subnets,
        latest.layers,
    )
    assert f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1" == latest.environment_key
    assert [True] == [policy.document is not None for policy in function.policies]
    assert [("read", True), ("own", True)] == [(policy.name, policy.document is not None) for policy in role.policies]
    assert (REGION,) == reading.estate.accounts[0].regions
    assert [] == _needs(reading, "function") + _needs(reading, "role")


@pytest.mark.usefixtures("folder")
def test_values_of_variables_are_sealed_and_their_names_kept() -> None:
    """Names are the account's own and stay as they are; a bucket of the same files may be named."""
    reading = _read(_snapshot(_recorded_function(), _bucket(None)))

    variables = {one.name: one for one in reading.estate.functions[0].latest.environment}
    assert {"BUCKET", "tableName"} == set(variables)
    assert ("uploads", None) == (variables["BUCKET"].value, variables["tableName"].value)
    assert ["aws-access-key-id"] == [hit.detector for hit in variables["tableName"].hits if hit.by == "value"]
    assert SECRET not in snapshot.dump(reading.estate).decode()


@pytest.mark.usefixtures("folder")
def test_what_config_never_records_is_said_once() -> None:
    """A thousand functions without URLs in the file are one gap on the account, which concerns them all."""
    reading = _read(_snapshot(*(_recorded_function(f"f{number}") for number in range(1000))))

    assert 1000 == len(reading.estate.functions)
    assert {"function.aliases", "function.urls", "function.versions"} <= set(_needs(reading, "account"))
    assert len(_needs(reading, "account")) < 20


@pytest.mark.usefixtures("folder")
def test_an_environment_that_is_not_in_the_file_is_not_an_empty_one() -> None:
    """Of one function it is a gap on the function, of all a gap on the account."""
    without = _recorded_function("b")
    del without["configuration"]["environment"]  # type: ignore[attr-defined]

    both = _read(_snapshot(_recorded_function("a"), without, _recorded_role()))

    assert ["function.environment"] == _needs(both, "function")
    assert "function.environment" in _needs(_read(_snapshot(without)), "account")


@pytest.mark.usefixtures("folder")
def test_resources_carry_the_policies_that_config_gathered() -> None:
    """Each type keeps its policy elsewhere, as an object, a text, or a text within a text."""
    text = json.dumps(ANYONE)
    queue = {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs", "QueueName": "jobs", "Policy": text}
    topic = {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:news", "Policy": text, "KmsMasterKeyId": "alias/x"}
    key = {"arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "keyId": "1", "keyManager": "CUSTOMER"}
    ours = {**key, "keyId": "2", "keyManager": "AWS"}

    reading = _read(
        _snapshot(
            _bucket(text),
            _item("AWS::SQS::Queue", queue, "https://queue"),
            _item("AWS::SNS::Topic", topic, "news"),
            _item("AWS::KMS::Key", key, "1", supplementaryConfiguration={"Policy": json.dumps(text)}),
            _item("AWS::KMS::Key", ours, "2"),
        )
    )

    assert {
        ("bucket", "uploads", "arn:k", 1),
        ("queue", "jobs", None, 1),
        ("topic", "news", "alias/x", 1),
        ("key", "1", None, 1),
    } == {(one.subject.kind, one.name, one.key, len(one.policies)) for one in reading.estate.resources}
    assert all(policy.document is not None for one in reading.estate.resources for policy in one.policies)


@pytest.mark.usefixtures("folder")
def test_no_policy_is_told_from_none_in_the_file() -> None:
    """A bucket whose policy text is null has none; a queue whose item says nothing is a gap."""
    queue = _item("AWS::SQS::Queue", {"QueueArn": "arn:q", "QueueName": "jobs"})

    reading = _read(_snapshot(_bucket(None), queue))

    assert [] == _needs(reading, "bucket")
    assert ["queue.policies"] == _needs(reading, "queue")


@pytest.mark.usefixtures("folder")
def test_rules_of_a_security_group_name_each_peer_once() -> None:
    """Config writes addresses twice."""
    reading = _read(_snapshot(_recorded_group()))

    (group,) = reading.estate.security_groups
    assert [
        (PeerKind.IPV4, "0.0.0.0/0"),
        (PeerKind.IPV6, "::/0"),
        (PeerKind.PREFIX_LIST, "pl-1"),
        (PeerKind.SECURITY_GROUP, "sg-2"),
    ] == [(rule.peer_kind, rule.peer) for rule in group.ingress]
    assert () == group.egress


@pytest.mark.usefixtures("folder")
def test_items_of_the_api_are_the_same_items() -> None:
    """`get-resource-config-history` spells account and ARN otherwise, and objects as texts."""
    plain = _recorded_function()
    spelled = {
        **{key: value for key, value in plain.items() if key not in {"awsAccountId", "ARN"}},
        "accountId": ACCOUNT,
        "arn": plain["ARN"],
        "configuration": json.dumps(plain["configuration"]),
    }

    assert _read(_snapshot(plain)).estate.functions == _read(_snapshot(spelled)).estate.functions


@pytest.mark.usefixtures("folder")
def test_only_the_last_state_of_a_thing_counts() -> None:
    """A history holds many states of one thing, and things that are gone."""
    old = {**_recorded_function(runtime="python3.9"), "configurationItemCaptureTime": "2020-01-01T00:00:00.000Z"}
    gone = {**_recorded_function("gone"), "configurationItemStatus": "ResourceDeleted", "configuration": None}

    reading = _read(_snapshot(_recorded_function(), old, gone))

    assert [("orders", "python3.13")] == [(one.name, one.latest.runtime) for one in reading.estate.functions]


@pytest.mark.usefixtures("folder")
def test_a_history_is_no_whole_list() -> None:
    """Only a snapshot claims to hold all that is recorded."""
    items = [_recorded_function(), _recorded_role(), _recorded_group()]

    reading = _read({"fileVersion": "1.0", "configurationItems": items})

    assert {"functions", "roles", "security-groups"} <= set(_needs(reading, "account"))


@pytest.mark.usefixtures("folder")
def test_a_type_that_is_not_recorded_is_a_gap() -> None:
    """No item of a type: there is none, or nobody records it."""
    reading = _read(_snapshot(_recorded_function()))

    assert {"roles", "users", "security-groups"} <= set(_needs(reading, "account"))
    assert "functions" not in _needs(reading, "account")
    assert "role.policies" in _needs(reading, "function")


@pytest.mark.usefixtures("folder")
def test_details_and_a_snapshot_of_one_account_are_one_estate() -> None:
    """Identities come from the details; the functions of the snapshot find their roles there."""
    reading = _read(_details(), _snapshot(_recorded_function(), _recorded_role()))

    assert (1, 1) == (len(reading.estate.roles), len(reading.estate.functions))
    assert [] == _needs(reading, "function")
    assert not {"roles", "functions"} & set(_needs(reading, "account"))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("item", "needs"),
    [
        (_recorded_function(functionArn=7), "functions"),
        (_recorded_function(vpcConfig="none"), "functions"),
        (_recorded_function(environment=[1]), "function.environment"),
        (_recorded_role(roleName=None), "roles"),
        (_recorded_role(attachedManagedPolicies={"a": 1}), "roles"),
        (_recorded_group(ipPermissions="all"), "security-groups"),
        (_item("AWS::Lambda::Function", "{" * 1000), "account"),
        (_item("AWS::Lambda::Function", None), "account"),
    ],
)
def test_an_item_of_another_shape_is_a_gap_on_its_list(item: object, needs: str) -> None:
    """One broken item does not lose the others."""
    reading = _read(_snapshot(_recorded_function("good"), _recorded_role(), item))

    assert "good" in {one.name for one in reading.estate.functions}
    assert needs in _needs(reading)


@pytest.mark.usefixtures("folder")
def test_a_role_whose_item_leaves_out_its_policies_is_a_gap() -> None:
    """A list that is not in the item is not an empty list."""
    role: dict[str, Any] = _recorded_role()
    del role["configuration"]["rolePolicyList"], role["configuration"]["permissionsBoundary"]

    reading = _read(_snapshot(role, _recorded_policy()))

    assert ["role.boundary", "role.policies"] == _needs(reading, "role")


@pytest.mark.usefixtures("folder")
def test_odd_names_and_deep_documents_do_not_stop_the_reader() -> None:
    """Names of any kind are names; a document that is nested too deep is a gap."""
    deep: object = "x"
    for _ in range(300):
        deep = {"a": deep}
    names = ["../x", "`rm`", "\u202e", "x" * 5000, ""]
    items = [_recorded_function(name, policy=deep if name else None) for name in names]

    reading = _read(_snapshot(*items))

    assert 5 == len(reading.estate.functions)
    assert ["function.policies"] * 4 == [need for need in _needs(reading, "function") if need == "function.policies"]


@pytest.mark.usefixtures("folder")
def test_the_same_file_is_the_same_estate() -> None:
    """The order of the items makes no difference."""
    items = [_recorded_function("a"), _recorded_function("b"), _recorded_role(), _bucket(None), _recorded_group()]

    assert snapshot.digest(_read(_snapshot(*items)).estate) == snapshot.digest(_read(_snapshot(*items[::-1])).estate)
