"""`apiece who`."""

from __future__ import annotations

import click

from apiece.cli import options
from apiece.cli.rim import write


@click.command(short_help="Find every principal that can.")
@click.argument("action")
@click.argument("resource")
@click.option(
    "-e", "--estate", "targets", multiple=True, required=True, help="Template, folder or snapshot; repeatable."
)
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of a template parameter."
)
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the answer."
)
def who(action: str, resource: str, targets: tuple[str, ...], parameters: tuple[str, ...], form: str) -> int:
    """Say who can do ACTION on RESOURCE: an ARN, a pattern, a logical id or a name of the source."""
    from apiece.api.read import read_targets
    from apiece.api.who import who as find
    from apiece.present.who import render as text
    from apiece.present.who_json import render as json

    given = options.config().parameters | options.parameters_of(parameters)
    reading = read_targets(targets, parameters=given, taken_at=options.now())
    found = find(reading.estate, action, resource)
    outside = reading.estate.outside_source
    shown = json(found, outside) if form == "json" else text(found, outside)
    write(shown, None, secrets=reading.secrets)
    return 0
