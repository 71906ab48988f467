"""Claims about the policy that `apiece policy` prints, on an AWS that decides every request by IAM policies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ministack", reason="MiniStack, which enforces IAM policies, is not installed")

PROOF = Path(__file__).resolve().parents[2] / "benchmarks" / "least_privilege.py"


def test_printed_policy_is_enough_and_no_action_is_spare() -> None:
    """A role with the printed policy sees what an administrator sees, and each action that is left out is a gap."""
    proof = subprocess.run((sys.executable, str(PROOF)), capture_output=True, text=True, check=False)  # noqa: S603 (our own)

    assert (0, "") == (proof.returncode, proof.stderr), proof.stdout
