"""Change certificates of random comparisons in every field, and prove again by z3 whatever the checker still accepts.

    python tools/mutate_certificates.py --cases 2000 --seed 0

For each pair of policies without new access the certificate is changed: texts, lists, keys and whole parts of it are
replaced, dropped, doubled and taken from elsewhere; and the untouched certificate is held against other policies, near
to its own. Whatever is accepted is asked of z3 (tests/oracle/z3_compare.py): a request that it finds is a false
acceptance.
Ends with 1 if there is one.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

ORACLE = str(Path(__file__).resolve().parents[1] / "tests" / "oracle")
if ORACLE not in sys.path:
    sys.path.insert(0, ORACLE)

Policies = tuple[Any, ...]
_WORDS = (
    "resource",
    "principal",
    "key/aws:tagkeys",
    "old/0/0",
    "new/0/0",
    "new/0/1",
    "*",
    "arn",
    "any",
    "s3:getobject",
)


def mutants(certificate: dict[str, Any], random: Random, count: int) -> Iterator[dict[str, Any]]:
    """Copies of a certificate, each with one thing changed at a place chosen by chance."""
    for _ in range(count):
        made = copy.deepcopy(certificate)
        places = list(_places(made))
        holder, key = random.choice(places)
        others = [one[at] for one, at in places]
        match random.randrange(4):
            case 0:
                holder[key] = copy.deepcopy(random.choice(others))
            case 1:
                del holder[key]
            case 2:
                holder[key] = random.choice(_WORDS)
            case _ if isinstance(holder[key], list) and holder[key]:
                holder[key] = random.sample(holder[key], len(holder[key]) - 1)
            case _:
                holder[key] = None
        yield made


def _places(node: object) -> Iterator[tuple[Any, Any]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(entries):
        yield node, key
        yield from _places(value)


def tried(seed: int, counts: Counter[str]) -> list[str]:
    """Change the certificates of a seed's policies; the false acceptances."""
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


def main() -> None:
    """Run the cases and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    wrong = [text for seed in range(options.seed, options.seed + options.cases) for text in tried(seed, counts)]
    for name, count in sorted(counts.items()):
        print(f"{count:>8}  {name}")
    print(f"{len(wrong)} false acceptances", *wrong, sep="\n")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
