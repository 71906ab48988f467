"""Write the reference pages from the code: controls, command line, data formats.

python tools/build_docs.py [FOLDER]      # writes docs/reference and docs/schema below FOLDER, by default docs/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import doc_sessions
import msgspec

from apiece.cli.group import apiece
from apiece.controls.control import Control
from apiece.controls.population import described
from apiece.controls.registry import all_controls
from apiece.estate.estate import SCHEMA, Estate
from apiece.present import access_json, answers, json_, reach_json, who_json

ROOT = Path(__file__).resolve().parent.parent
_GENERATED = "<!-- written by tools/build_docs.py; edit the code -->\n\n"


def main() -> None:
    """Write all pages."""
    for name, text in {f"docs/{name}": text for name, text in pages().items()}.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name, text in documents(ROOT).items():
        (ROOT / name).write_text(text)


def pages() -> dict[str, str]:
    """All generated pages by their path below `docs/`."""
    found = {"reference/controls/README.md": _controls(all_controls()), "reference/cli.md": _commands()}
    found |= {f"reference/controls/{control.id}.md": _page(control) for control in all_controls()}
    found["schema/check-1.json"] = _schema(json_.CheckOut, json_.SCHEMA, "The result of `apiece check --format json`.")
    found["schema/snapshot-1.json"] = _schema(Estate, SCHEMA, "What `apiece snapshot` writes.")
    found["schema/reach-1.json"] = _schema(
        reach_json.ReachOut, reach_json.SCHEMA, "The result of `apiece reach --format json`."
    )
    found["schema/who-1.json"] = _schema(who_json.WhoOut, who_json.SCHEMA, "The result of `apiece who --format json`.")
    found["schema/access-1.json"] = _schema(
        access_json.AccessOut, access_json.ACCESS, "The result of `apiece why FUNCTION --format json`."
    )
    found["schema/diff-1.json"] = _schema(
        access_json.DiffOut, access_json.DIFF, "The result of `apiece diff --format json`."
    )
    for name, about in answers.ABOUT.items():
        found[f"schema/{name}-1.json"] = _schema(answers.FORMS[name], f"apiece/{name}/1", about)
    return found


def documents(root: Path) -> dict[str, str]:
    """Written documents with their generated parts renewed: sessions, and tables between markers."""
    parts = {"controls": _table(all_controls()), "criteria": _criteria(all_controls())}
    found = {}
    for path in sorted([root / "README.md", *(root / "docs").rglob("*.md")]):
        text = doc_sessions.refreshed(path.read_text())
        for name, table in parts.items():
            head, mark, rest = text.partition(f"<!-- {name} -->\n")
            if mark:
                text = head + mark + table + rest[rest.index("<!-- end -->") :]
        found[path.relative_to(root).as_posix()] = text
    return found


def _table(controls: tuple[Control, ...]) -> str:
    rows = [
        f"| [`{one.id}`](docs/reference/controls/{one.id}.md) | {', '.join(one.criteria)} | {one.title} |\n"
        for one in controls
    ]
    return "| control | criteria | a finding says |\n|---|---|---|\n" + "".join(rows)


def _criteria(controls: tuple[Control, ...]) -> str:
    served: dict[str, list[str]] = {}
    for one in controls:
        for criterion in one.criteria:
            served.setdefault(criterion.value, []).append(f"[`{one.id}`](reference/controls/{one.id}.md)")
    rows = [f"| {criterion} | {', '.join(served[criterion])} |\n" for criterion in sorted(served)]
    return "| criterion | controls of this version |\n|---|---|\n" + "".join(rows)


def _controls(controls: tuple[Control, ...]) -> str:
    rows = [
        f"| [`{one.id}`]({one.id}.md) | {one.severity.value} | {', '.join(one.criteria)} | {one.title} |"
        for one in controls
    ]
    head = (
        "# Controls\n\nThe severity is the gravest that a finding of the control can have. "
        "Criteria are named by their numbers; their texts are the AICPA's.\n\n"
        "| control | severity | criteria | what a finding says |\n|---|---|---|---|\n"
    )
    return _GENERATED + head + "\n".join(rows) + "\n"


def _page(control: Control) -> str:
    facts = ", ".join(f"`{name}`" for name in control.reads)
    population = described(control)
    title, _, rest = control.doc.partition("\n")
    return (
        f"{_GENERATED}# {control.id}\n\n{title}\n\n"
        f"| | |\n|---|---|\n| severity | {control.severity.value} |\n| criteria | {', '.join(control.criteria)} |\n"
        f"| population | {population.all_of} |\n| listed from | {population.source} |\n"
        f"| frequency | {control.cadence.value} |\n| reads | {facts} |\n\n"
        f"{population.gaps}\n{rest.rstrip()}\n"
    )


def _commands() -> str:
    root = apiece.make_context("apiece", [], resilient_parsing=True, terminal_width=100, max_content_width=100)
    parts = [f"{_GENERATED}# Command line\n\n```text\n{root.get_help()}\n```\n"]
    parts += [f"## {context.command_path}\n\n```text\n{context.get_help()}\n```\n" for context in _contexts(root)]
    return "\n".join(parts)


def _contexts(parent: click.Context) -> Iterator[click.Context]:
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is not None:
            context = click.Context(command, parent, info_name=name, terminal_width=100, max_content_width=100)
            yield context
            yield from _contexts(context)


def _schema(kind: type, name: str, about: str) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        "description": about,
        **msgspec.json.schema(kind),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    main()
