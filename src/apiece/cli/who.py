"""`apiece who`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apiece.cli import options
from apiece.cli.rim import write

if TYPE_CHECKING:
    from apiece.read.reading import Reading


@click.command(short_help="Find every principal that can.")
@click.argument("action")
@click.argument("resource")
@options.of_source
def who(action: str, resource: str, reading: Reading, form: str) -> int:
    """Say who can do ACTION on RESOURCE: an ARN, a pattern, a logical id or a name of the source."""
    from apiece.api.who import who as find
    from apiece.present.who import render as text
    from apiece.present.who_json import render as json

    found = find(reading.estate, action, resource)
    outside = reading.estate.outside_source
    shown = json(found, outside) if form == "json" else text(found, outside)
    write(shown, None, secrets=reading.secrets)
    return 0
