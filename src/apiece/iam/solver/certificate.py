"""A proof written down for people and for the checker (docs/adr/0014-exact-solver.md, "The certificate")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiece.iam import catalog
from apiece.iam.solver.cubes import Entry
from apiece.iam.solver.search import Conflict, Proof

if TYPE_CHECKING:
    from apiece.iam.solver.question import Proved

Certificate = dict[str, Any]
SCHEMA = "apiece/certificate/1"


def certificate_of(proved: Proved) -> Certificate:
    """Write a proof as JSON."""
    return {
        "schema": SCHEMA,
        "catalog": catalog.load().digest,
        "cubes": [{"entries": [_entry(entry, proved) for entry in entries]} for entries in proved.entries],
    }


def _entry(entry: Entry, proved: Proved) -> dict[str, object]:
    return {
        "caller": entry.caller,
        "assume": list(entry.assume),
        "actions": [name.lower() for name in proved.rules.universe.names(entry.actions)],
        "resource": entry.domain,
        "proof": _node(entry.proof),
    }


def _node(proof: Proof) -> dict[str, object]:
    if isinstance(proof, Conflict):
        return {"conflict": proof.variable}
    return {"split": proof.ref, "cases": {component: _node(case) for component, case in proof.cases.items()}}
