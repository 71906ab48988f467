"""Results for people at a terminal: one block for each root cause, what to do first, what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from apiece.estate.gap import Gap
from apiece.estate.provenance import InFile, Provenance, span_of
from apiece.estate.subject import Subject, SubjectKind
from apiece.present import summary
from apiece.present.causes import Cause, causes, count, listed, places, sentence
from apiece.present.excerpt import excerpt
from apiece.present.safe import safe
from apiece.present.where import where
from apiece.read.reading import SourceText
from apiece.records.finding import Finding
from apiece.records.run import CheckRun, Undecided
from apiece.records.verdict import Severity

_MOST_FIRST = 5
_MOST_REASONS = 8
_MOST_GAPS = 20
_MOST_BLOCKS = 25
_CODES = {Severity.ERROR: "31;1", Severity.WARNING: "33;1", Severity.NOTE: "36"}


class Colour(StrEnum):
    ON = "on"
    OFF = "off"


class Detail(StrEnum):
    """How much is written: one screen where there is much, every error and warning, or notes and gaps in full too."""

    SHORT = "short"
    ALL = "all"
    FULL = "full"


def render(
    run: CheckRun, documents: Mapping[str, SourceText], *, colour: Colour = Colour.OFF, detail: Detail = Detail.SHORT
) -> str:
    """Write a whole check."""
    page = _Page(colour)
    open_findings = [finding for finding in run.findings if finding.waiver is None]
    grouped = causes(open_findings)
    shown = [cause for cause in grouped if cause.severity is not Severity.NOTE or detail is Detail.FULL]
    if detail is Detail.SHORT and len(shown) > _MOST_BLOCKS:
        page.screen(run, open_findings)
        page.summary(run, open_findings)
        return "\n".join(page.lines) + "\n"
    for cause in shown:
        page.block(cause, documents)
    notes = [cause for cause in grouped if cause.severity is Severity.NOTE and detail is not Detail.FULL]
    page.notes(notes)
    page.first(shown)
    page.undecided(run.undecided, detail)
    page.gaps(run.gaps, detail)
    page.summary(run, open_findings)
    return "\n".join(page.lines) + "\n"


class _Page:
    def __init__(self, colour: Colour) -> None:
        self.lines: list[str] = []
        self._colour = colour

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour is Colour.ON else text

    def block(self, cause: Cause, documents: Mapping[str, SourceText]) -> None:
        """One root cause: message, place, excerpt, witness, help, and everyone concerned."""
        finding = cause.findings[0]
        code = _CODES[cause.severity]
        title = self._paint(f"{cause.severity}[{cause.control}]", code)
        self.lines.append(f"{title}: {sentence(cause)}")
        primary = places(cause.findings)
        gutter = max((len(str(span.line)) for place in primary[:1] if (span := span_of(place))), default=1)
        for number, place in enumerate(primary[:3]):
            self._place(place, documents, gutter, code, first=number == 0)
        margin = " " * gutter
        if finding.witness is not None:
            who = _caller(finding)
            given = "".join(f", {key}={value}" for key, value in sorted(finding.witness.context.items()))
            self.lines.append(
                f"{margin} = {self._paint('witness', '1')}: `{safe(who)}` may `{safe(finding.witness.action)}` on "
                f"`{safe(finding.witness.resource)}`{safe(given)}"
            )
        if finding.hint:
            self.lines.append(f"{margin} = {self._paint('help', '1')}: {safe(finding.hint)}")
        owners = sorted({one.owner for one in cause.findings if one.owner})
        if owners:
            self.lines.append(f"{margin} = {self._paint('owner', '1')}: {safe(listed(owners))}")
        self.lines.append("")

    def _place(
        self, place: Provenance, documents: Mapping[str, SourceText], gutter: int, code: str, *, first: bool
    ) -> None:
        margin = " " * gutter
        arrow = "-->" if first else ":::"
        self.lines.append(f"{margin}{self._paint(arrow, '34;1')} {safe(where(place))}")
        cut = excerpt(documents, span_of(place)) if first else None
        if cut is not None and cut.text.strip():
            indent = len(cut.text) - len(cut.text.lstrip())
            indent = min(indent, cut.start)
            bar = self._paint("|", "34;1")
            self.lines.append(f"{margin} {bar}")
            self.lines.append(f"{self._paint(str(cut.line).rjust(gutter), '34;1')} {bar} {cut.text[indent:]}")
            mark = " " * (cut.start - indent) + "^" * max(1, min(cut.end, len(cut.text)) - cut.start)
            self.lines.append(f"{margin} {bar} {self._paint(mark, code)}")

    def notes(self, notes: list[Cause]) -> None:
        if not notes:
            return
        by_control: dict[str, list[Cause]] = {}
        for cause in notes:
            by_control.setdefault(cause.control, []).append(cause)
        for control, group in sorted(by_control.items()):
            subjects = {finding.subject.key for cause in group for finding in cause.findings}
            title = self._paint(f"note[{control}]", _CODES[Severity.NOTE])
            first = group[0].findings[0]
            self.lines.append(
                f"{title}: {count(len(group), 'place')}, {count(len(subjects), 'subject')}; "
                f"for example {safe(first.subject.name)}: {safe(first.message)}"
            )
        self.lines += ["  (`--verbose` shows each)", ""]

    def first(self, shown: list[Cause]) -> None:
        """The few things whose mending helps most."""
        if len(shown) < 2:  # noqa: PLR2004
            return
        self.lines.append(self._paint("Do first", "1"))
        for number, cause in enumerate(shown[:_MOST_FIRST], 1):
            place = places(cause.findings)
            at = f" ({safe(where(place[0]))})" if place else ""
            self.lines.append(f"  {number}. {sentence(cause)}{at}")
        self.lines.append("")

    def undecided(self, undecided: tuple[Undecided, ...], detail: Detail) -> None:
        if not undecided:
            return
        groups: dict[tuple[str, str | None], list[Undecided]] = {}
        for item in undecided:
            groups.setdefault((item.reason, item.hint), []).append(item)
        self.lines.append(self._paint("Not decided", "1"))
        ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0][0]))
        most = len(ordered) if detail is Detail.FULL else _MOST_REASONS
        for (reason, hint), items in ordered[:most]:
            controls = ", ".join(sorted({item.control for item in items}))
            names = listed(sorted({item.subject.name for item in items}))
            self.lines.append(f"  {safe(reason)}")
            self.lines.append(f"    {safe(names)}: {controls}" + (f"; {safe(hint)}" if hint else ""))
        if len(ordered) > most:
            self.lines.append(f"  and {count(len(ordered) - most, 'more reason')} (`--verbose` shows all)")
        self.lines.append("")

    def gaps(self, gaps: tuple[Gap, ...], detail: Detail) -> None:
        chosen = sorted(gaps, key=_by_place)
        if detail is not Detail.FULL:
            chosen = [gap for gap in chosen if not _concerns_one_thing(gap)]
        most = len(chosen) if detail is Detail.FULL else _MOST_GAPS
        if chosen:
            self.lines.append(self._paint("Not read", "1"))
            for gap in chosen[:most]:
                place = where(gap.at) if isinstance(gap.at, InFile) else _spelled(gap.subject)
                self.lines.append(f"  {safe(place)}: {safe(gap.reason)}" + (f"; {safe(gap.hint)}" if gap.hint else ""))
            if len(chosen) > most:
                self.lines.append(f"  and {count(len(chosen) - most, 'more place')} (`--verbose` shows all)")
            self.lines.append("")

    def screen(self, run: CheckRun, findings: list[Finding]) -> None:
        """Many findings: what they come to, and how to see them."""
        parts = (
            (summary.verdict(run, findings), summary.table(summary.ranked(run, findings))),
            ("Do first", summary.steps(summary.first(findings))),
            ("Owners", summary.owners(findings)),
            ("Not decided", summary.reasons(run.undecided)),
            ("Not read", summary.unread(gap for gap in run.gaps if not _concerns_one_thing(gap))),
        )
        for title, lines in parts:
            told = list(lines)
            if told:
                self.lines += [self._paint(title, "1"), *told, ""]
        self.lines += [
            "`--all` shows every finding, `--control NAME --all` those of one control,",
            "`--format concise` a line for each.",
            "",
        ]

    def summary(self, run: CheckRun, findings: list[Finding]) -> None:
        counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
        found = ", ".join(
            self._paint(count(counts[severity], severity.value), _CODES[severity])
            for severity in Severity
            if counts[severity]
        )
        functions = count(run.functions, "function")
        ran = len({result.id for result in run.controls} - {item.control for item in run.not_run})
        waived = sum(finding.waiver is not None for finding in run.findings)
        tail = f", {count(waived, 'finding')} waived" if waived else ""
        self.lines.append(f"{found or 'no findings'} in {functions}, {count(ran, 'control')}{tail}")
        unknown = sum(result.unknown for result in run.controls)
        decided = sum(result.population - result.not_applicable for result in run.controls)
        self.lines.append(f"{decided - unknown} of {decided} verdicts decided")
        if run.not_run:
            self.lines.append("not run: " + ", ".join(f"{item.control} (give {item.give})" for item in run.not_run))
        if run.outside_source:
            layers = ", ".join(run.outside_source)
            self.lines.append(f"outside this source: {layers}; a fail stands unless one of them denies")


def _spelled(subject: Subject) -> str:
    whole = subject.kind is SubjectKind.ACCOUNT and subject.region
    return f"{subject.name}, {subject.region}" if whole else subject.name


def _caller(finding: Finding) -> str:
    """The principal of a witness: a role of the subject's own account by its name, anybody else in full."""
    principal = finding.witness.principal if finding.witness is not None else ""
    own = finding.subject.account is None or f":{finding.subject.account}:" in principal
    return (principal.rpartition("/")[2] if own else "") or principal


def _by_place(gap: Gap) -> tuple[object, ...]:
    span = span_of(gap.at)
    where = (span.file, span.line, span.column) if span is not None else (gap.subject.stack or "", 0, 0)
    return (_concerns_one_thing(gap), *where, gap.reason)


def _concerns_one_thing(gap: Gap) -> bool:
    """Tell gaps that show up among what is not decided from those that no subject stands for."""
    return gap.subject.kind not in {SubjectKind.STACK, SubjectKind.OTHER}
