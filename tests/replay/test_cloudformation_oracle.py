"""The shared templates, resolved here and by `cloudformation-validate`: every difference is argued.

Run as a script, it prints the counts.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import pytest
from cloudformation_validate import ResolvedResource, ResolvedValue, TemplateModel, ValidationError

from apiece.errors import MalformedSource
from apiece.read.cloudformation import language_extensions
from apiece.read.cloudformation.load import is_template, load
from apiece.read.cloudformation.resolve import Resource, resolve
from apiece.read.cloudformation.stacks import read_stacks
from apiece.read.cloudformation.terms import Absent, Choice, RNode
from apiece.text import Symbolic
from apiece.tree import Mapping, Scalar, Sequence

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iac"
FORMATS = frozenset({"sam", "cfn", "cdk-snapshot", "cfn-iam"})
FUNCTION = "AWS::Serverless::Function"
COMMON = (
    *("FunctionName", "Handler", "Runtime", "PackageType", "ImageConfig", "Architectures", "Description", "Role"),
    *("Timeout", "MemorySize", "EphemeralStorage", "ReservedConcurrentExecutions"),
    *("Environment", "KmsKeyArn", "VpcConfig"),
)
"""Properties that a function of SAM and the function of Lambda it becomes have under one name."""
_STACK = "stack/teststack/51af3dc0-da77-11e4-872e-1234567db123"
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": f"arn:aws:cloudformation:us-east-1:123456789012:{_STACK}",
    "AWS::StackName": "teststack",
    "AWS::URLSuffix": "amazonaws.com",
}
"""What the oracle takes for pseudo parameters; ours are given the same."""


class Outcome(StrEnum):
    AGREED = "agreed"
    DIFFERENT = "different"
    OPEN = "open"
    """One of the two leaves the value to deployment, or to conditions."""


@dataclass(frozen=True)
class Open:
    """A value that is not known before deployment."""


@dataclass(frozen=True)
class Either:
    """`Fn::If`."""

    condition: str
    then: object
    otherwise: object


@dataclass(frozen=True)
class AnyOf:
    """The allowed values of a parameter."""

    values: tuple[object, ...]


@dataclass(frozen=True)
class Compared:
    outcome: Outcome
    file: str
    path: tuple[str, ...]
    theirs: object = None
    ours: object = None

    def __str__(self) -> str:
        return f"{self.file}: {'.'.join(self.path)}: theirs {self.theirs!r}, ours {self.ours!r}"


# ---- both sides as plain values --------------------------------------------------------------------------------------


def their_value(value: ResolvedValue) -> object:
    if value.is_concrete():
        return their_json(value.value)
    if value.is_list_value():
        return [their_value(item) for item in value.items]
    if value.is_map():
        return {entry.key: their_value(entry.value) for entry in value.entries}
    if value.is_conditional():
        return Either(value.condition, their_value(value.if_true), their_value(value.if_false))
    if value.is_enum_value():
        return AnyOf(tuple(their_value(variant) for variant in value.variants))
    return Open()


def their_json(value: object) -> object:
    if value.is_null():
        return None
    if value.is_array():
        return [their_json(item) for item in value.items]
    if value.is_object():
        entries = {key: their_json(item) for key, item in value.entries.items()}
        return Open() if any(key.startswith(("Fn::", "__intrinsic")) for key in entries) else entries
    return value.value


def our_value(node: RNode) -> object:
    match node:
        case Absent():
            return None
        case Choice():
            return Either(node.condition, our_value(node.then), our_value(node.otherwise))
        case Scalar(value=Symbolic()):
            return Open()
        case Scalar():
            return node.value
        case Mapping():
            return {str(key.value): our_value(item) for key, item in node.entries}
        case Sequence():
            return [our_value(item) for item in node.items]


def present(block: dict[str, object]) -> dict[str, object]:
    """`AWS::NoValue` and nothing are the same."""
    return {key: value for key, value in block.items() if value is not None}


# ---- comparison ------------------------------------------------------------------------------------------------------


def pairs(
    theirs: object, ours: object, path: tuple[str, ...]
) -> Iterator[tuple[Outcome, tuple[str, ...], object, object]]:
    """Walk both as far as both are alike; each leaf, and each place where they are not, is one comparison."""
    match theirs, ours:
        case (Open(), _) | (_, Open()):
            yield Outcome.OPEN, path, theirs, ours
        case Either(), Either() if theirs.condition == ours.condition:
            yield from pairs(theirs.then, ours.then, (*path, "then"))
            yield from pairs(theirs.otherwise, ours.otherwise, (*path, "else"))
        case (Either(), _) | (_, Either()):
            yield Outcome.OPEN, path, theirs, ours
        case AnyOf(values), str() | int():
            agreed = str(ours) in {str(value) for value in values}
            yield Outcome.AGREED if agreed else Outcome.DIFFERENT, path, theirs, ours
        case AnyOf(), _:
            yield Outcome.OPEN, path, theirs, ours
        case dict(), dict() if present(theirs) or present(ours):
            for key in sorted(present(theirs).keys() | present(ours).keys()):
                yield from pairs(theirs.get(key), ours.get(key), (*path, key))
        case list(), list() if len(theirs) == len(ours) and theirs:
            for index, (first, second) in enumerate(zip(theirs, ours, strict=True)):
                yield from pairs(first, second, (*path, str(index)))
        case _:
            agreed = type(theirs) is type(ours) and theirs == ours
            yield Outcome.AGREED if agreed else Outcome.DIFFERENT, path, theirs, ours


def compare(file: str, data: bytes) -> Iterator[Compared]:
    """Compare every property of every resource. Functions of SAM are compared as what they become."""
    root = load(data, file)
    assert isinstance(root, Mapping)
    model = TemplateModel(data).resources()
    (stack,), _ = read_stacks({file: data}, parameters=PSEUDO)
    expanded = stack.template.raw
    written = resolve(language_extensions.expand(root, parameters={})[0], stack=file, parameters=PSEUDO)
    for name in sorted(model.keys() - written.raw.keys()):
        yield Compared(Outcome.DIFFERENT, file, (name,), model[name].resource_type, None)
    for name, resource in written.raw.items():
        if name not in model:
            yield Compared(Outcome.DIFFERENT, file, (name,), None, resource.type)
            continue
        theirs, ours = sides(root, model[name], resource, expanded.get(name))
        for outcome, path, first, second in pairs(theirs, ours, (name,)):
            yield Compared(outcome, file, path, first, second)


def sides(root: Mapping, model: ResolvedResource, written: Resource, made: Resource | None) -> tuple[object, object]:
    theirs = {key: their_value(value) for key, value in model.properties.items()}
    if written.type == FUNCTION and made is not None:
        ours = our_value(made.properties)
        assert isinstance(ours, dict)
        return tuple({key: side[key] for key in COMMON if key in side and key in theirs} for side in (theirs, ours))
    ours = our_value(written.properties)
    if not isinstance(ours, dict):
        return Open(), ours
    for key in from_globals(root, written.type):  # the oracle adds them, and the written resource does not have them
        theirs.pop(key, None)
        ours.pop(key, None)
    return theirs, ours


def from_globals(root: Mapping, kind: str) -> frozenset[str]:
    common = root.get("Globals")
    section = common.get(kind.rpartition("::")[2]) if isinstance(common, Mapping) else None
    return frozenset(str(key.value) for key, _ in section.entries) if isinstance(section, Mapping) else frozenset()


# ---- what is argued --------------------------------------------------------------------------------------------------


def as_number(item: Compared) -> bool:
    if not isinstance(item.theirs, int | float) or not isinstance(item.ours, str):
        return False
    try:
        return float(item.ours) == item.theirs
    except ValueError:
        return False


def in_zones(item: Compared) -> bool:
    return isinstance(item.theirs, list) and all(str(zone).startswith("us-east-1") for zone in item.theirs)


def spaced(item: Compared) -> bool:
    return isinstance(item.theirs, str) and "${ " in item.theirs


def merged(item: Compared) -> bool:
    """A list with others before it, or a value that `Globals` state in the same place."""
    if isinstance(item.theirs, list) and isinstance(item.ours, list):
        return len(item.ours) > len(item.theirs) and item.ours[-len(item.theirs) :] == item.theirs
    node = load((CORPUS / item.file).read_bytes(), item.file)
    for key in ("Globals", "Function", *item.path[1:]):
        node = node.get(key) if isinstance(node, Mapping) else None
    return item.theirs is None and node is not None


@cache
def gaps(file: str) -> dict[str, frozenset[str | None]]:
    """What the reader says it cannot read of a file: functions by logical id, and resources by their paths."""
    (stack,), _ = read_stacks({file: (CORPUS / file).read_bytes()}, parameters=PSEUDO)
    functions = frozenset(gap.subject.logical_id for gap in stack.gaps if gap.needs == "function")
    return {"function": functions, "path": frozenset(gap.at.path for gap in stack.gaps if gap.at is not None)}


HOLDS: dict[str, Callable[[Compared], bool]] = {
    "numbers are texts": as_number,
    "zones of the account": in_zones,
    "Globals are merged": merged,
    "spaces around a name": spaced,
    "a function that was refused": lambda item: item.ours is None and item.path[0] in gaps(item.file)["function"],
    "a resource without a type": lambda item: f"Resources.{item.path[0]}" in gaps(item.file)["path"],
}
ARGUED = {
    "numbers are texts": """CloudFormation user guide, Parameters, `Number`: where the parameter is used, "the parameter
        value becomes a literal string". Fractions are kept as they are written, so that `1.10` stays a version.""",
    "zones of the account": """CloudFormation user guide, `Fn::GetAZs`: "customers have access to different Availability
        Zones", and where there are default subnets only their zones are given. The oracle lists those of a region.""",
    "Globals are merged": """SAM developer guide, Globals, overridable: "maps are merged", "lists are additive". Ours is
        what AWS's translator makes; the oracle keeps the map or list of the resource alone.""",
    "spaces around a name": """`${ Name }` stands in cfn-lint's templates of good style, and a person means the name
        by it. The oracle keeps it as a text. Where the service refuses it, nothing is deployed.""",
    "a function that was refused": """AWS's translator refuses the function. What bears on access is kept of it, and a
        gap on the function says that nothing about it is certain.""",
    "a resource without a type": """A module of Rain, or a resource without `Type`, is none of CloudFormation's; a gap
        names it.""",
}
"""Classes of differences, with the text that argues for ours."""

UNPARSED = {
    "aws-samples__serverless-patterns/eventbridge-webhooks/1-stripe/template.yml": (
        "YAML 1.1, section 7.4.1: a list in brackets may hold one pair, `[text, Key: value]`, as an object of its own."
    ),
}
"""Templates that the oracle refuses."""


def argument(item: Compared) -> str | None:
    return next((name for name, holds in HOLDS.items() if holds(item)), None)


@cache
def comparisons() -> tuple[tuple[Compared, ...], tuple[str, ...]]:
    """All comparisons, and the templates that the oracle refused."""
    lines = [json.loads(line) for line in (CORPUS / "index.jsonl").read_text().splitlines()]
    found: list[Compared] = []
    refused: list[str] = []
    for file in (line["path"] for line in lines if line["format"] in FORMATS):
        data = (CORPUS / file).read_bytes()
        try:
            if is_template(load(data, file)):
                found += compare(file, data)
        except MalformedSource:
            continue  # test_iac argues these
        except ValidationError:
            refused.append(file)
    return tuple(found), tuple(sorted(refused))


def of(outcome: Outcome) -> list[Compared]:
    return [item for item in comparisons()[0] if item.outcome is outcome]


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_every_difference_is_argued() -> None:
    """Where both give a value it is the same, but for classes that AWS's documentation decides for ours."""
    unargued = [str(item) for item in of(Outcome.DIFFERENT) if argument(item) is None]

    assert [] == unargued
    assert ARGUED.keys() == {argument(item) for item in of(Outcome.DIFFERENT)}
    assert tuple(sorted(UNPARSED)) == comparisons()[1]


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_agreements_are_many() -> None:
    """The comparison compares: more than ten thousand values are given by both and are the same."""
    assert len(of(Outcome.AGREED)) > 10_000


if __name__ == "__main__":
    for outcome in Outcome:
        sys.stdout.write(f"{len(of(outcome)):6} {outcome}\n")
    for name, count in Counter(map(argument, of(Outcome.DIFFERENT))).most_common():
        sys.stdout.write(f"{count:6} of them: {name or 'NOT ARGUED'}\n")
    sys.stdout.writelines(f"{item}\n" for item in of(Outcome.DIFFERENT) if argument(item) is None)
