"""Everything that apiece raises on purpose.

An error knows its message, a hint and a place; it knows nothing of terminals. Messages are one sentence in lower case
without a full stop, user input stands in back-ticks, advice goes into `hint`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apiece.span import Span


class ApieceError(Exception):
    """The root. `message` says what is wrong, `hint` what to do, `span` where it stands."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str | None = None, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span

    def __str__(self) -> str:
        return f"{self.span}: {self.message}" if self.span else self.message


class UsageError(ApieceError):
    """The caller asked for something that does not exist: a flag, a control, a target."""


class ConfigError(UsageError):
    """A configuration or waiver file says something that cannot be honoured."""


class ReadError(ApieceError):
    """A reader could not start at all: no such file, no credentials."""


class MalformedSource(ReadError):
    """A template, plan or snapshot does not parse."""


class MalformedPolicy(ReadError):
    """Policy text that AWS itself would refuse."""


class SelfTestFailed(ApieceError):
    """A control passed a policy that is known to be bad: no verdict of this run can be trusted."""

    exit_code = 70
