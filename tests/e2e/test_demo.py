"""Claims about the embedded organisation: all that is planted is found, nothing else is, and no secret is written."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("moto", reason="the demo's AWS is not installed")

from apiece.api.check import check
from apiece.api.demo import read_demo
from apiece.controls.registry import all_controls
from apiece.demo.organisation import FUNCTIONS, SECRETS
from apiece.estate import snapshot
from apiece.present import json_, sarif, text
from apiece.read.reading import Reading
from apiece.records.run import CheckRun
from apiece.records.verdict import Severity

DAY = dt.date(2026, 11, 25)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tape")


@pytest.fixture(scope="module")
def reading(tape: Path) -> Reading:
    return read_demo(taken_at="2026-11-25T08:00:00Z", resume=tape)


@pytest.fixture(scope="module")
def run(reading: Reading) -> CheckRun:
    return check(reading.estate, all_controls(), today=DAY)


def test_everything_that_is_planted_is_found_and_nothing_else(run: CheckRun) -> None:
    """Errors and warnings on functions are exactly the planted ones."""
    planted = {(function.name, control) for function in FUNCTIONS for control in function.planted}
    found = {
        (finding.subject.name, finding.control)
        for finding in run.findings
        if finding.severity is not Severity.NOTE and finding.subject.kind == "function"
    }

    assert planted == found


def test_the_whole_organisation_is_read(reading: Reading) -> None:
    """Three accounts with their control policies, every function, and no gap."""
    estate = reading.estate

    assert (3, len(FUNCTIONS), ()) == (len(estate.accounts), len(estate.functions), estate.gaps)
    assert all(account.scp for account in estate.accounts)


def test_no_planted_secret_is_written_anywhere(reading: Reading, run: CheckRun, tape: Path) -> None:
    """Not to the tape, the snapshot, or any form of the result."""
    written = [
        *(path.read_text() for path in tape.iterdir()),
        snapshot.dump(reading.estate).decode(),
        json_.render(run),
        sarif.render(run, all_controls(), version="0"),
        text.render(run, reading.documents, detail=text.Detail.FULL),
    ]

    assert [] == [secret for secret in SECRETS for page in written if secret in page]


def test_the_command_shows_it() -> None:
    """`apiece demo` ends well, with a ranked result."""
    done = subprocess.run(
        [sys.executable, "-m", "apiece", "demo"], capture_output=True, text=True, timeout=120, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "Do first" in done.stdout
