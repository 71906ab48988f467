"""One entry of a certificate: for a class of callers, some actions and resources, no request fits what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apiece.iam.checker import keys, resources
from apiece.iam.checker.claim import CallerClass
from apiece.iam.checker.keys import KeyFact
from apiece.iam.checker.meter import Meter, Refused
from apiece.iam.checker.resources import ResourceFact
from apiece.iam.checker.rules import KEY, PRINCIPAL, RESOURCE, Component, Fact, PrincipalFact, Rule, Rules

_DEEPEST = 5000
Facts = Mapping[str, tuple[Fact, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """What an entry is about: the caller, the domain of the resource (None: any), the actions as pairs of the world."""

    caller: CallerClass
    domain: str | None
    pairs: int
    forbidden: frozenset[str]


@dataclass(frozen=True)
class Judge:
    """Decides contradictions, each once."""

    rules: Rules
    meter: Meter
    _known: dict[object, bool] = field(default_factory=dict)

    def contradicts(self, variable: str, facts: Sequence[Fact], case: Case) -> bool:
        """Tell whether the facts about a variable contradict each other. True is certain.

        What is remembered is remembered for all that the answer hangs on: the class of callers states facts about keys
        and limits the resources, the domain limits them too. Facts are compared by identity: they live as long as the
        rules.
        """
        question = (variable, case.caller.name, case.domain if variable == RESOURCE else None, frozenset(facts))
        self.meter.spend(1 + len(facts))
        if question not in self._known:
            self._known[question] = self._decide(variable, facts, case)
        return self._known[question]

    def _decide(self, variable: str, facts: Sequence[Fact], case: Case) -> bool:
        if variable == PRINCIPAL:
            return any(fact.contradicts(case.caller) for fact in facts if isinstance(fact, PrincipalFact))
        if variable == RESOURCE:
            about = [fact for fact in facts if isinstance(fact, ResourceFact)]
            return resources.contradicts(about, case.domain, self.meter, owns=case.caller.owns)
        key = variable.removeprefix(KEY)
        conditions = [fact for fact in facts if isinstance(fact, KeyFact)]
        conditions += [
            KeyFact(given.condition, variables=False, holds=given.holds)
            for given in case.caller.facts
            if given.condition.key.lower() == key
        ]
        return keys.contradicts(conditions, self.meter, several=key in self.rules.several)


def check(proof: object, assumed: Sequence[Rule], case: Case, judge: Judge) -> None:
    """Check that a proof closes every case. Raises `Refused`.

    Every request of the entry satisfies the facts of some open step: at first those of what is assumed, then, at each
    split, those of one of its cases. So if each branch ends in facts that contradict each other there is no request.
    Variables are independent, so that a contradiction is one about a single variable.
    """
    facts: dict[str, tuple[Fact, ...]] = {}
    for rule in assumed:
        for component in rule.components.values():
            facts[component.variable] = (*facts.get(component.variable, ()), component.holds)
    stack: list[tuple[object, Facts, int]] = [(proof, facts, 1)]
    while stack:
        node, known, depth = stack.pop()
        judge.meter.spend()
        if depth > _DEEPEST:
            raise Refused("a proof is nested too deeply")
        if not isinstance(node, dict):
            raise Refused("a step of a proof must be an object")
        if node.keys() == {"conflict"}:
            _check_conflict(node["conflict"], known, case, judge)
        elif node.keys() == {"split", "cases"}:
            stack += [(after, more, depth + 1) for after, more in _cases(node, known, case, judge)]
        elif node.keys() == {"forced", "then"}:
            stack.append((node["then"], _forced(node["forced"], known, case, judge), depth + 1))
        else:
            raise Refused("a step of a proof must be a `split` with `cases`, `forced` with `then`, or a `conflict`")


def _check_conflict(variable: object, known: Facts, case: Case, judge: Judge) -> None:
    """Check a claim that no value of a variable has all the known facts; without facts, that the class is empty."""
    if not isinstance(variable, str):
        raise Refused("a `conflict` must name a variable")
    if variable not in {PRINCIPAL, RESOURCE} and not variable.startswith(KEY):
        raise Refused(f"`{variable[:60]!a}` is not a variable")
    if not judge.contradicts(variable, known.get(variable, ()), case):
        raise Refused(f"no contradiction was found about `{variable[:60]!a}`")


def _forced(steps: object, known: Facts, case: Case, judge: Judge) -> Facts:
    """The facts after a row of splits of which each leaves one case. Raises `Refused`."""
    if not isinstance(steps, list):
        raise Refused("`forced` must be a list")
    for step in steps:
        if not isinstance(step, list) or len(step) != 2 or not isinstance(step[1], str):  # noqa: PLR2004 a pair
            raise Refused("a step of `forced` must be a statement and a component")
        judge.meter.spend()
        ref, component = step
        ((_, known),) = _cases({"split": ref, "cases": {component: None}}, known, case, judge)
    return known


def _cases(
    node: dict[object, object], known: Facts, case: Case, judge: Judge
) -> Iterator[tuple[object, dict[str, tuple[Fact, ...]]]]:
    """The steps that a split leaves to prove, each with its facts. Raises `Refused`.

    A forbidden statement that is about all of the entry's actions is not about the request, so one of its components
    fails: the cases are all its components, and one may be left out only where its failure contradicts what is known.
    """
    ref, cases = node["split"], node["cases"]
    if not isinstance(ref, str) or ref not in case.forbidden:
        raise Refused("a `split` must name a forbidden statement")
    if not isinstance(cases, dict):
        raise Refused("`cases` must be an object")
    rule = judge.rules.by_ref[ref]
    if case.pairs & ~rule.must:
        raise Refused(f"`{ref}` is not about all actions of its entry")
    if not cases.keys() <= rule.components.keys():
        raise Refused(f"a case of `{ref}` is about a component that does not exist")
    for name, component in rule.components.items():
        more = _with_failure(known, component)
        if name in cases:
            yield cases[name], more
        elif not judge.contradicts(component.variable, more[component.variable], case):
            raise Refused(f"the case `{name}` of `{ref}` is missing")


def _with_failure(known: Facts, component: Component) -> dict[str, tuple[Fact, ...]]:
    variable = component.variable
    return {**known, variable: (*known.get(variable, ()), component.fails)}
