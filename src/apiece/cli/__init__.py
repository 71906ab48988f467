"""The command line: the only place that prints, prompts and exits."""

from __future__ import annotations

import gc
import sys

_ALLOCATIONS = (200_000, 20, 1_000)
"""When garbage is looked for. Estates are large, frozen and without cycles: on 10,000 functions the usual thresholds
cost 40 % of the time and free nothing (`benchmarks/run.py`).
"""


def main() -> None:
    """Run the command line. Asking for the version loads nothing else."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from apiece import __version__

        sys.stdout.write(f"apiece {__version__}\n")
        return
    gc.set_threshold(*_ALLOCATIONS)
    from apiece.cli.group import apiece
    from apiece.cli.rim import run

    sys.exit(run(apiece))
