"""The self-test at the start of each run: no control may pass what is known to be bad.

A rule whose data went missing passes everything, and nobody notices. So every run first shows each control one estate
that it must fail, and reports nothing at all if one passes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from apiece.controls.control import Control
from apiece.controls.known_bad import KNOWN_BAD, KNOWN_FACTS
from apiece.controls.run import run_controls
from apiece.errors import SelfTestFailed
from apiece.records.verdict import Outcome


def run_selftest(controls: Iterable[Control], *, today: dt.date) -> None:
    """Raise `SelfTestFailed` if a control does not fail its known-bad estate."""
    for control in controls:
        known = KNOWN_BAD.get(control.id)
        if known is None:
            message = f"control `{control.id}` has no known-bad case"
            raise SelfTestFailed(message)
        verdicts = run_controls(known(), (control,), today=today, given=KNOWN_FACTS.get(control.id, ())).verdicts
        if not any(line.verdict.outcome is Outcome.FAIL for line in verdicts):
            message = f"control `{control.id}` passed what is known to be bad: no verdict of this run can be trusted"
            raise SelfTestFailed(message, hint="the installation may be damaged; install apiece anew")
