"""The line of a file that a finding points at, with everything hidden that is not known to be harmless."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from apiece.present.safe import safe
from apiece.read.reading import SourceText
from apiece.span import Span

_PUNCTUATION = re.compile(r"[\s\-:{}\[\],&*|>?'\"!]")
_TAG = re.compile(r"![A-Za-z:]{1,40}")
_WIDEST = 160
_HIDDEN = "[sealed]"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line and where to underline it, as zero-based columns of `text`."""

    line: int
    text: str
    start: int
    end: int


def excerpt(documents: Mapping[str, SourceText], span: Span | None) -> Excerpt | None:
    """Cut out the first line of a span. Only keys and values that may be shown appear; comments are left out."""
    if span is None or span.file not in documents:
        return None
    document = documents[span.file]
    if not 1 <= span.line <= len(document.lines):
        return None
    raw = document.lines[span.line - 1]
    allowed = _allowed(document, span.line, len(raw))
    text, places = _shown(raw, allowed)
    start = places[min(span.column - 1, len(raw))]
    end_column = span.end_column - 1 if span.end_line == span.line else len(raw)
    end = places[min(max(end_column, span.column), len(raw))]
    stripped = text.rstrip()
    end = min(max(end, start + 1), max(len(stripped), start + 1))
    if len(stripped) > _WIDEST:
        cut = max(0, min(start - 20, len(stripped) - _WIDEST))
        stripped = ("…" if cut else "") + stripped[cut : cut + _WIDEST] + "…"
        start, end = start - cut + bool(cut), min(end - cut + bool(cut), _WIDEST)
    return Excerpt(span.line, stripped, start, max(end, start + 1))


def _allowed(document: SourceText, line: int, length: int) -> list[bool]:
    """Which characters of a line belong to keys or values that may be shown."""
    flags = [False] * (length + 1)
    first = bisect_left(document.visible, Span(document.file, max(line - 200, 0), 0, 0, 0))
    for span in document.visible[first:]:
        if span.line > line:
            break
        if span.line <= line <= span.end_line:
            begin = span.column - 1 if span.line == line else 0
            end = span.end_column - 1 if span.end_line == line else length
            for position in range(max(begin, 0), min(end, length)):
                flags[position] = True
    return flags


def _shown(raw: str, allowed: list[bool]) -> tuple[str, list[int]]:
    """Build the line to show, and for each raw column the column shown."""
    pieces: list[str] = []
    places: list[int] = []
    width = 0
    hiding = False
    tag_end = -1
    for position, char in enumerate(raw):
        places.append(width)
        if allowed[position] or position < tag_end or _PUNCTUATION.fullmatch(char):
            if char == "!" and not allowed[position] and (tag := _TAG.match(raw, position)):
                tag_end = tag.end()
            piece = safe(char) if char != "\t" else "    "
            hiding = (
                hiding
                and not allowed[position]
                and char.isspace()
                and position + 1 < len(raw)
                and not allowed[position + 1]
            )
            if hiding:
                piece = ""
        elif char == "#" and (position == 0 or raw[position - 1].isspace()):
            places += [width] * (len(raw) - position - 1)
            break
        else:
            piece = "" if hiding else _HIDDEN
            hiding = True
        pieces.append(piece)
        width += len(piece)
    places += [width] * (len(raw) + 1 - len(places))
    return "".join(pieces), places
