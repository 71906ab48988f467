"""Who or what a fact, a verdict or a finding is about."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec


class SubjectKind(StrEnum):
    FUNCTION = "function"
    ROLE = "role"
    USER = "user"
    GROUP = "group"
    POLICY = "policy"
    BUCKET = "bucket"
    QUEUE = "queue"
    TOPIC = "topic"
    KEY = "key"
    SECRET = "secret"
    PARAMETER = "parameter"
    TABLE = "table"
    SECURITY_GROUP = "security-group"
    VPC = "vpc"
    SUBNET = "subnet"
    ENDPOINT = "endpoint"
    API = "api"
    LAYER = "layer"
    TRAIL = "trail"
    EVENT_RULE = "event-rule"
    CONFIG_RECORDER = "config-recorder"
    CONFIG_RULE = "config-rule"
    IDENTITY_PROVIDER = "identity-provider"
    PERMISSION_SET = "permission-set"
    METRIC_FILTER = "metric-filter"
    ALARM = "alarm"
    STACK = "stack"
    ACCOUNT = "account"
    REGION = "region"
    """One region of one account."""
    WAIVER = "waiver"
    OTHER = "other"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The stable identity of one thing in an estate.

    A thing from a template has `logical_id` and `stack` (the template's path); a thing from a live account has `arn`,
    `account` and `region`. What a source does not know is None.
    """

    kind: SubjectKind
    arn: str | None = None
    account: str | None = None
    region: str | None = None
    logical_id: str | None = None
    stack: str | None = None

    @property
    def key(self) -> str:
        """A string that is equal exactly for the same thing, whatever line it stands on."""
        if self.stack is not None or self.logical_id is not None:
            return f"{self.kind}:{self.stack or ''}#{self.logical_id or ''}"
        if self.kind is SubjectKind.REGION:
            return f"{self.kind}:{self.account or ''}/{self.region or ''}"
        return f"{self.kind}:{self.arn or ''}"

    @property
    def name(self) -> str:
        """The short name that people use: the logical id, or the last part of the ARN."""
        if self.logical_id is not None:
            return self.logical_id
        if self.kind is SubjectKind.ACCOUNT and self.account is not None:
            return self.account
        if self.kind is SubjectKind.REGION:
            return f"{self.account or ''}/{self.region or ''}"
        if self.arn is not None:
            return self.arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        return self.stack or str(self.kind)


def account_of(subject: Subject) -> Subject:
    """The account that a subject of a live reading belongs to, as a subject itself."""
    partition = subject.arn.split(":")[1] if subject.arn is not None and subject.arn.startswith("arn:") else "aws"
    arn = f"arn:{partition}:iam::{subject.account or ''}:root"
    return Subject(kind=SubjectKind.ACCOUNT, arn=arn, account=subject.account)


def finding_id(control: str, subject: Subject, root_cause: str) -> str:
    """Name a finding so that it keeps its id while lines move and texts are reformatted."""
    text = f"{control}\0{subject.key}\0{root_cause}"
    return "f_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
