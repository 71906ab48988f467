"""Live accounts to an estate: who reads, where, in which order, and what is put together at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from apiece.estate.estate import Account, Estate
from apiece.estate.gap import Gap
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.areas import GLOBAL, REGIONAL
from apiece.read.aws.areas.functions import functions
from apiece.read.aws.areas.organization import Organisation, organization
from apiece.read.aws.areas.regions import enabled_regions
from apiece.read.aws.areas.resources import buckets, resources
from apiece.read.aws.call import Failure, Lack
from apiece.read.aws.desk import Counter, Desk
from apiece.read.aws.facts import Facts, in_order, merged
from apiece.read.aws.identity import Identity, identify, who
from apiece.read.aws.pace import Pace
from apiece.read.aws.session import THREADS, Access, open_access
from apiece.read.aws.tape import Tape, open_tape
from apiece.read.aws.target import AwsTarget
from apiece.read.aws.wire import Wire
from apiece.read.missing import missing_roles
from apiece.read.reading import Reading

_AREAS = 16
THREAD_NAMES = "apiece-read"
"""What the names of all threads begin with that wait for AWS."""
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
            wire=Wire(access, account, region, self.ways.pace, self.stopped),
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
    identity = identify(access, ways.pace)
    name = f"aws:{target.profile or ''}/{','.join(target.regions)}/{ways.role or ''}/{','.join(ways.accounts)}"
    tape = open_tape(ways.tape, (name,), identity.account, taken_at) if ways.tape is not None else None
    calls, areas = ThreadPoolExecutor(THREADS, THREAD_NAMES), ThreadPoolExecutor(_AREAS, THREAD_NAMES)
    work = _Work(identity, ways, tape, calls, areas)
    whole = False
    try:
        home = work.desk(access, identity.account, access.home)
        organisation = organization(home)
        work.parts.append(Facts(gaps=list(_unread(home, organisation, ways))))
        accounts = _accounts(organisation, identity, ways)
        _run(work, [partial(_account, work, access, account, target) for account in accounts])
        whole = True
    finally:
        # Nobody waits for calls under way when a reading is given up: their answers may take a minute each.
        if not whole:
            work.stopped.set()
        for pool in (areas, calls):
            pool.shutdown(wait=whole, cancel_futures=not whole)
    estate = _estate(work, organisation, accounts, tape.began if tape is not None else taken_at)
    if tape is not None:
        tape.finish()
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


def _unread(desk: Desk, organisation: Organisation, ways: Ways) -> Iterator[Gap]:
    """What is not known of the organisation. A member that may not look is no gap: it cannot be granted there."""
    if organisation.why is None:
        return
    call, failure = organisation.why
    if not organisation.outside:
        yield desk.gap(call, failure, desk.itself, "account.scp", "the organisation's control policies")
    if ways.role is not None and not ways.accounts and not organisation.listed:
        # A subject of its own: what is known of this account is no less known for it.
        arn = f"arn:{desk.partition}:organizations::{desk.account}:organization"
        whole = Subject(kind=SubjectKind.ACCOUNT, arn=arn)
        yield desk.gap(call, failure, whole, "account", "the list of the organisation's accounts")


def _account(work: _Work, access: Access, account: str, target: AwsTarget) -> list[Job]:
    own = access
    if account != work.identity.account:
        role = f"arn:{work.identity.partition}:iam::{account}:role/{work.ways.role}"
        own = access.assume(role, access.home)
        found = who(own, work.ways.pace)
        if isinstance(found, Failure):
            work.parts.append(Facts(gaps=[_not_taken(work.desk(own, account, access.home), role, found)]))
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


def _not_taken(desk: Desk, role: str, failure: Failure) -> Gap:
    denied = failure.lack is Lack.DENIED
    return Gap(
        subject=desk.itself,
        needs="account",
        reason=f"account {desk.account} could not be read: role `{role[:160]}` cannot be taken ({failure.code})",
        hint=f"allow `sts:AssumeRole` on `{role[:160]}`, here and in the role's trust policy" if denied else None,
        iam_action="sts:AssumeRole" if denied else None,
    )


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
