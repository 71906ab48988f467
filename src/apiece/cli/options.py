"""What several commands share: parameters, configuration, the moment."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click

from apiece.api.read import Live
from apiece.cli.owners import owners_of
from apiece.cli.rim import tick
from apiece.errors import ConfigError, UsageError
from apiece.present.safe import safe
from apiece.records.owners import Owners
from apiece.span import Span

_KEYS = ("fail-on", "allow-gaps", "skip", "also", "control", "waivers", "parameters", "owners", "deployers")
FAIL_ON = ("error", "warning", "note", "never")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings from `apiece.toml` or `[tool.apiece]` of `pyproject.toml`. A flag on the command line wins."""

    fail_on: str | None = None
    allow_gaps: bool = False
    skip: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    waivers: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    owners: Owners | None = None
    deployers: tuple[str, ...] | None = None
    """ARN patterns of those who are meant to deploy; None where that is not said."""


def live(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options for live accounts, as `live`."""
    role = click.option("--assume-role", metavar="NAME", help="Read every account of the organisation with this role.")
    accounts = click.option("--account", multiple=True, metavar="ID", help="With --assume-role: only this account.")
    resume = click.option(
        "--resume", metavar="FOLDER", help="Keep answers here while reading, and go on from those of a stopped read."
    )

    @functools.wraps(command)
    def with_live(assume_role: str | None, account: tuple[str, ...], resume: str | None, **given: object) -> int:
        if account and assume_role is None:
            raise UsageError("`--account` says where to take a role", hint="name it: `--assume-role NAME`")
        folder = Path(resume) if resume is not None else None
        told = Live(role=assume_role, accounts=account, resume=folder, told=lambda calls: tick(f"{calls} calls sent"))
        try:
            return command(live=told, **given)
        except KeyboardInterrupt as error:
            click.echo(f"\n{_how_to_go_on(folder)}", err=True)
            raise click.Abort from error

    return role(accounts(resume(with_live)))


def of_source(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command that answers about a source its options: the `reading` of it, and the `form` of the answer."""
    estate = click.option(
        "-e", "--estate", "targets", multiple=True, required=True, help="Template, folder or snapshot; repeatable."
    )
    form = click.option(
        "-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the answer."
    )

    @functools.wraps(command)
    def with_source(targets: tuple[str, ...], parameters: tuple[str, ...], **given: object) -> int:
        from apiece.api.read import read_targets

        reading = read_targets(targets, parameters=config().parameters | parameters_of(parameters), taken_at=now())
        return command(reading=reading, **given)

    return estate(parameter(form(with_source)))


def parameter(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the values of template parameters, as `parameters`."""
    return click.option(
        "-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of a template parameter."
    )(command)


def _how_to_go_on(folder: Path | None) -> str:
    if folder is None:
        return "nothing was kept; with `--resume FOLDER` a stopped read of an account can go on later"
    return f"what was read is kept in `{safe(str(folder))}`: run the same command again to go on"


def parameters_of(pairs: Iterable[str]) -> dict[str, str]:
    """Read `NAME=VALUE` pairs."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            message = f"a parameter is written `NAME=VALUE`, not `{name[:60]}`"
            raise UsageError(message)
        found[name] = value
    return found


def refuse_unknown(parameters: Iterable[str], known: frozenset[str]) -> None:
    """A name given on the command line that no template takes is a mistake; `FILE:NAME` counts by its NAME."""
    for parameter in parameters:
        name = parameter if parameter.startswith("AWS::") else parameter.rpartition(":")[2]
        if name not in known and not name.startswith("AWS::"):
            near = difflib.get_close_matches(name, known, n=1)
            message = f"no template has a parameter `{name[:60]}`"
            raise UsageError(message, hint=f"did you mean `{near[0]}`?" if near else None)


def now() -> str:
    """The moment in UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(text: str | None) -> dt.date:
    """A day given as text, else today in UTC."""
    if text is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        message = f"a day is written `2026-01-31`, not `{text[:40]}`"
        raise UsageError(message) from error


def config() -> Config:
    """Read the settings of the current folder."""
    for name, route in (("apiece.toml", ()), ("pyproject.toml", ("tool", "apiece"))):
        path = Path(name)
        if not path.is_file():
            continue
        try:
            table: object = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            if route:
                continue
            message = f"`{name}` is not valid TOML"
            raise ConfigError(message, span=Span(name, 1, 1, 1, 1)) from error
        for key in route:
            table = table.get(key) if isinstance(table, dict) else None
        if isinstance(table, dict):
            return _config(table, name)
    return Config()


def _config(table: dict[str, object], file: str) -> Config:
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    for key in table:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            line = next((number for number, text in enumerate(lines, 1) if text.strip().startswith(key)), 1)
            message = f"`{key[:60]}` is not a setting"
            hint = f"did you mean `{near[0]}`?" if near else "settings are " + ", ".join(_KEYS)
            raise ConfigError(message, span=Span(file, line, 1, line, 1), hint=hint)
    fail_on = _text(table.get("fail-on"), "fail-on", file)
    if fail_on is not None and fail_on not in FAIL_ON:
        raise _refused("`fail-on` must be one of " + ", ".join(FAIL_ON), file)
    allow_gaps = table.get("allow-gaps", False)
    if not isinstance(allow_gaps, bool):
        raise _refused("`allow-gaps` must be `true` or `false`", file)
    return Config(
        fail_on=fail_on,
        allow_gaps=allow_gaps,
        skip=_texts(table.get("skip"), "skip", file),
        also=_texts(table.get("also"), "also", file),
        control=_texts(table.get("control"), "control", file),
        waivers=_text(table.get("waivers"), "waivers", file),
        parameters=_parameters(table.get("parameters", {}), file),
        owners=owners_of(table.get("owners"), file),
        deployers=_deployers(table.get("deployers"), file),
    )


def _text(value: object, key: str, file: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _refused(f"`{key}` must be a text", file)


def _texts(value: object, key: str, file: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _refused(f"`{key}` must be a list of texts", file)


def _parameters(value: object, file: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str | int | float) for item in value.values()):
        raise _refused("`parameters` must be a table of texts, numbers and booleans", file)
    return {str(name): str(item).lower() if isinstance(item, bool) else str(item) for name, item in value.items()}


def _deployers(value: object, file: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"arns"}:
        raise _refused("`deployers` must be a table with `arns`, a list of ARN patterns", file)
    found = _texts(value["arns"], "arns", file)
    for one in found:
        if not one.startswith("arn:"):
            message = f"a deployer is written as an ARN or a pattern of ARNs, not `{one[:80]}`"
            raise _refused(message, file)
    return found


def _refused(message: str, file: str) -> ConfigError:
    return ConfigError(message, span=Span(file, 1, 1, 1, 1))
