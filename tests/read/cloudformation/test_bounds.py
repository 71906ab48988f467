"""Claims about templates made to exhaust the reader: a gap or an error, in bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import apiece

GOOD = b"""\
Resources:
  Reader:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.13, Role: arn:aws:iam::111122223333:role/reader, Code: {ZipFile: x}}
"""

_CHILD = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
from apiece.errors import MalformedSource
from apiece.read.cloudformation.estate import read_templates
data = Path(sys.argv[1]).read_bytes()
reading = read_templates({"t.yaml": data}, parameters={}, taken_at="2026-06-15T08:00:00Z")
status = Path("/proc/self/status").read_text()  # `ru_maxrss` would count the parent's memory before `exec` too
peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
print(len(reading.estate.functions), peak, *sorted({gap.reason for gap in reading.estate.gaps}), sep="\\n")
"""


def _bounded(tmp_path: Path, data: bytes, limit: int) -> list[str]:
    """Read in a process of its own that may not take more than `limit` megabytes; the lines say what came out."""
    file = tmp_path / "t.yaml"
    file.write_bytes(data)
    done = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", _CHILD.replace("MEGABYTES", str(limit)), str(file)],
        env={**os.environ, "PYTHONPATH": str(Path(apiece.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr[-800:]
    functions, peak, *reasons = done.stdout.splitlines()
    assert int(peak) < limit
    return [functions, *reasons]


def test_fifty_megabytes_are_refused_unparsed(tmp_path: Path) -> None:
    """A file far over CloudFormation's limit costs no more than its own bytes."""
    functions, *reasons = _bounded(tmp_path, GOOD + b"# " + b"x" * 50_000_000, 300)

    assert ("0", ["the file has 50,000,158 bytes; templates of up to 10,485,760 bytes are read"]) == (
        functions,
        reasons,
    )


def test_a_million_aliased_values_stay_in_memory(tmp_path: Path) -> None:
    """A tree of aliases just under the limit is read through, sharing what it repeats."""
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 5)]
    template = "\n".join(levels).encode() + b"\n" + GOOD.replace(b"Code: {ZipFile: x}", b"Layers: *a4")

    assert "1" == _bounded(tmp_path, template, 900)[0]


def _json(**sections: object) -> bytes:
    return json.dumps(sections).encode()


def _function(**properties: object) -> dict[str, object]:
    return {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}


def _doubled(times: int) -> object:
    value: object = {"Ref": "AWS::Region"}
    for _ in range(times):
        value = {"Fn::Sub": ["${a}${a}", {"a": value}]}
    return value


_NAMES = ",".join(f"a{number}" for number in range(1_000))
_LOOP_OF_LOOPS = {
    "Fn::ForEach::A": [
        "x",
        {"Ref": "P"},
        {"Fn::ForEach::B": ["y", {"Ref": "P"}, {"Fn::ForEach::C": ["z", {"Ref": "P"}, {}]}]},
    ]
}
BOMBS = {
    "sub": (_json(Resources=_function(Role=_doubled(30))), "the text grows too long"),
    "split": (_json(Resources=_function(Layers={"Fn::Split": ["a", "a" * 9_000_000]})), "the text is too long"),
    "many-subs": (
        _json(
            Parameters={"P": {"Type": "String", "Default": "p" * 100_000}},
            Resources=_function(Layers=[{"Fn::Sub": f"a${{P}}{number}"} for number in range(20_000)]),
        ),
        "the text grows too long",
    ),
    "empty-loops": (
        _json(
            Parameters={"P": {"Type": "CommaDelimitedList", "Default": _NAMES}}, Resources=_function() | _LOOP_OF_LOOPS
        ),
        "loops write out too many values",
    ),
    "long-loops": (
        _json(
            Parameters={"P": {"Type": "CommaDelimitedList", "Default": _NAMES}},
            Resources=_function()
            | {"Fn::ForEach::A": ["x", {"Ref": "P"}, {"R${x}": {"Type": "T", "V": "${x}" + "b" * 10**6}}]},
        ),
        "loops write out too many values",
    ),
    "conditions": (
        _json(
            Parameters={"P": {"Type": "String"}},
            Conditions={"C0": {"Fn::Equals": [{"Ref": "P"}, "x"]}}
            | {f"C{n}": {"Fn::And": [{"Condition": f"C{n - 1}"}] * 2} for n in range(1, 60)},
            Resources={"F": {"Type": "AWS::Lambda::Function", "Condition": "C59"}},
        ),
        "the function states no role",
    ),
    "worlds": (
        _json(
            Parameters={f"P{n}": {"Type": "String", "AllowedValues": ["a", "b"]} for n in range(12)},
            Conditions={
                f"C{j}": {"Fn::Or": [{"Fn::Equals": [{"Ref": f"P{n}"}, "ab"[(j >> n) & 1]]} for n in range(12)]}
                for j in range(40)
            },
            Resources={f"F{j}": {"Type": "AWS::Lambda::Function", "Condition": f"C{j}"} for j in range(40)},
        ),
        "the function states no role",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_small_files_that_would_grow_stay_small(name: str, tmp_path: Path) -> None:
    """Texts, loops and conditions that multiply are cut, with a gap; the function is still there."""
    data, reason = BOMBS[name]
    functions, *reasons = _bounded(tmp_path, data, 400)

    assert (True, True) == (int(functions) >= 1, reason in reasons), reasons
