"""DynamoDB tables with their policies."""

from __future__ import annotations

import msgspec

from apiece.estate.resource import Resource
from apiece.estate.subject import SubjectKind
from apiece.read.aws.call import Call
from apiece.read.aws.carried import carried, own_key, unlisted, unread
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts


class TablePage(msgspec.Struct, frozen=True, rename="pascal"):
    table_names: tuple[str, ...] = ()


class Encryption(msgspec.Struct, frozen=True, rename="pascal"):
    key: str | None = msgspec.field(default=None, name="KMSMasterKeyArn")


class Description(msgspec.Struct, frozen=True, rename="pascal"):
    table_arn: str | None = None
    encryption: Encryption = msgspec.field(default=Encryption(), name="SSEDescription")


class DescriptionPage(msgspec.Struct, frozen=True, rename="pascal"):
    table: Description = Description()


class PolicyPage(msgspec.Struct, frozen=True, rename="pascal"):
    policy: str | None = None


_NOT_FOUND = "ResourceNotFoundException"
LIST_TABLES = Call("dynamodb", "list_tables", "dynamodb:ListTables", TablePage)
DESCRIBE_TABLE = Call(
    "dynamodb", "describe_table", "dynamodb:DescribeTable", DescriptionPage, absent=frozenset({_NOT_FOUND})
)
GET_POLICY = Call(
    "dynamodb",
    "get_resource_policy",
    "dynamodb:GetResourcePolicy",
    PolicyPage,
    absent=frozenset({"PolicyNotFoundException", _NOT_FOUND}),
)


def tables(desk: Desk) -> Facts:
    """Read the tables of a region."""
    facts = Facts()
    listing = desk.ask(LIST_TABLES)
    unlisted(desk, LIST_TABLES, listing.gap, "tables", facts)
    names = sorted({name for page in listing.pages for name in page.table_names})
    described = desk.each(DESCRIBE_TABLE, ({"TableName": name} for name in names))
    arns = [desk.arn("dynamodb", f"table/{name}") for name in names]
    policies = desk.each(GET_POLICY, ({"ResourceArn": arn} for arn in arns))
    for name, arn, described_as, policy in zip(names, arns, described, policies, strict=True):
        if described_as.absent:
            continue  # deleted since it was listed
        subject = desk.subject(SubjectKind.TABLE, arn)
        unread(desk, GET_POLICY, policy.gap, subject, facts)
        if described_as.gap is not None:
            what = f"the encryption of table `{name}`"
            facts.gaps.append(desk.gap(DESCRIBE_TABLE, described_as.gap, subject, "table.key", what))
        text = policy.first.policy if policy.first is not None else None
        facts.resources.append(
            Resource(
                subject=subject,
                name=name,
                arn=arn,
                policies=carried(desk, GET_POLICY, subject, text, facts),
                key=own_key(described_as.first.table.encryption.key) if described_as.first is not None else None,
                at=desk.at(LIST_TABLES),
            )
        )
    return facts
