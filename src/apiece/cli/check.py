"""`apiece check`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apiece.cli import options
from apiece.cli.rim import progress, write
from apiece.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt

    from apiece.api.read import Live
    from apiece.controls.control import Control
    from apiece.read.reading import Reading
    from apiece.records.run import CheckRun
    from apiece.records.waiver import Waiver

_FORMATS = ("text", "concise", "json", "sarif")
_WAIVERS = "apiece-waivers.toml"


@click.command(short_help="Evaluate controls.")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option(
    "-f", "--format", "formats", multiple=True, type=click.Choice(_FORMATS), help="Format of a result; repeatable."
)
@click.option(
    "-o", "--output", "outputs", multiple=True, help="File for the format given at the same position; `-` is stdout."
)
@click.option("--control", "chosen", multiple=True, help="Run only this control; repeatable.")
@click.option("--also", multiple=True, help="Run this control beside the usual ones; repeatable.")
@click.option("--skip", multiple=True, help="Do not run this control; repeatable.")
@click.option(
    "--fail-on",
    type=click.Choice(options.FAIL_ON),
    help="Exit 1 from this severity on.  [default: error]",
)
@click.option("--allow-gaps", is_flag=True, help="Exit 0 although something could not be decided.")
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of a template parameter, or of `AWS::AccountId` and `AWS::Region`; `FILE:NAME=VALUE` for one template.",
)
@click.option("--waivers", help=f"File with waivers.  [default: {_WAIVERS} if there is one]")
@click.option("--today", help="Judge dated rules on this day (`2026-01-31`).")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colour in text.")
@options.live
@click.option("--all", "whole", is_flag=True, help="Show each finding, however many there are.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes and everything that was not decided in full.")
def check(  # noqa: PLR0913 - one parameter an option
    targets: tuple[str, ...],
    formats: tuple[str, ...],
    outputs: tuple[str, ...],
    chosen: tuple[str, ...],
    also: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str | None,
    *,
    allow_gaps: bool,
    parameters: tuple[str, ...],
    waivers: str | None,
    today: str | None,
    color: str,
    whole: bool,
    verbose: bool,
    live: Live,
) -> int:
    """Evaluate controls on TARGETs: template files, folders of templates, a snapshot, a policy, or `-`.

    Files stand for an account too: what `aws iam get-account-authorization-details` prints, what AWS Config delivers.
    `aws:` reads the account of your AWS credentials, `aws:PROFILE/us-east-1,eu-west-1` that of a profile, there.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or unreadable input, 3 something at or above
    --fail-on could not be decided, 70 a bug.
    """
    from apiece.api.check import FailOn, Gaps, exit_code
    from apiece.api.check import check as check_estate
    from apiece.api.read import read_targets

    settings = options.config()
    moment = options.day(today)
    controls = _controls(chosen or settings.control, also or settings.also, skip or settings.skip)
    progress(f"reading {', '.join(targets)}")
    stated = options.parameters_of(parameters)
    reading = read_targets(targets, parameters=settings.parameters | stated, taken_at=options.now(), live=live)
    options.refuse_unknown(stated, reading.parameters)
    progress(f"checking {len(reading.estate.functions)} functions against {len(controls)} controls")
    accepted = _waivers(waivers or settings.waivers, moment)
    run = check_estate(
        reading.estate,
        controls,
        waivers=accepted,
        today=moment,
        owners=settings.owners,
        deployers=settings.deployers,
    )
    detail = "full" if verbose else "all" if whole else "short"
    for number, form in enumerate(formats or ("text",)):
        target = outputs[number] if number < len(outputs) else None
        write(
            _rendered(form, run, reading, controls, color=color, detail=detail, target=target),
            target,
            secrets=reading.secrets,
        )
    return exit_code(
        run,
        fail_on=FailOn(fail_on or settings.fail_on or "error"),
        gaps=Gaps.ALLOW if allow_gaps or settings.allow_gaps else Gaps.COUNT,
    )


def _controls(chosen: tuple[str, ...], also: tuple[str, ...], skip: tuple[str, ...]) -> tuple[Control, ...]:
    from apiece.controls.registry import control_named, usual_controls

    left_out = {control_named(name).id for name in skip}
    usual = chosen or tuple(control.id for control in usual_controls())
    controls = (control_named(name) for name in dict.fromkeys((*usual, *also)))
    return tuple(control for control in controls if control.id not in left_out)


def _waivers(name: str | None, today: dt.date) -> tuple[Waiver, ...]:
    from apiece.api.waivers import read_waivers
    from apiece.controls.registry import all_controls

    path = Path(name or _WAIVERS)
    if not path.is_file():
        if name is not None:
            message = f"no such file: `{name[:200]}`"
            raise UsageError(message)
        return ()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read `{path.as_posix()[:200]}`"
        raise UsageError(message) from error
    known = [control.id for control in all_controls()]
    return read_waivers(text, path.as_posix(), controls=known, today=today)


def _rendered(
    form: str,
    run: CheckRun,
    reading: Reading,
    controls: tuple[Control, ...],
    *,
    color: str,
    detail: str,
    target: str | None,
) -> str:
    match form:
        case "json":
            from apiece.present import json_

            return json_.render(run)
        case "sarif":
            from apiece import __version__
            from apiece.present import sarif

            return sarif.render(run, controls, version=__version__)
        case "concise":
            from apiece.present import concise

            return concise.render(run)
        case _:
            from apiece.present import text

            terminal = (
                target is None and sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
            )
            painted = color == "always" or (color == "auto" and terminal)
            return text.render(
                run,
                reading.documents,
                colour=text.Colour.ON if painted else text.Colour.OFF,
                detail=text.Detail(detail),
            )
