"""Results as SARIF 2.1.0 (OASIS), with what GitHub code scanning asks for beyond the schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

from apiece.estate.provenance import InFile, Provenance
from apiece.present.safe import inert, safe
from apiece.records.finding import Finding
from apiece.records.run import CheckRun
from apiece.records.verdict import Criterion, Severity

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
_LONGEST = 1000
_OWN_RULES = {
    "expired-waiver": "A waiver has expired",
    "unused-waiver": "A waiver matches no finding",
}

Json = dict[str, object]


class Described(Protocol):
    """What a rule's entry says of a control."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def doc(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def criteria(self) -> tuple[Criterion, ...]: ...


def render(run: CheckRun, controls: Sequence[Described], *, version: str) -> str:
    """Write a whole check."""
    rules = [_rule(control) for control in controls]
    known = {str(rule["id"]) for rule in rules}
    used = {finding.control for finding in run.findings} - known
    rules += [
        {"id": name, "shortDescription": {"text": title}, "defaultConfiguration": {"level": "warning"}}
        for name, title in _OWN_RULES.items()
        if name in used
    ]
    position = {str(rule["id"]): index for index, rule in enumerate(rules)}
    log: Json = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "apiece", "semanticVersion": version, "version": version, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the folder that was checked from"}}},
                "invocations": [_invocation(run)],
                "results": [_result(finding, position) for finding in run.findings],
                "properties": {"estateDigest": run.digest, "functions": run.functions},
            }
        ],
    }
    return inert(json.dumps(log, indent=2, ensure_ascii=False, sort_keys=True)) + "\n"


def _rule(control: Described) -> Json:
    level = control.severity.value
    return {
        "id": control.id,
        "name": "".join(part.capitalize() for part in control.id.split("-")),
        "shortDescription": {"text": control.title},
        "fullDescription": {"text": control.title},
        "help": {"text": control.doc, "markdown": control.doc},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["security", *(f"SOC2/{criterion.value}" for criterion in control.criteria)],
            "precision": "high",
            "security-severity": _SECURITY[control.severity],
        },
    }


def _invocation(run: CheckRun) -> Json:
    notes: list[Json] = [
        {
            "level": "warning",
            "message": {"text": _plain(f"{item.control}: {item.subject.name}: {item.reason}")},
            **_at(item.at),
        }
        for item in run.undecided
    ]
    notes += [
        {
            "level": "warning",
            "message": {"text": _plain(f"not read: {gap.subject.name}: {gap.reason}")},
            **_at((gap.at,) if gap.at is not None else ()),
        }
        for gap in run.gaps
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}


def _at(places: tuple[Provenance, ...]) -> Json:
    found = [_location(place) for place in places if isinstance(place, InFile)]
    return {"locations": found} if found else {}


def _result(finding: Finding, position: dict[str, int]) -> Json:
    text = finding.message
    if finding.witness is not None:
        text += f". Witness: {finding.witness.action} on {finding.witness.resource}"
    result: Json = {
        "ruleId": finding.control,
        "ruleIndex": position[finding.control],
        "level": finding.severity.value,
        "message": {"text": _plain(f"{finding.subject.name}: {text}")},
        "locations": [_location(place, finding) for place in finding.at if isinstance(place, InFile)]
        or [{"logicalLocations": [_logical(finding)]}],
        "partialFingerprints": {"apiece/v1": finding.id},
        "properties": {"rootCause": finding.root_cause, "hint": finding.hint or ""}
        | ({"owner": safe(finding.owner, most=_LONGEST)} if finding.owner else {}),
    }
    if finding.waiver is not None:
        waiver = finding.waiver
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": _plain(
                    f"{waiver.reason} (owner {waiver.owner}, approved by {waiver.approver}, until "
                    f"{waiver.expires.isoformat()})"
                ),
            }
        ]
    return result


def _location(place: InFile, finding: Finding | None = None) -> Json:
    artifact: Json = {"uri": quote(place.file, safe="/.-_~"), "uriBaseId": "%SRCROOT%"}
    if place.file.startswith(("/", "..")) or place.file == "<stdin>":
        artifact = {"uri": quote(place.file, safe="/.-_~")}
    physical: Json = {"artifactLocation": artifact}
    if place.span is not None:
        physical["region"] = {
            "startLine": place.span.line,
            "startColumn": place.span.column,
            "endLine": max(place.span.end_line, place.span.line),
            "endColumn": max(place.span.end_column, 1),
        }
    location: Json = {"physicalLocation": physical}
    if finding is not None:
        location["logicalLocations"] = [_logical(finding)]
    return location


def _logical(finding: Finding) -> Json:
    name, full = (safe(text, most=_LONGEST) for text in (finding.subject.name, finding.subject.key))
    return {"name": name, "fullyQualifiedName": full, "kind": "resource"}


def _plain(text: str) -> str:
    """Make a message of a text with untrusted names in it: viewers would turn `[words](target)` into a link."""
    return safe(text.replace("](", r"\]("), most=_LONGEST)
