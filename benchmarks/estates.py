"""Writes SAM templates of any number of functions: half tidy, half not, as teams write them."""

from __future__ import annotations

from pathlib import Path

import yaml

_RUNTIMES = ("python3.13", "nodejs22.x", "python3.12")


def write_templates(folder: Path, *, templates: int, functions: int) -> None:
    """Write `templates` files with `functions` functions each into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(templates):
        resources: dict[str, object] = {"Orders": _TABLE, "Uploads": {"Type": "AWS::S3::Bucket"}}
        for index in range(functions):
            resources |= _tidy(index) if index % 2 else _untidy(index)
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
            "Parameters": {"Stage": {"Type": "String", "Default": "dev"}},
            "Globals": {"Function": {"Timeout": 10, "Environment": {"Variables": {"STAGE": {"Ref": "Stage"}}}}},
            "Resources": resources,
        }
        (folder / f"team-{number:03}.yaml").write_text(yaml.safe_dump(template, sort_keys=False))


_TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    },
}


def _function(index: int, **more: object) -> dict[str, object]:
    properties = {"CodeUri": "src/", "Handler": "app.handler", "Runtime": _RUNTIMES[index % len(_RUNTIMES)], **more}
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


def _tidy(index: int) -> dict[str, object]:
    policies = [
        {"DynamoDBReadPolicy": {"TableName": {"Ref": "Orders"}}},
        {"Version": "2012-10-17", "Statement": [_allow("s3:GetObject", {"Fn::Sub": "${Uploads.Arn}/in/*"})]},
    ]
    event = {"Type": "Api", "Properties": {"Path": f"/orders/{index}", "Method": "get"}}
    variables = {"TABLE": {"Ref": "Orders"}, "SECRET_NAME": f"team/orders/{index}"}
    return {
        f"Reader{index}": _function(
            index, Policies=policies, Events={"Get": event}, Environment={"Variables": variables}
        )
    }


def _untidy(index: int) -> dict[str, object]:
    trust = _allow("sts:AssumeRole", None) | {"Principal": {"Service": "lambda.amazonaws.com"}}
    del trust["Resource"]
    policy = {"Version": "2012-10-17", "Statement": [_allow("s3:GetObject", "arn:aws:s3:::*")]}
    return {
        f"Role{index}": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "Policies": [{"PolicyName": "files", "PolicyDocument": policy}],
            },
        },
        f"Writer{index}": _function(
            index,
            Role={"Fn::GetAtt": [f"Role{index}", "Arn"]},
            Environment={"Variables": {"DB_PASSWORD": f"tr0ub4dor-and-{index:05}"}},
        ),
    }


def _allow(action: str, resource: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}
