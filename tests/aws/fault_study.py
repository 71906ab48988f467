"""What a reading loses when one call fails, and whether anything was passed all the same."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore.session
from botocore import xform_name
from faulty_aws import Fault, Layer, Operations, Server, denied, pages_of
from planted_aws import PAIRS

from apiece.api.policy import calls
from apiece.controls.registry import all_controls
from apiece.controls.run import run_controls
from apiece.estate.estate import Estate
from apiece.estate.subject import account_of
from apiece.read.aws.call import Call
from apiece.read.aws.pace import Pace
from apiece.read.aws.reader import Read, Ways, read_aws
from apiece.read.aws.target import aws_target
from apiece.records.owners import Owners
from apiece.records.run import SubjectVerdict
from apiece.records.verdict import Outcome

OWNERS = Owners(tags=("owner",))
TODAY = dt.date(2026, 11, 25)
NOW = "2026-11-25T00:00:00Z"
CALLS = calls()
_PLANTING = {"sts", "sqs", "sns", "s3", "secretsmanager", "dynamodb"}
Verdicts = dict[tuple[str, str], SubjectVerdict]


def new_layer() -> Layer:
    """A layer that knows every service which readers call."""
    return Layer(Operations({call.service for call in CALLS} | _PLANTING))


def hasty() -> Pace:
    """A pace that never waits."""
    return Pace(lambda: 0.0, lambda _: None, limited=False)


def spelled(call: Call[object]) -> str:
    """The call as the layer names it: `lambda.ListFunctions`."""
    return _SPELLED[call.service, call.method]


def _spelled() -> dict[tuple[str, str], str]:
    session = botocore.session.Session()
    models = {call.service: session.get_service_model(call.service) for call in CALLS}
    return {
        (service, xform_name(name)): f"{service}.{name}"
        for service, model in models.items()
        for name in model.operation_names
    }


_SPELLED = _spelled()


def paginated(call: Call[object]) -> bool:
    """Tell whether botocore reads the call page by page."""
    service, name = spelled(call).split(".")
    return pages_of(botocore.session.Session().get_service_model(service).operation_model(name)) is not None


@contextmanager
def quick_clients() -> Iterator[None]:
    """Let botocore make each client once: its service models take longer to load than a reading takes."""
    made: dict[object, Any] = {}

    class Cached(botocore.session.Session):
        def create_client(self, service_name: str, region_name: str | None = None, **more: Any) -> Any:  # noqa: ANN401
            key = (service_name, region_name, os.environ.get("AWS_ENDPOINT_URL"))
            if key not in made:
                made[key] = super().create_client(service_name, region_name, **more)
            return made[key]

    with patch.object(botocore.session, "Session", Cached):
        yield


def read(*, tape: Path | None = None, target: str = "aws:", **ways: Any) -> Read:  # noqa: ANN401
    """Read the account whose credentials the environment holds, without waiting."""
    return read_aws(aws_target(target), taken_at=NOW, ways=Ways(hasty(), tape=tape, **ways))


def judged(estate: Estate) -> Verdicts:
    """All verdicts on an estate."""
    results = run_controls(estate, all_controls(), today=TODAY, given=(OWNERS,))
    return {(line.control, line.subject.key): line for line in results.verdicts}


# ------------------------------------------------------------------------------------------------------ the laws


@dataclass(frozen=True)
class Loss:
    """A finding that a fault hid."""

    control: str
    subject: str
    root_cause: str


def losses(before: Verdicts, after: Verdicts) -> list[Loss]:
    """Findings that were shown before and are not any more."""
    return [
        Loss(control, key, cause)
        for (control, key), line in before.items()
        for cause in sorted(_causes(line) - _causes(after.get((control, key))))
    ]


def silent(before: Verdicts, after: Verdicts) -> list[str]:
    """Verdicts by which a loss went unsaid: neither the subject nor its account is unknown in that control.

    Also those of the twins: what the fault hid of the bad one, nobody has seen of the good one.
    """
    found = []
    for loss in losses(before, after):
        for key in (loss.subject, _twin(loss.subject)):
            here = before.get((loss.control, key))
            if here is not None and not _unknown(here, after):
                found.append(f"{loss.control}: `{key}` is {_outcome(here, after)} and lost {loss.root_cause}")
    for (control, key), line in before.items():
        if line.verdict.outcome is Outcome.UNKNOWN and not _unknown(line, after):
            found.append(f"{control}: `{key}` was unknown and is {_outcome(line, after)}")
    return found


def invented(before: Verdicts, after: Verdicts) -> list[str]:
    """Findings that only the fault brought about. A role may stand for a function that was not listed."""
    known = {(control, cause) for (control, _), line in before.items() for cause in _causes(line)}
    return [
        f"{control}: `{key}` has {cause}"
        for (control, key), line in after.items()
        for cause in sorted(_causes(line))
        if (control, cause) not in known
    ]


def undecided_by(before: Verdicts, after: Verdicts) -> list[str]:
    """Controls that know less than before."""
    return sorted(
        {control for (control, key), line in after.items() if _reasons(line) - _reasons(before.get((control, key)))}
    )


def _twin(key: str) -> str:
    bad, good = next(((bad, good) for bad, good in PAIRS if key.endswith(bad)), ("", ""))
    return key.removesuffix(bad) + good if bad else key


def _unknown(line: SubjectVerdict, after: Verdicts) -> bool:
    for key in (line.subject.key, account_of(line.subject).key):
        now = after.get((line.control, key))
        if now is not None and now.verdict.unknowns:
            return True
    return False


def _outcome(line: SubjectVerdict, after: Verdicts) -> str:
    now = after.get((line.control, line.subject.key))
    return now.verdict.outcome.value if now is not None else "gone"


def _causes(line: SubjectVerdict | None) -> set[str]:
    return {deviation.root_cause for deviation in line.verdict.deviations} if line is not None else set()


def _reasons(line: SubjectVerdict | None) -> set[str]:
    return {unknown.reason for unknown in line.verdict.unknowns} if line is not None else set()


# ------------------------------------------------------------------------------------------------------- the study


@dataclass
class Study:
    """An estate that was read once undisturbed, and is read again with one call broken.

    All other answers come from the tape of the first reading, so that a study of many faults is quick.
    """

    server: Server
    folder: Path
    first: Read
    before: Verdicts
    made: frozenset[str]
    _denied: dict[str, tuple[Estate, Verdicts]] = field(default_factory=dict)

    def denied(self, call: Call[object]) -> tuple[Estate, Verdicts]:
        """The estate and the verdicts on it where one call is denied."""
        if spelled(call) not in self._denied:
            estate = self.broken(call, denied).reading.estate
            self._denied[spelled(call)] = estate, judged(estate)
        return self._denied[spelled(call)]

    def broken(self, call: Call[object], fault: Fault, **how: Any) -> Read:  # noqa: ANN401
        """Read again, with a fault in one call."""
        layer = self.server.layer
        layer.mend()
        layer.break_(spelled(call), fault, **how)
        tape = self.folder / f"{call.service}-{call.method}"
        tape.mkdir(exist_ok=True)
        mark = f"/{call.service}.{call.method}/".encode()
        lines = (self.folder / "whole" / "answers.jsonl").read_bytes().splitlines(keepends=True)[:-1]  # it is complete
        (tape / "answers.jsonl").write_bytes(b"".join(line for line in lines if mark not in line.partition(b"{")[2]))
        try:
            return read(tape=tape)
        finally:
            layer.mend()


def begin(server: Server, folder: Path) -> Study:
    """Read the planted account undisturbed. The environment must lead to the server."""
    layer = server.layer
    layer.mend()
    first = read(tape=folder / "whole")
    return Study(server, folder, first, judged(first.reading.estate), frozenset(layer.seen))


_NAME = re.compile(r"`[^`]*`")


def lost_by(before: Estate, after: Estate) -> list[str]:
    """What is missing after a fault, in words, without names."""
    new = [gap for gap in after.gaps if gap not in before.gaps]
    return sorted({_NAME.sub("`…`", gap.reason.partition(" could not be read")[0]) for gap in new})
