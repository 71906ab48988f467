"""Measures apiece beside Checkov on the same files in the same run, and prints a table.

    python benchmarks/run.py [--rounds N] [--without-peer]

Checkov is installed into `.venv-peer`. Times are wall time of the whole command; the figure is the median.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from estates import write_templates

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peer"
APIECE = (sys.executable, "-m", "apiece")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-peer", action="store_true")
    options = parser.parse_args()
    rows = [("`apiece --version`", *measure((*APIECE, "--version"), options.rounds, {0}))]
    with tempfile.TemporaryDirectory() as scratch:
        small, large = Path(scratch, "small"), Path(scratch, "large")
        write_templates(small, templates=10, functions=20)
        write_templates(large, templates=500, functions=20)
        check = (*APIECE, "check", "--format", "json", "--output", str(Path(scratch, "out.json")))
        ours = measure((*check, str(small)), options.rounds, {1})
        rows.append(("apiece, 200 functions in 10 templates", *ours))
        if not options.without_peer:
            theirs = measure(checkov(small), options.rounds, {0, 1})
            rows.append(("Checkov, the same files", *theirs))
        snapshot = Path(scratch, "snapshot.json")
        rows.append(
            (
                "apiece snapshot, 10,000 functions in 500 templates",
                *measure((*APIECE, "snapshot", str(large), "--output", str(snapshot)), 1, {0}),
            )
        )
        rows.append(("apiece check of that snapshot", *measure((*check, str(snapshot)), 1, {1})))
    print("| command | median s | best s | peak MiB |\n|---|---:|---:|---:|")
    for name, seconds, best, peak in rows:
        print(f"| {name} | {seconds:.2f} | {best:.2f} | {peak:.0f} |")
    if not options.without_peer:
        print(f"\nCheckov takes {theirs[0] / ours[0]:.1f} times as long as apiece on the same files.")


def measure(command: Sequence[str], rounds: int, expected: set[int]) -> tuple[float, float, float]:
    """Run a command some times after one warm-up: median and best wall time in seconds, peak memory in MiB."""
    seconds = []
    peak = 0.0
    for number in range(rounds + (rounds > 1)):
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"}
        )
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in expected:
            sys.exit(f"`{' '.join(command)}` ended with {process.returncode}")
        peak = max(peak, _mebibytes(usage))
        if number or rounds == 1:
            seconds.append(taken)
    return statistics.median(seconds), min(seconds), peak


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def checkov(folder: Path) -> tuple[str, ...]:
    """Checkov's command for a folder, without its download of extra policies; installs it where it is missing."""
    program = PEER / "bin" / "checkov"
    if not program.exists():
        subprocess.run((sys.executable, "-m", "venv", str(PEER)), check=True)  # noqa: S603
        subprocess.run((str(PEER / "bin" / "pip"), "install", "--quiet", "checkov>=3,<4"), check=True)  # noqa: S603
    return (str(program), "--skip-download", "--quiet", "--compact", "-o", "json", "-d", str(folder))


if __name__ == "__main__":
    main()
