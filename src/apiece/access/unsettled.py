"""Why a statement could not be judged: what a template leaves open in it, or too much to compare."""

from __future__ import annotations

from apiece.estate.gap import filled_by
from apiece.estate.provenance import Provenance
from apiece.iam.document import Statement
from apiece.records.verdict import Unknown
from apiece.text import HoleKind, holes


def unsettled(statement: Statement, what: str, at: tuple[Provenance, ...]) -> Unknown:
    """Say that `what` a statement does is not known, and what would tell."""
    words = [one.word for one in (*(statement.principals or ()), *(statement.not_principals or ()))]
    words += [*(statement.actions or ()), *(statement.not_actions or ())]
    words += [*(statement.resources or ()), *(statement.not_resources or ())]
    words += [value for one in statement.conditions for value in one.values]
    unfilled = [hole for word in words for hole in holes(word.text) if hole.kind is HoleKind.ANY]
    if not unfilled:
        return Unknown(reason=f"{what} could not be shown with a request", at=at)
    hint = next((found for hole in unfilled if (found := filled_by(hole))), None)
    return Unknown(reason=f"{what} is not known before deployment", at=at, hint=hint)
