"""Claims about the JSON codec of the policy engine: the wire form, and that a bad line never costs a good one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.api.evaluate import answer, answer_lines

ROLE = "arn:aws:iam::111122223333:role/Reader"
OBJECT = "arn:aws:s3:::orders/2026/1.json"
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
DENY = {"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}


def _case(**changes: object) -> dict[str, object]:
    request = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT, "resource_account": "111122223333"}
    return {"id": "1", "request": request, "identity": [READ], **changes}


def _request(**changes: object) -> dict[str, object]:
    request = {"principal": ROLE, "action": "s3:GetObject", "resource": OBJECT, "resource_account": "111122223333"}
    return _case(request={**request, **changes})


def _answer(case: object) -> dict[str, object]:
    return answer(json.dumps(case))


def _decision(**layers: object) -> object:
    return _answer(_case(**layers))["decision"]


def test_an_answer_has_the_members_that_were_promised() -> None:
    """Id, decision, layers with the statements that decide, reason."""
    found = _answer(_case())

    assert {"id", "decision", "layers", "reason"} == set(found)
    assert ("1", "allowed", {"result": "allow", "statements": ["0/Read"]}) == (
        found["id"],
        found["decision"],
        found["layers"]["identity"],  # type: ignore[index]
    )


def test_a_layer_that_is_absent_does_not_apply() -> None:
    """Without `boundary` the identity policy decides; null is the same as absent."""
    assert ["allowed", "allowed"] == [_decision(), _decision(boundary=None)]


@pytest.mark.parametrize("layer", ["boundary", "session"])
def test_an_empty_layer_applies_and_allows_nothing(layer: str) -> None:
    """`[]` is a layer in which nobody allows."""
    assert "implicitly-denied" == _decision(**{layer: []})


def test_no_policy_at_all_is_an_implicit_denial() -> None:
    """A request without any policy is denied."""
    assert "implicitly-denied" == _decision(identity=[])


def test_an_explicit_deny_wins() -> None:
    """A deny beside an allow decides."""
    assert "explicitly-denied" == _decision(identity=[READ, DENY])


def test_levels_of_scp_are_read_root_first() -> None:
    """Every level must allow; an empty level allows nothing; a level may be one policy."""
    assert ["allowed", "implicitly-denied", "allowed"] == [
        _decision(scp=[[READ], [READ]]),
        _decision(scp=[[READ], []]),
        _decision(scp=[READ]),
    ]


def test_scp_without_a_level_is_refused() -> None:
    """An organisation has at least its root."""
    assert "`scp` needs at least one level" in str(_answer(_case(scp=[]))["error"])


def test_rcp_levels_imply_the_full_access_policy() -> None:
    """An RCP that only denies something else leaves the request allowed."""
    other = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}}

    assert "allowed" == _decision(rcp=[[other]])


def test_a_resource_policy_can_allow_alone() -> None:
    """A bucket's policy that names the role allows within one account."""
    policy = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}}

    assert "allowed" == _decision(identity=[], resource_policy=policy)


def test_a_trust_policy_and_an_endpoint_policy_are_read() -> None:
    """Both are layers of their own and may deny."""
    trust = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}
    assume = _request(action="sts:AssumeRole", resource=ROLE)
    endpoint = {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}

    assert "explicitly-denied" == _answer(assume | {"trust": trust})["decision"]
    assert "explicitly-denied" == _decision(endpoint=[endpoint])


def test_a_grant_of_a_key_is_read() -> None:
    """A grant allows the grantee its operations."""
    key = "arn:aws:kms:us-east-1:111122223333:key/1"
    case = _request(action="kms:Decrypt", resource=key) | {"identity": []}
    grant = {"grantee": ROLE, "operations": ["Decrypt"]}

    assert ["implicitly-denied", "allowed"] == [
        _answer(case)["decision"],
        _answer(case | {"kms_grants": [grant]})["decision"],
    ]


@pytest.mark.parametrize(
    ("given", "key", "value"),
    [
        ({"s3:max-keys": 10}, "s3:max-keys", ["10"]),
        ({"aws:SecureTransport": True}, "aws:SecureTransport", ["true"]),
        ({"aws:SecureTransport": False}, "aws:SecureTransport", ["false"]),
        ({"aws:TagKeys": ["a", "b"]}, "aws:TagKeys", ["a", "b"]),
    ],
)
def test_context_values_are_texts_numbers_booleans_or_lists(given: object, key: str, value: list[str]) -> None:
    """Each is compared in the spelling that AWS uses."""
    operator = "ForAllValues:StringEquals" if len(value) > 1 else "StringEquals"
    statement = READ["Statement"][0] | {"Condition": {operator: {key: value}}}  # type: ignore[index,operator]

    case = _request(context=given) | {"identity": [{"Statement": [statement]}]}

    assert "allowed" == _answer(case)["decision"]


@pytest.mark.parametrize(
    "principal",
    [
        ROLE,
        {"arn": ROLE},
        {"type": "role", "arn": ROLE, "account": "111122223333", "org": "o-1", "management_account": False},
        {"type": "ROLE", "arn": ROLE, "service_linked": False},
    ],
)
def test_a_principal_is_an_arn_or_an_object(principal: object) -> None:
    """All spellings of the same role get the same answer."""
    assert "allowed" == _answer(_request(principal=principal))["decision"]


def test_the_management_account_is_beyond_scps() -> None:
    """`management_account` makes a denying SCP silent."""
    principal = {"arn": ROLE, "management_account": True}

    assert "allowed" == _answer(_request(principal=principal) | {"scp": [[DENY]]})["decision"]


def test_an_anonymous_caller_needs_no_arn() -> None:
    """A principal of type `anonymous` is read."""
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}
    case = _request(principal={"type": "anonymous"}) | {"resource_policy": policy}

    assert "allowed" == _answer({key: value for key, value in case.items() if key != "identity"})["decision"]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ([], "a case must be an object"),
        ({"id": "7"}, "`request` must be an object"),
        (_request(action=None), "`action` must be a text"),
        (_request(resource=1), "`resource` must be a text"),
        (_request(principal={"type": "robot"}), "`robot` is not a type of principal"),
        (_request(principal=None), "`principal` must be an object"),
        (_request(context={"aws:SourceIp": {}}), "a context key's value must be a text, a number"),
        (_request(context=[1]), "`context` must be an object"),
        (_case(identity={}), "`identity` must be a list"),
        (_case(identity=[{"Statement": [{"Effect": "Perhaps"}]}]), "Perhaps"),
        (_case(url_regime="sometimes"), "`url_regime` is `before-2025-10` or `after`"),
        (_case(kms_grants=[{"operations": []}]), "`grantee` must be a text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_case_that_cannot_be_read_is_answered_with_an_error(case: object, message: str) -> None:
    """The answer is unknown, and the error says what is wrong and where."""
    found = _answer(case)

    assert "unknown" == found["decision"]
    assert message in str(found["error"])
    assert str(found["error"]).startswith("case:")


def test_a_bad_case_keeps_its_id() -> None:
    """What was asked is known although the answer is not."""
    assert "7" == _answer({"id": "7", "request": 1})["id"]


def test_url_regimes_are_read() -> None:
    """Both regimes of function URLs are understood."""
    assert ["allowed", "allowed"] == [_decision(url_regime="after"), _decision(url_regime="before-2025-10")]


def test_lines_are_answered_in_order_and_bad_ones_with_an_error() -> None:
    """A bad line in the middle gets its answer in its place; empty lines get none."""
    good = json.dumps(_case())
    found = [json.loads(line) for line in answer_lines([good, "", "{nonsense", "  \n", json.dumps(_case(id="2"))])]

    assert ["allowed", "unknown", "allowed"] == [item["decision"] for item in found]
    assert ["1", None, "2"] == [item["id"] for item in found]
    assert found[1]["error"].startswith("line 3:")


@pytest.mark.parametrize("identifier", [1, True, None, "x", ["a", 1], {"a": "b"}, 1.5])
def test_any_json_is_an_id(identifier: object) -> None:
    """An id comes back as it was given."""
    assert identifier == _answer(_case(id=identifier))["id"]


def test_deep_nesting_is_answered_with_an_error() -> None:
    """A line of brackets neither crashes nor stops the others."""
    found = [json.loads(line) for line in answer_lines(["[" * 100_000, json.dumps(_case())])]

    assert ["unknown", "allowed"] == [item["decision"] for item in found]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_MEMBERS = ("id", "request", "identity", "boundary", "session", "scp", "rcp", "resource_policy", "trust", "kms_grants")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(_MEMBERS), _JSON, max_size=3))
def test_no_shape_of_a_case_crashes(changes: dict[str, object]) -> None:
    """Whatever JSON stands in a case, the line is answered with one line of JSON."""
    (line,) = answer_lines([json.dumps(_case() | changes)])

    assert json.loads(line)["decision"] in {"allowed", "explicitly-denied", "implicitly-denied", "unknown"}
    assert "\n" not in line


@settings(derandomize=True, max_examples=100, deadline=None)
@given(text=st.text(max_size=40))
def test_no_text_crashes(text: str) -> None:
    """Whatever stands on a line, at most one answer comes."""
    assert (1 if text.strip() else 0) == len(list(answer_lines([text])))
