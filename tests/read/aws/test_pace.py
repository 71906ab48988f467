"""Claims about how fast calls may go, on a clock of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from apiece.read.aws.call import Quota
from apiece.read.aws.pace import PUBLISHED, Pace, real_pace

ACCOUNT, REGION = "111122223333", "us-east-1"


@dataclass
class Clock:
    """Time that passes only while somebody waits."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def tell(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock.tell, clock.wait, limited=True)


def _calls(pace: Pace, number: int, quota: Quota = Quota.LAMBDA, account: str = ACCOUNT, region: str = REGION) -> None:
    for _ in range(number):
        pace.wait(account, region, quota)


@pytest.mark.parametrize("quota", Quota)
def test_a_burst_goes_at_once_and_the_rest_at_four_fifths_of_the_quota(clock: Clock, pace: Pace, quota: Quota) -> None:
    """The burst does not wait; after it, calls go at 80 % of the published rate."""
    rate, burst = (0.8 * number for number in PUBLISHED[quota])

    _calls(pace, int(burst), quota)
    at_once = clock.now
    _calls(pace, 100, quota)

    assert 0.0 == at_once
    assert clock.now == pytest.approx((100 - burst % 1) / rate, rel=0.02)


def test_tokens_come_back_while_nobody_calls_up_to_the_burst(clock: Clock, pace: Pace) -> None:
    """After a long silence no more than one burst goes at once."""
    _calls(pace, 12)
    clock.now += 3600
    clock.waits.clear()

    _calls(pace, 13)

    assert [pytest.approx(1 / 12)] == clock.waits


def test_a_throttled_call_halves_the_rate(clock: Clock, pace: Pace) -> None:
    """After one throttled call, the next ones go half as fast."""
    _calls(pace, 12)
    pace.throttled(ACCOUNT, REGION, Quota.LAMBDA)

    _calls(pace, 6)

    assert 1.0 == pytest.approx(clock.now)


def test_a_rate_never_falls_below_a_twentieth(clock: Clock, pace: Pace) -> None:
    """However often calls are throttled, some go on."""
    _calls(pace, 12)
    for _ in range(100):
        pace.throttled(ACCOUNT, REGION, Quota.LAMBDA)

    _calls(pace, 1)

    assert 1 / (12 / 20) == pytest.approx(clock.now)


def test_answers_restore_the_rate_slowly_and_not_beyond_its_own(clock: Clock, pace: Pace) -> None:
    """One answer gives back a twentieth; a thousand give back the full rate and no more."""
    _calls(pace, 12)
    pace.throttled(ACCOUNT, REGION, Quota.LAMBDA)
    pace.answered(ACCOUNT, REGION, Quota.LAMBDA)
    _calls(pace, 1)
    after_one = clock.waits.pop()
    for _ in range(1000):
        pace.answered(ACCOUNT, REGION, Quota.LAMBDA)

    _calls(pace, 3)

    assert 1 / (6 * 1.05) == pytest.approx(after_one)
    assert 1 / 12 == pytest.approx(clock.waits.pop())


@pytest.mark.parametrize(
    ("account", "region", "quota"),
    [
        ("444455556666", REGION, Quota.LAMBDA),
        (ACCOUNT, "eu-west-1", Quota.LAMBDA),
        (ACCOUNT, REGION, Quota.LAMBDA_GET_POLICY),
    ],
)
def test_what_aws_counts_apart_has_a_bucket_of_its_own(
    clock: Clock, pace: Pace, account: str, region: str, quota: Quota
) -> None:
    """A throttled bucket slows down no other account, region or quota."""
    _calls(pace, 12)
    pace.throttled(ACCOUNT, REGION, Quota.LAMBDA)

    _calls(pace, 12, quota, account, region)

    assert 0.0 == clock.now


def test_an_endpoint_of_ones_own_has_no_quota(clock: Clock) -> None:
    """An unlimited pace never waits before a call, throttled or not."""
    pace = Pace(clock.tell, clock.wait, limited=False)
    pace.throttled(ACCOUNT, REGION, Quota.LAMBDA)

    _calls(pace, 10_000)

    assert [] == clock.waits


def test_a_call_is_tried_again_after_ever_longer_waits(clock: Clock, pace: Pace) -> None:
    """Waits double from a fifth of a second, up to ten seconds."""
    for attempt in range(8):
        pace.back_off(attempt)

    assert [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0] == pytest.approx(clock.waits)


@pytest.mark.parametrize(("variables", "most"), [({}, 12), ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, 1000)])
def test_the_real_pace_is_limited_for_aws_itself_only(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], most: int
) -> None:
    """With `AWS_ENDPOINT_URL` nothing waits; without it, the first call after the burst does."""
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    pace = real_pace()

    _calls(pace, most)
    within = list(waits)
    _calls(pace, 1)

    assert [] == within
    assert bool(waits) is not bool(variables)
