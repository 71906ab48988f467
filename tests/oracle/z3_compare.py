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
from world import ANY_ARN, DERIVED, STAR, domains, is_of_format, sample
from z3_conditions import Key
from z3_texts import (
    Formula,
    NotEncodable,
    Term,
    arn_format,
    every,
    is_everything,
    no,
    resource,
    some,
    text_of,
    tokens_of,
)

from apiece.iam import catalog
from apiece.iam.document import Condition, Effect, Policy, PolicyKind, Statement, Word

__all__ = ["Answer", "Found", "Model", "NotEncodable", "compare"]

_NEEDS_NO_PERMISSION = "sts:getcalleridentity"


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
    for mask, names in question.classes.items():
        for place, actions in _places(names):
            left = timeout - (time.process_time() - began)
            if left <= 0:
                return Answer(Found.UNKNOWN, None, time.process_time() - began)
            found, model = question.ask(mask, place, actions, left)
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


def _places(names: list[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """`*`, and ARNs; each with the actions by their formats."""
    star, formats = [], {}
    for name in names:
        for domain in domains(name):
            if domain == STAR:
                star.append(name)
            else:
                formats.setdefault(domain, []).append(name)
    if star:
        yield STAR, {STAR: star}
    if formats:
        yield ANY_ARN, formats


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
            if name.lower() != _NEEDS_NO_PERMISSION:
                found.setdefault(mask, []).append(name)
        return found

    def ask(self, mask: int, place: str, actions: dict[str, list[str]], timeout: float) -> tuple[Found, Model | None]:
        """Ask about one class of actions: on `*`, or on ARNs of any of their formats."""
        about = [one for number, one in enumerate(self.said) if mask >> number & 1]
        keys = {condition.key.lower() for one in about for condition in one.statement.conditions}
        formula = self._new_access(about, place)
        if formula is False:
            return Found.UNSAT, None
        solver = z3.Solver()
        solver.set("timeout", max(1, int(timeout * 1000)))
        solver.add(formula, *(bound for name in keys for bound in self.keys[name].bounds()))
        bound_to_resource = place != STAR and any(self._names_resources(one) for one in about)
        if bound_to_resource:
            solver.add(some(z3.InRe(self.resource, arn_format(text)) for text in sorted(actions)))
        result = solver.check()
        if result == z3.unsat:
            return Found.UNSAT, None
        if result == z3.unknown:
            return Found.UNKNOWN, None
        return Found.SAT, self._read(solver.model(), actions, keys, bound_to_resource=bound_to_resource)

    def _names_resources(self, one: _Said) -> bool:
        words = one.statement.resources if one.statement.resources is not None else one.statement.not_resources
        return any(resource(_text(word), variables=one.variables) is not True for word in words or ())

    def _new_access(self, about: list[_Said], place: str) -> Formula:
        """Surely allowed by the new, and surely not by the old."""
        pairs = [(one, *self._speaks(one, place)) for one in about]
        allowed = some(yes for one, yes, _ in pairs if one.is_new and one.allows)
        not_denied = every(never for one, _, never in pairs if one.is_new and not one.allows)
        was_denied = some(yes for one, yes, _ in pairs if not one.is_new and not one.allows)
        not_allowed = every(never for one, _, never in pairs if not one.is_new and one.allows)
        return every([allowed, not_denied, some([was_denied, not_allowed])])

    def _speaks(self, one: _Said, place: str) -> tuple[Formula, Formula]:
        """Surely about the request, and surely not (statement 24)."""
        on = self._on(one, place)
        told = [
            self.keys[condition.key.lower()].says(condition, variables=one.variables)
            for condition in one.statement.conditions
        ]
        return every([on, *(yes for yes, _ in told)]), some([no(on), *(never for _, never in told)])

    def _on(self, one: _Said, place: str) -> Formula:
        """Statements 18 and 20 to 22."""
        statement = one.statement
        words = statement.resources if statement.resources is not None else statement.not_resources
        if words is None:
            return True
        on = some(self._matches(_text(word), place, variables=one.variables) for word in words)
        return on if statement.resources is not None else no(on)

    def _matches(self, text: str, place: str, *, variables: bool) -> Formula:
        if place == STAR:
            return is_everything(tokens_of(text, variables=variables))
        regex = resource(text, variables=variables)
        return True if regex is True else z3.InRe(self.resource, regex)

    def _read(self, model: Term, actions: dict[str, list[str]], keys: set[str], *, bound_to_resource: bool) -> Model:
        first = min(actions)
        on, domain = STAR if first == STAR else sample(first), first
        if bound_to_resource:
            on = text_of(model.eval(self.resource, model_completion=True))
            fits = (text for text in sorted(actions) if is_of_format(on, text))
            domain = next(fits)
        context = {name: self.keys[name].written(model) for name in sorted(keys)}
        return Model(actions[domain][0], on, {name: values for name, values in context.items() if values})


def _text(word: Word) -> str:
    if not isinstance(word.text, str):
        raise NotEncodable(f"open value {word.text}")
    return word.text
