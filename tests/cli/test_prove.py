"""Claims about `apiece iam compare`, `minimise` and `public` at the terminal."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from inline_snapshot import snapshot

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NARROW = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/*"}
  ]
}
"""
WIDE = NARROW.replace("s3:GetObject", "s3:Get*")
SITE = NARROW.replace('"Effect"', '"Principal": "*", "Effect"')


@pytest.fixture
def apiece(program: Run, tmp_path: Path) -> Run:
    """The program in a folder with a few policies."""
    for name, text in {"narrow": NARROW, "wide": WIDE, "site": SITE}.items():
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "bad.json").write_text('{"Statement": [{"Effect": "Perhaps"}]}')
    return program


def test_new_access_is_shown_by_a_request(apiece: Run) -> None:
    """Exit code 1; the request, other actions, and the statement with its place."""
    result = apiece("iam", "compare", "narrow.json", "wide.json")

    assert 1 == result.returncode
    assert result.stdout == snapshot("""\
new access: wide.json allows what narrow.json does not
  for example: `arn:aws:iam::111122223333:role/example` may `s3:GetObjectAcl` on `arn:aws:s3:::uploads/example`
  and the same with s3:GetObjectAnnotation, s3:GetObjectAttributes, s3:GetObjectLegalHold, s3:GetObjectRetention and 6 more
  by Allow `Read` at wide.json:4:5
""")  # noqa: E501


def test_no_new_access_is_said_in_a_line(apiece: Run) -> None:
    """Exit code 0, and the proof in a file for who wants it."""
    result = apiece("iam", "compare", "wide.json", "narrow.json", "--certificate", "proof.json")

    assert 0 == result.returncode
    assert result.stdout == snapshot("no new access: wide.json allows everything that narrow.json allows\n")
    assert "apiece/certificate/1" == json.loads(Path("proof.json").read_text())["schema"]


def test_no_proof_is_written_of_what_is_not_so(apiece: Run) -> None:
    """Where there is new access there is no certificate."""
    apiece("iam", "compare", "narrow.json", "wide.json", "--certificate", "proof.json")

    assert not Path("proof.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("compare", "wide.json", "narrow.json"), 0),
        (("compare", "narrow.json", "wide.json"), 1),
        (("compare", "site.json", "site.json"), 0),
        (("compare", "narrow.json", "bad.json"), 2),
        (("compare", "narrow.json", "site.json"), 2),
        (("compare", "narrow.json", "missing.json"), 2),
        (("compare", "narrow.json", "wide.json", "site.json"), 2),
        (("compare", "narrow.json", "wide.json", "--jsonl"), 2),
        (("compare", "narrow.json", "--kind", "scp"), 2),
        (("minimise", "wide.json"), 0),
        (("minimise", "site.json"), 2),
        (("minimise", "site.json", "--kind", "resource"), 0),
        (("public", "site.json"), 1),
        (("public", "narrow.json"), 2),
        (("public", "bad.json"), 2),
    ],
)
def test_the_exit_code_is_the_answer(apiece: Run, arguments: tuple[str, ...], code: int) -> None:
    """0 no, 1 yes, 2 not readable."""
    result = apiece("iam", *arguments)

    assert code == result.returncode
    assert bool(result.stdout) is (code != 2)


@pytest.mark.parametrize("command", ["compare", "minimise", "public"])
def test_json_says_the_same_with_its_schema(apiece: Run, command: str) -> None:
    """The format never changes the code, and the document names its version."""
    files = {"compare": ("narrow.json", "wide.json"), "minimise": ("wide.json",), "public": ("site.json",)}[command]
    shown, told = apiece("iam", command, *files, "--format", "json"), apiece("iam", command, *files)

    assert shown.returncode == told.returncode
    assert f"apiece/{command}/1" == json.loads(shown.stdout)["schema"]


@pytest.mark.parametrize("command", ["compare", "minimise", "public"])
def test_cases_are_answered_a_line_each(apiece: Run, command: str) -> None:
    """Bad lines are answered in their place; one of them makes the exit code 2."""
    policies = {"old": [], "new": json.loads(WIDE), "policies": json.loads(WIDE), "policy": json.loads(SITE)}
    good = json.dumps({"id": "good", **policies})
    result = apiece("iam", command, "--jsonl", stdin=f"{good}\nnonsense\n\n{good}\n")
    answers = [json.loads(line) for line in result.stdout.splitlines()]

    assert 2 == result.returncode
    assert ["good", None, "good"] == [one["id"] for one in answers]
    assert [False, True, False] == ["error" in one for one in answers]
    assert "unknown" == answers[1]["verdict"]


def test_one_case_is_answered_in_full(apiece: Run) -> None:
    """Without --jsonl a single case is answered with indentation."""
    result = apiece("iam", "compare", stdin=json.dumps({"old": json.loads(NARROW), "new": json.loads(WIDE)}))

    assert (1, "new-access") == (result.returncode, json.loads(result.stdout)["verdict"])


def test_the_smaller_policy_is_the_result(apiece: Run) -> None:
    """It stands on standard output by itself, what was done on standard error."""
    Path("twice.json").write_text(NARROW.replace('"s3:GetObject"', '["s3:GetObject", "s3:Get*"]'))
    result = apiece("iam", "minimise", "twice.json")

    assert json.loads(WIDE) == json.loads(result.stdout)
    assert "dropped actions of statement Read that others of it take in\n" == result.stderr


def test_whom_a_policy_lets_in_is_shown_by_a_request(apiece: Run) -> None:
    """Who, a request, and the statement with its place."""
    assert apiece("iam", "public", "site.json").stdout == snapshot("""\
public: site.json lets in anyone, without signing in
  for example: anyone, without signing in, may `s3:GetObject` on `arn:aws:s3:::uploads/example`
  by Allow `Read` at site.json:4:5
""")


def test_who_is_not_public_is_said_in_a_line(apiece: Run) -> None:
    """A policy for one's own account lets nobody in from outside."""
    Path("own.json").write_text(SITE.replace('"*"', '{"AWS": "111122223333"}'))
    result = apiece("iam", "public", "own.json", "--owner", "111122223333")

    assert (0, "not public: own.json lets in nobody from outside\n") == (result.returncode, result.stdout)


@pytest.fixture
def proof(apiece: Run) -> Run:
    """The program in a folder that also has a proof that `narrow` allows nothing beyond `wide`."""
    apiece("iam", "compare", "wide.json", "narrow.json", "--certificate", "proof.json")
    return apiece


def test_a_proof_is_checked(proof: Run) -> None:
    """By a program that shares nothing with the one that made it."""
    result = proof("iam", "check", "proof.json", "wide.json", "narrow.json")

    assert (0, "proved: wide.json allows everything that narrow.json allows\n") == (result.returncode, result.stdout)


def test_a_proof_proves_nothing_else(proof: Run) -> None:
    """The same certificate is refused for the opposite claim."""
    result = proof("iam", "check", "proof.json", "narrow.json", "wide.json")

    assert (1, "refused: ") == (result.returncode, result.stdout[:9])


def test_a_proof_that_was_shortened_is_refused(proof: Run) -> None:
    """Every request must be covered."""
    certificate = json.loads(Path("proof.json").read_text())
    certificate["cubes"][0]["entries"].pop()
    Path("proof.json").write_text(json.dumps(certificate))

    assert 1 == proof("iam", "check", "proof.json", "wide.json", "narrow.json").returncode


def test_a_proof_about_principals_says_what_it_rests_on(proof: Run) -> None:
    """The kinds of callers are the solver's."""
    proof("iam", "compare", "site.json", "site.json", "--certificate", "site-proof.json")
    result = proof("iam", "check", "site-proof.json", "site.json", "site.json")

    assert 0 == result.returncode
    assert "the kinds of callers are those that the solver tells apart" in result.stdout


@pytest.mark.parametrize("text", ["{}", "[]", "3", '{"schema": 1, "catalog": [], "cubes": {}}', "[" * 200 + "]" * 200])
def test_what_is_no_proof_is_refused(proof: Run, text: str) -> None:
    """Whatever the JSON holds."""
    Path("proof.json").write_text(text)

    assert 1 == proof("iam", "check", "proof.json", "wide.json", "narrow.json").returncode


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_a_proof_that_cannot_be_read_is_two(proof: Run, text: str) -> None:
    """What is no JSON, or nested too deep, is told with its place."""
    Path("proof.json").write_text(text)
    result = proof("iam", "check", "proof.json", "wide.json", "narrow.json")

    assert (2, "") == (result.returncode, result.stdout)
    assert "proof.json:1:" in result.stderr


def test_keys_that_are_taken_to_have_one_value_are_told(apiece: Run) -> None:
    """A proof over fewer requests says over which."""
    for name, keys in {"some": '["a", "b"]', "one": '"a"'}.items():
        condition = f'"Condition": {{"StringEquals": {{"aws:TagKeys": {keys}}}}}, "Effect"'
        Path(f"{name}.json").write_text(NARROW.replace('"Effect"', condition))
    compared = apiece("iam", "compare", "some.json", "one.json", "--certificate", "proof.json")
    checked = apiece("iam", "check", "proof.json", "some.json", "one.json")
    smaller = apiece("iam", "minimise", "one.json")

    assert "  for requests in which aws:tagkeys has at most one value\n" in compared.stdout
    assert "  for requests in which aws:tagkeys has at most one value\n" in checked.stdout
    assert "proved for requests in which aws:tagkeys has at most one value\n" in smaller.stderr
