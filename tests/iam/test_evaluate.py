"""Laws of evaluation: what layers, statements and principals do to a decision, whatever the policies say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam.document import Grammar, Policy, PolicyKind, parse
from apiece.iam.evaluate import Decision, Grant, LayerResult, Layers, Result, Says, UrlRegime, evaluate
from apiece.iam.request import Caller, CallerType, Request, caller_named
from apiece.text import Hole, HoleKind, join
from apiece.tree import from_plain

law = settings(derandomize=True, deadline=None, max_examples=150)

HERE, THERE = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{HERE}:role/app"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/app/one"
USER = f"arn:aws:iam::{HERE}:user/ann"
ROOT = f"arn:aws:iam::{HERE}:root"
SERVICE = "events.amazonaws.com"
KEY = f"arn:aws:kms:us-east-1:{HERE}:key/1234"
FUNCTION = f"arn:aws:lambda:us-east-1:{HERE}:function:f"
OPEN = join([Hole("Given", HoleKind.ANY)])

Body = dict[str, object]


def allow(action: object = "*", resource: object = "*", **elements: object) -> Body:
    """Write a statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: object = "*", resource: object = "*", **elements: object) -> Body:
    """Write a statement that denies."""
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def policy(*statements: Mapping[str, object], kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    """Make a policy; one whose statements lack principals names nobody."""
    plain = from_plain({"Version": "2012-10-17", "Statement": [dict(body) for body in statements]})
    return parse(plain, kind, grammar=Grammar.AS_EVALUATED)


def resource(*statements: Mapping[str, object]) -> Policy:
    """Make a resource's policy."""
    return policy(*statements, kind=PolicyKind.RESOURCE)


def request(
    action: str = "s3:GetObject", *, caller: str | Caller = ROLE, on: str = "arn:aws:s3:::a", owner: str | None = HERE
) -> Request:
    """Ask for something in the caller's own account."""
    return Request(caller_named(caller) if isinstance(caller, str) else caller, action, on, owner)


def result(asked: Request, layers: Layers) -> Result:
    return evaluate(asked, layers).result


def says(decision: Decision) -> dict[str, Says]:
    return {layer.layer: layer.says for layer in decision.layers}


IDENTITY = Layers(identity=(policy(allow()),))
"""Identity policies that allow everything, and no other layer."""


# ---- examples --------------------------------------------------------------------------------------------------------


class TestDecision:
    """What a decision tells beside its result."""

    def test_layers_name_the_statements_that_decide(self) -> None:
        """Each layer that applies is listed with what it says and why."""
        layers = Layers(
            identity=(policy(allow("sqs:*")), policy(allow("s3:*", Sid="Read"), deny("sqs:*"))),
            boundary=(policy(allow("sqs:*")),),
        )
        decision = evaluate(request(), layers)
        identity, boundary = decision.layers

        assert ("identity", Says.ALLOW, [(1, "Read")]) == (
            identity.layer,
            identity.says,
            [(index, statement.name) for index, statement in identity.statements],
        )
        assert LayerResult("boundary", Says.SILENT) == boundary

    @pytest.mark.parametrize(
        ("caller", "layers", "reason"),
        [
            (ROLE, IDENTITY, "allowed by the identity policies"),
            (ROLE, Layers(resource_policy=resource(allow(Principal="*"))), "allowed by the resource policy"),
            (ROOT, Layers(), "the account's root user"),
            (ROLE, Layers(), "not allowed by any policy that counts for this caller"),
            (ROLE, Layers(identity=(policy(deny()),)), "denied by the identity policy"),
            (ROLE, replace(IDENTITY, scp=((policy(kind=PolicyKind.SCP),),)), "not allowed by the scp level 0"),
            (ROLE, replace(IDENTITY, endpoint=()), "not allowed by the endpoint policy"),
            (ROLE, Layers(identity=(policy(allow(OPEN)),)), "it depends on something that is not known"),
        ],
    )
    def test_the_reason_names_the_layer(self, caller: str, layers: Layers, reason: str) -> None:
        """One sentence for people."""
        assert reason == evaluate(request(caller=caller), layers).reason

    def test_who_am_i_is_always_allowed(self) -> None:
        """`sts:GetCallerIdentity` needs no permission and cannot be denied."""
        assert Result.ALLOWED == result(request("sts:GetCallerIdentity", on="*"), Layers(identity=(policy(deny()),)))


class TestUnknown:
    """What is not known stays so where it matters, and only there."""

    def test_an_open_deny_leaves_an_allowed_request_unknown(self) -> None:
        """The Deny may be about the request."""
        decision = evaluate(request(), Layers(identity=(policy(allow(), deny(OPEN)),)))

        assert (Result.UNKNOWN, {"identity": Says.UNKNOWN}) == (decision.result, says(decision))

    def test_an_open_deny_does_not_matter_where_nothing_allows(self) -> None:
        """However it falls, the request is denied."""
        assert Result.IMPLICITLY_DENIED == result(request(), Layers(identity=(policy(deny(OPEN)),)))

    def test_an_open_allow_does_not_matter_beside_a_known_one(self) -> None:
        """One Allow is enough."""
        decision = evaluate(request(), Layers(identity=(policy(allow(OPEN), allow()),)))

        assert (Result.ALLOWED, {"identity": Says.ALLOW}) == (decision.result, says(decision))

    def test_an_open_allow_does_not_matter_beside_a_deny(self) -> None:
        """A Deny decides."""
        assert Result.EXPLICITLY_DENIED == result(request(), Layers(identity=(policy(allow(OPEN), deny()),)))

    @pytest.mark.parametrize("name", ["Action", "Resource"])
    def test_an_open_action_or_resource_is_unknown(self, name: str) -> None:
        """Either may match."""
        assert Result.UNKNOWN == result(request(), Layers(identity=(policy({**allow(), name: OPEN}),)))

    def test_an_open_principal_is_unknown(self) -> None:
        """It may name the caller."""
        assert Result.UNKNOWN == result(
            request(caller=SERVICE), Layers(resource_policy=resource(allow(Principal={"Service": OPEN})))
        )

    @pytest.mark.parametrize("caller", [ROLE, SESSION, USER, "*"])
    def test_an_open_aws_principal_may_be_the_caller_itself(self, caller: str) -> None:
        """Named itself, or with everyone, a caller needs no identity policy; nor does everyone need an account."""
        assert Result.UNKNOWN == result(
            request(caller=caller), Layers(resource_policy=resource(allow(Principal={"AWS": OPEN})))
        )

    @pytest.mark.parametrize(
        ("layers", "expected"),
        [
            (IDENTITY, Result.ALLOWED),
            (Layers(identity=(policy(deny()),)), Result.EXPLICITLY_DENIED),
            (Layers(scp=((policy(kind=PolicyKind.SCP),),)), Result.IMPLICITLY_DENIED),
            (Layers(boundary=(policy(),)), Result.UNKNOWN),
        ],
    )
    def test_an_open_principal_matters_only_where_it_decides(self, layers: Layers, expected: Result) -> None:
        """What allows or refuses without it is certain; a boundary does not limit a session or everyone (4, 5)."""
        assert expected == result(request(), replace(layers, resource_policy=resource(allow(Principal={"AWS": OPEN}))))

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            (join([f"arn:aws:iam::{HERE}:role/", OPEN]), Result.UNKNOWN),
            (join([f"arn:aws:iam::{THERE}:role/", OPEN]), Result.IMPLICITLY_DENIED),
            (join(["arn:aws:iam::", OPEN, ":root"]), Result.IMPLICITLY_DENIED),
        ],
    )
    def test_known_text_of_an_open_principal_counts(self, name: object, expected: Result) -> None:
        """A role of another account is not the caller, and an account leaves it to identity policies."""
        assert expected == result(request(), Layers(resource_policy=resource(allow(Principal={"AWS": name}))))

    def test_an_open_name_is_told_once(self) -> None:
        """A statement that may mean the caller in several ways is one doubtful statement."""
        decision = evaluate(request(), Layers(resource_policy=resource(allow(Principal={"AWS": OPEN}))))

        assert [1] == [len(layer.statements) for layer in decision.layers]

    def test_an_open_boundary_leaves_the_decision_unknown(self) -> None:
        """A limit that is not known limits nobody knows what."""
        assert Result.UNKNOWN == result(request(), replace(IDENTITY, boundary=(policy(allow(OPEN)),)))


class TestMatching:
    """Actions and resources of one statement."""

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("S3:getobject", Result.ALLOWED),
            ("s3:G?t*", Result.ALLOWED),
            ("*", Result.ALLOWED),
            ("s3:GetObject ", Result.IMPLICITLY_DENIED),
            ("s3:Get", Result.IMPLICITLY_DENIED),
        ],
    )
    def test_actions_are_compared_without_case(self, pattern: str, expected: Result) -> None:
        """An action with a blank in it is none."""
        assert expected == result(request(), Layers(identity=(policy(allow(pattern)),)))

    @pytest.mark.parametrize("name", ["Resource", "NotResource"])
    def test_an_unresolved_variable_names_no_resource(self, name: str) -> None:
        """`Resource` then matches nothing, `NotResource` excludes nothing."""
        body = {"Effect": "Allow", "Action": "*", name: "arn:aws:s3:::${aws:username}"}
        expected = Result.ALLOWED if name == "NotResource" else Result.IMPLICITLY_DENIED

        assert expected == result(request(), Layers(identity=(policy(body),)))

    def test_an_action_without_resources_needs_everything(self) -> None:
        """`s3:ListAllMyBuckets` is asked on `*`: a pattern that takes in less does not match."""
        answers = [
            result(request("s3:ListAllMyBuckets", on="*"), Layers(identity=(policy(allow(resource=pattern)),)))
            for pattern in ("*", "**", "arn:aws:s3:::*")
        ]

        assert [Result.ALLOWED, Result.ALLOWED, Result.IMPLICITLY_DENIED] == answers

    @pytest.mark.parametrize(
        ("pattern", "allowed", "denied"),
        [
            ("arn:aws:s3:::a*", Result.ALLOWED, Result.EXPLICITLY_DENIED),
            ("arn:aws:s3:::ab", Result.ALLOWED, Result.ALLOWED),
            ("arn:aws:s3:::b", Result.IMPLICITLY_DENIED, Result.ALLOWED),
        ],
    )
    def test_a_request_for_many_resources_is_allowed_where_one_is(
        self, pattern: str, allowed: Result, denied: Result
    ) -> None:
        """An Allow may cover a part of what is asked; a Deny must cover all of it."""
        asked = request(on="arn:aws:s3:::a*")

        assert allowed == result(asked, Layers(identity=(policy(allow(resource=pattern)),)))
        assert denied == result(asked, Layers(identity=(policy(allow(), deny(resource=pattern)),)))


class TestPrincipals:
    """How the naming of a caller decides what limits an Allow."""

    NAMES = ("*", ROOT, ROLE, SESSION)

    @pytest.mark.parametrize(
        ("layers", "expected"),
        [
            (Layers(), ["*", ROLE, SESSION]),
            (Layers(identity=(policy(allow()),)), ["*", ROOT, ROLE, SESSION]),
            (Layers(boundary=()), ["*", SESSION]),
            (Layers(session=()), ["*", SESSION]),
            (Layers(identity=(policy(allow()),), boundary=()), ["*", SESSION]),
            (Layers(boundary=(policy(allow()),)), ["*", ROLE, SESSION]),
        ],
    )
    def test_a_session_in_its_own_account(self, layers: Layers, expected: list[str]) -> None:
        """Which principals of a resource's policy let a session in, by the layers on its side (statements 2 to 6)."""
        allowed = [
            name
            for name in self.NAMES
            if Result.ALLOWED
            == result(
                request(caller=SESSION), replace(layers, resource_policy=resource(allow(Principal={"AWS": name})))
            )
        ]

        assert expected == allowed

    @pytest.mark.parametrize("name", [ROLE, SESSION, ROOT, "*"])
    def test_another_account_asks_for_both_sides(self, name: str) -> None:
        """However the caller is named, its own side must allow too (statement 8)."""
        named = resource(allow(Principal={"AWS": name}))
        asked = request(caller=SESSION, owner=THERE)
        answers = [
            result(asked, layers)
            for layers in (
                Layers(resource_policy=named),
                replace(IDENTITY, resource_policy=named),
                IDENTITY,
                replace(IDENTITY, resource_policy=named, boundary=()),
            )
        ]

        assert [
            Result.IMPLICITLY_DENIED,
            Result.ALLOWED,
            Result.IMPLICITLY_DENIED,
            Result.IMPLICITLY_DENIED,
        ] == answers

    def test_partitions_are_never_crossed(self) -> None:
        """A caller of `aws-cn` gets nothing in `aws`."""
        caller = f"arn:aws-cn:iam::{THERE}:role/app"
        layers = replace(IDENTITY, resource_policy=resource(allow(Principal="*")))

        assert Result.IMPLICITLY_DENIED == result(request(caller=caller), layers)

    @pytest.mark.parametrize("caller", [SERVICE, "*", f"arn:aws:iam::{HERE}:saml-provider/Corp"])
    def test_callers_without_identity_need_the_resource(self, caller: str) -> None:
        """Identity policies are not theirs (statement 11)."""
        layers = replace(IDENTITY, resource_policy=resource(allow(Principal="*")))

        assert [Result.IMPLICITLY_DENIED, Result.ALLOWED] == [
            result(request(caller=caller), IDENTITY),
            result(request(caller=caller), layers),
        ]

    def test_a_trust_policy_decides_on_assuming(self) -> None:
        """The role's policy must allow; naming the account leaves it to the caller's policies (statement 9)."""
        asked = request("sts:AssumeRole", caller=USER, on=ROLE)

        def trusting(name: str) -> Policy:
            body = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": name}}
            return policy(body, kind=PolicyKind.TRUST)

        assert [Result.IMPLICITLY_DENIED, Result.ALLOWED, Result.IMPLICITLY_DENIED, Result.ALLOWED] == [
            result(asked, layers)
            for layers in (
                IDENTITY,
                Layers(trust=trusting(USER)),
                Layers(trust=trusting(ROOT)),
                replace(IDENTITY, trust=trusting(ROOT)),
            )
        ]


class TestGuardrails:
    """Service and resource control policies, endpoint policies."""

    ALLOWING = (policy(allow(), kind=PolicyKind.SCP),)

    @pytest.mark.parametrize(
        "caller",
        [
            Caller(CallerType.ROLE, ROLE, HERE, management_account=True),
            Caller(CallerType.ROLE, ROLE, HERE, service_linked=True),
        ],
    )
    def test_some_callers_have_no_scp(self, caller: Caller) -> None:
        """The management account and service-linked roles (statement 14)."""
        assert Result.ALLOWED == result(request(caller=caller), replace(IDENTITY, scp=((),)))

    @pytest.mark.parametrize("depth", [0, 1, 2])
    def test_every_level_must_allow(self, depth: int) -> None:
        """A level without an Allow closes all that is below."""
        levels = tuple(() if level == depth else self.ALLOWING for level in range(3))

        assert [Result.ALLOWED, Result.IMPLICITLY_DENIED] == [
            result(request(), replace(IDENTITY, scp=(self.ALLOWING,) * 3)),
            result(request(), replace(IDENTITY, scp=levels)),
        ]

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            (request(), Result.EXPLICITLY_DENIED),
            (request(caller=SERVICE), Result.EXPLICITLY_DENIED),
            (request("ec2:DescribeInstances", on="*"), Result.ALLOWED),
            (request(caller=Caller(CallerType.ROLE, ROLE, HERE, service_linked=True)), Result.ALLOWED),
            (request(caller=Caller(CallerType.ROLE, ROLE, HERE, management_account=True)), Result.ALLOWED),
            (
                request(caller=Caller(CallerType.ROLE, ROLE, HERE, management_account=True), owner=THERE),
                Result.EXPLICITLY_DENIED,
            ),
        ],
    )
    def test_an_rcp_denies_on_resources_of_member_accounts(self, asked: Request, expected: Result) -> None:
        """Of the services it supports, whoever calls, but no service-linked role (statement 15)."""
        layers = replace(
            IDENTITY,
            resource_policy=resource(allow(Principal="*")),
            rcp=((policy(deny(Principal="*"), kind=PolicyKind.RCP),),),
        )

        assert expected == result(asked, layers)

    def test_an_rcp_need_not_allow(self) -> None:
        """An empty level still carries `RCPFullAWSAccess`."""
        assert Result.ALLOWED == result(request(), replace(IDENTITY, rcp=((),)))

    def test_an_endpoint_policy_without_principal_is_about_everyone(self) -> None:
        """Unlike a resource's policy, which then names nobody."""
        endpoint = (policy(allow(), kind=PolicyKind.ENDPOINT),)

        assert [Result.ALLOWED, Result.IMPLICITLY_DENIED] == [
            result(request(), replace(IDENTITY, endpoint=endpoint)),
            result(request(), Layers(resource_policy=resource(allow()))),
        ]

    def test_a_boundary_makes_every_negated_principal_deny(self) -> None:
        """Whoever `NotPrincipal` lists (statement 16), in a resource's policy or an endpoint's."""
        listing = deny(NotPrincipal={"AWS": [ROLE, ROOT]})
        endpoint = (policy(allow(), listing, kind=PolicyKind.ENDPOINT),)

        for layers in (replace(IDENTITY, resource_policy=resource(listing)), replace(IDENTITY, endpoint=endpoint)):
            assert [Result.ALLOWED, Result.EXPLICITLY_DENIED] == [
                result(request(), layers),
                result(request(), replace(layers, boundary=(policy(allow()),))),
            ]


class TestKeys:
    """KMS (statement 10)."""

    ASKED = request("kms:Decrypt", on=KEY)

    @pytest.mark.parametrize(
        ("layers", "expected"),
        [
            (IDENTITY, Result.UNKNOWN),
            (Layers(), Result.IMPLICITLY_DENIED),
            (replace(IDENTITY, resource_policy=resource(allow(Principal={"AWS": ROOT}))), Result.ALLOWED),
            (replace(IDENTITY, resource_policy=resource(allow(Principal={"AWS": USER}))), Result.IMPLICITLY_DENIED),
            (Layers(resource_policy=resource(allow(Principal={"AWS": ROLE}))), Result.ALLOWED),
            (Layers(resource_policy=resource(allow(Principal={"AWS": ROOT}))), Result.IMPLICITLY_DENIED),
            (Layers(kms_grants=(Grant(ROLE, ("Decrypt",)),)), Result.ALLOWED),
            (Layers(kms_grants=(Grant(ROLE, ("kms:decrypt",)),)), Result.ALLOWED),
            (Layers(kms_grants=(Grant(ROLE, ("Encrypt",)), Grant(USER, ("Decrypt",)))), Result.IMPLICITLY_DENIED),
            (
                Layers(identity=(policy(deny()),), kms_grants=(Grant(ROLE, ("Decrypt",)),)),
                Result.EXPLICITLY_DENIED,
            ),
        ],
    )
    def test_the_key_decides_who_decides(self, layers: Layers, expected: Result) -> None:
        """Identity policies count where the key's policy leaves it to the account; grants stand beside."""
        assert expected == result(self.ASKED, layers)

    def test_a_grant_to_a_role_is_its_sessions(self) -> None:
        """A session uses the role's grants."""
        assert Result.ALLOWED == result(
            request("kms:Decrypt", caller=SESSION, on=KEY), Layers(kms_grants=(Grant(ROLE, ("Decrypt",)),))
        )

    @pytest.mark.parametrize(
        ("action", "on", "expected"),
        [
            ("kms:UpdateAlias", f"arn:aws:kms:us-east-1:{HERE}:alias/aws/s3", Result.IMPLICITLY_DENIED),
            ("kms:UpdateAlias", f"arn:aws:kms:us-east-1:{HERE}:alias/mine", Result.ALLOWED),
            ("iam:DeletePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", Result.IMPLICITLY_DENIED),
            ("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", Result.ALLOWED),
            ("iam:DeleteRole", f"arn:aws:iam::{HERE}:role/aws-reserved/x", Result.IMPLICITLY_DENIED),
            ("iam:DeleteRole", ROLE, Result.ALLOWED),
            ("iam:DeleteRole", "*", Result.ALLOWED),
        ],
    )
    def test_what_belongs_to_aws_cannot_be_changed(self, action: str, on: str, expected: Result) -> None:
        """Its aliases, its policies and its roles; reading them is as usual."""
        assert expected == result(request(action, on=on), IDENTITY)


class TestFunctionUrls:
    """Function URLs (statement 12)."""

    ASKED = request("lambda:InvokeFunctionUrl", caller="*", on=FUNCTION)
    URL = allow("lambda:InvokeFunctionUrl", Principal="*")
    INVOKE = allow("lambda:InvokeFunction", Principal="*")
    VIA_URL = allow(
        "lambda:InvokeFunction", Principal="*", Condition={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    )

    @pytest.mark.parametrize(
        ("statements", "before", "after"),
        [
            ([URL, INVOKE], Result.ALLOWED, Result.ALLOWED),
            ([URL, VIA_URL], Result.ALLOWED, Result.ALLOWED),
            ([URL], Result.ALLOWED, Result.IMPLICITLY_DENIED),
            ([INVOKE], Result.IMPLICITLY_DENIED, Result.IMPLICITLY_DENIED),
        ],
    )
    def test_a_new_url_needs_two_permissions(self, statements: list[Body], before: Result, after: Result) -> None:
        """An older one needs the first alone."""
        layers = Layers(resource_policy=resource(*statements))
        answers = [
            result(self.ASKED, replace(layers, url_regime=regime))
            for regime in (None, UrlRegime.BEFORE, UrlRegime.AFTER)
        ]

        assert [before, before, after] == answers

    def test_the_reason_names_the_second_permission(self) -> None:
        """The answer says what is missing."""
        layers = Layers(resource_policy=resource(self.URL), url_regime=UrlRegime.AFTER)

        assert (
            "a function URL also needs lambda:InvokeFunction: not allowed by any policy that counts for this caller"
            == evaluate(self.ASKED, layers).reason
        )


# ---- laws ------------------------------------------------------------------------------------------------------------

actions = st.sampled_from(["*", "s3:*", "s3:GetObject", "s3:Put*", "kms:*", "nosuch:Thing"])
resources = st.sampled_from(
    ["*", "arn:aws:s3:::*", "arn:aws:s3:::a", "arn:aws:s3:::?b", "arn:aws:s3:::${aws:username}", KEY]
)
principals = st.sampled_from(["*", {"AWS": [ROOT, USER]}, {"AWS": ROLE}, {"AWS": SESSION}, {"Service": SERVICE}])
conditions = st.sampled_from(
    [
        {},
        {},
        {"StringEquals": {"aws:username": "ann"}},
        {"StringNotEquals": {"aws:PrincipalAccount": HERE}},
        {"Null": {"aws:PrincipalOrgID": "true"}},
        {"ForAnyValue:StringLike": {"aws:TagKeys": ["a*"]}},
        {"StringEquals": {"aws:TagKeys": "a"}},
        {"Bool": {"aws:SecureTransport": OPEN}},
    ]
)


@st.composite
def bodies(draw: st.DrawFn, *, named: bool = False) -> Body:
    """Draw a statement, with principals or without."""
    body: Body = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])), "Condition": draw(conditions)}
    body[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(st.lists(actions, min_size=1, max_size=2))
    body[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(resources)
    if named:
        body[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(principals)
    return body


def policies(kind: PolicyKind, *, named: bool = False) -> st.SearchStrategy[Policy]:
    return st.lists(bodies(named=named), max_size=3).map(lambda found: policy(*found, kind=kind))


@st.composite
def stacks(draw: st.DrawFn) -> Layers:
    """Draw some layers."""

    def some(kind: PolicyKind, *, named: bool = False) -> st.SearchStrategy[tuple[Policy, ...] | None]:
        return st.one_of(st.none(), st.lists(policies(kind, named=named), max_size=2).map(tuple))

    def levels(kind: PolicyKind, *, named: bool = False) -> st.SearchStrategy[tuple[tuple[Policy, ...], ...] | None]:
        level = st.lists(policies(kind, named=named), max_size=2).map(tuple)
        return st.one_of(st.none(), st.lists(level, min_size=1, max_size=2).map(tuple))

    return Layers(
        identity=draw(some(PolicyKind.IDENTITY)),
        boundary=draw(some(PolicyKind.IDENTITY)),
        session=draw(some(PolicyKind.IDENTITY)),
        resource_policy=draw(st.one_of(st.none(), policies(PolicyKind.RESOURCE, named=True))),
        scp=draw(levels(PolicyKind.SCP)),
        rcp=draw(levels(PolicyKind.RCP, named=True)),
        endpoint=draw(some(PolicyKind.ENDPOINT, named=True)),
    )


requests = st.builds(
    Request,
    st.sampled_from([ROLE, SESSION, USER, ROOT, SERVICE, "*", f"arn:aws:iam::{THERE}:role/app"]).map(caller_named),
    st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "nosuch:Thing"]),
    st.sampled_from(["arn:aws:s3:::a", "arn:aws:s3:::ab", "arn:aws:s3:::ann", KEY]),
    st.sampled_from([HERE, THERE]),
    st.sampled_from([{}, {"aws:TagKeys": ("a",)}, {"aws:TagKeys": ("a", "b")}, {"aws:SecureTransport": "true"}]),
)
EVERYTHING_DENIED = {
    "identity": (policy(deny()),),
    "boundary": (policy(deny()),),
    "session": (policy(deny()),),
    "resource_policy": resource(deny(Principal="*")),
    "endpoint": (policy(deny(Principal="*"), kind=PolicyKind.ENDPOINT),),
}
REFUSED = frozenset({Result.IMPLICITLY_DENIED, Result.EXPLICITLY_DENIED})


@law
@given(asked=requests, layers=stacks(), name=st.sampled_from(sorted(EVERYTHING_DENIED)))
def test_explicit_deny_wins(asked: Request, layers: Layers, name: str) -> None:
    """One layer that denies everything denies explicitly, whatever all others say."""
    denied = replace(layers, **{name: EVERYTHING_DENIED[name]})  # type: ignore[arg-type]

    assert Result.EXPLICITLY_DENIED == result(asked, denied)


@law
@given(asked=requests)
def test_default_is_deny(asked: Request) -> None:
    """Without any policy only the account's own root user is not refused."""
    root = asked.caller.type is CallerType.ROOT and asked.resource_account == HERE
    trusted = Result.UNKNOWN if asked.resource == KEY else Result.ALLOWED
    expected = trusted if root else Result.IMPLICITLY_DENIED

    assert expected == result(asked, Layers())


@law
@given(asked=requests, layers=stacks())
def test_allowed_means_that_something_allows_and_nothing_denies(asked: Request, layers: Layers) -> None:
    """An allowed request of a caller without root's powers has a layer that allows it and none that denies."""
    decision = evaluate(asked, layers)

    if decision.result is Result.ALLOWED and asked.caller.type is not CallerType.ROOT:
        assert Says.ALLOW in says(decision).values()
        assert Says.DENY not in says(decision).values()


def turned(layers: Layers) -> Layers:
    """The same layers with every statement and every policy in the opposite order, except for levels."""

    def around(found: Policy) -> Policy:
        return replace(found, statements=tuple(reversed(found.statements)))

    def each(found: tuple[Policy, ...] | None) -> tuple[Policy, ...] | None:
        return None if found is None else tuple(around(item) for item in reversed(found))

    return replace(
        layers,
        identity=each(layers.identity),
        boundary=each(layers.boundary),
        session=each(layers.session),
        endpoint=each(layers.endpoint),
        resource_policy=None if layers.resource_policy is None else around(layers.resource_policy),
    )


@law
@given(asked=requests, layers=stacks())
def test_order_of_statements_is_irrelevant(asked: Request, layers: Layers) -> None:
    """Statements and policies of a layer are a set."""
    forth, back = evaluate(asked, layers), evaluate(asked, turned(layers))

    assert (forth.result, says(forth)) == (back.result, says(back))


@law
@given(asked=requests, layers=stacks(), name=st.sampled_from(["boundary", "session", "scp", "endpoint"]))
def test_a_limit_never_grants(asked: Request, layers: Layers, name: str) -> None:
    """What is refused without a boundary, session policy, SCP or endpoint policy is refused with one."""
    without = replace(layers, **{name: None})  # type: ignore[arg-type]

    if result(asked, without) in REFUSED:
        assert result(asked, layers) in REFUSED


def test_boundary_limits_but_never_grants() -> None:
    """An action allowed only by the permissions boundary is implicitly denied."""
    assert [Result.IMPLICITLY_DENIED, Result.IMPLICITLY_DENIED, Result.ALLOWED] == [
        result(request(), Layers(boundary=(policy(allow()),))),
        result(request(), replace(IDENTITY, boundary=(policy(allow("sqs:*")),))),
        result(request(), replace(IDENTITY, boundary=(policy(allow()),))),
    ]


@law
@given(asked=requests, layers=stacks(), body=bodies())
def test_an_allow_never_takes_away(asked: Request, layers: Layers, body: Body) -> None:
    """A further Allow of an identity policy leaves allowed what was allowed."""
    more = replace(layers, identity=(*(layers.identity or ()), policy({**body, "Effect": "Allow"})))

    if result(asked, layers) is Result.ALLOWED:
        assert Result.ALLOWED == result(asked, more)


@law
@given(asked=requests, layers=stacks(), body=bodies())
def test_a_deny_never_gives(asked: Request, layers: Layers, body: Body) -> None:
    """A further Deny leaves refused what was refused."""
    more = replace(layers, identity=(*(layers.identity or ()), policy({**body, "Effect": "Deny"})))

    if result(asked, layers) in REFUSED:
        assert result(asked, more) in REFUSED


@law
@given(asked=requests, layers=stacks())
def test_case_of_actions_is_irrelevant(asked: Request, layers: Layers) -> None:
    """A request for `S3:GETOBJECT` is decided like one for `s3:GetObject`."""
    assert result(asked, layers) == result(replace(asked, action=asked.action.upper()), layers)


@law
@given(asked=requests, layers=stacks())
def test_splitting_a_policy_changes_nothing(asked: Request, layers: Layers) -> None:
    """One policy of many statements is many policies of one."""
    split = tuple(replace(found, statements=(item,)) for found in layers.identity or () for item in found.statements)

    assert result(asked, replace(layers, identity=layers.identity or ())) == result(
        asked, replace(layers, identity=split)
    )


@law
@given(asked=requests, layers=stacks())
def test_saying_it_twice_changes_nothing(asked: Request, layers: Layers) -> None:
    """Policies are sets: a repeated one, or a repeated level of SCPs, decides the same."""
    twice = replace(
        layers,
        identity=None if layers.identity is None else layers.identity * 2,
        boundary=None if layers.boundary is None else layers.boundary * 2,
        scp=None if layers.scp is None else layers.scp * 2,
        rcp=None if layers.rcp is None else layers.rcp * 2,
    )

    assert result(asked, layers) == result(asked, twice)


@law
@given(asked=requests, layers=stacks())
def test_a_resource_policy_is_needed_across_accounts(asked: Request, layers: Layers) -> None:
    """No request to another account's resource is allowed without its policy."""
    elsewhere = replace(asked, resource_account=THERE if asked.caller.account != THERE else HERE)

    assert Result.ALLOWED != result(elsewhere, replace(layers, resource_policy=None))


@law
@given(asked=requests, layers=stacks())
def test_an_unknown_decision_has_a_doubtful_layer(asked: Request, layers: Layers) -> None:
    """Nothing is unknown without a layer that says so, except for a key whose policy is not given."""
    decision = evaluate(asked, layers)

    if decision.result is Result.UNKNOWN and asked.resource != KEY:
        assert Says.UNKNOWN in says(decision).values()
