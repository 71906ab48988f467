"""Claims about filter patterns for JSON lines."""

from __future__ import annotations

import pytest

from apiece.access.changes import IAM_CHANGES, LAMBDA_CHANGES, filter_sees
from apiece.access.metric_pattern import matches

EVENT: dict[str, object] = {
    "eventName": "PutRolePolicy",
    "eventSource": "iam.amazonaws.com",
    "count": 5,
    "readOnly": False,
    "nothing": None,
    "userIdentity": {"type": "AssumedRole", "names": ["ana", "ben"]},
}
CASES = [
    ("{ $.eventName = PutRolePolicy }", True),
    ("{$.eventName=PutRolePolicy}", True),
    ('{ $.eventName = "PutRolePolicy" }', True),
    ("{ ($.eventName = CreateRole) || ($.eventName = PutRolePolicy) }", True),
    ("{ ($.eventName = CreateRole) || ($.eventName = DeleteRole) }", False),
    ('{ ($.eventSource = "iam.amazonaws.com") && (($.eventName = Put*) || ($.eventName = Attach*)) }', True),
    ("{ $.eventName = CreateRole && $.count = 5 || $.count = 5 }", True),
    ("{ $.count = 5 || $.count = 5 && $.eventName = CreateRole }", True),
    ("{ $.eventName = *Policy }", True),
    ("{ $.eventName != CreateRole }", True),
    ("{ $.eventName != PutRolePolicy }", False),
    ("{ $.count >= 5 }", True),
    ("{ $.count < 5 }", False),
    ("{ $.count = 5 }", True),
    ("{ $.readOnly IS FALSE }", True),
    ("{ $.readOnly IS TRUE }", False),
    ("{ $.nothing IS NULL }", True),
    ("{ $.errorCode NOT EXISTS }", True),
    ("{ $.eventName NOT EXISTS }", False),
    ("{ $.eventName EXISTS }", True),
    ("{ $.userIdentity.type = AssumedRole }", True),
    ("{ $.userIdentity.names[1] = ben }", True),
    ("{ $.missing = x }", False),
    ("{ $.missing != x }", None),
    ("{ ($.missing != x) && ($.eventName = CreateRole) }", False),
    ("{ ($.missing != x) || ($.eventName = PutRolePolicy) }", True),
    ("{ $.eventName = %Put.*% }", None),
    ("{ $.userIdentity.names[*] = ben }", None),
    ("ERROR", None),
    ("[ip, user, event = PutRolePolicy]", None),
    ("", None),
    ("{ }", None),
    ("{ $.eventName = }", None),
    ("{ $.eventName PutRolePolicy }", None),
    ("{ ($.eventName = PutRolePolicy }", None),
    ("{ $.eventName = PutRolePolicy } x", None),
    ("{ " + "(" * 900, None),
    ("{ $.a = " + "b" * 2000 + " }", None),
]


@pytest.mark.parametrize(("pattern", "expected"), CASES)
def test_patterns(pattern: str, expected: object) -> None:
    """JSON patterns decide as documented; all others are not decided."""
    assert expected is matches(pattern, EVENT)


BENCHMARK = (
    "{($.eventName=DeleteGroupPolicy)||($.eventName=DeleteRolePolicy)||($.eventName=DeleteUserPolicy)||"
    "($.eventName=PutGroupPolicy)||($.eventName=PutRolePolicy)||($.eventName=PutUserPolicy)||"
    "($.eventName=CreatePolicy)||($.eventName=DeletePolicy)||($.eventName=CreatePolicyVersion)||"
    "($.eventName=DeletePolicyVersion)||($.eventName=AttachRolePolicy)||($.eventName=DetachRolePolicy)}"
)


def test_the_usual_filter_for_policies_misses_calls_that_give_access() -> None:
    """The filter that benchmarks ask for sees policies, and neither trust policies nor boundaries nor functions."""
    seen = [
        change.action
        for change in (*IAM_CHANGES, *LAMBDA_CHANGES)
        if filter_sees(BENCHMARK, change, "111122223333", "us-east-1")
    ]

    assert ["PutRolePolicy", "AttachRolePolicy", "CreatePolicyVersion"] == seen
