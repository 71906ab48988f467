"""The example shop, checked the way a user does it: what is planted is found, and nothing else."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SHOP = REPOSITORY / "examples" / "shop"
PLANTED = json.loads((SHOP / "planted.json").read_text(encoding="utf-8"))
CLEAN = PLANTED["clean"]
RESOURCES = {"ParcelEvents"}
"""What findings are about besides functions."""
RAISED = {"error", "warning"}
NOT_PLANTED = {"api-without-authorizer", "escalation-possible"}
"""Controls that the shop has subjects for, and passes."""
TODAY = "2026-11-24"


@cache
def _apiece(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line from the examples' folder, so that files are named `shop/…`."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "src"), "NO_COLOR": "1"}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "apiece", *arguments],
        cwd=SHOP.parent,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def _check(*options: str) -> subprocess.CompletedProcess[str]:
    return _apiece("check", "shop", "--today", TODAY, *options)


def _findings(*severities: str) -> list[dict]:
    return [
        item for item in json.loads(_check("--format", "json").stdout)["findings"] if item["severity"] in severities
    ]


def _functions() -> list[str]:
    """The logical ids of all functions, read off the templates without apiece."""
    found = re.compile(r"^  (\w+):\n    Type: AWS::(?:Serverless|Lambda)::Function$", re.MULTILINE)
    return [name for template in sorted(SHOP.glob("*/template.yaml")) for name in found.findall(template.read_text())]


def _secret() -> str:
    """The one secret of the shop, read off the template."""
    text = (SHOP / "fulfilment" / "template.yaml").read_text(encoding="utf-8")
    return re.search(r"PROVIDER_API_KEY: (\S+)", text)[1]


def test_exactly_what_is_planted_is_found() -> None:
    """Control, subject, file, line and severity of all errors and warnings are those that `planted.json` lists."""
    expected = {
        (item["control"], item["subject"], f"shop/{item['stack']}", item["line"], item["severity"])
        for item in PLANTED["planted"]
    }
    found = _findings(*RAISED)
    actual = {
        (item["control"], item["subject"]["logical_id"], item["at"][0]["file"], item["at"][0]["line"], item["severity"])
        for item in found
    }

    assert expected == actual
    assert len(expected) == len(found)


def test_every_control_finds_something() -> None:
    """The shop has something for each control above a note that templates can be judged by; others need an account."""
    document = json.loads(_check("--format", "json").stdout)
    controls = {
        item["id"]
        for item in document["controls"]
        if item["population"] > item["not_applicable"] and item["severity"] in RAISED
    }

    assert controls - NOT_PLANTED == {item["control"] for item in PLANTED["planted"]}


def test_the_list_of_the_planted_is_about_the_shop_as_it_is() -> None:
    """Every function is either clean or has something planted, and none is both."""
    planted = {item["subject"] for item in PLANTED["planted"]} - RESOURCES

    assert sorted(_functions()) == sorted([*planted, *CLEAN])


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_function_has_no_findings_but_notes_on_what_aws_provides(name: str) -> None:
    """What looks guilty and is not gets at most a note: on a policy that AWS wrote, on AWS's key, on AWS's way out."""
    about = [item for item in _findings("error", "warning", "note") if item["subject"]["logical_id"] == name]
    of_aws = ("AWS managed policy `AWSLambda", "encrypted with AWS's key", "as AWS lets a group that states nothing")

    assert [] == [item["message"] for item in about if not any(one in item["message"] for one in of_aws)]


def test_everything_is_decided() -> None:
    """The two stacks together hold all that the controls ask for: no gap, no unknown."""
    run = json.loads(_check("--format", "json").stdout)

    assert ([], []) == (run["gaps"], run["undecided"])


def test_findings_make_the_exit_code_one() -> None:
    """Errors were found, so a pipeline stops."""
    assert 1 == _check().returncode


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "shop", "--today", TODAY),
        ("check", "shop", "--today", TODAY, "--verbose"),
        ("check", "shop", "--today", TODAY, "--format", "json"),
        ("check", "shop", "--today", TODAY, "--format", "sarif"),
        ("snapshot", "shop"),
    ],
    ids=["text", "verbose", "json", "sarif", "snapshot"],
)
def test_the_secret_is_never_written(arguments: tuple[str, ...]) -> None:
    """No output holds the secret's value or a long piece of it, and no log does."""
    result = _apiece(*arguments)
    secret = _secret()
    pieces = {secret[start : start + 10] for start in range(len(secret) - 9)}

    assert result.stdout
    assert not {piece for piece in pieces if piece in result.stdout or piece in result.stderr}


def test_the_readme_tells_of_every_function_and_every_finding() -> None:
    """The shop's readme links each function's code and each planted line."""
    text = (SHOP / "README.md").read_text(encoding="utf-8")
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)}
    places = {f"{item['stack']}#L{item['line']}" for item in PLANTED["planted"]}

    assert set(_functions()) == set(re.findall(r"^\| \[`(\w+)`\]", text, re.MULTILINE))
    assert set() == {link for link in links if not (SHOP / link).exists()}
    assert places <= set(re.findall(r"\]\(([^)]+)\)", text))
