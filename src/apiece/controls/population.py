"""Populations in words: what each type of subject stands for, and the calls and files that list all of it."""

from __future__ import annotations

from dataclasses import dataclass

from apiece.access.carrier import Carrier
from apiece.access.execution import Execution
from apiece.access.place import Place
from apiece.access.principals import Principal
from apiece.controls.control import Control
from apiece.estate.entry import Route
from apiece.estate.function import Function
from apiece.estate.identity import Role, User
from apiece.estate.network import SecurityGroup
from apiece.estate.resource import Resource

_GAPS = "A gap in any fact it reads makes its verdict unknown, never a pass."


@dataclass(frozen=True, slots=True)
class Described:
    """A population for people: `all_of` completes "the control looks at …", `source` says how completeness is shown."""

    all_of: str
    source: str
    gaps: str = _GAPS


_LISTED = {
    Function: Described(
        "every Lambda function",
        "`lambda:ListFunctions` in each region and account read; `AWS::Lambda::Function` and "
        "`AWS::Serverless::Function` of templates",
    ),
    Execution: Described(
        "every role that a function runs as, per function",
        "`lambda:ListFunctions` in each region and account read, joined with `iam:GetAccountAuthorizationDetails`; "
        "`AWS::Lambda::Function`, `AWS::Serverless::Function` and `AWS::IAM::Role` of templates",
    ),
    Role: Described(
        "every IAM role",
        "`iam:GetAccountAuthorizationDetails` in each account read; `AWS::IAM::Role` of templates, and the roles that "
        "SAM makes",
    ),
    User: Described(
        "every IAM user",
        "`iam:GetAccountAuthorizationDetails` and the credential report in each account read; `AWS::IAM::User` of "
        "templates",
    ),
    Principal: Described(
        "every IAM role and user, but for those that AWS keeps for its services",
        "`iam:GetAccountAuthorizationDetails` in each account read; `AWS::IAM::Role` and `AWS::IAM::User` of templates",
    ),
    Resource: Described(
        "every bucket, queue, topic, key, secret, table, parameter and layer",
        "`s3:ListAllMyBuckets`, `sqs:ListQueues`, `sns:ListTopics`, `kms:ListKeys`, `secretsmanager:ListSecrets`, "
        "`dynamodb:ListTables` and `ssm:DescribeParameters` in each region and account read, and the layers that "
        "functions name; the resource types of the same things in templates",
    ),
    Carrier: Described(
        "every function, bucket, queue, topic, key, secret, table and parameter, and every role by its trust",
        "`lambda:ListFunctions`, the lists of each kind of resource, and `iam:GetAccountAuthorizationDetails`, in each "
        "region and account read; the resource types of the same things in templates",
    ),
    SecurityGroup: Described(
        "every security group",
        "`ec2:DescribeSecurityGroups` in each region and account read; `AWS::EC2::SecurityGroup` of templates",
    ),
    Route: Described(
        "every route of an API or a load balancer",
        "`apigateway:GET` on APIs, stages and routes, `elasticloadbalancing:DescribeRules` and "
        "`appsync:ListDataSources` in each region and account read; methods, routes and resolvers of APIs in "
        "templates, and the events of `AWS::Serverless::Function`",
    ),
    Place: Described(
        "every region of a live account where functions live",
        "the regions in which `lambda:ListFunctions` lists a function, in each account read",
        gaps="What could not be read makes its verdict unknown, unless what was read shows a pass by itself.",
    ),
}
"""One row a type of subject that `controls.run` walks."""


def described(control: Control) -> Described:
    """Describe the population of a control."""
    return _LISTED[control.population]


def is_described(kind: type) -> bool:
    """Tell whether a type of subject has a row."""
    return kind in _LISTED
