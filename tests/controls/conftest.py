"""One control asked about one template, written out in the test."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from apiece.api.check import check
from apiece.api.read import read_targets
from apiece.controls.registry import control_named
from apiece.records.finding import Finding

TODAY = dt.date(2026, 11, 25)


@dataclass(frozen=True)
class Judged:
    """What a control says of a template: findings, and reasons why something is undecided."""

    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]

    @property
    def gravest(self) -> str:
        """`error`, `warning`, `note`, else `unknown` or `pass`."""
        if self.findings:
            return self.findings[0].severity.value
        return "unknown" if self.undecided else "pass"

    @property
    def messages(self) -> list[str]:
        return [finding.message for finding in self.findings]


Judge = Callable[..., Judged]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    def run(control: str, template: str | dict[str, object]) -> Judged:
        path = tmp_path / "template.yaml"
        path.write_text(template if isinstance(template, str) else json.dumps(template, indent=1))
        estate = read_targets([str(path)], parameters={}, taken_at="2026-11-25T08:00:00Z").estate
        found = check(estate, (control_named(control),), today=TODAY)
        return Judged(found.findings, tuple(item.reason for item in found.undecided))

    return run
