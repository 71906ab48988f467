"""How a statement names its caller: by session, role, account, service, anyone, or everyone but some."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apiece.iam.document import Effect, PrincipalType, PrincipalWord, Statement, Word
from apiece.iam.match import Truth
from apiece.iam.principal import Naming, excluded, named
from apiece.iam.request import Caller, CallerType, Request, caller_named, context_of, resource_account, role_arn
from apiece.iam.statements import Asked, asked
from apiece.text import Hole, HoleKind, Text, join

law = settings(derandomize=True, deadline=None, max_examples=200)

ACCOUNT = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ann"
FEDERATED_USER = f"arn:aws:sts::{ACCOUNT}:federated-user/ann"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
SERVICE = "events.amazonaws.com"
OPEN = join([Hole("Given", HoleKind.ANY)])
CALLERS = (ROOT, ROLE, SESSION, USER, FEDERATED_USER, SAML, SERVICE, "*")
LISTABLE = (*CALLERS, ACCOUNT, "444455556666", "arn:aws:iam::444455556666:role/app", "AIDAEXAMPLE")


def word(name: Text) -> PrincipalWord:
    """Name a principal under the type it would have in a document."""
    if name == SERVICE:
        return PrincipalWord(PrincipalType.SERVICE, Word(name))
    if name == SAML:
        return PrincipalWord(PrincipalType.FEDERATED, Word(name))
    return PrincipalWord(PrincipalType.AWS, Word(name))


def statement(
    principals: Iterable[PrincipalWord] | None = None,
    *,
    but: Iterable[PrincipalWord] | None = None,
    effect: Effect = Effect.ALLOW,
) -> Statement:
    """Make a statement about every action on everything."""
    return Statement(
        index=0,
        sid=None,
        effect=effect,
        principals=None if principals is None else tuple(principals),
        not_principals=None if but is None else tuple(but),
        actions=(Word("*"),),
        not_actions=None,
        resources=(Word("*"),),
        not_resources=None,
        conditions=(),
    )


def by(caller: str | Caller, **context: str) -> Asked:
    """Ask as a caller."""
    given_ = caller_named(caller) if isinstance(caller, str) else caller
    return asked(Request(given_, "s3:GetObject", "arn:aws:s3:::b/k", context=context))


def naming(caller: str | Caller, *names: Text, **context: str) -> dict[Naming, Truth]:
    return named(statement(map(word, names)), by(caller, **context))


def exempt(caller: str, *names: Text, effect: Effect = Effect.DENY, bounded: bool = False) -> Truth:
    """Whether a `NotPrincipal` statement is about the caller: false where it is exempt."""
    return excluded(statement(but=map(word, names), effect=effect), by(caller), bounded=bounded)


class TestCaller:
    """What kind of caller a name is."""

    @pytest.mark.parametrize(
        ("name", "kind", "account"),
        [
            (ROLE, CallerType.ROLE, ACCOUNT),
            (f"arn:aws:iam::{ACCOUNT}:role/path/app", CallerType.ROLE, ACCOUNT),
            (SESSION, CallerType.SESSION, ACCOUNT),
            (USER, CallerType.USER, ACCOUNT),
            (FEDERATED_USER, CallerType.FEDERATED_USER, ACCOUNT),
            (ROOT, CallerType.ROOT, ACCOUNT),
            (ACCOUNT, CallerType.ROOT, ACCOUNT),
            (SAML, CallerType.FEDERATED, ACCOUNT),
            ("arn:aws:iam::aws:policy/x", CallerType.FEDERATED, "aws"),
            ("arn:aws:s3:::b", CallerType.FEDERATED, None),
            (SERVICE, CallerType.SERVICE, None),
            ("*", CallerType.ANONYMOUS, None),
            ("", CallerType.ANONYMOUS, None),
        ],
    )
    def test_a_name_tells_the_kind(self, name: str, kind: CallerType, account: str | None) -> None:
        """ARNs, account numbers, services and nobody are told apart."""
        caller = caller_named(name)

        assert (kind, account) == (caller.type, caller.account)

    @pytest.mark.parametrize(
        ("caller", "stated", "expected"),
        [
            (ROLE, {}, ROLE),
            (SESSION, {}, ROLE),
            (SESSION, {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/x/app"}, f"arn:aws:iam::{ACCOUNT}:role/x/app"),
            (SESSION, {"aws:PrincipalArn": USER}, ROLE),
            (USER, {}, None),
            (SERVICE, {}, None),
            ("*", {}, None),
        ],
    )
    def test_a_session_has_a_role_behind_it(self, caller: str, stated: dict[str, str], expected: str | None) -> None:
        """The context's role, else the one named in the session's ARN; others have none."""
        ask = by(caller, **stated)

        assert expected == role_arn(ask.request.caller, {key.lower(): (value,) for key, value in stated.items()})

    def test_a_session_without_an_arn_has_no_role(self) -> None:
        """What is no session's ARN names no role."""
        odd = (f"arn:aws:sts::{ACCOUNT}:assumed-role", "session")

        assert [None, None] == [role_arn(Caller(CallerType.SESSION, arn), {}) for arn in odd]


class TestDerivedKeys:
    """Keys that follow from the caller and the resource."""

    @pytest.mark.parametrize(
        ("caller", "expected"),
        [
            (ROLE, {"arn": ROLE, "account": ACCOUNT, "type": "AssumedRole", "isawsservice": "false"}),
            (SESSION, {"arn": ROLE, "account": ACCOUNT, "type": "AssumedRole", "isawsservice": "false"}),
            (USER, {"arn": USER, "account": ACCOUNT, "type": "User", "isawsservice": "false"}),
            (ROOT, {"arn": ROOT, "account": ACCOUNT, "type": "Account", "isawsservice": "false"}),
            (
                FEDERATED_USER,
                {"arn": FEDERATED_USER, "account": ACCOUNT, "type": "FederatedUser", "isawsservice": "false"},
            ),
            (SERVICE, {"isawsservice": "true", "servicename": SERVICE}),
            ("*", {"type": "Anonymous", "account": "anonymous"}),
        ],
    )
    def test_keys_of_the_principal_follow_from_the_caller(self, caller: str, expected: dict[str, str]) -> None:
        """Each kind of caller has its own keys, and no others."""
        found = {key: value for key, value in by(caller).context.items() if key.startswith("aws:principal")}

        assert {f"aws:principal{key}": (value,) for key, value in expected.items()} == found

    def test_only_a_user_has_a_name(self) -> None:
        """`aws:username` is the last part of a user's ARN, without the path."""
        names = [by(caller).context.get("aws:username") for caller in (USER, ROLE, SESSION, ROOT, "*")]

        assert [("ann",), None, None, None, None] == names

    def test_stated_keys_are_kept(self) -> None:
        """What a request states is not derived over, in any case of letters; an empty list stays empty."""
        request = Request(
            caller_named(USER), "s3:GetObject", "*", context={"AWS:UserName": "bob", "aws:PrincipalType": ()}
        )
        context = context_of(request)

        assert (("bob",), ()) == (context["aws:username"], context["aws:principaltype"])

    def test_the_organisation_is_that_of_the_caller(self) -> None:
        """`aws:PrincipalOrgID` is present where the organisation is known."""
        caller = Caller(CallerType.USER, USER, ACCOUNT, org="o-1")

        assert [("o-1",), None] == [by(who).context.get("aws:principalorgid") for who in (caller, USER)]

    @pytest.mark.parametrize(
        ("resource", "stated", "expected"),
        [
            ("arn:aws:s3:::b", None, None),
            ("arn:aws:s3:::b", ACCOUNT, ACCOUNT),
            (f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", None, ACCOUNT),
            (f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "444455556666", "444455556666"),
            ("arn:aws:iam::aws:policy/x", None, None),
            ("*", None, None),
        ],
    )
    def test_the_owner_of_a_resource_is_stated_or_in_its_arn(
        self, resource: str, stated: str | None, expected: str | None
    ) -> None:
        """`aws:ResourceAccount` follows it."""
        request = Request(caller_named(USER), "s3:GetObject", resource, stated)

        assert expected == resource_account(request)
        assert expected == (context_of(request).get("aws:resourceaccount") or (None,))[0]


class TestPrincipal:
    """In which ways `Principal` names a caller."""

    @pytest.mark.parametrize(
        ("caller", "name", "how"),
        [
            (ROLE, ROLE, Naming.ROLE),
            (SESSION, SESSION, Naming.SELF),
            (SESSION, ROLE, Naming.ROLE),
            (USER, USER, Naming.SELF),
            (ROOT, ROOT, Naming.ACCOUNT),
            (FEDERATED_USER, FEDERATED_USER, Naming.SELF),
            (FEDERATED_USER, f"arn:aws:iam::{ACCOUNT}:user/ann", Naming.PARENT),
            (FEDERATED_USER, USER, Naming.PARENT),
            (SERVICE, SERVICE, Naming.SELF),
            (SAML, SAML, Naming.SELF),
        ],
    )
    def test_an_arn_names_its_owner(self, caller: str, name: str, how: Naming) -> None:
        """How it does decides what limits an Allow."""
        assert {how: True} == naming(caller, name)

    @pytest.mark.parametrize(
        ("caller", "name"),
        [
            (ROLE, SESSION),
            (ROLE, f"{ROLE}2"),
            (ROLE, f"arn:aws:iam::{ACCOUNT}:role/x/app"),
            (SESSION, f"arn:aws:sts::{ACCOUNT}:assumed-role/app/two"),
            (SESSION, "arn:aws:iam::444455556666:role/app"),
            (SESSION, f"arn:aws:iam::{ACCOUNT}:user/app"),
            (SESSION, "AROAEXAMPLE"),
            (USER, f"arn:aws:iam::{ACCOUNT}:user/ann"),
            (USER, f"{USER[:-1]}*"),
            (USER, "arn:aws:iam::444455556666:root"),
            (USER, "444455556666"),
            (FEDERATED_USER, f"arn:aws:iam::{ACCOUNT}:user/bob"),
            (FEDERATED_USER, "arn:aws:iam::444455556666:user/ann"),
            (FEDERATED_USER, ROLE),
            (SERVICE, "lambda.amazonaws.com"),
            (SERVICE, ROOT),
            ("*", ROOT),
            (USER, SERVICE),
            (USER, SAML),
        ],
    )
    def test_an_arn_names_nobody_else(self, caller: str, name: str) -> None:
        """Other sessions, paths, accounts and kinds are somebody else; `*` within an ARN is no wildcard."""
        assert {} == naming(caller, name)

    @pytest.mark.parametrize("name", [ROOT, ACCOUNT])
    @pytest.mark.parametrize("caller", [ROLE, SESSION, USER, FEDERATED_USER, ROOT])
    def test_an_account_names_all_its_callers(self, caller: str, name: str) -> None:
        """As ARN or as number, it leaves the decision to them."""
        assert {Naming.ACCOUNT: True} == naming(caller, name)

    @pytest.mark.parametrize("caller", CALLERS)
    @pytest.mark.parametrize("kind", [PrincipalType.ANYONE, PrincipalType.AWS])
    def test_a_star_names_anyone(self, caller: str, kind: PrincipalType) -> None:
        """`"*"` and `{"AWS": "*"}` mean the same."""
        assert {Naming.ANYONE: True} == named(statement([PrincipalWord(kind, Word("*"))]), by(caller))

    def test_a_type_names_only_its_kind(self) -> None:
        """An ARN under `Service`, a service under `AWS`, and canonical users name none of ours."""
        found = [
            named(statement([PrincipalWord(kind, Word(name))]), by(name))
            for kind, name in (
                (PrincipalType.SERVICE, USER),
                (PrincipalType.AWS, SERVICE),
                (PrincipalType.FEDERATED, USER),
                (PrincipalType.CANONICAL_USER, USER),
            )
        ]

        assert [{}, {}, {}, {}] == found

    def test_a_caller_is_named_in_several_ways(self) -> None:
        """Each way is kept: the strongest may allow where another is limited."""
        assert {Naming.SELF: True, Naming.ROLE: True, Naming.ACCOUNT: True, Naming.ANYONE: True} == naming(
            SESSION, SESSION, ROLE, ROOT, "*"
        )

    def test_a_role_is_found_under_any_path_where_the_path_is_not_stated(self) -> None:
        """A session's ARN drops the role's path, so a role of that name is the session's role."""
        pathed = f"arn:aws:iam::{ACCOUNT}:role/x/app"

        assert {Naming.ROLE: True} == naming(SESSION, pathed)
        assert {} == naming(SESSION, pathed, **{"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/y/app"})

    def test_a_session_that_names_no_role_has_none(self) -> None:
        """A strange session is not every role."""
        assert {} == naming(Caller(CallerType.SESSION, f"arn:aws:sts::{ACCOUNT}:assumed-role", ACCOUNT), ROLE)

    def test_a_federated_user_without_a_usable_arn_has_no_parent(self) -> None:
        """Without ARN nobody is behind it."""
        for arn in (None, "ann"):
            assert {} == naming(Caller(CallerType.FEDERATED_USER, arn, ACCOUNT), USER)

    @pytest.mark.parametrize(
        ("caller", "ways"),
        [
            (ROLE, {Naming.ROLE, Naming.ACCOUNT, Naming.ANYONE}),
            (SESSION, {Naming.SELF, Naming.ROLE, Naming.ACCOUNT, Naming.ANYONE}),
            (USER, {Naming.SELF, Naming.ACCOUNT, Naming.ANYONE}),
            (FEDERATED_USER, {Naming.SELF, Naming.PARENT, Naming.ACCOUNT, Naming.ANYONE}),
            (SAML, {Naming.SELF, Naming.ACCOUNT, Naming.ANYONE}),
            (ROOT, {Naming.ACCOUNT, Naming.ANYONE}),
            (SERVICE, {Naming.ANYONE}),
            ("*", {Naming.ANYONE}),
        ],
    )
    def test_an_open_principal_may_be_every_name_of_the_caller(self, caller: str, ways: set[Naming]) -> None:
        """Under `AWS`: everyone, the account, the role, the session, the user."""
        assert dict.fromkeys(ways) == named(statement([PrincipalWord(PrincipalType.AWS, Word(OPEN))]), by(caller))

    @pytest.mark.parametrize("kind", [PrincipalType.SERVICE, PrincipalType.FEDERATED, PrincipalType.CANONICAL_USER])
    def test_an_open_principal_is_of_its_kind(self, kind: PrincipalType) -> None:
        """An open service may be the calling service, an open provider the calling provider, and neither a role."""
        own = {PrincipalType.SERVICE: SERVICE, PrincipalType.FEDERATED: SAML}.get(kind)
        found = {who: named(statement([PrincipalWord(kind, Word(OPEN))]), by(who)) for who in CALLERS}

        assert {who: {Naming.SELF: None} if who == own else {} for who in CALLERS} == found

    @pytest.mark.parametrize(
        ("parts", "caller", "ways"),
        [
            ((f"arn:aws:iam::{ACCOUNT}:role/", OPEN), ROLE, {Naming.ROLE}),
            ((f"arn:aws:iam::{ACCOUNT}:role/", OPEN), SESSION, {Naming.ROLE}),
            ((f"arn:aws:iam::{ACCOUNT}:role/team/", OPEN), SESSION, {Naming.ROLE}),
            ((f"arn:aws:iam::{ACCOUNT}:role/team/", OPEN), ROLE, set()),
            ((f"arn:aws:iam::{ACCOUNT}:role/", OPEN), USER, set()),
            (("arn:aws:iam::444455556666:role/", OPEN), ROLE, set()),
            (("arn:aws:iam::", OPEN, ":root"), ROLE, {Naming.ACCOUNT}),
            (("arn:aws:iam::", OPEN, ":root"), "*", set()),
            (("arn:aws:iam::", OPEN, ":role/app"), ROLE, {Naming.ROLE}),
            (("arn:aws:iam::", OPEN, ":role/other"), ROLE, set()),
            (("1111", OPEN), ROLE, {Naming.ACCOUNT}),
            (("2222", OPEN), ROLE, set()),
            ((f"arn:aws:iam::{ACCOUNT}:user/", OPEN), FEDERATED_USER, {Naming.PARENT}),
            (("arn:aws:iam::", Hole("Own", HoleKind.ACCOUNT), ":role/", OPEN), ROLE, {Naming.ROLE}),
        ],
    )
    def test_known_text_of_an_open_principal_limits_whom_it_means(
        self, parts: tuple[str | Hole, ...], caller: str, ways: set[Naming]
    ) -> None:
        """A role of another account is nobody of this one, whatever its name will be."""
        assert dict.fromkeys(ways) == naming(caller, join(parts))

    def test_a_known_name_outweighs_an_open_one(self) -> None:
        """Named once for sure is named."""
        assert {Naming.ACCOUNT: True, Naming.SELF: None, Naming.ANYONE: None} == naming(USER, OPEN, ROOT)

    def test_a_name_of_a_template_is_its_stand_in(self) -> None:
        """A role that has no name yet is a role of its own."""
        name = join([f"arn:aws:iam::{ACCOUNT}:role/", Hole("Role", HoleKind.NAME)])

        assert {} == naming(ROLE, name)


class TestNotPrincipal:
    """Whom `NotPrincipal` is about."""

    @pytest.mark.parametrize(
        ("caller", "listed"),
        [
            (ROLE, (ROLE, ROOT)),
            (SESSION, (SESSION, ROLE, ROOT)),
            (USER, (USER, ROOT)),
            (FEDERATED_USER, (FEDERATED_USER, ROOT)),
            (ROOT, (ROOT,)),
            (SERVICE, (SERVICE,)),
            (SAML, (SAML,)),
        ],
    )
    def test_a_deny_exempts_whoever_is_listed_whole(self, caller: str, listed: tuple[str, ...]) -> None:
        """Account, role and session: with one of them left out the Deny is about the caller."""
        assert exempt(caller, *listed) is False
        for left_out in listed:
            assert exempt(caller, *(name for name in listed if name != left_out)) is True

    @pytest.mark.parametrize("caller", CALLERS)
    def test_a_deny_that_exempts_anyone_is_about_nobody(self, caller: str) -> None:
        """`NotPrincipal: "*"` excludes all."""
        assert exempt(caller, "*") is False

    @pytest.mark.parametrize("caller", CALLERS)
    def test_a_boundary_makes_every_such_deny_apply(self, caller: str) -> None:
        """Whoever is listed: a caller with a permissions boundary is denied."""
        assert exempt(caller, "*", *LISTABLE, bounded=True) is True

    def test_an_allow_is_about_whoever_is_not_listed(self) -> None:
        """One way of being named is enough; a boundary does not matter."""
        answers = [exempt(SESSION, name, effect=Effect.ALLOW, bounded=True) for name in (ROLE, ROOT, USER)]

        assert [False, False, True] == answers

    def test_an_open_name_is_not_known(self) -> None:
        """An open exemption may be the caller's, unless a boundary decides."""
        assert [None, True] == [exempt(USER, OPEN), exempt(USER, OPEN, bounded=True)]


lists = st.lists(st.sampled_from(LISTABLE), max_size=4)
callers = st.sampled_from(CALLERS)


@law
@given(caller=callers, names=lists)
def test_order_of_principals_is_irrelevant(caller: str, names: list[str]) -> None:
    """A list of principals is a set."""
    assert naming(caller, *names) == naming(caller, *reversed(names), *names)


@law
@given(caller=callers, names=lists, more=lists)
def test_naming_more_never_unnames(caller: str, names: list[str], more: list[str]) -> None:
    """A longer list names a caller in at least the same ways."""
    assert naming(caller, *names).items() <= naming(caller, *names, *more).items()


@law
@given(caller=callers, names=lists, more=lists, effect=st.sampled_from(Effect))
def test_listing_more_only_exempts_more(caller: str, names: list[str], more: list[str], effect: Effect) -> None:
    """A longer `NotPrincipal` is about fewer callers."""
    if exempt(caller, *names, effect=effect) is False:
        assert exempt(caller, *names, *more, effect=effect) is False


@law
@given(caller=callers, names=lists, what=st.sampled_from(LISTABLE))
def test_whatever_an_open_name_will_be_is_taken_into_account(caller: str, names: list[str], what: str) -> None:
    """With any value in place of an open name the caller is named in all certain ways, and in none ruled out."""
    before, after = (
        named(statement([*map(word, names), PrincipalWord(PrincipalType.AWS, Word(name))]), by(caller))
        for name in (OPEN, what)
    )

    assert after.keys() <= before.keys()
    assert {how for how, truth in before.items() if truth} <= after.keys()


@law
@given(caller=callers, names=lists)
def test_a_deny_exempts_no_more_than_an_allow_leaves_out(caller: str, names: list[str]) -> None:
    """Whom `NotPrincipal` exempts from a Deny, it also leaves out of an Allow."""
    if exempt(caller, *names) is False:
        assert exempt(caller, *names, effect=Effect.ALLOW) is False
