"""The estate of the least-privilege proof: two functions, and one of each thing that the reader asks for."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import Any
from unittest.mock import patch

import botocore.session

ACCOUNT = "111122223333"
REGION = "us-east-1"
READER = "apiece-reader"
NAMES = ("bad-one", "good-one")
"""A twin each: what a denied call hides of the bad one, nobody has seen of the good one."""
_SESSION = botocore.session.Session


def plant(url: str, admin: dict[str, str]) -> dict[str, str]:
    """Fill the account; the credentials of the role that reads it, which has no policy yet."""

    def make(service: str, credentials: dict[str, str] = admin) -> Any:  # noqa: ANN401 (clients have no types)
        with patch.dict(os.environ, {"AWS_ENDPOINT_URL": url, **credentials}):
            return _SESSION().create_client(service, region_name=REGION)

    network = _network(make("ec2"))
    for name in NAMES:
        _role(make("iam"), name)
        _function(make("lambda"), name, network)
        _things(make, name)
    _providers(make("iam"))
    _watch(make)
    _doors(make, network)
    _organisation(make("organizations"))
    return _reader(make)


def _reader(make: Any) -> dict[str, str]:  # noqa: ANN401
    """Credentials of the role, taken by a user who may do nothing else."""
    iam = make("iam")
    user = iam.create_user(UserName="auditor")["User"]["Arn"]
    trust = _policy(_statement("sts:AssumeRole", Principal={"AWS": user}))
    role = iam.create_role(RoleName=READER, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    text = _policy(_statement("sts:AssumeRole", role))
    iam.put_user_policy(UserName="auditor", PolicyName="take", PolicyDocument=json.dumps(text))
    key = iam.create_access_key(UserName="auditor")["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    taken = make("sts", own).assume_role(RoleArn=role, RoleSessionName="proof", DurationSeconds=3600)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }


def _statement(action: object, resource: object = None, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, **({"Resource": resource} if resource else {}), **more}


def _policy(*statements: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _role(iam: Any, name: str) -> None:  # noqa: ANN401
    trust = _policy(_statement("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    bad = name.startswith("bad")
    inline = _policy(_statement("*" if bad else "s3:GetObject", "*" if bad else "arn:aws:s3:::one-bucket/one-key"))
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(inline))
    own = _policy(_statement("sqs:*" if bad else "sqs:SendMessage", "*" if bad else _arn("sqs", "good-one")))
    arn = iam.create_policy(PolicyName=f"{name}-own", PolicyDocument=json.dumps(own))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    # MiniStack has the second one in a version that does not ship with us, so its text is asked for.
    of_aws = (
        ("AdministratorAccess", "AmazonS3FullAccess")
        if bad
        else ("service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole")
    )
    for shipped in of_aws:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{shipped}")


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _network(ec2: Any) -> dict[str, Any]:  # noqa: ANN401
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)]
    groups = {}
    for name, source in zip(NAMES, ("0.0.0.0/0", "10.0.0.0/16"), strict=True):
        groups[name] = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": source}]}
        ec2.authorize_security_group_ingress(GroupId=groups[name], IpPermissions=[rule])
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway")
    return {"vpc": vpc, "subnets": subnets, "groups": groups}


def _function(api: Any, name: str, network: dict[str, Any]) -> None:  # noqa: ANN401
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): pass")
    bad = name.startswith("bad")
    api.create_function(
        FunctionName=name,
        Role=f"arn:aws:iam::{ACCOUNT}:role/{name}",
        Runtime="python3.9" if bad else "python3.13",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"DB_PASSWORD": "tr0ub4dor" + "-and-3xtra"} if bad else {"STAGE": "test"}},
        VpcConfig={"SubnetIds": network["subnets"][:1], "SecurityGroupIds": [network["groups"][name]]},
    )
    api.publish_version(FunctionName=name)
    api.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    api.create_function_url_config(FunctionName=name, AuthType="NONE" if bad else "AWS_IAM")
    if bad:
        api.add_permission(FunctionName=name, StatementId="all", Action="lambda:InvokeFunction", Principal="*")
    api.add_permission(
        FunctionName=name,
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=_arn("events", "rule/changes"),
    )


def _things(make: Any, name: str) -> None:  # noqa: ANN401
    """One of each thing that carries a policy: open to all, and closed."""
    bad = name.startswith("bad")
    who = {"AWS": "*" if bad else f"arn:aws:iam::{ACCOUNT}:root"}
    sqs, sns, s3, secrets = make("sqs"), make("sns"), make("s3"), make("secretsmanager")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    text = _policy(_statement("sqs:SendMessage", _arn("sqs", name), Principal=who))
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(text)})
    make("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=_arn("sqs", name))
    topic = sns.create_topic(Name=name)["TopicArn"]
    text = _policy(_statement("sns:Publish", topic, Principal=who))
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(text))
    s3.create_bucket(Bucket=name)
    if bad:
        s3.delete_public_access_block(Bucket=name)  # a new bucket has one
    text = _policy(_statement("s3:GetObject", f"arn:aws:s3:::{name}/*", Principal=who))
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(text))
    if not bad:
        block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True}
        block["RestrictPublicBuckets"] = True
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    secret = secrets.create_secret(Name=name, SecretString="tr0ub4dor" + "-and-3xtra")["ARN"]
    text = _policy(_statement("secretsmanager:GetSecretValue", "*", Principal=who))
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(text))
    tables = make("dynamodb")
    table = tables.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    text = _policy(_statement("dynamodb:GetItem", table, Principal=who))
    tables.put_resource_policy(ResourceArn=table, Policy=json.dumps(text))
    text = _policy(_statement("kms:*", "*", Principal=who))
    make("kms").create_key(Description=name, Policy=json.dumps(text))
    make("ssm").put_parameter(Name=f"/{name}/setting", Value="on", Type="String")


def _providers(iam: Any) -> None:  # noqa: ANN401
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40]
    )
    iam.create_saml_provider(Name="people", SAMLMetadataDocument="<EntityDescriptor>" + "x" * 1000)
    iam.create_group(GroupName="people")
    iam.create_user(UserName="someone")
    iam.add_user_to_group(GroupName="people", UserName="someone")


def _watch(make: Any) -> None:  # noqa: ANN401
    """A trail with selectors and a counted log group, a recorder with a rule, an event rule with a target, an alarm."""
    logs, trail, config, events = make("logs"), make("cloudtrail"), make("config"), make("events")
    logs.create_log_group(logGroupName="trail")
    counted = {"metricName": "denied", "metricNamespace": "watch", "metricValue": "1"}
    pattern = '{ $.errorCode = "AccessDenied*" }'
    logs.put_metric_filter(
        logGroupName="trail", filterName="denied", filterPattern=pattern, metricTransformations=[counted]
    )
    trail.create_trail(Name="trail", S3BucketName="good-one", IsMultiRegionTrail=True)
    trail.update_trail(  # MiniStack forgets the log group of a new trail
        Name="trail",
        CloudWatchLogsLogGroupArn=_arn("logs", "log-group:trail:*"),
        CloudWatchLogsRoleArn=f"arn:aws:iam::{ACCOUNT}:role/good-one",
    )
    data = {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [data]}
    trail.put_event_selectors(TrailName="trail", EventSelectors=[selector])
    trail.start_logging(Name="trail")
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{ACCOUNT}:role/good-one",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        }
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "good-one"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    source = {"Owner": "AWS", "SourceIdentifier": "LAMBDA_FUNCTION_PUBLIC_ACCESS_PROHIBITED"}
    config.put_config_rule(ConfigRule={"ConfigRuleName": "public", "Source": source})
    topic = _arn("sns", "good-one")
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.lambda"]}))
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": topic}])
    make("cloudwatch").put_metric_alarm(
        AlarmName="denied",
        Namespace="watch",
        MetricName="denied",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[topic],
    )


def _doors(make: Any, network: dict[str, Any]) -> None:  # noqa: ANN401
    """A REST API, an HTTP API, a GraphQL API and a load balancer in front of a function, each with an authorizer."""
    function = _arn("lambda", "function:good-one")
    invoke = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    rest = make("apigateway")
    api = rest.create_rest_api(name="rest")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.create_authorizer(
        restApiId=api, name="own", type="TOKEN", authorizerUri=invoke, identitySource="method.request.header.Auth"
    )
    rest.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    rest.put_integration(
        restApiId=api, resourceId=root, httpMethod="GET", type="AWS_PROXY", integrationHttpMethod="POST", uri=invoke
    )
    plain = make("apigatewayv2")
    api = plain.create_api(Name="http", ProtocolType="HTTP")["ApiId"]
    way = plain.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    plain.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{way}")
    plain.create_authorizer(
        ApiId=api,
        Name="own",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["us"], "Issuer": "https://issuer.example.com"},
    )
    graph = make("appsync")
    api = graph.create_graphql_api(name="graph", authenticationType="API_KEY")["graphqlApi"]["apiId"]
    graph.create_data_source(
        apiId=api,
        name="function",
        type="AWS_LAMBDA",
        serviceRoleArn=f"arn:aws:iam::{ACCOUNT}:role/good-one",
        lambdaConfig={"lambdaFunctionArn": function},
    )
    _balancer(make("elbv2"), network, function)


def _balancer(elb: Any, network: dict[str, Any], function: str) -> None:  # noqa: ANN401
    group = elb.create_target_group(Name="function", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": function}])
    balancer = elb.create_load_balancer(Name="front", Subnets=network["subnets"])["LoadBalancers"][0]["LoadBalancerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)


def _organisation(api: Any) -> None:  # noqa: ANN401
    """A unit below the root with a policy; where the organisation is there from the start, nothing makes it."""
    root = api.list_roots()["Roots"][0]["Id"]
    unit = api.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    text = _policy({"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"})
    made = api.create_policy(Content=json.dumps(text), Description="", Name="no-leave", Type="SERVICE_CONTROL_POLICY")[
        "Policy"
    ]["PolicySummary"]["Id"]
    api.attach_policy(PolicyId=made, TargetId=unit)
