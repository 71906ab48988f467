"""Whether a certificate proves a claim: it covers every request of the world, and each of its proofs holds.

The certificate is only a hint. What is certain follows from the claim's policies and the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apiece.iam import catalog
from apiece.iam.checker import proof
from apiece.iam.checker.claim import CallerClass, Claim, Cube
from apiece.iam.checker.meter import Meter, Refused
from apiece.iam.checker.proof import Case, Judge
from apiece.iam.checker.rules import Rule, Rules, rules_of

SCHEMA = "apiece/certificate/1"
SEVERAL = "apiece/certificates/1"
BUDGET = 20_000_000
_FIELDS = frozenset({"caller", "assume", "actions", "resource", "proof"})
_BITS_A_STEP = 512


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict, and why a certificate was refused."""

    valid: bool
    reason: str = ""


Covered = dict[tuple[str, tuple[str, ...]], int]
"""By caller and assumed statements, the pairs of action and domain that entries are about."""


def verify_all(certificate: object, claims: Sequence[Claim], *, budget: int = BUDGET) -> Checked:
    """Check a certificate of several parts, or of one, against a claim for each part."""
    if len(claims) == 1:
        return verify(certificate, claims[0], budget=budget)
    if not isinstance(certificate, dict) or certificate.keys() != {"schema", "parts"}:
        return Checked(valid=False, reason="a certificate of several parts must be an object with `schema` and `parts`")
    parts = certificate["parts"]
    if certificate["schema"] != SEVERAL or not isinstance(parts, list) or len(parts) != len(claims) or not claims:
        return Checked(valid=False, reason=f"`parts` must be a list of {len(claims)}, of the schema `{SEVERAL}`")
    for part, claim in zip(parts, claims, strict=True):
        checked = verify(part, claim, budget=budget)
        if not checked.valid:
            return checked
    return Checked(valid=True)


def verify(certificate: object, claim: Claim, *, budget: int = BUDGET) -> Checked:
    """Check a certificate, as parsed from JSON, against a claim."""
    try:
        _check(certificate, claim, Meter(budget))
    except Refused as refusal:
        return Checked(valid=False, reason=refusal.reason)
    return Checked(valid=True)


def _check(certificate: object, claim: Claim, meter: Meter) -> None:
    if not isinstance(certificate, dict) or certificate.keys() != {"schema", "catalog", "cubes"}:
        raise Refused("a certificate must be an object with `schema`, `catalog` and `cubes`")
    if certificate["schema"] != SCHEMA:
        raise Refused(f"the schema is not `{SCHEMA}`")
    if certificate["catalog"] != catalog.load().digest:
        raise Refused("the certificate was made with another action catalogue")
    cubes = certificate["cubes"]
    if not isinstance(cubes, list) or len(cubes) != len(claim.cubes):
        raise Refused(f"`cubes` must be a list of {len(claim.cubes)}")
    if len({caller.name for caller in claim.callers}) != max(1, len(claim.callers)):
        raise Refused("a claim needs classes of callers with different names")
    judge = Judge(rules_of(claim), meter)
    for place, (found, cube) in enumerate(zip(cubes, claim.cubes, strict=True)):
        covered: Covered = {}
        for entry in _entries(found):
            _check_entry(entry, cube, claim, judge, covered)
        for caller in claim.callers:
            _check_coverage(place, cube, caller, judge, covered)


def _entries(found: object) -> list[object]:
    if not isinstance(found, dict) or found.keys() != {"entries"} or not isinstance(found["entries"], list):
        raise Refused("a cube must be an object with a list of `entries`")
    return found["entries"]


def _check_entry(entry: object, cube: Cube, claim: Claim, judge: Judge, covered: Covered) -> None:
    """Check an entry's proof, and note what the entry is about: the pairs of its actions that are of its domain.

    The proof uses of the actions only that its splits are about all of them, on whatever resource; of the domain only
    what it says of the resource. So it holds for each of the pairs that are noted, and no others.
    """
    if not isinstance(entry, dict) or entry.keys() != _FIELDS:
        raise Refused("an entry must have `caller`, `assume`, `actions`, `resource` and `proof`")
    caller = next((one for one in claim.callers if one.name == entry["caller"]), None)
    if caller is None:
        raise Refused("the `caller` of an entry is not a class of the claim")
    world = judge.rules.world
    assumed = _assumed(entry["assume"], cube, judge.rules)
    actions, domain = _names(entry["actions"]), entry["resource"]
    judge.meter.spend(len(actions))
    if not all(map(world.has, actions)):
        raise Refused("an entry is about an action that does not exist")
    if domain is not None and not (isinstance(domain, str) and world.on(domain)):
        raise Refused("the `resource` of an entry is no resource domain")
    pairs = world.pairs(actions)
    case = Case(caller, domain, pairs, frozenset(cube.forbidden))
    proof.check(entry["proof"], assumed, case, judge)
    place = (caller.name, tuple(rule.ref for rule in assumed))
    covered[place] = covered.get(place, 0) | pairs & (world.all if domain is None else world.on(domain))


def _assumed(refs: object, cube: Cube, rules: Rules) -> list[Rule]:
    names = _names(refs)
    if len(names) > len(cube.required):
        raise Refused("an entry assumes more statements than are required")
    if not all(ref in group for ref, group in zip(names, cube.required, strict=False)):
        raise Refused("an entry assumes a statement that is not in the required group")
    return [rules.by_ref[ref] for ref in names]


def _names(found: object) -> Sequence[str]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise Refused("`assume` and `actions` must be lists of texts")
    return found


def _check_coverage(place: int, cube: Cube, caller: CallerClass, judge: Judge, covered: Covered) -> None:
    """Check that entries are about every choice of required statements, action and domain. Raises `Refused`.

    A request in the cube is about some statement of each required group. Follow these choices in order: as long as no
    entry with the statements chosen so far is about the request's pair, the next statement is one that may be about it,
    and may mean the class. Whoever comes to the end uncovered could be a request that nothing speaks about.
    """
    world = judge.rules.world
    whole = world.all if cube.actions is None else world.pairs(filter(world.has, cube.actions))
    stack: list[tuple[tuple[str, ...], int]] = [((), whole)]
    while stack:
        chosen, rest = stack.pop()
        judge.meter.spend(1 + world.all.bit_length() // _BITS_A_STEP)
        rest &= ~covered.get((caller.name, chosen), 0)
        if not rest:
            continue
        if len(chosen) == len(cube.required):
            raise Refused(f"no entry of cube {place} is about {world.example(rest)}")
        stack += [((*chosen, rule.ref), rest & rule.may) for rule in _next(cube, chosen, caller, judge.rules)]


def _next(cube: Cube, chosen: tuple[str, ...], caller: CallerClass, rules: Rules) -> Iterator[Rule]:
    """The statements of the next required group that could be about the caller."""
    for ref in cube.required[len(chosen)]:
        if caller.says.get(ref) is not False:
            yield rules.by_ref[ref]
