"""The line of a file that a finding points at, with everything hidden that is not known to be harmless."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from apiece.present.safe import safe
from apiece.read.reading import SourceText
from apiece.span import Span

_PUNCTUATION = frozenset("-:{}[],&*|>?'\"!")
_TAG = re.compile(r"![A-Za-z:]{1,40}|[&*][A-Za-z0-9_-]{1,40}")
_STOPS = frozenset(",]}")
_WIDEST = 160
_BEFORE = 200
_AFTER = 400
_HIDDEN = "[sealed]"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line and where to underline it, as zero-based columns of `text`."""

    line: int
    text: str
    start: int
    end: int


class _Kind(Enum):
    """What a character of a line belongs to."""

    SHOWN = auto()
    HIDDEN = auto()
    BETWEEN = auto()
    """Neither a key nor a value: punctuation, tags, anchors, aliases and comments."""


def excerpt(documents: Mapping[str, SourceText], span: Span | None) -> Excerpt | None:
    """Cut out the first line of a span. Only keys and values that may be shown appear; comments are left out."""
    if span is None or span.file not in documents:
        return None
    document = documents[span.file]
    if not 1 <= span.line <= len(document.lines):
        return None
    whole = document.lines[span.line - 1]
    # A line may be a whole minified document: only what stands near the place is looked at.
    first = max(0, span.column - 1 - _BEFORE)
    raw = whole[first : span.column - 1 + _AFTER]
    text, places = _shown(raw, _kinds(document, span.line, first, len(raw)))
    begins = min(max(span.column - 1 - first, 0), len(raw))
    ends = span.end_column - 1 - first if span.end_line == span.line else len(raw)
    start, end = places[begins], places[min(max(ends, begins), len(raw))]
    return _cut(span.line, text.rstrip(), start, end, before=first > 0, after=first + len(raw) < len(whole))


def _cut(line: int, text: str, start: int, end: int, *, before: bool, after: bool) -> Excerpt:
    """Keep at most `_WIDEST` characters, with the marked place among them, and say where something was left out."""
    begin = max(0, min(start - 20, len(text) - _WIDEST))
    kept = text[begin : begin + _WIDEST]
    left = "…" if before or begin else ""
    right = "…" if after or begin + _WIDEST < len(text) else ""
    start = start - begin + len(left)
    end = min(end - begin, len(kept)) + len(left)
    return Excerpt(line, left + kept + right, start, max(end, start + 1))


def _kinds(document: SourceText, line: int, first: int, length: int) -> list[_Kind]:
    """Say of each character of a piece of a line what it belongs to. What is hidden anywhere is hidden."""
    kinds = [_Kind.BETWEEN] * length
    for spans, kind in ((document.visible, _Kind.SHOWN), (document.hidden, _Kind.HIDDEN)):
        for span in _overlapping(spans, line, first + length):
            begin = span.column - 1 - first if span.line == line else 0
            end = span.end_column - 1 - first if span.end_line == line else length
            for position in range(max(begin, 0), min(end, length)):
                kinds[position] = kind
    return kinds


def _overlapping(spans: tuple[Span, ...], line: int, columns: int) -> Iterator[Span]:
    """Walk back over the spans that touch the first columns of a line.

    INVARIANT: keys and scalars never overlap, so of those that begin on an earlier line only the last can reach it.
    """
    for position in reversed(range(bisect_right(spans, (line, columns), key=lambda span: (span.line, span.column)))):
        span = spans[position]
        if span.end_line >= line:
            yield span
        if span.line < line:
            return


def _shown(raw: str, kinds: list[_Kind]) -> tuple[str, list[int]]:
    """Build the text to show, and for each raw column the column shown."""
    pieces: list[str] = []
    places: list[int] = []
    width = 0
    for piece, length in _pieces(raw, kinds):
        places += [width] * length
        pieces.append(piece)
        width += len(piece)
    places += [width] * (len(raw) + 1 - len(places))
    return "".join(pieces), places


def _pieces(raw: str, kinds: list[_Kind]) -> Iterator[tuple[str, int]]:
    """Yield what to show and for how many raw characters it stands; end where a comment begins."""
    position = 0
    while position < len(raw):
        char, kind = raw[position], kinds[position]
        tag = _TAG.match(raw, position) if kind is _Kind.BETWEEN else None
        if kind is _Kind.HIDDEN:
            length = _run(raw, kinds, position, until=frozenset())
            yield _HIDDEN, length
        elif kind is _Kind.SHOWN or char in _PUNCTUATION or char.isspace():
            length = tag.end() - position if tag else 1
            for one in raw[position : position + length]:
                yield ("    " if one == "\t" else safe(one)), 1
        elif char == "#" and (position == 0 or raw[position - 1].isspace()):
            return
        else:
            length = _run(raw, kinds, position, until=_STOPS)
            yield _HIDDEN, length
        position += length


def _run(raw: str, kinds: list[_Kind], position: int, *, until: frozenset[str]) -> int:
    """Count the characters of one kind; with `until`, end also at white space and these characters."""
    for end in range(position + 1, len(raw)):
        if kinds[end] is not kinds[position] or (until and (raw[end].isspace() or raw[end] in until)):
            return end - position
    return len(raw) - position
