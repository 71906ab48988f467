"""Amazon Resource Names as six segments."""

from __future__ import annotations

from dataclasses import dataclass

from apiece.errors import UsageError

SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Arn:
    """`arn:partition:service:region:account:resource`; the resource may hold `:` and `/`."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def parse(text: str) -> Arn:
    """Split an ARN; raises `UsageError` where the text is not one."""
    arn = try_parse(text)
    if arn is None:
        msg = f"`{text[:80]}` is not an ARN"
        raise UsageError(msg, hint="write `arn:partition:service:region:account:resource`")
    return arn


def try_parse(text: str) -> Arn | None:
    """Split an ARN; None where the text is not one."""
    parts = segments(text)
    return Arn(*parts[1:]) if len(parts) == SEGMENTS and parts[0] == "arn" else None


def segments(text: str) -> tuple[str, ...]:
    """Cut a text at its first five colons; an ARN gives six segments, the last may hold more colons."""
    return tuple(text.split(":", SEGMENTS - 1))
