"""`apiece iam compare` and its kin: answers about all requests, each with a request that shows it or a proof."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from apiece.cli.rim import write
from apiece.cli.source import read
from apiece.errors import UsageError
from apiece.present.safe import safe

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

    Exit codes: 0 no new access, 1 new access, 2 not readable, 3 unknown; of many cases the first of 2, 1, 3 there is.
    """
    if jsonl or len(sources) < 2:  # noqa: PLR2004 - OLD and NEW
        if len(sources) > 1 or kind or certificate or form != "text":
            raise UsageError("cases say themselves what they are", hint="give one file of cases, or OLD and NEW")
        return _cases(sources[0] if sources else "-", jsonl=jsonl)
    if len(sources) > 2:  # noqa: PLR2004
        raise UsageError("two files are compared, OLD and NEW")
    return _files(sources[0], sources[1], kind=kind, form=form, certificate=certificate)


def _cases(source: str, *, jsonl: bool) -> int:
    from apiece.api.compare import answer, answer_lines, code_of

    text = read(source)
    if jsonl:
        return _lines(answer_lines(text.split("\n")))
    found = answer(text, place=source)
    click.echo(json.dumps(found, indent=2, sort_keys=True))
    return code_of(found)


def _lines(answers: Iterator[tuple[str, int]]) -> int:
    """Write answers as they come. The exit code is the first of 2, 1 and 3 that one of them has."""
    codes = set()
    for line, code in answers:
        click.echo(line)
        codes.add(code)
    return next((code for code in (2, 1, 3) if code in codes), 0)


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


@click.command(short_help="Check a proof of no new access.")
@click.argument("certificate")
@click.argument("old")
@click.argument("new")
@click.option("--kind", type=click.Choice(_KINDS), help="What OLD and NEW are; left out, what they look like.")
def check(certificate: str, old: str, new: str, kind: str | None) -> int:
    """Check that CERTIFICATE proves that NEW allows nothing that OLD does not.

    The checker decides from the policies and the catalogue and shares nothing with the solver; where policies name
    principals, the kinds of callers are the solver's.

    Exit codes: 0 it proves it, 1 it does not, 2 not readable.
    """
    from apiece.api.proof import check_texts
    from apiece.iam.document import PolicyKind
    from apiece.present.asked import proved

    proof, *sides = ((name, read(name)) for name in (certificate, old, new))
    found = check_texts(proof, (sides[0], sides[1]), PolicyKind(kind) if kind else None)
    if found.valid:
        write(proved(old, new, found.taken_single, independent=found.independent), None)
        return 0
    write(f"refused: {safe(found.reason)}\n", None)
    return 1


@click.command(short_help="Make policies smaller and prove that nothing changed.")
@click.argument("source", default="-", metavar="[FILE|-]")
@click.option("--jsonl", is_flag=True, help="One case a line in, one answer a line out, in order.")
@click.option("--kind", type=click.Choice(_KINDS), default="identity", help="What FILE holds.")
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the answer."
)
def minimise(source: str, *, jsonl: bool, kind: str, form: str) -> int:
    """Merge and drop what changes nothing in the policy or list of policies of FILE, and prove that nothing changed.

    The smaller policy is written, and on standard error what was done. With --jsonl FILE holds one case a line: an
    object with `policies` and `kind`. Exit codes: 0, 2 not readable, 3 unknown.
    """
    from apiece.api.minimise import answer_lines, code_of, minimise_text
    from apiece.iam.document import PolicyKind
    from apiece.present.asked import single

    text = read(source)
    if jsonl:
        return _lines(answer_lines(text.split("\n")))
    found = minimise_text(text, source, PolicyKind(kind))
    if form == "json":
        write(json.dumps({"schema": "apiece/minimise/1", **found.spelled()}, indent=2) + "\n", None)
        return code_of(found.spelled())
    for step in found.steps or (f"{found.verdict}: {found.reason or 'every part of it counts'}",):
        click.echo(safe(step), err=True)
    for line in single(found.taken_single):
        click.echo(f"proved {line}", err=True)
    whole = found.policies[0] if text.lstrip().startswith("{") else found.policies
    write(json.dumps(whole, indent=2) + "\n", None)
    return code_of(found.spelled())


@click.command(short_help="Say whom a resource's policy lets in from outside.")
@click.argument("source", default="-", metavar="[FILE|-]")
@click.option("--jsonl", is_flag=True, help="One case a line in, one answer a line out, in order.")
@click.option("--owner", metavar="ACCOUNT", help="The account of the resource.")
@click.option("--known", multiple=True, metavar="ACCOUNT", help="An account that is no stranger; repeatable.")
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "json")), default="text", help="Format of the answer."
)
def public(source: str, *, jsonl: bool, owner: str | None, known: tuple[str, ...], form: str) -> int:
    """Say whom the resource or trust policy in FILE lets in from outside of its account, the widest first.

    With --jsonl FILE holds one case a line: an object with `policy`, `kind`, `owner`, `known`, `rcp` and `unsigned`.

    Exit codes: 0 nobody, 1 somebody, 2 not readable, 3 unknown; of many cases the first of 2, 1, 3 there is.
    """
    from apiece.api.public import answer_lines, code_of, public_text, spelled
    from apiece.iam.exposure import Ground
    from apiece.present.asked import exposed

    text = read(source)
    if jsonl:
        return _lines(answer_lines(text.split("\n")))
    policy, ways = public_text(text, source, Ground(owner=owner, known=known))
    answer = spelled(ways)
    if form == "json":
        write(json.dumps({"schema": "apiece/public/1", **answer}, indent=2) + "\n", None)
    else:
        write(exposed(ways, policy, source), None)
    return code_of(answer)
