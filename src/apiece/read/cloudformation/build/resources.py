"""Buckets, queues, topics, keys, secrets, parameters and tables with the policies they carry."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.estate.resource import PublicAccess, Resource, Rotation, Strangers
from apiece.estate.subject import SubjectKind
from apiece.iam.document import PolicyKind
from apiece.read.cloudformation.attributes import arn_of, name_of, ref_of
from apiece.read.cloudformation.build.policies import Carrier, documents
from apiece.read.cloudformation.build.site import Site, boolean_of, shown, text_of
from apiece.read.cloudformation.terms import RNode
from apiece.text import Text
from apiece.tree import Mapping

_KINDS = {
    "AWS::S3::Bucket": SubjectKind.BUCKET,
    "AWS::SQS::Queue": SubjectKind.QUEUE,
    "AWS::SNS::Topic": SubjectKind.TOPIC,
    "AWS::KMS::Key": SubjectKind.KEY,
    "AWS::SecretsManager::Secret": SubjectKind.SECRET,
    "AWS::SSM::Parameter": SubjectKind.PARAMETER,
    "AWS::DynamoDB::Table": SubjectKind.TABLE,
    "AWS::DynamoDB::GlobalTable": SubjectKind.TABLE,
    "AWS::Lambda::LayerVersion": SubjectKind.LAYER,
}
_ENCRYPTED_WITH = {
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
}
_OWN_POLICY = {
    "AWS::KMS::Key": ("KeyPolicy",),
    "AWS::DynamoDB::Table": ("ResourcePolicy", "PolicyDocument"),
}
_POLICY_RESOURCES = {
    "AWS::S3::BucketPolicy": ("Bucket", SubjectKind.BUCKET),
    "AWS::SQS::QueuePolicy": ("Queues", SubjectKind.QUEUE),
    "AWS::SQS::QueueInlinePolicy": ("Queue", SubjectKind.QUEUE),
    "AWS::SNS::TopicPolicy": ("Topics", SubjectKind.TOPIC),
    "AWS::SNS::TopicInlinePolicy": ("TopicArn", SubjectKind.TOPIC),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", SubjectKind.SECRET),
}


def resources(sites: Iterable[Site]) -> list[Resource]:
    """Build them, then add the policies that stand in resources of their own."""
    placed = list(sites)
    found = [_resource(site, kind) for site in placed if (kind := _KINDS.get(site.resource.type))]
    index: dict[tuple[SubjectKind, Text], list[int]] = {}
    for position, site in enumerate(site for site in placed if site.resource.type in _KINDS):
        kind = found[position].subject.kind
        for text in {found[position].name, found[position].arn, ref_of(site.template, site.resource)}:
            index.setdefault((kind, text), []).append(position)
    for site in placed:
        target = _POLICY_RESOURCES.get(site.resource.type)
        if target is not None:
            _attach(site, target, found, index)
        elif site.resource.type == "AWS::SecretsManager::RotationSchedule":
            _rotate(site, found, index)
    return found


def _resource(site: Site, kind: SubjectKind) -> Resource:
    own = _OWN_POLICY.get(site.resource.type)
    policies: tuple[AttachedPolicy, ...] = ()
    if own is not None:
        policies = tuple(
            policy
            for when, holder in site.guarded(site.get(own[0]))
            for policy in documents(site, _inner(holder, own[1:]), _carrier(kind, site, own[0]), when)
        )
    key = _ENCRYPTED_WITH.get(site.resource.type)
    return Resource(
        subject=site.subject(kind),
        name=name_of(site.template, site.resource),
        arn=arn_of(site.template, site.resource),
        policies=policies,
        key=text_of(site.get(*key)) if key is not None else None,
        public_access=_public_access(site) if kind is SubjectKind.BUCKET else None,
        when=site.when,
        at=site.place(),
    )


def _public_access(site: Site) -> PublicAccess | None:
    """What the bucket's public access block does about strangers; None where the template states none."""
    block = site.get("PublicAccessBlockConfiguration")
    if block is None:
        return None
    answers: set[bool | None] = set()
    for when, form in site.guarded(block):
        node = form.get("RestrictPublicBuckets") if isinstance(form, Mapping) else form
        answers |= {boolean_of(one) for _, one in site.guarded(node, when)} or {False}
    if answers not in ({True}, {False}):
        reason = "whether its public access block restricts public buckets is not known before deployment"
        site.gap(SubjectKind.BUCKET, "bucket.public-access", reason, at=block)
        return PublicAccess(strangers=Strangers.UNREAD, at=site.place(block, "PublicAccessBlockConfiguration"))
    strangers = Strangers.KEPT_OUT if answers == {True} else Strangers.LET_IN
    return PublicAccess(strangers=strangers, at=site.place(block, "PublicAccessBlockConfiguration"))


def _inner(node: RNode, keys: tuple[str, ...]) -> RNode | None:
    """Follow keys; what is no object stays, to be reported as no policy."""
    for key in keys:
        if not isinstance(node, Mapping):
            return node
        found = node.get(key)
        if found is None:
            return None
        node = found
    return node


def _carrier(kind: SubjectKind, site: Site, path: str) -> Carrier:
    return Carrier(kind, f"{kind}.policies", PolicyKind.RESOURCE, PolicyForm.RESOURCE, site.resource.logical_id, path)


def _attach(
    site: Site, target: tuple[str, SubjectKind], found: list[Resource], index: dict[tuple[SubjectKind, Text], list[int]]
) -> None:
    key, kind = target
    path = "ResourcePolicy" if kind is SubjectKind.SECRET else "PolicyDocument"
    policies = documents(site, site.get(path), _carrier(kind, site, path))
    for when, node in site.elements(site.get(key)):
        text = text_of(node)
        positions = index.get((kind, text), []) if text is not None else []
        attached = tuple(
            msgspec.structs.replace(policy, when=joint)
            for policy in policies
            if (joint := site.joined(when, policy.when)) is not None
        )
        for position in positions:
            found[position] = msgspec.structs.replace(found[position], policies=(*found[position].policies, *attached))
        if not positions:
            found.append(_outside(site, kind, node, text, attached))


def _outside(
    site: Site, kind: SubjectKind, node: RNode, text: Text | None, attached: tuple[AttachedPolicy, ...]
) -> Resource:
    """A policy for a thing that no template holds stands for that thing."""
    name: Text = text if text is not None else shown(node)
    return Resource(
        subject=site.subject(kind), name=name, arn=name, policies=attached, when=site.when, at=site.place(node)
    )


def _rotate(site: Site, found: list[Resource], index: dict[tuple[SubjectKind, Text], list[int]]) -> None:
    text = text_of(site.get("SecretId"))
    rotation = Rotation(function=text_of(site.get("RotationLambdaARN")), at=site.place())
    for position in index.get((SubjectKind.SECRET, text), []) if text is not None else []:
        found[position] = msgspec.structs.replace(found[position], rotation=rotation)
