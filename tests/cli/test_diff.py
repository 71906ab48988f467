"""Claims about `apiece diff` and `apiece why FUNCTION`: formats, exit codes, and documents that obey their schemas."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from inline_snapshot import snapshot

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schema"
TEMPLATE = """\
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Role: !GetAtt Own.Arn}
  Own:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: own
          PolicyDocument:
            Statement:
              - {Sid: Read, Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::uploads/*"}
              - {Sid: Tell, Effect: Allow, Action: "sns:Publish", Resource: "arn:aws:sns:*:111122223333:told"}
"""
MORE = TEMPLATE.replace('"s3:GetObject"', '"s3:*Object"').replace("sns:Publish", "sns:Subscribe")
OPEN = TEMPLATE.replace("!GetAtt Own.Arn", "arn:aws:iam::111122223333:role/elsewhere")


@pytest.fixture
def apiece(program: Run, tmp_path: Path) -> Run:
    """The program in a folder with three templates."""
    for name, text in {"old": TEMPLATE, "new": MORE, "open": OPEN}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return program


def test_a_change_reads_at_a_glance(apiece: Run) -> None:
    """What is gained with a request and a place, what is lost, and the count."""
    assert apiece("diff", "old.yaml", "new.yaml").stdout == snapshot("""\
Reader
  + s3 write: DeleteObject, PutObject, ReplicateObject and 1 more
      for example `s3:DeleteObject` on `arn:aws:s3:::uploads/example`
      by Allow `Read` of `own` at new.yaml:14:17
  + sns write: Subscribe
      for example `sns:Subscribe` on `arn:aws:sns:us-east-1:111122223333:told`
      by Allow `Tell` of `own` at new.yaml:15:17
  - sns write: Publish

old.yaml -> new.yaml: 1 may do more, 1 may do less, of 1 function
compared without scp: not both sides hold them
""")


def test_a_change_is_a_comment_on_a_pull_request(apiece: Run) -> None:
    """A table, with what is lost folded away."""
    assert apiece("diff", "old.yaml", "new.yaml", "-f", "markdown").stdout == snapshot("""\
### Access of functions: 1 may do more, 1 may do less, of 1 function

| function | gains | for example | by |
|---|---|---|---|
| **Reader** | s3 write (4) | `s3:DeleteObject` on `arn:aws:s3:::uploads/example` | by Allow `Read` of `own` at new.yaml:14:17 |
| **Reader** | sns write (1) | `sns:Subscribe` on `arn:aws:sns:us-east-1:111122223333:told` | by Allow `Tell` of `own` at new.yaml:15:17 |

<details><summary>Lost</summary>

- **Reader**: sns write (1)

</details>

Compared without scp: not both sides hold them.
""")  # noqa: E501


def test_everything_that_a_function_may_do_is_listed_by_resource(apiece: Run) -> None:
    """Without an action and a resource."""
    assert apiece("why", "Reader", "-e", "old.yaml").stdout == snapshot("""\
Reader may do as `Own`:

  on arn:aws:s3:::uploads/*
    s3  Read  GetObject

  on arn:aws:sns:*:111122223333:told
    sns  Write  Publish

outside this source: scp, rcp, and the resources' own policies
""")


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("old", "old", 0), ("old", "new", 1), ("old", "open", 3), ("old", "missing", 2)],
)
def test_the_format_never_changes_the_exit_code(apiece: Run, old: str, new: str, code: int, form: str) -> None:
    """0 nothing gained, 1 something, 3 not known, 2 unreadable."""
    assert code == apiece("diff", f"{old}.yaml", f"{new}.yaml", "--format", form).returncode


@pytest.mark.parametrize(
    ("schema", "arguments"),
    [
        ("diff-1", ("diff", "old.yaml", "new.yaml", "-f", "json")),
        ("diff-1", ("diff", "old.yaml", "open.yaml", "-f", "json")),
        ("access-1", ("why", "Reader", "-e", "new.yaml", "-f", "json")),
        ("access-1", ("why", "Reader", "-e", "open.yaml", "-f", "json")),
        ("compare-1", ("iam", "compare", "a.json", "b.json", "-f", "json")),
        ("compare-1", ("iam", "compare", "b.json", "a.json", "-f", "json")),
        ("compare-1", ("iam", "compare", "--jsonl", "bad.jsonl")),
        ("minimise-1", ("iam", "minimise", "b.json", "-f", "json")),
        ("minimise-1", ("iam", "minimise", "--jsonl", "bad.jsonl")),
        ("public-1", ("iam", "public", "c.json", "-f", "json")),
        ("public-1", ("iam", "public", "--jsonl", "bad.jsonl")),
    ],
)
def test_documents_obey_their_schemas(apiece: Run, schema: str, arguments: tuple[str, ...]) -> None:
    """What is written is what `docs/schema` promises."""
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    Path("a.json").write_text(json.dumps({"Statement": read}))
    Path("b.json").write_text(json.dumps({"Statement": {**read, "Action": "s3:Get*"}}))
    Path("c.json").write_text(json.dumps({"Statement": {**read, "Principal": "*"}}))
    Path("bad.jsonl").write_text('{"id": {"a": 1}}')
    document = json.loads(apiece(*arguments).stdout)

    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text()))


def test_a_witness_is_a_request_that_evaluate_takes(apiece: Run) -> None:
    """Piped back, it is decided."""
    found = json.loads(apiece("diff", "old.yaml", "new.yaml", "-f", "json").stdout)
    requests = [row["witness"] for one in found["functions"] for row in one["gained"]]
    lines = "\n".join(json.dumps({"request": request, "identity": []}) for request in requests)
    result = apiece("iam", "evaluate", "--jsonl", stdin=lines)

    assert 0 == result.returncode
    assert len(requests) == len(result.stdout.splitlines()) > 0


def test_a_result_goes_to_a_file(apiece: Run) -> None:
    """And nothing to the terminal."""
    result = apiece("diff", "old.yaml", "new.yaml", "-f", "markdown", "-o", "access.md")

    assert ("", True) == (result.stdout, Path("access.md").read_text().startswith("### Access of functions"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("why", "Reader", "s3:GetObject", "-e", "old.yaml"),
        ("why", "Reader", "-e", "old.yaml", "--context", "a=b"),
        ("why", "Raeder", "-e", "old.yaml"),
        ("diff", "old.yaml"),
        ("diff", "old.yaml", "new.yaml", "--format", "html"),
    ],
)
def test_wrong_use_is_two_and_writes_no_result(apiece: Run, arguments: tuple[str, ...]) -> None:
    """Half a question is none."""
    result = apiece(*arguments)

    assert (2, "") == (result.returncode, result.stdout)
    assert result.stderr
