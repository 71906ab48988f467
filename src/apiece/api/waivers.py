"""Waivers: read with every rule about them enforced, and matched to findings."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable

import msgspec

from apiece.errors import ConfigError
from apiece.estate.provenance import InFile
from apiece.estate.subject import Subject, SubjectKind, finding_id
from apiece.records.finding import Finding
from apiece.records.verdict import Severity
from apiece.records.waiver import Waiver
from apiece.span import Span

LONGEST = dt.timedelta(days=365)
_REQUIRED = ("reason", "owner", "approver", "created", "expires")
_KNOWN = frozenset({*_REQUIRED, "id", "control", "subject"})
_FIELDS = "fields are " + ", ".join(sorted(_KNOWN))
_HEAD = re.compile(r"\s*\[\[\s*waiver\s*\]\]")


def read_waivers(text: str, file: str, *, controls: Iterable[str], today: dt.date) -> tuple[Waiver, ...]:
    """Read a waiver file. Raises `ConfigError` with the line for a waiver that cannot be honoured."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        number = int(line.group(1)) if line else 1
        message = "the waiver file is not valid TOML"
        raise ConfigError(message, span=Span(file, number, 1, number, 1)) from error
    lines = [number for number, line in enumerate(text.splitlines(), 1) if _HEAD.match(line)]
    entries = document.get("waiver", [])
    if not isinstance(entries, list) or set(document) - {"waiver"}:
        message = "a waiver file holds `[[waiver]]` tables and nothing else"
        raise ConfigError(message, span=Span(file, 1, 1, 1, 1))
    known = frozenset(controls)
    return tuple(
        _waiver(entry, Span(file, line, 1, line, 1), known, today)
        for entry, line in zip(entries, lines + [1] * len(entries), strict=False)
    )


def _waiver(entry: object, span: Span, controls: frozenset[str], today: dt.date) -> Waiver:
    if not isinstance(entry, dict):
        message = "a waiver is a table"
        raise ConfigError(message, span=span)
    strange = sorted(set(entry) - _KNOWN)
    if strange:
        message = f"`{strange[0][:40]}` is not a field of a waiver"
        raise ConfigError(message, span=span, hint=_nearest(strange[0], _KNOWN) or _FIELDS)
    for name in _REQUIRED:
        if not entry.get(name) or (isinstance(entry[name], str) and not entry[name].strip()):
            message = f"a waiver needs `{name}`"
            raise ConfigError(message, span=span)
    try:
        waiver = msgspec.convert({**entry, "file": span.file, "line": span.line}, Waiver, strict=False)
    except msgspec.ValidationError as error:
        message = "a field of the waiver has the wrong type; dates are written `2026-01-31`"
        raise ConfigError(message, span=span) from error
    _check(waiver, span, controls, today)
    return waiver


def _nearest(word: str, words: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(word, sorted(words), n=1)
    return f"did you mean `{near[0]}`?" if near else None


def _check(waiver: Waiver, span: Span, controls: frozenset[str], today: dt.date) -> None:
    hint = None
    if waiver.id is None and (waiver.control is None or waiver.subject is None):
        message = "a waiver names a finding's `id`, or a `control` and a `subject`"
    elif waiver.owner.strip().casefold() == waiver.approver.strip().casefold():
        message = "the approver of a waiver is not its owner"
    elif waiver.expires <= waiver.created:
        message = "the waiver expires before it was created"
    elif waiver.expires - waiver.created > LONGEST:
        message = f"the waiver lasts {(waiver.expires - waiver.created).days} days; at most {LONGEST.days} are allowed"
    elif waiver.created > today:
        message = "the waiver was created in the future"
    elif waiver.control is not None and waiver.control not in controls:
        message = f"no control is called `{waiver.control[:60]}`"
        hint = _nearest(waiver.control, controls) or "`apiece controls` lists them all"
    else:
        return
    raise ConfigError(message, span=span, hint=hint)


def apply_waivers(findings: Iterable[Finding], waivers: tuple[Waiver, ...], *, today: dt.date) -> tuple[Finding, ...]:
    """Attach each waiver to the findings it accepts; expired and unused waivers are findings themselves."""
    used: set[int] = set()
    result: list[Finding] = []
    for finding in findings:
        accepted = None
        for position, waiver in enumerate(waivers):
            if _accepts(waiver, finding):
                used.add(position)
                accepted = waiver if waiver.expires >= today and accepted is None else accepted
        result.append(msgspec.structs.replace(finding, waiver=accepted) if accepted is not None else finding)
    for position, waiver in enumerate(waivers):
        if waiver.expires < today:
            message = f"the waiver for {_aim(waiver)} expired on {waiver.expires.isoformat()}"
            result.append(_about(waiver, "expired-waiver", message))
        elif position not in used:
            result.append(_about(waiver, "unused-waiver", f"the waiver for {_aim(waiver)} matches no finding"))
    return tuple(result)


def _accepts(waiver: Waiver, finding: Finding) -> bool:
    if waiver.id is not None:
        return waiver.id == finding.id
    subject = finding.subject
    return waiver.control == finding.control and waiver.subject in {subject.logical_id, subject.arn, subject.name}


def _aim(waiver: Waiver) -> str:
    return f"`{waiver.id}`" if waiver.id is not None else f"`{waiver.control}` on `{waiver.subject}`"


def _about(waiver: Waiver, control: str, message: str) -> Finding:
    file, line = waiver.file or "", waiver.line or 1
    subject = Subject(kind=SubjectKind.WAIVER, logical_id=_aim(waiver).replace("`", ""), stack=file)
    return Finding(
        id=finding_id(control, subject, ""),
        control=control,
        severity=Severity.WARNING,
        subject=subject,
        message=message,
        root_cause=subject.key,
        at=(InFile(file=file, path="waiver", span=Span(file, line, 1, line, 11)),),
        hint="renew it with a new approval, or mend the cause" if control == "expired-waiver" else "remove it",
    )
