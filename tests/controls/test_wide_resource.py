"""Claims about how far the resources of a role reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[..., Any]

SUB = "Fn::Sub"


def role(*statements: dict[str, object], boundary: list[dict[str, object]] | None = None) -> dict[str, object]:
    """A function with a role of its own; beside it a bucket, a table and a function with generated names."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties: dict[str, object] = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}],
    }
    resources: dict[str, object] = {
        "Worker": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "a.b",
                "Code": {"ZipFile": "x"},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Properties": properties},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Secret": {"Type": "AWS::SecretsManager::Secret"},
        "Key": {"Type": "AWS::KMS::Key"},
    }
    if boundary is not None:
        properties["PermissionsBoundary"] = {"Ref": "Bound"}
        document = {"Version": "2012-10-17", "Statement": boundary}
        resources["Bound"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    parameters = {"Name": {"Type": "String"}, "Stage": {"Type": "String", "Default": "dev"}}
    return {"Parameters": parameters, "Resources": resources}


def allow(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(action: object, resource: object, **more: object) -> dict[str, object]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


ANY = {
    "a star": [allow("s3:GetObject", "*")],
    "every bucket": [allow("s3:GetObject", "arn:aws:s3:::*")],
    "every object of every bucket": [allow("s3:GetObject", "arn:aws:s3:::*/*")],
    "an action with a question mark": [allow("s3:?etObject", "arn:aws:s3:::*/*")],
    "a name of at least one character": [allow("s3:GetObject", "arn:aws:s3:::?*/*")],
    "an ARN of stars": [allow("sqs:SendMessage", "arn:aws:sqs:*:*:*")],
    "an ARN in the own account": [
        allow("dynamodb:GetItem", {SUB: "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"})
    ],
    "a composed star": [
        allow(
            "kms:Decrypt",
            {"Fn::Join": [":", ["arn:aws:kms", {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}, "key/*"]]},
        )
    ],
    "every secret": [allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*")],
    "every parameter": [allow("ssm:GetParameter", {SUB: "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/*"})],
    "a key among many aliases": [
        allow("kms:Decrypt", "*", Condition={"StringLike": {"kms:ResourceAliases": "alias/*"}})
    ],
    "everything but one bucket": [{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::audit/*"}],
    "everything but what is denied": [allow("s3:GetObject", "*"), deny("s3:GetObject", "arn:aws:s3:::audit/*")],
    "a refusal under a condition": [
        allow("s3:GetObject", "*"),
        deny("s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
    ],
    "one account": [allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}})],
    "a condition that says nothing of the table": [
        allow("dynamodb:Query", "*", Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "me"}})
    ],
    "a prefix inside every bucket": [
        allow("s3:ListBucket", "arn:aws:s3:::*", Condition={"StringLike": {"s3:prefix": "home/*"}})
    ],
    "a key by no alias": [
        allow("kms:Decrypt", "*", Condition={"StringEqualsIfExists": {"kms:RequestAlias": "alias/app"}})
    ],
    "another service's action under a key's alias": [
        allow("s3:GetObject", "*", Condition={"StringEquals": {"kms:RequestAlias": "alias/app"}})
    ],
    "one good and one bad": [allow("s3:GetObject", ["arn:aws:s3:::uploads/*", "arn:aws:s3:::*"])],
    "passing any role": [allow("iam:PassRole", "*")],
    "a role of any name in any account": [allow("sts:AssumeRole", "arn:aws:iam::*:role/*")],
    "invoking anything": [allow("lambda:InvokeFunction", "*")],
    "all models": [allow("bedrock:InvokeModel", "*")],
    "the boundary is as wide": [allow("s3:GetObject", "*")],
}

FIXED = {
    "objects of a bucket": [allow("s3:GetObject", "arn:aws:s3:::uploads/*")],
    "a bucket and its objects by attribute": [
        allow(["s3:GetObject", "s3:ListBucket"], [{"Fn::GetAtt": ["Bucket", "Arn"]}, {SUB: "${Bucket.Arn}/*"}])
    ],
    "a bucket by its name": [allow("s3:PutObject", {SUB: "arn:${AWS::Partition}:s3:::${Bucket}/incoming/*"})],
    "a table and its indexes": [
        allow("dynamodb:Query", [{"Fn::GetAtt": ["Table", "Arn"]}, {SUB: "${Table.Arn}/index/*"}])
    ],
    "a list that CDK writes": [allow("dynamodb:PutItem", [{"Fn::GetAtt": ["Table", "Arn"]}, {"Ref": "AWS::NoValue"}])],
    "a secret": [allow("secretsmanager:GetSecretValue", {"Ref": "Secret"})],
    "a secret with the suffix that AWS adds": [
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-??????")
    ],
    "a key": [allow("kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]})],
    "a log group with streams": [
        allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/worker:*",
        )
    ],
    "a function and its versions": [
        allow(
            "lambda:InvokeFunction",
            [
                "arn:aws:lambda:us-east-1:111122223333:function:mailer",
                "arn:aws:lambda:us-east-1:111122223333:function:mailer:*",
            ],
        )
    ],
    "a state machine": [allow("states:StartExecution", "arn:aws:states:us-east-1:111122223333:stateMachine:orders")],
    "a name with a default": [allow("sqs:SendMessage", {SUB: "arn:aws:sqs:us-east-1:111122223333:${Stage}-orders"})],
    "tracing": [allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")],
    "metrics": [allow("cloudwatch:PutMetricData", "*")],
    "metrics of a namespace": [
        allow("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "shop"}})
    ],
    "describing": [allow(["ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "logs:DescribeLogGroups"], "*")],
    "models that know no resource": [
        allow(["rekognition:DetectLabels", "textract:AnalyzeDocument", "comprehend:DetectSentiment"], "*")
    ],
    "calls that usually name no resource": [
        allow(["translate:TranslateText", "polly:SynthesizeSpeech", "comprehend:DetectEntities"], "*")
    ],
    "the caller's identity": [allow(["sts:GetCallerIdentity", "s3:ListAllMyBuckets"], "*")],
    "a key by its alias": [
        allow("kms:Decrypt", "*", Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}})
    ],
    "the role of one service": [
        allow("iam:CreateServiceLinkedRole", "*", Condition={"StringLike": {"iam:AWSServiceName": "es.amazonaws.com"}})
    ],
    "a sender's address": [
        allow("ses:SendEmail", "*", Condition={"StringEquals": {"ses:FromAddress": "shop@example.com"}})
    ],
    "paths of a search domain": [allow("es:ESHttpGet", "arn:aws:es:us-east-1:111122223333:domain/logs/*")],
    "a group whose ARN begins with an id that AWS makes": [
        allow(
            "autoscaling:SetDesiredCapacity",
            "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:*:autoScalingGroupName/app",
        )
    ],
    "the bill": [allow("ce:GetCostAndUsage", "*")],
    "a role of another account": [allow("sts:AssumeRole", "arn:aws:iam::444455556666:role/deploy")],
    "a star that a refusal confines": [
        allow("s3:GetObject", "*"),
        {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::uploads/*"},
    ],
    "a star that is denied": [allow("s3:GetObject", "*"), deny("s3:*", "*")],
    "a refusal alone": [deny("*", "*"), allow("s3:GetObject", "arn:aws:s3:::uploads/*")],
}

IN, OUT = ({f"String{what}Equals": {"aws:RequestedRegion": "eu-west-1"}} for what in ("", "Not"))
ELSEWHERE = {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::uploads/*"}
CONDITIONAL = {
    "a refusal of what the grant asks for": (
        "pass",
        [allow("s3:GetObject", "*", Condition=IN), deny("*", "*", Condition=IN)],
    ),
    "a refusal of what the grant does not ask for": (
        "error",
        [allow("s3:GetObject", "*", Condition=OUT), deny("*", "*", Condition=IN)],
    ),
    "a refusal that confines whoever the grant is for": (
        "pass",
        [allow("s3:GetObject", "*", Condition=IN), {**ELSEWHERE, "Condition": IN}],
    ),
    "two refusals of which one always holds": (
        "pass",
        [allow("s3:GetObject", "*"), {**ELSEWHERE, "Condition": IN}, {**ELSEWHERE, "Condition": OUT}],
    ),
    "two refusals of which one always holds, and spares half": (
        "note",
        [
            allow("s3:GetObject", "*"),
            {**ELSEWHERE, "Condition": IN},
            {**ELSEWHERE, "Condition": OUT, "NotResource": "arn:aws:s3:::shop-*"},
        ],
    ),
    "two refusals that both may be escaped": (
        "error",
        [
            allow("s3:GetObject", "*"),
            deny("*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            deny("*", "*", Condition={"StringNotEquals": {"aws:PrincipalTag/team": "shop"}}),
        ],
    ),
}

NOTED = {
    "buckets that share a beginning": [allow("s3:GetObject", "arn:aws:s3:::shop-*")],
    "what begins with a bucket's name": [allow("s3:GetObject", {SUB: "arn:aws:s3:::${Bucket}*"})],
    "secrets that share a path": [
        allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/*")
    ],
    "one queue in any account": [allow("sqs:SendMessage", "arn:aws:sqs:*:*:orders")],
    "one role in any account": [allow("sts:AssumeRole", "arn:aws:iam::*:role/audit")],
    "logs of any group": [
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:*")
    ],
    "interfaces of a function in a VPC": [
        allow(["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"], "*")
    ],
    "what carries a tag": [allow("dynamodb:GetItem", "*", Condition={"StringEquals": {"aws:ResourceTag/app": "shop"}})],
}


@pytest.mark.parametrize("case", ANY)
def test_any_container_is_an_error(judge: Judge, case: str) -> None:
    """Reaching any bucket, table, key, … is an error that shows a request, however it is written."""
    found = judge("wide-resource", role(*ANY[case]))

    assert ["error"] == [item.severity.value for item in found.findings if item.witness is not None]


@pytest.mark.parametrize("case", FIXED)
def test_one_container_passes(judge: Judge, case: str) -> None:
    """One container, and an action that cannot be limited to any, pass."""
    assert [] == judge("wide-resource", role(*FIXED[case])).messages


@pytest.mark.parametrize("case", NOTED)
def test_some_containers_are_a_note(judge: Judge, case: str) -> None:
    """Containers that share a name or a tag, and what the platform asks for, are notes."""
    assert "note" == judge("wide-resource", role(*NOTED[case])).gravest


@pytest.mark.parametrize("case", CONDITIONAL)
def test_a_refusal_under_a_condition_counts_where_it_cannot_be_escaped(judge: Judge, case: str) -> None:
    """What is left is measured in every context that the grant and the refusals leave."""
    expected, statements = CONDITIONAL[case]

    assert expected == judge("wide-resource", role(*statements)).gravest


def test_a_boundary_under_a_condition_bounds_what_meets_it(judge: Judge) -> None:
    """A boundary that asks for what the grant excludes leaves nothing."""
    grant = allow("s3:GetObject", "*", Condition=OUT)

    outside, inside = (
        judge("wide-resource", role(grant, boundary=[allow("s3:*", "*", Condition=one)])).gravest for one in (IN, OUT)
    )

    assert ("pass", "error") == (outside, inside)


def test_a_boundary_by_exclusion_bounds_too(judge: Judge) -> None:
    """All but one bucket within all but another is any bucket."""
    bounds = [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::audit/*"}]

    named = judge("wide-resource", role(allow("s3:GetObject", "arn:aws:s3:::audit/*"), boundary=bounds)).gravest
    any_ = judge("wide-resource", role(allow("s3:GetObject", "*"), boundary=bounds)).gravest

    assert ("pass", "error") == (named, any_)


def test_a_boundary_confines_what_the_role_allows(judge: Judge) -> None:
    """A star within a boundary of one bucket reaches that bucket."""
    text = role(allow("s3:GetObject", "*"), boundary=[allow("s3:*", "arn:aws:s3:::uploads/*")])

    assert "pass" == judge("wide-resource", text).gravest


def test_a_boundary_that_allows_all_confines_nothing(judge: Judge) -> None:
    """A star within a boundary of everything reaches everything."""
    text = role(allow("s3:GetObject", "*"), boundary=[allow("*", "*")])

    assert "error" == judge("wide-resource", text).gravest


def test_a_name_given_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter in the container's place may hold a star."""
    assert "unknown" == judge("wide-resource", role(allow("s3:GetObject", {SUB: "arn:aws:s3:::${Name}/*"}))).gravest


def test_a_message_says_of_each_action_what_it_reaches(judge: Judge) -> None:
    """Actions on things of other kinds are not said to reach the kind that is named."""
    [message] = judge("wide-resource", role(allow(["s3:GetObject", "secretsmanager:GetSecretValue"], "*"))).messages

    assert message in {
        "policy `own` allows `s3:GetObject` on any bucket, and `secretsmanager:GetSecretValue` as widely",
        "policy `own` allows `secretsmanager:GetSecretValue` on any secret, and `s3:GetObject` as widely",
    }


def test_a_thing_without_a_name_of_its_own_is_called_by_its_type(judge: Judge) -> None:
    """Models are called models, not resources."""
    [message] = judge("wide-resource", role(allow("bedrock:InvokeModel", "*"))).messages

    assert message.endswith("on any foundation model")


def managed(*names: str) -> str:
    """A function with AWS's own policies."""
    listed = ", ".join(f"arn:aws:iam::aws:policy/service-role/{name}" for name in names)
    return f"""\
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties: {{Runtime: python3.13, Handler: a.b, Code: {{ZipFile: x}}, Role: !GetAtt Role.Arn}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: "sts:AssumeRole"}}]
      ManagedPolicyArns: [{listed}]
"""


def test_the_execution_policies_of_every_function_pass(judge: Judge) -> None:
    """Logs and network interfaces by AWS's own policies are no findings."""
    text = managed("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole")

    assert "pass" == judge("wide-resource", text).gravest


def test_the_execution_policies_of_sources_are_notes(judge: Judge) -> None:
    """Reading any queue by AWS's own policy is a note: a policy could name the queue."""
    assert "note" == judge("wide-resource", managed("AWSLambdaSQSQueueExecutionRole")).gravest


def test_another_policy_of_aws_is_judged_as_it_reads(judge: Judge) -> None:
    """`AWSLambdaRole` invokes any function."""
    assert "error" == judge("wide-resource", managed("AWSLambdaRole")).gravest


POLICY_TEMPLATES = {
    "S3ReadPolicy": "{BucketName: !Ref Bucket}",
    "S3CrudPolicy": "{BucketName: uploads}",
    "DynamoDBCrudPolicy": "{TableName: !Ref Table}",
    "DynamoDBReadPolicy": "{TableName: orders}",
    "SQSSendMessagePolicy": "{QueueName: !GetAtt Queue.QueueName}",
    "SNSPublishMessagePolicy": "{TopicName: orders}",
    "StepFunctionsExecutionPolicy": "{StateMachineName: orders}",
    "KMSDecryptPolicy": "{KeyId: !Ref Key}",
    "AWSSecretsManagerGetSecretValuePolicy": "{SecretArn: !Ref Secret}",
    "KinesisStreamReadPolicy": "{StreamName: events}",
    "EventBridgePutEventsPolicy": "{EventBusName: default}",
    "SSMParameterReadPolicy": "{ParameterName: prod/flags}",
    "DynamoDBStreamReadPolicy": "{TableName: orders, StreamName: '2026-01-01T00:00:00.000'}",
    "LambdaInvokePolicy": "{FunctionName: !Ref Mailer}",
    "CloudWatchPutMetricPolicy": "{}",
    "VPCAccessPolicy": "{}",
    "RekognitionDetectOnlyPolicy": "{}",
    "ComprehendBasicAccessPolicy": "{}",
    "SESCrudPolicy": "{IdentityName: example.com}",
    "FirehoseWritePolicy": "{DeliveryStreamName: events}",
    "CodePipelineLambdaExecutionPolicy": "{}",
    "EC2DescribePolicy": "{}",
    "AthenaQueryPolicy": "{WorkGroupName: primary}",
}


@pytest.mark.parametrize("name", POLICY_TEMPLATES)
def test_a_policy_template_of_sam_for_one_thing_is_no_error(judge: Judge, name: str) -> None:
    """SAM's policy templates name one thing each."""
    text = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      CodeUri: src/
      Policies: [{name}: {POLICY_TEMPLATES[name]}]
  Mailer: {{Type: AWS::Serverless::Function, Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: src/}}}}
  Bucket: {{Type: AWS::S3::Bucket}}
  Table: {{Type: AWS::DynamoDB::Table}}
  Queue: {{Type: AWS::SQS::Queue}}
  Secret: {{Type: AWS::SecretsManager::Secret}}
  Key: {{Type: AWS::KMS::Key}}
"""
    found = judge("wide-resource", text)

    assert ([], ()) == ([one.message for one in found.findings if one.severity != "note"], found.undecided)
