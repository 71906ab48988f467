"""`apiece iam check`: whether a certificate proves that a new set of policies allows nothing that the old does not.

For policies without principals the claim is made from the policies alone, by the checker. For policies that name
principals the kinds of callers are those that the solver tells apart, so that the check rests on it for this one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apiece.api.compare import read_sides
from apiece.iam.checker.claim import Claim, no_new_access
from apiece.iam.checker.verify import verify_all
from apiece.iam.claims import claims_of
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Policy, PolicyKind
from apiece.iam.solver.rules import several
from apiece.json_tree import read_json
from apiece.tree import to_plain

_DEPTH = 320
_NAMING = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST})
Named = tuple[str, str]
"""The name of a file and what it holds."""


@dataclass(frozen=True)
class ProofChecked:
    """The verdict of the checker, and why a certificate was refused.

    `independent` tells that the solver had no part in what was claimed. `taken_single` are multivalued keys: requests
    with more than one value of them were not looked at.
    """

    valid: bool
    reason: str
    independent: bool
    taken_single: tuple[str, ...] = ()


def check_texts(certificate: Named, sides: tuple[Named, Named], kind: PolicyKind | None = None) -> ProofChecked:
    """Check a certificate against the policies of two files, the old and the new.

    Raises `MalformedSource` and `MalformedPolicy` with the place.
    """
    name, text = certificate
    found = to_plain(read_json(text, name, depth=_DEPTH))
    policies = read_sides(*sides, kind)
    old, new = policies["old"], policies["new"]
    independent = not any(policy.kind in _NAMING for policy in (*old, *new))
    claims = (no_new_access(old, new),) if independent else _claims(old, new)
    if not claims:
        return ProofChecked(valid=False, reason="the policies allow new access, or it is not known", independent=False)
    checked = verify_all(found, claims)
    taken_single = tuple(sorted(several(policies)[1])) if checked.valid else ()
    return ProofChecked(checked.valid, checked.reason, independent, taken_single)


def _claims(old: Sequence[Policy], new: Sequence[Policy]) -> tuple[Claim, ...]:
    found = compare(old, new)
    return claims_of(found.proved) if found.verdict is Verdict.NO_NEW_ACCESS and found.proved is not None else ()
