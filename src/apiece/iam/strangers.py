"""Callers from outside of an account, and what is true of them: what they choose is free, what AWS says of them is not.

A stranger chooses the names of their own roles, users and sessions, what they send, and where they call from; they do
not choose their account, their organisation, or for whom a service calls. Conditions on the first stop nobody.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_network

from apiece.iam.document import Condition, Policy, PrincipalType, Statement, Word
from apiece.iam.request import Caller, CallerType
from apiece.iam.solver.atoms import Atom, Over, fact
from apiece.iam.solver.classes import Facts, accounts_in, facts_of
from apiece.text import example

_ORGANISATION = "o-strangers00"
_USER_ID = "AROASTRANGER000000000"
_LAST_ACCOUNT = 999988887777
_FRESH = {
    "aws:sourcevpc": "vpc-0fedcba9876543210",
    "aws:sourcevpce": "vpce-0fedcba9876543210",
    "aws:principalorgid": _ORGANISATION,
    "aws:sourceorgid": _ORGANISATION,
    "aws:principalorgpaths": f"{_ORGANISATION}/r-strg/",
    "aws:sourceorgpaths": f"{_ORGANISATION}/r-strg/",
    "aws:viaawsservice": "false",
}
_CHOSEN = frozenset(
    {
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceidentity",
        "aws:tagkeys",
        "aws:useragent",
        "aws:vpcsourceip",
    }
)
"""Global keys that a caller chooses. All other global keys are AWS's word."""
_TAGS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
_GIVEN = (
    "s3:dataaccesspoint",
    "s3:accesspoint",
    "s3:accessgrants",
    "s3:resourceaccount",
    "kms:calleraccount",
    "kms:recipientattestation",
    "lambda:",
    "saml:",
    "ec2:",
    "ssm:",
    "iam:",
    "sts:",
)
"""Beginnings of service keys that are AWS's word: the way through an access point, an enclave, a function."""
_OWN = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "kms:calleraccount", "aws:userid"})
_SERVICES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:principalservicename")
"""Keys that only a request of a service carries."""
_SERVICE_OF_ARN = re.compile(r"arn:[^:]*:([a-z0-9-]+):")
_FREE = frozenset({"aws:username", "aws:currenttime", "aws:epochtime"})
"""Keys that follow from the name of a user and from the time."""
_WIDE = {4: 8, 6: 32}
"""A block wider than this holds addresses that anybody can rent; S3 judges so too."""


class Stratum(StrEnum):
    """How far access reaches, the widest first."""

    ANYONE = "anyone"
    """Without signing in."""
    ANY_ACCOUNT = "any-account"
    """Any identity of any AWS account."""
    ANY_SOURCE = "any-source"
    """An AWS service, on behalf of anyone's resource."""
    NAMED = "named"
    """An outsider that the policy names."""


@dataclass(frozen=True)
class Stranger:
    """A kind of outsider: an example, and what is true of all of them."""

    stratum: Stratum
    caller: Caller
    facts: Facts


def stranger_account(policies: Iterable[Policy], known: Iterable[str] = ()) -> str:
    """An account that nothing names: it stands for all accounts of the world."""
    taken = {*known, *(account for policy in policies for one in policy.statements for account in accounts_in(one))}
    return next(str(number) for number in range(_LAST_ACCOUNT, 0, -1) if str(number) not in taken)


def strangers(policies: tuple[Policy, ...], account: str, today: dt.date | None = None) -> Iterator[Stranger]:
    """All kinds of strangers, seen from some policies: unsigned, as a role or user, through a service.

    `account` is one that nothing names. Without `today` a condition on time may be met at any time.
    """
    given = _given(policies, today)
    nobody = Caller(CallerType.ANONYMOUS, None)
    yield Stranger(Stratum.ANYONE, nobody, {**given, **facts_of(nobody), **absent(*_OWN)})
    for kind, own in ((CallerType.ROLE, "role"), (CallerType.USER, "user")):
        caller = Caller(kind, f"arn:aws:iam::{account}:{own}/stranger", account)
        yield Stranger(Stratum.ANY_ACCOUNT, caller, {**given, **_named_freely(caller)})
    for service in _services(policies):
        yield through_service(service, policies, account, today)


def through_service(service: str, policies: tuple[Policy, ...], account: str, today: dt.date | None = None) -> Stranger:
    """An AWS service that calls for a resource of an account."""
    caller = Caller(CallerType.SERVICE, service)
    sources = _without_buckets(source_of(account), policies)
    return Stranger(Stratum.ANY_SOURCE, caller, {**_given(policies, today), **facts_of(caller), **sources})


def named_outsider(caller: Caller, today: dt.date | None = None) -> Stranger:
    """A caller whom a policy names: taken to meet what its conditions ask, but for who they are and what time it is."""
    own: Facts = {}
    for key in ("kms:calleraccount", "aws:sourceowner"):
        if caller.account is not None:
            own[f"key/{key}"] = frozenset({(fact(key, caller.account), True)})
    if caller.type is not CallerType.SERVICE:
        own |= absent(*_SERVICES)
    return Stranger(Stratum.NAMED, caller, {**_time(today), **facts_of(caller), **own})


def absent(*keys: str) -> Facts:
    """The facts that a request carries none of these keys."""
    return {f"key/{key}": frozenset({(fact(key, None), True)}) for key in keys}


def _named_freely(caller: Caller) -> Facts:
    facts = facts_of(caller)
    own = "isrole" if caller.type is CallerType.ROLE else "isuser"
    in_account = fact("aws:principalarn", f"arn:aws:iam::{caller.account}:*", name="arnlike")
    facts["key/aws:principalarn"] = frozenset(
        {(fact("aws:principalarn", caller.arn, name=own), True), (in_account, True)}
    )
    if caller.type is CallerType.USER:
        del facts["key/aws:username"]
    session = _USER_ID if caller.type is CallerType.USER else f"{_USER_ID}:?*"
    facts["key/aws:userid"] = frozenset({(fact("aws:userid", session, name="stringlike"), True)})
    for key in ("kms:calleraccount", "aws:sourceowner"):
        facts[f"key/{key}"] = frozenset({(_unless_absent(key, caller.account or ""), True)})
    return facts | absent(*_SERVICES)


def source_of(account: str) -> Facts:
    """What is true of a service that calls for a resource of an account.

    The ARN of an S3 bucket does not say whose it is.
    """
    own = _arns("aws:sourcearn", f"arn:*:*:*:{account}:*", "arn:*:s3:::?*")
    of_s3 = _arns("aws:sourcearn", "arn:*:s3:*:?*:*")
    of_account = frozenset({(fact("aws:sourceaccount", account), True)})
    return {
        "key/aws:sourcearn": frozenset({(own, True), (of_s3, False)}),
        "key/aws:sourceaccount": of_account,
        "key/aws:sourceowner": frozenset({(_unless_absent("aws:sourceowner", account), True)}),
    }


def _without_buckets(facts: Facts, policies: tuple[Policy, ...]) -> Facts:
    """The facts without buckets that policies name: a name is given once, and whoever names it means their own."""
    named = sorted(
        text
        for policy in policies
        for statement in policy.statements
        for word in _sources(statement)
        if (text := example(word.text)).startswith("arn:") and not set(text.rpartition(":")[2]) & {"*", "?"}
    )
    if not named:
        return facts
    buckets = _arns("aws:sourcearn", *(f"arn:*:s3:*:*:{text.rpartition(':')[2]}" for text in named))
    return facts | {"key/aws:sourcearn": facts["key/aws:sourcearn"] | {(buckets, False)}}


def _sources(statement: Statement) -> Iterator[Word]:
    for condition in statement.conditions:
        if condition.key.lower() == "aws:sourcearn":
            yield from condition.values


def _arns(key: str, *patterns: str) -> Atom:
    return fact(key, *patterns, name="arnlike")


def _services(policies: tuple[Policy, ...]) -> list[str]:
    """The services that are named, those whose resources a condition on the source names, and one that is not."""
    statements = [one for policy in policies for one in policy.statements]
    named = {
        example(principal.word.text)
        for one in statements
        for principal in one.principals or ()
        if principal.type is PrincipalType.SERVICE
    }
    sources = {
        f"{match[1]}.amazonaws.com"
        for one in statements
        for word in _sources(one)
        if (match := _SERVICE_OF_ARN.match(example(word.text)))
    }
    return list(dict.fromkeys((*sorted(named), *sorted(sources), "sns.amazonaws.com")))


def _given(policies: tuple[Policy, ...], today: dt.date | None) -> Facts:
    """What AWS says of a stranger, for each key that some condition asks about."""
    found: Facts = _time(today)
    conditions = [one for policy in policies for statement in policy.statements for one in statement.conditions]
    for condition in conditions:
        key = condition.key.lower()
        if f"key/{key}" in found:
            continue
        if key == "aws:sourceip":
            found[f"key/{key}"] = frozenset({(_outside(conditions), True)})
        elif not _is_chosen(key) and key not in _OWN | _FREE:
            found[f"key/{key}"] = frozenset({(_unless_absent(key, _FRESH.get(key, "stranger")), True)})
    return found


def _is_chosen(key: str) -> bool:
    if key.startswith("aws:"):
        return key in _CHOSEN or key.startswith(_TAGS)
    return not key.startswith(_GIVEN) and "." not in key.partition(":")[0]


def _unless_absent(key: str, value: str) -> Atom:
    several = key.endswith("orgpaths")
    over = Over.ALL if several else Over.ONE
    return replace(fact(key, value), if_exists=not several, over=over)


def _outside(conditions: list[Condition]) -> Atom:
    """Not an address of a block that somebody owns; blocks that are sold widely hold strangers."""
    narrow = []
    for condition in conditions:
        for word in condition.values if condition.key.lower() == "aws:sourceip" else ():
            try:
                block = ip_network(example(word.text).strip(), strict=False)
            except ValueError:
                continue
            if block.prefixlen >= _WIDE[block.version]:
                narrow.append(str(block))
    return replace(fact("aws:sourceip", *sorted(set(narrow)), name="ipaddress"), negative=True)


def _time(today: dt.date | None) -> Facts:
    if today is None:
        return {}
    noon = dt.datetime(today.year, today.month, today.day, 12, tzinfo=dt.UTC)
    at = {"aws:currenttime": noon.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:epochtime": str(int(noon.timestamp()))}
    return {f"key/{key}": frozenset({(fact(key, value), True)}) for key, value in at.items()}
