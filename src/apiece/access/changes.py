"""Changes of access as CloudTrail writes them, and whether a trail, a rule or a filter sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from apiece.access import event_pattern, metric_pattern
from apiece.access.kleene import every, negated, some
from apiece.estate.watch import EventSelector, FieldSelector, Trail


@dataclass(frozen=True, slots=True)
class Change:
    """An API call that changes who may do what. `logged` is the `eventName` that CloudTrail writes for it.

    Events of Lambda's older operations carry the date of their API version (Lambda developer guide, "Logging AWS Lambda
    API calls using AWS CloudTrail"): a pattern for `AddPermission` never matches one.
    """

    service: str
    action: str
    logged: str

    @property
    def source(self) -> str:
        return f"{self.service}.amazonaws.com"


def _iam(action: str) -> Change:
    return Change("iam", action, action)


IAM_CHANGES = tuple(
    _iam(action)
    for action in (
        "CreateRole",
        "PutRolePolicy",
        "AttachRolePolicy",
        "UpdateAssumeRolePolicy",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary",
    )
)
"""Calls that may give a role more than it had."""
LAMBDA_CHANGES = (
    Change("lambda", "AddPermission", "AddPermission20150331v2"),
    Change("lambda", "CreateFunctionUrlConfig", "CreateFunctionUrlConfig"),
    Change("lambda", "UpdateFunctionUrlConfig", "UpdateFunctionUrlConfig"),
)
"""Calls that may let somebody call a function who could not before."""
_CALLERS = (
    ("AssumedRole", "arn:aws:sts::{account}:assumed-role/deployer/session"),
    ("IAMUser", "arn:aws:iam::{account}:user/ana"),
)


@lru_cache(maxsize=10_000)
def events(change: Change, account: str, region: str) -> tuple[Mapping[str, object], ...]:
    """What CloudTrail writes when a role's session and when a user makes a change, without its parameters.

    Whoever watches for a change must see both.
    """
    return tuple(_detail(change, account, region, *caller) for caller in _CALLERS)


def _detail(change: Change, account: str, region: str, kind: str, arn: str) -> Mapping[str, object]:
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": kind,
            "principalId": "AIDACKCEVSQ6C2EXAMPLE",
            "arn": arn.format(account=account),
            "accountId": account,
        },
        "eventTime": "2026-11-25T08:00:00Z",
        "eventSource": change.source,
        "eventName": change.logged,
        "awsRegion": region,
        "sourceIPAddress": "203.0.113.10",
        "userAgent": "aws-cli/2",
        "requestID": "00000000-0000-4000-8000-000000000000",
        "eventID": "00000000-0000-4000-8000-000000000001",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


@lru_cache(maxsize=100_000)
def pattern_sees(pattern: str, change: Change, account: str, region: str) -> bool | None:
    """Tell whether an EventBridge rule is called for a change, whoever makes it."""
    return every(event_pattern.matches(pattern, event) for event in _delivered(change, account, region))


@lru_cache(maxsize=10_000)
def _delivered(change: Change, account: str, region: str) -> tuple[Mapping[str, object], ...]:
    """What EventBridge makes of these events."""
    return tuple(
        {
            "version": "0",
            "id": "00000000-0000-4000-8000-000000000002",
            "detail-type": "AWS API Call via CloudTrail",
            "source": f"aws.{change.service}",
            "account": account,
            "time": "2026-11-25T08:00:00Z",
            "region": region,
            "resources": [],
            "detail": detail,
        }
        for detail in events(change, account, region)
    )


@lru_cache(maxsize=10_000)
def filter_sees(pattern: str, change: Change, account: str, region: str) -> bool | None:
    """Tell whether a metric filter counts a change, whoever makes it."""
    return every(metric_pattern.matches(pattern, detail) for detail in events(change, account, region))


def trail_sees(trail: Trail, change: Change, account: str, region: str) -> bool | None:
    """Tell whether a trail's selectors record a change, whoever makes it."""
    return every(selects(trail.selectors, _selected(detail)) for detail in events(change, account, region))


def _selected(detail: Mapping[str, object]) -> Mapping[str, str]:
    """The fields of an event that selectors look at, by the names that they have there."""
    identity = detail["userIdentity"]
    return {
        "eventCategory": "Management",
        "eventSource": str(detail["eventSource"]),
        "eventName": str(detail["eventName"]),
        "eventType": "AwsApiCall",
        "readOnly": "false",
        "userIdentity.arn": str(identity["arn"]) if isinstance(identity, Mapping) else "",
        "sessionCredentialFromConsole": "false",
    }


def selects(selectors: Iterable[EventSelector] | None, event: Mapping[str, str]) -> bool | None:
    """Tell whether selectors take an event, given as its fields by the names that selectors use."""
    if selectors is None:
        return None
    return some(every(_field(one, event) for one in selector.fields) for selector in selectors)


def _field(selector: FieldSelector, event: Mapping[str, str]) -> bool | None:
    value = event.get(selector.field)
    if value is None:
        return None  # a field that AWS added after this was written
    wanted = (
        *(value == text for text in selector.equals),
        *(value.startswith(text) for text in selector.starts_with),
        *(value.endswith(text) for text in selector.ends_with),
    )
    unwanted = (
        *(value == text for text in selector.not_equals),
        *(value.startswith(text) for text in selector.not_starts_with),
        *(value.endswith(text) for text in selector.not_ends_with),
    )
    return every((some(wanted) if wanted else True, negated(some(unwanted))))
