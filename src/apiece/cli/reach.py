"""`apiece reach`."""

from __future__ import annotations

import click

from apiece.cli import options
from apiece.cli.rim import write


@click.command(short_help="Measure how far a function reaches.")
@click.argument("function")
@click.option(
    "-e", "--estate", "targets", multiple=True, required=True, help="Template, folder or snapshot; repeatable."
)
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of a template parameter."
)
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the answer."
)
def reach(function: str, targets: tuple[str, ...], parameters: tuple[str, ...], form: str) -> int:
    """Say what FUNCTION can do, which functions and roles it can take over, and by which requests."""
    from apiece.api.reach import reach as measure
    from apiece.api.read import read_targets
    from apiece.present import reach as text
    from apiece.present.reach_json import render as json

    given = options.config().parameters | options.parameters_of(parameters)
    reading = read_targets(targets, parameters=given, taken_at=options.now())
    found = measure(reading.estate, function)
    outside = reading.estate.outside_source
    shown = json(found, outside) if form == "json" else "\n".join(text.render(one, outside) for one in found)
    write(shown, None, secrets=reading.secrets)
    return 0
