"""Where a reader asks: one account and region, with answers from the tape first."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.provenance import InCall, InFile, Provenance
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.call import Call, Failure, Lack, Outcome
from apiece.read.aws.tape import Tape

T = TypeVar("T")
Params = Mapping[str, object]

_REASONS = {
    Lack.DENIED: "access denied to `{action}`",
    Lack.THROTTLED: "`{action}` was throttled to the end",
    Lack.EXPIRED: "the credentials expired before `{action}`",
    Lack.UNAVAILABLE: "`{action}` is not available in {place} ({code})",
    Lack.BROKEN: "the answer to `{action}` cannot be read ({code})",
    Lack.REFUSED: "AWS refused `{action}` ({code})",
    Lack.OUTSIDE: "{code}",
    Lack.FAILED: "`{action}` failed ({code})",
    Lack.ABSENT: "`{action}` found nothing ({code})",
}


@dataclass
class Counter:
    """Calls sent, by IAM action."""

    sent: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, action: str) -> None:
        with self._lock:
            self.sent[action] = self.sent.get(action, 0) + 1


class Source(Protocol):
    """Who answers: AWS, or a file that stands for it."""

    def send(self, call: Call[T], params: dict[str, object], known: frozenset[str]) -> Outcome[T]:
        """Answer a call. Nothing is raised for what the source holds or does not hold."""

    def pause(self, seconds: float) -> None:
        """Wait for something that is being made."""

    def there(self, region: str) -> Source:
        """The source for another region."""


@dataclass(frozen=True)
class Desk:
    """Asks in one account and region. `each` asks many things at once; both never raise for what AWS does.

    `file` is the name of the file that answers in AWS's place.
    """

    account: str
    region: str
    partition: str
    wire: Source
    pool: ThreadPoolExecutor
    tape: Tape | None
    counter: Counter
    stopped: threading.Event
    file: str | None = None

    def ask(self, call: Call[T], params: Params | None = None, *, known: frozenset[str] = frozenset()) -> Outcome[T]:
        """Ask one thing. `known` are names that sealing lets stand."""
        return self._ask(call, params or {}, known)

    def each(self, call: Call[T], many: Iterable[Params]) -> list[Outcome[T]]:
        """Ask the same of many things, some at a time, and answer in order."""
        futures = [self.pool.submit(self._ask, call, params, frozenset()) for params in many]
        return [future.result() for future in futures]

    def _ask(self, call: Call[T], params: Params, known: frozenset[str]) -> Outcome[T]:
        if self.stopped.is_set():
            return Outcome((), Failure(Lack.FAILED, "interrupted"))
        spelled = msgspec.json.encode(params, order="sorted").decode()
        key = f"{self.account}/{self.region}/{call.service}.{call.method}/{spelled}"
        tape = self.tape if not call.volatile else None
        if tape is not None and (kept := tape.recall(key, call)) is not None:
            return kept
        self.counter.add(call.action)
        outcome = self.wire.send(call, dict(params), known)
        if tape is not None:
            tape.keep(key, call, outcome)
        return outcome

    def there(self, region: str) -> Desk:
        """The desk of another region of the same account."""
        return self if region == self.region else replace(self, region=region, wire=self.wire.there(region))

    def at(self, call: Call[T]) -> Provenance:
        """The provenance of what a call answered."""
        if self.file is not None:
            return InFile(file=self.file, path="")
        return InCall(call=call.action, account=self.account, region=self.region)

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def subject(self, kind: SubjectKind, arn: str) -> Subject:
        return Subject(kind=kind, arn=arn, account=self.account, region=self.region)

    @property
    def itself(self) -> Subject:
        """The account, as the subject of what is missing as a whole."""
        arn = f"arn:{self.partition}:iam::{self.account}:root"
        return Subject(kind=SubjectKind.ACCOUNT, arn=arn, account=self.account, region=self.region or None)

    def gap(self, call: Call[T], failure: Failure, subject: Subject, needs: str, what: str) -> Gap:
        """Say what is not known, since a call failed: `what` is a noun phrase for people."""
        place = f"account {self.account}, {self.region}" if self.region else f"account {self.account}"
        why = _REASONS[failure.lack].format(action=call.action, place=place, code=failure.code)
        denied = failure.lack is Lack.DENIED
        grant = f"grant `{call.action}`, or run `apiece policy` for the full read-only policy"
        return Gap(
            subject=subject,
            needs=needs,
            reason=f"{what} could not be read: {why}",
            hint=grant if denied else None,
            at=self.at(call),
            iam_action=call.action if denied else None,
        )
