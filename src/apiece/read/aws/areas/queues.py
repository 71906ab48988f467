"""SQS queues with their policies."""

from __future__ import annotations

import msgspec

from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call
from apiece.read.aws.carried import carried, own_key, unlisted, unread
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class QueuePage(msgspec.Struct, frozen=True, rename="pascal"):
    queue_urls: tuple[str, ...] = ()


class Attributes(msgspec.Struct, frozen=True, rename="pascal"):
    queue_arn: str | None = None
    policy: str | None = None
    kms_master_key_id: str | None = None


class AttributesPage(msgspec.Struct, frozen=True, rename="pascal"):
    attributes: Attributes = Attributes()


LIST_QUEUES = Call("sqs", "list_queues", "sqs:ListQueues", QueuePage)
GET_ATTRIBUTES = Call(
    "sqs",
    "get_queue_attributes",
    "sqs:GetQueueAttributes",
    AttributesPage,
    absent=frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}),
)
_WANTED = ["QueueArn", "Policy", "KmsMasterKeyId"]
_PAGE = 1000
"""Without a size, AWS gives one page of a thousand and does not say that there are more."""


def queues(desk: Desk) -> Facts:
    """Read the queues of a region."""
    facts = Facts()
    listing = desk.ask(LIST_QUEUES, {"MaxResults": _PAGE})
    unlisted(desk, LIST_QUEUES, listing.gap, "queues", facts)
    urls = sorted({url for page in listing.pages for url in page.queue_urls})
    outcomes = desk.each(GET_ATTRIBUTES, ({"QueueUrl": url, "AttributeNames": _WANTED} for url in urls))
    for url, outcome in zip(urls, outcomes, strict=True):
        if outcome.absent:
            continue  # deleted since it was listed
        found = outcome.first.attributes if outcome.first is not None else Attributes()
        name = url.rpartition("/")[2]
        arn = found.queue_arn or desk.arn("sqs", name)
        subject = desk.subject(SubjectKind.QUEUE, arn)
        unread(desk, GET_ATTRIBUTES, outcome.gap, subject, facts)
        facts.resources.append(
            Resource(
                subject=subject,
                name=name,
                arn=arn,
                policies=carried(desk, GET_ATTRIBUTES, subject, found.policy, facts),
                key=own_key(found.kms_master_key_id),
                at=desk.at(LIST_QUEUES),
            )
        )
    return facts
