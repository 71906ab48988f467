"""Questions about the principals of an estate, put to the solver with all that cannot matter left out.

Whether access is granted only `granted` decides. A statement that is about none of the actions asked for cannot change
its answer, and of many things one question is asked as long as the answer is no: what the proof says of all it says of
each. A request that was found for one thing is tried on the others by the reference evaluator, which confirms it or
leaves the question open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from apiece.access.principals import Levels, Principal
from apiece.access.rights import InForce
from apiece.access.targets import Target
from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import SubjectKind
from apiece.iam.document import Effect, Policy, PolicyKind, Statement, Word
from apiece.iam.evaluate import Layers, Result, Says, evaluate
from apiece.iam.granted import Granted, granted
from apiece.iam.pattern import PatternBudget, intersects, resource
from apiece.iam.request import Request
from apiece.iam.scope import EVERYTHING, Scope, policy_of
from apiece.iam.solver.actions import Universe
from apiece.iam.solver.rules import has_open_action
from apiece.text import Text, example, is_open

_AT_ONCE = 64
_STATED = {SubjectKind.TOPIC: "aws:SourceOwner", SubjectKind.KEY: "kms:CallerAccount"}
_ALL = replace(policy_of(EVERYTHING), kind=PolicyKind.IDENTITY)
Context = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Because:
    """One statement that allows a request: its layer, the policy that holds it, and where that stands."""

    layer: str
    policy: str
    statement: str
    at: tuple[Provenance, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What is known of one question: a request that is allowed, with what must hold for it, or why nothing is known."""

    result: Granted
    request: Request | None = None
    because: tuple[Because, ...] = ()
    reason: str = ""

    @property
    def is_yes(self) -> bool:
        return self.result is Granted.YES


NO = Answer(Granted.NO)


@dataclass(frozen=True)
class Ask:
    """Any of some actions, in a context that is given."""

    actions: tuple[str, ...]
    context: Context = ()


@dataclass(frozen=True)
class _Slice:
    """The policies of a principal that speak of some actions."""

    identity: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None
    scp: tuple[tuple[Policy, ...], ...] | None

    @property
    def words(self) -> Iterator[tuple[Statement, tuple[Word, ...] | None]]:
        for policy in self.identity:
            for one in policy.statements:
                if one.effect is Effect.ALLOW:
                    yield one, one.resources


@dataclass
class Asking:
    """Asks, and remembers what policies of whom speak of what."""

    principals: Sequence[Principal]
    more: tuple[str, ...] = ()
    """Actions that are asked about and that the catalogue may not know."""
    _universe: Universe = field(init=False)
    _bits: dict[int, int] = field(default_factory=dict)
    _slices: dict[tuple[int, int], _Slice] = field(default_factory=dict)
    _wanted: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = (word for one in _statements(self.principals) for word in (one.actions or one.not_actions or ()))
        self._universe = Universe((*words, *map(Word, self.more)))

    # ---- what policies speak of --------------------------------------------------------------------------------------

    def may(self, principal: Principal, actions: tuple[str, ...]) -> bool:
        """Tell cheaply whether a principal's own policies might allow any of some actions; False is certain."""
        wanted = self.wanted(actions)
        own = (one for policy in principal.identity if policy.document for one in policy.document.statements)
        spoken = any(self._is_about(one, wanted) for one in own if one.effect is Effect.ALLOW)
        return spoken or bool(principal.gaps)

    def spoken(self, principal: Principal) -> int:
        """All actions that some Allow statement of a principal is about, as bits."""
        found = 0
        for policy in principal.identity:
            for one in policy.document.statements if policy.document is not None else ():
                if one.effect is Effect.ALLOW:
                    found |= self._about(one)
        return found

    def names(self, bits: int) -> list[str]:
        return self._universe.names(bits)

    @property
    def every_action(self) -> int:
        return self._universe.all

    def wanted(self, actions: tuple[str, ...]) -> int:
        """Actions, or patterns of them that are asked about, as bits."""
        found = self._wanted.get(actions)
        if found is None:
            words = [Word(one) for one in actions if one in self.more]
            found = self._universe.named(one for one in actions if one not in self.more) | self._universe.bits(words)
            self._wanted[actions] = found
        return found

    def words(self, principal: Principal, ask: Ask) -> list[tuple[Text, ...] | None]:
        """The resource words of each Allow statement about some actions, None where it names what it is not about."""
        found = self._slice(principal, self.wanted(ask.actions)).words
        return [None if words is None else tuple(word.text for word in words) for _, words in found]

    def _about(self, statement: Statement) -> int:
        found = self._bits.get(id(statement))
        if found is None:
            if statement.actions is not None:
                found = self._universe.bits(statement.actions)
            else:
                found = self._universe.all & ~self._universe.bits(statement.not_actions or ())
            self._bits[id(statement)] = found
        return found

    def _is_about(self, statement: Statement, wanted: int) -> bool:
        return bool(self._about(statement) & wanted) or has_open_action(statement)

    def _slice(self, principal: Principal, wanted: int) -> _Slice:
        key = (id(principal), wanted)
        found = self._slices.get(key)
        if found is None:
            scp = principal.scp
            found = self._slices[key] = _Slice(
                self._sliced(principal.identity, wanted),
                None if principal.boundary is None else self._sliced(principal.boundary, wanted),
                None if scp is None else tuple(self._sliced(level, wanted) for level in scp),
            )
        return found

    def _sliced(self, policies: tuple[AttachedPolicy, ...], wanted: int) -> tuple[Policy, ...]:
        return tuple(
            replace(
                one.document, statements=tuple(two for two in one.document.statements if self._is_about(two, wanted))
            )
            for one in policies
            if one.document is not None
        )

    def all_of(self, principal: Principal, actions: tuple[str, ...]) -> tuple[list[str], list[Answer]]:
        """All of some actions that are allowed on anything in the principal's own account, and the answers they came of.

        The last answer is not a yes if the rest is not known.
        """
        left = list(actions)
        found: list[str] = []
        answers: list[Answer] = []
        while left:
            ask = Ask(tuple(left))
            layers = self._layers(principal, ask, None)
            grant = granted(principal.caller, layers, Scope(ask.actions), owner=principal.caller.account)
            if grant.result is Granted.NO:
                break
            if grant.witness is None or principal.gaps:
                reason = principal.gaps[0].reason if principal.gaps else grant.reason
                answers.append(Answer(Granted.UNKNOWN, reason=reason))
                break
            shown = self._shown(principal, lean(grant.witness, layers, set()), layers, None)
            answers.append(shown or Answer(Granted.YES, grant.witness))
            names = {grant.witness.action.lower(), *(one.lower() for one in grant.actions)}
            found += [one for one in left if one.lower() in names]
            left = [one for one in left if one.lower() not in names]
        return found, answers

    # ---- asking ------------------------------------------------------------------------------------------------------

    def anywhere(
        self, principal: Principal, ask: Ask, resources: tuple[Text, ...], without: tuple[str, ...] = ()
    ) -> Answer:
        """Ask about any resource within patterns that has no policy of its own, in the principal's own account."""
        if not self.may(principal, ask.actions):
            return NO
        scope = Scope(ask.actions, resources, ask.context, without)
        layers = self._layers(principal, ask, None)
        return self._answered(principal, layers, scope, principal.caller.account, None)

    def on(self, principal: Principal, ask: Ask, target: Target) -> Answer:
        """Ask about one thing and what lies in it."""
        return self.among(principal, ask, (target,))[0]

    def among(self, principal: Principal, ask: Ask, targets: Sequence[Target]) -> list[Answer]:
        """Ask about several things, an answer for each."""
        found = [NO] * len(targets)
        groups: dict[object, list[int]] = {}
        wanted = self.wanted(ask.actions)
        own = self.may(principal, ask.actions)
        words = _reach(self._slice(principal, wanted)) if own and not principal.gaps else None
        for place, target in enumerate(targets):
            if not target.speaks_of_callers:
                if not own or target.owner != principal.caller.account:
                    continue
                if words is not None and not words.meet(target):
                    continue
                groups.setdefault((target.owner, target.subject.kind, _ids(target.rcp)), []).append(place)
            else:
                groups.setdefault(place, []).append(place)
        for places in groups.values():
            for start in range(0, len(places), _AT_ONCE):
                self._settle(
                    principal, ask, [(place, targets[place]) for place in places[start : start + _AT_ONCE]], found
                )
        return found

    def _settle(self, principal: Principal, ask: Ask, left: list[tuple[int, Target]], found: list[Answer]) -> None:
        """Ask about all that are left at once until the answer is no. They have one owner and kind, and the same policies."""
        while left:
            target = left[0][1]
            layers = self._layers(principal, ask, target)
            inside = tuple(text for _, one in left for text in one.inside)
            scope = Scope(ask.actions, inside, (*ask.context, *_stated(principal, target)))
            answer = self._answered(principal, layers, scope, target.owner, target)
            if answer.result is Granted.NO:
                return
            if answer.request is None:
                if len(left) == 1:
                    found[left[0][0]] = answer
                    return
                half = len(left) // 2
                self._settle(principal, ask, left[:half], found)
                left = left[half:]
                continue
            remaining = []
            for place, one in left:
                moved = self._moved(principal, answer, left, one, layers)
                if moved is None:
                    remaining.append((place, one))
                else:
                    found[place] = moved
            left = remaining

    def _moved(
        self, principal: Principal, answer: Answer, left: list[tuple[int, Target]], target: Target, layers: Layers
    ) -> Answer | None:
        """The answer for one thing taken to another of the same kind, if the evaluator says that it holds there too."""
        request = answer.request
        if request is None:
            return None
        home = next((one.arn for _, one in left if _holds(one, request.resource)), None)
        if home is None:
            return None
        if home == target.arn:
            return answer
        tried = replace(request, resource=target.arn + request.resource[len(home) :])
        return self._shown(principal, tried, layers, target)

    def _layers(self, principal: Principal, ask: Ask, target: Target | None) -> Layers:
        own = self._slice(principal, self.wanted(ask.actions))
        rcp = target.rcp if target is not None else None
        return Layers(
            identity=own.identity,
            boundary=own.boundary,
            scp=own.scp,
            resource_policy=target.policy if target is not None else None,
            trust=target.trust_policy if target is not None else None,
            rcp=None if rcp is None else tuple(tuple(p.document for p in level if p.document) for level in rcp),
        )

    def _answered(
        self, principal: Principal, layers: Layers, scope: Scope, owner: str | None, target: Target | None
    ) -> Answer:
        gaps = (*principal.gaps, *(target.gaps if target is not None else ()))
        if principal.gaps:
            layers = replace(layers, identity=(*(layers.identity or ()), _ALL), boundary=None)
        grant = granted(principal.caller, layers, scope, owner=owner)
        if grant.result is Granted.NO:
            return NO
        if gaps or grant.witness is None:
            return Answer(Granted.UNKNOWN, reason=gaps[0].reason if gaps else grant.reason)
        kept = {key for key, _ in scope.context} - set(_STATED.values())
        shown = self._shown(principal, lean(grant.witness, layers, kept), layers, target)
        return shown or Answer(Granted.UNKNOWN, reason="no request could be shown")

    def _shown(self, principal: Principal, request: Request, layers: Layers, target: Target | None) -> Answer | None:
        decision = evaluate(request, layers)
        if decision.result is not Result.ALLOWED:
            return None
        because = []
        for layer in decision.layers:
            carried = _carried(layer.layer, principal, target)
            if layer.says is Says.ALLOW and carried is not None:
                because += [because_of(layer.layer, carried[place], one) for place, one in layer.statements]
        return Answer(Granted.YES, request, tuple(because))


def _stated(principal: Principal, target: Target) -> Context:
    """What AWS says of the caller to a kind of resource beside the keys of statement 35."""
    key, account = _STATED.get(target.subject.kind), principal.caller.account
    return ((key, account),) if key is not None and account is not None else ()


def lean(request: Request, layers: Layers, kept: set[str]) -> Request:
    """The request without every key that it does not need to be allowed."""
    for key in sorted(request.context):
        if key in kept:
            continue
        less = replace(request, context={name: value for name, value in request.context.items() if name != key})
        if evaluate(less, layers).result is Result.ALLOWED:
            request = less
    return request


def _carried(layer: str, principal: Principal, target: Target | None) -> list[AttachedPolicy] | None:
    """The policies of a layer by the place that a decision calls them by; None for layers that only limit."""
    match layer:
        case "identity":
            return [one for one in principal.identity if one.document is not None]
        case "resource" | "trust":
            held = () if target is None else target.policies if layer == "resource" else target.trust
            return [one for one in held if one.document is not None] or None
        case _:
            return None


def because_of(layer: str, attached: AttachedPolicy, statement: Statement) -> Because:
    force = InForce(attached, statement, attached.when)
    return Because(layer, force.title, statement.name, force.at())


def _ids(rcp: Levels | None) -> tuple[int, ...] | None:
    return None if rcp is None else tuple(id(one) for level in rcp for one in level)


def _holds(target: Target, arn: str) -> bool:
    return arn == target.arn or (len(target.inside) > 1 and arn.startswith((target.arn + "/", target.arn + ":")))


def _statements(found: Iterable[Principal]) -> Iterator[Statement]:
    for principal in found:
        levels = principal.scp or ()
        for one in (*principal.identity, *(principal.boundary or ()), *(two for level in levels for two in level)):
            yield from one.document.statements if one.document is not None else ()


# ---- which things the words of a policy can mean ---------------------------------------------------------------------


class _Words:
    """The resource words of the Allow statements of a slice; None: they may mean anything."""

    def __init__(self, texts: frozenset[str] | None) -> None:
        self._texts = texts
        self._stems = tuple(_stem(text) for text in texts or ())

    def meet(self, target: Target) -> bool:
        """Tell whether some word may mean the target or what lies in it; False is certain."""
        if self._texts is None:
            return True
        arn = target.arn
        for text, stem in zip(self._texts, self._stems, strict=True):
            near = arn.startswith(stem) or (len(target.inside) > 1 and stem.startswith(arn))
            if near and any(_meet(text, one) for one in target.inside):
                return True
        return False


def _reach(own: _Slice) -> _Words:
    texts: set[str] = set()
    for _, words in own.words:
        if words is None or any(is_open(word.text) or "${" in example(word.text) for word in words):
            return _Words(None)
        texts |= {example(word.text) for word in words}
    return _Words(frozenset(texts))


def _stem(text: str) -> str:
    return text.partition("*")[0].partition("?")[0]


@lru_cache(maxsize=65536)
def _meet(first: str, second: str) -> bool:
    if first == "*":
        return True
    try:
        return intersects(resource(first), resource(second))
    except PatternBudget:
        return True
