"""The command group; each command's module is imported when the command is used."""

from __future__ import annotations

import importlib

import click

from apiece import __version__

_COMMANDS = {
    "check": ("apiece.cli.check", "check", "Evaluate controls on templates, folders, snapshots or a policy."),
    "why": ("apiece.cli.why", "why", "Say what a function may do, or explain one decision."),
    "who": ("apiece.cli.who", "who", "Find every principal that can do something."),
    "reach": ("apiece.cli.reach", "reach", "Measure how far a function reaches, and whom it can become."),
    "diff": ("apiece.cli.diff", "diff", "Show access that a change gains and loses."),
    "snapshot": ("apiece.cli.snapshot", "snapshot", "Write everything that was read as one canonical JSON file."),
    "demo": ("apiece.cli.demo", "demo", "Check an embedded organisation: no AWS account, no network."),
    "policy": ("apiece.cli.policy", "policy", "Print the read-only IAM policy that reading an account needs."),
    "controls": ("apiece.cli.controls", "controls", "List the controls."),
    "explain": ("apiece.cli.controls", "explain", "Explain a control."),
    "catalog": ("apiece.cli.controls", "show_catalog", "Show versions and digests of the built-in data."),
    "iam": ("apiece.cli.iam", "iam", "The policy engine on plain JSON."),
}


class _Lazy(click.Group):
    """Knows the commands' names and summaries without importing them."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        entry = _COMMANDS.get(name)
        if entry is None:
            return None
        module, attribute, _ = entry
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, _COMMANDS, n=1)
            hint = f", did you mean `{near[0]}`?" if near else ""
            ctx.fail(f"no command is called `{name[:60]}`{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="apiece %(version)s")
def apiece() -> None:
    """SOC 2 access control for AWS Lambda: a role apiece, surgical policies, and proof."""
