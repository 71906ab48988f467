"""Claims about secrets in templates: none ever leaves, in whatever output or error, and wherever it was planted.

No credential is written down here: every one is put together at test time, from generated characters.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import string
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.cli.rim import complain
from apiece.controls.registry import all_controls
from apiece.errors import ApieceError
from apiece.estate import snapshot
from apiece.present import json_, sarif, text
from apiece.present.masked import masked

QUICK = settings(
    derandomize=True,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.filter_too_much, HealthCheck.too_slow),
)
ALNUM = string.ascii_letters + string.digits


def _made(alphabet: str, least: int, most: int | None = None) -> st.SearchStrategy[str]:
    """Generated-looking text with many different characters in it."""
    return st.text(alphabet, min_size=least, max_size=most or least).filter(lambda made: len(set(made)) > least // 3)


def _mixed(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return _made(ALNUM, least, most).filter(
        lambda made: any(map(str.isdigit, made)) and any(map(str.isupper, made)) and any(map(str.islower, made))
    )


def _b64(made: str) -> str:
    return base64.urlsafe_b64encode(made.encode()).decode().rstrip("=")


SHAPES: dict[str, st.SearchStrategy[str]] = {
    "github": _mixed(36).map(lambda made: "gh" + "p_" + made),
    "slack": st.tuples(_made(string.digits, 11), _mixed(24)).map(lambda made: "xo" + f"xb-{made[0]}-{made[1]}"),
    "stripe": _mixed(24).map(lambda made: "sk_" + "live_" + made),
    "aws-key-id": _made(string.ascii_uppercase + "234567", 16).map(lambda made: "AK" + "IA" + made),
    "jwt": st.tuples(_mixed(20), _mixed(30), _mixed(43)).map(
        lambda made: f"{_b64(json.dumps({'alg': 'HS256', 'x': made[0]}))}.{_b64(json.dumps({'y': made[1]}))}.{made[2]}"
    ),
    "pem": _mixed(64).map(
        lambda made: (
            "-----BEGIN " + "RSA PRIVATE " + f"KEY-----\nMIIE{made}\n{made[::-1]}\n-----END RSA PRIVATE KEY-----\n"
        )
    ),
    "url": st.tuples(_mixed(12), st.sampled_from(["https", "postgres", "mongodb+srv", "amqps"])).map(
        lambda made: f"{made[1]}://app:{made[0]}@db.example.com:5432/main"
    ),
}
"""Shapes that are recognised wherever they stand."""
PASSWORDS = _made(ALNUM + " -:{}[],&*|>?'\"!#%@=<;\\", 14, 30).filter(
    lambda made: sum(char.isalnum() for char in made) > 8 and made == made.strip() and any(map(str.isdigit, made))
)
"""Texts that only their place gives away."""


def _template(name: str, secret: str) -> dict[str, Any]:
    """A template that does everything wrong, with a secret at one kind of place."""
    at = dict.fromkeys(
        ("env", "default", "code", "description", "policy", "sid", "resource", "header", "user"), "harmless"
    )
    at["resource"] = "arn:aws:s3:::*"
    at[name] = secret
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com", "AWS": "*"},
        "Action": "sts:AssumeRole",
    }
    condition = {"StringEquals": {"aws:Referer": at["policy"]}}
    statement = {
        "Sid": at["sid"],
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": at["resource"],
        "Condition": condition,
    }
    return {
        "Description": at["description"],
        "Parameters": {"DbPassword": {"Type": "String", "Default": at["default"], "Description": at["description"]}},
        "Resources": {
            "Reader": {
                "Type": "AWS::Lambda::Function",
                "Metadata": {"note": at["description"]},
                "Properties": {
                    "Description": at["description"],
                    "Runtime": "python3.8",
                    "Handler": "app.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": f"import os\nKEY = '{at['code']}'\n"},
                    "Environment": {
                        "Variables": {
                            "DB_PASSWORD": at["env"],
                            "ANY": at["env"],
                            "JOINED": {"Fn::Sub": "x ${AWS::Region} " + at["env"].replace("$", "")},
                            "PARAM_TOKEN": {"Ref": "DbPassword"},
                        }
                    },
                },
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {"Statement": [{**trust, "Condition": condition}]},
                    "Description": at["description"],
                    "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}],
                },
            },
            "Url": {"Type": "AWS::Lambda::Permission", "Properties": {
                "FunctionName": {"Ref": "Reader"}, "Action": "lambda:InvokeFunction", "Principal": "*",
                "EventSourceToken": at["policy"],
            }},
            "Database": {
                "Type": "AWS::RDS::DBInstance",
                "Properties": {"MasterUserPassword": at["env"], "MasterUsername": at["user"]},
            },
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": at["env"]}},
        },
    }  # fmt: skip


def _outputs(document: str, file: str) -> Iterator[str]:
    """Everything that a user could see of a template: results in all forms, or the error."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.write_bytes(document.encode())
        try:
            reading = read_targets([str(path)], parameters={}, taken_at="2026-06-15T08:00:00Z")
        except ApieceError as error:
            stream = io.StringIO()
            with redirect_stderr(stream):
                complain(error)
            yield from (str(error), error.hint or "", stream.getvalue())
            return
    controls = all_controls()
    run = check(reading.estate, controls, today=dt.date(2026, 6, 15))
    written = (
        text.render(run, reading.documents, detail=text.Detail.FULL),
        text.render(run, reading.documents, colour=text.Colour.ON),
        json_.render(run),
        sarif.render(run, controls, version="1"),
        snapshot.dump(reading.estate).decode(),
    )
    yield from (masked(one, reading.secrets) for one in written)
    yield str(run.findings) if not masked(str(run), reading.secrets) else ""


def _leaks(document: str, secret: str, file: str = "t.json") -> list[str]:
    """Pieces of a secret, of ten characters or more, that an output holds in its own or in JSON's spelling."""
    length = min(10, len(secret))
    pieces = {secret[start : start + length] for start in range(len(secret) - length + 1)}
    pieces = {piece for piece in pieces if not _is_common(piece)}
    pieces |= {json.dumps(piece)[1:-1] for piece in pieces}
    return [piece for shown in _outputs(document, file) for piece in pieces if piece in shown]


def _is_common(piece: str) -> bool:
    """Pieces that are no secret: the armour of a key, and the host behind user information."""
    return any(
        piece in known for known in ("-----BEGIN RSA PRIVATE KEY-----\n", "\n-----END RSA PRIVATE KEY-----\n")
    ) or (piece in "@db.example.com:5432/main")


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("name", ["env", "default", "code", "description", "policy", "sid", "resource", "user"])
@settings(QUICK, max_examples=2)
@given(data=st.data())
def test_no_output_holds_a_recognised_secret(shape: str, name: str, data: st.DataObject) -> None:
    """Whatever its shape and wherever it stands, ten characters of it are nowhere."""
    secret = data.draw(SHAPES[shape])

    assert [] == _leaks(json.dumps(_template(name, secret)), secret)


@settings(QUICK, max_examples=15)
@given(secret=PASSWORDS, name=st.sampled_from(["env", "default", "code", "description"]))
@example(secret="p-4ss: [w0rd], {x}-Zq9", name="env")  # noqa: S106 - an example
def test_no_output_holds_a_password(secret: str, name: str) -> None:
    """Values of variables, defaults, code and descriptions stay inside although nothing recognises them."""
    assert [] == _leaks(json.dumps(_template(name, secret)), secret)


@pytest.mark.parametrize("style", ["plain", "block", "folded", "flow"])
@settings(QUICK, max_examples=4)
@given(secret=_mixed(24, 40))
def test_no_style_of_yaml_shows_a_secret(style: str, secret: str) -> None:
    """Plain, literal, folded and in flow."""
    written = {
        "plain": f"\n          DB_PASSWORD: {secret}  # was {secret}",
        "block": f"\n          DB_PASSWORD: |\n            {secret}\n            {secret}",
        "folded": f"\n          DB_PASSWORD: >-\n            {secret}\n\n            {secret}",
        "flow": f" {{DB_PASSWORD: '{secret}', OTHER: \"{secret}\"}}",
    }[style]
    document = (
        "Resources:\n  Reader:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.8\n"
        "      Handler: app.handler\n      Role: arn:aws:iam::111122223333:role/x\n"
        f"      Environment:\n        Variables:{written}\n"
    )

    assert [] == _leaks(document, secret, "t.yaml")


BROKEN = (
    "Resources: {{A: {{Type: {0}, Properties: [{0}",
    "{0}: {0}\n {0}: [",
    "Resources:\n  A: {0}\n",
    "Resources:\n  A:\n    Type: AWS::Lambda::Function\n    Properties: {0}\n",
    "Resources:\n  A:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: {0}\n      Environment: {0}\n",
    "Resources:\n  A:\n    Type: AWS::Lambda::Function\n    Properties:\n      Environment: {{Variables: [{0}]}}\n",
    '{{"Statement": [{{"Effect": "{0}", "Action": "{0}"}}]}}',
    '{{"Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": "{0}"}}}}',
    '{{"schema": "apiece/snapshot/1", "taken_at": "{0}", "functions": "{0}"}}',
    "{0}",
    "!{0} x",
    "Resources: *{0}\n",
)
"""Documents that are refused or full of gaps; `{0}` is the secret."""


@pytest.mark.parametrize("document", BROKEN)
@settings(QUICK, max_examples=3)
@given(secret=SHAPES["github"] | SHAPES["stripe"] | _mixed(24).map(lambda made: "zq" + made))
def test_no_error_or_gap_holds_a_secret(document: str, secret: str) -> None:
    """What cannot be read is not quoted where it may be a secret."""
    assert [] == _leaks(document.format(secret), secret, "t.yaml")


@pytest.mark.parametrize("word", ["admin", "error", "severity", "Secret", "ROOT"])
def test_a_password_that_is_a_word_of_ours_is_not_masked_in_our_own_words(word: str) -> None:
    """A mask in our own words would spoil the output and tell the password."""
    ours = f'{{"id": "{word}-execution-role", "{word}": "{word}"}}'

    assert ours == masked(ours, [word])


def test_a_word_with_a_digit_is_masked() -> None:
    """What is no plain word is masked wherever it stands."""
    assert "holds `[sealed]`" == masked("holds `hunter" + "2`", ["hunter" + "2"])
