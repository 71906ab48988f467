"""Policy documents: what is read, what is refused and where, and that nothing else is ever raised."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.errors import MalformedPolicy, MalformedSource
from apiece.iam.document import (
    Effect,
    Grammar,
    OpenPolicy,
    Policy,
    PolicyKind,
    PrincipalType,
    PrincipalWord,
    Statement,
    Word,
    parse,
    parse_json,
)
from apiece.text import Hole, HoleKind, Text, join
from apiece.tree import Mapping, Scalar, from_plain

law = settings(derandomize=True, deadline=None, max_examples=200)
OPEN = join([Hole("Given", HoleKind.ANY)])
ALLOW: dict[str, object] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
PUBLIC: dict[str, object] = {**ALLOW, "Principal": "*"}


def document(*statements: object, **elements: object) -> dict[str, object]:
    """Make a document of some statements."""
    return {"Version": "2012-10-17", "Statement": list(statements), **elements}


def read(plain: object, kind: PolicyKind = PolicyKind.IDENTITY, grammar: Grammar = Grammar.STRICT) -> Policy:
    """Parse plain data, without places."""
    return parse(from_plain(plain), kind, grammar=grammar)


def one(kind: PolicyKind = PolicyKind.IDENTITY, **changes: object) -> Statement:
    """Parse a document of one statement, made of a good one."""
    return read(document({**ALLOW, **changes}), kind).statements[0]


def without(body: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in names}


def refusal(plain: object, kind: PolicyKind = PolicyKind.IDENTITY, grammar: Grammar = Grammar.STRICT) -> str:
    """The message of the error that parsing raises."""
    with pytest.raises(MalformedPolicy) as caught:
        read(plain, kind, grammar)

    return caught.value.message


def texts(words: tuple[Word, ...] | None) -> list[Text] | None:
    return None if words is None else [word.text for word in words]


class TestDocument:
    """The outermost object."""

    def test_a_document_without_version_is_of_the_older_one(self) -> None:
        """Without `Version` a policy knows no variables, as of 2008-10-17."""
        assert "2008-10-17" == read({"Statement": ALLOW}).version

    @pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
    def test_both_versions_are_kept(self, version: str) -> None:
        """The version is read as written."""
        assert version == read({"Version": version, "Statement": ALLOW}).version

    @pytest.mark.parametrize("version", ["2012-10-18", "", "2012"])
    def test_there_are_only_two_versions(self, version: str) -> None:
        """Any other date is refused."""
        assert "`Version` must be `2012-10-17` or `2008-10-17`" == refusal({"Version": version, "Statement": ALLOW})

    @pytest.mark.parametrize("version", [2012, None, ["2012-10-17"], {}])
    def test_a_version_is_a_text(self, version: object) -> None:
        """A number, null, a list or an object is no version."""
        assert "`Version` must be a text" == refusal({"Version": version, "Statement": ALLOW})

    @pytest.mark.parametrize("plain", [None, [], "{}", 1, True, [ALLOW]])
    def test_a_policy_is_an_object(self, plain: object) -> None:
        """Nothing else is a policy."""
        assert "a policy must be an object" == refusal(plain)

    def test_a_policy_needs_statements(self) -> None:
        """A document without `Statement` is refused, and one with none in it."""
        assert "a policy needs a `Statement`" == refusal({"Version": "2012-10-17"})
        assert "`Statement` is empty" == refusal(document())

    def test_an_empty_document_is_evaluated_as_one_that_says_nothing(self) -> None:
        """Where documents are read as evaluated, a policy without statements is silent."""
        assert () == read(document(), grammar=Grammar.AS_EVALUATED).statements

    def test_one_statement_may_stand_without_a_list(self) -> None:
        """A bare statement is a list of one."""
        assert read({"Statement": [ALLOW]}) == read({"Statement": ALLOW})

    @pytest.mark.parametrize("item", [None, "Allow", 1, ["x"]])
    def test_a_statement_is_an_object(self, item: object) -> None:
        """Nothing else is a statement."""
        assert "a statement must be an object" == refusal(document(ALLOW, item))

    def test_elements_nobody_knows_are_refused(self) -> None:
        """A misspelled element is named: AWS would refuse it, and its meaning would be lost."""
        assert "`Statements` is not an element of a policy" == refusal({"Statements": [], "Statement": ALLOW})
        assert "`actions` is not an element of a statement" == refusal(document({**ALLOW, "actions": "s3:*"}))

    def test_long_names_are_cut_in_messages(self) -> None:
        """A name of the document never fills the screen."""
        assert len(refusal(document(**{"x" * 10_000: 1}))) < 100

    @pytest.mark.parametrize(("given_", "kept"), [("mine", "mine"), (7, "7"), (1.5, "1.5"), ("", "")])
    def test_an_id_is_a_text_or_a_number(self, given_: object, kept: str) -> None:
        """Templates write ids as numbers; they are kept as text."""
        assert kept == read(document(ALLOW, Id=given_)).id

    @pytest.mark.parametrize("identifier", [None, True, ["x"], {}])
    def test_an_id_is_nothing_else(self, identifier: object) -> None:
        """Null, booleans, lists and objects are no ids."""
        assert "`Id` must be a text" == refusal(document(ALLOW, Id=identifier))


class TestStatement:
    """Elements of one statement."""

    def test_a_statement_is_read_whole(self) -> None:
        """Every element arrives in its field."""
        body = {**ALLOW, "Sid": "Read", "Condition": {"Bool": {"aws:SecureTransport": True}}}
        statement = read(document(body)).statements[0]

        assert ("Read", Effect.ALLOW, ["s3:GetObject"], None, ["*"], None) == (
            statement.sid,
            statement.effect,
            texts(statement.actions),
            statement.not_actions,
            texts(statement.resources),
            statement.not_resources,
        )
        assert [("Bool", "aws:SecureTransport", ["true"])] == [
            (condition.operator, condition.key, texts(condition.values)) for condition in statement.conditions
        ]

    def test_statements_count_from_zero(self) -> None:
        """A statement without Sid is called by its number, one with Sid by that."""
        policy = read(document(ALLOW, {**ALLOW, "Sid": "Two"}, {**ALLOW, "Sid": ""}))

        assert ["#0", "Two", "#2"] == [statement.name for statement in policy.statements]

    @pytest.mark.parametrize("effect", ["allow", "DENY", "", "Permit"])
    def test_an_effect_is_allow_or_deny(self, effect: str) -> None:
        """Effects are compared with case."""
        assert f"`Effect` must be `Allow` or `Deny`, not `{effect}`" == refusal(document({**ALLOW, "Effect": effect}))

    def test_an_effect_is_needed_and_a_text(self) -> None:
        """Without effect, or with something that is no text, nothing can be decided."""
        assert "a statement needs an `Effect`" == refusal(document(without(ALLOW, "Effect")))
        assert "`Effect` must be a text" == refusal(document({**ALLOW, "Effect": True}))

    @pytest.mark.parametrize("name", ["Action", "NotAction", "Resource", "NotResource"])
    def test_a_bare_text_is_a_list_of_one(self, name: str) -> None:
        """`"x"` and `["x"]` are the same."""
        body = without(ALLOW, name.removeprefix("Not"))

        assert read(document({**body, name: "s3:*" if "Action" in name else "*"})) == read(
            document({**body, name: ["s3:*" if "Action" in name else "*"]})
        )

    @pytest.mark.parametrize("name", ["Action", "Resource"])
    def test_an_element_and_its_negation_exclude_each_other(self, name: str) -> None:
        """Of each pair one stands; both or none are refused."""
        both = {**ALLOW, f"Not{name}": ALLOW[name]}

        assert f"a statement has `{name}` or `Not{name}`, not both" == refusal(document(both))
        assert f"a statement needs `{name}` or `Not{name}`" == refusal(document(without(ALLOW, name)))

    @pytest.mark.parametrize("name", ["Action", "Resource"])
    @pytest.mark.parametrize("value", [None, 1, True, {}, ["s3:*", 1], [["*"]]])
    def test_actions_and_resources_are_texts(self, name: str, value: object) -> None:
        """Anything but a text or a list of texts is refused."""
        assert f"`{name}` must be a text or a list of texts" == refusal(document({**ALLOW, name: value}))

    @pytest.mark.parametrize("name", ["Action", "Resource"])
    def test_an_empty_list_is_refused(self, name: str) -> None:
        """A statement about nothing is a mistake."""
        assert f"`{name}` is empty" == refusal(document({**ALLOW, name: []}))

    @pytest.mark.parametrize("action", ["", "s3", "s3:", ":Get", "s3:Get:Object", "s3: Get", "s3:Get Object", "**"])
    def test_an_action_has_a_service_and_a_name(self, action: str) -> None:
        """What is no action is refused where it is written."""
        assert f"`{action}` is not an action" == refusal(document({**ALLOW, "Action": ["s3:*", action]}))

    @pytest.mark.parametrize("action", ["*", "s3:*", "S3:getobject", "*:*", "s3:G?t*"])
    def test_actions_may_hold_wildcards(self, action: str) -> None:
        """`*` alone is every action; services and names may hold wildcards."""
        assert [action] == texts(one(Action=action).actions)

    @pytest.mark.parametrize("resource", ["bucket", "ARN:aws:s3:::b", "", "s3:::b/key"])
    def test_a_resource_is_an_arn(self, resource: str) -> None:
        """A text that no wildcard or variable can make an ARN is refused in an identity policy."""
        assert f"`{resource}` is neither an ARN nor `*`" == refusal(document({**ALLOW, "Resource": resource}))

    @pytest.mark.parametrize("resource", ["*", "arn:aws:s3:::b", "a*", "${aws:username}", "?", "arn:"])
    def test_a_resource_may_become_an_arn(self, resource: str) -> None:
        """Wildcards and variables leave open what it is."""
        assert [resource] == texts(one(Resource=resource).resources)

    def test_one_sid_stands_once_in_an_identity_policy(self) -> None:
        """IAM refuses a Sid twice; statements without one do not clash."""
        assert "`Sid` `A` stands twice" == refusal(document({**ALLOW, "Sid": "A"}, ALLOW, ALLOW, {**ALLOW, "Sid": "A"}))

    def test_other_policies_may_repeat_a_sid(self) -> None:
        """Only IAM asks for unique Sids."""
        body = {**PUBLIC, "Sid": "A"}

        assert ["A", "A"] == [statement.sid for statement in read(document(body, body), PolicyKind.RESOURCE).statements]


class TestPrincipals:
    """Who is meant."""

    def test_anyone_is_a_bare_star(self) -> None:
        """`"*"` and `{"AWS": "*"}` are told apart."""
        found = [
            read(document({**ALLOW, "Principal": principal}), PolicyKind.RESOURCE).statements[0].principals
            for principal in ("*", {"AWS": "*"})
        ]

        assert [
            (PrincipalWord(PrincipalType.ANYONE, Word("*")),),
            (PrincipalWord(PrincipalType.AWS, Word("*")),),
        ] == found

    def test_principals_are_listed_by_type(self) -> None:
        """Each type has a text or a list."""
        principal = {"AWS": ["111122223333", "x"], "Service": "s", "Federated": "f", "CanonicalUser": ["c"]}
        statement = read(document({**ALLOW, "Principal": principal}), PolicyKind.RESOURCE).statements[0]

        assert [
            ("AWS", "111122223333"),
            ("AWS", "x"),
            ("Service", "s"),
            ("Federated", "f"),
            ("CanonicalUser", "c"),
        ] == [(word.type, word.word.text) for word in statement.principals or ()]

    @pytest.mark.parametrize("principal", ["arn:aws:iam::111122223333:root", "", None, 1, [], ["*"], {}])
    def test_a_principal_is_a_star_or_an_object(self, principal: object) -> None:
        """A bare ARN, a list or an empty object is refused."""
        assert '`Principal` must be `"*"` or an object' == refusal(
            document({**ALLOW, "Principal": principal}), PolicyKind.RESOURCE
        )

    def test_a_bare_arn_is_evaluated_as_an_aws_principal(self) -> None:
        """Where documents are read as evaluated, a bare ARN means `AWS`."""
        policy = read(document({**ALLOW, "Principal": "x"}), PolicyKind.RESOURCE, Grammar.AS_EVALUATED)

        assert (PrincipalWord(PrincipalType.AWS, Word("x")),) == policy.statements[0].principals

    @pytest.mark.parametrize("name", ["aws", "User", "*"])
    def test_types_of_principals_are_known(self, name: str) -> None:
        """A type that AWS does not know is named."""
        assert f"`{name}` is not a kind of principal" == refusal(
            document({**ALLOW, "Principal": {name: "*"}}), PolicyKind.RESOURCE
        )

    @pytest.mark.parametrize("value", [None, 5, {}, ["x", 5]])
    def test_names_of_principals_are_texts(self, value: object) -> None:
        """A number is no account: leading zeros would be lost."""
        assert "`AWS` must be a text or a list of texts" == refusal(
            document({**ALLOW, "Principal": {"AWS": value}}), PolicyKind.RESOURCE
        )

    def test_principal_and_its_negation_exclude_each_other(self) -> None:
        """A statement names whom it means or whom it does not."""
        assert "a statement has `Principal` or `NotPrincipal`, not both" == refusal(
            document({**PUBLIC, "NotPrincipal": "*"}), PolicyKind.RESOURCE
        )

    @pytest.mark.parametrize("kind", [PolicyKind.IDENTITY, PolicyKind.SCP])
    @pytest.mark.parametrize("name", ["Principal", "NotPrincipal"])
    def test_policies_of_a_caller_name_nobody(self, kind: PolicyKind, name: str) -> None:
        """Who is meant is where the policy is attached."""
        assert f"a policy of kind {kind} has no `Principal`" == refusal(document({**ALLOW, name: "*"}), kind)

    @pytest.mark.parametrize("kind", [PolicyKind.RESOURCE, PolicyKind.RCP, PolicyKind.ENDPOINT])
    def test_policies_of_a_resource_say_whom_they_mean(self, kind: PolicyKind) -> None:
        """Without a principal a statement of a resource's policy is refused."""
        assert f"a policy of kind {kind} needs a `Principal`" == refusal(document(ALLOW), kind)

    @pytest.mark.parametrize("kind", [PolicyKind.TRUST, PolicyKind.RCP])
    def test_some_policies_know_no_negated_principal(self, kind: PolicyKind) -> None:
        """Trust policies and RCPs refuse `NotPrincipal`."""
        body = without(ALLOW, "Resource") if kind is PolicyKind.TRUST else ALLOW

        assert f"a policy of kind {kind} has no `NotPrincipal`" == refusal(
            document({**body, "NotPrincipal": "*"}), kind
        )

    def test_a_negated_principal_is_kept(self) -> None:
        """`NotPrincipal` has its own field."""
        body = {**ALLOW, "Effect": "Deny", "NotPrincipal": {"AWS": "x"}}
        statement = read(document(body), PolicyKind.RESOURCE).statements[0]

        assert (None, (PrincipalWord(PrincipalType.AWS, Word("x")),)) == (
            statement.principals,
            statement.not_principals,
        )

    @pytest.mark.parametrize("name", ["Resource", "NotResource"])
    def test_a_trust_policy_has_no_resource(self, name: str) -> None:
        """Its resource is the role."""
        body = {**without(PUBLIC, "Resource"), name: "*", "Action": "sts:AssumeRole"}

        assert "a trust policy has no `Resource`" == refusal(document(body), PolicyKind.TRUST)

    def test_a_trust_policy_is_read_without_resource(self) -> None:
        """Neither of the pair is set."""
        body = {**without(PUBLIC, "Resource"), "Action": "sts:AssumeRole"}
        statement = read(document(body), PolicyKind.TRUST).statements[0]

        assert (None, None) == (statement.resources, statement.not_resources)


class TestConditions:
    """Operators, keys, values."""

    NAMES = tuple(
        f"{prefix}{name}{suffix}"
        for prefix in ("", "ForAllValues:", "ForAnyValue:")
        for name in (
            "StringEquals",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "NumericLessThanEquals",
            "NumericNotEquals",
            "DateGreaterThan",
            "Bool",
            "BinaryEquals",
            "NotIpAddress",
            "ArnNotLike",
        )
        for suffix in ("", "IfExists")
    )

    @pytest.mark.parametrize("name", [*NAMES, "Null", "ForAnyValue:Null", "stringequals", "forallvalues:NULL"])
    def test_operators_are_known_in_every_form(self, name: str) -> None:
        """Families, set operators and `IfExists`, in any case."""
        assert [name] == [condition.operator for condition in one(Condition={name: {"k": "v"}}).conditions]

    @pytest.mark.parametrize(
        "name",
        [
            "StringEqual",
            "NullIfExists",
            "ForEachValue:StringEquals",
            "ForAnyValue:",
            "StringEqualsIfExistsIfExists",
            "BoolNotEquals",
            "",
            "StringEquals ",
            "ForAllValues:ForAnyValue:Bool",
            "Bo\u212ae",
        ],
    )
    def test_operators_that_do_not_exist_are_refused(self, name: str) -> None:
        """A misspelled operator would never hold, or always; AWS refuses it."""
        assert f"`{name}` is not a condition operator" == refusal(document({**ALLOW, "Condition": {name: {"k": "v"}}}))

    def test_each_operator_and_key_is_one_condition(self) -> None:
        """The order of the document is kept."""
        block = {"StringEquals": {"a": ["1", "2"], "b": "3"}, "Null": {"a": False}}
        found = one(Condition=block).conditions

        assert [
            ("StringEquals", "a", ["1", "2"]),
            ("StringEquals", "b", ["3"]),
            ("Null", "a", ["false"]),
        ] == [(condition.operator, condition.key, texts(condition.values)) for condition in found]

    @pytest.mark.parametrize(("value", "kept"), [(True, "true"), (False, "false"), (5, "5"), (0.5, "0.5"), ("x", "x")])
    def test_values_are_kept_as_text(self, value: object, kept: str) -> None:
        """Booleans and numbers are the texts that JSON writes for them."""
        assert [kept] == texts(one(Condition={"StringEquals": {"k": value}}).conditions[0].values)

    @pytest.mark.parametrize("value", [None, {}, [None], [["x"]], ["x", {}]])
    def test_values_are_nothing_else(self, value: object) -> None:
        """Null, objects and lists within lists are refused."""
        assert "a condition's value must be a text, a number or a boolean" == refusal(
            document({**ALLOW, "Condition": {"StringEquals": {"k": value}}})
        )

    @pytest.mark.parametrize("block", [None, "x", [], 1])
    def test_a_condition_is_an_object_of_objects(self, block: object) -> None:
        """The block and what stands under an operator are objects."""
        assert "a `Condition` must be an object" == refusal(document({**ALLOW, "Condition": block}))
        assert "`Bool` must be an object" == refusal(document({**ALLOW, "Condition": {"Bool": block}}))

    def test_an_empty_block_is_no_condition(self) -> None:
        """`{}` limits nothing."""
        assert () == one(Condition={}).conditions


class TestPlaces:
    """Errors say where."""

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("[]", "p.json:1:1"),
            ('{\n "Statement": []}', "p.json:2:15"),
            ('{"Statement": {},\n "Foo": 1}', "p.json:2:2"),
            ('{"Statement":\n {"Effect": "Maybe"}}', "p.json:2:13"),
            ('{"Statement": [\n {"Effect": "Allow", "Resource": "*"}]}', "p.json:2:2"),
            ('{"Statement": {"Effect": "Allow", "Resource": "*",\n "Action": ["s3:*",\n  "s3"]}}', "p.json:3:3"),
            ('{"Statement": {"Effect": "Allow", "Action": "s3:*",\n "Resource": "b"}}', "p.json:2:14"),
            (
                '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",\n "Principal": "*"}}',
                "p.json:2:15",
            ),
            (
                '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",\n "Condition": {"Boole": {}}}}',
                "p.json:2:16",
            ),
            ('{"Version": "2012-10-17",\n "Version": "2012-10-17", "Statement": {}}', "p.json:2:2"),
        ],
    )
    def test_an_error_points_at_its_cause(self, text: str, place: str) -> None:
        """Line and column are those of the offending value, or of the object that lacks something."""
        with pytest.raises(MalformedPolicy) as caught:
            parse_json(text, PolicyKind.IDENTITY, "p.json")

        assert f"{place}: {caught.value.message}" == str(caught.value)

    def test_words_remember_where_they_stood(self) -> None:
        """Findings point at one action among many."""
        policy = parse_json(
            '{"Statement": {"Effect": "Allow", "Resource": "*",\n "Action": ["s3:A",\n "s3:B"]}}',
            PolicyKind.IDENTITY,
            "p",
        )

        assert ["p:2:13", "p:3:2"] == [str(word.span) for word in policy.statements[0].actions or ()]

    def test_text_that_is_no_json_is_a_malformed_source(self) -> None:
        """The two kinds of mistakes are told apart."""
        with pytest.raises(MalformedSource):
            parse_json('{"Statement": ', PolicyKind.IDENTITY)


class TestDuplicates:
    """An object that says something twice says nothing sure."""

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ('{"Statement": {}, "Statement": {}}', "Statement"),
            ('{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "a:b", "Resource": "*"}}', "Effect"),
            (
                (
                    '{"Statement": {"Effect": "Deny", "Action": "a:b", "Resource": "*",'
                    ' "Condition": {"Bool": {"k": true}, "Bool": {"k": false}}}}'
                ),
                "Bool",
            ),
            (
                (
                    '{"Statement": {"Effect": "Deny", "Action": "a:b", "Resource": "*",'
                    ' "Condition": {"Bool": {"k": true, "k": false}}}}'
                ),
                "k",
            ),
        ],
    )
    def test_a_key_stands_once(self, text: str, name: str) -> None:
        """At every level a second key of the same name is refused, not the first or the last taken."""
        with pytest.raises(MalformedPolicy) as caught:
            parse_json(text, PolicyKind.IDENTITY)

        assert f"`{name}` stands twice" == caught.value.message

    def test_a_type_of_principal_stands_once(self) -> None:
        """Two lists of `AWS` principals are refused."""
        with pytest.raises(MalformedPolicy, match="`AWS` stands twice"):
            parse_json(
                '{"Statement": {"Effect": "Allow", "Action": "a:b", "Resource": "*",'
                ' "Principal": {"AWS": "a", "AWS": "*"}}}',
                PolicyKind.RESOURCE,
            )


class TestOpenValues:
    """Values a template leaves open."""

    @pytest.mark.parametrize(
        "plain",
        [
            OPEN,
            {"Statement": OPEN},
            {"Version": OPEN, "Statement": ALLOW},
            document({**PUBLIC, "Effect": OPEN}),
            document({**PUBLIC, "Condition": OPEN}),
            document({**PUBLIC, "Condition": {"Bool": OPEN}}),
            document({**PUBLIC, "Principal": OPEN}),
        ],
    )
    def test_an_open_element_is_not_malformed_but_unknown(self, plain: object) -> None:
        """Where a whole element is open, nothing is decided, and the error says so."""
        with pytest.raises(OpenPolicy, match="is not known before deployment"):
            read(plain, PolicyKind.RESOURCE)

    def test_an_open_key_is_unknown(self) -> None:
        """A key of an object may be open too."""
        tree = Mapping(((Scalar(OPEN), Scalar("x")),))

        with pytest.raises(OpenPolicy, match="a key is not known before deployment"):
            parse(tree, PolicyKind.IDENTITY)

    def test_a_key_is_a_text(self) -> None:
        """YAML knows other keys; they are refused."""
        with pytest.raises(MalformedPolicy, match="a key must be a text"):
            parse(Mapping(((Scalar(5), Scalar("x")),)), PolicyKind.IDENTITY)

    def test_open_words_are_kept(self) -> None:
        """An open action, resource, value or principal stays open for the engine to judge."""
        body = {"Effect": "Allow", "Action": OPEN, "Resource": [OPEN], "Principal": {"AWS": OPEN}}
        statement = read(
            document({**body, "Sid": OPEN, "Condition": {"Bool": {"k": OPEN}}}), PolicyKind.RESOURCE
        ).statements[0]

        assert ("${Given}", [OPEN], [OPEN], [OPEN], [OPEN]) == (
            statement.sid,
            texts(statement.actions),
            texts(statement.resources),
            [word.word.text for word in statement.principals or ()],
            texts(statement.conditions[0].values),
        )


class TestAsEvaluated:
    """What AWS would refuse to store, but what an evaluator can read."""

    @pytest.mark.parametrize(
        "body",
        [
            {**ALLOW, "Action": "nonsense"},
            {**ALLOW, "Resource": "nonsense"},
            without(ALLOW, "Resource"),
            {**ALLOW, "Principal": "*"},
            {**ALLOW, "NotPrincipal": {"AWS": "x"}},
        ],
    )
    def test_what_never_matches_is_read(self, body: dict[str, object]) -> None:
        """The strict grammar refuses these, the other reads them."""
        refusal(document(body))

        assert 1 == len(read(document(body), grammar=Grammar.AS_EVALUATED).statements)

    @pytest.mark.parametrize(
        "body", [without(ALLOW, "Effect"), without(ALLOW, "Action"), {**ALLOW, "Condition": {"Boole": {"k": "v"}}}]
    )
    def test_what_has_no_meaning_is_still_refused(self, body: dict[str, object]) -> None:
        """No effect, no action, an unknown operator: nothing can be evaluated."""
        assert refusal(document(body)) == refusal(document(body), grammar=Grammar.AS_EVALUATED)


# ---- laws ------------------------------------------------------------------------------------------------------------

leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())
names = st.sampled_from(
    [
        "Version",
        "Statement",
        "Id",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "AWS",
        "StringEquals",
        "Null",
        "k",
    ]
)
values = st.one_of(leaves, st.sampled_from(["Allow", "Deny", "*", "s3:*", "2012-10-17", "arn:aws:s3:::b"]))
anything = st.recursive(
    values,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(names, st.text(max_size=3)), inner, max_size=5)
    ),
    max_leaves=15,
)
some = st.one_of(values, st.lists(values, max_size=2), st.dictionaries(names, values, max_size=2))
nearly = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Action": st.one_of(st.just("s3:*"), some),
        "Resource": st.one_of(st.just("*"), some),
        "Principal": st.one_of(st.just("*"), some),
        "NotAction": some,
        "NotPrincipal": some,
        "Condition": st.one_of(some, st.dictionaries(st.just("StringEquals"), some, max_size=1)),
        "Sid": some,
    },
)
hostile = st.one_of(
    anything, st.fixed_dictionaries({"Statement": st.one_of(nearly, st.lists(nearly, max_size=3), anything)})
)

words = st.text(alphabet="ab:*?$", max_size=4)
actions = st.sampled_from(["*", "s3:*", "s3:Get?", "sqs:Send*"])
arns = words.map("arn:{}".format)
blocks = st.dictionaries(
    st.sampled_from(["StringEquals", "ForAnyValue:StringLike", "NullIfExists", "Null"]).filter(
        lambda name: name != "NullIfExists"
    ),
    st.dictionaries(words, st.one_of(words, st.lists(words, max_size=3)), max_size=2),
    max_size=2,
)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, object]:
    """Draw a good statement of an identity policy."""
    action, resource = (
        draw(st.sampled_from(["Action", "NotAction"])),
        draw(st.sampled_from(["Resource", "NotResource"])),
    )
    body: dict[str, object] = {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(st.one_of(actions, st.lists(actions, min_size=1, max_size=3))),
        resource: draw(st.one_of(arns, st.lists(arns, min_size=1, max_size=3))),
    }
    if draw(st.booleans()):
        body["Condition"] = draw(blocks)
    return body


documents = st.lists(bodies(), min_size=1, max_size=3).map(lambda found: document(*found))


def written(policy: Policy) -> dict[str, object]:
    """Write a policy as plain data, every element as a list."""
    return {"Version": policy.version, "Statement": [dict(_elements(item)) for item in policy.statements]}


def _elements(statement: Statement) -> Iterator[tuple[str, object]]:
    yield "Effect", statement.effect.value
    pairs = {
        "Action": statement.actions,
        "NotAction": statement.not_actions,
        "Resource": statement.resources,
        "NotResource": statement.not_resources,
    }
    for name, found in pairs.items():
        if found is not None:
            yield name, texts(found)
    block: dict[str, dict[str, object]] = {}
    for condition in statement.conditions:
        block.setdefault(condition.operator, {})[condition.key] = texts(condition.values)
    yield "Condition", block


@law
@given(plain=documents)
def test_a_policy_survives_being_written_and_read(plain: dict[str, object]) -> None:
    """Parsing loses nothing: what is written from a policy parses to the same policy."""
    policy = read(plain)

    assert policy == read(written(policy))


@law
@given(plain=documents)
def test_places_are_all_that_text_adds(plain: dict[str, object]) -> None:
    """Reading JSON text gives the same statements as reading plain data, apart from spans."""
    assert written(read(plain)) == written(parse_json(json.dumps(plain), PolicyKind.IDENTITY))


def read_or_refused(text: str, kind: PolicyKind, grammar: Grammar) -> Policy | MalformedPolicy:
    """The policy, or the only error that JSON text may cause."""
    try:
        return parse_json(text, kind, grammar=grammar)
    except MalformedPolicy as error:
        return error


@law
@given(plain=hostile, kind=st.sampled_from(list(PolicyKind)), grammar=st.sampled_from(list(Grammar)))
def test_any_json_is_a_policy_or_malformed(plain: object, kind: PolicyKind, grammar: Grammar) -> None:
    """No document makes the parser raise anything but `MalformedPolicy`, with a place and a short message."""
    found = read_or_refused(json.dumps(plain), kind, grammar)

    if isinstance(found, Policy):
        assert kind == found.kind
    else:
        assert found.span is not None
        assert len(found.message) < 200


@law
@given(plain=hostile, kind=st.sampled_from(list(PolicyKind)))
def test_what_is_strictly_a_policy_is_evaluated_as_the_same(plain: object, kind: PolicyKind) -> None:
    """The lenient grammar only adds documents; it never reads one differently."""
    try:
        policy = read(plain, kind)
    except MalformedPolicy:
        return

    assert policy == read(plain, kind, Grammar.AS_EVALUATED)


@law
@given(text=st.text(alphabet='{}[]",:\\ \nStaemnfcAlow0.-eE*', max_size=40))
def test_any_text_is_a_policy_or_malformed(text: str) -> None:
    """Text that is no JSON is a malformed source, never a crash."""
    with pytest.raises((MalformedPolicy, MalformedSource)):
        parse_json(text, PolicyKind.IDENTITY)


def test_a_megabyte_is_read() -> None:
    """AWS's limits are smaller; a long document is read all the same, each statement in its place."""
    body = {**ALLOW, "Resource": [f"arn:aws:s3:::bucket-{number:05}/*" for number in range(100)]}
    text = json.dumps(document(*[body] * 350))

    policy = parse_json(text, PolicyKind.IDENTITY)

    assert len(text) > 1_000_000
    assert [350, 349, 100] == [
        len(policy.statements),
        policy.statements[-1].index,
        len(policy.statements[-1].resources or ()),
    ]


def test_deep_nesting_is_refused() -> None:
    """A document that nests without end is an error with a place, not a crash."""
    with pytest.raises(MalformedSource, match="nested more than"):
        parse_json('{"Statement":' + "[" * 100_000, PolicyKind.IDENTITY)
