"""Claims about who is said to own a function: by name, by stack, by tag, in this order."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.controls.registry import control_named
from apiece.estate.function import Configuration, Function
from apiece.estate.subject import Subject, SubjectKind
from apiece.records.owners import Owners
from apiece.records.run import CheckRun

HEAD = "Parameters: {Team: {Type: String}}\nConditions: {Prod: !Equals [!Ref Team, prod]}\n"
BY_TAG = Owners(tags=("owner", "team"))


def template(tags: str, *, name: str = "Mailer") -> str:
    return f"""{HEAD}Resources:
  {name}:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/mailer
      Code: {{S3Bucket: code, S3Key: mailer.zip}}
{tags}
"""


def sam(globals_: str, tags: str) -> str:
    return f"""Transform: AWS::Serverless-2016-10-31
Globals: {globals_}
Resources:
  Mailer:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.13, Handler: app.handler, InlineCode: x{tags}}}
"""


def run(folder: Path, text: str, owners: Owners | None, control: str = "owner-missing") -> CheckRun:
    (folder / "template.yaml").write_text(text)
    estate = read_targets([str(folder / "template.yaml")], parameters={}, taken_at="2026-06-15T08:00:00Z").estate
    return check(estate, [control_named(control)], today=dt.date(2026, 6, 15), owners=owners)


OWNED = {
    "a tag": (template("      Tags: [{Key: owner, Value: mail}]"), BY_TAG),
    "the second of the tags": (template("      Tags: [{Key: team, Value: mail}]"), BY_TAG),
    "a tag that only begins like another": (
        template("      Tags: [{Key: owner-old, Value: x}, {Key: owner, Value: mail}]"),
        BY_TAG,
    ),
    "a rule by name": (template(""), Owners(names=(("Mail*", "mail"),))),
    "a rule by stack": (template(""), Owners(stacks=(("*/template.yaml", "mail"),))),
    "a tag on all of SAM's functions": (sam("{Function: {Tags: {owner: mail}}}", ""), BY_TAG),
    "a tag of SAM": (sam("{}", ", Tags: {owner: mail}"), BY_TAG),
    "the same tag whatever the condition": (
        template("      Tags: [!If [Prod, {Key: cost, Value: a}, {Key: cost, Value: b}], {Key: owner, Value: mail}]"),
        BY_TAG,
    ),
}
UNOWNED = {
    "no tags": (template(""), BY_TAG),
    "other tags": (template("      Tags: [{Key: cost, Value: mail}]"), BY_TAG),
    "a tag in other letters": (template("      Tags: [{Key: Owner, Value: mail}]"), BY_TAG),
    "an empty tag": (template('      Tags: [{Key: owner, Value: ""}]'), BY_TAG),
    "a rule for another name": (template(""), Owners(names=(("mail*", "mail"),))),
    "a rule for another stack": (template(""), Owners(stacks=(("billing/*", "mail"),))),
    "the tag that SAM adds": (sam("{}", ""), Owners(tags=("owner",))),
}
OPEN = {
    "a value that is given at deployment": (template("      Tags: [{Key: owner, Value: !Ref Team}]"), BY_TAG),
    "a tag on a condition": (
        template("      Tags: [!If [Prod, {Key: owner, Value: a}, !Ref AWS::NoValue]]"),
        BY_TAG,
    ),
    "one of two owners": (
        template("      Tags: [!If [Prod, {Key: owner, Value: a}, {Key: owner, Value: b}]]"),
        BY_TAG,
    ),
    "a name that is given at deployment": (template("      Tags: [{Key: !Ref Team, Value: a}]"), BY_TAG),
    "a list from elsewhere": (template("      Tags: !Ref Team"), BY_TAG),
}


@pytest.mark.parametrize("case", OWNED)
def test_a_function_with_an_owner_passes(case: str, tmp_path: Path) -> None:
    """By a name, a stack or a tag."""
    (result,) = run(tmp_path, *OWNED[case]).controls

    assert (1, 0, 0) == (result.passed, result.failed, result.unknown)


@pytest.mark.parametrize("case", UNOWNED)
def test_a_function_without_an_owner_is_a_note(case: str, tmp_path: Path) -> None:
    """Something that only looks like an owner names nobody."""
    found = run(tmp_path, *UNOWNED[case]).findings

    assert ["note"] == [finding.severity.value for finding in found]


@pytest.mark.parametrize("case", OPEN)
def test_what_is_not_known_before_deployment_is_unknown(case: str, tmp_path: Path) -> None:
    """Neither an owner nor the lack of one."""
    result = run(tmp_path, *OPEN[case])

    assert (1, ()) == (result.controls[0].unknown, result.findings)


@pytest.mark.parametrize("owners", [None, Owners(controls=(("*", "security"),))])
def test_without_rules_the_control_does_not_run(owners: Owners | None, tmp_path: Path) -> None:
    """It is listed with what to give."""
    (item,) = run(tmp_path, template(""), owners).not_run

    assert ("owner-missing", "`[owners]` in apiece.toml") == (item.control, item.give)


def test_tags_that_were_not_read_are_unknown_unless_a_name_or_stack_decides() -> None:
    """A name stands whatever the tags say."""
    function = Function(
        subject=Subject(kind=SubjectKind.FUNCTION, arn="arn:aws:lambda:eu-west-1:111122223333:function:mailer"),
        name="mailer",
        arn="arn:aws:lambda:eu-west-1:111122223333:function:mailer",
        latest=Configuration(),
    )

    assert "its tags could not be read" == BY_TAG.of_function(function)
    assert "mail" == Owners(names=(("mail*", "mail"),), tags=("owner",)).of_function(function)


def test_names_go_before_stacks_and_stacks_before_tags(tmp_path: Path) -> None:
    """The first rule that fits decides, within a table in the order of the file."""
    text = template("      Tags: [{Key: owner, Value: by-tag}]").replace("python3.13", "python3.7")
    stacks = (("*.yaml", "by-stack"), ("*", "later"))
    named = [
        run(tmp_path, text, owners, "unsupported-runtime").findings[0].owner
        for owners in (
            Owners(names=(("Mailer", "by-name"),), stacks=stacks, tags=("owner",)),
            Owners(names=(("Other", "by-name"),), stacks=stacks, tags=("owner",)),
            Owners(tags=("owner",)),
            None,
        )
    ]

    assert ["by-name", "by-stack", "by-tag", None] == named


def test_a_tag_that_looks_like_a_secret_is_not_kept(tmp_path: Path) -> None:
    """Its value is in no estate, and names nobody."""
    key = "AKIA" + "Q7ZT3KXM2VNB4WLD"
    text = template(f"      Tags: [{{Key: owner, Value: {key}}}]").replace("python3.13", "python3.7")

    assert run(tmp_path, text, BY_TAG, "unsupported-runtime").findings[0].owner is None
