"""Consecutive versions of AWS managed policies with known verdicts, asked of `compare`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Grammar, PolicyKind, parse_json

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "iam" / "managed-history" / "pairs.json"


@pytest.mark.skipif(not CORPUS.exists(), reason="shared corpus absent")
def test_verdicts_of_the_history_agree() -> None:
    """450 pairs of versions get the recorded verdict in both directions."""
    pairs = json.loads(CORPUS.read_text())
    wrong = []
    for pair in pairs:
        old, new = (
            parse_json(json.dumps(pair[name]), PolicyKind.IDENTITY, grammar=Grammar.AS_EVALUATED)
            for name in ("old", "new")
        )
        for direction, outer, inner in (("new_in_old", old, new), ("old_in_new", new, old)):
            expected = Verdict.NO_NEW_ACCESS if pair[direction]["subset"] else Verdict.NEW_ACCESS
            verdict = compare([outer], [inner]).verdict
            if verdict is not expected:
                wrong.append(f"{pair['policy']} {pair['old_version']} {direction}: {verdict}, not {expected}")

    assert [] == wrong
    assert 450 == len(pairs)
