"""Claims about the one place that sends calls: what each failure is called, how often it is tried, what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import faulty_aws as faults
import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError
from faulty_aws import Answer, Asked, Layer, Rule, Server, halved, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiece.read.aws.areas.functions import GET_POLICY, LIST_FUNCTIONS, FunctionPage
from apiece.read.aws.areas.identities import GET_DETAILS
from apiece.read.aws.areas.organization import LIST_ROOTS
from apiece.read.aws.areas.regions import DESCRIBE_REGIONS
from apiece.read.aws.call import Call, Lack, Outcome
from apiece.read.aws.pace import Pace
from apiece.read.aws.session import open_access
from apiece.read.aws.wire import Wire

LIST_BUCKETS = Call("s3", "list_buckets", "s3:ListAllMyBuckets", msgspec.defstruct("Buckets", []))
ONE_OF_EACH_PROTOCOL = {
    "rest-json": (LIST_FUNCTIONS, "lambda.ListFunctions"),
    "query": (GET_DETAILS, "iam.GetAccountAuthorizationDetails"),
    "ec2": (DESCRIBE_REGIONS, "ec2.DescribeRegions"),
    "json": (LIST_ROOTS, "organizations.ListRoots"),
    "rest-xml": (LIST_BUCKETS, "s3.ListBuckets"),
}


@dataclass
class Sent:
    """A wire to the endpoint, the layer before it, and what it waited."""

    layer: Layer
    wire: Wire
    waits: list[float] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def send(self, call: Call[object] = LIST_FUNCTIONS, **params: object) -> Outcome[object]:
        return self.wire.send(call, params, frozenset())

    @property
    def times(self) -> int:
        return sum(self.layer.seen.values())


@pytest.fixture
def sent(endpoint: Server, quick: None) -> Iterator[Sent]:  # noqa: ARG001 - wanted for what it does
    waits: list[float] = []
    stopped = threading.Event()
    pace = Pace(lambda: 0.0, waits.append, limited=False)
    wire = Wire(open_access(None, "us-east-1"), "123456789012", "us-east-1", pace, stopped)
    endpoint.layer.mend()
    endpoint.layer.answers = [Rule("organizations.ListRoots", lambda _: Answer(200, (), b'{"Roots": []}'))]
    yield Sent(endpoint.layer, wire, waits, stopped)
    endpoint.layer.mend()


@pytest.mark.parametrize(
    ("code", "status", "lack", "times"),
    [
        ("ThrottlingException", 400, Lack.THROTTLED, 8),
        ("Throttling", 400, Lack.THROTTLED, 8),
        ("TooManyRequestsException", 429, Lack.THROTTLED, 8),
        ("RequestLimitExceeded", 503, Lack.THROTTLED, 8),
        ("SlowDown", 503, Lack.THROTTLED, 8),
        ("SomethingNew", 429, Lack.THROTTLED, 8),
        ("InternalFailure", 500, Lack.FAILED, 4),
        ("ServiceUnavailable", 503, Lack.FAILED, 4),
        ("ServiceException", 500, Lack.FAILED, 4),
        ("RequestTimeout", 400, Lack.FAILED, 4),
        ("UnrecognizedClientException", 403, Lack.UNAVAILABLE, 2),
        ("InvalidClientTokenId", 403, Lack.UNAVAILABLE, 2),
        ("OptInRequired", 403, Lack.UNAVAILABLE, 2),
        ("UnknownOperationException", 404, Lack.UNAVAILABLE, 2),
        ("SomethingNew", 501, Lack.UNAVAILABLE, 2),
        ("AccessDeniedException", 403, Lack.DENIED, 1),
        ("AccessDenied", 403, Lack.DENIED, 1),
        ("UnauthorizedOperation", 403, Lack.DENIED, 1),
        ("KMSAccessDeniedException", 502, Lack.DENIED, 1),
        ("SomethingNew", 403, Lack.DENIED, 1),
        ("SomethingNew", 401, Lack.DENIED, 1),
        ("ExpiredTokenException", 403, Lack.EXPIRED, 1),
        ("ExpiredToken", 400, Lack.EXPIRED, 1),
        ("RequestExpired", 400, Lack.EXPIRED, 1),
        ("ValidationException", 400, Lack.REFUSED, 1),
        ("ResourceNotFoundException", 404, Lack.REFUSED, 1),
    ],
)
def test_an_error_has_one_meaning_and_its_number_of_tries(
    sent: Sent, code: str, status: int, lack: Lack, times: int
) -> None:
    """AWS's code decides, and its status where the code is new; what cannot change is asked once."""
    sent.layer.break_(None, refused(code, status))

    failure = sent.send().failure

    assert failure is not None
    assert (lack, code, times) == (failure.lack, failure.code, sent.times)
    assert times - 1 == len(sent.waits)


@pytest.mark.parametrize(
    ("fault", "lack", "times"),
    [
        (faults.dropped, Lack.FAILED, 4),
        (faults.torn, Lack.BROKEN, 2),
        (faults.unavailable, Lack.FAILED, 4),
        (faults.garbled, Lack.BROKEN, 2),
        (faults.portal, Lack.BROKEN, 2),
        (faults.empty, Lack.BROKEN, 2),
        (faults.shortened, Lack.BROKEN, 2),
        (faults.other_shape, Lack.BROKEN, 2),
    ],
)
@pytest.mark.parametrize("protocol", ONE_OF_EACH_PROTOCOL)
def test_a_broken_answer_is_no_answer(sent: Sent, protocol: str, fault: faults.Fault, lack: Lack, times: int) -> None:
    """In each protocol, what is cut, empty or somebody else's page is a failure, and never an empty list."""
    if (protocol, fault) == ("rest-xml", faults.other_shape):
        pytest.skip("S3 gives each answer a name of its own, which botocore does not know")
    call, name = ONE_OF_EACH_PROTOCOL[protocol]
    sent.layer.break_(name, fault)

    outcome = sent.send(call)

    assert outcome.failure is not None
    if protocol == "rest-xml" and lack is Lack.BROKEN:  # botocore makes an error of S3's own of it
        lack, times = (Lack.BROKEN, 2) if fault in {faults.portal, faults.empty} else (Lack.FAILED, 4)
    assert ((), lack, times) == (outcome.pages, outcome.failure.lack, sent.times)


@pytest.mark.parametrize("protocol", ONE_OF_EACH_PROTOCOL)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=40), st.text(alphabet='{}[]<>/"a:1', max_size=20).map(str.encode)))
def test_whatever_a_body_holds_nothing_is_raised_and_nothing_made_up(sent: Sent, protocol: str, body: bytes) -> None:
    """Bytes at random with a good status are a failure, or else an object with none of the fields."""
    call, name = ONE_OF_EACH_PROTOCOL[protocol]
    sent.layer.mend()
    sent.layer.break_(name, lambda _: Answer(200, (), body))

    outcome = sent.send(call)

    assert outcome.failure is not None or body.strip()[:1] in {b"{", b"<"}


@pytest.mark.parametrize("depth", [1_000, 200_000])
def test_a_deeply_nested_body_is_broken(sent: Sent, depth: int) -> None:
    """A body that would exhaust the stack is one that cannot be read."""
    body = b'{"Functions": ' + b"[" * depth + b"]" * depth + b"}"
    sent.layer.break_(None, lambda _: Answer(200, (), body))

    failure = sent.send().failure

    assert failure is not None
    assert Lack.BROKEN is failure.lack


@pytest.mark.parametrize(
    "body",
    [
        b'{"Functions": "none"}',
        b'{"Functions": [{"FunctionName": 7}]}',
        b"{}",
        b'{"Message": "x"}',
        b'{"Functions": [1]}',
    ],
)
def test_fields_of_another_type_are_broken(sent: Sent, body: bytes) -> None:
    """A page is typed: what does not fit is no page, and no default takes its place."""
    sent.layer.break_(None, lambda _: Answer(200, (), body))

    failure = sent.send().failure

    assert failure is not None
    assert Lack.BROKEN is failure.lack


def test_expired_credentials_stop_all_further_calls(sent: Sent) -> None:
    """Once AWS says that they have run out, nothing is sent with them any more."""
    sent.layer.break_(None, faults.expired)
    sent.send()
    sent.layer.mend()

    outcome = sent.send(LIST_ROOTS)

    assert outcome.failure is not None
    assert (Lack.EXPIRED, 0) == (outcome.failure.lack, sent.times)


def test_a_call_is_answered_after_some_refusals(sent: Sent) -> None:
    """Seven throttled tries and one answer make an answer."""
    sent.layer.break_(None, faults.throttled, times=7)

    assert Outcome((FunctionPage(()),)) == sent.send()


def test_a_throttled_call_slows_its_quota_down(endpoint: Server) -> None:
    """Each throttled try halves the rate at which calls of its kind go."""
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(lambda: now[0], wait, limited=True)
    wire = Wire(open_access(None, "us-east-1"), "123456789012", "us-east-1", pace, threading.Event())
    for _ in range(11):
        pace.wait("123456789012", "us-east-1", LIST_FUNCTIONS.quota)
    endpoint.layer.mend()
    endpoint.layer.break_(None, faults.throttled)

    wire.send(LIST_FUNCTIONS, {}, frozenset())
    endpoint.layer.mend()

    # The back-off alone takes 0.2 + 0.4 + … + 10 = 22.6 s; the bucket, ever slower, gives leave after each.
    assert 22.6 <= now[0] < 60


def test_no_such_thing_is_a_fact_where_the_call_says_so(sent: Sent) -> None:
    """For a policy, AWS's 404 means that there is none."""
    sent.layer.break_(None, faults.gone)

    outcome = sent.send(GET_POLICY, FunctionName="f")

    assert (True, None, 1) == (outcome.absent, outcome.gap, sent.times)


def test_pages_before_a_failure_are_kept(sent: Sent) -> None:
    """What came is true; the failure says that it is not all."""
    two = (
        b'{"Functions": [{"FunctionName": "a", "FunctionArn": "arn:a"}, {"FunctionName": "b", "FunctionArn": "arn:b"}]}'
    )
    sent.layer.answers.append(Rule("lambda.ListFunctions", lambda _: Answer(200, (), two)))
    sent.layer.break_(None, halved(faults.denied))

    outcome = sent.send()

    assert [["a"]] == [[item.function_name for item in page.functions] for page in outcome.pages]
    assert outcome.gap is not None
    assert Lack.DENIED is outcome.gap.lack


def test_pages_without_end_are_broken(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that pages for ever is left; so is one that gives the same mark again."""
    monkeypatch.setattr("apiece.read.aws.wire._MOST_PAGES", 5)
    marks = iter(range(10**6))

    def page(_: Asked) -> Answer:
        return Answer(200, (), b'{"Functions": [], "NextMarker": "%d"}' % next(marks))

    sent.layer.break_(None, page)
    endless = sent.send().failure
    sent.layer.mend()
    sent.layer.break_(None, lambda _: Answer(200, (), b'{"Functions": [], "NextMarker": "same"}'))

    again = sent.send().failure

    assert endless is not None
    assert again is not None
    assert [(Lack.BROKEN, "TooManyPages"), (Lack.BROKEN, "PaginationError")] == [
        (failure.lack, failure.code) for failure in (endless, again)
    ]


def test_a_stopped_read_does_not_try_again(sent: Sent) -> None:
    """Once a read is given up, a failing call is not repeated."""
    sent.layer.break_(None, faults.failing)
    sent.stopped.set()

    sent.send()

    assert 1 == sent.times


def test_messages_of_aws_are_not_kept(sent: Sent) -> None:
    """AWS's messages quote names, ARNs and tokens; only the code is kept."""
    sent.layer.break_(None, refused("AccessDeniedException", 403, "User arn:aws:iam::1:user/hunter2 may not"))

    assert "hunter2" not in repr(sent.send())


def test_an_endpoint_that_nobody_serves_is_unavailable(monkeypatch: pytest.MonkeyPatch, endpoint: Server) -> None:
    """A refused connection is told by its name and tried twice."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    waits: list[float] = []
    access = open_access(None, "us-east-1")
    wire = Wire(access, "1", "us-east-1", Pace(lambda: 0.0, waits.append, limited=False), threading.Event())

    failure = wire.send(LIST_FUNCTIONS, {}, frozenset()).failure

    assert endpoint
    assert failure is not None
    assert (Lack.UNAVAILABLE, EndpointConnectionError.__name__) == (failure.lack, failure.code)
    assert [0.2] == waits
