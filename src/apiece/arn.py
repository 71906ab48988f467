"""Amazon Resource Names as six segments."""

from __future__ import annotations

from dataclasses import dataclass

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


def try_parse(text: str) -> Arn | None:
    """Split an ARN; None where the text is not one."""
    parts = text.split(":", SEGMENTS - 1)
    return Arn(*parts[1:]) if len(parts) == SEGMENTS and parts[0] == "arn" else None
