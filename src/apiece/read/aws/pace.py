"""How fast calls may go: a token bucket for what AWS counts together."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from apiece.read.aws.call import Quota

_SHARE = 0.8
"""We leave a fifth of each quota to others."""
PUBLISHED: dict[Quota, tuple[float, float]] = {
    Quota.LAMBDA_GET_POLICY: (15, 15),
    Quota.LAMBDA: (15, 15),
    Quota.IAM: (20, 20),
    Quota.EC2: (20, 100),
    Quota.ORGANIZATIONS: (5, 5),
    Quota.API_GATEWAY: (10, 40),
    Quota.API_GATEWAY_RESOURCES: (2.5, 5),
    Quota.IDENTITY_CENTER: (20, 20),
    Quota.OTHER: (50, 50),
}
"""Calls a second, and burst. Lambda, API Gateway, Identity Center: their quotas pages. EC2: its throttling page.
The others are not published."""
_SLOWEST = 0.05
_RECOVERY = 1.05


@dataclass(slots=True)
class _Bucket:
    rate: float
    full: float
    burst: float
    tokens: float
    at: float


class Pace:
    """Buckets by account, region and quota. A throttled call halves its bucket's rate; answers restore it slowly.

    `clock` tells seconds, `sleep` waits; an unlimited pace is for endpoints that are not AWS's.
    """

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None], *, limited: bool) -> None:
        self._clock = clock
        self._sleep = sleep
        self._limited = limited
        self._buckets: dict[tuple[str, str, Quota], _Bucket] = {}
        self._lock = threading.Lock()

    def wait(self, account: str, region: str, quota: Quota) -> None:
        """Wait until the call may go."""
        if not self._limited:
            return
        with self._lock:
            bucket = self._bucket(account, region, quota)
            now = self._clock()
            bucket.tokens = min(bucket.burst, bucket.tokens + (now - bucket.at) * bucket.rate)
            bucket.at = now
            bucket.tokens -= 1
            delay = -bucket.tokens / bucket.rate if bucket.tokens < 0 else 0.0
        if delay:
            self._sleep(delay)

    def throttled(self, account: str, region: str, quota: Quota) -> None:
        """Slow down."""
        with self._lock:
            bucket = self._bucket(account, region, quota)
            bucket.rate = max(bucket.full * _SLOWEST, bucket.rate / 2)

    def answered(self, account: str, region: str, quota: Quota) -> None:
        """Speed up again, where it was slowed down."""
        if not self._limited:
            return
        with self._lock:
            bucket = self._bucket(account, region, quota)
            bucket.rate = min(bucket.full, bucket.rate * _RECOVERY)

    def back_off(self, attempt: int) -> None:
        """Wait before a call is tried again: 0.2 s, doubled each time, 10 s at most."""
        self._sleep(min(10.0, 0.2 * 2.0**attempt))

    def pause(self, seconds: float) -> None:
        """Wait as long as asked."""
        self._sleep(seconds)

    def _bucket(self, account: str, region: str, quota: Quota) -> _Bucket:
        key = (account, region, quota)
        if key not in self._buckets:
            rate, burst = PUBLISHED[quota]
            self._buckets[key] = _Bucket(rate * _SHARE, rate * _SHARE, burst * _SHARE, burst * _SHARE, self._clock())
        return self._buckets[key]


def real_pace() -> Pace:
    """The pace for AWS itself; an endpoint of one's own (`AWS_ENDPOINT_URL`) has no quotas of AWS's."""
    return Pace(time.monotonic, time.sleep, limited="AWS_ENDPOINT_URL" not in os.environ)
