"""`apiece diff`."""

from __future__ import annotations

import click

from apiece.cli import options
from apiece.cli.rim import progress, write


@click.command(short_help="Show access gained and lost.")
@click.argument("old")
@click.argument("new")
@options.parameter
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown")),
    default="text",
    help="Format of the result.",
)
@click.option("-o", "--output", help="File to write; stdout if left out.")
def diff(old: str, new: str, parameters: tuple[str, ...], form: str, output: str | None) -> int:
    """Show what functions may do in NEW that they may not in OLD, each with a request that shows it, and what is lost.

    OLD and NEW are templates, folders of templates, snapshots or policies. Everything that a new function may do counts
    as gained.

    Exit codes: 0 nothing gained, 1 something gained, 2 usage or unreadable input, 3 not known.
    """
    from apiece.api.diff import diff as compare
    from apiece.api.diff import exit_code

    given = options.config().parameters | options.parameters_of(parameters)
    progress(f"reading {old} and {new}")
    found = compare(old, new, parameters=given, taken_at=options.now())
    match form:
        case "json":
            from apiece.present.access_json import diff as written

            text = written(found.difference, old, new)
        case "markdown":
            from apiece.present import markdown

            text = markdown.difference(found.difference)
        case _:
            from apiece.present import rows

            text = rows.difference(found.difference, old, new)
    write(text, output, secrets=found.secrets)
    return exit_code(found.difference)
