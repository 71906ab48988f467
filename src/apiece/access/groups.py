"""The security groups that a function's network interfaces carry, and how far their rules reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from apiece.access.index import Index
from apiece.estate.estate import Estate
from apiece.estate.function import Function, VpcAttachment
from apiece.estate.network import SecurityGroup, TrafficRule
from apiece.estate.when import When
from apiece.records.verdict import Unknown
from apiece.text import Text, show

_WIDEST = {4: 8, 6: 16}
_UNIQUE_LOCAL = ipaddress.IPv6Network("fc00::/7")


def groups_of(function: Function, index: Index) -> Iterator[tuple[SecurityGroup, When] | Unknown]:
    """Each group of a function with the choices under which it carries it, or why one is not there to be looked at."""
    vpc = function.latest.vpc
    for identifier in vpc.security_groups if vpc is not None else ():
        groups = list(index.security_groups(identifier, function.when))
        if not groups and vpc is not None:
            yield _missing(function, vpc, identifier, index.estate)
        yield from groups


def _missing(function: Function, vpc: VpcAttachment, identifier: Text, estate: Estate) -> Unknown:
    """Why a group is not there: the list of groups could not be read, or it lies outside of the source."""
    here = (function.subject.account, function.subject.region)
    for gap in estate.gaps:
        if gap.needs == "security-groups" and here == (gap.subject.account, gap.subject.region):
            return Unknown(reason=gap.reason, hint=gap.hint, at=(gap.at,) if gap.at else ())
    return Unknown(
        reason=f"security group `{show(identifier)}` is not in the source",
        at=(vpc.at,) if vpc.at else (),
        hint="check the template that defines it in the same run, or the live account",
    )


def is_world(peer: str) -> bool:
    """Tell whether a block holds all addresses, or so many that it amounts to the same."""
    try:
        network = ipaddress.ip_network(peer, strict=False)
    except ValueError:
        return False
    unique_local = isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_UNIQUE_LOCAL)
    return network.prefixlen < _WIDEST[network.version] and not unique_local


def has_all_ports(rule: TrafficRule) -> bool:
    """Tell whether a rule is about every port."""
    return rule.protocol == "-1" or rule.from_port is None


def ports(rule: TrafficRule) -> str:
    """Write the ports of a rule for people."""
    if has_all_ports(rule):
        return "on all ports"
    if rule.from_port == rule.to_port or rule.to_port is None:
        return f"on port {rule.from_port}"
    return f"on ports {rule.from_port} to {rule.to_port}"
