"""Claims about policy documents as calls answer them: what can be read of them counts, and what cannot is said."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from apiece.errors import MalformedPolicy, MalformedSource
from apiece.iam.document import PolicyKind
from apiece.read.aws.documents import policy_of

GOOD = {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*"}
DENY = {**GOOD, "Effect": "Deny"}


def _document(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize("spelled", [lambda text: text, quote, lambda text: f"  {text}\n", json.loads])
def test_a_document_is_read_however_it_is_spelled(spelled: object) -> None:
    """As JSON, as an URL spells it, with space around it, and as botocore has decoded it already."""
    policy, why = policy_of(spelled(json.dumps(_document(GOOD, DENY))), PolicyKind.RESOURCE)  # type: ignore[operator]

    assert ([0, 1], None) == ([statement.index for statement in policy.statements], why)


@pytest.mark.parametrize("strange", [{**GOOD, "FunctionUrlAuthType": "NONE"}, {**GOOD, "Condition": 7}])
def test_a_strange_allow_hides_none_of_the_others(strange: dict[str, object]) -> None:
    """The other statements are kept under their own numbers, and what cannot be read is said."""
    policy, why = policy_of(_document(strange, GOOD, DENY), PolicyKind.RESOURCE)

    assert [1, 2] == [statement.index for statement in policy.statements]
    assert why is not None


@pytest.mark.parametrize(
    "strange", [{**DENY, "FunctionUrlAuthType": "NONE"}, {**GOOD, "Effect": ["Allow"], "X": 1}, "text", 7, None]
)
def test_a_strange_denial_leaves_nothing_certain(strange: object) -> None:
    """What a statement denies that cannot be read, nobody knows: nothing is taken for allowed."""
    with pytest.raises(MalformedPolicy):
        policy_of(_document(GOOD, strange), PolicyKind.RESOURCE)


@pytest.mark.parametrize("text", ["", "no", "[]", "%7B", '{"Statement": ', "null", '{"a":' * 300])
def test_what_is_no_policy_is_refused(text: str) -> None:
    """With a reason, and no crash."""
    with pytest.raises((MalformedPolicy, MalformedSource)):
        policy_of(text, PolicyKind.RESOURCE)
