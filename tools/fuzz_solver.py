"""Compare the exact solver with the reference evaluator and with z3 on many small random policies.

    python tools/fuzz_solver.py --cases 100000 --seed 0 --against reference --jobs 2

Against the reference: every request that is shown as new access is evaluated again, and every "no new access" is
attacked with random requests near the policies' texts. Against z3 (tests/oracle/z3_compare.py): the verdicts must be
the same.
Ends with 1 where they are not, and prints the seeds: the policies of a seed are `random_policies.pair(seed)`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

HELPERS = str(Path(__file__).resolve().parents[1] / "tests" / "oracle")
if HELPERS not in sys.path:
    sys.path.insert(0, HELPERS)

ATTACKS = 60
_Z3_SECONDS = 5.0


@dataclass(frozen=True)
class Outcome:
    """One case: the solver's verdict, what z3 found, and what is wrong, if anything is."""

    seed: int
    verdict: str
    z3: str
    wrong: str
    solver_seconds: float
    z3_seconds: float


def tried(seed: int, *, reference: bool, z3: bool) -> Outcome:
    """Decide the policies of a seed and look for a contradiction."""
    from random_policies import pair

    from apiece.iam.compare import compare
    from apiece.iam.solver.question import Disagreement

    asked = pair(seed)
    began = time.process_time()
    try:
        answer = compare(asked.old, asked.new)
    except Disagreement as error:
        return Outcome(seed, "disagreement", "", f"the solver itself: {error}", time.process_time() - began, 0.0)
    spent = time.process_time() - began
    wrong = _against_reference(seed, answer.verdict, answer.witness) if reference else ""
    found, z3_spent = "", 0.0
    if z3:
        found, z3_spent = _by_z3(seed)
        if (answer.verdict, found) in {("new-access", "unsat"), ("no-new-access", "sat")}:
            wrong = wrong or f"the solver says {answer.verdict}, z3 says {found}"
    return Outcome(seed, answer.verdict, found, wrong, spent, z3_spent)


def _against_reference(seed: int, verdict: str, witness: object) -> str:
    from random_policies import pair, requests, shows_new_access

    from apiece.iam.request import Request

    asked = pair(seed)
    if isinstance(witness, Request) and shows_new_access(asked.old, asked.new, witness) is not True:
        return f"the witness {witness} is none"
    if verdict == "no-new-access":
        for request in requests(asked, seed, ATTACKS):
            if shows_new_access(asked.old, asked.new, request):
                return f"no new access, but {request.action} on {request.resource} with {dict(request.context)}"
    return ""


def _by_z3(seed: int) -> tuple[str, float]:
    from random_policies import pair
    from z3_compare import NotEncodable, compare

    asked = pair(seed)
    try:
        answer = compare(asked.old, asked.new, timeout=_Z3_SECONDS)
    except NotEncodable:
        return "not encodable", 0.0
    return str(answer.found), float(answer.cpu)


def main() -> None:
    """Run the cases and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--against", choices=("reference", "z3", "both"), default="reference")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    work = partial(tried, reference=options.against != "z3", z3=options.against != "reference")
    seeds = range(options.seed, options.seed + options.cases)
    wrong: list[Outcome] = []
    counts: Counter[tuple[str, str]] = Counter()
    spent = z3_spent = 0.0
    with multiprocessing.Pool(options.jobs) as pool:
        for outcome in pool.imap_unordered(work, seeds, chunksize=50):
            counts[outcome.verdict, outcome.z3] += 1
            spent, z3_spent = spent + outcome.solver_seconds, z3_spent + outcome.z3_seconds
            if outcome.wrong:
                wrong.append(outcome)
                print(f"seed {outcome.seed}: {outcome.wrong}", flush=True)
    for (verdict, found), count in sorted(counts.items()):
        print(f"{count:>8}  {verdict}" + (f", z3: {found}" if found else ""))
    print(f"{options.cases} cases, {len(wrong)} wrong; CPU of the solver {spent:.1f} s, of z3 {z3_spent:.1f} s")
    if wrong:
        print("seeds: " + " ".join(str(outcome.seed) for outcome in sorted(wrong, key=lambda one: one.seed)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
