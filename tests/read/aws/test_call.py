"""Claims about declared calls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from apiece.read.aws.call import Failure, Lack, Outcome

_RACE = """
from __future__ import annotations
import sys, threading, types
import msgspec
from apiece.read.aws.call import Call
sys.setswitchinterval(1e-6)
SOURCE = '''
from __future__ import annotations
import msgspec
class D(msgspec.Struct, frozen=True): x: dict[str, float] = {}
class C(msgspec.Struct, frozen=True): d: D | None = None; e: tuple[D, ...] = ()
class B(msgspec.Struct, frozen=True): c: C | None = None; n: str = ""
class A(msgspec.Struct, frozen=True): b: tuple[B, ...] = ()
'''
ANSWER = {"b": [{"c": {"d": {"x": {"a": 1.0}}, "e": [{"x": {"b": 2.0}}]}, "n": "q"}]}
for _ in range(150):
    sys.modules["fresh"] = module = types.ModuleType("fresh")
    exec(SOURCE, vars(module))
    call = Call("lambda", "get_policy", "lambda:GetPolicy", module.A)
    together = threading.Barrier(8)
    def ask() -> None:
        together.wait()
        assert 1.0 == msgspec.convert(ANSWER, call.page, strict=False).b[0].c.d.x["a"]
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_threads_may_meet_an_answer_for_the_first_time_together() -> None:
    """msgspec crashes where two threads are the first to read a type; declaring a call makes its types known."""
    source = Path(__file__).resolve().parents[3] / "src"

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _RACE], env={"PYTHONPATH": str(source)}, capture_output=True, check=False, timeout=60
    )

    assert (0, b"") == (ended.returncode, ended.stderr)


@pytest.mark.parametrize("lack", Lack)
def test_only_absence_is_no_gap(lack: Lack) -> None:
    """Every failure is a gap but AWS's word that there is none."""
    outcome: Outcome[str] = Outcome((), Failure(lack, "Code"))

    assert (lack is Lack.ABSENT) is outcome.absent
    assert (lack is not Lack.ABSENT) is (outcome.gap is not None)
