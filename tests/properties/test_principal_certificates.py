"""Certificates of policies that name principals: the checker accepts the right ones, and none of what is false."""

from __future__ import annotations

from random import Random

import pytest
from best_certificate import Maker
from certificate_mutants import mutants
from random_principals import ODD, claim_of, counterexample, near, pair

from apiece.iam.checker.verify import verify, verify_all
from apiece.iam.claims import claims_of
from apiece.iam.compare import Verdict, compare


@pytest.mark.parametrize("first", [0, 40])
@pytest.mark.parametrize("openly", [0.0, 0.3])
def test_what_is_proved_is_accepted_and_true(first: int, openly: float) -> None:
    """No caller of a small world gains anything where that is proved, and the checker accepts the proof."""
    wrong = []
    for seed in range(first, first + 40):
        asked = pair(seed, openly=openly)
        answer = compare(asked.old, asked.new)
        if answer.verdict is not Verdict.NO_NEW_ACCESS or answer.proved is None:
            continue
        if not verify_all(answer.certificate(), claims_of(answer.proved)).valid:
            wrong.append((seed, "refused"))
        if (request := counterexample(asked)) is not None:
            wrong.append((seed, str(request)))

    assert [] == wrong


@pytest.mark.parametrize("first", [0, 60])
@pytest.mark.parametrize("openly", [0.0, 0.3])
def test_what_is_false_has_no_proof(first: int, openly: float) -> None:
    """Where some caller gains something, the best certificate that can be made is refused."""
    false = 0
    for seed in range(first, first + 60):
        asked = pair(seed, openly=openly)
        claim = claim_of(asked, small=True)
        made = Maker(claim, seed, odd=ODD).make()
        if counterexample(asked) is not None:
            false += 1

            assert not verify(made, claim).valid, seed
    assert false > 10


@pytest.mark.parametrize("first", [200, 208])
def test_no_mutant_proves_what_is_false(first: int) -> None:
    """Certificates with one thing changed, held against claims near to their own, prove nothing false."""
    for seed in range(first, first + 8):
        asked = pair(seed, openly=0.2 if seed % 3 == 0 else 0.0)
        certificate = compare(asked.old, asked.new).certificate()
        if certificate is None:
            continue
        false = [one for one in near(asked, pair(seed + 1_000_003)) if counterexample(one) is not None]
        claims = [claim_of(one) for one in false]
        for made in (certificate, *mutants(certificate, Random(seed), 4)):
            assert not any(verify(made, claim).valid for claim in claims), seed
