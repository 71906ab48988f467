"""The credential report: passwords, second factors and access keys of users."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

import msgspec

from apiece.estate.federation import AccessKey, Credential
from apiece.estate.gap import Gap
from apiece.estate.subject import Subject, SubjectKind
from apiece.read.aws.call import Call, Outcome, Quota
from apiece.read.aws.desk import Desk
from apiece.read.aws.facts import Facts

_ROOT = "<root_account>"
_BOOLEANS = {"true": True, "false": False, "TRUE": True, "FALSE": False}
_NO_DAY = frozenset({"N/A", "no_information", "not_supported", ""})
_COLUMNS = frozenset({"user", "arn", "password_enabled", "password_last_used", "mfa_active"})
_LONGEST = 100_000_000
_NOT_YET = frozenset({"ReportNotPresent", "ReportExpired", "ReportInProgress"})
_TRIES = 12
_PAUSE = 0.2
_LONGEST_PAUSE = 5.0


class Row(msgspec.Struct, frozen=True):
    """One user of the report, parsed while the answer is taken in."""

    user: str
    arn: str
    password: bool | None
    password_used: str | None
    mfa: bool
    keys: tuple[AccessKey, ...]


class ReportPage(msgspec.Struct, frozen=True):
    """`unread` counts lines of the report that could not be understood.

    When the report was made is not kept: it is four hours old at most, and equal accounts are to be equal estates.
    """

    rows: tuple[Row, ...] = ()
    unread: int = 0


class StatePage(msgspec.Struct, frozen=True, rename="pascal"):
    state: str | None = None


def _taken(raw: dict[str, object], known: frozenset[str]) -> dict[str, object]:
    """Parse the table. Raises `ValueError` for a text that is none."""
    del known
    content = raw.get("Content")
    if not isinstance(content, bytes) or len(content) > _LONGEST:
        raise ValueError("no report")
    lines = list(_lines(content.decode("utf-8-sig")))
    return {
        "rows": [row for row in lines if row is not None],
        "unread": sum(row is None for row in lines),
    }


def _lines(text: str) -> Iterator[Row | None]:
    try:
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if not set(table.fieldnames or ()) >= _COLUMNS:
            raise ValueError("no columns")
        for line in table:
            yield _row(line)
    except csv.Error as error:
        raise ValueError("no table") from error


def _row(line: dict[str, str]) -> Row | None:
    """A user; None for a line that does not say what a report says."""
    try:
        if None in line or None in line.values():  # cells too many or too few
            return None
        return Row(
            user=line["user"],
            arn=line["arn"],
            password=_BOOLEANS.get(line["password_enabled"]),
            password_used=_day(line["password_last_used"]),
            mfa=_BOOLEANS[line["mfa_active"]],
            keys=tuple(key for key in (_key(line, "access_key_1"), _key(line, "access_key_2")) if key is not None),
        )
    except (KeyError, ValueError):
        return None


def _key(line: dict[str, str], name: str) -> AccessKey | None:
    """A key, None where there is none: a key that exists has a day of its rotation."""
    active = _BOOLEANS[line[f"{name}_active"]]
    rotated = _day(line[f"{name}_last_rotated"])
    if not active and rotated is None:
        return None
    return AccessKey(active=active, rotated=rotated, used=_day(line[f"{name}_last_used_date"]))


def _day(text: str) -> str | None:
    if text in _NO_DAY:
        return None
    moment = dt.datetime.fromisoformat(text)
    return (moment if moment.tzinfo is None else moment.astimezone(dt.UTC)).strftime("%Y-%m-%d")


GENERATE = Call(
    "iam", "generate_credential_report", "iam:GenerateCredentialReport", StatePage, quota=Quota.IAM, volatile=True
)
GET_REPORT = Call("iam", "get_credential_report", "iam:GetCredentialReport", ReportPage, quota=Quota.IAM, seal=_taken)


def credentials(desk: Desk, *, pause: float = _PAUSE) -> Facts:
    """Read the credential report of an account, made anew where the last one is older than four hours.

    `pause` are seconds before the second look at a report that is being made. They double each time up to five; after
    36 seconds in all, it is fetched as it is.
    """
    facts = Facts()
    made, outcome = _report(desk, pause)
    if made.failure is not None:  # what is fetched all the same may be of any age
        facts.gaps.append(desk.gap(GENERATE, made.failure, desk.itself, "credentials", "a new credential report"))
    elif outcome.failure is not None:
        facts.gaps.append(desk.gap(GET_REPORT, outcome.failure, desk.itself, "credentials", "the credential report"))
    for page in outcome.pages:
        if page.unread:
            reason = f"{page.unread} of {page.unread + len(page.rows)} lines of the credential report cannot be read"
            facts.gaps.append(Gap(subject=desk.itself, needs="credentials", reason=reason, at=desk.at(GET_REPORT)))
        facts.credentials += [_credential(desk, row) for row in page.rows]
    return facts


def _report(desk: Desk, pause: float) -> tuple[Outcome[StatePage], Outcome[ReportPage]]:
    """Have a report made, wait for it and fetch it: what came of the first and of the last."""
    made: Outcome[StatePage] = Outcome()
    fetched: Outcome[ReportPage] = Outcome()
    for attempt in range(_TRIES):
        if attempt:
            desk.wire.pause(min(_LONGEST_PAUSE, pause * 2.0 ** (attempt - 1)))
        if desk.stopped.is_set():
            break
        made = desk.ask(GENERATE)
        complete = made.first is not None and made.first.state == "COMPLETE"
        if made.failure is None and not complete and attempt < _TRIES - 1:
            continue
        fetched = desk.ask(GET_REPORT)
        waiting = fetched.failure is not None and fetched.failure.code in _NOT_YET
        if made.failure is not None or not waiting:
            break
    return made, fetched


def _credential(desk: Desk, row: Row) -> Credential:
    root = row.user == _ROOT
    kind = SubjectKind.ACCOUNT if root else SubjectKind.USER
    return Credential(
        subject=Subject(kind=kind, arn=row.arn, account=desk.account),
        user=row.user,
        root=root,
        password=row.password,
        password_used=row.password_used,
        mfa=row.mfa,
        keys=row.keys,
        at=desk.at(GET_REPORT),
    )
