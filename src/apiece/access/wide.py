"""How wide a statement's resources are: whether each action it allows is confined to one container.

The definition is that of docs/adr/0007-wide-resource.md. Every answer comes from pattern searches over the ARN formats
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
from apiece.access.rights import EXAMPLE_ACCOUNT, InForce, caller, ceilings, denials
from apiece.iam import catalog
from apiece.iam.catalog import Action, ResourceType
from apiece.iam.catalog.domains import CALLED_ON_NOTHING
from apiece.iam.document import Effect, Policy, Statement, Word
from apiece.iam.pattern import Pattern, PatternBudget, find, fresh_characters, glob, matches, resource
from apiece.text import Hole, HoleKind, Symbolic, Text, example, is_open, join

_MOST_ALTERNATIVES = 64
_SECRET_SUFFIX = "-??????"
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What narrows a statement for one action: patterns that are taken away, and sets of which one must match."""

    without: tuple[Pattern, ...] = ()
    within: tuple[tuple[Pattern, ...], ...] = ()


def granted_actions(statement: Statement) -> dict[str, Action]:
    """The known actions that a statement is about, by name. Open action words name none."""
    table = catalog.load()
    if statement.actions is not None:
        words = [word.text for word in statement.actions if isinstance(word.text, str)]
        return {action.name: action for word in words for action in table.expand(word)}
    excluded = {
        action.name
        for word in statement.not_actions or ()
        if isinstance(word.text, str)
        for action in table.expand(word.text)
    }
    return {action.name: action for action in table.expand("*") if action.name not in excluded}


def reaches(execution: Execution, force: InForce) -> Iterator[Reach]:
    """Walk what a statement reaches: a row for each resource word and type, none for wildcard-only actions."""
    by_type = _by_type(granted_actions(force.statement))
    limiting = denials(execution, force.when)
    bounds = ceilings(execution, force.when)
    for word, without in _words(force.statement):
        for kind, actions in by_type.items():
            for limits, group in _grouped(actions, limiting, bounds):
                merged = Limits((*without, *limits.without), limits.within)
                yield from (_at_home(reach, execution) for reach in _reach(word, kind, group, merged))


def _at_home(reach: Reach, execution: Execution) -> Reach:
    """Where an example's account is a stand-in, put the role's own, if the word takes it in too."""
    home = caller(execution).account
    if reach.example is None or home is None or home == EXAMPLE_ACCOUNT:
        return reach
    moved = reach.example.replace(f":{EXAMPLE_ACCOUNT}:", f":{home}:")
    return replace(reach, example=moved) if matches(resource(_upper(reach.word.text)), moved) else reach


def _by_type(actions: dict[str, Action]) -> dict[ResourceType, tuple[Action, ...]]:
    found: dict[ResourceType, list[Action]] = {}
    for action in actions.values():
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


def _grouped(
    actions: tuple[Action, ...], denied: tuple[tuple[Policy, Statement], ...], bounds: tuple[tuple[Policy, ...], ...]
) -> Iterator[tuple[Limits, tuple[Action, ...]]]:
    """Split actions by what limits them."""
    if not denied and not bounds:
        yield Limits(), actions
        return
    groups: dict[Limits | None, list[Action]] = {}
    for action in actions:
        groups.setdefault(_limits(action, denied, bounds), []).append(action)
    for limits, group in groups.items():
        if limits is not None:
            yield limits, tuple(group)


def _limits(
    action: Action, denied: tuple[tuple[Policy, Statement], ...], bounds: tuple[tuple[Policy, ...], ...]
) -> Limits | None:
    """What is left to an action after unconditional denials and below each ceiling; None where nothing is."""
    without: list[Pattern] = []
    within: list[tuple[Pattern, ...]] = []
    for _, statement in denied:
        if statement.conditions or not names_action(statement, action.name):
            continue  # a conditional Deny leaves the resource reachable under other conditions
        if statement.resources is not None:
            without += [resource(word.text) for word in statement.resources if not is_open(word.text)]
        elif statement.not_resources is not None:
            if any(is_open(word.text) for word in statement.not_resources):
                continue
            within.append(tuple(resource(word.text) for word in statement.not_resources))
    for layer in bounds:
        kept = _bounded(action, layer)
        if not kept:
            return None
        within.append(kept)
    return Limits(tuple(without), tuple(within))


def _bounded(action: Action, bounds: tuple[Policy, ...]) -> tuple[Pattern, ...]:
    found: list[Pattern] = []
    for policy in bounds:
        for statement in policy.statements:
            if statement.effect is Effect.ALLOW and names_action(statement, action.name):
                words = statement.resources or (Word("*"),)
                found += [resource(_upper(word.text)) for word in words]
    return tuple(found)


def names_action(statement: Statement, action: str) -> bool:
    """Tell whether a statement is certainly about an action."""
    words = statement.actions if statement.actions is not None else statement.not_actions or ()
    named = any(isinstance(word.text, str) and matches(_action_pattern(word.text), action.lower()) for word in words)
    return named if statement.actions is not None else not named


@lru_cache(maxsize=8192)
def _action_pattern(text: str) -> Pattern:
    return glob(text, ignore_case=True)


# ---- one word against one type ---------------------------------------------------------------------------------------


def _reach(word: Word, kind: ResourceType, actions: tuple[Action, ...], limits: Limits) -> Iterator[Reach]:
    for format_ in formats_of(kind.arn):
        if format_.container is None or _elsewhere(word.text, format_):
            continue
        if _is_confined(word.text, format_):
            yield Reach(word, kind, actions, Width.FIXED, None)
            continue
        try:
            lower, example = width_of(_lower(word.text), format_, limits)
            if is_open(word.text):
                upper, _ = width_of(_upper(word.text), format_, limits)
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


def _is_confined(text: Text, format_: Format) -> bool:
    """Tell cheaply that a pattern's literal beginning fixes the container."""
    if is_open(text):
        return False
    prefix = re.split(r"[*?]|\$\{", example(text), maxsplit=1)[0]
    return format_.confines(prefix)


def _lower(text: Text) -> Text:
    """Take open values for plain names: what is reached then is reached for certain."""
    if not isinstance(text, Symbolic):
        return text
    return join(
        Hole(part.name, HoleKind.NAME, part.stack) if isinstance(part, Hole) and part.kind is HoleKind.ANY else part
        for part in text.parts
    )


def _upper(text: Text) -> Text:
    """Take open values for `*`: nothing more can be reached."""
    if not isinstance(text, Symbolic):
        return text
    return join("*" if isinstance(part, Hole) and part.kind is HoleKind.ANY else part for part in text.parts)


@lru_cache(maxsize=16384)
def width_of(text: Text, format_: Format, limits: Limits) -> tuple[Width, str | None]:
    """Measure what a resource word reaches within one ARN format, with an ARN as example.

    Raises `PatternBudget` where the patterns are too entangled.
    """
    word = resource(_with_secret_suffix(text))
    partition = Choice(text=_partition(text))
    best: tuple[Width, str | None] = (Width.NOTHING, None)
    for alternative in itertools.islice(itertools.product(*limits.within), _MOST_ALTERNATIVES):
        measured = _measure((word, *alternative), format_, limits.without, partition)
        if measured[0].rank < best[0].rank:
            best = measured
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
    fresh = frozenset(fresh_characters((*positive, *negative))[:2])
    unnamed = format_.pattern(partition=partition, container=Choice(only=fresh))
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
    region, account, name = _FRIENDLY
    noun = _noun(format_.variables[format_.container]) if format_.container is not None else ""
    texts = {
        "partition": "aws",
        "region": region,
        "account": account,
        "container": f"{name}-{noun}",
        "inside": f"any-{_noun(format_.variables[-1])}",
    }
    made = "".join(
        text
        + ((fixed.get(format_.role(index)) or texts[format_.role(index)]) if index < len(format_.variables) else "")
        for index, text in enumerate(format_.texts)
    )
    if all(matches(pattern, made) for pattern in positive) and not any(matches(pattern, made) for pattern in negative):
        return made
    return None


def _noun(variable: str) -> str:
    return (re.sub(r"(Name|Id)?(With.*)?$", "", variable) or variable).lower()


def _partition(text: Text) -> str:
    """The partition that a pattern names; `aws` where it names none."""
    head = text if isinstance(text, str) else text.parts[0]
    pieces = head.split(":", 2) if isinstance(head, str) else []
    stated = pieces[1] if len(pieces) > 2 else ""  # noqa: PLR2004
    return stated if stated.startswith("aws") and not set(stated) & {"*", "?"} else "aws"
