"""Dumps to one estate: what each file holds, put together by account, and what none of them can hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from apiece.estate.estate import Account, Estate
from apiece.estate.gap import Gap
from apiece.estate.provenance import InFile
from apiece.read.aws.areas.identities import DetailPage
from apiece.read.aws.facts import Facts, in_order, merged
from apiece.read.dumps.carriers import GROUP as SECURITY_GROUP
from apiece.read.dumps.carriers import resources_of, security_groups_of
from apiece.read.dumps.details import account_of, identities, page_of
from apiece.read.dumps.file import Details, Items, malformed, open_dump
from apiece.read.dumps.items import Item, State, items_of, latest
from apiece.read.dumps.recorded import FUNCTION, ROLE, USER, account_subject, functions_of, identities_in
from apiece.read.missing import missing_roles
from apiece.read.reading import Reading

_OUTSIDE = ("scp", "rcp")
_LISTS = {"functions": FUNCTION, "roles": ROLE, "users": USER, "security-groups": SECURITY_GROUP}


@dataclass
class _Account:
    """What the files hold of one account."""

    id: str
    partition: str
    file: str
    details: tuple[Details, DetailPage] | None = None
    items: list[Item] = field(default_factory=list)
    partial: set[str] = field(default_factory=set)
    """Files that hold items and do not claim to hold all."""
    unread: int = 0

    @property
    def at(self) -> InFile:
        """Where it was found."""
        return InFile(file=self.file, path="")


def read_dumps(files: Mapping[str, bytes], *, taken_at: str) -> Reading:
    """Read files of authorization details and of AWS Config into one estate.

    Raises `MalformedSource` for a file that cannot be read at all; everything smaller is a gap.
    """
    accounts: dict[str, _Account] = {}
    for name in sorted(files):
        dump = open_dump(files[name], name)
        if isinstance(dump, Details):
            _take_details(dump, accounts)
        else:
            _take_items(dump, accounts)
    facts = merged(part for key in sorted(accounts) for part in _parts(accounts[key]))
    records = {name: tuple(value) for name, value in vars(facts).items() if name != "gaps"}
    estate = Estate(
        taken_at=taken_at,
        outside_source=_OUTSIDE,
        accounts=tuple(_account(accounts[key]) for key in sorted(accounts)),
        **records,  # type: ignore[arg-type]
    )
    gaps = tuple(in_order([*facts.gaps, *missing_roles(estate)]))
    return Reading(estate=msgspec.structs.replace(estate, gaps=gaps))


def _take_details(dump: Details, accounts: dict[str, _Account]) -> None:
    page = page_of(dump)
    partition, account = account_of(page, dump.file)
    known = accounts.setdefault(account, _Account(account, partition, dump.file))
    if known.details is not None:
        raise malformed(f"`{known.details[0].file}` holds the authorization details of the same account", dump.file)
    known.details = (dump, page)


def _take_items(dump: Items, accounts: dict[str, _Account]) -> None:
    items, unread = items_of(dump)
    if not items:
        what = "none of the configuration items can be read" if unread else "the file holds no configuration items"
        raise malformed(what, dump.file)
    for item in items:
        partition = item.arn.split(":")[1] if item.arn is not None and item.arn.startswith("arn:aws") else "aws"
        known = accounts.setdefault(item.account, _Account(item.account, partition, dump.file))
        known.items.append(item)
        if not dump.whole:
            known.partial.add(dump.file)
    if unread:
        for account in {item.account for item in items}:
            accounts[account].unread += unread


def _parts(account: _Account) -> Iterator[Facts]:
    items = latest(account.items)
    if account.details is not None:
        dump, page = account.details
        yield identities(page, dump, account.partition, account.id)
    else:
        yield identities_in(items, account.partition)
    found = resources_of(items, account.partition)
    yield found
    yield security_groups_of(items, account.partition)
    names = frozenset(resource.name for resource in found.resources if isinstance(resource.name, str))
    yield functions_of(items, account.partition, names)
    yield Facts(gaps=list(_not_held(account, items)))


def _not_held(account: _Account, items: list[Item]) -> Iterator[Gap]:
    """The lists that the files of an account do not hold, or not for certain to the end."""
    subject = account_subject(account.partition, account.id)

    def gap(needs: str, reason: str) -> Gap:
        hint = "check the live account, or give the other files of the account in the same run"
        return Gap(subject=subject, needs=needs, reason=reason, hint=hint, at=account.at)

    for needs, kind in _LISTS.items():
        if account.details is not None and needs in {"roles", "users"}:
            continue
        why = _why_not(account, items, kind) if items else _no(needs.replace("-", " "))
        if why is not None:
            yield gap(needs, why)
    yield gap("resources", "secrets, parameters and tables are not read from such files" if items else _no("resources"))
    yield gap("routes", _no("APIs and load balancers"))
    if account.unread:
        yield gap("account", f"{account.unread} configuration items cannot be read")


def _why_not(account: _Account, items: Iterable[Item], kind: str) -> str | None:
    states = {item.state for item in items if item.type == kind}
    if not states - {State.GONE}:
        return f"the source holds no item of {kind}: there are none, or they are not recorded"
    if State.UNKNOWN in states:
        return f"AWS Config does not record some items of {kind}"
    if account.partial:
        return f"`{min(account.partial)}` is no snapshot: it may hold a part of the items of {kind}"
    return None


def _no(what: str) -> str:
    return f"the source holds no {what}"


def _account(account: _Account) -> Account:
    regions = {item.region for item in account.items if item.region not in {"", "global"}}
    return Account(id=account.id, partition=account.partition, regions=tuple(sorted(regions)))
