"""Roles that functions run as and no source holds."""

from __future__ import annotations

from collections.abc import Iterator

from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.estate.when import When, both
from apiece.text import Text, show


def missing_roles(estate: Estate) -> Iterator[Gap]:
    """A function whose role is not in the estate has permissions that nobody can see here."""
    known: dict[Text, list[When]] = {}
    for role in estate.roles:
        known.setdefault(role.arn, []).append(role.when)
    for function in estate.functions:
        arn = function.latest.role
        if arn is not None and not any(both(function.when, when) is not None for when in known.get(arn, ())):
            yield Gap(
                subject=function.subject,
                needs="role.policies",
                reason=f"the policies of role `{show(arn)[:160]}` are not in the source",
                hint="check the template that defines the role in the same run, or the live account",
                at=function.latest.places.get("role", function.at),
            )
