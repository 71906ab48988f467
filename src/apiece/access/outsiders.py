"""Callers from outside of an account, as they can make themselves look to a resource's policy.

A stranger chooses the names of their own roles, users and sessions, what they send, and where they call from; they do
not choose what AWS says of them: account, organisation, and for whom a service calls. Conditions on the first stop
nobody.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apiece.access.rights import past, satisfying
from apiece.iam.document import Condition, Statement
from apiece.iam.pattern import Pattern, PatternBudget, find, glob, resource
from apiece.iam.request import Caller, CallerType
from apiece.text import example, is_open, show

Context = dict[str, str | tuple[str, ...]]

_LAST_ACCOUNT = 999988887777
_ORGANISATION = "o-strangers00"
_USER_ID = "AROASTRANGER000000000"
_ADDRESS = "198.51.100.7"
_TAGS = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/")
_CHOSEN = frozenset({
    "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:referer", "aws:requestedregion", "aws:securetransport",
    "aws:sourceidentity", "aws:tagkeys", "aws:useragent",
})  # fmt: skip
"""Global keys that a caller chooses. All other global keys are AWS's word."""
_GIVEN = (
    "s3:dataaccesspoint", "s3:accesspoint", "s3:accessgrants", "s3:resourceaccount", "kms:calleraccount",
    "kms:recipientattestation", "lambda:", "saml:", "ec2:", "ssm:", "iam:", "sts:",
)  # fmt: skip
"""Beginnings of service keys that are AWS's word: the way through an access point, an enclave, a function."""
_IDENTITY = frozenset({
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principaltype", "aws:username",
    "aws:principalisawsservice", "aws:principalservicename", "aws:principalservicenameslist", "aws:sourcearn",
    "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "kms:calleraccount",
    "aws:resourceaccount", "aws:currenttime", "aws:epochtime",
})  # fmt: skip
"""Keys that follow from who calls and when."""
_WIDE = {4: 8, 6: 32}
"""A block wider than this holds addresses that anybody can rent; S3 judges so too."""


@dataclass(frozen=True)
class Outsider:
    """A caller with what the request carries."""

    caller: Caller
    context: Context


def stranger_account(statements: Iterable[Statement], known: Iterable[str]) -> str:
    """An account that nothing names: it stands for all accounts of the world."""
    words = []
    for one in statements:
        words += [principal.word for principal in (*(one.principals or ()), *(one.not_principals or ()))]
        words += [word for condition in one.conditions for word in condition.values]
    named = "\n".join([*known, *(show(word.text) for word in words)])
    return next(str(account) for account in range(_LAST_ACCOUNT, 0, -1) if str(account) not in named)


def strangers(account: str, grant: Statement, denials: Iterable[Statement], today: dt.date) -> Iterator[Outsider]:
    """Strangers who try what the conditions let them: without signing in, as a role, as a user, through a service."""
    refusals = _refusals(denials)
    conditions = (*grant.conditions, *refusals)
    sent = past(filter(_is_chosen, refusals)) | satisfying(tuple(filter(_is_chosen, grant.conditions)))
    for place in _places(conditions):
        base = {**moment(today), **place}
        yield Outsider(Caller(CallerType.ANONYMOUS, None), {**base, **sent})
        for caller, own in _callers(account, conditions):
            yield Outsider(caller, {**base, **own, **sent})
    for caller, own in _services(account, grant.conditions):
        yield Outsider(caller, {**moment(today), **own, **sent})


def named_outsider(caller: Caller, grant: Statement, denials: Iterable[Statement], today: dt.date) -> Outsider:
    """A caller whom a policy names: taken to meet what its conditions ask, but for who they are and what time it is."""
    refusals = filter(_is_free, _refusals(denials))
    own = {"kms:CallerAccount": caller.account or "", "aws:SourceOwner": caller.account or ""}
    wanted = satisfying(tuple(filter(_is_free, grant.conditions)))
    return Outsider(caller, {**moment(today), **own, **past(refusals), **wanted})


def named_values(conditions: Iterable[Condition], key: str) -> list[str]:
    """The values that conditions name for a key, in order."""
    named = (word for one in conditions if one.key.lower() == key.lower() for word in one.values)
    return list(dict.fromkeys(example(word.text) for word in named if not is_open(word.text)))


def _refusals(denials: Iterable[Statement]) -> tuple[Condition, ...]:
    """The conditions of denials. What only asks for a key to be there comes first, so that a value overrules it."""
    found = (condition for denial in denials for condition in denial.conditions)
    return tuple(sorted(found, key=lambda condition: condition.operator.lower() != "null"))


def moment(today: dt.date) -> Context:
    """What every request of a day carries: its time, and that it is encrypted."""
    noon = dt.datetime(today.year, today.month, today.day, 12, tzinfo=dt.UTC)
    return {
        "aws:CurrentTime": noon.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(noon.timestamp())),
        "aws:SecureTransport": "true",
    }


def _is_free(condition: Condition) -> bool:
    return condition.key.lower() not in _IDENTITY


def _is_chosen(condition: Condition) -> bool:
    key = condition.key.lower()
    if key.startswith("aws:"):
        return key in _CHOSEN or key.startswith(_TAGS)
    return not key.startswith(_GIVEN) and "." not in key.partition(":")[0]


def _places(conditions: tuple[Condition, ...]) -> Iterator[Context]:
    """Where a stranger calls from: the internet, from any block that is sold widely, and a network of their own."""
    addresses = [_ADDRESS]
    for value in named_values(conditions, "aws:sourceip"):
        try:
            block = ipaddress.ip_network(value, strict=False)
        except ValueError:
            continue
        if block.prefixlen < _WIDE[block.version]:
            addresses.append(str(block.network_address + 1))
    for address in dict.fromkeys(addresses):
        yield {"aws:SourceIp": address}
    private = next(iter(named_values(conditions, "aws:vpcsourceip")), "10.0.0.1").partition("/")[0]
    yield {
        "aws:SourceVpc": "vpc-0fedcba9876543210",
        "aws:SourceVpce": "vpce-0fedcba9876543210",
        "aws:VpcSourceIp": private,
    }


def _callers(account: str, conditions: tuple[Condition, ...]) -> Iterator[tuple[Caller, Context]]:
    """A role and a user of the stranger's, under each name that a condition asks for and a stranger can give."""
    roles, users = f"arn:aws:iam::{account}:role/", f"arn:aws:iam::{account}:user/"
    wanted = named_values(conditions, "aws:principalarn")
    names = named_values(conditions, "aws:username")
    role_arns = [f"{roles}stranger", *_fitting(f"{roles}?*", wanted)]
    user_arns = [*_fitting(f"{users}?*", wanted), *(users + name for name in _fitting("?*", names))]
    sessions = [f"{_USER_ID}:stranger", *_fitting(f"{_USER_ID}:?*", named_values(conditions, "aws:userid"))]
    organised: Context = {"aws:PrincipalOrgPaths": (f"{_ORGANISATION}/r-strg/",), "kms:CallerAccount": account}
    if any(condition.key.lower() == "aws:sourceowner" for condition in conditions):
        organised["aws:SourceOwner"] = account
    alone: Context = {key: value for key, value in organised.items() if key != "aws:PrincipalOrgPaths"}
    yield Caller(CallerType.ROLE, role_arns[0], account), {**alone, "aws:userid": sessions[0]}
    for arn in role_arns:
        for session in sessions:
            yield Caller(CallerType.ROLE, arn, account, _ORGANISATION), {**organised, "aws:userid": session}
    for arn in user_arns:
        yield Caller(CallerType.USER, arn, account, _ORGANISATION), {**organised, "aws:userid": _USER_ID}


def _services(account: str, conditions: tuple[Condition, ...]) -> Iterator[tuple[Caller, Context]]:
    """AWS services that call for a stranger, where a condition asks for whom a service calls."""
    sources = named_values(conditions, "aws:sourcearn")
    if not sources and not named_values(conditions, "aws:sourceaccount"):
        return
    shapes = (f"arn:aws:sns:us-east-1:{account}:stranger", f"arn:aws:events:us-east-1:{account}:rule/stranger")
    found = [arn for arn in _fitting(f"arn:aws:?*:?*:{account}:?*", sources) if not arn.startswith("arn:aws:s3:")]
    for arn in dict.fromkeys((*shapes, "arn:aws:s3:::a-strangers-bucket", *found)):
        own: Context = {"aws:SourceArn": arn, "aws:SourceAccount": account, "aws:SourceOrgID": _ORGANISATION}
        yield Caller(CallerType.SERVICE, f"{arn.split(':')[2]}.amazonaws.com"), own


def _fitting(shape: str, wanted: Iterable[str]) -> list[str]:
    """For each wanted pattern a text of a shape that fits it, where there is one."""
    own = resource(shape) if shape.startswith("arn:") else glob(shape)
    return [text for value in wanted if (text := _found(own, glob(value))) is not None]


def _found(own: Pattern, wanted: Pattern) -> str | None:
    try:
        return find((own, wanted))
    except PatternBudget:
        return None
