"""How wide a statement's resources are: whether each action it allows is confined to one container.

The definition is that of docs/adr/0007-what-wide-means.md. Every answer comes from searches over the ARN formats
of the catalogue; nothing is read off the text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from apiece.access.arn_format import Choice, Format, formats_of
from apiece.access.execution import Execution
from apiece.access.rights import EXAMPLE_ACCOUNT, InForce, caller
from apiece.access.room import UNLIMITED, Room, parts, widest
from apiece.iam import catalog
from apiece.iam.catalog import Action, ResourceType
from apiece.iam.catalog.domains import CALLED_ON_NOTHING
from apiece.iam.document import Statement, Word
from apiece.iam.pattern import Pattern, PatternBudget, find, fresh_characters, matches, resource
from apiece.iam.solver.rules import has_open_action
from apiece.text import Hole, HoleKind, Symbolic, Text, example, is_open, join

_MOST_ALTERNATIVES = 64
_SECRET_SUFFIX = "-??????"
_LENGTH = 8
_FRIENDLY = ("us-east-1", "444455556666", "another")


class Width(StrEnum):
    """How much a set of resources takes in, the gravest first."""

    ANY = "any"
    """Any container of the type, whatever its name."""
    SEVERAL = "several"
    """Containers whose names share a literal part."""
    ANYWHERE = "anywhere"
    """One name, in any account or any region."""
    FIXED = "fixed"
    """One container."""
    NOTHING = "nothing"
    """No resource of this type."""

    @property
    def rank(self) -> int:
        return list(Width).index(self)


@dataclass(frozen=True, slots=True)
class Reach:
    """What one resource word of one statement reaches for some actions of one resource type.

    `example` is an ARN that it reaches: of another container than any that the policy names, where there is one.
    `open` says that the answer depends on a value that is not known before deployment.
    """

    word: Word
    kind: ResourceType
    actions: tuple[Action, ...]
    width: Width
    example: str | None
    open: bool = False
    undecided: bool = False


def granted_actions(statement: Statement) -> dict[str, Action]:
    """The known actions that a statement is about, by name. Open action words name none."""
    return _granted(statement.actions, statement.not_actions)


def _granted(actions: tuple[Word, ...] | None, not_actions: tuple[Word, ...] | None) -> dict[str, Action]:
    table = catalog.load()
    words = [word.text for word in actions or not_actions or () if isinstance(word.text, str)]
    named = {action.name: action for word in words for action in table.expand(word)}
    if actions is not None:
        return named
    return {action.name: action for action in table.expand("*") if action.name not in named}


def with_open_actions(force: InForce) -> InForce | None:
    """The statement as about all that its open action words may take in; None where none is open."""
    statement = force.statement
    if statement.actions is None or not has_open_action(statement):
        return None
    words = tuple(replace(word, text=widest(word.text)) for word in statement.actions if is_open(word.text))
    return replace(force, statement=replace(statement, actions=words))


def reaches(execution: Execution, force: InForce) -> Iterator[Reach]:
    """Walk what a statement reaches: a row for each resource word and type, none for wildcard-only actions."""
    by_type = _by_type(force.statement.actions, force.statement.not_actions)
    limiting = parts(execution, force)
    for word, without in _words(force.statement):
        for kind, actions in by_type.items():
            for part in limiting:
                group = actions if part.names is None else tuple(one for one in actions if one.name in part.names)
                if group:
                    rooms = tuple(Room((*without, *room.without), room.within) for room in part.rooms)
                    for reach in _reach(word, kind, group, rooms, undecided=part.undecided):
                        yield _at_home(reach, execution)


def _at_home(reach: Reach, execution: Execution) -> Reach:
    """Where an example's account is a stand-in, put the role's own, if the word takes it in too."""
    home = caller(execution).account
    if reach.example is None or home is None or home == EXAMPLE_ACCOUNT:
        return reach
    moved = reach.example.replace(f":{EXAMPLE_ACCOUNT}:", f":{home}:")
    return replace(reach, example=moved) if matches(resource(widest(reach.word.text)), moved) else reach


@lru_cache(maxsize=1024)
def _by_type(
    actions: tuple[Word, ...] | None, not_actions: tuple[Word, ...] | None
) -> dict[ResourceType, tuple[Action, ...]]:
    found: dict[ResourceType, list[Action]] = {}
    for action in _granted(actions, not_actions).values():
        for kind in action.resources if action.name not in CALLED_ON_NOTHING else ():
            found.setdefault(kind, []).append(action)
    return {kind: tuple(group) for kind, group in found.items()}


def _words(statement: Statement) -> Iterator[tuple[Word, tuple[Pattern, ...]]]:
    if statement.resources is not None:
        for word in statement.resources:
            yield word, ()
    elif statement.not_resources:
        excluded = tuple(resource(word.text) for word in statement.not_resources if not is_open(word.text))
        yield Word("*", statement.not_resources[0].span), excluded


# ---- one word against one type ---------------------------------------------------------------------------------------


def _reach(
    word: Word, kind: ResourceType, actions: tuple[Action, ...], rooms: tuple[Room, ...], *, undecided: bool
) -> Iterator[Reach]:
    for format_ in formats_of(kind.arn):
        if format_.container is None or _elsewhere(word.text, format_):
            continue
        if _is_confined(word.text, format_):
            yield Reach(word, kind, actions, Width.FIXED, None)
            continue
        if undecided:
            yield Reach(word, kind, actions, Width.ANY, None, undecided=True)
            continue
        try:
            lower, example = width_of(_lower(word.text), format_, rooms)
            if is_open(word.text):
                upper, _ = width_of(widest(word.text), format_, rooms)
                if upper.rank < lower.rank and upper.rank < Width.FIXED.rank:
                    yield Reach(word, kind, actions, upper, example, open=True)
                    continue
        except PatternBudget:
            yield Reach(word, kind, actions, Width.ANY, None, undecided=True)
            continue
        if lower is not Width.NOTHING:
            yield Reach(word, kind, actions, lower, example)


def _elsewhere(text: Text, format_: Format) -> bool:
    """Tell cheaply that a pattern names another service than the format."""
    head = text if isinstance(text, str) else text.parts[0]
    pieces = head.split(":", 3) if isinstance(head, str) else []
    named = pieces[2] if len(pieces) > 3 else ""  # noqa: PLR2004
    return bool(named and format_.service) and not set(named) & {"*", "?", "$"} and named != format_.service


@lru_cache(maxsize=16384)
def _is_confined(text: Text, format_: Format) -> bool:
    """Tell cheaply that a pattern's literal beginning fixes the container."""
    if is_open(text):
        return False
    prefix = re.split(r"[*?]|\$\{", example(text), maxsplit=1)[0]
    return prefix != "" and format_.confines(prefix)


def _lower(text: Text) -> Text:
    """Take open values for plain names: what is reached then is reached for certain."""
    if not isinstance(text, Symbolic):
        return text
    return join(
        Hole(part.name, HoleKind.NAME, part.stack) if isinstance(part, Hole) and part.kind is HoleKind.ANY else part
        for part in text.parts
    )


@lru_cache(maxsize=16384)
def width_of(text: Text, format_: Format, rooms: tuple[Room, ...] = UNLIMITED) -> tuple[Width, str | None]:
    """Measure what a resource word reaches within one ARN format, with an ARN as example.

    Raises `PatternBudget` where the patterns are too entangled.
    """
    word = resource(_with_secret_suffix(text))
    partition = Choice(text=_partition(text))
    best: tuple[Width, str | None] = (Width.NOTHING, None)
    for room in rooms:
        for place, alternative in enumerate(itertools.product(*room.within)):
            if place == _MOST_ALTERNATIVES:
                raise PatternBudget("too many ways to be below all ceilings")
            measured = _measure((word, *alternative), format_, room.without, partition)
            if measured[0].rank < best[0].rank:
                best = measured
            if best[0] is Width.ANY:
                return best
    return best


def _with_secret_suffix(text: Text) -> Text:
    """Take the six characters that Secrets Manager adds to a name for one text: `??????` names one secret."""
    *before, last = text.parts if isinstance(text, Symbolic) else (text,)
    if not isinstance(last, str) or not last.endswith(_SECRET_SUFFIX) or ":secret:" not in example(text):
        return text
    return join((*before, last.removesuffix(_SECRET_SUFFIX) + "-AbCdEf"))


def _measure(
    positive: tuple[Pattern, ...], format_: Format, negative: tuple[Pattern, ...], partition: Choice
) -> tuple[Width, str | None]:
    fresh = fresh_characters((*positive, *negative))[:2]
    quick = _spelled(format_, {"partition": partition.text or "aws", "container": fresh[0] * _LENGTH})
    if fresh[0].isalnum() and _is_in(quick, positive, negative):
        return Width.ANY, _near(positive, format_, negative) or quick
    shape = format_.pattern(partition=partition)
    first = find((*positive, shape), negative)
    if first is None:
        return Width.NOTHING, None
    parts = format_.parts_of(first)
    name = Choice(text=parts.get("container", ""))
    everywhere = _free(format_, partition, container=name)
    same = _free(
        format_,
        partition,
        container=name,
        region=Choice(text=parts.get("region")),
        account=Choice(text=parts.get("account")),
    )
    if find((*positive, shape), (*negative, same)) is None:
        return Width.FIXED, _friendly(positive, format_, negative, parts) or first
    other = find((*positive, shape), (*negative, everywhere))
    if other is None:
        alone = {"container": parts.get("container", "")}
        return Width.ANYWHERE, _friendly(positive, format_, negative, alone) or first
    unnamed = format_.pattern(partition=partition, container=Choice(only=frozenset(fresh)))
    anything = find((*positive, unnamed), negative)
    if anything is not None:
        return Width.ANY, _near(positive, format_, negative) or anything
    return Width.SEVERAL, _near(positive, format_, negative) or other


def _free(format_: Format, partition: Choice, **chosen: Choice) -> Pattern:
    known = {role: choice for role, choice in chosen.items() if choice.text is not None}
    return format_.pattern(partition=partition, **known)


def _near(positive: tuple[Pattern, ...], format_: Format, negative: tuple[Pattern, ...]) -> str | None:
    """A friendly example in the role's own account, where nobody else must consent, or else in another."""
    own = _friendly(positive, format_, negative, {"account": EXAMPLE_ACCOUNT})
    return own or _friendly(positive, format_, negative, {})


def _friendly(
    positive: tuple[Pattern, ...], format_: Format, negative: tuple[Pattern, ...], fixed: dict[str, str]
) -> str | None:
    """An example with readable names, if the set has one."""
    made = _spelled(format_, fixed)
    return made if _is_in(made, positive, negative) else None


def _spelled(format_: Format, fixed: dict[str, str]) -> str:
    """An ARN of a format, with readable names where none are fixed."""
    region, account, name = _FRIENDLY
    noun = _noun(format_.variables[format_.container]) if format_.container is not None else ""
    texts = {
        "partition": "aws",
        "region": region,
        "account": account,
        "container": f"{name}-{noun}",
        "inside": f"any-{_noun(format_.variables[-1])}",
    }
    return "".join(
        text
        + ((fixed.get(format_.role(index)) or texts[format_.role(index)]) if index < len(format_.variables) else "")
        for index, text in enumerate(format_.texts)
    )


def _is_in(text: str, positive: tuple[Pattern, ...], negative: tuple[Pattern, ...]) -> bool:
    return all(matches(one, text) for one in positive) and not any(matches(one, text) for one in negative)


def _noun(variable: str) -> str:
    return (re.sub(r"(Name|Id)?(With.*)?$", "", variable) or variable).lower()


def _partition(text: Text) -> str:
    """The partition that a pattern names; `aws` where it names none."""
    head = text if isinstance(text, str) else text.parts[0]
    pieces = head.split(":", 2) if isinstance(head, str) else []
    stated = pieces[1] if len(pieces) > 2 else ""  # noqa: PLR2004
    return stated if stated.startswith("aws") and not set(stated) & {"*", "?"} else "aws"
