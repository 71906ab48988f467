"""What could not be read or decided, and what would help."""

from __future__ import annotations

import msgspec

from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject
from apiece.text import Hole


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that the source holds and that we do not know.

    `needs` names the fact the way controls do (`function.role`, `role.policies`); every control that reads it answers
    unknown for this subject. `hint` says what would close the gap; `iam_action` is the permission that a live read
    lacked.
    """

    subject: Subject
    needs: str
    reason: str
    hint: str | None = None
    at: Provenance | None = None
    iam_action: str | None = None


def filled_by(hole: Hole) -> str | None:
    """Say what would put a value in the place of a hole; None where nothing that the user has would."""
    if hole.why.startswith("parameter"):
        return f"give `--parameter {hole.name}=VALUE`"
    if hole.name.startswith("ImportValue "):
        return "check the stack that exports it in the same run"
    return hole.why or None
