"""Virtual networks as far as functions stand in them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.estate.when import ALWAYS, When
from apiece.text import Text


class PeerKind(StrEnum):
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    SECURITY_GROUP = "security-group"
    PREFIX_LIST = "prefix-list"


class TrafficRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a security group. `protocol` is `tcp`, `udp`, … or `-1` for all; ports None mean all."""

    protocol: Text
    from_port: int | None
    to_port: int | None
    peer_kind: PeerKind
    peer: Text
    when: When = ALWAYS
    at: Provenance | None = None


class SecurityGroup(msgspec.Struct, frozen=True, kw_only=True):
    """`egress` None means that none is stated: AWS then allows all outbound traffic."""

    subject: Subject
    id: Text
    vpc: Text | None = None
    ingress: tuple[TrafficRule, ...] = ()
    egress: tuple[TrafficRule, ...] | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class Vpc(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    id: Text
    cidr: Text | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class Subnet(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    id: Text
    vpc: Text | None = None
    when: When = ALWAYS
    at: Provenance | None = None


class VpcEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    subject: Subject
    id: Text
    service: Text
    vpc: Text | None = None
    policies: tuple[AttachedPolicy, ...] = ()
    when: When = ALWAYS
    at: Provenance | None = None
