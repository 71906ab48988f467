"""Claims about any bytes and any mutation of a template: read, or refused with a place, never a crash."""

from __future__ import annotations

import json

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.errors import MalformedSource
from apiece.read.cloudformation.estate import read_templates
from apiece.read.cloudformation.load import load
from apiece.read.reading import Reading

NOW = "2026-06-15T08:00:00Z"
GOOD = b"""\
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Role: arn:aws:iam::111122223333:role/reader, Code: {ZipFile: x}}
"""


def _read(files: dict[str, bytes]) -> Reading:
    return read_templates(files, parameters={}, taken_at=NOW)


_BITS = st.sampled_from(
    [
        b"Resources:",
        b"\n",
        b"  ",
        b"a: ",
        b"- ",
        b"{",
        b"}",
        b"[",
        b"]",
        b"!Ref ",
        b"&a ",
        b"*a",
        b"<<: ",
        b"'",
        b'"',
        b"|\n",
        b"? ",
        b"---\n",
        b"%TAG ",
        b"\x00",
        b"\xff",
        b"\xe2\x80\xa8",
        b"!!int ",
        b"#",
        b",",
        b":",
    ]
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.lists(_BITS, max_size=25).map(b"".join)))
def test_any_bytes_are_a_document_or_an_error_with_a_place(data: bytes) -> None:
    """Nothing but `MalformedSource` comes out, and it knows the file."""
    files: list[str | None] = ["t.yaml"]
    try:
        load(data, "t.yaml")
    except MalformedSource as error:
        files.append(error.span.file if error.span is not None else None)

    assert {"t.yaml"} == set(files)


_LEAVES = st.sampled_from([
    None, True, 0, -1, 3, "", "x", "*", "Allow", "C", "F", "R", "AWS::NoValue", "AWS::Region", "${F.Arn}", "${", "a,b",
    "arn:aws:iam::aws:policy/AdministratorAccess", "{{resolve:ssm:x}}", '{"Statement": []}', "F.Arn", "10.0.0.0/16",
])  # fmt: skip
_KEYS = st.sampled_from([
    "Ref", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap", "Fn::ImportValue",
    "Fn::Base64", "Fn::Cidr", "Fn::GetAZs", "Fn::Length", "Fn::ToJsonString", "Fn::Transform", "Fn::Equals",
    "Condition", "Type", "Properties", "Statement", "Action", "Effect", "Default", "Name", "Value", "Fn::ForEach::L",
    "Fn::Nope", "x",
])  # fmt: skip
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=2),
    max_leaves=6,
)

_SEED = yaml.safe_load("""\
Transform: ['AWS::LanguageExtensions']
Parameters:
  P:
    Type: String
    Default: d
    AllowedValues: [d, e]
  L: {Type: List<String>}
Mappings:
  M:
    k: {v: w}
Conditions:
  C:
    Fn::Equals:
      - {Ref: P}
      - d
Resources:
  F:
    Type: AWS::Lambda::Function
    Condition: C
    Properties:
      Role:
        Fn::GetAtt: [R, Arn]
      Runtime:
        Fn::FindInMap: [M, k, v]
      VpcConfig:
        SubnetIds: {Ref: L}
        SecurityGroupIds:
          - {Ref: G}
      Environment:
        Variables:
          A: {'Fn::Sub': '${P}-${R.Arn}'}
      Layers:
        - Fn::If:
            - C
            - a
            - {Ref: 'AWS::NoValue'}
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: '*', Action: 'sts:AssumeRole'}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement: {Effect: Allow, Action: '*', Resource: '*'}
  Q:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {}
      Roles:
        - {Ref: R}
  X:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: {Ref: F}
      Action: a
      Principal: '*'
  U:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: {Ref: F}
      AuthType: NONE
  V:
    Type: AWS::Lambda::Version
    Properties:
      FunctionName: {Ref: F}
  N:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: {Ref: F}
      Name: n
      FunctionVersion: {'Fn::GetAtt': V.Version}
  G:
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress:
        - {CidrIp: 0.0.0.0/0, IpProtocol: -1}
  K:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement: []
  B:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [q]
      PolicyDocument:
        Statement: []
  A:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        paths:
          /x:
            get:
              security: []
  H:
    Type: AWS::ApiGatewayV2::Route
    Properties: {RouteKey: GET /, Target: integrations/x}
  E:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        a: [b]
      Targets:
        - {Arn: x}
  S:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: t.json
      Parameters: {P: z}
Outputs:
  O:
    Value: {Ref: F}
    Export:
      Name: {'Fn::Sub': '${P}'}
""")
_SAM_SEED = yaml.safe_load("""\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Environment:
      Variables: {A: b}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      CodeUri: src/
      Policies:
        - S3ReadPolicy:
            BucketName: {Ref: T}
      Events:
        Get:
          Type: Api
          Properties: {Path: /, Method: get}
      FunctionUrlConfig: {AuthType: NONE}
      AutoPublishAlias: live
    Connectors:
      C:
        Properties:
          Destination: {Id: T}
          Permissions: [Read]
  T: {Type: 'AWS::Serverless::SimpleTable'}
""")


def _places(value: object, route: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [route] if route else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _places(item, (*route, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += _places(item, (*route, index))
    return found


def _mutated(seed: dict[str, object], route: tuple[object, ...], value: object) -> bytes:
    copy = json.loads(json.dumps(seed))
    at = copy
    for step in route[:-1]:
        at = at[step]
    at[route[-1]] = value
    return json.dumps(copy).encode()


def _harmless(data: bytes) -> None:
    for gap in _read({"t.json": data, "good.yaml": GOOD}).estate.gaps:
        assert gap.reason
        assert gap.at is not None


@settings(max_examples=250, derandomize=True, deadline=None)
@given(st.sampled_from(_places(_SEED)), _VALUES)
def test_a_template_with_anything_anywhere_is_read_or_a_gap(route: tuple[object, ...], value: object) -> None:
    """Any value in any place of a template raises nothing, and every gap says why and where."""
    _harmless(_mutated(_SEED, route, value))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.sampled_from(_places(_SAM_SEED)), _VALUES)
def test_a_sam_template_with_anything_anywhere_is_read_or_a_gap(route: tuple[object, ...], value: object) -> None:
    """Also where AWS's own translator has to swallow it."""
    _harmless(_mutated(_SAM_SEED, route, value))
