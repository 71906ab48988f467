"""What a call to AWS is, and what can come of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Lack(StrEnum):
    """Why an answer is missing. Only `ABSENT` is a fact about the estate; all others are gaps."""

    ABSENT = "absent"
    """There is none, says AWS."""
    DENIED = "denied"
    THROTTLED = "throttled"
    """Still refused for its rate after all retries."""
    EXPIRED = "expired"
    """The credentials ran out while reading."""
    UNAVAILABLE = "unavailable"
    """The service or the region does not answer to this account."""
    BROKEN = "broken"
    """An answer came that cannot be read."""
    REFUSED = "refused"
    """AWS does not take the request."""
    OUTSIDE = "outside"
    """The file that stands for AWS does not hold it; the code says why, in words."""
    FAILED = "failed"
    """AWS reported an error of its own, or the connection broke."""


class Failure(msgspec.Struct, frozen=True):
    """Why an answer is missing or cut short. `code` is AWS's error code; AWS's message is never kept: it may quote."""

    lack: Lack
    code: str


class Outcome(msgspec.Struct, Generic[T], frozen=True):
    """All pages that came, and the failure that ended them.

    No failure: the answer is whole. A failure behind pages: it was cut short, and what came is true all the same.
    """

    pages: tuple[T, ...] = ()
    failure: Failure | None = None

    @property
    def absent(self) -> bool:
        """AWS said that there is none."""
        return self.failure is not None and self.failure.lack is Lack.ABSENT

    @property
    def gap(self) -> Failure | None:
        """The failure, unless it is the fact that there is none."""
        return None if self.absent else self.failure

    @property
    def first(self) -> T | None:
        """The only page of a call without pages; None where none came."""
        return self.pages[0] if self.pages else None


class Quota(StrEnum):
    """Calls that AWS counts together, for one account and region (each service's quotas page)."""

    LAMBDA_GET_POLICY = "lambda-get-policy"
    LAMBDA = "lambda"
    IAM = "iam"
    EC2 = "ec2"
    ORGANIZATIONS = "organizations"
    API_GATEWAY = "api-gateway"
    API_GATEWAY_RESOURCES = "api-gateway-resources"
    IDENTITY_CENTER = "identity-center"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One operation that a reader may call.

    `service` and `method` are botocore's names; `action` is the IAM action that allows it, `also` further ones that it
    takes. `page` is what is kept of one page: a typed record, nothing else of the answer survives. `absent` are the
    error codes that mean "there is none". `seal` replaces texts of the raw answer that may be secret before anything
    else sees it. What is `volatile` tells of a moment, such as how far a report is, and is never taken from a tape.
    """

    service: str
    method: str
    action: str
    page: type[T]
    quota: Quota = Quota.OTHER
    absent: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    seal: Callable[[dict[str, object], frozenset[str]], dict[str, object]] | None = field(default=None)
    volatile: bool = False
    kept: msgspec.json.Decoder[Outcome[T]] = field(init=False, repr=False, compare=False)
    """Reads outcomes from a tape."""

    def __post_init__(self) -> None:
        # INVARIANT: msgspec knows every type of an answer before threads meet it. It learns a type when it is first
        # asked, and crashes (a segmentation fault, msgspec 0.22) where two threads ask at once.
        object.__setattr__(self, "kept", msgspec.json.Decoder(Outcome[self.page]))  # type: ignore[name-defined]
        with suppress(msgspec.ValidationError):
            msgspec.convert({}, self.page)

    @property
    def actions(self) -> tuple[str, ...]:
        """Every IAM action that the call needs."""
        return (self.action, *self.also)

    def page_of(self, raw: dict[str, object], known: frozenset[str]) -> T:
        """What is kept of a raw page. Raises `msgspec.ValidationError` for one of another shape."""
        sealed = self.seal(raw, known) if self.seal is not None else raw
        return msgspec.convert(sealed, self.page, strict=False)
