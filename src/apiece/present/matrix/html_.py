"""The matrix as one page that needs nothing else: no script, nothing fetched, light and dark, fit to print."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable

from apiece.present.matrix import cells
from apiece.present.matrix.words import ABOUT
from apiece.records.matrix import Matrix, MatrixRow

_CODE = re.compile(r"`([^`]+)`")
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#c9d1d9;--soft:#f3f5f7;--quiet:#4d5661;--link:#0b57a4}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#14171a;--line:#3a4149;--soft:#1e2328;--quiet:#a9b2bc;
--link:#7ab8ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2.5rem 0 .5rem}h3{font-size:1.05rem;margin:0;
font-family:ui-monospace,monospace}
a{color:var(--link)}code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}
p{max-width:46rem}.quiet{color:var(--quiet)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border:1px solid var(--line);padding:.4rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--soft)}
article{border-top:1px solid var(--line);padding:1rem 0}
dl{display:grid;grid-template-columns:9rem 1fr;gap:.35rem 1rem;margin:.6rem 0 0}
dt{color:var(--quiet)}dd{margin:0;max-width:52rem}
@media (max-width:40rem){dl{grid-template-columns:1fr}dt{margin-top:.4rem}}
@media print{@page{size:A4;margin:14mm}:root{color-scheme:light;--ink:#000;--paper:#fff;--line:#999;--soft:#eee;
--quiet:#333;--link:#000}body{max-width:none;padding:0;font-size:9.5pt}thead{display:table-header-group}
tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}a{text-decoration:none}}
"""


def render(matrix: Matrix) -> str:
    """Write the page."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    about = "".join(f"<p>{_text(one)}</p>\n" for one in ABOUT)
    controls = "".join(_control(row) for row in matrix.controls)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Control matrix</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        "<h1>Control matrix</h1>\n"
        f'<p class="quiet">SOC 2 access control of AWS Lambda. apiece {_text(matrix.version)}, '
        f"{len(matrix.controls)} controls.</p>\n{about}"
        f"<h2>Criteria</h2>\n{_table(cells.CRITERIA_COLUMNS, cells.criteria(matrix), matrix)}"
        f"<h2>Controls</h2>\n{controls}</main>\n</body>\n</html>\n"
    )


def _control(row: MatrixRow) -> str:
    facts = (
        ("Criteria", ", ".join(row.criteria)),
        ("Severity", row.severity),
        ("Objective", row.objective),
        ("Test procedure", row.procedure),
        ("Frequency", row.frequency),
        ("Owner", row.owner),
        ("Population", row.population),
        ("Listed from", row.source),
        ("Remedy", row.remedy),
    )
    listed = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>\n" for name, value in facts)
    name = html.escape(row.id)
    return f'<article id="{name}">\n<h3>{name}</h3>\n<div>{_text(row.title)}</div>\n<dl>\n{listed}</dl>\n</article>\n'


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], matrix: Matrix) -> str:
    known = {row.id for row in matrix.controls}
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>'
        + "".join(f"<td>{_linked(cell, known)}</td>" for cell in row[1:])
        + "</tr>\n"
        for row in rows
    )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Criteria">\n<table>\n'
        f"<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def _linked(cell: str, known: set[str]) -> str:
    """A list of control ids as links, any other text as it is."""
    words = cell.split(", ")
    if set(words) <= known:
        return ", ".join(f'<a href="#{html.escape(word)}">{html.escape(word)}</a>' for word in words)
    return _text(cell)


def _text(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", html.escape(text)).replace("\n", "<br>")
