"""What a reader hands on: the estate, and what only this run may know of its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from apiece.estate.estate import Estate
from apiece.span import Span


@dataclass(frozen=True, slots=True)
class SourceText:
    """The lines of one file with the spans of its keys and values, in source order: what may be shown, and what not."""

    file: str
    lines: tuple[str, ...]
    visible: tuple[Span, ...]
    hidden: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """An estate with its sources.

    `documents` feed excerpts. `parameters` are the names that templates take values for. `secrets` are texts that were
    seen and must never be printed; they live in memory only.
    """

    estate: Estate
    documents: Mapping[str, SourceText] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
