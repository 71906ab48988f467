"""Who answers for a function or another subject, and for a control, as `apiece.toml` says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from fnmatch import translate
from functools import cache

import msgspec

from apiece.estate.function import Function, Tag
from apiece.estate.subject import Subject, SubjectKind
from apiece.estate.when import ALWAYS

_STACK_TAG = "aws:cloudformation:stack-name"
"""The tag that CloudFormation gives what it makes."""


class Unsettled(StrEnum):
    """Why it is not known who owns a function."""

    UNREAD = "its tags could not be read"
    OPEN = "its owner tag is not known before deployment"


class Owners(msgspec.Struct, frozen=True, kw_only=True):
    """Rules in the order of the file: by name, then by stack, then by the first of `tags` that a function has.

    Names and stacks are patterns with `*` and `?`. `controls` are pairs of a control's id, or `*`, and its owner.
    """

    names: tuple[tuple[str, str], ...] = ()
    stacks: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    controls: tuple[tuple[str, str], ...] = ()

    @property
    def of_subjects(self) -> bool:
        """Tell whether there is a rule for subjects, and not for controls alone."""
        return bool(self.names or self.stacks or self.tags)

    def of_function(self, function: Function) -> str | Unsettled | None:
        """The owner of a function, None where no rule names one."""
        names = [function.subject.name, *([function.name] if isinstance(function.name, str) else [])]
        deployed = [tag.value for tag in function.tags or () if tag.name == _STACK_TAG and isinstance(tag.value, str)]
        stacks = [*_known(function.subject), *deployed]
        found = _first(self.names, names) or _first(self.stacks, stacks)
        if found is not None or not self.tags:
            return found
        if function.tags is None:
            return Unsettled.UNREAD
        for name in self.tags:
            tags = [tag for tag in function.tags if tag.name == name and tag.value != ""]
            if tags:
                return _value(tags, function)
        return None

    def of_subject(self, subject: Subject) -> str | None:
        """The owner of anything else, by its name or its stack."""
        return _first(self.names, [subject.name]) or _first(self.stacks, _known(subject))


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """The owners of the functions of one estate, and the rules for everything else."""

    rules: Owners
    functions: dict[str, str]

    def owner(self, subject: Subject) -> str | None:
        """Who owns a subject; None where nobody is named, or it is not known."""
        if subject.kind is SubjectKind.FUNCTION:
            return self.functions.get(subject.key)
        return self.rules.of_subject(subject)


def book(rules: Owners, functions: Iterable[Function]) -> Book:
    """Name the owners of functions. A function whose forms have different owners has none that could be named."""
    found: dict[str, set[str | None]] = {}
    for function in functions if rules.of_subjects else ():
        owner = rules.of_function(function)
        found.setdefault(function.subject.key, set()).add(None if isinstance(owner, Unsettled) else owner)
    named = {key: owner for key, (owner, *others) in found.items() if owner is not None and not others}
    return Book(rules=rules, functions=named)


def _value(tags: list[Tag], function: Function) -> str | Unsettled:
    """The value of a tag that a function has for certain."""
    tag, *others = tags
    certain = not others and tag.when in {ALWAYS, function.when}
    return tag.value if certain and isinstance(tag.value, str) else Unsettled.OPEN


def _known(subject: Subject) -> list[str]:
    return [subject.stack] if subject.stack is not None else []


def _first(rules: tuple[tuple[str, str], ...], texts: list[str]) -> str | None:
    """The owner of the first rule that fits any of the texts."""
    if not rules:
        return None
    pattern = _pattern(rules)
    places = [found.lastindex for text in texts if (found := pattern.match(text)) is not None and found.lastindex]
    return rules[min(places) - 1][1] if places else None


@cache
def _pattern(rules: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """All rules as one pattern, of which the group that matched tells the first that fits."""
    return re.compile("|".join(f"({translate(pattern)})" for pattern, _ in rules))
