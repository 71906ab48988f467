"""Does one set of identity policies allow anything that another does not? Asked of z3, as an oracle for the solver.

The world is that of docs/adr/0014-exact-solver.md; the encoding is written from spec/evaluation.md and shares the
document model and the catalogue with the program, and nothing else. Actions that no statement tells apart are asked
about once, together with all their ARN formats.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import z3
from world import DERIVED, STAR, domains, head_of, is_of_format, sample
from z3_conditions import Key
from z3_texts import (
    Formula,
    NotEncodable,
    Term,
    Wild,
    arn_format,
    every,
    is_everything,
    no,
    resource,
    segments_of,
    some,
    text_of,
    tokens_of,
)

from apiece.iam import catalog
from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, Word

_MANY_FORMATS = 8
"""From here on it pays to ask first without formats: what no resource satisfies, none of a format does."""
__all__ = ["Answer", "Found", "Model", "NotEncodable", "compare"]


class Found(StrEnum):
    SAT = "sat"
    """The new policies surely allow a request that the old surely do not."""
    UNSAT = "unsat"
    UNKNOWN = "unknown"
    """z3 gave up, or its time was over."""


@dataclass(frozen=True)
class Model:
    """A request, by its parts; keys without values are absent."""

    action: str
    resource: str
    context: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Answer:
    """What z3 found, and the CPU seconds of encoding and solving."""

    found: Found
    model: Model | None
    cpu: float


def compare(old: Sequence[Policy], new: Sequence[Policy], *, timeout: float = 5.0) -> Answer:
    """Ask z3. `timeout` is CPU seconds for the whole question. Raises `NotEncodable`."""
    began = time.process_time()
    question = _Question(tuple(old), tuple(new))
    gave_up = False
    for about, place in question.parts():
        left = timeout - (time.process_time() - began)
        if left <= 0:
            return Answer(Found.UNKNOWN, None, time.process_time() - began)
        found, model = question.ask(about, place, left)
        if found is Found.SAT:
            return Answer(found, model, time.process_time() - began)
        gave_up = gave_up or found is Found.UNKNOWN
    return Answer(Found.UNKNOWN if gave_up else Found.UNSAT, None, time.process_time() - began)


@dataclass(frozen=True)
class _Said:
    """A statement with the side it is on, and whether its texts may hold policy variables."""

    statement: Statement
    is_new: bool
    variables: bool

    @property
    def allows(self) -> bool:
        return self.statement.effect is Effect.ALLOW


Pattern = tuple[str, bool]
"""A resource as written, and whether it may hold policy variables."""


# ---- actions ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=20000)
def _expanded(pattern: str) -> frozenset[str]:
    return frozenset(action.name for action in catalog.load().expand(pattern))


def _unknown_names(said: Iterable[_Said]) -> frozenset[str]:
    words = (word for one in said for word in (one.statement.actions or one.statement.not_actions or ()))
    texts = {_plain(word).lower() for word in words}
    return frozenset(
        text for text in texts if not set(text) & set("*?") and not re.search(r"\s", text) and not _expanded(text)
    )


def _plain(word: Word) -> str:
    if not isinstance(word.text, str):
        raise NotEncodable(f"open action {word.text}")
    return word.text


def _named(words: Iterable[Word], unknown: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for word in words:
        text = _plain(word).lower()
        if re.search(r"\s", text):
            continue
        found |= _expanded(text)
        if unknown:
            wanted = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in text)
            found |= {name for name in unknown if re.fullmatch(wanted, name, re.DOTALL)}
    return frozenset(found)


def _actions(statement: Statement, unknown: frozenset[str]) -> frozenset[str]:
    if statement.actions is not None:
        return _named(statement.actions, unknown)
    return (_expanded("*") | unknown) - _named(statement.not_actions or (), unknown)


@dataclass(frozen=True)
class _Place:
    """`*`, or the ARNs of formats that no pattern's first five segments tell apart; the actions by their formats."""

    actions: dict[str, list[str]]
    meeting: frozenset[Pattern] | None
    """The patterns that may match such an ARN; None for `*`."""


def _places(names: list[str], patterns: frozenset[Pattern]) -> Iterator[_Place]:
    star: list[str] = []
    places: dict[frozenset[Pattern], dict[str, list[str]]] = {}
    for name in names:
        for domain in domains(name):
            if domain == STAR:
                star.append(name)
            else:
                head = head_of(domain)
                meeting = frozenset(one for one in patterns if _may_match(one, head))
                places.setdefault(meeting, {}).setdefault(domain, []).append(name)
    if star:
        yield _Place({STAR: star}, None)
    for meeting, actions in places.items():
        yield _Place(actions, meeting)


@lru_cache(maxsize=200_000)
def _may_match(pattern: Pattern, head: tuple[str | None, ...]) -> bool:
    return all(own is None or wanted.fullmatch(own) for wanted, own in zip(_heads(pattern), head, strict=False))


@lru_cache(maxsize=20000)
def _heads(pattern: Pattern) -> tuple[re.Pattern[str], ...]:
    text, variables = pattern
    wild = {Wild.MANY: "[^:]*", Wild.ONE: "[^:]"}
    return tuple(
        re.compile("".join(re.escape(token) if isinstance(token, str) else wild[token] for token in segment), re.DOTALL)
        for segment in segments_of(tokens_of(text, variables=variables))[:5]
    )


# ---- the formula -----------------------------------------------------------------------------------------------------


class _Question:
    def __init__(self, old: tuple[Policy, ...], new: tuple[Policy, ...]) -> None:
        if any(policy.kind is not PolicyKind.IDENTITY for policy in (*old, *new)):
            raise NotEncodable("only identity policies")
        self.said = [
            _Said(statement, is_new, policy.version == "2012-10-17")
            for is_new, side in ((False, old), (True, new))
            for policy in side
            for statement in policy.statements
        ]
        self.resource = z3.String("resource")
        self.classes = self._classes()
        asked: dict[str, list[Condition]] = {}
        for one in self.said:
            for condition in one.statement.conditions:
                asked.setdefault(condition.key.lower(), []).append(condition)
        if derived := DERIVED & set(asked):
            raise NotEncodable(f"derived keys {sorted(derived)}")
        self.keys = {name: Key(name, conditions) for name, conditions in sorted(asked.items())}

    def _classes(self) -> dict[int, list[str]]:
        """The actions that some Allow of the new is about, by the set of statements that are about them."""
        unknown = _unknown_names(self.said)
        named = [_actions(one.statement, unknown) for one in self.said]
        allowing = [names for one, names in zip(self.said, named, strict=True) if one.is_new and one.allows]
        masks = dict.fromkeys(sorted(frozenset().union(*allowing)), 0)
        for place, names in enumerate(named):
            for name in names & masks.keys():
                masks[name] |= 1 << place
        found: dict[int, list[str]] = {}
        for name, mask in masks.items():
            found.setdefault(mask, []).append(name)
        return found

    def parts(self) -> Iterator[tuple[list[_Said], _Place]]:
        """The classes of actions, each with the statements that are about it, on `*` and on groups of ARN formats."""
        for mask, names in self.classes.items():
            about = [one for number, one in enumerate(self.said) if mask >> number & 1]
            patterns = frozenset((_text(word), one.variables) for one in about for word in _resources(one))
            for place in _places(names, patterns):
                yield about, place

    def ask(self, about: list[_Said], place: _Place, timeout: float) -> tuple[Found, Model | None]:
        """Ask about one class of actions at one place."""
        formula = self._new_access(about, place)
        if formula is False:
            return Found.UNSAT, None
        keys = {condition.key.lower() for one in about for condition in one.statement.conditions}
        stated = [formula] if formula is not True else []
        stated += [bound for name in keys for bound in self.keys[name].bounds()]
        confined = any(self._matches(one, place) is not True for one in place.meeting or ())
        if confined and len(place.actions) > _MANY_FORMATS and _solver(stated, timeout).check() == z3.unsat:
            return Found.UNSAT, None
        if confined:
            stated.append(some(z3.InRe(self.resource, arn_format(text)) for text in sorted(place.actions)))
        solver = _solver(stated, timeout)
        result = solver.check()
        if result == z3.unsat:
            return Found.UNSAT, None
        if result == z3.unknown:
            return Found.UNKNOWN, None
        return Found.SAT, self._read(solver.model(), place, keys, confined=confined)

    def _new_access(self, about: list[_Said], place: _Place) -> Formula:
        """Surely allowed by the new, and surely not by the old."""
        pairs = [(one, *self._speaks(one, place)) for one in about]
        allowed = some(yes for one, yes, _ in pairs if one.is_new and one.allows)
        not_denied = every(never for one, _, never in pairs if one.is_new and not one.allows)
        was_denied = some(yes for one, yes, _ in pairs if not one.is_new and not one.allows)
        not_allowed = every(never for one, _, never in pairs if not one.is_new and one.allows)
        return every([allowed, not_denied, some([was_denied, not_allowed])])

    def _speaks(self, one: _Said, place: _Place) -> tuple[Formula, Formula]:
        """Surely about the request, and surely not (statement 24)."""
        on = self._on(one, place)
        told = [
            self.keys[condition.key.lower()].says(condition, variables=one.variables)
            for condition in one.statement.conditions
        ]
        return every([on, *(yes for yes, _ in told)]), some([no(on), *(never for _, never in told)])

    def _on(self, one: _Said, place: _Place) -> Formula:
        """Statements 18 and 20 to 22."""
        if one.statement.resources is None and one.statement.not_resources is None:
            return True
        on = some(self._matches((_text(word), one.variables), place) for word in _resources(one))
        return on if one.statement.resources is not None else no(on)

    def _matches(self, pattern: Pattern, place: _Place) -> Formula:
        text, variables = pattern
        if place.meeting is None:
            return is_everything(tokens_of(text, variables=variables))
        if is_everything(tokens_of(text, variables=variables)):
            return True
        return z3.InRe(self.resource, resource(text, variables=variables)) if pattern in place.meeting else False

    def _read(self, model: Term, place: _Place, keys: set[str], *, confined: bool) -> Model:
        domain = min(place.actions)
        on = sample(domain) if domain != STAR else STAR
        if confined:
            on = text_of(model.eval(self.resource, model_completion=True))
            domain = next(text for text in sorted(place.actions) if is_of_format(on, text))
        context = {name: self.keys[name].written(model) for name in sorted(keys)}
        return Model(place.actions[domain][0], on, {name: values for name, values in context.items() if values})


def _solver(stated: list[Formula], timeout: float) -> Term:
    solver = z3.Solver()
    solver.set("timeout", max(1, int(timeout * 1000)))
    solver.add(*stated)
    return solver


def _resources(one: _Said) -> tuple[Word, ...]:
    return one.statement.resources or one.statement.not_resources or ()


def _text(word: Word) -> str:
    if not isinstance(word.text, str):
        raise NotEncodable(f"open value {word.text}")
    return word.text
