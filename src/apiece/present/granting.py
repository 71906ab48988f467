"""Answers of the engine as text and as JSON: the request that shows access, its conditions, and what allows it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from msgspec import to_builtins

from apiece.access.asking import Answer, Because
from apiece.access.principals import Principal
from apiece.access.targets import Target
from apiece.estate.provenance import InFile
from apiece.iam.request import Request
from apiece.present.json_ import place
from apiece.present.safe import safe
from apiece.present.where import where

MOST = 12
_WIDTH = 100
Context = Mapping[str, str | tuple[str, ...]]


def because(found: Iterable[Because]) -> str:
    """The statements that allow something, each once: `policy `deploy`, statement Code, template.yaml:31:15`."""
    told: dict[str, None] = {}
    for one in found:
        in_file = next((spot for spot in one.at if isinstance(spot, InFile)), None)
        at = f", {where(in_file)}" if in_file is not None else ""
        owner = {"resource": "the resource's ", "trust": "the role's trust "}.get(one.layer, "")
        policy = f"{owner}policy" if owner else one.policy
        told[f"{policy}, statement {one.statement}{at}"] = None
    return safe("; ".join(told))


def conditions(context: Context) -> str:
    """What must hold: `aws:MultiFactorAuthPresent = true and …`, empty where nothing must."""
    return safe(" and ".join(f"{key} = {_value(value)}" for key, value in sorted(context.items())))


def _value(value: str | tuple[str, ...]) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(value) if value else "(absent)"


def listed(names: Iterable[str], *, most: int = MOST) -> str:
    """Names in a row, and how many more."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return safe(", ".join(every[:most]), most=2_000) + more


def wrapped(names: Iterable[str], *, first: str, then: str, most: int = MOST) -> list[str]:
    """Names in a row, broken where the line ends."""
    return textwrap.wrap(
        listed(names, most=most), _WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
    )


def table(rows: Sequence[tuple[str, ...]], indent: int = 2) -> list[str]:
    """Rows in columns; the last column is as wide as it is."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    padded = ([cell.ljust(width) for cell, width in zip(row, widths, strict=False)] + [row[-1]] for row in rows)
    return [" " * indent + "  ".join(cells).rstrip() for cells in padded]


# ---- JSON ------------------------------------------------------------------------------------------------------------


def spelled_answer(answer: Answer) -> dict[str, object]:
    """One answer as it stands in every JSON output."""
    return {
        "result": answer.result.value,
        "witness": spelled_request(answer.request),
        "allowed_by": [spelled_because(one) for one in answer.because],
        "reason": answer.reason or None,
    }


def spelled_request(request: Request | None) -> dict[str, object] | None:
    """A request as it stands in every JSON output."""
    if request is None:
        return None
    return {
        "principal": request.caller.arn,
        "action": request.action,
        "resource": request.resource,
        "context": {key: value if isinstance(value, str) else list(value) for key, value in request.context.items()},
    }


def spelled_because(one: Because) -> dict[str, object]:
    """One deciding statement with its place."""
    return {
        "layer": one.layer,
        "policy": one.policy,
        "statement": one.statement,
        "at": [to_builtins(place(spot)) for spot in one.at],
    }


def spelled_principal(one: Principal) -> dict[str, object]:
    """A principal with the functions that run as it."""
    return {
        "name": one.name,
        "arn": one.caller.arn,
        "kind": one.subject.kind.value,
        "when": dict(one.when),
        "functions": sorted({function.subject.name for function in one.functions}),
    }


def spelled_target(one: Target) -> dict[str, object]:
    """A thing of the estate."""
    return {"kind": one.subject.kind.value, "name": one.name, "arn": one.arn}
