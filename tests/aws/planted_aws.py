"""An account of pairs: for each thing that is bad in one way, a twin that takes the same calls and is good.

Names begin with `bad-` and `good-`. Together the bad ones fail every control through every kind of answer.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from botocore.session import Session
from faulty_aws import Answer, Asked, Fault, Layer, Rule, environment

ACCOUNT = "123456789012"
REGION = "us-east-1"
SECRET = "AKIA" + "QYLPMN5HHHFPZAM2"
PASSWORD = "tr0ub4dor" + "-and-3xtra"
SECRETS = (SECRET, PASSWORD, "hunter2-message")
"""Texts that no output may hold."""
PARTNER = "arn:aws:iam::999900001111:root"
FAR = "eu-west-1"
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven")
PAIRS = tuple((f"bad-{number}", f"good-{number}") for number in _NUMBERS)
_LAMBDA = {"Service": "lambda.amazonaws.com"}
_SHIPPED = {
    "AdministratorAccess": ("/", "v1", "*"),
    "AWSLambdaBasicExecutionRole": ("/service-role/", "v1", "logs:CreateLogGroup"),
    "AmazonS3FullAccess": ("/", "v99", "s3:*"),
}
"""AWS managed policies: path, default version, action. A version that does not ship with us must be asked for."""


def plant(url: str, layer: Layer) -> None:
    """Fill the account of the stand-in at an address."""
    _ship()
    aws = clients(url)
    _networks(aws["ec2"])
    for name in (name for pair in PAIRS for name in pair):
        _role(aws["iam"], name)
        _function(clients(url, FAR)["lambda"] if name.endswith("seven") else aws["lambda"], name)
    _people(aws["iam"])
    _things(aws)
    _trail(clients(url, FAR)["cloudtrail"])
    layer.answers += [
        Rule("lambda.GetPolicy", _of_table({place: {"Policy": json.dumps(text)} for place, text in POLICIES.items()})),
        Rule("lambda.GetFunctionUrlConfig", _of_table(URLS)),
        Rule("ec2.DescribeRegions", _two_regions),
    ]
    organize(url)


def clients(url: str, region: str = REGION) -> dict[str, Any]:
    """Clients of the services that the estate is made with."""
    session, variables = Session(), environment(url)
    return {
        service: session.create_client(
            service,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )
        for service in (
            "iam",
            "lambda",
            "ec2",
            "sqs",
            "sns",
            "s3",
            "secretsmanager",
            "dynamodb",
            "organizations",
            "cloudtrail",
        )
    }


def _statement(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _ship() -> None:
    """Put a few AWS managed policies into moto; loading all of them takes seconds."""
    from moto.iam.models import AWSManagedPolicy, iam_backends

    backend = iam_backends[ACCOUNT]["aws"]
    for name, (path, version, action) in _SHIPPED.items():
        data = {
            "DefaultVersionId": version,
            "Path": path,
            "Document": _policy(_statement(action)),
            "CreateDate": "2015-01-01T00:00:00+00:00",
            "UpdateDate": "2015-01-01T00:00:00+00:00",
        }
        policy = AWSManagedPolicy.from_data(name, ACCOUNT, REGION, data)
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)


def _role(iam: Any, name: str) -> None:  # noqa: ANN401 - clients of botocore have no types
    bad = name.startswith("bad")
    trusted: list[dict[str, object]] = [{"Effect": "Allow", "Principal": _LAMBDA, "Action": "sts:AssumeRole"}]
    if name in {"bad-one", "bad-seven"}:
        trusted.append({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    boundary = {}
    if name.endswith("four"):
        narrow = _statement("s3:*" if bad else "s3:GetObject", "*" if bad else "arn:aws:s3:::one-bucket/one-key")
        boundary = {"PermissionsBoundary": _made(iam, f"{name}-boundary", _policy(narrow))}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_policy(*trusted)), **boundary)
    few = _statement("s3:GetObject", "arn:aws:s3:::one-bucket/one-key")
    every = _statement("*")
    match name.partition("-")[2]:
        case "one" | "seven":
            exclusion = {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "arn:aws:s3:::one-bucket"}
            text = _policy(*((every, exclusion) if bad else (few,)))
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(text))
        case "two":
            arn = _made(iam, f"{name}-managed", _policy(every if bad else few))
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        case "three":
            shipped = "AdministratorAccess" if bad else "service-role/AWSLambdaBasicExecutionRole"
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{shipped}")
        case "four":
            iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def _made(iam: Any, name: str, policy: dict[str, object]) -> str:  # noqa: ANN401
    return str(iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))["Policy"]["Arn"])


def _function(lambda_: Any, name: str) -> None:  # noqa: ANN401
    """Version 1 of the third is bad, its latest one is not."""
    bad = name.startswith("bad")
    late = name.endswith("three")
    shared = "bad-five" if name == "bad-six" else name
    spoiled = bad and (name.endswith(("one", "seven")) or late)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): pass")
    lambda_.create_function(
        FunctionName=name,
        Role=f"arn:aws:iam::{ACCOUNT}:role/{shared}",
        Runtime="python3.8" if spoiled else "python3.13",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"ACCESS": SECRET, "DB_PASSWORD": PASSWORD} if spoiled else {"STAGE": "test"}},
        VpcConfig=_vpc(name),
    )
    lambda_.publish_version(FunctionName=name)
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    if late:
        lambda_.update_function_configuration(
            FunctionName=name, Runtime="python3.13", Environment={"Variables": {"STAGE": "test"}}
        )


_GROUPS: dict[str, tuple[str, str]] = {}


def _vpc(name: str) -> dict[str, list[str]]:
    if not name.endswith("one"):
        return {}
    subnet, group = _GROUPS[name]
    return {"SubnetIds": [subnet], "SecurityGroupIds": [group]}


def _networks(ec2: Any) -> None:  # noqa: ANN401
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    for name, source in (("bad-one", "0.0.0.0/0"), ("good-one", "10.0.0.0/16")):
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": source}]}],
        )
        _GROUPS[name] = (subnet, group)


def _people(iam: Any) -> None:  # noqa: ANN401
    for group in ("bad-people", "good-people"):
        iam.create_group(GroupName=group)
        action = "*" if group.startswith("bad") else "s3:GetObject"
        text = _policy(_statement(action, "*" if action == "*" else "arn:aws:s3:::one-bucket/one-key"))
        iam.put_group_policy(GroupName=group, PolicyName="inline", PolicyDocument=json.dumps(text))
        user = f"{group}-user"
        iam.create_user(UserName=user)
        iam.add_user_to_group(GroupName=group, UserName=user)


def _things(aws: dict[str, Any]) -> None:
    """One of each thing that carries a policy, open to all and closed."""
    for name in ("bad-thing", "good-thing"):
        who = {"AWS": "*" if name.startswith("bad") else f"arn:aws:iam::{ACCOUNT}:root"}
        queue = aws["sqs"].create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        partner = {"AWS": PARTNER if name.startswith("bad") else f"arn:aws:iam::{ACCOUNT}:root"}
        text = _policy(
            _statement("sqs:SendMessage", arn, Principal=who), _statement("sqs:ReceiveMessage", arn, Principal=partner)
        )
        aws["sqs"].set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(text)})
        topic = aws["sns"].create_topic(Name=name)["TopicArn"]
        text = _policy(_statement("sns:Publish", topic, Principal=who))
        aws["sns"].set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(text))
        aws["s3"].create_bucket(Bucket=name)
        text = _policy(_statement("s3:GetObject", f"arn:aws:s3:::{name}/*", Principal=who))
        aws["s3"].put_bucket_policy(Bucket=name, Policy=json.dumps(text))
        secret = aws["secretsmanager"].create_secret(Name=name, SecretString=PASSWORD)["ARN"]
        text = _policy(_statement("secretsmanager:GetSecretValue", "*", Principal=who))
        aws["secretsmanager"].put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(text))
        aws["dynamodb"].create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        function = name.replace("thing", "one")
        aws["lambda"].create_event_source_mapping(FunctionName=function, EventSourceArn=arn)


def _trail(cloudtrail: Any) -> None:  # noqa: ANN401
    """One region has a trail whose files anybody may change unseen, the other has none."""
    cloudtrail.create_trail(Name="bad-trail", S3BucketName="good-thing", IsMultiRegionTrail=False)
    cloudtrail.start_logging(Name="bad-trail")


def organize(url: str) -> dict[str, str]:
    """Make the account the head of an organisation with a unit, a second account below it and an SCP on the unit."""
    api = clients(url)["organizations"]
    api.create_organization(FeatureSet="ALL")
    root = api.list_roots()["Roots"][0]["Id"]
    api.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    unit = api.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    made = api.create_account(Email="workloads@example.com", AccountName="workloads")["CreateAccountStatus"]
    api.move_account(AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=unit)
    text = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}
    policy = api.create_policy(Content=json.dumps(text), Description="", Name="no-iam", Type="SERVICE_CONTROL_POLICY")
    api.attach_policy(PolicyId=policy["Policy"]["PolicySummary"]["Id"], TargetId=unit)
    return {"member": made["AccountId"], "unit": unit, "root": root}


# What moto does not tell by qualifier: resource policies and URLs of functions, their aliases and versions.


def _arn(name: str) -> str:
    return f"arn:aws:lambda:{FAR if name.endswith('seven') else REGION}:{ACCOUNT}:function:{name}"


def _allowed(name: str, qualifier: str, who: object, action: str, **condition: object) -> dict[str, object]:
    arn = _arn(name) + (f":{qualifier}" if qualifier else "")
    return {"Sid": f"{action.rpartition(':')[2]}{qualifier}", "Effect": "Allow", "Principal": who, "Action": action,
            "Resource": arn, **({"Condition": condition} if condition else {})}  # fmt: skip


def _granted(name: str, qualifier: str, *, bad: bool) -> dict[str, object]:
    if not bad:
        rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"
        events = {"Service": "events.amazonaws.com"}
        return _policy(_allowed(name, qualifier, events, "lambda:InvokeFunction", ArnLike={"AWS:SourceArn": rule}))
    return _policy(
        _allowed(name, qualifier, "*", "lambda:InvokeFunction"),
        _allowed(name, qualifier, {"Service": "s3.amazonaws.com"}, "lambda:InvokeFunction"),
        _allowed(name, qualifier, {"AWS": PARTNER}, "lambda:InvokeFunction"),
        _allowed(name, qualifier, "*", "lambda:InvokeFunctionUrl", StringEquals={"lambda:FunctionUrlAuthType": "NONE"}),
    )


_PLACES = {"one": "", "two": "live", "three": "1", "seven": ""}
POLICIES = {
    (name, qualifier): _granted(name, qualifier, bad=name.startswith("bad") and _PLACES.get(number) == qualifier)
    for number in _NUMBERS
    for name in (f"bad-{number}", f"good-{number}")
    for qualifier in ("", "live", "1")
}
URLS = {
    (name, qualifier): {
        "FunctionUrl": f"https://{name}{qualifier}.lambda-url.{REGION}.on.aws/",
        "FunctionArn": _arn(name),
        "AuthType": "NONE" if name.startswith("bad") and _PLACES.get(number) == qualifier else "AWS_IAM",
        "CreationTime": "2026-01-01T00:00:00Z",
        "LastModifiedTime": "2026-01-01T00:00:00Z",
    }
    for number in _NUMBERS
    for name in (f"bad-{number}", f"good-{number}")
    for qualifier in ("", "live")
}


def _two_regions(_: Asked) -> Answer:
    items = "".join(f"<item><regionName>{region}</regionName></item>" for region in (REGION, FAR))
    text = f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    return Answer(200, (("Content-Type", "text/xml"),), text.encode())


def _of_table(table: dict[tuple[str, str], dict[str, object]]) -> Fault:
    def answer(asked: Asked) -> Answer:
        name = asked.path.split("/functions/")[1].split("/")[0]
        found = table.get((name, asked.params.get("Qualifier", "")))
        headers = (("Content-Type", "application/json"),)
        if found is None:
            return Answer(404, (*headers, ("x-amzn-ErrorType", "ResourceNotFoundException")), b'{"Message": "none"}')
        return Answer(200, headers, json.dumps(found).encode())

    return answer
