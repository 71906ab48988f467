"""Claims about SAM templates: what AWS's translator wants to know and a template does not say."""

from __future__ import annotations

import pytest

from apiece.estate.function import Function
from apiece.read.cloudformation.estate import read_templates
from apiece.read.reading import Reading
from apiece.text import show

NOW = "2026-06-15T08:00:00Z"
HEAD = "Transform: AWS::Serverless-2016-10-31\n"
PUBLISHED = """\
Resources:
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
      AutoPublishAlias: !Ref Stage
      Events:
        Hello: {Type: Api, Properties: {Path: /hello, Method: get}}
"""


def _read(template: str, **parameters: str) -> Reading:
    return read_templates({"t.yaml": template.encode()}, parameters=parameters, taken_at=NOW)


def _only(reading: Reading) -> Function:
    (function,) = reading.estate.functions
    return function


# ---- parameters that nobody gave a value -----------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["{Type: String}", "{Type: String, AllowedValues: [beta, prod]}"])
def test_an_alias_named_by_a_parameter_without_a_value_is_that_parameter(stage: str) -> None:
    """The translator wants a value where it makes a name; the alias keeps the reference, and nothing is a gap."""
    reading = _read(f"{HEAD}Parameters:\n  Stage: {stage}\n{PUBLISHED}")

    assert [] == list(reading.estate.gaps)
    assert ["${Stage}"] == [show(alias.name) for alias in _only(reading).aliases]


def test_a_route_to_such_an_alias_still_finds_its_function() -> None:
    """The alias's logical id is written alike where it is defined and where it is meant."""
    reading = _read(f"{HEAD}Parameters:\n  Stage: {{Type: String}}\n{PUBLISHED}")

    targets = [show(target) for route in reading.estate.routes for target in route.targets]
    assert [f"{show(_only(reading).arn)}:${{Stage}}"] == targets
    assert 1 == len(_only(reading).policies)


def test_a_value_from_parameter_store_is_never_taken_for_its_name() -> None:
    """The default of such a parameter names what is looked up; the translator does not see it."""
    stage = "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /stages/current}"
    reading = _read(f"{HEAD}Parameters:\n  Stage: {stage}\n{PUBLISHED}")

    assert ["${Stage}"] == [show(alias.name) for alias in _only(reading).aliases]


def test_a_given_value_names_the_alias() -> None:
    """A value that is known is used as it is."""
    reading = _read(f"{HEAD}Parameters:\n  Stage: {{Type: String}}\n{PUBLISHED}", Stage="prod")

    assert ["prod"] == [show(alias.name) for alias in _only(reading).aliases]


# ---- what a build would fill in --------------------------------------------------------------------------------------


def test_an_image_that_is_not_built_yet_does_not_hide_its_function() -> None:
    """`ImageUri: ""` and `Role: null`, as project templates write them, are filled in by build and translator."""
    reading = _read(
        HEAD + "Resources: {Web: {Type: AWS::Serverless::Function,"
        " Properties: {PackageType: Image, ImageUri: '', Role: null}}}"
    )

    assert [] == list(reading.estate.gaps)
    assert "Image" == _only(reading).latest.package
    assert ["WebRole"] == [role.subject.logical_id for role in reading.estate.roles]


def test_a_type_that_is_no_text_is_a_gap_and_hides_nothing_else() -> None:
    """A resource whose `Type` is an object is named in a gap; the function beside it is read."""
    reading = _read(
        HEAD + "Resources: {Odd: {Type: {AWS::Serverless::Function: x}}, Good: {Type: AWS::Serverless::Function,"
        " Properties: {CodeUri: s, Handler: a.b, Runtime: python3.13}}}"
    )

    assert "Good" == _only(reading).subject.logical_id
    assert ["a resource has no readable `Type`"] == [gap.reason for gap in reading.estate.gaps]


# ---- definitions that a macro brings ---------------------------------------------------------------------------------

INCLUDED = """\
Resources:
  Orders:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: s3://bucket/orders.yaml}}}
      Auth:
        DefaultAuthorizer: Doorman
        Authorizers: {Doorman: {FunctionArn: !GetAtt Greeter.Arn, Identity: {Header: X-Token}}}
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.13
      Events:
        Hello: {Type: Api, Properties: {Path: /hello, Method: get, RestApiId: !Ref Orders}}
"""


def test_an_included_definition_leaves_the_routes_open_and_nothing_else() -> None:
    """The service includes before it translates, so `Auth` beside an included body is no error; its routes are open."""
    reading = _read(HEAD + INCLUDED)

    assert [("Orders", "api.routes")] == [(gap.subject.logical_id, gap.needs) for gap in reading.estate.gaps]
    assert 2 == len(_only(reading).policies)


# ---- types that this version does not know ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["AWS::Serverless::Functon", "AWS::Lambda::WebFunction"])
def test_a_type_that_may_run_code_and_is_not_judged_is_a_gap(kind: str) -> None:
    """What runs code with a role is never passed over in silence."""
    reading = _read(HEAD + f"Resources: {{Site: {{Type: {kind}, Properties: {{}}}}}}")

    assert [("Site", f"`{kind}` is a type that this version does not judge")] == [
        (gap.subject.logical_id, gap.reason) for gap in reading.estate.gaps
    ]


# ---- where the translator runs ---------------------------------------------------------------------------------------


def test_the_region_of_the_translator_is_nowhere_in_the_result() -> None:
    """A name that is made of the region is made of the deployed stack's region, which nobody knows here."""
    layer = "{Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s, LayerName: !Sub 'tools-${AWS::Region}'}}"
    reading = _read(
        HEAD + f"Resources: {{Tools: {layer}, Good: {{Type: AWS::Serverless::Function,"
        " Properties: {CodeUri: s, Handler: a.b, Runtime: python3.13, Layers: [!Ref Tools]}}}"
    )

    (used,) = _only(reading).latest.layers
    assert "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:layer:tools-${AWS::Region}:1" == show(used)


def test_a_given_region_is_in_the_result() -> None:
    """A region that is given is used wherever the template means it."""
    reading = _read(f"{HEAD}{PUBLISHED}".replace("!Ref Stage", "!Ref AWS::Region"), **{"AWS::Region": "eu-west-1"})

    assert ["eu-west-1"] == [show(alias.name) for alias in _only(reading).aliases]


@pytest.mark.parametrize("word", ["ApieceStandIn0End", "ApieceStandIn99End"])
def test_a_text_that_looks_like_a_stand_in_stays_a_text(word: str) -> None:
    """A template that holds such a word gets none: its text is no reference, and what needs a value is a gap."""
    template = f"{HEAD}Parameters:\n  Stage: {{Type: String}}\n{PUBLISHED}      Role: {word}\n"
    reading = _read(template)

    assert word == _only(reading).latest.role
    assert any("SAM could not expand `Greeter`" in gap.reason for gap in reading.estate.gaps)
