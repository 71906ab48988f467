"""The one place that sends calls to AWS and says what came of them."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

import msgspec

from apiece.read.aws.call import Call, Failure, Lack, Outcome

if TYPE_CHECKING:
    from apiece.read.aws.pace import Pace
    from apiece.read.aws.session import Access

T = TypeVar("T")

_TRIES = {Lack.THROTTLED: 8, Lack.FAILED: 4, Lack.BROKEN: 2, Lack.UNAVAILABLE: 2}
"""How often a call is sent in all, by what comes back; everything else is an answer."""
_MOST_PAGES = 20_000
_THROTTLED = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown", "EC2ThrottledException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "TransactionInProgressException",
})  # fmt: skip
_DENIED = frozenset({
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized",
    "AuthorizationErrorException", "KMSAccessDeniedException", "UnauthorizedException", "Forbidden",
    "ForbiddenException",
})  # fmt: skip
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNAVAILABLE = frozenset({
    # What a region that is not enabled says of good credentials, and what a service says where it is not offered.
    "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired", "InvalidAccessKeyId",
    "SubscriptionRequiredException", "UnknownOperationException", "InvalidAction", "UnsupportedOperation",
    "InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "NotImplemented",
})  # fmt: skip
_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException"})
"""Answered with a status of the caller's errors, and yet to be tried again."""
_LONGEST_CODE = 80
_OVER = Failure(Lack.EXPIRED, "ExpiredToken")


class Wire:
    """Sends calls with one account's credentials to one region, paced, with retries of our own."""

    def __init__(
        self, access: Access, account: str, region: str, pace: Pace, stopped: threading.Event | None = None
    ) -> None:
        self._access = access
        self._account = account
        self._region = region
        self._pace = pace
        self._stopped = stopped or threading.Event()

    def there(self, region: str) -> Wire:
        """The wire to another region of the same account."""
        return Wire(self._access, self._account, region, self._pace, self._stopped)

    def pause(self, seconds: float) -> None:
        """Wait for something that AWS is making."""
        self._pace.pause(seconds)

    def send(self, call: Call[T], params: dict[str, object], known: frozenset[str]) -> Outcome[T]:
        """Call until there is an answer, page by page. Nothing is raised for what AWS or the network does."""
        tries = 0
        while True:
            outcome = self._once(call, params, known) if not self._access.expired else Outcome((), _OVER)
            failure = outcome.failure
            tries += 1
            if failure is None or tries >= _TRIES.get(failure.lack, 1) or self._stopped.is_set():
                self._access.expired |= failure is not None and failure.lack is Lack.EXPIRED
                return outcome
            if failure.lack is Lack.THROTTLED:
                self._pace.throttled(self._account, self._region, call.quota)
            self._pace.back_off(tries - 1)

    def _once(self, call: Call[T], params: dict[str, object], known: frozenset[str]) -> Outcome[T]:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        pages: list[T] = []
        try:
            for raw in self._pages(call, params):
                pages.append(call.page_of(raw, known))
                if len(pages) >= _MOST_PAGES:
                    return Outcome(tuple(pages), Failure(Lack.BROKEN, "TooManyPages"))
        except ClientError as error:
            return Outcome(tuple(pages), _refused(call, error.response))
        except (ResponseParserError, msgspec.ValidationError, http.client.HTTPException) as error:
            return Outcome(tuple(pages), Failure(Lack.BROKEN, type(error).__name__))
        except BotoCoreError as error:
            return Outcome(tuple(pages), Failure(_of_connection(error), type(error).__name__))
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            # botocore's parsers raise these on bodies of the wrong shape.
            return Outcome(tuple(pages), Failure(Lack.BROKEN, type(error).__name__))
        except RuntimeError:  # so says botocore where renewed credentials have run out already: a clock is wrong
            return Outcome(tuple(pages), _OVER)
        return Outcome(tuple(pages))

    def _pages(self, call: Call[T], params: dict[str, object]) -> Iterator[dict[str, object]]:
        client = self._access.client(call.service, self._region)
        if client.can_paginate(call.method):
            pages = iter(client.get_paginator(call.method).paginate(**params))
        else:
            pages = (getattr(client, call.method)(**one) for one in (params,))
        while True:
            self._pace.wait(self._account, self._region, call.quota)
            try:
                page = next(pages)
            except StopIteration:
                return
            self._pace.answered(self._account, self._region, call.quota)
            yield page


def _refused(call: Call[T], response: object) -> Failure:
    error = response.get("Error", {}) if isinstance(response, dict) else {}
    meta = response.get("ResponseMetadata", {}) if isinstance(response, dict) else {}
    code = str(error.get("Code", ""))[:_LONGEST_CODE]
    status = meta.get("HTTPStatusCode")
    if code in call.absent:
        return Failure(Lack.ABSENT, code)
    for codes, lack in (
        (_THROTTLED, Lack.THROTTLED),
        (_EXPIRED, Lack.EXPIRED),
        (_DENIED, Lack.DENIED),
        (_UNAVAILABLE, Lack.UNAVAILABLE),
        (_TRANSIENT, Lack.FAILED),
    ):
        if code in codes:
            return Failure(lack, code)
    match status:
        case 429:
            return Failure(Lack.THROTTLED, code)
        case 401 | 403:
            return Failure(Lack.DENIED, code)
        case 501:
            return Failure(Lack.UNAVAILABLE, code)
        case int() if status < http.client.INTERNAL_SERVER_ERROR:
            return Failure(Lack.REFUSED, code or f"HTTP {status}")
        case _:
            return Failure(Lack.FAILED, code or f"HTTP {status}")


def _of_connection(error: BaseException) -> Lack:
    from botocore import exceptions

    nowhere = (exceptions.EndpointConnectionError, exceptions.NoRegionError, exceptions.UnknownServiceError)
    if isinstance(error, nowhere):
        return Lack.UNAVAILABLE
    broken = (exceptions.PaginationError, exceptions.IncompleteReadError, exceptions.ResponseStreamingError)
    if isinstance(error, broken):
        return Lack.BROKEN
    if isinstance(error, exceptions.CredentialRetrievalError | exceptions.TokenRetrievalError):
        return Lack.EXPIRED
    return Lack.FAILED
