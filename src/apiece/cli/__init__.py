"""The command line: the only place that prints, prompts and exits."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Asking for the version loads nothing else."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from apiece import __version__

        sys.stdout.write(f"apiece {__version__}\n")
        return
    from apiece.cli.group import apiece
    from apiece.cli.rim import run

    sys.exit(run(apiece))
