"""Claims about layers of other accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from apiece.api.check import check
from apiece.controls.registry import control_named
from apiece.controls.shorthand import estate_of
from apiece.controls.software.publishers import PUBLISHERS
from apiece.records.finding import Finding

from .conftest import TODAY

Judge = Callable[..., Any]
OURS, THEIRS = "111122223333", "444455556666"


def live(*layers: str, versions: dict[str, list[str]] | None = None, **facts: object) -> tuple[Finding, ...]:
    """Findings for a function of a live account."""
    arn, role = f"arn:aws:lambda:us-east-1:{OURS}:function:checkout", f"arn:aws:iam::{OURS}:role/checkout"
    function = {
        "arn": arn,
        "latest": {"role": role, "layers": list(layers)},
        "versions": [
            {"name": name, "configuration": {"role": role, "layers": some}} for name, some in (versions or {}).items()
        ],
    }
    estate = estate_of({"accounts": [{"id": OURS}], "functions": [function], **facts})
    return check(estate, (control_named("foreign-layer"),), today=TODAY).findings


def layer(account: str, name: str = "tools", version: int = 7) -> str:
    return f"arn:aws:lambda:us-east-1:{account}:layer:{name}:{version}"


@pytest.mark.parametrize(
    "layers",
    [
        [layer(THEIRS)],
        [layer(OURS), layer(THEIRS)],
        [layer(THEIRS, "AWSLambdaPowertoolsPythonV3-python312-x86_64")],
        [layer(THEIRS, "LambdaInsightsExtension", 52)],
        [layer("464622532012", "Datadog-Extension")],
        [layer(THEIRS).replace("arn:aws:", "arn:aws-cn:")],
    ],
    ids=["a stranger's", "beside an own", "named like Powertools", "named like Insights", "a vendor's", "of China"],
)
def test_a_layer_of_a_strangers_account_is_a_warning(layers: list[str]) -> None:
    """It is the account that says whose a layer is, never its name."""
    found = live(*layers)

    assert ["warning"] == [one.severity.value for one in found]
    assert "none of yours" in found[0].message


@pytest.mark.parametrize(
    ("layers", "facts"),
    [
        ([layer(OURS)], {}),
        ([layer(OURS, THEIRS)], {}),
        ([layer(next(iter(PUBLISHERS)))], {}),
        ([layer("017000801446", "any-name")], {}),
        ([layer(THEIRS)], {"accounts": [{"id": OURS}, {"id": THEIRS}]}),
    ],
    ids=["own", "own, named like an account", "of AWS", "of AWS under any name", "of another account of ours"],
)
def test_a_layer_of_ones_own_or_of_aws_is_none(layers: list[str], facts: dict[str, object]) -> None:
    assert () == live(*layers, **facts)


def test_a_layer_of_a_member_of_the_organisation_is_ones_own() -> None:
    """Even where that account was not read."""
    role = f"arn:aws:iam::{OURS}:role/checkout"
    function = {
        "arn": f"arn:aws:lambda:us-east-1:{OURS}:function:checkout",
        "latest": {"role": role, "layers": [layer(THEIRS)]},
    }
    shared: dict[str, object] = {"accounts": [{"id": OURS}], "functions": [function]}
    control = (control_named("foreign-layer"),)
    alone = estate_of(shared)
    member = msgspec.structs.replace(alone, members=(OURS, THEIRS))

    assert 1 == len(check(alone, control, today=TODAY).findings)
    assert () == check(member, control, today=TODAY).findings


def test_a_published_version_keeps_its_layer() -> None:
    """A version that is still called runs the layer that it was published with."""
    assert 1 == len(live(layer(OURS), versions={"3": [layer(THEIRS)]}))


def test_two_functions_with_one_layer_share_a_cause() -> None:
    """The layer is replaced once."""
    first, second = live(layer(THEIRS)), live(layer(THEIRS, version=8))

    assert first[0].id == second[0].id


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {{Given: {{Type: String}}, Told: {{Type: String, Default: "{told}"}}}}
Resources:
  Own: {{Type: AWS::Lambda::LayerVersion, Properties: {{Content: {{S3Bucket: code, S3Key: own.zip}}}}}}
  Packed: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: s3://code/packed.zip}}}}
  Worker:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.13, Handler: a.b, CodeUri: s3://code/worker.zip, Layers: [{layers}]}}
"""
IN_TEMPLATES = {
    "!Ref Own": "pass",
    "!Ref Packed": "pass",
    '!Sub "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:layer:shared:3"': "pass",
    '!Sub "arn:aws:lambda:${AWS::Region}:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:7"': "pass",
    '!Sub "arn:aws:lambda:${AWS::Region}:444455556666:layer:tools:3"': "note",
    "!Ref Told": "note",
    "!Ref Own, !Ref Told": "note",
    "!Ref Given": "unknown",
    "!ImportValue shared-layer": "unknown",
    "'{{resolve:ssm:/layers/shared}}'": "unknown",
    '!Sub "arn:aws:lambda:${AWS::Region}:${Given}:layer:tools:3"': "unknown",
}


@pytest.mark.parametrize(("layers", "expected"), IN_TEMPLATES.items(), ids=IN_TEMPLATES)
def test_a_template_does_not_know_which_account_is_its_own(judge: Judge, layers: str, expected: str) -> None:
    """A number is a note, since it may be one's own; what is not in the template is unknown."""
    template = TEMPLATE.format(told=layer(THEIRS), layers=layers)

    assert expected == judge("foreign-layer", template).gravest
