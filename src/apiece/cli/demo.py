"""`apiece demo`."""

from __future__ import annotations

import os
import sys

import click

from apiece.cli import options
from apiece.cli.rim import progress, write


@click.command(short_help="Check an embedded organisation.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes and everything that was not decided in full.")
def demo(*, verbose: bool) -> int:
    """Plant an organisation of three accounts into an AWS inside this process, read it as a live one, and check it.

    Nothing leaves this machine, and no AWS account is needed. Exits 0: its findings are planted.
    """
    from apiece.api.check import check
    from apiece.api.demo import read_demo
    from apiece.controls.registry import usual_controls
    from apiece.present import text

    reading = read_demo(taken_at=options.now(), told=progress)
    run = check(reading.estate, usual_controls(), today=options.day(None))
    painted = sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    shown = text.render(
        run,
        reading.documents,
        colour=text.Colour.ON if painted else text.Colour.OFF,
        detail=text.Detail.FULL if verbose else text.Detail.SHORT,
    )
    write(shown, None, secrets=reading.secrets)
    return 0
