"""Published versions of a function that something still calls, and how."""

from __future__ import annotations

from apiece.estate.function import Function, Version
from apiece.iam.document import Effect
from apiece.iam.pattern import matches, resource
from apiece.text import example, is_open


def reachable_versions(function: Function) -> dict[str, tuple[Version, str]]:
    """Versions with a configuration of their own, by name, with what reaches them: an alias, a source, a permission."""
    found: dict[str, tuple[Version, str]] = {}
    for version in function.versions:
        how = _how(function, example(version.name)) if version.configuration is not None else None
        if how is not None:
            found[example(version.name)] = (version, how)
    return found


def _how(function: Function, version: str) -> str | None:
    for alias in function.aliases:
        if example(alias.version) == version:
            return f"through alias `{example(alias.name)}`"
    for source in function.event_sources:
        if source.qualifier is not None and example(source.qualifier) == version:
            return "through an event source"
    for attached in function.policies:
        for statement in attached.document.statements if attached.document is not None else ():
            words = statement.resources if statement.effect is Effect.ALLOW else None
            qualified = f"{example(function.arn)}:{version}"
            if any(not is_open(word.text) and matches(resource(word.text), qualified) for word in words or ()):
                return "through a permission"
    return None
