"""`apiece why`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from apiece.cli import options
from apiece.cli.rim import write
from apiece.errors import UsageError
from apiece.estate.when import show
from apiece.present.safe import safe

if TYPE_CHECKING:
    from apiece.api.why import Explanation
    from apiece.estate.estate import Estate
    from apiece.read.reading import Reading


@click.command(short_help="Say what a function may do, or explain one decision.")
@click.argument("function")
@click.argument("action", required=False)
@click.argument("resource", required=False)
@options.of_source
@click.option("--context", multiple=True, metavar="KEY=VALUE", help="Context key of the request; repeatable.")
def why(
    function: str,
    action: str | None,
    resource: str | None,
    context: tuple[str, ...],
    reading: Reading,
    form: str,
) -> int:
    """Say whether FUNCTION may do ACTION on RESOURCE, and which statements decide.

    Without ACTION and RESOURCE: everything that it may do, by service, access level and resource, all layers counted.
    """
    from apiece.api.why import why as explain

    if action is None:
        if context:
            raise UsageError("`--context` is about one request", hint="give ACTION and RESOURCE too")
        write(_all(reading.estate, function, form), None, secrets=reading.secrets)
        return 0
    if resource is None:
        raise UsageError("an ACTION needs a RESOURCE", hint="write an ARN, or `*` for an action that takes none")
    found = explain(reading.estate, function, action, resource, context=options.parameters_of(context))
    outside = reading.estate.outside_source
    text = _json(found, outside) if form == "json" else "\n".join(_text(one, outside) for one in found)
    write(text, None, secrets=reading.secrets)
    return 0


def _all(estate: Estate, function: str, form: str) -> str:
    from apiece.api.why import everything
    from apiece.present import access_json, rows

    found = everything(estate, function)
    if form == "json":
        return access_json.access(found, estate.outside_source)
    return "\n".join(rows.allowance(one, estate.outside_source) for one in found)


def _text(found: Explanation, outside: tuple[str, ...]) -> str:
    decision = found.decision
    name = found.execution.subject.name
    lines = [
        f"{decision.result.value}: {safe(name)} {safe(found.request.action)} on {safe(found.request.resource)} "
        f"{safe(show(found.execution.when))}".rstrip(),
        f"  {safe(decision.reason)}",
    ]
    for layer in decision.layers:
        lines.append(f"  {layer.layer}: {layer.says.value}")
        for _, statement in layer.statements:
            where = f"  {statement.span}" if statement.span is not None else ""
            lines.append(f"    {statement.effect.value} {safe(statement.name)}{safe(where)}")
    lines += [f"  not read: {safe(gap.reason)}" for gap in found.gaps]
    if outside:
        lines.append(f"  outside this source: {', '.join(outside)}, and the resource's own policy")
    return "\n".join(lines) + "\n"


def _json(found: tuple[Explanation, ...], outside: tuple[str, ...]) -> str:
    from apiece.api.evaluate import spelled

    answers = [
        {
            "function": one.execution.subject.name,
            "when": dict(one.execution.when),
            "action": one.request.action,
            "resource": one.request.resource,
            **spelled(one.decision),
            "gaps": [gap.reason for gap in one.gaps],
        }
        for one in found
    ]
    return json.dumps({"schema": "apiece/why/1", "answers": answers, "outside_source": list(outside)}, indent=2) + "\n"
