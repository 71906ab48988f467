"""A proof written down for people and for the checker (docs/adr/0014-exact-solver.md, "The certificate")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiece.iam import catalog
from apiece.iam.solver.cubes import Entry
from apiece.iam.solver.search import Conflict, Proof, Split

if TYPE_CHECKING:
    from apiece.iam.solver.question import Part, Proved

Certificate = dict[str, Any]
SCHEMA = "apiece/certificate/1"
SEVERAL = "apiece/certificates/1"


def certificate_of(proved: Proved) -> Certificate:
    """Write a proof as JSON: one certificate, or one for each part where it has several."""
    made = [_part(part) for part in proved.parts]
    return made[0] if len(made) == 1 else {"schema": SEVERAL, "parts": made}


def _part(part: Part) -> Certificate:
    return {
        "schema": SCHEMA,
        "catalog": catalog.load().digest,
        "cubes": [_cube(entries, part) for entries in part.entries],
    }


def _cube(entries: tuple[Entry, ...], part: Part) -> dict[str, object]:
    return {"entries": [_entry(entry, part) for entry in entries]}


def _entry(entry: Entry, part: Part) -> dict[str, object]:
    return {
        "caller": entry.caller,
        "assume": list(entry.assume),
        "actions": [name.lower() for name in part.rules.universe.names(entry.actions)],
        "resource": entry.domain,
        "proof": _node(entry.proof),
    }


def _node(proof: Proof) -> dict[str, object]:
    forced: list[list[str]] = []
    while isinstance(proof, Split) and len(proof.cases) == 1:
        ((component, case),) = proof.cases.items()
        forced.append([proof.ref, component])
        proof = case
    node: dict[str, object]
    if isinstance(proof, Conflict):
        node = {"conflict": proof.variable}
    else:
        node = {"split": proof.ref, "cases": {component: _node(case) for component, case in proof.cases.items()}}
    return {"forced": forced, "then": node} if forced else node
