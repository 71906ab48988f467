"""All and any of three answers: yes, no, and None for not known."""

from __future__ import annotations

from collections.abc import Iterable


def every(answers: Iterable[bool | None]) -> bool | None:
    """No if one is no; else not known if one is not known; else yes."""
    known = True
    for answer in answers:
        if answer is False:
            return False
        known &= answer is not None
    return True if known else None


def some(answers: Iterable[bool | None]) -> bool | None:
    """Yes if one is yes; else not known if one is not known; else no."""
    known = True
    for answer in answers:
        if answer is True:
            return True
        known &= answer is not None
    return False if known else None


def negated(answer: bool | None) -> bool | None:  # noqa: FBT001 (a truth value is what it is about)
    """The opposite; what is not known stays so."""
    return None if answer is None else not answer
