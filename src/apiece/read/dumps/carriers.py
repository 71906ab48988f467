"""Buckets, queues, topics, keys and security groups from configuration items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.network import PeerKind, SecurityGroup, TrafficRule
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.resource import Resource
from apiece.estate.subject import Subject, SubjectKind
from apiece.iam.document import PolicyKind
from apiece.read.aws.documents import attached
from apiece.read.aws.facts import Facts
from apiece.read.dumps.file import without_values
from apiece.read.dumps.items import Held, Item, of_type, policy_in
from apiece.read.dumps.recorded import account_subject, place

GROUP = "AWS::EC2::SecurityGroup"


@dataclass(frozen=True)
class _Kind:
    """Where an item of a type keeps its ARN, name, policy and key."""

    kind: SubjectKind
    arn: str
    name: str
    policy: tuple[str, ...]
    key: str | None = None


_KINDS = {
    "AWS::S3::Bucket": _Kind(SubjectKind.BUCKET, "", "name", ("BucketPolicy",)),
    "AWS::SQS::Queue": _Kind(SubjectKind.QUEUE, "QueueArn", "QueueName", ("Policy",), "KmsMasterKeyId"),
    "AWS::SNS::Topic": _Kind(SubjectKind.TOPIC, "TopicArn", "", ("Policy",), "KmsMasterKeyId"),
    "AWS::KMS::Key": _Kind(SubjectKind.KEY, "arn", "keyId", ("Policy",)),
}


class Range(msgspec.Struct, frozen=True, rename="camel"):
    cidr_ip: str | None = None
    cidr_ipv6: str | None = None
    prefix_list_id: str | None = None
    group_id: str | None = None


class Permission(msgspec.Struct, frozen=True, rename="camel"):
    """One rule. `ip_ranges` are bare ranges in AWS Config, and objects in EC2's own answers."""

    ip_protocol: str = "-1"
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[str | Range, ...] | None = None
    ipv4_ranges: tuple[Range, ...] | None = None
    ipv6_ranges: tuple[Range, ...] | None = None
    prefix_list_ids: tuple[Range, ...] | None = None
    user_id_group_pairs: tuple[Range, ...] | None = None


class Group(msgspec.Struct, frozen=True, rename="camel"):
    group_id: str
    vpc_id: str | None = None
    ip_permissions: tuple[Permission, ...] | None = None
    ip_permissions_egress: tuple[Permission, ...] | None = None


class Default(msgspec.Struct, frozen=True):
    key: str | None = msgspec.field(default=None, name="kmsMasterKeyID")


class EncryptionRule(msgspec.Struct, frozen=True, rename="camel"):
    apply_server_side_encryption_by_default: Default | None = None


class Encryption(msgspec.Struct, frozen=True, rename="camel"):
    rules: tuple[EncryptionRule, ...] = ()


# ---- what carries a policy


def resources_of(items: list[Item], partition: str) -> Facts:
    """The resources among the items of one account."""
    facts = Facts()
    for type_, kind in _KINDS.items():
        for item in of_type(items, type_):
            if item.configuration.get("keyManager") == "AWS":
                continue
            facts.resources.append(_resource(item, kind, partition, facts))
    return facts


def _resource(item: Item, kind: _Kind, partition: str, facts: Facts) -> Resource:
    name = _text(item.configuration.get(kind.name)) or item.name or ""
    arn = _text(item.configuration.get(kind.arn)) or item.arn or ""
    if kind.kind is SubjectKind.BUCKET:
        arn = f"arn:{partition}:s3:::{name}"
    subject = Subject(kind=kind.kind, arn=arn, account=item.account, region=item.region or None)
    return Resource(
        subject=subject,
        name=arn.rpartition(":")[2] if kind.kind is SubjectKind.TOPIC else name,
        arn=arn,
        policies=tuple(_policies(item, kind, subject, facts)),
        key=_bucket_key(item) if kind.kind is SubjectKind.BUCKET else _text(item.configuration.get(kind.key or "")),
        at=place(item),
    )


def _policies(item: Item, kind: _Kind, subject: Subject, facts: Facts) -> Iterator[AttachedPolicy]:
    needs = f"{kind.kind}.policies"
    held, document = policy_in(item, *kind.policy)
    match held:
        case Held.NONE:
            return
        case Held.UNKNOWN:
            reason = "the item does not hold the resource policy"
            facts.gaps.append(Gap(subject=subject, needs=needs, reason=reason, at=place(item)))
            return
        case Held.POLICY:
            policy, why = attached(
                document, PolicyKind.RESOURCE, name="resource policy", form=PolicyForm.RESOURCE, at=place(item)
            )
            if why is not None:
                reason = f"the resource policy is not one: {why}"
                facts.gaps.append(Gap(subject=subject, needs=needs, reason=reason, at=place(item)))
            yield policy


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _bucket_key(item: Item) -> str | None:
    try:
        found = msgspec.convert(item.supplementary.get("ServerSideEncryptionConfiguration") or {}, Encryption)
    except (msgspec.ValidationError, RecursionError):
        return None
    defaults = [rule.apply_server_side_encryption_by_default for rule in found.rules]
    return next((one.key for one in defaults if one is not None and one.key), None)


# ---- security groups


def security_groups_of(items: list[Item], partition: str) -> Facts:
    """The security groups among the items of one account."""
    facts = Facts()
    for item in of_type(items, GROUP):
        try:
            group = msgspec.convert(item.configuration, Group)
        except (msgspec.ValidationError, RecursionError) as error:
            reason = f"the item of `{item.called}` cannot be read: {without_values(error)}"
            subject = account_subject(partition, item.account)
            facts.gaps.append(Gap(subject=subject, needs="security-groups", reason=reason, at=place(item)))
            continue
        facts.security_groups.append(_group(item, group, partition, facts))
    return facts


def _group(item: Item, group: Group, partition: str, facts: Facts) -> SecurityGroup:
    arn = item.arn or f"arn:{partition}:ec2:{item.region}:{item.account}:security-group/{group.group_id}"
    subject = Subject(kind=SubjectKind.SECURITY_GROUP, arn=arn, account=item.account, region=item.region or None)
    for rules, what in ((group.ip_permissions, "inbound"), (group.ip_permissions_egress, "outbound")):
        if rules is None:
            reason = f"the item does not hold the {what} rules"
            facts.gaps.append(Gap(subject=subject, needs="security-group.rules", reason=reason, at=place(item)))
    return SecurityGroup(
        subject=subject,
        id=group.group_id,
        vpc=group.vpc_id,
        ingress=tuple(_rules(group.ip_permissions or (), item)),
        egress=tuple(_rules(group.ip_permissions_egress, item)) if group.ip_permissions_egress is not None else None,
        at=place(item),
    )


def _rules(permissions: Iterable[Permission], item: Item) -> Iterator[TrafficRule]:
    for permission in permissions:
        for kind, peer in dict.fromkeys(_peers(permission)):
            yield TrafficRule(
                protocol=permission.ip_protocol,
                from_port=permission.from_port,
                to_port=permission.to_port,
                peer_kind=kind,
                peer=peer,
                at=place(item),
            )


def _peers(permission: Permission) -> Iterator[tuple[PeerKind, str]]:
    for one in (*(permission.ip_ranges or ()), *(permission.ipv4_ranges or ())):
        address = one if isinstance(one, str) else one.cidr_ip
        if address is not None:
            yield PeerKind.IPV4, address
    for one in permission.ipv6_ranges or ():
        if one.cidr_ipv6 is not None:
            yield PeerKind.IPV6, one.cidr_ipv6
    for one in permission.prefix_list_ids or ():
        if one.prefix_list_id is not None:
            yield PeerKind.PREFIX_LIST, one.prefix_list_id
    for one in permission.user_id_group_pairs or ():
        if one.group_id is not None:
            yield PeerKind.SECURITY_GROUP, one.group_id
