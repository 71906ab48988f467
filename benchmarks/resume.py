"""Kill a read of a live account at random moments, many times, and compare what comes out in the end.

`python benchmarks/resume.py [KILLS] [ROUNDS]` reads the account that the tests plant, from a stand-in in another
process whose answers take a moment; ten kills a round, five rounds by default. Exits 1 if a snapshot differs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "aws"))

from kill_study import Snapshots, killed_often, served

_DELAY = 0.05


def main() -> int:
    """Run all rounds; the number of those that went wrong decides."""
    given = [int(text) for text in sys.argv[1:3]]
    kills, rounds = (*given, *(10, 5)[len(given) :])
    wrong = 0
    with served(_DELAY) as url, tempfile.TemporaryDirectory() as folder:
        whole = Snapshots(url, Path(folder))
        undisturbed = whole.finish()
        answers = whole.keys()
        for seed in range(rounds):
            snapshots = Snapshots(url, Path(tempfile.mkdtemp(dir=folder)))
            began = time.monotonic()
            kept = killed_often(snapshots, times=kills, total=len(answers), seed=seed)
            same = undisturbed == snapshots.finish() and answers == snapshots.keys()
            wrong += not same
            took = time.monotonic() - began
            print(f"round {seed}: {kills} kills after {kept} of {len(answers)} answers, {took:.1f} s: "
                  f"{'same digest' if same else 'DIFFERENT'}")  # fmt: skip
    print(undisturbed[1].strip())
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
