"""Results with one line a finding, for people who search and for programs that read lines."""

from __future__ import annotations

from apiece.present.safe import safe
from apiece.present.where import where
from apiece.records.run import CheckRun


def render(run: CheckRun) -> str:
    """Write every finding that is not waived: place, severity, control, subject, message."""
    lines = []
    for finding in run.findings:
        if finding.waiver is None:
            at = f"{safe(where(finding.at[0]))}: " if finding.at else ""
            title = f"{finding.severity}[{finding.control}]"
            owner = f" (owner {safe(finding.owner)})" if finding.owner else ""
            lines.append(f"{at}{title} {safe(finding.subject.name)}: {safe(finding.message)}{owner}\n")
    return "".join(lines)
