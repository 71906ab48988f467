"""Write docs/reference/unreadable.md: what is not known where a call to AWS is denied.

Every row is measured: the account that the tests plant is read with the call denied, and its verdicts are compared.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "unreadable.md"
if (HELPERS := str(ROOT / "tests" / "aws")) not in sys.path:
    sys.path.insert(0, HELPERS)

if TYPE_CHECKING:
    from fault_study import Study

_HEAD = """\
<!-- Written by tools/fault_table.py (`make docs`); do not edit. -->

# What cannot be read, and what is not known then

apiece asks AWS with the permissions that you give it. Where one is missing, where AWS does not answer, or answers
something that cannot be read, no control passes for it: what depends on the answer is *unknown*, and `apiece check`
exits 3 unless `--allow-gaps` is given. Each line below was measured on an account that is bad in the eyes of every
control: the call is denied, and the verdicts are compared with those of the whole reading. The laws behind it are in
`tests/read/aws/test_faults.py`.

`apiece policy` prints all these permissions as one policy.

| IAM action that is denied | what is lost | controls that answer unknown |
| --- | --- | --- |
"""
_CONTROL_POLICIES = """
Control policies of an organisation can only take rights away. What passes without them passes with them; a finding may
be less than it seems, and says so. So nothing becomes unknown where they cannot be read.
"""


def page(study: Study) -> str:
    """The page, from a study of the planted account."""
    from fault_study import CALLS, lost_by, spelled, undecided_by

    from apiece.controls.registry import all_controls

    every = {control.id for control in all_controls()}
    rows: dict[str, tuple[list[str], list[str]]] = {}
    for call in CALLS:
        if spelled(call) not in study.made:
            continue
        estate, after = study.denied(call)
        rows[call.action] = (lost_by(study.first.reading.estate, estate), undecided_by(study.before, after))
    lines = [f"| `{action}` | {'; '.join(lost)} | {_listed(found, every)} |" for action, (lost, found) in rows.items()]
    untried = sorted({call.action for call in CALLS} - set(rows))
    return _HEAD + "\n".join(sorted(lines)) + "\n" + _CONTROL_POLICIES + _not_tried(untried)


def _listed(found: list[str], every: set[str]) -> str:
    if set(found) == every:
        return "all"
    return ", ".join(f"[{control}](controls/{control}.md)" for control in found) or "none"


def _not_tried(actions: list[str]) -> str:
    if not actions:
        return ""
    return (
        "\nNot measured, for the planted account does not lead there: " + ", ".join(map("`{}`".format, actions)) + "\n"
    )


def main() -> None:
    """Plant the account, study it, write the page."""
    from fault_study import begin, new_layer, quick_clients
    from faulty_aws import Server, environment
    from planted_aws import plant

    with tempfile.TemporaryDirectory() as folder, Server(new_layer()) as server, quick_clients():
        os.environ.update(environment(server.url))
        plant(server.url, server.layer)
        PAGE.write_text(page(begin(server, Path(folder))))


if __name__ == "__main__":
    main()
