"""`apiece iam`: the policy engine on plain JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click

from apiece.cli.prove import check, compare, minimise, public
from apiece.cli.source import read
from apiece.errors import UsageError


@click.group(short_help="The policy engine on plain JSON.")
def iam() -> None:
    """The policy engine on plain JSON, for people and pipelines."""


@iam.command(short_help="Decide requests.")
@click.argument("source", default="-", metavar="[FILE|-]")
@click.option("--jsonl", is_flag=True, help="One case a line in, one answer a line out, in order.")
def evaluate(source: str, *, jsonl: bool) -> int:
    """Decide requests with the reference evaluator.

    A case holds `request` and the layers that apply: `identity`, `boundary`, `session`, `resource_policy`, `scp`,
    `rcp`, `endpoint`, `trust`. A case that cannot be read is answered with `unknown` and an `error`, and the exit code
    is 2.
    """
    from apiece.api.evaluate import answer, answer_lines

    text = read(source)
    if not jsonl:
        result = answer(text, place=source)
        click.echo(json.dumps(result, indent=2, sort_keys=True))
        return 2 if "error" in result else 0
    failed = False
    for line in answer_lines(text.split("\n")):
        failed = failed or "error" in json.loads(line)
        click.echo(line)
    return 2 if failed else 0


@iam.command(short_help="List the actions that patterns match.")
@click.argument("sources", nargs=-1, required=True, metavar="PATTERN|FILE...")
@click.option("-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the list.")
def expand(sources: tuple[str, ...], form: str) -> None:
    """List the known actions that action patterns match, or that the Allow statements of a policy file are about."""
    from apiece.access.wide import granted_actions
    from apiece.iam import catalog
    from apiece.iam.document import Effect, PolicyKind, parse_json

    found: dict[str, catalog.Action] = {}
    for source in sources:
        if Path(source).is_file() or source == "-":
            policy = parse_json(read(source), PolicyKind.IDENTITY, source)
            for statement in policy.statements:
                if statement.effect is Effect.ALLOW:
                    found |= granted_actions(statement)
        elif ":" in source or source == "*":
            found |= {action.name: action for action in catalog.load().expand(source)}
        else:
            message = f"`{source[:80]}` is neither a file nor an action pattern"
            raise UsageError(message, hint="write `service:Name`, for example `s3:Get*`")
    actions = [found[name] for name in sorted(found)]
    if form == "json":
        listed = [
            {"action": one.name, "access_level": one.access_level, "resources": [kind.name for kind in one.resources]}
            for one in actions
        ]
        click.echo(json.dumps({"schema": "apiece/expand/1", "actions": listed}, indent=2))
        return
    for one in actions:
        click.echo(one.name)


for _command in (compare, check, minimise, public):
    iam.add_command(_command)
