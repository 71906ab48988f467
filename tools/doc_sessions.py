"""Runs the shell sessions in documentation and writes down what they print.

A fenced block behind `<!-- run -->` is a session: its lines that begin with `$ ` are run one after the other, by `sh`,
in a scratch folder that has a copy of `examples/` and lasts for one document. `<!-- run: NAME, NAME -->` keeps only the
paragraphs of the output whose first line holds one of the names, with `…` for what is left out, and the last one.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SESSION = re.compile(r"(<!-- run(?:: (?P<keep>[^\n]*?))? -->\n```console\n)(?P<body>.*?)(?P<end>```\n)", re.DOTALL)
_DAY = "2026-11-24"
_SHIM = """#!/bin/sh
case "$*" in check*--today*) ;; check*) set -- "$@" --today {day} ;; esac
PYTHONPATH="{source}" exec "{python}" -m apiece "$@"
"""


def refreshed(text: str) -> str:
    """The document with the output of its sessions replaced by what they print now."""
    if not _SESSION.search(text):
        return text
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        work = scratch / "work"
        shutil.copytree(ROOT / "examples", work / "examples")
        environment = _environment(scratch / "bin")

        def replayed(match: re.Match[str]) -> str:
            keep = tuple(name.strip() for name in (match["keep"] or "").split(",") if name.strip())
            lines = list(_replayed(match["body"], keep, work, environment))
            return match[1] + "".join(f"{line}\n" for line in lines) + match["end"]

        return _SESSION.sub(replayed, text)


def _replayed(body: str, keep: tuple[str, ...], work: Path, environment: dict[str, str]) -> Iterator[str]:
    for command in (line for line in body.splitlines() if line.startswith("$ ")):
        done = subprocess.run(  # noqa: S603 (our own documents)
            ("/bin/sh", "-c", command[2:]), cwd=work, env=environment, capture_output=True, text=True, check=False
        )
        yield command
        printed = (done.stdout + done.stderr).rstrip("\n")
        if printed:
            yield from (_kept(printed, keep) if keep else printed).splitlines()


def _kept(printed: str, keep: tuple[str, ...]) -> str:
    paragraphs = printed.split("\n\n")
    shown: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        if number == len(paragraphs) - 1 or any(name in paragraph.partition("\n")[0] for name in keep):
            shown.append(paragraph)
        elif not shown or shown[-1] != "…":
            shown.append("…")
    return "\n\n".join(shown)


def _environment(folder: Path) -> dict[str, str]:
    """An environment whose `apiece` is the one of this repository, judging on a fixed day."""
    folder.mkdir()
    shim = folder / "apiece"
    shim.write_text(_SHIM.format(source=ROOT / "src", python=sys.executable, day=_DAY))
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin", "LC_ALL": "C.UTF-8"}
