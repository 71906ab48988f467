"""An accepted finding."""

from __future__ import annotations

import datetime as dt

import msgspec


class Waiver(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody accepts a finding for a time.

    It names either one finding's `id`, or a `control` together with a `subject` (logical id, function name or ARN).
    `approver` is not `owner`; `expires` is at most 365 days after `created`. `line` is where it stands in its file.
    """

    reason: str
    owner: str
    approver: str
    created: dt.date
    expires: dt.date
    id: str | None = None
    control: str | None = None
    subject: str | None = None
    file: str | None = None
    line: int | None = None
