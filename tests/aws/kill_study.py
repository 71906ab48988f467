"""Reads that are killed at random moments and taken up again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from faulty_aws import environment

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def served(delay: float, *operation: str) -> Iterator[str]:
    """The planted account in another process, with answers that take some seconds; its address."""
    program = [sys.executable, str(Path(__file__).with_name("serve_aws.py")), str(delay), *operation]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=_environment()) as server:  # noqa: S603
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}


def _listen() -> None:
    """Hear Ctrl-C, as a program at a terminal does: whoever starts tests in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Snapshots:
    """`apiece snapshot` of the account at an address, with answers kept in a folder."""

    url: str
    folder: Path

    @property
    def tape(self) -> Path:
        return self.folder / "tape" / "answers.jsonl"

    @property
    def output(self) -> Path:
        return self.folder / "snapshot.json"

    def start(self, *, keep: bool = True) -> subprocess.Popen[str]:
        """Begin to read, or go on."""
        kept = ["--resume", str(self.tape.parent)] if keep else []
        program = [sys.executable, "-m", "apiece", "snapshot", "aws:/us-east-1", "-o", str(self.output), *kept]
        return subprocess.Popen(  # noqa: S603 - our own program
            program,
            env=_environment() | environment(self.url),
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            preexec_fn=_listen,  # noqa: PLW1509 - nothing of ours holds a lock here
        )

    def finish(self) -> tuple[int, str]:
        """Read to the end; the exit code, and what was said: the digest."""
        with self.start() as child:
            _, said = child.communicate(timeout=120)
        return child.returncode, said

    def written(self) -> int:
        """Answers on the tape."""
        return max(0, self.tape.read_bytes().count(b"\n") - 1) if self.tape.exists() else 0

    def keys(self) -> list[str]:
        """What the answers on the tape are to, in order, but for reports: who asked before decides how often."""
        lines = self.tape.read_text().splitlines()[1:]
        return sorted(key for line in lines if "credential_report" not in (key := json.loads(line)["key"]))

    def await_answers(self, child: subprocess.Popen[str], number: int) -> None:
        """Wait until so many answers are on the tape, or the child has ended."""
        while child.poll() is None and self.written() < number:
            time.sleep(0.001)


def killed_often(snapshots: Snapshots, *, times: int, total: int, seed: int) -> list[int]:
    """Kill a read (SIGKILL) at random moments, and go on each time. Answers on the tape after each kill."""
    dice = random.Random(seed)
    kept = []
    for _ in range(times):
        with snapshots.start() as child:
            ahead = max(1, total - snapshots.written())
            snapshots.await_answers(child, snapshots.written() + dice.randint(0, ahead // 2))
            time.sleep(dice.random() * 0.05)
            child.send_signal(signal.SIGKILL)
            child.communicate()
        kept.append(snapshots.written())
    return kept
