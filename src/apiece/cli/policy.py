"""`apiece policy`."""

from __future__ import annotations

import click

from apiece.cli.rim import write


@click.command(short_help="Print the read-only policy we need.")
@click.option("--assume-role", metavar="NAME", help="Also allow to take this role in other accounts.")
@click.option("-o", "--output", help="File to write; stdout if left out.")
def policy(assume_role: str | None, output: str | None) -> int:
    """Print the IAM policy that lets apiece read everything it looks at in an account, and nothing else."""
    from apiece.api.policy import reading_policy

    write(reading_policy(assume_role), output)
    return 0
