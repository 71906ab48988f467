"""A question: cubes over some policies, answered by a request that was evaluated, by a proof, or by neither."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from apiece.errors import ApieceError
from apiece.iam.document import Statement
from apiece.iam.request import Request
from apiece.iam.solver import filling, witness
from apiece.iam.solver.classes import meant
from apiece.iam.solver.cubes import Callers, Cube, Entry, Found, decide
from apiece.iam.solver.rules import Layers, Rules, rules_of, statements_of
from apiece.iam.solver.search import Search
from apiece.iam.solver.spending import BUDGET, Budget, OutOfBudget, Spending
from apiece.iam.solver.witness import ANY_SIGNED, Class

_MOST_DOUBTS = 24
_COST_OF_DOUBT = 200
"""Steps for each statement of a request that is only perhaps an answer, when it is evaluated."""
_COST_OF_STATEMENT, _COST_OF_PRINCIPAL = 20, 10


class Disagreement(ApieceError):
    """Solver and reference evaluator answer differently: a bug, never a result."""

    exit_code = 70


@dataclass(frozen=True)
class Question:
    """Policies by layer, the cubes over them (made from compiled rules), and how a request is confirmed.

    `confirm` evaluates a request by the reference: True if it is an answer, False if not, None if that is not known.
    """

    layers: Layers
    cubes: Callable[[Rules], Sequence[Cube]]
    confirm: Callable[[Request], bool | None]
    classes: tuple[Class, ...] = (ANY_SIGNED,)
    budget: Budget = BUDGET
    owner: str | None = None


@dataclass(frozen=True)
class Witnessed:
    """A request that answers the question, and the statements that it was found by."""

    request: Request
    assumed: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A proof for some classes of callers, over policies in which what is known of all of them is filled in."""

    layers: Layers
    rules: Rules
    cubes: tuple[Cube, ...]
    callers: tuple[Callers, ...]
    entries: tuple[tuple[Entry, ...], ...]
    """For each cube."""


@dataclass(frozen=True)
class Proved:
    """No request answers the question."""

    parts: tuple[Part, ...]

    @property
    def taken_single(self) -> tuple[str, ...]:
        """The multivalued keys of which only requests with one value were looked at."""
        return tuple(sorted({key for part in self.parts for key in part.rules.taken_single}))


@dataclass(frozen=True)
class Unsettled:
    """Neither; `statements` are the references that it depends on, `actions` those it is about, none for any."""

    reason: str
    statements: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


Answer = Witnessed | Proved | Unsettled


def ask(question: Question) -> Answer:
    """Answer a question. Raises `Disagreement` where the solver has a bug."""
    return first(answers(question))


def first(found: Iterable[Answer]) -> Answer:
    """The first answer that is certain, or else the first doubt."""
    doubt: Unsettled | None = None
    for answer in found:
        if not isinstance(answer, Unsettled):
            return answer
        doubt = doubt or answer
    return doubt or Unsettled("nothing was decided")


def answers(question: Question) -> Iterator[Answer]:
    """Answer a question class by class: each with a request, or with a doubt; at the end a proof if there was neither.

    Raises `Disagreement` where the solver has a bug.
    """
    return _answered(question, _Asking.run)


def ask_each(question: Question) -> Iterator[Answer]:
    """Answer a question once for each action: with a request that also stands for others, or at the end with a doubt.

    With an action of no answer no request answers the question. Raises `Disagreement` where the solver has a bug.
    """
    return _answered(question, _Asking.each)


def _answered(question: Question, walk: Callable[[_Asking], Iterator[Answer]]) -> Iterator[Answer]:
    spending = question.budget if isinstance(question.budget, Spending) else Spending(question.budget)
    try:
        spending.spend(sum(map(_cost, statements_of(question.layers))))
        rules = rules_of(question.layers)
        yield from walk(_Asking(question, rules, Search(spending, rules.several)))
    except OutOfBudget as error:
        yield Unsettled(error.message)


def _cost(statement: Statement) -> int:
    """How many steps it takes to make a statement ready."""
    named = (*(statement.principals or ()), *(statement.not_principals or ()))
    return _COST_OF_STATEMENT + _COST_OF_PRINCIPAL * len(named)


class _Asking:
    def __init__(self, question: Question, rules: Rules, search: Search) -> None:
        self._question = question
        self._rules = rules
        self._search = search
        self._left = rules.universe.all
        self._doubts = 0

    def run(self) -> Iterator[Answer]:
        """Walk the answers of all classes; a proof if there is none."""
        parts: list[Part] = []
        proved = True
        for layers, rules, cubes, classes in self._groups():
            closed: list[tuple[Entry, ...]] = []
            for cube in cubes:
                entries: list[Entry] = []
                for one in classes:
                    for step in decide(cube, one.callers, rules, self._search):
                        if isinstance(step, Entry):
                            entries.append(step)
                        else:
                            proved = False
                            yield self._settle(step, one, cube)
                closed.append(tuple(entries))
            parts.append(Part(layers, rules, cubes, tuple(one.callers for one in classes), tuple(closed)))
        if proved:
            yield Proved(tuple(parts))

    def each(self) -> Iterator[Answer]:
        """Walk the actions that some request answers with, each once, then those that are in doubt."""
        doubts: list[tuple[int, Unsettled]] = []
        for cube, one, step in self._found():
            if not step.actions & self._left:
                continue
            found = replace(step, actions=step.actions & self._left)
            answer = self._settle(found, one, cube)
            if isinstance(answer, Witnessed):
                self._left &= ~found.actions
                yield answer
            else:
                doubts.append((found.actions, answer))
        for actions, doubt in doubts:
            if actions & self._left:
                yield replace(doubt, actions=tuple(self._rules.universe.names(actions & self._left)))
                self._left &= ~actions

    def _found(self) -> Iterator[tuple[Cube, Class, Found]]:
        """Walk the classes that are not empty, within the actions that are left."""
        for _, rules, cubes, classes in self._groups():
            for one in classes:
                for cube in cubes:
                    actions = self._left if cube.actions is None else cube.actions & self._left
                    for step in decide(replace(cube, actions=actions), one.callers, rules, self._search):
                        if isinstance(step, Found):
                            yield cube, one, step

    def _groups(self) -> Iterator[tuple[Layers, Rules, tuple[Cube, ...], tuple[Class, ...]]]:
        """The classes of callers that see the same policies, with these policies and the cubes over them."""
        for known, classes in self._by_filling().items():
            layers = self._filled_layers(dict(known))
            rules = rules_of(layers) if known else self._rules
            named = tuple(meant(one, rules) if one.by_name else one for one in classes)
            yield layers, rules, tuple(self._question.cubes(rules)), named

    def _by_filling(self) -> dict[tuple[tuple[str, str | None], ...], list[Class]]:
        """The classes by what is known of those keys of theirs that stand in policy variables."""
        stated = any(one.callers.facts for one in self._question.classes)
        rules = self._rules.by_ref.values() if stated else ()
        used = {name for rule in rules for name in rule.variables}
        found: dict[tuple[tuple[str, str | None], ...], list[Class]] = {}
        for one in self._question.classes:
            known = filling.fixed(one.callers.facts) if used else {}
            found.setdefault(tuple(sorted((key, known[key]) for key in used & known.keys())), []).append(one)
        return found

    def _filled_layers(self, values: filling.Values) -> Layers:
        layers = self._question.layers
        return {name: tuple(filling.filled(policy, values) for policy in layers[name]) for name in layers}

    def _settle(self, found: Found, one: Class, cube: Cube) -> Witnessed | Unsettled:
        """Turn facts into a request that the reference evaluator confirms."""
        why = found.model.why or "no request could be written down that shows it"
        for request in self._requests(found, one):
            if found.model.why:
                self._search.spending.spend(_COST_OF_DOUBT * len(self._rules.by_ref))
            confirmed = self._question.confirm(request)
            if confirmed:
                return self._witnessed(request, found)
            if found.model.why:
                continue
            if confirmed is None:
                asked = f"{request.action} on `{request.resource}`"
                why = f"{asked} depends on what is not given, such as the policy of a key"
            else:
                msg = f"the solver found {request.action} on {request.resource}, and the evaluator does not agree"
                raise Disagreement(msg)
        filled = self._filled(found, one, cube)
        if filled is not None:
            return filled
        return Unsettled(why, tuple(rule.ref for rule in found.assumed))

    def _requests(self, found: Found, one: Class) -> Iterator[Request]:
        for request in witness.requests(found, self._rules, one, self._search.spending):
            yield replace(request, resource_account=self._question.owner)

    def _filled(self, found: Found, one: Class, cube: Cube) -> Witnessed | None:
        """Decide the class again with values for its policy variables."""
        self._doubts += 1
        if self._doubts > _MOST_DOUBTS:
            return None
        about = [rule for rule in cube.forbidden if rule.bits & found.actions]
        for values in filling.fillings(found, self._search.spending, forbidden=about):
            assumed = tuple((filling.filled_rule(rule, values),) for rule in found.assumed)
            forbidden = tuple(filling.filled_rule(rule, values) for rule in about)
            facts = {**one.callers.facts, **filling.pinned(values)}
            narrowed = Cube(assumed, forbidden, found.actions)
            for step in decide(narrowed, replace(one.callers, facts=facts), self._rules, self._search):
                if isinstance(step, Found):
                    for request in self._requests(step, one):
                        if self._question.confirm(request):
                            return self._witnessed(request, found)
        return None

    def _witnessed(self, request: Request, found: Found) -> Witnessed:
        names = tuple(self._rules.universe.names(found.actions))
        return Witnessed(request, tuple(rule.ref for rule in found.assumed), names)
