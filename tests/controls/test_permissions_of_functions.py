"""Claims about who may invoke a function: strangers, services for strangers, callers of its URL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from apiece.controls.registry import control_named
from apiece.controls.run import run_controls
from apiece.controls.shorthand import estate_of

Judge = Callable[..., Any]
TODAY = dt.date(2026, 11, 25)

FUNCTION = """\
Resources:
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: a.b
      Role: arn:aws:iam::111122223333:role/worker
      Code: {ZipFile: x}
  Bucket: {Type: AWS::S3::Bucket}
  Topic: {Type: AWS::SNS::Topic}
  Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day)}}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
"""
PARAMETERS = "Parameters: {Who: {Type: String}, Account: {Type: String}}\n"


def permission(
    principal: str, *, more: str = "", action: str = "lambda:InvokeFunction", name: str = "!Ref Worker"
) -> str:
    return (
        FUNCTION
        + f"""\
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {{FunctionName: {name}, Action: "{action}", Principal: {principal}{more}}}
"""
    )


ANYONE = '"*"'
PUBLIC = {
    "anyone": permission(ANYONE),
    "anyone, every action": permission(ANYONE, action="lambda:*"),
    "anyone, the function by its ARN": permission(ANYONE, name="!GetAtt Worker.Arn"),
    "anyone, the function by a part of its ARN": permission(
        ANYONE, name='!Sub "${AWS::AccountId}:function:work:live"'
    ).replace("Properties:\n", "Properties:\n      FunctionName: work\n", 1),
    "anyone, the function by an ARN with its account": permission(
        ANYONE, name="arn:aws:lambda:us-east-1:111122223333:function:work"
    ).replace("Properties:\n", "Properties:\n      FunctionName: work\n", 1),
    "anyone may change the code": permission(ANYONE, action="lambda:UpdateFunctionCode"),
    "anyone may read the code": permission(ANYONE, action="lambda:GetFunction"),
    "anyone, composed": permission('!Join ["", ["*"]]'),
    "anyone who signs, through a URL": permission(
        ANYONE, action="lambda:InvokeFunctionUrl", more=", FunctionUrlAuthType: AWS_IAM"
    )
    + """\
  Second:
    Type: AWS::Lambda::Permission
    Properties:
      {FunctionName: !Ref Worker, Action: lambda:InvokeFunction, Principal: "*", InvokedViaFunctionUrl: true}
""",
    "anyone, by a default": "Parameters: {W: {Type: String, Default: '*'}}\n" + permission("!Ref W"),
    "anyone, in one form": "Parameters: {S: {Type: String}}\nConditions: {Open: !Equals [!Ref S, y]}\n"
    + permission('!If [Open, "*", "444455556666"]'),
}
CLOSED = {
    "one account": permission('"444455556666"'),
    "one role": permission('"arn:aws:iam::444455556666:role/caller"'),
    "the own account": permission('!Ref "AWS::AccountId"'),
    "the organisation": permission(ANYONE, more=", PrincipalOrgID: o-abcdefghij"),
    "callers for one account": permission(ANYONE, more=', SourceAccount: "444455556666"'),
    "calls of one source": permission(ANYONE, more=', SourceArn: "arn:aws:sns:us-east-1:444455556666:orders"'),
    "a service": permission("s3.amazonaws.com"),
    "a service with a source": permission("sns.amazonaws.com", more=", SourceArn: !Ref Topic"),
    "anyone through a URL alone": permission(
        ANYONE, action="lambda:InvokeFunctionUrl", more=", FunctionUrlAuthType: NONE"
    ),
    "a skill's token, which no direct call carries": permission(ANYONE, more=", EventSourceToken: amzn1.ask.skill.x"),
    "signed calls of the organisation": permission(
        ANYONE, action="lambda:InvokeFunctionUrl", more=", FunctionUrlAuthType: AWS_IAM, PrincipalOrgID: o-abcdefghij"
    ),
    "anyone through a URL, the second permission": permission(ANYONE, more=", InvokedViaFunctionUrl: true"),
}


@pytest.mark.parametrize("case", PUBLIC)
def test_a_stranger_who_may_invoke_is_an_error(judge: Judge, case: str) -> None:
    """An account that nobody named may call the function: an error with the request."""
    found = judge("public-function", PUBLIC[case])

    assert ("error", True) == (found.gravest, all(item.witness for item in found.findings))


@pytest.mark.parametrize("case", CLOSED)
def test_named_callers_are_no_strangers(judge: Judge, case: str) -> None:
    """Accounts, organisations, services and callers of a URL belong to others or to nobody's controls."""
    assert "pass" == judge("public-function", CLOSED[case]).gravest


def test_one_permission_of_two_opens_old_urls_only(judge: Judge) -> None:
    """A URL made since October 2025 asks for both, so that one alone is a warning with its request."""
    text = permission(ANYONE, action="lambda:InvokeFunctionUrl", more=", FunctionUrlAuthType: AWS_IAM")
    found = judge("public-function", text)

    assert ("warning", True) == (found.gravest, all(item.witness for item in found.findings))
    assert found.messages[0].endswith("if its URL was made before October 2025")


def test_a_principal_given_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter may be a star."""
    assert "unknown" == judge("public-function", PARAMETERS + permission("!Ref Who")).gravest


SUB = "!Sub"
WITHOUT_SOURCE = {
    "storage": ("warning", permission("s3.amazonaws.com")),
    "topics": ("warning", permission("sns.amazonaws.com")),
    "rules": ("warning", permission("events.amazonaws.com")),
    "the gateway": ("warning", permission("apigateway.amazonaws.com")),
    "the gateway, of any account": (
        "warning",
        permission("apigateway.amazonaws.com", more=', SourceArn: "arn:aws:execute-api:*:*:*"'),
    ),
    "rules, of any account": (
        "warning",
        permission("events.amazonaws.com", more=', SourceArn: "arn:aws:events:us-east-1:*:rule/*"'),
    ),
    "a service by a text": ("warning", permission('!Sub "sns.${AWS::URLSuffix}"')),
    "a regional service": ("warning", permission("logs.us-east-1.amazonaws.com")),
    "a load balancer": ("warning", permission("elasticloadbalancing.amazonaws.com")),
    "any bucket": ("warning", permission("s3.amazonaws.com", more=', SourceArn: "arn:aws:s3:::*"')),
    "a bucket of that name in any account": (
        "note",
        permission("s3.amazonaws.com", more=", SourceArn: arn:aws:s3:::uploads"),
    ),
}
WITH_SOURCE = {
    "a bucket and its account": permission(
        "s3.amazonaws.com", more=', SourceArn: !GetAtt Bucket.Arn, SourceAccount: !Ref "AWS::AccountId"'
    ),
    "an account": permission("s3.amazonaws.com", more=', SourceAccount: "111122223333"'),
    "a topic": permission("sns.amazonaws.com", more=", SourceArn: !Ref Topic"),
    "a rule": permission("events.amazonaws.com", more=", SourceArn: !GetAtt Rule.Arn"),
    "an API": permission(
        "apigateway.amazonaws.com",
        more=', SourceArn: !Sub "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/"',
    ),
    "every API of the own account": permission(
        "apigateway.amazonaws.com",
        more=', SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:*"',
    ),
    "a rule of another account": permission(
        "events.amazonaws.com", more=", SourceArn: arn:aws:events:us-east-1:444455556666:rule/orders"
    ),
    "an API of the own account, given at deployment": PARAMETERS
    + permission(
        "apigateway.amazonaws.com",
        more=', SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Who}/*"',
    ),
    "a bucket given at deployment, and the own account": PARAMETERS
    + permission(
        "s3.amazonaws.com", more=', SourceArn: !Sub "arn:aws:s3:::${Who}", SourceAccount: !Ref "AWS::AccountId"'
    ),
    "an organisation": permission("sns.amazonaws.com", more=", PrincipalOrgID: o-abcdefghij"),
    "no service": permission('"444455556666"'),
    "an API by a list": permission(
        "apigateway.amazonaws.com",
        more=', SourceArn: !Join [":", ["arn:aws:execute-api:us-east-1", !Ref "AWS::AccountId", !Sub "${Api}/*"]]',
    ),
}


@pytest.mark.parametrize("case", WITHOUT_SOURCE)
def test_a_service_without_a_source_is_found(judge: Judge, case: str) -> None:
    """A service that may call for any account is a confused deputy; a bucket's name alone is a note."""
    severity, text = WITHOUT_SOURCE[case]

    assert severity == judge("invoke-without-source", text).gravest


@pytest.mark.parametrize("case", WITH_SOURCE)
def test_a_service_with_a_source_passes(judge: Judge, case: str) -> None:
    """A source in one account, or the account itself, says for whom the service may call."""
    found = judge("invoke-without-source", WITH_SOURCE[case])

    assert ([], ()) == (found.messages, found.undecided)


def test_a_source_given_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter in the place of the source's account may hold a star."""
    text = PARAMETERS + permission(
        "sns.amazonaws.com", more=', SourceArn: !Sub "arn:aws:sns:${AWS::Region}:${Account}:orders"'
    )

    assert "unknown" == judge("invoke-without-source", text).gravest


def test_whom_a_parameter_means_may_be_a_service(judge: Judge) -> None:
    """Where no source is stated, a service may then call for anyone; with a source in the own account it may not."""
    source = ', SourceArn: !Sub "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:orders"'
    without, within = (
        judge("invoke-without-source", PARAMETERS + permission("!Ref Who", more=more)).gravest for more in ("", source)
    )

    assert ("unknown", "pass") == (without, within)


def test_a_kind_of_url_given_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter may say that a permission is for callers who sign, which anyone can."""
    door = permission(ANYONE, action="lambda:InvokeFunctionUrl", more=", FunctionUrlAuthType: !Ref Who")

    assert "unknown" == judge("public-function", PARAMETERS + door).gravest


def test_a_door_given_at_deployment_leaves_the_url_a_warning(judge: Judge) -> None:
    """Where it is not known whether anyone is let in, the message says so."""
    text = PARAMETERS + url("NONE", more=OPEN_DOOR.replace('"*"', "!Ref Who"))
    (message,) = judge("function-url-without-auth", text).messages

    assert message.endswith("whether its policy lets anyone in is not known before deployment")


def test_a_skill_is_named_by_its_token(judge: Judge) -> None:
    """Alexa knows no source; a skill's id does the same."""
    open_ = permission("alexa-appkit.amazon.com")
    named = permission("alexa-appkit.amazon.com", more=", EventSourceToken: amzn1.ask.skill.x")

    assert ("warning", "pass") == tuple(judge("invoke-without-source", text).gravest for text in (open_, named))


EVENTS = {
    "a bucket": "{Type: S3, Properties: {Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*'}}",
    "a topic": "{Type: SNS, Properties: {Topic: !Ref Topic}}",
    "a schedule": "{Type: Schedule, Properties: {Schedule: rate(1 day)}}",
    "a scheduler": "{Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}",
    "a pattern": "{Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}",
    "an API": "{Type: Api, Properties: {Path: /, Method: get}}",
    "an HTTP API": "{Type: HttpApi}",
    "a log group": "{Type: CloudWatchLogs, Properties: {LogGroupName: g, FilterPattern: ''}}",
    "a queue": "{Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}",
}


@pytest.mark.parametrize("case", EVENTS)
def test_what_sam_generates_for_an_event_passes(judge: Judge, case: str) -> None:
    """Permissions that SAM writes name their source."""
    text = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: src/, Events: {{On: {EVENTS[case]}}}}}
  Bucket: {{Type: AWS::S3::Bucket}}
  Topic: {{Type: AWS::SNS::Topic}}
  Queue: {{Type: AWS::SQS::Queue}}
"""
    graver = [
        item.message
        for control in ("invoke-without-source", "public-function", "function-url-without-auth")
        for item in judge(control, text).findings
        if item.severity != "note"
    ]

    assert [] == graver


def url(auth: str, *, more: str = "") -> str:
    return (
        FUNCTION
        + f"""\
  Url:
    Type: AWS::Lambda::Url
    Properties: {{TargetFunctionArn: !GetAtt Worker.Arn, AuthType: {auth}}}
{more}"""
    )


OPEN_DOOR = """\
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Worker, Action: lambda:InvokeFunctionUrl, Principal: "*", FunctionUrlAuthType: NONE}
"""
BOTH_DOORS = (
    OPEN_DOOR
    + """\
  Second:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Worker, Action: lambda:InvokeFunction, Principal: "*", InvokedViaFunctionUrl: true}
"""
)
SAM = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: %s
      Runtime: python3.13
      Handler: a.b
      CodeUri: src/
      FunctionUrlConfig: {AuthType: %s}
"""
URLS = {
    "no sign-in and an open door": ("error", url("NONE", more=BOTH_DOORS)),
    "no sign-in and a door for URLs of old": ("warning", url("NONE", more=OPEN_DOOR)),
    "no sign-in and no door": ("warning", url("NONE")),
    "no sign-in, written by SAM": ("error", SAM % ("worker", "NONE")),
    "no sign-in, under a name with an open part": ("error", SAM % ('!Sub "${Stage}-worker"', "NONE")),
    "no sign-in, under a name cut from the stack's id": (
        "error",
        SAM % ('!Join ["-", [w, !Select [2, !Split ["/", !Ref "AWS::StackId"]]]]', "NONE"),
    ),
    "no sign-in by a default": (
        "error",
        "Parameters: {A: {Type: String, Default: NONE}}\n" + url("!Ref A", more=BOTH_DOORS),
    ),
    "no sign-in in one form": (
        "error",
        "Parameters: {S: {Type: String}}\nConditions: {Open: !Equals [!Ref S, y]}\n"
        + url("!If [Open, NONE, AWS_IAM]", more=BOTH_DOORS),
    ),
    "no sign-in on an alias": (
        "warning",
        FUNCTION
        + "  Url:\n    Type: AWS::Lambda::Url\n"
        + "    Properties: {TargetFunctionArn: !Ref Worker, Qualifier: live, AuthType: NONE}\n",
    ),
}
SIGNED = {
    "sign-in": url("AWS_IAM"),
    "sign-in by SAM": SAM % ("worker", "AWS_IAM"),
    "sign-in and a permission for one account": url(
        "AWS_IAM",
        more=OPEN_DOOR.replace('"*"', '"444455556666"').replace("NONE", "AWS_IAM"),
    ),
    "no URL": FUNCTION,
    "sign-in in both forms": "Parameters: {S: {Type: String}}\nConditions: {Open: !Equals [!Ref S, y]}\n"
    + url("!If [Open, AWS_IAM, AWS_IAM]"),
}


@pytest.mark.parametrize("case", URLS)
def test_a_url_without_sign_in_is_found(judge: Judge, case: str) -> None:
    """A URL without authentication is an error where a statement lets anyone in, else a warning."""
    severity, text = URLS[case]

    assert severity == judge("function-url-without-auth", text).gravest


@pytest.mark.parametrize("case", SIGNED)
def test_a_url_that_asks_who_calls_passes(judge: Judge, case: str) -> None:
    """`AWS_IAM` asks who calls."""
    assert "pass" == judge("function-url-without-auth", SIGNED[case]).gravest


def test_an_authentication_chosen_at_deployment_is_unknown(judge: Judge) -> None:
    """A parameter may be `NONE`."""
    assert "unknown" == judge("function-url-without-auth", PARAMETERS + url("!Ref Who")).gravest


def _cross(statement: dict[str, object]) -> list[str]:
    """The severities of what a function of a live account lets another account do."""
    account = "111122223333"
    arn = f"arn:aws:lambda:us-east-1:{account}:function:quote"
    whole = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn} | statement
    estate = estate_of(
        {
            "accounts": [{"id": account}],
            "functions": [
                {
                    "arn": arn,
                    "latest": {"role": f"arn:aws:iam::{account}:role/quote"},
                    "policies": {"Version": "2012-10-17", "Statement": [whole]},
                }
            ],
        }
    )
    (line,) = run_controls(estate, (control_named("cross-account-invoke"),), today=TODAY).verdicts
    return [one.severity.value for one in line.verdict.deviations]


THEM = {"AWS": "444455556666"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Principal": THEM}, ["warning"]),
        ({"Principal": {"AWS": "111122223333"}}, []),
        ({"Principal": THEM, "Action": "lambda:GetFunction"}, []),
        ({"Principal": THEM, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, ["warning"]),
        ({"Principal": THEM, "Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}}, []),
        ({"Principal": THEM, "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}, []),
        ({"Principal": THEM, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}, ["warning"]),
    ],
)
def test_an_account_that_may_invoke_is_found(statement: dict[str, object], expected: list[str]) -> None:
    """What the other account can bring about by itself stops nobody; what AWS says of it does."""
    assert expected == _cross(statement)
