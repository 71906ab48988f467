"""Whole certificates: right ones are accepted, every kind of wrong one is refused, and nothing false can be proved."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from best_certificate import Maker
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.errors import UsageError
from apiece.iam import catalog
from apiece.iam.catalog.domains import domains_of
from apiece.iam.checker import SCHEMA, CallerClass, Claim, Cube, Given, no_new_access, verify
from apiece.iam.compare import Verdict, compare
from apiece.iam.document import Condition, Grammar, Policy, PolicyKind, Word, parse
from apiece.iam.evaluate import Says, says
from apiece.iam.request import Caller, CallerType, Request
from apiece.text import Hole, HoleKind, join
from apiece.tree import from_plain

Body = dict[str, object]
Certificate = dict[str, Any]
OBJECTS = domains_of("s3:GetObject")
WHOM = Caller(CallerType.ROLE, "arn:aws:iam::111122223333:role/app", "111122223333")


def policy(*statements: Mapping[str, object], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    plain = from_plain({"Version": "2012-10-17", "Statement": [dict(body) for body in statements]})
    return parse(plain, kind, grammar=Grammar.AS_EVALUATED)


def allow(action: object, resource: object = "*", **elements: object) -> Body:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: object, resource: object = "*", **elements: object) -> Body:
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def certificate(*cubes: list[Body]) -> Certificate:
    return {"schema": SCHEMA, "catalog": catalog.load().digest, "cubes": [{"entries": entries} for entries in cubes]}


def entry(proof: object, **fields: object) -> Body:
    usual = {"caller": "any", "assume": ["new/0/0"], "actions": ["s3:getobject"], "resource": None, "proof": proof}
    return {**usual, **fields}


def split(ref: str, **cases: object) -> Body:
    return {"split": ref, "cases": {name.replace("condition_", "condition/"): node for name, node in cases.items()}}


def conflict(variable: str) -> Body:
    return {"conflict": variable}


READ_FOLDER = policy(allow("s3:GetObject", "arn:aws:s3:::a/b/*", Condition={"Bool": {"aws:SecureTransport": "true"}}))
READ_BUCKET = policy(allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:PutObject", "*"))
NARROWER = no_new_access([READ_BUCKET], [READ_FOLDER])
RIGHT = certificate([entry(split("old/0/0"))])

SECURE = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
INSECURE = {"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}
TWO_STEPS = no_new_access(
    [policy(allow("s3:*", "*", **SECURE), allow("s3:Get*", "arn:aws:s3:::a/*"), deny("s3:GetObject", "*", **INSECURE))],
    [policy(allow("s3:GetObject", ["arn:aws:s3:::a/*", "arn:aws:s3:::a/c"]), deny("s3:*", "*", **INSECURE))],
)
STEPS = certificate(
    [
        entry(
            split("new/0/1", condition_0=split("old/0/0", condition_0=split("old/0/1", resource=conflict("resource")))),
            resource=domain,
        )
        for domain in OBJECTS
    ],
    [entry(split("new/0/1"), assume=["new/0/0", "old/0/2"])],
)


class TestRightCertificates:
    def test_a_narrower_policy_allows_nothing_new(self) -> None:
        """A folder over TLS is part of its bucket: one split, no cases, whatever the resource."""
        assert verify(RIGHT, NARROWER).valid

    def test_a_proof_by_cases(self) -> None:
        """Cases go on from what failed before, and a Deny of the old is a cube of its own."""
        assert verify(STEPS, TWO_STEPS).valid

    def test_one_entry_stands_for_all_continuations(self) -> None:
        """An entry that assumes fewer statements covers all choices that begin with them."""
        shorter = copy.deepcopy(STEPS)
        shorter["cubes"][1]["entries"] = [
            entry(split("new/0/1", condition_0=conflict("key/aws:securetransport")), assume=["new/0/0"])
        ]

        assert not verify(shorter, TWO_STEPS).valid
        assert verify(certificate([entry(split("old/0/0"), assume=["new/0/0"])]), NARROWER).valid

    def test_a_policy_that_allows_nothing_needs_no_entries(self) -> None:
        """Where a required group is empty, so is the cube."""
        assert verify(certificate([]), no_new_access([], [policy(deny("*"))])).valid

    def test_an_action_that_the_catalogue_does_not_know(self) -> None:
        """An action that only the policies name is requested on `*` and on any ARN."""
        claim = no_new_access([policy(allow("zz:*"))], [policy(allow("zz:Odd"))])
        both = [entry(split("old/0/0"), actions=["zz:odd"], resource=domain) for domain in ("*", "arn")]

        assert verify(certificate(both), claim).valid
        assert not verify(certificate(both[:1]), claim).valid
        assert not verify(certificate(both[1:]), claim).valid


class TestOpenActions:
    """An action that a template leaves open may be any, and is certainly none."""

    OPEN = join([Hole("Given", HoleKind.ANY)])

    def test_an_open_action_forbids_nothing_for_certain(self) -> None:
        """A statement with an open action is not certainly about an action, so that no split may name it."""
        claim = no_new_access([policy(allow(self.OPEN))], [policy(allow("s3:GetObject"))])

        assert "`old/0/0` is not about all actions of its entry" == verify(RIGHT, claim).reason

    def test_an_open_exception_forbids_nothing_for_certain(self) -> None:
        """The same holds for a statement about everything but an open action."""
        open_exception = {"Effect": "Allow", "NotAction": self.OPEN, "Resource": "*"}

        assert not verify(RIGHT, no_new_access([policy(open_exception)], [policy(allow("s3:GetObject"))])).valid

    def test_an_open_action_needs_entries_for_every_action(self) -> None:
        """What allows an open action must be shown to allow nothing new with each action."""
        claim = no_new_access([policy(allow("s3:GetObject"))], [policy(allow(self.OPEN))])

        assert "no entry of cube 0" in verify(RIGHT, claim).reason


Change = Callable[[Certificate], object]


def first(made: Certificate) -> dict[str, Any]:
    found: dict[str, Any] = made["cubes"][0]["entries"][0]
    return found


WRONG: dict[str, Change] = {
    "no entry": lambda made: made["cubes"][0]["entries"].clear(),
    "no cube": lambda made: made["cubes"].clear(),
    "a cube too many": lambda made: made["cubes"].append({"entries": []}),
    "another schema": lambda made: made.update(schema="apiece/certificate/2"),
    "another catalogue": lambda made: made.update(catalog="sha256:0"),
    "a field too many": lambda made: made.update(note="please"),
    "a field of an entry too many": lambda made: first(made).update(note="please"),
    "a field of a cube too many": lambda made: made["cubes"][0].update(note="please"),
    "a field of a step too many": lambda made: first(made)["proof"].update(conflict="resource"),
    "no action": lambda made: first(made)["actions"].clear(),
    "another action": lambda made: first(made).update(actions=["s3:putobject"]),
    "a statement that is not about an action": lambda made: first(made)["actions"].append("s3:putobject"),
    "an action in another case": lambda made: first(made).update(actions=["s3:GetObject"]),
    "an action that does not exist": lambda made: first(made)["actions"].append("s3:nothing"),
    "another class": lambda made: first(made).update(caller="nobody"),
    "a class of another type": lambda made: first(made).update(caller=None),
    "an assumption too many": lambda made: first(made)["assume"].append("old/0/0"),
    "an assumption of another group": lambda made: first(made).update(assume=["old/0/0"]),
    "no assumption": lambda made: first(made)["assume"].clear(),
    "an assumption that does not exist": lambda made: first(made).update(assume=["new/0/9"]),
    "one domain of several": lambda made: first(made).update(resource=OBJECTS[0]),
    "a domain that does not exist": lambda made: first(made).update(resource="arn:aws:s3:::${Bucket}"),
    "a domain of another action": lambda made: first(made).update(resource="*"),
    "a domain of another type": lambda made: first(made).update(resource=[OBJECTS[0]]),
    "a split of another statement": lambda made: first(made)["proof"].update(split="old/0/1"),
    "a split of the assumption": lambda made: first(made)["proof"].update(split="new/0/0"),
    "a split of nothing": lambda made: first(made)["proof"].update(split=["old/0/0"]),
    "a case that does not exist": lambda made: first(made)["proof"]["cases"].update(
        {"condition/0": conflict("resource")}
    ),
    "a principal that does not exist": lambda made: first(made)["proof"]["cases"].update(
        principal=conflict("principal")
    ),
    "cases of another type": lambda made: first(made)["proof"].update(cases=[]),
    "a conflict that does not hold": lambda made: first(made).update(proof=conflict("resource")),
    "a conflict about nothing": lambda made: first(made).update(proof=conflict("key/aws:username")),
    "a conflict about no variable": lambda made: first(made).update(proof=conflict("action")),
    "a conflict of another type": lambda made: first(made).update(proof={"conflict": 1}),
    "no proof": lambda made: first(made).update(proof=None),
    "an empty proof": lambda made: first(made).update(proof={}),
    "a proof of another type": lambda made: first(made).update(proof=["conflict"]),
    "assumptions of another type": lambda made: first(made).update(assume="new/0/0"),
    "actions of another type": lambda made: first(made).update(actions={"s3:getobject": True}),
    "actions that are no texts": lambda made: first(made)["actions"].append(1),
    "entries of another type": lambda made: made["cubes"][0].update(entries={}),
    "a cube of another type": lambda made: made["cubes"].__setitem__(0, []),
    "cubes of another type": lambda made: made.update(cubes={}),
}


class TestWrongCertificates:
    @pytest.mark.parametrize("name", sorted(WRONG))
    def test_a_wrong_certificate_is_refused(self, name: str) -> None:
        """Each change to a right certificate makes it one that is refused, with a reason."""
        made = copy.deepcopy(RIGHT)
        WRONG[name](made)

        checked = verify(made, NARROWER)

        assert not checked.valid
        assert checked.reason

    def test_a_case_that_is_missing(self) -> None:
        """A component without a case must conflict at once on its own variable."""
        made = copy.deepcopy(STEPS)
        first(made)["proof"]["cases"].clear()

        assert "the case `condition/0` of `new/0/1` is missing" == verify(made, TWO_STEPS).reason

    def test_a_proof_of_something_else(self) -> None:
        """What proves that the narrower allows nothing new does not prove the opposite."""
        wider = no_new_access([READ_FOLDER], [READ_BUCKET])

        assert not verify(RIGHT, wider).valid

    @pytest.mark.parametrize("found", [None, True, 1, 1.5, "certificate", [], {}, [RIGHT], {1: 2}, float("nan")])
    def test_something_that_is_no_certificate(self, found: object) -> None:
        """Whatever else JSON can hold is refused."""
        assert not verify(found, NARROWER).valid

    def test_a_proof_that_is_nested_too_deeply(self) -> None:
        """The depth of a proof is bounded, also where it bites its own tail."""
        made = copy.deepcopy(STEPS)
        proof = first(made)["proof"]
        proof["cases"]["condition/0"] = proof

        assert "a proof is nested too deeply" == verify(made, TWO_STEPS).reason

    def test_a_budget_that_is_used_up(self) -> None:
        """Without steps left nothing is proved."""
        assert "the budget of steps is used up" == verify(RIGHT, NARROWER, budget=3).reason


@settings(derandomize=True, deadline=None, max_examples=200)
@given(data=st.data())
def test_no_json_makes_the_checker_fail(data: st.DataObject) -> None:
    """Any JSON in any place of a certificate is refused or accepted, and raises nothing."""
    words = st.sampled_from(["split", "cases", "conflict", "resource", "old/0/0", "condition/0", "\ud800", "key/", "*"])
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.text(max_size=3))
    junk = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(words, inner), max_leaves=6)
    made: Any = copy.deepcopy(STEPS)
    place = made
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if data.draw(st.integers(0, 4)) == 0 or not isinstance(place[key], dict | list):
            place[key] = data.draw(junk)
            break
        place = place[key]

    assert isinstance(verify(made, TWO_STEPS).reason, str)


class TestCallers:
    NEW = policy(allow("s3:GetObject", Principal={"AWS": "111122223333"}), kind=PolicyKind.RESOURCE)
    OLD = policy(
        allow("s3:GetObject", Principal="*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
        kind=PolicyKind.RESOURCE,
    )
    ROLES = Given(Condition("StringLike", "aws:PrincipalArn", (Word("arn:aws:iam::111122223333:role/*"),)))
    NONE = Given(Condition("Null", "aws:PrincipalArn", (Word("true"),)))
    ROLE = CallerClass("role", (ROLES,), {"old/0/0": True, "new/0/0": True})
    NOBODY = CallerClass("nobody", (NONE,), {"old/0/0": True, "new/0/0": False})

    def claim(self, *callers: CallerClass) -> Claim:
        return Claim(
            {"old": (self.OLD,), "new": (self.NEW,)}, (Cube((("new/0/0",),), ("old/0/0",)),), callers or (self.ROLE,)
        )

    def test_what_a_class_states_counts(self) -> None:
        """Roles have an ARN that the old policy's condition admits; who is not meant needs no entry."""
        proof = certificate([entry(split("old/0/0"), caller="role")])

        assert verify(proof, self.claim(self.ROLE, self.NOBODY)).valid
        assert not verify(proof, self.claim(replace(self.ROLE, facts=()))).valid

    def test_each_class_needs_its_entries(self) -> None:
        """An entry is about its own class only."""
        user = CallerClass("user", (), {"old/0/0": True, "new/0/0": True})
        proof = certificate([entry(split("old/0/0"), caller="role")])

        assert not verify(proof, self.claim(self.ROLE, user)).valid

    def test_a_class_that_is_not_meant_conflicts_at_once(self) -> None:
        """An assumed statement whose principal is not about the class closes an entry."""
        closed = certificate([entry(conflict("principal"), caller="nobody")])

        assert verify(closed, self.claim(self.NOBODY)).valid
        assert not verify(certificate([entry(conflict("principal"), caller="role")]), self.claim(self.ROLE)).valid

    def test_a_forbidden_statement_about_others_closes_nothing(self) -> None:
        """Where a forbidden statement's principal is not about the class, its failure is possible."""
        elsewhere = replace(self.ROLE, says={"old/0/0": False, "new/0/0": True})
        proof = certificate([entry(split("old/0/0"), caller="role")])
        claimed = certificate([entry(split("old/0/0", principal=conflict("principal")), caller="role")])

        assert "the case `principal` of `old/0/0` is missing" == verify(proof, self.claim(elsewhere)).reason
        assert not verify(claimed, self.claim(elsewhere)).valid
        assert not verify(proof, self.claim(replace(self.ROLE, says={"new/0/0": True}))).valid

    def test_what_one_class_owns_says_nothing_of_another(self) -> None:
        """A contradiction that hangs on the resources of one class is none for a class without that limit."""
        new = policy(allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:444455556666:q"))
        says_so = {"new/0/0": True}
        limited = CallerClass("limited", (), says_so, ("arn:*:*:*:111122223333:*",))
        free = CallerClass("free", (), says_so)
        made = certificate(
            [entry(conflict("resource"), caller=one, actions=["sqs:sendmessage"]) for one in ("limited", "free")]
        )
        claim = Claim({"new": (new,)}, (Cube((("new/0/0",),), ()),), (limited, free))

        assert not verify(made, claim).valid
        assert verify(certificate(made["cubes"][0]["entries"][:1]), replace(claim, callers=(limited,))).valid

    def test_a_claim_without_classes_is_not_proved(self) -> None:
        """A claim needs classes, each with its own name."""
        nobody = replace(self.claim(), callers=())

        assert not verify(certificate([]), nobody).valid
        assert not verify(certificate([]), self.claim(self.NOBODY, self.NOBODY)).valid

    def test_a_claim_about_statements_that_do_not_exist_is_not_proved(self) -> None:
        """Cubes may only name statements of the claim's policies."""
        claim = replace(self.claim(), cubes=(Cube((("new/7/0",),), ()),))

        assert not verify(certificate([]), claim).valid

    def test_a_plain_comparison_needs_policies_without_principals(self) -> None:
        """For policies that name principals the caller must say who there is."""
        with pytest.raises(UsageError):
            no_new_access([self.OLD], [self.NEW])


# ---- what is false has no proof --------------------------------------------------------------------------------------


ODD = "zz:odd"
ACTIONS = ("s3:getobject", "s3:listbucket", "sqs:listqueues", ODD)
RESOURCES = {
    "s3:getobject": ["arn:aws:s3:::a/x", "arn:aws:s3:::b/a", "arn:aws:s3:::ab/a/x"],
    "s3:listbucket": ["arn:aws:s3:::a", "arn:aws:s3:::ab", "arn:aws:s3:::b"],
    "sqs:listqueues": ["*"],
    ODD: ["arn:aws:s3:::a/x", "arn:aws:s3:::a", "arn:aws:zz:::b:c"],
}
CONTEXTS = [
    {key: value for key, value in zip(("s3:prefix", "aws:TagKeys", "aws:SourceIp"), values, strict=True) if value}
    for values in itertools.product(
        (None, "a", "b", "ab"), (None, ("a",), ("b",), ("a", "b")), (None, "10.0.0.1", "11.0.0.1")
    )
]
bodies = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.lists(st.sampled_from([*ACTIONS, "s3:*", "s3:Get*", "zz:Odd"]), min_size=1, max_size=2),
        "Resource": st.lists(
            st.sampled_from(
                [
                    *("*", "arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:s3:::a*", "arn:aws:s3:::*/x", "arn:aws:s3"),
                    *("arn:aws:s3:::${s3:prefix}", "arn:aws:s3:::${s3:prefix}/*", "arn:aws:s3:::${*}"),
                ]
            ),
            min_size=1,
            max_size=2,
        ),
        "Condition": st.dictionaries(
            st.sampled_from(["StringEquals", "StringNotLike", "StringLikeIfExists"]),
            st.dictionaries(st.just("s3:prefix"), st.sampled_from(["a", "b", "a*", "${aws:SourceIp}"]), min_size=1),
            max_size=1,
        )
        | st.dictionaries(
            st.sampled_from(["ForAnyValue:StringEquals", "ForAllValues:StringEquals", "ForAllValues:StringNotLike"]),
            st.dictionaries(st.just("aws:TagKeys"), st.sampled_from([["a"], ["a", "b"], "*"]), min_size=1),
            max_size=1,
        )
        | st.dictionaries(
            st.sampled_from(["IpAddress", "NotIpAddress", "Null"]),
            st.dictionaries(st.just("aws:SourceIp"), st.sampled_from(["10.0.0.0/8", "true", "0.0.0.0/0"]), min_size=1),
            max_size=1,
        ),
    }
)


def negated(body: Body, choice: int) -> Body:
    """Write some statements with `NotResource`, and some that deny with `NotAction`."""
    swapped = {"Resource": "NotResource"} if choice == 0 else {}
    swapped |= {"Action": "NotAction"} if choice == 1 and body["Effect"] == "Deny" else {}
    return {swapped.get(name, name): value for name, value in body.items()}


statements = st.builds(negated, bodies, st.integers(0, 5))
policies = st.lists(statements, min_size=1, max_size=3).map(lambda found: policy(*found))
of_known_actions = st.lists(statements.filter(lambda body: ODD not in str(body).lower()), min_size=1, max_size=3).map(
    lambda found: policy(*found)
)


def counterexample(old: Policy, new: Policy) -> Request | None:
    """A request that the new policy certainly allows, and the old certainly does not."""
    for action in ACTIONS:
        for resource, context in itertools.product(RESOURCES[action], CONTEXTS):
            request = Request(WHOM, action, resource, None, context)
            if says((new,), request).says is Says.ALLOW and says((old,), request).says in {Says.SILENT, Says.DENY}:
                return request
    return None


@settings(derandomize=True, deadline=None, max_examples=150)
@given(old=policies, new=policies, seed=st.integers(0, 2**32))
def test_what_is_false_has_no_proof(old: Policy, new: Policy, seed: int) -> None:
    """Where some request is new, the best certificate that can be made, with false claims for the rest, is refused."""
    claim = no_new_access([old], [new])
    made = Maker(claim, seed, odd=(ODD,)).make()

    if verify(made, claim).valid:
        assert counterexample(old, new) is None


@settings(derandomize=True, deadline=None, max_examples=150)
@given(old=of_known_actions, new=of_known_actions)
def test_what_the_solver_proves_is_accepted(old: Policy, new: Policy) -> None:
    """Solver and checker are written apart and agree."""
    found = compare([old], [new])

    if found.verdict is Verdict.NO_NEW_ACCESS:
        assert verify(found.certificate(), no_new_access([old], [new])).valid


@settings(derandomize=True, deadline=None, max_examples=60)
@given(old=policies, seed=st.integers(0, 2**32))
def test_a_policy_is_no_more_than_itself(old: Policy, seed: int) -> None:
    """The made certificates are not all wrong: that a policy allows nothing beyond itself is proved."""
    claim = no_new_access([old], [old])

    assert verify(Maker(claim, seed, odd=(ODD,)).make(), claim).valid
