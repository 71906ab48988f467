"""`apiece snapshot`."""

from __future__ import annotations

import click

from apiece.api.read import Live
from apiece.cli import options
from apiece.cli.rim import write
from apiece.present.safe import inert


@click.command(short_help="Write a snapshot.")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("-o", "--output", help="File to write; stdout if left out.")
@options.parameter
@options.live
def snapshot(targets: tuple[str, ...], output: str | None, parameters: tuple[str, ...], live: Live) -> int:
    """Write everything that was read from TARGETs as one canonical JSON file, with secrets sealed."""
    from apiece.api.read import read_targets
    from apiece.estate import snapshot as snapshots

    stated = options.parameters_of(parameters)
    reading = read_targets(targets, parameters=options.config().parameters | stated, taken_at=options.now(), live=live)
    options.refuse_unknown(stated, reading.parameters)
    write(inert(snapshots.dump(reading.estate).decode()) + "\n", output, secrets=reading.secrets)
    click.echo(snapshots.digest(reading.estate), err=True)
    return 0
