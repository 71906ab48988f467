"""What `Ref` and `Fn::GetAtt` give for each resource type that matters to access.

Sources: the "Return values" section of each type in the CloudFormation template reference, and the ARN formats of the
service authorization reference. In a shape `{P}`, `{R}`, `{A}` stand for partition, region and account, `{N}` for the
physical name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apiece.text import Hole, HoleKind, Symbolic, Text, join

if TYPE_CHECKING:
    from apiece.read.cloudformation.resolve import Resource, Template

PSEUDO = {
    "P": Hole("AWS::Partition", HoleKind.PARTITION),
    "R": Hole("AWS::Region", HoleKind.REGION),
    "A": Hole("AWS::AccountId", HoleKind.ACCOUNT),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How one type names itself: `ref` and `arn` are shapes, `name` the property with the physical name."""

    arn: str
    ref: str = "{N}"
    name: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


def _s(arn: str, name: str | None = None, ref: str = "{N}", **attributes: str) -> Shape:
    return Shape(arn, ref, name, {key.replace("__", "."): value for key, value in attributes.items()})


SHAPES: dict[str, Shape] = {
    "AWS::IAM::Role": _s("arn:{P}:iam::{A}:role{path}{N}", "RoleName"),
    "AWS::IAM::User": _s("arn:{P}:iam::{A}:user{path}{N}", "UserName"),
    "AWS::IAM::Group": _s("arn:{P}:iam::{A}:group{path}{N}", "GroupName"),
    "AWS::IAM::ManagedPolicy": _s(
        "arn:{P}:iam::{A}:policy{path}{N}",
        "ManagedPolicyName",
        "arn:{P}:iam::{A}:policy{path}{N}",
        PolicyArn="arn:{P}:iam::{A}:policy{path}{N}",
    ),
    "AWS::IAM::InstanceProfile": _s("arn:{P}:iam::{A}:instance-profile{path}{N}", "InstanceProfileName"),
    "AWS::Lambda::Function": _s("arn:{P}:lambda:{R}:{A}:function:{N}", "FunctionName"),
    "AWS::Lambda::Version": _s("{F}:{N}", None, "{F}:{N}", Version="{N}", FunctionArn="{F}:{N}"),
    "AWS::Lambda::Alias": _s("{F}:{N}", "Name", "{F}:{N}", AliasArn="{F}:{N}"),
    "AWS::Lambda::LayerVersion": _s(
        "arn:{P}:lambda:{R}:{A}:layer:{N}:1",
        "LayerName",
        "arn:{P}:lambda:{R}:{A}:layer:{N}:1",
        LayerVersionArn="arn:{P}:lambda:{R}:{A}:layer:{N}:1",
    ),
    "AWS::Lambda::CodeSigningConfig": _s(
        "arn:{P}:lambda:{R}:{A}:code-signing-config:{N}",
        None,
        "arn:{P}:lambda:{R}:{A}:code-signing-config:{N}",
        CodeSigningConfigArn="arn:{P}:lambda:{R}:{A}:code-signing-config:{N}",
    ),
    "AWS::S3::Bucket": _s("arn:{P}:s3:::{N}", "BucketName"),
    "AWS::S3::AccessPoint": _s("arn:{P}:s3:{R}:{A}:accesspoint/{N}", "Name"),
    "AWS::SQS::Queue": _s(
        "arn:{P}:sqs:{R}:{A}:{N}",
        "QueueName",
        "https://sqs.{R}.amazonaws.com/{A}/{N}",
        QueueName="{N}",
        QueueUrl="https://sqs.{R}.amazonaws.com/{A}/{N}",
    ),
    "AWS::SNS::Topic": _s(
        "arn:{P}:sns:{R}:{A}:{N}",
        "TopicName",
        "arn:{P}:sns:{R}:{A}:{N}",
        TopicName="{N}",
        TopicArn="arn:{P}:sns:{R}:{A}:{N}",
    ),
    "AWS::DynamoDB::Table": _s(
        "arn:{P}:dynamodb:{R}:{A}:table/{N}",
        "TableName",
        StreamArn="arn:{P}:dynamodb:{R}:{A}:table/{N}/stream/{N.stream}",
    ),
    "AWS::DynamoDB::GlobalTable": _s(
        "arn:{P}:dynamodb:{R}:{A}:table/{N}",
        "TableName",
        StreamArn="arn:{P}:dynamodb:{R}:{A}:table/{N}/stream/{N.stream}",
    ),
    "AWS::KMS::Key": _s("arn:{P}:kms:{R}:{A}:key/{N}", None, KeyId="{N}"),
    "AWS::KMS::Alias": _s("arn:{P}:kms:{R}:{A}:{N}", "AliasName"),
    "AWS::SecretsManager::Secret": _s(
        "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-{N.suffix}",
        "Name",
        "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-{N.suffix}",
        Id="arn:{P}:secretsmanager:{R}:{A}:secret:{N}-{N.suffix}",
    ),
    "AWS::SSM::Parameter": _s("arn:{P}:ssm:{R}:{A}:parameter/{N}", "Name"),
    "AWS::Events::Rule": _s("arn:{P}:events:{R}:{A}:rule/{N}", "Name"),
    "AWS::Events::EventBus": _s("arn:{P}:events:{R}:{A}:event-bus/{N}", "Name", Name="{N}"),
    "AWS::Scheduler::Schedule": _s("arn:{P}:scheduler:{R}:{A}:schedule/default/{N}", "Name"),
    "AWS::StepFunctions::StateMachine": _s(
        "arn:{P}:states:{R}:{A}:stateMachine:{N}",
        "StateMachineName",
        "arn:{P}:states:{R}:{A}:stateMachine:{N}",
        Name="{N}",
    ),
    "AWS::StepFunctions::Activity": _s(
        "arn:{P}:states:{R}:{A}:activity:{N}", "Name", "arn:{P}:states:{R}:{A}:activity:{N}", Name="{N}"
    ),
    "AWS::Kinesis::Stream": _s("arn:{P}:kinesis:{R}:{A}:stream/{N}", "Name"),
    "AWS::Kinesis::StreamConsumer": _s("{N}", None, "{N}", ConsumerARN="{N}"),
    "AWS::KinesisFirehose::DeliveryStream": _s("arn:{P}:firehose:{R}:{A}:deliverystream/{N}", "DeliveryStreamName"),
    "AWS::Logs::LogGroup": _s("arn:{P}:logs:{R}:{A}:log-group:{N}:*", "LogGroupName"),
    "AWS::ApiGateway::RestApi": _s(
        "arn:{P}:apigateway:{R}::/restapis/{N}", None, RestApiId="{N}", RootResourceId="{N.root}"
    ),
    "AWS::ApiGatewayV2::Api": _s("arn:{P}:apigateway:{R}::/apis/{N}", None, ApiId="{N}"),
    "AWS::ApiGateway::ApiKey": _s("arn:{P}:apigateway:{R}::/apikeys/{N}", None, APIKeyId="{N}"),
    "AWS::AppSync::GraphQLApi": _s(
        "arn:{P}:appsync:{R}:{A}:apis/{N}", None, "arn:{P}:appsync:{R}:{A}:apis/{N}", ApiId="{N}"
    ),
    "AWS::Cognito::UserPool": _s("arn:{P}:cognito-idp:{R}:{A}:userpool/{N}", None, UserPoolId="{N}"),
    "AWS::Cognito::IdentityPool": _s("arn:{P}:cognito-identity:{R}:{A}:identitypool/{N}", None),
    "AWS::EC2::VPC": _s(
        "arn:{P}:ec2:{R}:{A}:vpc/{N}", None, VpcId="{N}", DefaultSecurityGroup="{N.default-security-group}"
    ),
    "AWS::EC2::Subnet": _s("arn:{P}:ec2:{R}:{A}:subnet/{N}", None, SubnetId="{N}"),
    "AWS::EC2::SecurityGroup": _s("arn:{P}:ec2:{R}:{A}:security-group/{N}", None, GroupId="{N}", Id="{N}"),
    "AWS::EC2::VPCEndpoint": _s("arn:{P}:ec2:{R}:{A}:vpc-endpoint/{N}", None, Id="{N}"),
    "AWS::RDS::DBInstance": _s(
        "arn:{P}:rds:{R}:{A}:db:{N}",
        "DBInstanceIdentifier",
        DBInstanceArn="arn:{P}:rds:{R}:{A}:db:{N}",
        DbiResourceId="{N.resource-id}",
    ),
    "AWS::RDS::DBCluster": _s(
        "arn:{P}:rds:{R}:{A}:cluster:{N}",
        "DBClusterIdentifier",
        DBClusterArn="arn:{P}:rds:{R}:{A}:cluster:{N}",
        DBClusterResourceId="{N.resource-id}",
    ),
    "AWS::RDS::DBProxy": _s(
        "arn:{P}:rds:{R}:{A}:db-proxy:{N.proxy-id}",
        "DBProxyName",
        DBProxyArn="arn:{P}:rds:{R}:{A}:db-proxy:{N.proxy-id}",
    ),
    "AWS::EFS::FileSystem": _s("arn:{P}:elasticfilesystem:{R}:{A}:file-system/{N}", None, FileSystemId="{N}"),
    "AWS::EFS::AccessPoint": _s("arn:{P}:elasticfilesystem:{R}:{A}:access-point/{N}", None, AccessPointId="{N}"),
    "AWS::ECR::Repository": _s("arn:{P}:ecr:{R}:{A}:repository/{N}", "RepositoryName"),
    "AWS::ECS::Cluster": _s("arn:{P}:ecs:{R}:{A}:cluster/{N}", "ClusterName"),
    "AWS::ECS::TaskDefinition": _s(
        "arn:{P}:ecs:{R}:{A}:task-definition/{N}:1",
        "Family",
        "arn:{P}:ecs:{R}:{A}:task-definition/{N}:1",
        TaskDefinitionArn="arn:{P}:ecs:{R}:{A}:task-definition/{N}:1",
    ),
    "AWS::CodeBuild::Project": _s("arn:{P}:codebuild:{R}:{A}:project/{N}", "Name"),
    "AWS::OpenSearchService::Domain": _s("arn:{P}:es:{R}:{A}:domain/{N}", "DomainName"),
    "AWS::Elasticsearch::Domain": _s("arn:{P}:es:{R}:{A}:domain/{N}", "DomainName"),
    "AWS::Glue::Database": _s("arn:{P}:glue:{R}:{A}:database/{N}", None),
    "AWS::CloudTrail::Trail": _s("arn:{P}:cloudtrail:{R}:{A}:trail/{N}", "TrailName"),
    "AWS::Config::ConfigRule": _s("arn:{P}:config:{R}:{A}:config-rule/{N.id}", "ConfigRuleName"),
    "AWS::CloudFront::Distribution": _s("arn:{P}:cloudfront::{A}:distribution/{N}", None, Id="{N}"),
    "AWS::CloudWatch::Alarm": _s("arn:{P}:cloudwatch:{R}:{A}:alarm:{N}", "AlarmName"),
    "AWS::MSK::Cluster": _s(
        "arn:{P}:kafka:{R}:{A}:cluster/{N}/{N.id}", "ClusterName", "arn:{P}:kafka:{R}:{A}:cluster/{N}/{N.id}"
    ),
    "AWS::Location::PlaceIndex": _s("arn:{P}:geo:{R}:{A}:place-index/{N}", "IndexName"),
    "AWS::Kendra::Index": _s("arn:{P}:kendra:{R}:{A}:index/{N}", None, Id="{N}"),
    "AWS::IoT::TopicRule": _s("arn:{P}:iot:{R}:{A}:rule/{N}", "RuleName"),
    "AWS::IoT::Thing": _s("arn:{P}:iot:{R}:{A}:thing/{N}", "ThingName"),
    "AWS::Timestream::Database": _s("arn:{P}:timestream:{R}:{A}:database/{N}", "DatabaseName"),
    "AWS::S3Tables::TableBucket": _s(
        "arn:{P}:s3tables:{R}:{A}:bucket/{N}",
        "TableBucketName",
        "arn:{P}:s3tables:{R}:{A}:bucket/{N}",
        TableBucketARN="arn:{P}:s3tables:{R}:{A}:bucket/{N}",
    ),
}
_OPEN_TYPES = (
    "AWS::CloudFormation::CustomResource",
    "Custom::",
    "AWS::CloudFormation::Macro",
    "AWS::CloudFormation::Stack",
    "AWS::Serverless::",
)
_SECRETS = frozenset(
    {
        ("AWS::AppSync::ApiKey", "ApiKey"),
        ("AWS::Cognito::UserPoolClient", "ClientSecret"),
        ("AWS::IAM::AccessKey", "SecretAccessKey"),
        ("AWS::IAM::ServiceSpecificCredential", "ServiceApiKeyValue"),
        ("AWS::IAM::ServiceSpecificCredential", "ServiceCredentialSecret"),
        ("AWS::IAM::ServiceSpecificCredential", "ServicePassword"),
    }
)
_FIELD = re.compile(r"\{([A-Za-z.\-]+)\}")


def is_opaque(kind: str) -> bool:
    """Tell whether a type's attributes may be any text at all (custom resources, nested stacks)."""
    return kind.startswith(_OPEN_TYPES)


def is_secret(template: Template, name: str) -> bool:
    """Tell whether `LogicalId.Attribute` gives a credential itself."""
    logical_id, _, attribute = name.partition(".")
    resource = template.raw.get(logical_id)
    return resource is not None and (resource.type, attribute) in _SECRETS


def fill(template: Template, resource: Resource, shape: str) -> Text:
    """Put names into a shape."""
    parts: list[str | Hole | Symbolic] = []
    position = 0
    for match in _FIELD.finditer(shape):
        parts.append(shape[position : match.start()])
        parts.append(_field(template, resource, match.group(1)))
        position = match.end()
    parts.append(shape[position:])
    return join(parts)


def _field(template: Template, resource: Resource, name: str) -> str | Hole | Symbolic:
    match name:
        case "P" | "R" | "A":
            return template.pseudo(PSEUDO[name])
        case "N":
            return name_of(template, resource)
        case "F":
            return template.function_of(resource)
        case "path":
            return template.path_of(resource)
        case _:
            return Hole(f"{resource.logical_id}.{name.removeprefix('N.')}", HoleKind.NAME, template.stack)


def name_of(template: Template, resource: Resource) -> Text:
    """The physical name: as the template states it, else a hole that stands for the generated one."""
    shape = SHAPES.get(resource.type)
    stated = template.stated_name(resource, shape.name) if shape is not None and shape.name is not None else None
    if stated is None:
        return join((Hole(resource.logical_id, HoleKind.NAME, template.stack),))
    if resource.type == "AWS::SSM::Parameter" and isinstance(stated, str):
        return stated.lstrip("/")
    return stated


def ref_of(template: Template, resource: Resource) -> Text:
    """What `Ref` gives."""
    shape = SHAPES.get(resource.type)
    if shape is None:
        kind = (
            HoleKind.ANY
            if resource.type.startswith(("AWS::CloudFormation::CustomResource", "Custom::"))
            else HoleKind.LITERAL
        )
        return join((Hole(resource.logical_id, kind, template.stack, _why(resource) if kind is HoleKind.ANY else ""),))
    if resource.type == "AWS::SSM::Parameter":
        return template.stated_name(resource, "Name") or name_of(template, resource)
    return fill(template, resource, shape.ref)


def arn_of(template: Template, resource: Resource) -> Text:
    """The resource's own ARN."""
    shape = SHAPES.get(resource.type)
    if shape is None:
        return join((Hole(f"{resource.logical_id}.Arn", HoleKind.LITERAL, template.stack),))
    return fill(template, resource, shape.arn)


def attribute_of(template: Template, resource: Resource, attribute: str) -> Text:
    """What `Fn::GetAtt` gives."""
    shape = SHAPES.get(resource.type)
    if shape is not None:
        if attribute in shape.attributes:
            return fill(template, resource, shape.attributes[attribute])
        if attribute == "Arn":
            return arn_of(template, resource)
    if is_opaque(resource.type):
        return join((Hole(f"{resource.logical_id}.{attribute}", HoleKind.ANY, template.stack, _why(resource)),))
    return join((Hole(f"{resource.logical_id}.{attribute}", HoleKind.LITERAL, template.stack),))


def _why(resource: Resource) -> str:
    what = "nested stack" if resource.type == "AWS::CloudFormation::Stack" else "custom resource"
    return f"{what} `{resource.logical_id}` may return anything"
