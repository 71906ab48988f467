"""`apiece iam compare` and its kin: answers about all requests, each with a request that shows it or a proof."""

from __future__ import annotations

import json

import click

from apiece.cli.rim import write
from apiece.cli.source import read
from apiece.errors import UsageError

_KINDS = ("identity", "resource", "trust", "scp")


@click.command(short_help="Say whether new policies allow more than old ones.")
@click.argument("sources", nargs=-1, metavar="[OLD NEW | FILE|-]")
@click.option("--jsonl", is_flag=True, help="One case a line in, one answer a line out, in order.")
@click.option("--kind", type=click.Choice(_KINDS), help="What OLD and NEW are; left out, what they look like.")
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the answer."
)
@click.option("--certificate", metavar="FILE", help="Write the proof of `no new access` here.")
def compare(sources: tuple[str, ...], *, jsonl: bool, kind: str | None, form: str, certificate: str | None) -> int:
    """Say whether NEW allows a request that OLD does not, and show one; or prove that it does not.

    OLD and NEW are JSON files with a policy or a list of policies. One FILE holds cases instead: objects with `old`,
    `new` and `kind` (identity, resource, trust or scp); with --jsonl one a line.

    Exit codes: 0 no new access, 1 new access, 2 not readable, 3 unknown. Of many cases the first of 2, 1, 3 that occurs.
    """
    if jsonl or len(sources) < 2:  # noqa: PLR2004 - OLD and NEW
        if len(sources) > 1 or kind or certificate or form != "text":
            raise UsageError("cases say themselves what they are", hint="give one file of cases, or OLD and NEW")
        return _cases(sources[0] if sources else "-", jsonl=jsonl)
    if len(sources) > 2:  # noqa: PLR2004
        raise UsageError("two files are compared, OLD and NEW")
    return _files(sources[0], sources[1], kind=kind, form=form, certificate=certificate)


def _cases(source: str, *, jsonl: bool) -> int:
    from apiece.api.compare import answer, answer_lines, code_of, worst

    text = read(source)
    if not jsonl:
        found = answer(text, place=source)
        click.echo(json.dumps(found, indent=2, sort_keys=True))
        return code_of(found)
    codes = set()
    for line, code in answer_lines(text.split("\n")):
        click.echo(line)
        codes.add(code)
    return worst(codes)


def _files(old: str, new: str, *, kind: str | None, form: str, certificate: str | None) -> int:
    from apiece.api.compare import code_of, compare_texts, spelled
    from apiece.iam.document import PolicyKind
    from apiece.present.asked import compared

    found = compare_texts((old, read(old)), (new, read(new)), PolicyKind(kind) if kind else None)
    answer = spelled(found.comparison)
    proof = answer["certificate"]
    if certificate is not None and proof is not None:
        write(json.dumps(proof, indent=1) + "\n", certificate)
    if form == "json":
        write(json.dumps({"schema": "apiece/compare/1", **answer}, indent=2) + "\n", None)
    else:
        write(compared(found.comparison, found.statements, old, new), None)
    return code_of(answer)
