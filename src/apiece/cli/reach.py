"""`apiece reach`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apiece.cli import options
from apiece.cli.rim import write

if TYPE_CHECKING:
    from apiece.read.reading import Reading


@click.command(short_help="Measure how far a function reaches.")
@click.argument("function")
@options.of_source
def reach(function: str, reading: Reading, form: str) -> int:
    """Say what FUNCTION can do, which functions and roles it can take over, and by which requests."""
    from apiece.api.reach import reach as measure
    from apiece.present import reach as text
    from apiece.present.reach_json import render as json

    found = measure(reading.estate, function)
    outside = reading.estate.outside_source
    shown = json(found, outside) if form == "json" else "\n".join(text.render(one, outside) for one in found)
    write(shown, None, secrets=reading.secrets)
    return 0
