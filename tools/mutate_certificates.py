"""Change certificates of random comparisons in every field, and prove again by z3 whatever the checker still accepts.

    python tools/mutate_certificates.py --cases 2000 --seed 0

For each pair of policies without new access the certificate is changed: texts, lists, keys and whole parts of it are
replaced, dropped, doubled and taken from elsewhere; and the untouched certificate is held against other policies, near
to its own. Whatever is accepted is asked of z3 (tests/oracle/z3_compare.py): a request that it finds is a false
acceptance.

With `--principals` the policies name principals: certificates, and their mutants, are held against claims about other
policies, and what is accepted is enumerated by the reference evaluator over a small world of callers and requests.
Ends with 1 if there is a false acceptance.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

ORACLE = str(Path(__file__).resolve().parents[1] / "tests" / "oracle")
if ORACLE not in sys.path:
    sys.path.insert(0, ORACLE)

Policies = tuple[Any, ...]


def tried(seed: int, counts: Counter[str]) -> list[str]:
    """Change the certificates of a seed's policies; the false acceptances."""
    from certificate_mutants import mutants
    from random_policies import pair

    from apiece.iam.checker import no_new_access, verify
    from apiece.iam.compare import Verdict, compare

    asked, other = pair(seed), pair(seed + 1_000_003)
    wrong: list[str] = []
    for old, new in ((asked.old, asked.new), (asked.new, asked.old)):
        answer = compare(old, new)
        if answer.verdict is not Verdict.NO_NEW_ACCESS:
            continue
        certificate = answer.certificate()
        if certificate is None or not verify(certificate, no_new_access(old, new)).valid:
            counts["right certificates refused"] += 1
            continue
        counts["certificates"] += 1
        for made in mutants(certificate, Random(seed), 40):
            wrong += _judged(made, (old, new), seed, counts)
        nearby = ((new, old), (old, (*new, *other.new)), (old[:-1], new), (other.old, new), (old, other.new))
        for policies in nearby:
            wrong += _judged(certificate, policies, seed, counts)
    return wrong


def _judged(certificate: object, policies: tuple[Policies, Policies], seed: int, counts: Counter[str]) -> list[str]:
    from z3_compare import NotEncodable
    from z3_compare import compare as by_z3

    from apiece.iam.checker import no_new_access, verify

    counts["changed"] += 1
    if not verify(certificate, no_new_access(*policies)).valid:
        return []
    counts["accepted"] += 1
    try:
        found = str(by_z3(*policies).found)
    except NotEncodable:
        found = "not encodable"
    counts[f"accepted, z3: {found}"] += 1
    return [f"seed {seed}: accepted, and z3 finds a request"] if found == "sat" else []


def tried_with_principals(seed: int, counts: Counter[str]) -> list[str]:
    """Change the certificates of a seed's policies with principals; the false acceptances."""
    from certificate_mutants import mutants
    from random_principals import claim_of, counterexample, near, pair

    from apiece.iam.checker.verify import verify, verify_all
    from apiece.iam.claims import claims_of
    from apiece.iam.compare import compare

    asked = pair(seed, openly=0.2 if seed % 3 == 0 else 0.0)
    answer = compare(asked.old, asked.new)
    certificate = answer.certificate()
    if answer.proved is None or certificate is None:
        return []
    counts["certificates"] += 1
    if not verify_all(certificate, claims_of(answer.proved)).valid:
        counts["right certificates refused"] += 1
    if counterexample(asked) is not None:
        return [f"seed {seed}: no new access is proved, and the reference finds a request"]
    wrong: list[str] = []
    claims = [(other, claim_of(other)) for other in (asked, *near(asked, pair(seed + 1_000_003)))]
    for made in (certificate, *mutants(certificate, Random(seed), 20)):
        for other, claim in claims:
            counts["changed"] += 1
            if not verify(made, claim).valid:
                continue
            counts["accepted"] += 1
            if counterexample(other) is not None:
                wrong.append(f"seed {seed}: accepted, and the reference finds a request")
    return wrong


def main() -> None:
    """Run the cases and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--principals", action="store_true", help="policies that name principals")
    options = parser.parse_args()
    one = tried_with_principals if options.principals else tried
    counts: Counter[str] = Counter()
    wrong = [text for seed in range(options.seed, options.seed + options.cases) for text in one(seed, counts)]
    for name, count in sorted(counts.items()):
        print(f"{count:>8}  {name}")
    print(f"{len(wrong)} false acceptances", *wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
