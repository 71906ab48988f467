"""The templates of the shared corpus, read: none breaks the reader, and no function is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from apiece.errors import MalformedSource
from apiece.estate.subject import SubjectKind
from apiece.read.cloudformation.estate import read_templates
from apiece.read.cloudformation.load import load
from apiece.read.reading import Reading
from apiece.span import Span

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iac"
FORMATS = frozenset({"sam", "cfn", "cdk-snapshot", "cfn-iam"})
NOW = "2026-06-15T08:00:00Z"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")

UNREADABLE = {
    "aws__aws-sam-cli/samcli/lib/init/templates/cookiecutter-aws-sam-hello-java-maven/"
    "{{cookiecutter.project_name}}/template.yaml": (
        "A template of templates: `{{ cookiecutter.… }}` stands where a text must, which YAML takes for an object as "
        "a key. CloudFormation refuses it; the file that is made of it is read."
    ),
    "bridgecrewio__checkov/tests/secrets/resources/cfn/secret-no-false-positive.yml": (
        "A fragment: it begins with a text in three double quotes, which YAML takes for one text behind another, and "
        "has no `Resources`. CloudFormation refuses it."
    ),
}
"""Files of which nothing can be read, each with one function by the index, and why CloudFormation cannot either."""

NO_TEMPLATES = {
    "aws-cloudformation__cfn-lint/test/fixtures/schemas/resources/": "schemas of resource types, which describe SAM",
    "bridgecrewio__checkov/tests/cloudformation/graph/checks/test_checks/LambdaFunction.yaml": "a check of checkov",
}
"""Files, or folders, that the index takes for templates by a word in them: they have no `Resources`."""


@cache
def index() -> tuple[tuple[str, int], ...]:
    """The template files of the corpus with the functions that a regular expression counted."""
    lines = [json.loads(line) for line in (CORPUS / "index.jsonl").read_text().splitlines()]
    return tuple((line["path"], line["functions"]) for line in lines if line["format"] in FORMATS)


@cache
def read(path: str) -> Reading:
    return read_templates({path: (CORPUS / path).read_bytes()}, parameters={}, taken_at=NOW)


def found(path: str) -> int:
    """Functions are counted once, however many forms their conditions give them."""
    return len({function.subject.key for function in read(path).estate.functions})


def unread(path: str) -> list[str]:
    """Why a whole file could not be read."""
    gaps = [gap for gap in read(path).estate.gaps if gap.subject.kind is SubjectKind.STACK and gap.needs == "stack"]
    return [gap.reason for gap in gaps if "macro" not in gap.reason]


def refused() -> Iterator[tuple[str, Span | None]]:
    for path in sorted(str(file.relative_to(CORPUS)) for file in CORPUS.rglob("*.*") if file.is_file()):
        try:
            load((CORPUS / path).read_bytes(), path)
        except MalformedSource as error:
            yield path, error.span


def test_any_file_is_loaded_or_refused_with_its_place() -> None:
    """No file of the corpus, Terraform and prose among them, makes the loader raise anything but `MalformedSource`."""
    errors = dict(refused())
    templates = {path for path, _ in index()}

    assert sorted(UNREADABLE) == sorted(errors.keys() & templates)
    assert None not in errors.values()


def test_every_template_is_read_or_is_a_gap_with_a_reason() -> None:
    """All but the argued files are read; those are each one gap on their stack, with the reason."""
    gaps = {path: unread(path) for path, _ in index() if unread(path)}
    others = {path: reasons for path, reasons in gaps.items() if path not in UNREADABLE}

    assert sorted(UNREADABLE) == sorted(gaps.keys() - others)
    assert all(path.startswith(tuple(NO_TEMPLATES)) for path in others)
    assert {"not a CloudFormation template: it has no `Resources` with a `Type`"} == {
        reason for reasons in others.values() for reason in reasons
    }
    assert all(len(reasons) == 1 for reasons in gaps.values())


def test_no_function_is_lost() -> None:
    """Each file has as many functions as the index counts, but for the argued files; 98 % is the promise."""
    differing = {path: (expected, found(path)) for path, expected in index() if expected != found(path)}
    total = sum(expected for _, expected in index())

    assert dict.fromkeys(UNREADABLE, (1, 0)) == differing
    assert total > 300
    assert sum(found(path) for path, _ in index()) >= 0.98 * total
