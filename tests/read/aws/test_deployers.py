"""Claims about who can deploy: identity providers, credentials of users, and assignments of Identity Center."""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer

from apiece.estate.federation import AccessKey, PrincipalKind, ProviderKind
from apiece.read.aws.areas.credentials import credentials
from apiece.read.aws.areas.deployers import deployers
from apiece.read.aws.areas.identity_center import identity_center
from apiece.read.aws.call import Call, Failure, Lack, Outcome
from apiece.read.aws.desk import Counter, Desk, Source
from apiece.read.aws.facts import Facts
from apiece.read.aws.pace import real_pace
from apiece.read.aws.session import open_access
from apiece.read.aws.wire import Wire

T = TypeVar("T")
ACCOUNT = "123456789012"
REGION = "us-east-1"
HEAD = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
ROOT = (
    f"<root_account>,arn:aws:iam::{ACCOUNT}:root,2015-01-01T00:00:00+00:00,not_supported,2026-01-02T03:04:05+00:00,"
    "not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)
ANN = (
    f"ann,arn:aws:iam::{ACCOUNT}:user/ann,2020-01-01T00:00:00+00:00,true,no_information,N/A,N/A,false,true,"
    "2024-05-06T23:30:00-02:00,2026-06-01T00:00:00+00:00,eu-west-1,lambda,false,2023-01-01T00:00:00+00:00,N/A,N/A,N/A,"
    "false,N/A,false,N/A"
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Clients of an account that no other test has written to."""
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    _reset(endpoint)
    clients: list[Any] = []

    def client(service: str) -> Any:  # noqa: ANN401 (botocore's clients have no type)
        clients.append(Session().create_client(service, region_name=REGION))
        return clients[-1]

    yield client
    for one in clients:
        one.close()


def _reset(endpoint: str) -> None:
    import http.client

    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
    connection.request("POST", "/moto-api/reset")
    connection.getresponse().read()
    connection.close()


def _asked(area: Callable[[Desk], Facts], source: Source | None = None) -> Facts:
    with ThreadPoolExecutor(4) as pool:
        answers = (
            source
            if source is not None
            else Wire(open_access(None, REGION), ACCOUNT, REGION, real_pace(), threading.Event())
        )
        return area(Desk(ACCOUNT, REGION, "aws", answers, pool, None, Counter(), threading.Event()))


class Canned:
    """A source that answers each method with its pages in turn, the last one for ever; what it has not, it denies."""

    def __init__(self, **pages: list[object]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def pause(self, seconds: float) -> None:
        """Nothing has to be waited for."""

    def there(self, region: str) -> Canned:
        del region
        return self

    def send(self, call: Call[T], params: dict[str, object], known: frozenset[str]) -> Outcome[T]:
        del params
        self.asked.append(call.method)
        pages = self._pages.get(call.method, [Failure(Lack.DENIED, "AccessDenied")])
        found = pages.pop(0) if len(pages) > 1 else pages[0]
        if isinstance(found, Failure):
            return Outcome((), found)
        assert isinstance(found, dict)
        try:
            return Outcome((call.page_of(found, known),))
        except ValueError as error:
            return Outcome((), Failure(Lack.BROKEN, type(error).__name__))


def _report(*lines: str) -> dict[str, object]:
    return {"Content": "\n".join((HEAD, *lines)).encode(), "GeneratedTime": dt.datetime(2026, 6, 1, 8, tzinfo=dt.UTC)}


def _credentials(*pages: object, state: str = "COMPLETE") -> Facts:
    source = Canned(generate_credential_report=[{"State": state}], get_credential_report=list(pages))
    return _asked(lambda desk: credentials(desk, pause=0), source)


# ---- identity providers


def test_providers_are_read_with_the_audiences_they_serve(aws: Callable[[str], Any]) -> None:
    """An OIDC provider has a URL and client ids; of a SAML provider the name is enough."""
    iam = aws("iam")
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"], ThumbprintList=[]
    )
    iam.create_saml_provider(Name="okta", SAMLMetadataDocument="x" * 1024)

    providers = _asked(deployers).identity_providers

    assert [
        (ProviderKind.OIDC, "token.actions.githubusercontent.com", ("sts.amazonaws.com",)),
        (ProviderKind.SAML, None, ()),
    ] == [(one.kind, one.url and one.url.removeprefix("https://"), one.audiences) for one in providers]


def test_a_provider_that_cannot_be_read_is_kept_with_a_gap() -> None:
    """That the provider exists is known, whatever else is not."""
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com"

    facts = _asked(deployers, Canned(list_open_id_connect_providers=[{"OpenIDConnectProviderList": [{"Arn": arn}]}]))

    assert [arn] == [one.arn for one in facts.identity_providers]
    assert ("identity-provider.audiences", arn) in {(gap.needs, gap.subject.arn) for gap in facts.gaps}


def test_each_list_that_is_denied_is_a_gap_on_the_account() -> None:
    """Nothing readable is three gaps: OIDC providers, SAML providers, the report."""
    gaps = _asked(deployers, Canned()).gaps

    assert [
        ("credentials", "iam:GenerateCredentialReport"),
        ("identity-providers", "iam:ListOpenIDConnectProviders"),
        ("identity-providers", "iam:ListSAMLProviders"),
    ] == sorted((gap.needs, str(gap.iam_action)) for gap in gaps)


# ---- the credential report


def test_a_report_is_read_over_http(aws: Callable[[str], Any]) -> None:
    """A user with a key is in the report that the account makes."""
    iam = aws("iam")
    iam.create_user(UserName="ann")
    iam.create_access_key(UserName="ann")

    facts = _asked(lambda desk: credentials(desk, pause=0))

    assert [] == facts.gaps
    ann = next(one for one in facts.credentials if one.user == "ann")
    assert [True] == [key.active for key in ann.keys]


def test_days_of_a_report_are_those_of_utc() -> None:
    """An inactive key that exists is kept; one that was never made is not."""
    facts = _credentials(_report(ROOT, ANN))

    root, ann = facts.credentials
    assert (True, None, "2026-01-02", True, ()) == (
        root.root,
        root.password,
        root.password_used,
        root.mfa,
        root.keys,
    )
    assert (True, None, False) == (ann.password, ann.password_used, ann.mfa)
    assert (
        AccessKey(active=True, rotated="2024-05-07", used="2026-06-01"),
        AccessKey(active=False, rotated="2023-01-01", used=None),
    ) == ann.keys


def test_a_report_in_the_making_is_waited_for() -> None:
    """It is asked for again until it is complete."""
    source = Canned(
        generate_credential_report=[{"State": "STARTED"}, {"State": "INPROGRESS"}, {"State": "COMPLETE"}],
        get_credential_report=[_report(ANN)],
    )

    facts = _asked(lambda desk: credentials(desk, pause=0), source)

    assert (["ann"], []) == ([one.user for one in facts.credentials], facts.gaps)
    assert ["generate_credential_report"] * 3 + ["get_credential_report"] == source.asked


@pytest.mark.parametrize("code", ["ReportNotPresent", "ReportExpired", "ReportInProgress"])
def test_a_report_that_never_comes_is_a_gap(code: str) -> None:
    """Waiting ends: what did not come is said with AWS's word for it."""
    facts = _credentials(Failure(Lack.REFUSED, code), state="INPROGRESS")

    (gap,) = facts.gaps
    assert "credentials" == gap.needs
    assert code in gap.reason


def test_a_report_that_expired_meanwhile_is_made_again() -> None:
    """One refusal does not lose the report."""
    facts = _credentials(Failure(Lack.REFUSED, "ReportExpired"), _report(ANN))

    assert (["ann"], []) == ([one.user for one in facts.credentials], facts.gaps)


def test_a_report_that_is_there_is_read_without_the_right_to_make_one() -> None:
    """It counts, and how old it is nobody knows: the missing right is a gap."""
    facts = _asked(credentials, Canned(get_credential_report=[_report(ANN)]))

    assert ["ann"] == [one.user for one in facts.credentials]
    assert ["iam:GenerateCredentialReport"] == [gap.iam_action for gap in facts.gaps]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"<html>no</html>",
        b"user,arn\nann,x",
        (HEAD + "\n" + '"' + "x" * 200_000).encode(),
        (HEAD + "\n" + "x" * 200_000).encode(),
        "text",
        None,
    ],
)
def test_what_is_no_report_is_a_gap(content: object) -> None:
    """Bytes, pages of something else and cells without end are refused with a reason."""
    facts = _credentials({"Content": content})

    assert ([], ["credentials"]) == (facts.credentials, [gap.needs for gap in facts.gaps])
    assert "cannot be read" in facts.gaps[0].reason


@pytest.mark.parametrize(
    "line",
    [
        "ann",
        ANN + ",more,cells",
        ANN.replace("2024-05-06T23:30:00-02:00", "yesterday"),
        ANN.replace(",false,true,", ",maybe,true,"),
        "\x00" * 22 + "," * 21,
    ],
)
def test_a_line_that_says_something_else_is_counted(line: str) -> None:
    """The other lines are read; the gap says how many were not."""
    facts = _credentials(_report(ROOT, line))

    assert ["<root_account>"] == [one.user for one in facts.credentials]
    assert ["1 of 2 lines of the credential report cannot be read"] == [gap.reason for gap in facts.gaps]


def test_names_that_look_like_commands_are_names() -> None:
    """A report is data: formulas and quotes are what a user is called."""
    facts = _credentials(_report(ANN.replace("ann,", '"=cmd|""x"",1",', 1)))

    assert ['=cmd|"x",1'] == [one.user for one in facts.credentials]


def test_fifty_thousand_users_are_read() -> None:
    """The limit of users in an account is 5,000; ten times as many are no trouble."""
    assert 50_000 == len(_credentials(_report(*[ANN] * 50_000)).credentials)


# ---- Identity Center


def test_assignments_are_read_with_the_policies_of_their_set(aws: Callable[[str], Any]) -> None:
    """A person who may take a permission set in an account is an assignment."""
    sso = aws("sso-admin")
    instance = sso.list_instances()["Instances"][0]["InstanceArn"]
    made = sso.create_permission_set(InstanceArn=instance, Name="Deploy")["PermissionSet"]["PermissionSetArn"]
    both = {"InstanceArn": instance, "PermissionSetArn": made}
    inline = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}
    sso.put_inline_policy_to_permission_set(**both, InlinePolicy=json.dumps(inline))
    sso.attach_managed_policy_to_permission_set(**both, ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    sso.create_account_assignment(
        **both, TargetId=ACCOUNT, TargetType="AWS_ACCOUNT", PrincipalType="USER", PrincipalId="9067-1"
    )
    sso.provision_permission_set(**both, TargetId=ACCOUNT, TargetType="AWS_ACCOUNT")

    facts = _asked(identity_center)

    assert [] == facts.gaps
    (one,) = facts.permission_sets
    assert ("Deploy", ["ReadOnlyAccess", "inline policy"]) == (one.name, [policy.name for policy in one.policies])
    assert all(policy.document is not None for policy in one.policies)
    assert [(ACCOUNT, "9067-1", PrincipalKind.USER, made)] == [
        (one.account, one.principal, one.kind, one.subject.arn) for one in facts.assignments
    ]


def _center(**changes: list[object]) -> Canned:
    pages: dict[str, list[object]] = {
        "list_instances": [{"Instances": [{"InstanceArn": "arn:i", "OwnerAccountId": "999999999999"}]}],
        "list_permission_sets": [{"PermissionSets": ["arn:s/1"]}],
        "describe_permission_set": [{"PermissionSet": {"Name": "Deploy"}}],
        "list_managed_policies_in_permission_set": [{}],
        "list_customer_managed_policy_references_in_permission_set": [{}],
        "get_inline_policy_for_permission_set": [{"InlinePolicy": ""}],
        "list_accounts_for_provisioned_permission_set": [{"AccountIds": [ACCOUNT]}],
        "list_account_assignments": [{}],
    }
    return Canned(**(pages | changes))


@pytest.mark.parametrize(
    ("method", "needs"),
    [
        ("list_instances", "permission-sets"),
        ("list_permission_sets", "permission-sets"),
        ("describe_permission_set", "permission-set.name"),
        ("list_managed_policies_in_permission_set", "permission-set.policies"),
        ("list_customer_managed_policy_references_in_permission_set", "permission-set.policies"),
        ("get_inline_policy_for_permission_set", "permission-set.policies"),
        ("list_accounts_for_provisioned_permission_set", "assignments"),
        ("list_account_assignments", "assignments"),
    ],
)
def test_each_call_of_identity_center_that_is_denied_is_a_gap(method: str, needs: str) -> None:
    """Nothing that is denied looks like nothing."""
    facts = _asked(identity_center, _center(**{method: [Failure(Lack.DENIED, "AccessDeniedException")]}))

    assert [needs] == [gap.needs for gap in facts.gaps]


def test_a_member_account_is_told_whom_to_ask() -> None:
    """Identity Center answers to its owner."""
    facts = _asked(identity_center, _center(list_permission_sets=[Failure(Lack.DENIED, "AccessDeniedException")]))

    assert "999999999999" in str(facts.gaps[0].hint)


def test_policies_that_cannot_be_seen_are_named_with_a_gap() -> None:
    """A customer managed policy differs by account; an inline policy may be garbage."""
    reference = {"CustomerManagedPolicyReferences": [{"Name": "deployers", "Path": "/"}]}
    source = _center(
        list_customer_managed_policy_references_in_permission_set=[reference],
        get_inline_policy_for_permission_set=[{"InlinePolicy": "{" * 500}],
    )

    facts = _asked(identity_center, source)

    assert [None, None] == [policy.document for policy in facts.permission_sets[0].policies]
    assert ["permission-set.policies"] * 2 == [gap.needs for gap in facts.gaps]


def test_more_pairs_than_can_be_asked_about_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is not silently left out."""
    monkeypatch.setattr(sys.modules[identity_center.__module__], "_MOST_PAIRS", 3)
    accounts = [f"{number:012}" for number in range(5)]

    facts = _asked(identity_center, _center(list_accounts_for_provisioned_permission_set=[{"AccountIds": accounts}]))

    assert ["who may take which permission set was read for the first 3 of 5 pairs"] == [
        gap.reason for gap in facts.gaps
    ]


def test_garbage_in_every_answer_is_a_gap_each_time() -> None:
    """Answers of another shape are broken answers, not crashes."""
    facts = _asked(identity_center, _center(list_instances=[{"Instances": "none"}]))

    assert ["permission-sets"] == [gap.needs for gap in facts.gaps]
