"""Plants the embedded organisation into an AWS, call by call."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apiece.demo.organisation import DATA, FUNCTIONS, IRELAND, MANAGEMENT, PROD, ROLES, VIRGINIA, Fn, Statement

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

READER = "OrganizationAccountAccessRole"
_LAMBDA: Statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
_HOME = {PROD: IRELAND, DATA: VIRGINIA, MANAGEMENT: IRELAND}
_TABLES = {
    PROD: ("tariffs", "parcels", "shops", "routes", "payments", "positions", "releases"),
    DATA: ("history",),
    MANAGEMENT: (),
}
_BUCKETS = {PROD: ("photos", "templates", "labels", "ledger"), DATA: ("lake", "site"), MANAGEMENT: ()}
_QUEUES = {
    PROD: ("labels", "mail", "sms", "push", "geocode", "partner-events"),
    DATA: ("events", "drop-box"),
    MANAGEMENT: (),
}


@dataclass
class Organisation:
    """Account ids by name, as they came out."""

    accounts: dict[str, str] = field(default_factory=dict)


class _Aws:
    """Clients of one account."""

    def __init__(self, session: Session, credentials: dict[str, str] | None) -> None:
        self._session = session
        self._given = (
            {}
            if credentials is None
            else {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }
        )
        self._made: dict[tuple[str, str], BaseClient] = {}

    def client(self, service: str, region: str) -> BaseClient:
        key = (service, region)
        if key not in self._made:
            self._made[key] = self._session.create_client(service, region_name=region, **self._given)
        return self._made[key]


@dataclass
class _Account:
    """One account while it is planted. `names` fills the braces in texts."""

    name: str
    id: str
    aws: _Aws
    names: dict[str, str]
    groups: dict[str, str] = field(default_factory=dict)
    subnets: tuple[str, ...] = ()

    @property
    def home(self) -> str:
        return _HOME[self.name]

    def filled(self, value: object, **more: str) -> str:
        """A text, or the JSON of anything else, with its braces filled."""
        text = value if isinstance(value, str) else json.dumps(value)
        for name, word in {"account": self.id, "region": self.home, **self.names, **more}.items():
            text = text.replace(f"{{{name}}}", word)
        return text

    def document(self, statements: Iterable[Statement], **more: str) -> str:
        return self.filled({"Version": "2012-10-17", "Statement": list(statements)}, **more)


def plant(told: Callable[[str], None] = lambda _: None) -> Organisation:
    """Make the organisation with everything in it. The environment says where: it must be an embedded AWS."""
    from botocore.session import Session

    session = Session()
    root = _Aws(session, None)
    organisation = _organisation(root)
    for name, identifier in organisation.accounts.items():
        told(f"planting {name}")
        account = _account(session, root, name, identifier)
        _resources(account)
        _network(account)
        _roles(account)
        _watch(account)
        for function in FUNCTIONS:
            if function.account == name:
                _function(account, function)
    return organisation


def _organisation(root: _Aws) -> Organisation:
    organizations = root.client("organizations", IRELAND)
    organizations.create_organization(FeatureSet="ALL")
    own = root.client("sts", IRELAND).get_caller_identity()["Account"]
    accounts = {MANAGEMENT: own}
    (place,) = organizations.list_roots()["Roots"]
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        organizations.enable_policy_type(RootId=place["Id"], PolicyType=kind)
    unit = organizations.create_organizational_unit(ParentId=place["Id"], Name="workloads")["OrganizationalUnit"]["Id"]
    for name in (PROD, DATA):
        made = organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        accounts[name] = made["AccountId"]
        organizations.move_account(AccountId=made["AccountId"], SourceParentId=place["Id"], DestinationParentId=unit)
    leaving = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    policy = organizations.create_policy(
        Name="stay-in-the-organisation",
        Description="Nobody leaves",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [leaving]}),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    return Organisation(accounts)


def _account(session: Session, root: _Aws, name: str, identifier: str) -> _Account:
    if name == MANAGEMENT:
        return _Account(name, identifier, root, {})
    arn = f"arn:aws:iam::{identifier}:role/{READER}"
    answer = root.client("sts", IRELAND).assume_role(RoleArn=arn, RoleSessionName="planting")
    return _Account(name, identifier, _Aws(session, answer["Credentials"]), {})


def _resources(account: _Account) -> None:
    region = account.home
    key = account.aws.client("kms", region).create_key(
        Description="payments",
        Policy=account.document(
            [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::{account}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ]
        ),
    )
    account.names["payments-key"] = key["KeyMetadata"]["KeyId"]
    for table in _TABLES[account.name]:
        account.aws.client("dynamodb", region).create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
    for bucket in _BUCKETS[account.name]:
        _bucket(account, f"parcels-{bucket}-{account.id}", public=bucket == "site")
    for queue in _QUEUES[account.name]:
        url = account.aws.client("sqs", region).create_queue(QueueName=queue)["QueueUrl"]
        if queue == "drop-box":
            anyone: Statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
            account.aws.client("sqs", region).set_queue_attributes(
                QueueUrl=url, Attributes={"Policy": account.document([anyone])}
            )
    if account.name == PROD:
        account.aws.client("secretsmanager", region).create_secret(
            Name="payments/provider", SecretString="not-for-the-log-8812"
        )
        for topic in ("booked", "push"):
            account.aws.client("sns", region).create_topic(Name=topic)


def _bucket(account: _Account, name: str, *, public: bool) -> None:
    client = account.aws.client("s3", account.home)
    place = {} if account.home == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": account.home}}
    client.create_bucket(Bucket=name, **place)
    if public:
        anyone: Statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{name}/*",
        }
        client.put_bucket_policy(Bucket=name, Policy=account.document([anyone]))
        return
    client.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


def _network(account: _Account) -> None:
    if account.name != PROD:
        return
    client = account.aws.client("ec2", account.home)
    vpc = client.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    account.subnets = tuple(
        client.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24")["Subnet"]["SubnetId"] for number in (1, 2)
    )
    for name, source in (("payments", "10.20.0.0/16"), ("workers", None), ("open", "0.0.0.0/0")):
        group = client.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        account.groups[name] = group
        if source is not None:
            rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": source}]}
            client.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def _roles(account: _Account) -> None:
    iam = account.aws.client("iam", account.home)
    limit = account.document(
        [{"Effect": "Allow", "Action": ["s3:*", "logs:*", "dynamodb:*", "sqs:*"], "Resource": "*"}]
    )
    boundary = iam.create_policy(PolicyName="workload-boundary", PolicyDocument=limit)["Policy"]["Arn"]
    account.names["boundary"] = boundary
    for name, (owner, statements) in ROLES.items():
        if owner == account.name:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=account.document([_LAMBDA]))
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=account.document(statements))


def _watch(account: _Account) -> None:
    """The organisation's trail stands in the management account; only there somebody is told about changes."""
    if account.name != MANAGEMENT:
        return
    bucket = f"parcels-trail-{account.id}"
    _bucket(account, bucket, public=False)
    trails = account.aws.client("cloudtrail", account.home)
    trails.create_trail(Name="everything", S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    trails.start_logging(Name="everything")
    account.aws.client("sns", account.home).create_topic(Name="on-call")
    account.aws.client("sns", account.home).create_topic(Name="alarms")
    pattern = {
        "source": ["aws.iam", "aws.lambda"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["iam.amazonaws.com", "lambda.amazonaws.com"]},
    }
    events = account.aws.client("events", account.home)
    events.put_rule(Name="access-changes", EventPattern=json.dumps(pattern))
    target = account.filled("arn:aws:sns:{region}:{account}:alarms")
    events.put_targets(Rule="access-changes", Targets=[{"Id": "1", "Arn": target}])


def _function(account: _Account, function: Fn) -> None:
    client = account.aws.client("lambda", function.region)
    role = f"arn:aws:iam::{account.id}:role/{function.role or _own_role(account, function)}"
    configuration: dict[str, object] = {
        "Environment": {"Variables": {name: account.filled(value) for name, value in function.environment.items()}}
    }
    if function.groups:
        groups = [account.groups[name] for name in function.groups]
        configuration["VpcConfig"] = {"SubnetIds": list(account.subnets), "SecurityGroupIds": groups}
    client.create_function(
        FunctionName=function.name,
        Runtime=function.runtime,
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": _code()},
        **(configuration | function.before),
    )
    if function.before:
        version = client.publish_version(FunctionName=function.name)["Version"]
        client.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)
        client.update_function_configuration(FunctionName=function.name, **configuration)
    for number, permission in enumerate(function.permissions):
        client.add_permission(
            FunctionName=function.name,
            StatementId=f"s{number}",
            **{key: account.filled(value, path=function.name) for key, value in permission.items()},
        )
    if function.url is not None:
        client.create_function_url_config(FunctionName=function.name, AuthType=function.url)
    if function.queue is not None:
        queue = account.filled(f"arn:aws:sqs:{{region}}:{{account}}:{function.queue}")
        client.create_event_source_mapping(FunctionName=function.name, EventSourceArn=queue, BatchSize=10)


def _own_role(account: _Account, function: Fn) -> str:
    iam = account.aws.client("iam", account.home)
    name = f"{function.name}-role"
    log = f"arn:aws:logs:{{region}}:{{account}}:log-group:/aws/lambda/{function.name}:*"
    statements: list[Statement] = [
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": log},
        *function.allow,
    ]
    if function.queue is not None:
        actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        queue = f"arn:aws:sqs:{{region}}:{{account}}:{function.queue}"
        statements.append({"Effect": "Allow", "Action": actions, "Resource": queue})
    bounded = {"PermissionsBoundary": account.names["boundary"]} if function.boundary else {}
    trust = account.document([_LAMBDA, *function.trust])
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **bounded)
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=account.document(statements))
    return name


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("app.py", date_time=(2026, 1, 1, 0, 0, 0))
        archive.writestr(entry, "def handler(event, context):\n    return {}\n")
    return packed.getvalue()
