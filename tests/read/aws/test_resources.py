"""Claims about resources of live accounts, read from a real server that speaks AWS's protocols (moto)."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from apiece.api.policy import calls
from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.estate.resource import Resource, Strangers
from apiece.estate.snapshot import dump, load
from apiece.estate.subject import SubjectKind
from apiece.read.aws.areas.resources import buckets, resources
from apiece.read.aws.desk import Counter, Desk
from apiece.read.aws.facts import merged
from apiece.read.aws.pace import Pace
from apiece.read.aws.reader import Ways, read_aws
from apiece.read.aws.session import open_access
from apiece.read.aws.target import AwsTarget
from apiece.read.aws.wire import Wire
from apiece.records.verdict import Outcome

ACCOUNT = "123456789012"
REGION = "us-east-1"
DAY = dt.date(2026, 6, 15)
PACE = Pace(lambda: 0.0, lambda _: None, limited=False)
DENIED_JSON = b'{"__type": "AccessDeniedException", "message": "no"}'
DENIED_XML = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
DENIED_S3 = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


@dataclass
class Server:
    """Moto behind a door that refuses the operations in `denied`, and counts those that it was asked."""

    url: str
    denied: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def client(self, service: str, region: str = REGION) -> Any:  # noqa: ANN401 (boto3 has no types)
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106
        )

    def reset(self) -> None:
        """Empty the account, and open the door."""
        BackendDict.reset()
        reset_model_data()
        self.denied.clear()
        self.asked.clear()

    def block_account(self, *, restrict: bool) -> None:
        """Set the account's block; boto3 itself cannot reach an address with the account in front of it."""
        from moto.s3control.models import s3control_backends

        s3control_backends[ACCOUNT]["aws"].put_public_access_block(ACCOUNT, _restricting(restrict=restrict))


def _operation(environ: dict[str, Any], body: bytes) -> str:
    """What a request asks for: an operation's name, or for S3 the sub-resource, such as `s3?policy`."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).replace("TrentService", "kms").replace("DynamoDB_20120810", "dynamodb")
    if environ["PATH_INFO"].startswith("/v20180820"):
        return "s3control"
    if action := parse_qs(body.decode("latin-1")).get("Action"):
        return action[0]
    return f"s3?{environ['QUERY_STRING'].partition('=')[0]}" if environ["REQUEST_METHOD"] == "GET" else "other"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    moto = DomainDispatcherApplication(create_backend_app)
    found = Server("")

    def door(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        operation = _operation(environ, body)
        found.asked.append(operation)
        if operation in found.denied:
            answer = DENIED_JSON if "HTTP_X_AMZ_TARGET" in environ else DENIED_XML
            answer = DENIED_S3 if operation.startswith("s3") else answer
            start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(answer)))])
            return [answer]
        environ["wsgi.input"] = io.BytesIO(body)
        return moto(environ, start_response)  # type: ignore[no-any-return]

    listener = make_server("127.0.0.1", 0, door, threaded=True)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{listener.server_port}"
    yield found
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture(scope="module")
def desk(server: Server) -> Iterator[Desk]:
    """Where the tests ask, with clients that are made once."""
    with pytest.MonkeyPatch.context() as environment, ThreadPoolExecutor(4) as pool:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            environment.delenv(name, raising=False)
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }.items():
            environment.setenv(name, value)
        wire = Wire(open_access(None, REGION), ACCOUNT, REGION, PACE, threading.Event())
        yield Desk(ACCOUNT, REGION, "aws", wire, pool, None, Counter(), threading.Event())


@pytest.fixture
def aws(server: Server, desk: Desk) -> Server:
    """An account with nothing in it; `desk` asks there."""
    server.reset()
    assert desk.account == ACCOUNT
    return server


def _read(desk: Desk) -> Estate:
    facts = merged((buckets(desk), resources(desk)))
    return Estate(taken_at="", resources=tuple(facts.resources), gaps=tuple(facts.gaps))


def _of(estate: Estate, kind: SubjectKind) -> list[Resource]:
    return [resource for resource in estate.resources if resource.subject.kind is kind]


def _gaps(estate: Estate, needs: str) -> list[Gap]:
    return [gap for gap in estate.gaps if gap.needs == needs]


def _policy(resource: str, action: str, principal: object = "*", **more: object) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _restricting(*, restrict: bool) -> dict[str, bool]:
    return {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": restrict,
    }


# ---- buckets ---------------------------------------------------------------------------------------------------------


def test_a_bucket_comes_with_its_policy(aws: Server, desk: Desk) -> None:
    """A bucket's policy is parsed; a bucket without one has none, and that is no gap."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="open.bucket-1")
    s3.create_bucket(Bucket="plain")
    s3.put_bucket_policy(Bucket="open.bucket-1", Policy=_policy("arn:aws:s3:::open.bucket-1/*", "s3:GetObject"))

    estate = _read(desk)

    first, second = _of(estate, SubjectKind.BUCKET)
    assert ("open.bucket-1", "arn:aws:s3:::open.bucket-1") == (first.name, first.subject.arn)
    assert first.policies[0].document is not None
    assert () == second.policies
    assert [] == [gap for gap in estate.gaps if gap.subject.kind is SubjectKind.BUCKET]


@pytest.mark.parametrize(
    ("own", "account", "expected"),
    [
        ("none", "none", Strangers.LET_IN),
        ("off", "off", Strangers.LET_IN),
        ("on", "none", Strangers.KEPT_OUT),
        ("off", "on", Strangers.KEPT_OUT),
        ("none", "on", Strangers.KEPT_OUT),
    ],
)
def test_the_stricter_public_access_block_counts(
    aws: Server, desk: Desk, own: str, account: str, expected: Strangers
) -> None:
    """A bucket keeps strangers out if its own block or the account's restricts public buckets."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    if own != "none":
        s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=_restricting(restrict=own == "on"))
    if account != "none":
        aws.block_account(restrict=account == "on")

    (bucket,) = _of(_read(desk), SubjectKind.BUCKET)

    assert bucket.public_access is not None
    assert expected is bucket.public_access.strangers


@pytest.mark.parametrize("operation", ["s3control", "s3?publicAccessBlock"])
def test_a_public_access_block_that_could_not_be_read_is_a_gap(aws: Server, desk: Desk, operation: str) -> None:
    """A block that may not be read leaves a gap on each bucket, with the permission that would close it."""
    aws.client("s3").create_bucket(Bucket="bucket")
    aws.denied.add(operation)

    estate = _read(desk)

    (gap,) = _gaps(estate, "bucket.public-access")
    action = "s3:GetAccountPublicAccessBlock" if operation == "s3control" else "s3:GetBucketPublicAccessBlock"
    assert (action, "bucket") == (gap.iam_action, gap.subject.name.rpartition(":")[2])
    (bucket,) = _of(estate, SubjectKind.BUCKET)
    assert bucket.public_access is not None
    assert Strangers.UNREAD is bucket.public_access.strangers


def test_an_account_without_buckets_needs_no_account_block(aws: Server, desk: Desk) -> None:
    """The account's block is asked for only where there is a bucket."""
    aws.denied.add("s3control")

    estate = _read(desk)

    assert "s3control" not in aws.asked
    assert [] == _of(estate, SubjectKind.BUCKET)


# ---- queues, topics, keys, secrets, tables, parameters ---------------------------------------------------------------


def test_a_queue_comes_with_policy_and_key(aws: Server, desk: Desk) -> None:
    """A customer key is kept, AWS's own alias is none, and a FIFO queue's name keeps its ending."""
    sqs = aws.client("sqs")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs.fifo"
    attributes = {"FifoQueue": "true", "KmsMasterKeyId": "alias/mine", "Policy": _policy(arn, "sqs:SendMessage")}
    sqs.create_queue(QueueName="jobs.fifo", Attributes=attributes)
    sqs.create_queue(QueueName="plain", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})

    jobs, plain = _of(_read(desk), SubjectKind.QUEUE)

    assert (arn, "jobs.fifo", "alias/mine") == (jobs.arn, jobs.name, jobs.key)
    assert jobs.policies[0].document is not None
    assert (None, ()) == (plain.key, plain.policies)


def test_a_topic_comes_with_its_default_policy(aws: Server, desk: Desk) -> None:
    """SNS gives every topic a policy; it is read like one that a person wrote."""
    arn = aws.client("sns").create_topic(Name="news")["TopicArn"]

    (topic,) = _of(_read(desk), SubjectKind.TOPIC)

    assert (arn, "news") == (topic.arn, topic.name)
    assert topic.policies[0].document is not None


def test_keys_of_aws_are_left_out(aws: Server, desk: Desk) -> None:
    """Only a customer's keys are resources; a table under AWS's own key has no customer key."""
    from moto.kms.models import kms_backends

    kms = aws.client("kms")
    own = kms.create_key()["KeyMetadata"]["Arn"]
    managed = kms.create_key()["KeyMetadata"]["Arn"]
    kms_backends[ACCOUNT][REGION].keys[managed.rpartition("/")[2]].key_manager = "AWS"
    dynamodb = aws.client("dynamodb")
    for name, key in (("own", own), ("managed", managed)):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        )

    estate = _read(desk)

    assert [own] == [key.arn for key in _of(estate, SubjectKind.KEY)]
    assert {"own": own, "managed": None} == {table.name: table.key for table in _of(estate, SubjectKind.TABLE)}
    assert _of(estate, SubjectKind.KEY)[0].policies[0].document is not None


def test_a_secret_comes_with_policy_and_rotation(aws: Server, desk: Desk) -> None:
    """A secret's policy and rotating function are read, its value never."""
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name="db/päss wörd", SecretString="hunter2-very-secret")["ARN"]
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=_policy("*", "secretsmanager:GetSecretValue"))
    aws.asked.clear()

    estate = _read(desk)

    (secret,) = _of(estate, SubjectKind.SECRET)
    assert (arn, "db/päss wörd", None) == (secret.arn, secret.name, secret.rotation)
    assert secret.policies[0].document is not None
    assert [] == [one for one in aws.asked if "GetSecretValue" in one]
    assert b"hunter2" not in dump(estate)
    assert function not in dump(estate).decode()


def test_tables_come_with_policies(aws: Server, desk: Desk) -> None:
    """A table's own policy is read; a table that has none is no gap."""
    dynamodb = aws.client("dynamodb")
    for name in ("open", "plain"):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/open"
    dynamodb.put_resource_policy(ResourceArn=arn, Policy=_policy(arn, "dynamodb:GetItem"))

    estate = _read(desk)

    found = {table.name: len(table.policies) for table in _of(estate, SubjectKind.TABLE)}
    assert {"open": 1, "plain": 0} == found
    assert [] == _gaps(estate, "table.policies")


def test_parameters_are_read_by_name_alone(aws: Server, desk: Desk) -> None:
    """A parameter's ARN drops the slash that begins its name; its value is never asked for."""
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/shop/db/pass", Value="s3cret-value", Type="SecureString")
    ssm.put_parameter(Name="plain", Value="other-value", Type="String")
    aws.asked.clear()

    estate = _read(desk)

    found = {parameter.name: parameter.arn for parameter in _of(estate, SubjectKind.PARAMETER)}
    prefix = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/"
    assert {"/shop/db/pass": prefix + "shop/db/pass", "plain": prefix + "plain"} == found
    assert [] == [one for one in aws.asked if "GetParameter" in one]
    assert b"-value" not in dump(estate)


def test_more_than_one_page_is_read(aws: Server, desk: Desk) -> None:
    """Lists go on until AWS says that they are over."""
    ssm = aws.client("ssm")
    for index in range(60):
        ssm.put_parameter(Name=f"p{index}", Value="v", Type="String")

    assert 60 == len(_of(_read(desk), SubjectKind.PARAMETER))


# ---- what could not be read ------------------------------------------------------------------------------------------

LISTS = {
    "s3?": ("s3:ListAllMyBuckets", "buckets"),
    "AmazonSQS.ListQueues": ("sqs:ListQueues", "queues"),
    "ListTopics": ("sns:ListTopics", "topics"),
    "kms.ListKeys": ("kms:ListKeys", "keys"),
    "secretsmanager.ListSecrets": ("secretsmanager:ListSecrets", "secrets"),
    "dynamodb.ListTables": ("dynamodb:ListTables", "tables"),
    "AmazonSSM.DescribeParameters": ("ssm:DescribeParameters", "parameters"),
}


@pytest.mark.parametrize("operation", LISTS)
def test_a_list_that_was_denied_is_a_gap_on_the_account(aws: Server, desk: Desk, operation: str) -> None:
    """The account lacks `resources`, and the gap names what was listed and the action to grant."""
    aws.denied |= {operation, "s3?max-buckets"} if operation == "s3?" else {operation}
    action, what = LISTS[operation]

    (gap,) = _gaps(_read(desk), "resources")

    assert (SubjectKind.ACCOUNT, ACCOUNT, action) == (gap.subject.kind, gap.subject.account, gap.iam_action)
    assert gap.reason.startswith(f"the list of {what} could not be read: access denied")


POLICIES = {
    "s3?policy": ("s3:GetBucketPolicy", SubjectKind.BUCKET),
    "AmazonSQS.GetQueueAttributes": ("sqs:GetQueueAttributes", SubjectKind.QUEUE),
    "GetTopicAttributes": ("sns:GetTopicAttributes", SubjectKind.TOPIC),
    "kms.GetKeyPolicy": ("kms:GetKeyPolicy", SubjectKind.KEY),
    "secretsmanager.GetResourcePolicy": ("secretsmanager:GetResourcePolicy", SubjectKind.SECRET),
    "dynamodb.GetResourcePolicy": ("dynamodb:GetResourcePolicy", SubjectKind.TABLE),
}


@pytest.fixture
def one_of_each(aws: Server) -> Server:
    aws.client("s3").create_bucket(Bucket="bucket")
    aws.client("sqs").create_queue(QueueName="queue")
    aws.client("sns").create_topic(Name="topic")
    aws.client("kms").create_key()
    aws.client("secretsmanager").create_secret(Name="secret", SecretString="x")
    aws.client("dynamodb").create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    aws.client("ssm").put_parameter(Name="parameter", Value="v", Type="String")
    return aws


def test_one_of_each_is_read_without_a_gap(one_of_each: Server, desk: Desk) -> None:
    """Everything there is read, sorted, survives a snapshot, and reading twice gives the same bytes."""
    estate = _read(desk)

    kinds = [resource.subject.kind.value for resource in estate.resources]
    assert ["bucket", "key", "parameter", "queue", "secret", "table", "topic"] == kinds
    assert () == estate.gaps
    assert estate == load(dump(estate), "snapshot.json")
    assert dump(estate) == dump(_read(desk))
    assert "" != one_of_each.url


@pytest.mark.parametrize("operation", POLICIES)
def test_a_policy_that_was_denied_is_a_gap_on_its_resource(one_of_each: Server, desk: Desk, operation: str) -> None:
    """The resource stays in the estate, without a policy, and its gap says which permission is missing."""
    one_of_each.denied.add(operation)
    action, kind = POLICIES[operation]

    estate = _read(desk)

    (gap,) = _gaps(estate, f"{kind}.policies")
    (resource,) = _of(estate, kind)
    assert (resource.subject.key, action) == (gap.subject.key, gap.iam_action)
    assert () == resource.policies


def test_a_key_that_could_not_be_described_is_kept(one_of_each: Server, desk: Desk) -> None:
    """It may be a customer's key: it is kept, with its policy, and a gap says what is not known of it."""
    one_of_each.denied.add("kms.DescribeKey")

    estate = _read(desk)

    (key,) = _of(estate, SubjectKind.KEY)
    assert key.policies[0].document is not None
    assert ["kms:DescribeKey"] == [gap.iam_action for gap in _gaps(estate, "key.manager")]


ABSURD = {
    "unknown element": '{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}',
    "not an object": '["a", "b"]',
    "deep": '{"Statement": ' + "[" * 3000 + "]" * 3000 + "}",
    "twice": '{"Statement": [], "Statement": []}',
    "not JSON": "{'Statement': []}",
    "too long": '{"Statement": "' + "x" * 300_000 + '"}',
}


@pytest.mark.parametrize("text", ABSURD.values(), ids=ABSURD)
def test_an_absurd_policy_is_a_gap_not_a_crash(aws: Server, desk: Desk, text: str) -> None:
    """A policy that cannot be read as one is attached without a document, and a gap on its bucket says why."""
    from moto.s3.models import s3_backends

    aws.client("s3").create_bucket(Bucket="bucket")
    s3_backends[ACCOUNT]["aws"].buckets["bucket"].policy = text.encode()

    estate = _read(desk)

    (gap,) = _gaps(estate, "bucket.policies")
    (bucket,) = _of(estate, SubjectKind.BUCKET)
    assert gap.reason.startswith("its resource policy is not one: ")
    assert len(gap.reason) < 300
    assert [None] == [policy.document for policy in bucket.policies]


OPERATIONS = (*LISTS, *POLICIES, "s3control", "s3?publicAccessBlock", "kms.DescribeKey", "dynamodb.DescribeTable")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_finding_turns_into_a_pass_when_a_call_is_denied(aws: Server, desk: Desk, operation: str) -> None:
    """What fails in full view fails or is unknown without one call; the account stands for what is not listed."""
    aws.client("s3").create_bucket(Bucket="bucket")
    aws.client("s3").put_bucket_policy(Bucket="bucket", Policy=_policy("arn:aws:s3:::bucket/*", "s3:GetObject"))
    everyone = _policy("*", "*")
    aws.client("sqs").create_queue(QueueName="queue", Attributes={"Policy": everyone})
    aws.client("sns").create_topic(Name="topic", Attributes={"Policy": everyone})
    aws.client("kms").create_key(Policy=everyone)
    secret = aws.client("secretsmanager").create_secret(Name="secret", SecretString="x")["ARN"]
    aws.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=everyone)
    control = control_named("public-resource-policy")
    before = run_controls(_read(desk), (control,), today=DAY).verdicts
    aws.denied |= {operation, "s3?max-buckets"} if operation == "s3?" else {operation}

    after = {
        line.subject.key: line.verdict.outcome for line in run_controls(_read(desk), (control,), today=DAY).verdicts
    }

    account = after.get(desk.itself.key)
    failed = [line.subject.key for line in before if line.verdict.outcome is Outcome.FAIL]
    assert 5 == len(failed)
    assert {after.get(key, account) for key in failed} <= {Outcome.FAIL, Outcome.UNKNOWN}


def test_a_whole_reading_knows_the_organisation_and_its_buckets_once(aws: Server, desk: Desk) -> None:
    """Two regions do not make two records of one bucket; all accounts of the organisation are known by id."""
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="other", Email="other@example.com")
    other = made["CreateAccountStatus"]["AccountId"]
    aws.client("s3").create_bucket(Bucket="bucket")

    estate = read_aws(
        AwsTarget(None, (REGION, "eu-west-1")), taken_at="2026-06-15T08:00:00Z", ways=Ways(PACE)
    ).reading.estate

    assert 1 == len(_of(estate, SubjectKind.BUCKET))
    assert {desk.account, other} == set(estate.members)
    assert [desk.account] == [account.id for account in estate.accounts]


def test_no_call_asks_for_a_value() -> None:
    """No declared call is one that answers with secrets, objects, messages, items or parameter values."""
    asked = {call.action for call in calls()}

    forbidden = {"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "s3:GetObject"}
    assert set() == asked & (forbidden | {"sqs:ReceiveMessage", "dynamodb:GetItem", "dynamodb:Scan", "kms:Decrypt"})


def test_every_call_exists_in_botocore() -> None:
    """Service, operation and parameters of each call are those of AWS's own model."""
    from botocore.session import Session

    session = Session()
    for call in calls():
        client = session.create_client(call.service, region_name=REGION)
        assert call.method in client.meta.method_to_api_mapping, f"{call.service}.{call.method}"
