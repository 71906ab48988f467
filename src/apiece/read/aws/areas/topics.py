"""SNS topics with their policies."""

from __future__ import annotations

import msgspec

from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call
from apiece.read.aws.carried import carried, own_key, unlisted, unread
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class Topic(msgspec.Struct, frozen=True, rename="pascal"):
    topic_arn: str


class TopicPage(msgspec.Struct, frozen=True, rename="pascal"):
    topics: tuple[Topic, ...] = ()


class Attributes(msgspec.Struct, frozen=True, rename="pascal"):
    policy: str | None = None
    kms_master_key_id: str | None = None


class AttributesPage(msgspec.Struct, frozen=True, rename="pascal"):
    attributes: Attributes = Attributes()


LIST_TOPICS = Call("sns", "list_topics", "sns:ListTopics", TopicPage)
GET_ATTRIBUTES = Call(
    "sns",
    "get_topic_attributes",
    "sns:GetTopicAttributes",
    AttributesPage,
    absent=frozenset({"NotFound", "NotFoundException"}),
)


def topics(desk: Desk) -> Facts:
    """Read the topics of a region."""
    facts = Facts()
    listing = desk.ask(LIST_TOPICS)
    unlisted(desk, LIST_TOPICS, listing.gap, "topics", facts)
    arns = sorted({topic.topic_arn for page in listing.pages for topic in page.topics})
    outcomes = desk.each(GET_ATTRIBUTES, ({"TopicArn": arn} for arn in arns))
    for arn, outcome in zip(arns, outcomes, strict=True):
        if outcome.absent:
            continue  # deleted since it was listed
        found = outcome.first.attributes if outcome.first is not None else Attributes()
        subject = desk.subject(SubjectKind.TOPIC, arn)
        unread(desk, GET_ATTRIBUTES, outcome.gap, subject, facts)
        facts.resources.append(
            Resource(
                subject=subject,
                name=arn.rpartition(":")[2],
                arn=arn,
                policies=carried(desk, GET_ATTRIBUTES, subject, found.policy, facts),
                key=own_key(found.kms_master_key_id),
                at=desk.at(LIST_TOPICS),
            )
        )
    return facts
