"""Live accounts to an estate: who reads, where, in which order, and what is put together at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from apiece.errors import ReadError
from apiece.estate.estate import Account, Estate
from apiece.estate.gap import Gap
from apiece.read.aws.areas import GLOBAL, REGIONAL
from apiece.read.aws.areas.functions import functions
from apiece.read.aws.areas.organization import Organisation, organization
from apiece.read.aws.areas.regions import enabled_regions
from apiece.read.aws.areas.resources import buckets, resources
from apiece.read.aws.desk import Counter, Desk
from apiece.read.aws.facts import Facts, in_order, merged
from apiece.read.aws.pace import Pace
from apiece.read.aws.session import THREADS, Access, Identity, identify, open_access
from apiece.read.aws.tape import Tape, open_tape
from apiece.read.aws.target import AwsTarget
from apiece.read.aws.wire import Wire
from apiece.read.missing import missing_roles
from apiece.read.reading import Reading

_AREAS = 16
Area = Callable[[Desk], Facts]


@dataclass(frozen=True)
class Ways:
    """How to read. `role` is the name of a role to take in each account; `accounts` limits which; `tape` keeps answers.

    `pace` tells how fast; `told` is called with the number of calls sent so far.
    """

    pace: Pace
    role: str | None = None
    accounts: tuple[str, ...] = ()
    tape: Path | None = None
    told: Callable[[int], None] = lambda _: None


@dataclass
class Read:
    """What a reading of live accounts is: the estate, and the calls that it took."""

    reading: Reading
    calls: dict[str, int]


@dataclass
class _Work:
    """What goes on while accounts are read."""

    identity: Identity
    ways: Ways
    tape: Tape | None
    calls: ThreadPoolExecutor
    areas: ThreadPoolExecutor
    counter: Counter = field(default_factory=Counter)
    stopped: threading.Event = field(default_factory=threading.Event)
    parts: list[Facts] = field(default_factory=list)
    regions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)

    def desk(self, access: Access, account: str, region: str) -> Desk:
        return Desk(
            account=account,
            region=region,
            partition=self.identity.partition,
            wire=Wire(access, account, region, self.ways.pace),
            pool=self.calls,
            tape=self.tape,
            counter=self.counter,
            stopped=self.stopped,
        )


def read_aws(target: AwsTarget, *, taken_at: str, ways: Ways) -> Read:
    """Read the account of the target's credentials, or with a role all accounts that it can be taken in.

    Raises `ReadError` or `UsageError` where nothing can be read at all; everything later is a gap.
    """
    access = open_access(target.profile, target.regions[0] if target.regions else None)
    identity = identify(access)
    name = f"aws:{target.profile or ''}/{','.join(target.regions)}/{ways.role or ''}/{','.join(ways.accounts)}"
    tape = open_tape(ways.tape, (name,), identity.account, taken_at) if ways.tape is not None else None
    with ThreadPoolExecutor(THREADS) as calls, ThreadPoolExecutor(_AREAS) as areas:
        work = _Work(identity, ways, tape, calls, areas)
        try:
            organisation = organization(work.desk(access, identity.account, access.home))
            accounts = _accounts(organisation, identity, ways)
            _run(work, [partial(_account, work, access, account, target) for account in accounts])
        except KeyboardInterrupt:
            work.stopped.set()
            areas.shutdown(wait=False, cancel_futures=True)
            raise
    estate = _estate(work, organisation, accounts, tape.began if tape is not None else taken_at)
    if tape is not None:
        tape.close()
    return Read(Reading(estate=estate), work.counter.sent)


Job = Callable[[], "list[Job]"]


def _run(work: _Work, jobs: Iterable[Job]) -> None:
    """Run jobs, and the jobs that they find."""
    running: set[Future[list[Job]]] = {work.areas.submit(job) for job in jobs}
    while running:
        done, running = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in done:
            running |= {work.areas.submit(job) for job in future.result()}
        work.ways.told(sum(work.counter.sent.values()))


def _accounts(organisation: Organisation, identity: Identity, ways: Ways) -> list[str]:
    if ways.role is None:
        return [identity.account]
    return sorted(set(ways.accounts) or set(organisation.accounts))


def _account(work: _Work, access: Access, account: str, target: AwsTarget) -> list[Job]:
    own = access
    if account != work.identity.account:
        own = access.assume(f"arn:{work.identity.partition}:iam::{account}:role/{work.ways.role}", access.home)
        try:
            identify(own)
        except ReadError as error:
            desk = work.desk(own, account, access.home)
            reason = f"account {account} could not be read: role `{work.ways.role}` cannot be taken there"
            work.parts.append(Facts(gaps=[Gap(subject=desk.itself, needs="account", reason=reason, hint=error.hint)]))
            return []
    home = work.desk(own, account, access.home)
    facts = Facts()
    regions = target.regions or enabled_regions(home, facts)
    work.regions[account] = regions
    if not target.regions and not facts.gaps:
        work.whole.add(account)
    named = buckets(home)
    work.parts += [facts, named]
    known = frozenset(_names(named))
    jobs: list[Job] = [_job(work, area, home) for area in GLOBAL]
    for region in regions:
        desk = work.desk(own, account, region)
        jobs += [_job(work, area, desk) for area in REGIONAL]
        jobs.append(_job(work, partial(_region, known), desk))
    return jobs


def _job(work: _Work, area: Area, desk: Desk) -> Job:
    def job() -> list[Job]:
        work.parts.append(area(desk))
        return []

    return job


def _region(known: frozenset[str], desk: Desk) -> Facts:
    """Resources first: their names may stand in the environments of functions."""
    found = resources(desk)
    return merged((found, functions(desk, known | frozenset(_names(found)))))


def _names(facts: Facts) -> Iterable[str]:
    return (resource.name for resource in facts.resources if isinstance(resource.name, str))


def _estate(work: _Work, organisation: Organisation, accounts: list[str], taken_at: str) -> Estate:
    facts = merged(work.parts)
    records = {name: tuple(value) for name, value in vars(facts).items() if name != "gaps"}
    known = organisation.accounts
    estate = Estate(
        taken_at=taken_at,
        outside_source=organisation.unread,
        members=tuple(sorted(known)) if len(known) > 1 else (),
        accounts=tuple(
            msgspec.structs.replace(
                known.get(account) or Account(id=account),
                partition=work.identity.partition,
                regions=work.regions.get(account, ()),
                every_region=account in work.whole,
            )
            for account in accounts
        ),
        **records,  # type: ignore[arg-type]
    )
    return msgspec.structs.replace(estate, gaps=tuple(in_order([*facts.gaps, *missing_roles(estate)])))
