"""A check of many findings on one screen: a sentence, the controls ranked, five things to do first, what is unknown."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apiece.estate.gap import Gap
from apiece.estate.subject import SubjectKind
from apiece.present.causes import Cause, count, places
from apiece.present.safe import safe
from apiece.present.where import where
from apiece.records.finding import Finding
from apiece.records.run import CheckRun, ControlResult, Undecided
from apiece.records.verdict import Severity

_MOST_CONTROLS = 12
_MOST_FIRST = 5
_MOST_REASONS = 5
_MOST_OWNERS = 6
_LONGEST = 160
_WIDTH = 80
_NAMED = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A control with what it found: `causes` are the different things to mend."""

    result: ControlResult
    findings: Counter[Severity]
    causes: int


def verdict(run: CheckRun, findings: Iterable[Finding]) -> str:
    """Say how many functions are concerned, with their population."""
    gravest: dict[str, int] = {}
    for finding in findings:
        if finding.subject.kind is SubjectKind.FUNCTION:
            rank = finding.severity.rank
            gravest[finding.subject.key] = min(rank, gravest.get(finding.subject.key, rank))
    errors = sum(rank == Severity.ERROR.rank for rank in gravest.values())
    warnings = sum(rank == Severity.WARNING.rank for rank in gravest.values())
    told = f"{errors} of {count(run.functions, 'function')} {'has' if errors == 1 else 'have'} an error"
    return told + (f", {warnings} more a warning" if warnings else "")


def ranked(run: CheckRun, findings: Iterable[Finding]) -> tuple[Ranked, ...]:
    """Rank controls that found something or could not decide: by the gravest finding, then by subjects."""
    counts: dict[str, Counter[Severity]] = {}
    roots: dict[str, set[str]] = {}
    for finding in findings:
        counts.setdefault(finding.control, Counter())[finding.severity] += 1
        roots.setdefault(finding.control, set()).add(finding.root_cause)
    rows = [
        Ranked(result, counts.get(result.id, Counter()), len(roots.get(result.id, ())))
        for result in run.controls
        if result.id in counts or result.unknown
    ]
    return tuple(sorted(rows, key=lambda row: (*(-row.findings[one] for one in Severity), row.result.id)))


def first(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """The changes that help most: the gravest, then those that mend most functions, then those at fewest places.

    One change is one root cause. Where several are equal, a control that is not yet named goes before one that is.
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.control, finding.root_cause), []).append(finding)
    made = [Cause(control, tuple(group)) for (control, _), group in groups.items()]
    left = [(_weight(cause), cause) for cause in made]
    named: Counter[str] = Counter()
    chosen: list[Cause] = []
    while left and len(chosen) < _MOST_FIRST:
        best = min(left, key=lambda one: (one[0][:2], named[one[1].control], one[0][2:]))
        left.remove(best)
        named[best[1].control] += 1
        chosen.append(best[1])
    return tuple(chosen)


def _weight(cause: Cause) -> tuple[int, int, int, str, str]:
    reach = len({finding.subject.key for finding in cause.findings})
    return (cause.severity.rank, -reach, len(places(cause.findings)), cause.control, cause.findings[0].root_cause)


def table(rows: tuple[Ranked, ...]) -> Iterator[str]:
    """The controls, at most a dozen, within 80 columns."""
    width = max((len(row.result.id) for row in rows[:_MOST_CONTROLS]), default=0)
    heads = ("errors", "warnings", "notes", "unknown", "of", "causes")
    yield f"  {'control':<{width}}" + "".join(f"{head:>{_column(head)}}" for head in heads)
    for row in rows[:_MOST_CONTROLS]:
        result = row.result
        applies = result.population - result.not_applicable
        cells = (*(row.findings[severity] for severity in Severity), result.unknown, applies, row.causes)
        shown = "".join(f"{cell or '-':>{_column(head)}}" for cell, head in zip(cells, heads, strict=True))
        yield f"  {result.id:<{width}}{shown}"
    if len(rows) > _MOST_CONTROLS:
        yield f"  and {count(len(rows) - _MOST_CONTROLS, 'more control')}"


def _column(head: str) -> int:
    return max(len(head), 6) + 1


def steps(chosen: tuple[Cause, ...]) -> Iterator[str]:
    """What to do first: the defect, where it is, whom its mending helps, and how."""
    for number, cause in enumerate(chosen, 1):
        finding = cause.findings[0]
        subjects = {one.subject.key for one in cause.findings}
        who = finding.subject.name if len(subjects) == 1 else count(len(subjects), "subject")
        told = f"{cause.severity}[{cause.control}] {safe(who)}: {safe(finding.message, most=_LONGEST)}"
        yield from _folded(told, f"  {number}. ")
        at = places(cause.findings)
        if at:
            more = f" and {count(len(at) - 1, 'more place')}" if len(at) > 1 else ""
            yield f"     at {safe(where(at[0]))}{more}"
        if finding.hint:
            yield from _folded(safe(finding.hint, most=_LONGEST), "     ")


def owners(findings: Iterable[Finding]) -> Iterator[str]:
    """Whose the findings are; nothing where no owner is named."""
    counts: dict[str, Counter[Severity]] = {}
    for finding in findings:
        counts.setdefault(finding.owner or "", Counter())[finding.severity] += 1
    if not any(counts):
        return
    ordered = sorted(counts.items(), key=lambda row: (*(-row[1][one] for one in Severity), row[0]))
    for name, found in ordered[:_MOST_OWNERS]:
        told = ", ".join(count(found[one], one.value) for one in Severity if found[one])
        yield f"  {safe(name, most=_LONGEST) or 'nobody named'}: {told}"
    if len(ordered) > _MOST_OWNERS:
        yield f"  and {count(len(ordered) - _MOST_OWNERS, 'more owner')}"


def reasons(undecided: Iterable[Undecided]) -> Iterator[str]:
    """Why verdicts are missing; reasons that differ by a name only are one."""
    groups: dict[str, list[Undecided]] = {}
    for item in undecided:
        groups.setdefault(_shape(item.reason), []).append(item)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for shape, items in ordered[:_MOST_REASONS]:
        controls = len({item.control for item in items})
        subjects = len({item.subject.key for item in items})
        reason = items[0].reason if len({item.reason for item in items}) == 1 else shape
        told = f"{safe(reason, most=_LONGEST)}: {count(subjects, 'subject')}, {count(controls, 'control')}"
        yield from _folded(told, "  ")
    if len(ordered) > _MOST_REASONS:
        yield f"  and {count(len(ordered) - _MOST_REASONS, 'more reason')}"


def unread(gaps: Iterable[Gap]) -> Iterator[str]:
    """What could not be read, by reason."""
    groups: dict[str, list[Gap]] = {}
    for gap in gaps:
        groups.setdefault(_shape(gap.reason), []).append(gap)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for shape, items in ordered[:_MOST_REASONS]:
        reason = items[0].reason if len({item.reason for item in items}) == 1 else shape
        yield from _folded(f"{safe(reason, most=_LONGEST)}: {count(len(items), 'place')}", "  ")
    if len(ordered) > _MOST_REASONS:
        yield f"  and {count(len(ordered) - _MOST_REASONS, 'more reason')}"


def _shape(reason: str) -> str:
    """A reason without the names in it."""
    return _NAMED.sub("`…`", reason)


def _folded(text: str, start: str) -> list[str]:
    margin = " " * max(len(start), 4)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=start, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )
