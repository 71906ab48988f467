"""Whether some request is in a cube: about one statement of each required group, and about none that is forbidden.

Actions are narrowed and split first, so that the search within a class meets few statements
(docs/adr/0014-exact-solver.md, "How a cube is decided").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from apiece.iam.solver.facts import Facts
from apiece.iam.solver.rules import Rule, Rules
from apiece.iam.solver.search import Conflict, Model, Proof, Search, Split

_RULES_A_STEP = 16


@dataclass(frozen=True)
class Callers:
    """A class of callers: what is true of their keys, and which statements' principals mean them (None: all)."""

    name: str
    facts: Facts = field(default_factory=dict)
    meant: frozenset[str] | None = None
    """The statements, by reference, whose principal element is about them."""


ANYONE = Callers("any")


@dataclass(frozen=True)
class Cube:
    """A conjunction: of each required group one statement is about the request, of the forbidden none is."""

    required: tuple[tuple[Rule, ...], ...]
    forbidden: tuple[Rule, ...]
    actions: int | None = None
    """Only these actions, None for all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a proof that a cube is empty: for these actions, under these assumptions."""

    caller: str
    assume: tuple[str, ...]
    actions: int
    domain: str | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class Found:
    """Facts that some request satisfies, for any of the actions."""

    callers: Callers
    assumed: tuple[Rule, ...]
    actions: int
    domain: str
    model: Model


Step = Entry | Found
"""One class of actions: closed by a proof, or with facts that some request satisfies (certainly or perhaps)."""


def decide(cube: Cube, callers: Callers, rules: Rules, search: Search) -> Iterator[Step]:
    """Walk the classes of a cube, as proofs or as models. Stops at no model: the caller decides when it has enough.

    Raises `OutOfBudget`.
    """
    whole = rules.universe.all if cube.actions is None else cube.actions
    allowed = [_simplest_first(_meant(group, callers)) for group in cube.required]
    forbidden = _meant(cube.forbidden, callers)
    yield from _Walk(rules, callers, search, allowed, forbidden).choose((), whole)


def _simplest_first(group: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Statements with fewer conditions first: requests that they allow read better."""
    return tuple(sorted(group, key=lambda rule: len(rule.statement.conditions)))


def _meant(group: Sequence[Rule], callers: Callers) -> tuple[Rule, ...]:
    return tuple(rule for rule in group if callers.meant is None or rule.ref in callers.meant)


@dataclass
class _Walk:
    rules: Rules
    callers: Callers
    search: Search
    required: list[tuple[Rule, ...]]
    forbidden: tuple[Rule, ...]

    def choose(self, assumed: tuple[Rule, ...], bits: int) -> Iterator[Step]:
        """Choose a statement of the next group; narrow the actions, and stop where the facts contradict each other."""
        if len(assumed) == len(self.required):
            yield from self._chosen(assumed, bits)
            return
        for rule in self.required[len(assumed)]:
            common = bits & rule.bits
            self.search.spending.spend(1)
            if not common:
                continue
            chosen = (*assumed, rule)
            if len(self.required) > 1:
                together = self.search.assume(None, self.callers.facts, chosen)
                if isinstance(together, Conflict):
                    yield self._entry(chosen, common, None, together)
                    continue
            yield from self.choose(chosen, common)

    def _chosen(self, assumed: tuple[Rule, ...], bits: int) -> Iterator[Step]:
        known = bits
        for rule in assumed:
            known &= rule.certain
        for part in (known, bits & ~known):
            if part:
                yield from self._part(assumed, part)

    def _part(self, assumed: tuple[Rule, ...], bits: int) -> Iterator[Step]:
        self.search.spending.spend(len(self.forbidden) // _RULES_A_STEP)
        for rule in self._covering(assumed):
            common = bits & rule.certain
            if common:
                yield self._entry(assumed, common, None, Split(rule.ref, {}))
                bits &= ~common
                if not bits:
                    return
        for group, rules in classes_of_actions(bits, self.forbidden):
            yield from self._class(assumed, group, rules)

    def _covering(self, assumed: tuple[Rule, ...]) -> Iterator[Rule]:
        """The forbidden statements that cannot fail where these are about the request, as far as a look can tell."""
        yield from self._unconditional
        for rule in assumed:
            yield from self._by_body.get(rule.body, ())

    @cached_property
    def _unconditional(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.forbidden if rule.is_unconditional)

    @cached_property
    def _by_body(self) -> Mapping[object, list[Rule]]:
        found: dict[object, list[Rule]] = {}
        for rule in self.forbidden:
            if not rule.is_unconditional:
                found.setdefault(rule.body, []).append(rule)
        return found

    def _class(self, assumed: tuple[Rule, ...], bits: int, forbidden: tuple[Rule, ...]) -> Iterator[Step]:
        gathered = self.search.assume(None, self.callers.facts, assumed)
        if isinstance(gathered, Conflict):
            yield self._entry(assumed, bits, None, gathered)
            return
        if forbidden:
            found = self.search.solve(None, gathered, forbidden)
            if not isinstance(found, Model):
                yield self._entry(assumed, bits, None, found)
                return
        for domains, group in self.rules.universe.grouped(bits):
            for domain in domains:
                yield self._in_domain(assumed, group, domain, forbidden)

    def _in_domain(self, assumed: tuple[Rule, ...], bits: int, domain: str, forbidden: tuple[Rule, ...]) -> Step:
        gathered = self.search.assume(domain, self.callers.facts, assumed)
        if isinstance(gathered, Conflict):
            return self._entry(assumed, bits, domain, gathered)
        found = self.search.solve(domain, gathered, forbidden)
        if isinstance(found, Model):
            return Found(
                self.callers, assumed, bits, domain, replace(found, why=found.why or self._doubt(assumed, bits))
            )
        return self._entry(assumed, bits, domain, found)

    def _doubt(self, assumed: tuple[Rule, ...], bits: int) -> str:
        """Why a model is not certain: what a template leaves open in a statement that it rests on."""
        return next((told for rule in (*assumed, *self.forbidden) if (told := rule.doubt(bits))), "")

    def _entry(self, assumed: tuple[Rule, ...], bits: int, domain: str | None, proof: Proof) -> Entry:
        return Entry(self.callers.name, tuple(rule.ref for rule in assumed), bits, domain, proof)


def classes_of_actions(bits: int, forbidden: tuple[Rule, ...]) -> Iterator[tuple[int, tuple[Rule, ...]]]:
    """Split actions so that each forbidden statement is certainly about all of a class or about none."""
    classes: list[tuple[int, list[Rule]]] = [(bits, [])]
    for rule in forbidden:
        if not bits & rule.certain:
            continue
        split: list[tuple[int, list[Rule]]] = []
        for group, rules in classes:
            inside, outside = group & rule.certain, group & ~rule.certain
            if inside and outside:
                split += [(inside, [*rules, rule]), (outside, rules)]
                continue
            if inside:
                rules.append(rule)
            split.append((group, rules))
        classes = split
    return ((group, tuple(rules)) for group, rules in classes)
