"""Claims about comparisons as JSON: the wire form, and that a bad line never costs a good one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.api import compare, evaluate, minimise, public
from apiece.api.compare import answer, answer_lines, code_of
from apiece.iam.document import PolicyKind

NARROW = {"Statement": {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}}
WIDE = {"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"}}
OPEN_DOOR = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}


def _answer(**case: object) -> dict[str, Any]:
    return answer(json.dumps(case))


def test_an_answer_has_the_members_that_were_promised() -> None:
    """Id, verdict, witness, certificate and reason are always there."""
    found = _answer(id="1", old=NARROW, new=WIDE)

    assert {"id", "verdict", "witness", "certificate", "reason"} <= set(found)
    assert ("1", "new-access", None, "") == (found["id"], found["verdict"], found["certificate"], found["reason"])


def test_no_new_access_comes_with_a_certificate() -> None:
    """Where nothing is new there is a proof and no witness."""
    found = _answer(old=[WIDE], new=[NARROW, NARROW])

    assert ("no-new-access", None) == (found["verdict"], found["witness"])
    assert "apiece/certificate/1" == found["certificate"]["schema"]


@pytest.mark.parametrize(
    ("kind", "layer", "old", "new"),
    [
        ("identity", "identity", [], [WIDE]),
        ("resource", "resource_policy", [], OPEN_DOOR),
        ("trust", "trust", [], TRUST),
        ("scp", "identity", [NARROW], [WIDE]),
    ],
)
def test_a_witness_is_a_request_that_evaluate_takes(kind: str, layer: str, old: object, new: object) -> None:
    """Piped back as `request`, the new policies allow it and the old do not."""
    witness = _answer(old=old, new=new, kind=kind)["witness"]
    cases = [{"request": witness, layer: policies} for policies in (new, old or None)]
    decisions = [json.loads(line)["decision"] for line in evaluate.answer_lines(map(json.dumps, cases))]

    assert ["allowed", "implicitly-denied"] == decisions


def test_an_action_count_tells_how_many_there_are() -> None:
    """At most a hundred names stand in an answer; the count is of all."""
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    found = _answer(old=[], new=everything)

    assert len(found["actions"]) <= 100
    assert found["action_count"] >= len(found["actions"]) > 0


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"old": NARROW}, "`new` must be a policy or a list of policies"),
        ({"old": None, "new": NARROW}, "`old` must be a policy"),
        ({"old": 3, "new": NARROW}, "case:1:9: a policy must be an object"),
        (
            {"old": NARROW, "new": NARROW, "kind": "boundary"},
            "`kind` is identity, resource, trust, scp, not `boundary`",
        ),
        ({"old": NARROW, "new": NARROW, "kind": 1}, "`kind` must be a text"),
        ({"old": NARROW, "new": OPEN_DOOR}, "a policy of kind identity has no `Principal`"),
        ({"old": NARROW, "new": NARROW, "kind": "resource"}, "a policy of kind resource needs a `Principal`"),
        ({"old": [], "new": {"Statement": {"Effect": "Perhaps"}}}, "`Effect` must be `Allow` or `Deny`"),
    ],
)
def test_what_cannot_be_read_is_unknown_and_says_where(case: dict[str, object], told: str) -> None:
    """The verdict is unknown, the error is the reason, the exit code is 2."""
    found = _answer(**case)

    assert ("unknown", None, None) == (found["verdict"], found["witness"], found["certificate"])
    assert told in found["error"]
    assert found["error"] == found["reason"]
    assert 2 == code_of(found)


def test_a_bad_line_costs_no_other() -> None:
    """One answer a line, in order, whatever stands in the others."""
    good = json.dumps({"id": 7, "old": NARROW, "new": WIDE})
    found = list(answer_lines(["", good, "{", "[" * 100_000, '{"id": "x", "old": 1}', good]))

    assert [1, 2, 2, 2, 1] == [code for _, code in found]
    assert [7, None, None, "x", 7] == [json.loads(line)["id"] for line, _ in found]
    assert "line 3:1:2: not valid JSON" in found[1][0]


@pytest.mark.parametrize(
    ("policy", "kind"),
    [
        (NARROW, PolicyKind.IDENTITY),
        (OPEN_DOOR, PolicyKind.RESOURCE),
        (TRUST, PolicyKind.TRUST),
        ({"Statement": []}, PolicyKind.IDENTITY),
    ],
)
def test_the_kind_of_files_is_seen(policy: object, kind: PolicyKind) -> None:
    """Statements with principals are a resource's, or a role's trust where they name no resource."""
    text = json.dumps(policy)
    found = compare.compare_texts(("old.json", text), ("new.json", text))

    assert {kind} == {one.kind for side in found.sides.values() for one in side}


def test_statements_are_told_with_their_side() -> None:
    """What an answer is about is found again in the files."""
    found = compare.compare_texts(("old.json", "[]"), ("new.json", json.dumps([NARROW])))

    assert [("new", "Read", "new.json:1:16")] == [(side, one.name, str(one.span)) for side, one in found.statements]


def _many(count: int, **more: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", **more}
    return {"Statement": [{**statement, "Resource": f"arn:aws:s3:::b{number}/x"} for number in range(count)]}


@pytest.mark.parametrize(
    ("face", "case"),
    [
        (compare, {"old": _many(5_000), "new": NARROW}),
        (compare, {"old": NARROW, "new": {"Statement": {**NARROW["Statement"], "Resource": "*a" * 400_000}}}),
        (
            compare,
            {
                "old": NARROW,
                "new": {"Statement": {**NARROW["Statement"], "Action": [f"*:{n}*b" for n in range(3_000)]}},
            },
        ),
        (minimise, {"policies": _many(300)}),
        (minimise, {"policies": {"Statement": {**NARROW["Statement"], "Action": [f"s3:G{n}*" for n in range(3_000)]}}}),
        (public, {"policy": _many(500, Principal="*")}),
    ],
)
def test_what_is_larger_than_any_policy_is_unknown(face: Any, case: dict[str, object]) -> None:  # noqa: ANN401
    """It is read without complaint, and the reason says what is too large."""
    found = face.answer(json.dumps(case))

    assert ("unknown", 3) == (found["verdict"], face.code_of(found))
    assert "that are looked at" in found["reason"] or "than are looked up" in found["reason"]


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        ("NumericLessThan", "s3:max-keys", [str(number) for number in range(500)]),
        ("DateLessThan", "aws:CurrentTime", [str(number) for number in range(500)]),
        ("IpAddress", "aws:SourceIp", [f"10.0.{number >> 8}.{number & 255}" for number in range(500)]),
    ],
)
def test_a_key_with_very_many_bounds_is_unknown(operator: str, key: str, values: list[str]) -> None:
    """An answer, and no crash."""
    limited = {"Statement": {**NARROW["Statement"], "Condition": {operator: {key: values}}}}
    one = {"Statement": {**NARROW["Statement"], "Condition": {operator: {key: values[:1]}}}}
    found = _answer(old=limited, new=one)

    assert ("unknown", True) == (found["verdict"], "compared with more than 400" in found["reason"])


KEYS = ["old", "new", "policies", "policy", "kind", "owner", "known", "rcp", "unsigned", "id"]
ELEMENTS = ["Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"]
ELEMENTS += ["Resource", "NotResource", "Condition", "StringLike", "AWS", "Service", "aws:SourceArn"]
WORDS = ["Allow", "Deny", "*", "s3:GetObject", "s3:?*", "a${aws:username}", "arn:aws:s3:::a*", "2012-10-17", "${", "\0"]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(ELEMENTS) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=12,
)
WORD = st.sampled_from(WORDS) | st.text(alphabet="a:*?/${}.", max_size=12)
ONE_OR_MORE = WORD | st.lists(WORD, max_size=3)
STATEMENT = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Action": ONE_OR_MORE,
        "NotAction": ONE_OR_MORE,
        "Resource": ONE_OR_MORE,
        "NotResource": ONE_OR_MORE,
        "Principal": st.just("*") | st.fixed_dictionaries({"AWS": ONE_OR_MORE}),
        "Condition": st.dictionaries(
            st.sampled_from(["StringLike", "Bool", "NumericLessThan", "IpAddress", "ForAnyValue:StringEquals", "Null"]),
            st.dictionaries(
                st.sampled_from(["aws:SourceArn", "aws:username", "a", "s3:prefix"]), ONE_OR_MORE, max_size=2
            ),
            max_size=2,
        ),
    },
)
POLICY = st.fixed_dictionaries(
    {"Statement": STATEMENT | st.lists(STATEMENT, max_size=3)}, optional={"Version": st.just("2012-10-17")}
)
CASE = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6) | st.fixed_dictionaries(
    {"id": st.integers(), "old": POLICY, "new": POLICY, "policies": POLICY | st.lists(POLICY), "policy": POLICY},
    optional={"kind": st.sampled_from(["identity", "resource", "trust", "scp"]), "owner": st.just("111122223333")},
)


@pytest.mark.parametrize("face", [compare, minimise, public])
@settings(max_examples=150, deadline=None)
@given(case=CASE | VALUES)
def test_no_document_breaks_a_face(face: Any, case: object) -> None:  # noqa: ANN401 - three modules alike
    """Whatever the JSON holds, there is one answer, and it is JSON with a verdict."""
    found = face.answer(json.dumps(case))
    again = json.loads(json.dumps(found))

    assert isinstance(again["verdict"], str)
    assert "the evaluator does not agree" not in str(again.get("error"))
    assert face.code_of(found) in {0, 1, 2, 3}


@settings(max_examples=150, deadline=None)
@given(line=st.text(max_size=40))
def test_no_text_breaks_a_face(line: str) -> None:
    """What is no JSON at all is answered too."""
    assert all(code in {0, 1, 2, 3} for _, code in answer_lines(line.split("\n")))
