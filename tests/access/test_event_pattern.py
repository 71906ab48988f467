"""Claims about event patterns: the published rules, operator by operator, and patterns people write for changes."""

from __future__ import annotations

import json

import pytest

from apiece.access.changes import IAM_CHANGES, LAMBDA_CHANGES, Change, pattern_sees
from apiece.access.event_pattern import matches

EVENT: dict[str, object] = {
    "source": "aws.iam",
    "detail-type": "AWS API Call via CloudTrail",
    "account": "111122223333",
    "resources": ["arn:aws:iam::111122223333:role/reader", "arn:aws:iam::111122223333:role/mailer"],
    "empty": [],
    "detail": {
        "eventName": "PutRolePolicy",
        "count": 5,
        "ratio": 300.0,
        "readOnly": False,
        "nothing": None,
        "blank": "",
        "address": "10.0.0.7",
        "items": [{"kind": "a", "size": 1}, {"kind": "b", "size": 2}],
        "path": "/lib/*/x",
    },
}
DETAIL = [
    ("an exact value", {"eventName": ["PutRolePolicy"]}, True),
    ("another value", {"eventName": ["putrolepolicy"]}, False),
    ("one of several", {"eventName": ["CreateRole", "PutRolePolicy"]}, True),
    ("a boolean", {"readOnly": [False]}, True),
    ("a boolean is no text", {"readOnly": ["false"]}, False),
    ("null", {"nothing": [None]}, True),
    ("null is not absence", {"missing": [None]}, False),
    ("an empty text", {"blank": [""]}, True),
    ("a number", {"count": [5]}, True),
    ("numbers are compared by their text", {"ratio": [300]}, False),
    ("the same text of a number", {"ratio": [300.0]}, True),
    ("a prefix", {"eventName": [{"prefix": "Put"}]}, True),
    ("another prefix", {"eventName": [{"prefix": "put"}]}, False),
    ("a prefix in any case", {"eventName": [{"prefix": {"equals-ignore-case": "put"}}]}, True),
    ("a suffix", {"eventName": [{"suffix": "Policy"}]}, True),
    ("a suffix in any case", {"eventName": [{"suffix": {"equals-ignore-case": "POLICY"}}]}, True),
    ("any case", {"eventName": [{"equals-ignore-case": "PUTROLEPOLICY"}]}, True),
    ("a wildcard", {"eventName": [{"wildcard": "Put*Policy"}]}, True),
    ("a wildcard is anchored", {"eventName": [{"wildcard": "Role*"}]}, False),
    ("an escaped star", {"path": [{"wildcard": "/lib/\\*/*"}]}, True),
    ("an escaped star is only a star", {"eventName": [{"wildcard": "Put\\*"}]}, False),
    ("anything but another", {"eventName": [{"anything-but": "CreateRole"}]}, True),
    ("anything but this", {"eventName": [{"anything-but": ["CreateRole", "PutRolePolicy"]}]}, False),
    ("anything but a prefix", {"eventName": [{"anything-but": {"prefix": "Get"}}]}, True),
    ("anything but its prefix", {"eventName": [{"anything-but": {"prefix": "Put"}}]}, False),
    ("anything but several prefixes", {"eventName": [{"anything-but": {"prefix": ["Get", "Put"]}}]}, False),
    ("anything but its suffix", {"eventName": [{"anything-but": {"suffix": "Policy"}}]}, False),
    ("anything but a wildcard", {"eventName": [{"anything-but": {"wildcard": "*Role*"}}]}, False),
    ("anything but in any case", {"eventName": [{"anything-but": {"equals-ignore-case": "putrolepolicy"}}]}, False),
    ("anything but needs a value", {"missing": [{"anything-but": "x"}]}, False),
    ("it exists", {"eventName": [{"exists": True}]}, True),
    ("it does not exist", {"eventName": [{"exists": False}]}, False),
    ("absence", {"errorCode": [{"exists": False}]}, True),
    ("an object is no leaf", {"items": [{"exists": True}]}, False),
    ("absence or a value", {"errorCode": ["AccessDenied", {"exists": False}]}, True),
    ("a range", {"count": [{"numeric": [">", 0, "<=", 5]}]}, True),
    ("outside of a range", {"count": [{"numeric": ["<", 5]}]}, False),
    ("equal as a number", {"ratio": [{"numeric": ["=", 300]}]}, True),
    ("a text is no number", {"eventName": [{"numeric": [">", 0]}]}, False),
    ("an address", {"address": [{"cidr": "10.0.0.0/24"}]}, True),
    ("another network", {"address": [{"cidr": "10.0.1.0/24"}]}, False),
    ("one element of a list of objects", {"items": {"kind": ["b"], "size": [2]}}, True),
    ("not two elements together", {"items": {"kind": ["a"], "size": [2]}}, False),
    ("or", {"$or": [{"eventName": ["CreateRole"]}, {"count": [5]}]}, True),
    ("or with neither", {"$or": [{"eventName": ["CreateRole"]}, {"count": [6]}]}, False),
    ("or and another field", {"$or": [{"count": [5]}, {"count": [6]}], "eventName": ["CreateRole"]}, False),
    ("an operator of the future", {"eventName": [{"sounds-like": "x"}]}, None),
    ("an operator of the future beside a match", {"eventName": [{"sounds-like": "x"}, "PutRolePolicy"]}, True),
    ("an operator of the future beside a miss", {"eventName": [{"sounds-like": "x"}], "count": [6]}, False),
    ("a bare value", {"eventName": "PutRolePolicy"}, None),
    ("an empty list", {"eventName": []}, None),
    ("two operators in one", {"eventName": [{"prefix": "P", "suffix": "y"}]}, None),
    ("a wrong range", {"count": [{"numeric": [">"]}]}, None),
    ("a wrong network", {"address": [{"cidr": "10.0.0/99"}]}, None),
]


@pytest.mark.parametrize(("pattern", "expected"), [row[1:] for row in DETAIL], ids=[row[0] for row in DETAIL])
def test_operators(pattern: object, expected: object) -> None:
    """Each operator decides as its documentation says; what is not documented is not decided."""
    assert expected is matches(json.dumps({"detail": pattern}), EVENT)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{"source": ["aws.iam"], "detail": {"readOnly": [false]}}', True),
        ('{"resources": [{"suffix": "role/mailer"}]}', True),
        ('{"resources": [{"anything-but": "arn:aws:iam::111122223333:role/reader"}]}', True),
        ('{"empty": [{"exists": false}]}', True),
        ('{"other": {"field": [{"exists": false}]}}', True),
        ('{"other": {"field": ["x"]}}', False),
        ("{}", None),
        ("[]", None),
        ("not JSON", None),
        ("[" * 100_000, None),
        ('{"a":' * 300 + "{}" + "}" * 300, None),
    ],
)
def test_whole_patterns(pattern: str, expected: object) -> None:
    """Fields are joined by and, elements of a list by or; what is no pattern is not decided."""
    assert expected is matches(pattern, EVENT)


EVERY_CHANGE = [
    ("all of the service", '{"source": ["aws.%s"]}'),
    ("writes", '{"detail": {"eventSource": ["%s.amazonaws.com"], "readOnly": [false]}}'),
    ("successes", '{"source": [{"prefix": "aws.%s"}], "detail": {"errorCode": [{"exists": false}]}}'),
    (
        "all but reads",
        '{"source": ["aws.%s"], "detail": {"eventName": [{"anything-but": {"prefix": ["Get", "List"]}}]}}',
    ),
    (
        "all but a pipeline",
        '{"source": ["aws.%s"], "detail": {"userIdentity": {"arn": [{"anything-but": {"suffix": "/ci"}}]}}}',
    ),
]
NO_CHANGE = [
    ("another service", '{"source": ["aws.s3"]}'),
    ("reads", '{"detail": {"readOnly": [true]}}'),
    ("console sign-in", '{"detail-type": ["AWS Console Sign In via CloudTrail"]}'),
    ("only the root user", '{"source": ["aws.%s"], "detail": {"userIdentity": {"type": ["Root"]}}}'),
    ("only sessions of roles", '{"source": ["aws.%s"], "detail": {"userIdentity": {"type": ["AssumedRole"]}}}'),
    ("only failures", '{"source": ["aws.%s"], "detail": {"errorCode": [{"exists": true}]}}'),
    ("one role", '{"source": ["aws.%s"], "detail": {"requestParameters": {"roleName": ["admin"]}}}'),
    ("the state of functions", '{"source": ["aws.%s"], "detail-type": ["Lambda Function Invocation Result"]}'),
]
CHANGES = [*IAM_CHANGES, *LAMBDA_CHANGES]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.action)
@pytest.mark.parametrize("pattern", [row[1] for row in EVERY_CHANGE], ids=[row[0] for row in EVERY_CHANGE])
def test_wide_patterns_see_each_change(pattern: str, change: Change) -> None:
    """A rule for all writes of a service sees every change of access there."""
    assert pattern_sees(pattern.replace("%s", change.service), change, "111122223333", "us-east-1") is True


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.action)
@pytest.mark.parametrize("pattern", [row[1] for row in NO_CHANGE], ids=[row[0] for row in NO_CHANGE])
def test_narrow_patterns_see_no_change(pattern: str, change: Change) -> None:
    """A rule for something else, or for some callers only, does not see a change."""
    assert pattern_sees(pattern.replace("%s", change.service), change, "111122223333", "us-east-1") is False


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.action)
def test_the_name_that_cloudtrail_writes_is_seen(change: Change) -> None:
    """A rule that lists the event's own name sees it, and no other."""
    pattern = json.dumps({"detail": {"eventName": [change.logged]}})

    seen = [other for other in CHANGES if pattern_sees(pattern, other, "111122223333", "us-east-1")]

    assert [change] == seen


def test_the_plain_name_of_an_old_lambda_call_is_never_seen() -> None:
    """CloudTrail writes `AddPermission20150331v2`; a rule for `AddPermission` is never called."""
    change = LAMBDA_CHANGES[0]
    exact = '{"detail": {"eventName": ["AddPermission"]}}'
    prefix = '{"detail": {"eventName": [{"prefix": "AddPermission"}]}}'

    seen = [pattern_sees(pattern, change, "111122223333", "us-east-1") for pattern in (exact, prefix)]

    assert [False, True] == seen
