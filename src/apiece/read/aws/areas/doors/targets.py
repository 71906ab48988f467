"""The functions that an integration names, taken from its URI before anything else of the URI is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from apiece.estate.gap import Gap
from apiece.estate.provenance import Provenance
from apiece.estate.subject import Subject

_FUNCTION = re.compile(
    r"arn:aws[a-z-]{0,20}:lambda:[a-z0-9-]{1,40}:[0-9]{12}:function:[A-Za-z0-9_-]{1,140}"
    r"(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
_VARIABLE = "stageVariables"


class Aim(StrEnum):
    """Where an integration leads."""

    FUNCTION = "function"
    OPEN = "open"
    """A stage variable says where: that differs from stage to stage, and such variables may hold secrets."""
    ODD = "odd"
    """It claims to be a function and is spelled like none."""
    ELSEWHERE = "elsewhere"


class Target(msgspec.Struct, frozen=True):
    """What is kept of an integration's URI: the ARN of a function with its version or alias, or why there is none."""

    aim: Aim = Aim.ELSEWHERE
    arn: str | None = None


NOWHERE = Target()


def target_of(uri: object) -> Target:
    """Take the function out of a URI: its ARN, or `…:lambda:path/2015-03-31/functions/ARN/invocations`."""
    if not isinstance(uri, str):
        return NOWHERE
    _, mark, rest = uri.partition("/functions/")
    claimed = bool(mark) and ":lambda:path/" in uri
    named = rest.partition("/")[0] if claimed else uri
    if _FUNCTION.fullmatch(named):
        return Target(Aim.FUNCTION, named)
    lambda_like = claimed or ":lambda:" in uri
    if f"${{{_VARIABLE}." in uri:
        # A whole URI may be a variable: what it leads to may well be a function.
        return Target(Aim.OPEN) if lambda_like or uri.startswith("${") else NOWHERE
    return Target(Aim.ODD) if lambda_like else NOWHERE


def without_uris(raw: dict[str, object], keys: Iterable[str]) -> dict[str, object]:
    """A copy of one integration or authorizer in which the target stands for the URI, under the key `target`."""
    kept = {key: value for key, value in raw.items() if key not in set(keys)}
    uri = next((raw[key] for key in keys if raw.get(key)), None)
    target = target_of(uri)
    return {**kept, "target": {"aim": target.aim.value, "arn": target.arn}}


def items_of(raw: Mapping[str, object], key: str) -> list[dict[str, object]]:
    """The objects of a list in a raw answer; what is none is left to the page's type to refuse."""
    listed = raw.get(key)
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def open_gap(subject: Subject, target: Target, at: Provenance) -> Gap | None:
    """Say that a route's function is not known; None where it is, or where there is none."""
    match target.aim:
        case Aim.OPEN:
            reason = "a stage variable names the function that the route calls"
            return Gap(
                subject=subject,
                needs="route.targets",
                reason=reason,
                hint="name the function in the integration, or look at the variables of each stage",
                at=at,
            )
        case Aim.ODD:
            reason = "the route's integration names a function in a way that cannot be read"
            return Gap(subject=subject, needs="route.targets", reason=reason, at=at)
        case _:
            return None
