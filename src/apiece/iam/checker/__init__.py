"""Checks a proof that no request is in any of some cubes (docs/adr/0014-exact-solver.md, "The certificate").

It knows the statements of the specification, the catalogue and the decision's rules, and shares nothing with the solver
that makes certificates.
"""

from __future__ import annotations

from apiece.iam.checker.claim import CallerClass, Claim, Cube, Given, cubes_of_comparison, no_new_access
from apiece.iam.checker.verify import BUDGET, SCHEMA, Checked, verify

__all__ = [
    "BUDGET",
    "SCHEMA",
    "CallerClass",
    "Checked",
    "Claim",
    "Cube",
    "Given",
    "cubes_of_comparison",
    "no_new_access",
    "verify",
]
