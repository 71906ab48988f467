"""Controls over an estate: each population walked, each verdict joined with the gaps that concern it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from apiece.access.bounded import Bounded
from apiece.access.carrier import Carrier, carriers
from apiece.access.deploying import Deployers, Deploying
from apiece.access.execution import Execution, executions
from apiece.access.index import Index, index_of
from apiece.access.place import Place, places
from apiece.access.principals import Principal, principals
from apiece.access.reach.world import World, world_of
from apiece.controls.control import Control
from apiece.estate.entry import Route
from apiece.estate.estate import Estate
from apiece.estate.function import Function
from apiece.estate.gap import Gap
from apiece.estate.identity import Role, User
from apiece.estate.network import SecurityGroup
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject, SubjectKind, account_of
from apiece.records.owners import Owners
from apiece.records.run import NotRun, SubjectVerdict
from apiece.records.verdict import Deviation, Outcome, Unknown, Verdict


@dataclass(frozen=True)
class _Population:
    """How to walk the subjects of one type, and the lists that a live account makes it of.

    Rules over some subjects ask for the gaps of what they look at themselves (`asks_for_gaps`), since a gap makes their
    fails unknown too: what nobody could list is not missing.
    """

    walk: Callable[[Index], Iterable[object]]
    lists: tuple[str, ...]
    asks_for_gaps: bool = False


def _identities(index: Index) -> Iterator[Principal]:
    """The roles and users of an estate, in their forms, without those that AWS keeps for its services."""
    kinds = {SubjectKind.ROLE, SubjectKind.USER}
    return (one for one in principals(index) if one.subject.kind in kinds and not one.caller.service_linked)


_POPULATIONS = {
    Function: _Population(lambda index: index.estate.functions, ("functions",)),
    Execution: _Population(executions, ("functions", "roles")),
    Role: _Population(lambda index: index.estate.roles, ("roles",)),
    User: _Population(lambda index: index.estate.users, ("users",)),
    Principal: _Population(_identities, ("roles", "users")),
    Resource: _Population(lambda index: index.estate.resources, ("resources",)),
    Carrier: _Population(carriers, ("functions", "resources", "roles")),
    SecurityGroup: _Population(lambda index: index.estate.security_groups, ("security-groups",)),
    Route: _Population(lambda index: index.estate.routes, ("routes", "api.routes")),
    Place: _Population(places, ("functions",), asks_for_gaps=True),
}
_DERIVED: dict[type, Callable[[World], object]] = {World: lambda world: world, Deploying: Deploying, Bounded: Bounded}
"""What only some rules ask for, and takes a while to make ready."""
_GIVE: dict[type, str] = {Owners: "`[owners]` in apiece.toml", Deployers: "`[deployers]` in apiece.toml"}
"""What to give where a fact is missing, if it is no option."""
_DOORS = frozenset({"function.policies", "function.urls"})
_WHOLES = frozenset({"stack", "account"})
"""What a gap needs that leaves all facts of a template or an account in doubt, such as a macro or a refused role."""


def populations() -> tuple[type, ...]:
    """The types of subjects that can be walked."""
    return tuple(_POPULATIONS)


@dataclass(frozen=True)
class Results:
    """What a run of controls found out."""

    verdicts: tuple[SubjectVerdict, ...]
    not_run: tuple[NotRun, ...]


def run_controls(
    estate: Estate, controls: Iterable[Control], *, today: dt.date, given: Iterable[object] = ()
) -> Results:
    """Run controls over an estate. `today` is the day that dated rules are judged on.

    `given` are facts from elsewhere, which controls ask for by their types.
    """
    index = index_of(estate)
    controls = tuple(controls)
    facts: dict[type, object] = {Estate: estate, Index: index, dt.date: today}
    facts |= {type(fact): fact for fact in given}
    wanted = {kind for control in controls for _, kind in control.takes[1:]} & _DERIVED.keys()
    if wanted:
        world = world_of(estate)
        facts |= {kind: _DERIVED[kind](world) for kind in wanted}
    gaps = _gaps_by_subject(estate)
    walked: dict[type, list[_Met]] = {}
    verdicts: list[SubjectVerdict] = []
    not_run: list[NotRun] = []
    for control in controls:
        missing = [kind for _, kind in control.takes[1:] if kind not in facts]
        if missing:
            not_run.append(NotRun(control=control.id, give=_GIVE.get(missing[0], f"--{missing[0].__name__.lower()}")))
            continue
        if control.population not in walked:
            items = _POPULATIONS[control.population].walk(index)
            walked[control.population] = [_met(item, gaps, index) for item in items]
        verdicts.extend(_of_control(control, walked[control.population], facts))
        verdicts.extend(_unlisted(control, estate))
    return Results(tuple(verdicts), tuple(not_run))


@dataclass(frozen=True)
class _Met:
    """A subject as it was met on a walk: by its key, with the gaps that concern it, whatever is asked."""

    item: object
    subject: Subject
    key: str
    gaps: dict[str, list[Gap]]


def _met(item: object, gaps: dict[str, list[Gap]], index: Index) -> _Met:
    subject: Subject = item.subject  # type: ignore[attr-defined]
    own: dict[str, list[Gap]] = {}
    for one in _concerned(item, index) if gaps else ():
        for whole in (one, Subject(kind=SubjectKind.STACK, stack=one.stack), account_of(one)):
            if whole.key in gaps:
                own[whole.key] = gaps[whole.key]
    return _Met(item, subject, subject.key, own)


def _of_control(control: Control, population: list[_Met], facts: dict[type, object]) -> Iterator[SubjectVerdict]:
    """One verdict for each subject; the forms that conditions give a subject are joined."""
    given = [facts[kind] for _, kind in control.takes[1:]]
    joined: dict[str, tuple[Subject, list[Verdict], dict[str, list[Gap]]]] = {}
    for met in population:
        verdict = control.rule(met.item, *given)
        _, verdicts, gaps = joined.setdefault(met.key, (met.subject, [], {}))
        verdicts.append(verdict)
        gaps.update(met.gaps)
    for subject, verdicts, gaps in joined.values():
        touching = [gap for found in gaps.values() for gap in found if _touches(gap, control)]
        yield SubjectVerdict(
            control=control.id, subject=subject, verdict=_settled(_with_gaps(_joined(verdicts), touching), control)
        )


def _unlisted(control: Control, estate: Estate) -> Iterator[SubjectVerdict]:
    """Subjects that are there or may be and have no record: what stands for them is unknown.

    An account stands for what could not be listed in it, an API for its routes, a resource of a template for the
    function that it is in a way which is not judged, or that it concerns and no source holds.
    """
    lists = _POPULATIONS[control.population].lists
    found: dict[str, tuple[Subject, list[Gap]]] = {}
    for gap in estate.gaps:
        whole = gap.subject.kind in {SubjectKind.ACCOUNT, SubjectKind.API} and gap.needs in {*lists, "account"}
        unjudged = gap.subject.kind is SubjectKind.OTHER and gap.needs == "resource" and "functions" in lists
        elsewhere = gap.subject.kind is SubjectKind.OTHER and gap.needs == "function" and _DOORS & {*control.reads}
        if lists and (whole or unjudged or elsewhere):
            found.setdefault(gap.subject.key, (gap.subject, []))[1].append(gap)
    for subject, gaps in found.values():
        yield SubjectVerdict(control=control.id, subject=subject, verdict=_with_gaps(Verdict.passed(), gaps))


def _touches(gap: Gap, control: Control) -> bool:
    """Tell whether a control reads what a gap lacks: a fact, all facts of a thing (`function`), or a whole source."""
    if gap.needs in _WHOLES or _POPULATIONS[control.population].asks_for_gaps:
        return gap.needs in _WHOLES
    return any(fact == gap.needs or fact.startswith(f"{gap.needs}.") for fact in control.reads)


def _concerned(item: object, index: Index) -> Iterator[Subject]:
    """All subjects whose gaps concern an item."""
    match item:
        case Execution():
            yield from item.subjects
        case Function():
            yield item.subject
            if item.latest.role is not None:
                yield from (role.subject for role, _ in index.roles_with_arn(item.latest.role, item.when))
            for identifier in item.latest.vpc.security_groups if item.latest.vpc is not None else ():
                yield from (group.subject for group, _ in index.security_groups(identifier, item.when))
        case _:
            yield item.subject  # type: ignore[attr-defined]


def _gaps_by_subject(estate: Estate) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = {}
    for gap in estate.gaps:
        found.setdefault(gap.subject.key, []).append(gap)
    return found


def _joined(verdicts: list[Verdict]) -> Verdict:
    """One subject's forms: it fails if one form fails, and does not apply only if no form does."""
    if len(verdicts) == 1:
        return verdicts[0]
    deviations: dict[str, Deviation] = {}
    unknowns: dict[str, Unknown] = {}
    for verdict in verdicts:
        for deviation in verdict.deviations:
            known = deviations.get(deviation.root_cause)
            if known is None or deviation.severity.rank < known.severity.rank:
                deviations[deviation.root_cause] = deviation
        unknowns |= {unknown.reason: unknown for unknown in verdict.unknowns}
    if deviations or unknowns:
        return Verdict.of(tuple(deviations.values()), tuple(unknowns.values()))
    passed = [verdict for verdict in verdicts if verdict.outcome is Outcome.PASS]
    return passed[0] if passed else verdicts[0]


def _settled(verdict: Verdict, control: Control) -> Verdict:
    """A small defect that was shown does not settle whether a graver one hides behind what is not known."""
    shown = min((deviation.severity.rank for deviation in verdict.deviations), default=None)
    if shown is None or not verdict.unknowns or shown <= control.severity.rank:
        return verdict
    return msgspec.structs.replace(verdict, outcome=Outcome.UNKNOWN)


def _with_gaps(verdict: Verdict, gaps: list[Gap]) -> Verdict:
    """What could not be read turns a pass into unknown; a fail stands, for it was shown."""
    if not gaps:
        return verdict
    unknowns = tuple(
        Unknown(reason=gap.reason, hint=gap.hint, at=(gap.at,) if gap.at is not None else ()) for gap in gaps
    )
    return Verdict.of(verdict.deviations, (*verdict.unknowns, *unknowns))
