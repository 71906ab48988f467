"""Claims about names that attack the reader of a result: in every output they are only words."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.controls.registry import all_controls
from apiece.present import json_, sarif, text
from apiece.present.safe import inert, safe

HOSTILE = {
    "escape": "\x1b[2J\x1b[31mclean",
    "c1": "\x9b31mclean",
    "title": "\x1b]0;owned\x07",
    "newline": "a\nno findings in 0 functions",
    "return": "a\rno findings",
    "separator": "a\u2028b\u2029c",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown": "[click](https://example.com/x) ![x](https://example.com/y.png)",
    "override": "abc\u202egnp.exe",
    "isolate": "a\u2066b\u2069",
    "zero-width": "a\u200bb\ufeff",
    "tags": "a\U000e0041\U000e0042",
    "backspace": "fail\b\b\b\bpass",
    "delete": "a\x7fb",
    "back-tick": "`; rm -rf ~ #`",
    "percent": "%s%n{0}{name}",
    "long": "L" * 65_536,
}


def _template(name: str) -> str:
    """A template with the name wherever names stand."""
    function: dict[str, Any] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": name,
            "Runtime": name,
            "Handler": name,
            "Role": {"Fn::GetAtt": [name, "Arn"]},
            "Code": {"ZipFile": "pass"},
            "Environment": {"Variables": {name + "PASSWORD": "Sunny-Day-42x!"}},
            "VpcConfig": {"SecurityGroupIds": [{"Ref": name}]},
        },
    }
    statement = {"Sid": name, "Effect": "Allow", "Action": ["s3:*", name], "Resource": ["*", name]}
    trust = {"Effect": "Allow", "Principal": {"AWS": ["*", name], "Service": [name]}, "Action": "sts:AssumeRole"}
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {"Statement": [trust, {**trust, "Condition": {"StringEquals": {name: name}}}]},
            "Policies": [{"PolicyName": name, "PolicyDocument": {"Statement": [statement]}}],
        },
    }
    return json.dumps({
        "Description": name,
        "Parameters": {name + "P": {"Type": "String", "Description": name}},
        "Resources": {name: role, name + "1": function, name + "2": function, name + "3": {"Type": name}},
        "Outputs": {name: {"Value": {"Ref": name}}},
    })  # fmt: skip


def _outputs(name: str, folder: Path) -> dict[str, str]:
    path = folder / "t.json"
    path.write_text(_template(name))
    reading = read_targets([str(path)], parameters={}, taken_at="2026-06-15T08:00:00Z")
    run = check(reading.estate, all_controls(), today=dt.date(2026, 6, 15))
    assert run.findings
    return {
        "text": text.render(run, reading.documents),
        "verbose": text.render(run, reading.documents, detail=text.Detail.FULL),
        "json": json_.render(run),
        "sarif": sarif.render(run, all_controls(), version="1"),
    }


@pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))
def test_no_output_holds_a_character_that_a_terminal_obeys(name: str, tmp_path: Path) -> None:
    """Whatever the name, outputs hold printable characters and the line feeds that we wrote."""
    for form, shown in _outputs(name, tmp_path).items():
        assert "" == "".join(char for char in shown if not char.isprintable() and char != "\n"), form


@pytest.mark.parametrize("name", list(HOSTILE.values()), ids=list(HOSTILE))
def test_a_name_adds_no_line_to_the_text(name: str, tmp_path: Path) -> None:
    """No name begins a line, and only our own line feeds end one."""
    shown = _outputs(name, tmp_path)["text"]

    assert not [line for line in shown.splitlines() if line.startswith("no findings")]
    assert shown.split("\n")[:-1] == shown.splitlines()


@pytest.mark.parametrize("name", [HOSTILE["override"], HOSTILE["c1"], HOSTILE["tags"], HOSTILE["html"]])
def test_json_gives_the_name_back(name: str, tmp_path: Path) -> None:
    """What is escaped is not changed: a reader of the document gets the name as it was."""
    found = json.loads(_outputs(name, tmp_path)["json"])["findings"]

    assert name + "1" in {item["subject"]["logical_id"] for item in found}


def test_no_message_of_sarif_is_a_link(tmp_path: Path) -> None:
    """SARIF turns `[words](target)` in messages into links; a name does not become one."""
    results = json.loads(_outputs(HOSTILE["markdown"], tmp_path)["sarif"])["runs"][0]["results"]

    assert results
    assert not [one for one in results if "](https" in one["message"]["text"].replace("\\](", "")]


def test_nothing_of_the_source_becomes_markdown(tmp_path: Path) -> None:
    """Only our own pages are markdown."""
    runs = json.loads(_outputs(HOSTILE["html"], tmp_path)["sarif"])["runs"]

    assert "<script>" not in json.dumps(runs[0]["tool"])
    assert all("markdown" not in one["message"] for one in runs[0]["results"])


def test_long_names_do_not_make_long_texts(tmp_path: Path) -> None:
    """64 KB names are cut in text and in messages of SARIF."""
    found = _outputs(HOSTILE["long"], tmp_path)

    assert max(map(len, found["text"].splitlines())) < 2_500
    assert all(len(one["message"]["text"]) <= 1_001 for one in json.loads(found["sarif"])["runs"][0]["results"])


def test_plain_words_of_any_language_stay() -> None:
    """Letters, signs and spaces are not touched."""
    assert "Größe 大きさ размер, 5 %" == safe("Größe 大きさ размер, 5 %")


@pytest.mark.parametrize(
    ("char", "spelled"),
    [("\x1b", "\\x1b"), ("\u202e", "\\u202e"), ("\U000e0041", "\\U000e0041"), ("\ud800", "\\ud800"), ("\n", "\\x0a")],
)
def test_what_paints_is_spelled_out(char: str, spelled: str) -> None:
    """Controls, formats and half surrogates are shown by their numbers."""
    assert f"a{spelled}b" == safe(f"a{char}b")


def test_a_cut_is_marked() -> None:
    """A long text ends with an ellipsis."""
    assert "aaa…" == safe("aaaa", most=3)


@pytest.mark.parametrize("name", [*HOSTILE.values(), "\U000e0041\x7f", "é大"])
def test_inert_json_means_the_same(name: str) -> None:
    """Only the spelling changes."""
    document = json.dumps({"name": name}, ensure_ascii=False)

    assert {"name": name} == json.loads(inert(document))
