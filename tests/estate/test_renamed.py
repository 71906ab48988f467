"""Claims about stacks that are called otherwise: subjects, holes and choices follow, places do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.api.read import read_targets
from apiece.estate.estate import Estate
from apiece.estate.renamed import below, renamed

TEMPLATE = {
    "Parameters": {"Stage": {"Type": "String"}},
    "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Resources": {
        "Uploads": {"Type": "AWS::S3::Bucket"},
        "Own": {
            "Type": "AWS::IAM::Role",
            "Condition": "Prod",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                },
                "Policies": [
                    {
                        "PolicyName": "own",
                        "PolicyDocument": {
                            "Statement": {
                                "Effect": "Allow",
                                "Action": "s3:GetObject",
                                "Resource": {"Fn::Sub": "${Uploads.Arn}/*"},
                            }
                        },
                    }
                ],
            },
        },
    },
}


def _read(file: Path) -> Estate:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(TEMPLATE))
    return read_targets([str(file)], parameters={}, taken_at="2026-06-15T08:00:00Z").estate


def test_the_same_template_elsewhere_speaks_of_the_same_things(tmp_path: Path) -> None:
    """Roles, values that exist only after deployment, and choices are equal; their places are not."""
    first, second = (_read(tmp_path / name / "a.json") for name in ("old", "new"))
    one, other = (renamed(estate, below(estate.targets)).roles[0] for estate in (first, second))
    (words, others) = (role.policies[0].document.statements[0].resources for role in (one, other))  # type: ignore[union-attr]

    assert first.roles[0].subject != second.roles[0].subject
    assert (one.subject, one.when) == (other.subject, other.when)
    assert [word.text for word in words or ()] == [word.text for word in others or ()]
    assert one.at != other.at


def test_what_is_not_renamed_is_the_same_object(tmp_path: Path) -> None:
    """Nothing is copied where nothing changes."""
    estate = _read(tmp_path / "a.json")

    assert renamed(estate, lambda name: name) == estate


@pytest.mark.parametrize(
    ("targets", "name", "expected"),
    [
        (("old",), "old/storefront/template.yaml", "storefront/template.yaml"),
        (("old/",), "old/template.yaml#IsProd", "template.yaml#IsProd"),
        (("old/template.yaml",), "old/template.yaml", ""),
        (("old/template.yaml",), "old/template.yaml#IsProd", "#IsProd"),
        (("old/a.yaml", "old/b.yaml"), "old/b.yaml", "b.yaml"),
        (("old",), "older/template.yaml", "older/template.yaml"),
        ((), "template.yaml", "template.yaml"),
    ],
)
def test_names_are_relative_to_what_the_user_named(targets: tuple[str, ...], name: str, expected: str) -> None:
    """A folder is left out; a single file has no name."""
    assert expected == below(targets)(name)
