"""Claims about `[owners]` of the settings, and where owners are seen."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
TEMPLATE = """\
Resources:
  Mailer:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.7
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/mailer
      Code: {S3Bucket: code, S3Key: mailer.zip}
"""


@pytest.fixture
def owned(program: Run, tmp_path: Path) -> Run:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "apiece.toml").write_text(
        '[owners.names]\n"Mail*" = "team-mail"\n[owners.controls]\n"*" = "security"\n'
    )
    return program


def test_text_names_the_owner(owned: Run) -> None:
    """Each block says whose it is, and a run of one line too."""
    assert " = owner: team-mail\n" in owned("check", "template.yaml").stdout
    assert " (owner team-mail)\n" in owned("check", "template.yaml", "-f", "concise").stdout


def test_json_and_sarif_name_the_owner(owned: Run) -> None:
    """As a member and as a property."""
    found = json.loads(owned("check", "template.yaml", "-f", "json").stdout)["findings"]
    results = json.loads(owned("check", "template.yaml", "-f", "sarif").stdout)["runs"][0]["results"]

    assert {"team-mail"} == {one["owner"] for one in found}
    assert {"team-mail"} == {one["properties"]["owner"] for one in results}


def test_the_matrix_names_the_owner_of_controls(owned: Run) -> None:
    """The settings say who answers for a control."""
    text = owned("controls", "-f", "csv").stdout

    assert ",security," in text
    assert "not named" not in text


def test_without_rules_nobody_is_named(program: Run, tmp_path: Path) -> None:
    """The member is there, and null."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)

    assert {None} == {
        one["owner"] for one in json.loads(program("check", "template.yaml", "-f", "json").stdout)["findings"]
    }


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("owners = 1", "`owners` must be a table"),
        ('[owners]\ntag = ["owner"]', "did you mean `tags`?"),
        ('[owners]\ntags = "owner"', "`owners.tags` must be a list of texts"),
        ('[owners.names]\n"a*" = 1', "`owners.names` must be a table of texts"),
        ('[owners.stacks]\n"a*" = " "', "`owners.stacks` must be a table of texts"),
        ('[owners.controls]\n"orphan-rule" = "a"', "did you mean `orphan-role`?"),
        ("[owners]", "`[owners]` names nobody"),
    ],
)
def test_what_is_no_setting_is_refused(settings: str, told: str, program: Run, tmp_path: Path) -> None:
    """A mistake in the settings is never taken for no rule."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "apiece.toml").write_text(settings)
    done = program("check", "template.yaml")

    assert 2 == done.returncode
    assert told in done.stderr
