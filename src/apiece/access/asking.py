"""Questions about the principals of an estate, put to the solver with all that cannot matter left out.

Whether access is granted only `granted` decides. A statement that is about none of the actions asked for cannot change
its answer, and of many things one question is asked as long as the answer is no: what the proof says of all it says of
each. A request that was found for one thing is tried on the others by the reference evaluator, which confirms it or
leaves the question open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apiece.access.principals import Levels, Principal
from apiece.access.rights import InForce
from apiece.access.spoken import Spoken, words_of
from apiece.access.targets import Target
from apiece.estate.policy import AttachedPolicy
from apiece.estate.provenance import Provenance
from apiece.estate.subject import SubjectKind
from apiece.iam.document import Condition, PolicyKind, Statement, Word
from apiece.iam.evaluate import Layers, Result, Says, evaluate
from apiece.iam.granted import Granted, granted
from apiece.iam.request import Request
from apiece.iam.scope import EVERYTHING, Scope, policy_of
from apiece.text import HoleKind, Text, holes

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

    @property
    def conditions(self) -> dict[str, str | tuple[str, ...]]:
        """What must hold: the request's context without what AWS says of the caller."""
        context = self.request.context if self.request is not None else {}
        return {key: value for key, value in context.items() if key not in _STATED.values()}


NO = Answer(Granted.NO)


@dataclass(frozen=True)
class Ask:
    """Any of some actions, in a context that is given and that lacks some keys."""

    actions: tuple[str, ...]
    context: Context = ()
    lacks: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return tuple(Condition("Null", key, (Word("true"),)) for key in self.lacks)


@dataclass(frozen=True)
class Asking:
    """Asks about principals whose policies were compiled once; of many questions none may take long (`budget`)."""

    spoken: Spoken
    budget: int = 100_000

    def all_of(
        self, principal: Principal, actions: tuple[str, ...], target: Target | None = None
    ) -> tuple[list[str], list[Answer]]:
        """All of some actions that are allowed on a thing, or on anything in the principal's own account, and how.

        The last answer is not a yes if the rest is not known.
        """
        left = list(actions)
        found: list[str] = []
        answers: list[Answer] = []
        while left:
            ask = Ask(tuple(left))
            layers = self._layers(principal, ask, target)
            scope = Scope(ask.actions)
            owner = principal.caller.account
            if target is not None:
                scope, owner = Scope(ask.actions, target.inside, _stated(principal, target)), target.owner
            grant = granted(principal.caller, layers, scope, owner=owner, budget=self.budget)
            if grant.result is Granted.NO:
                break
            if grant.witness is None or principal.gaps:
                reason = principal.gaps[0].reason if principal.gaps else self._why(principal, ask, grant.reason)
                answers.append(Answer(Granted.UNKNOWN, reason=reason))
                break
            shown = self._shown(principal, lean(grant.witness, layers, set()), layers, target)
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
        if not self.spoken.may(principal, ask.actions):
            return NO
        scope = Scope(ask.actions, resources, ask.context, without, ask.conditions)
        layers = self._layers(principal, ask, None)
        return self._answered(principal, layers, scope, principal.caller.account, None)

    def on(self, principal: Principal, ask: Ask, target: Target) -> Answer:
        """Ask about one thing and what lies in it."""
        return self.among(principal, ask, (target,))[0]

    def among(self, principal: Principal, ask: Ask, targets: Sequence[Target]) -> list[Answer]:
        """Ask about several things, an answer for each."""
        found = [NO] * len(targets)
        groups: dict[object, list[int]] = {}
        wanted = self.spoken.wanted(ask.actions)
        own = self.spoken.may(principal, ask.actions)
        words = words_of(self.spoken.cut(principal, wanted)) if own and not principal.gaps else None
        for place, target in enumerate(targets):
            if not target.speaks_of_callers and target.subject.kind is not SubjectKind.KEY:
                if not own or target.owner != principal.caller.account:
                    continue
                if words is not None and not words.meet(target):
                    continue
                groups.setdefault((target.owner, target.subject.kind, _ids(target.rcp)), []).append(place)
            elif own or target.invites(principal.caller):
                groups.setdefault(place, []).append(place)
        for places in groups.values():
            self._settle(principal, ask, [(place, targets[place]) for place in places], found)
        return found

    def _settle(self, principal: Principal, ask: Ask, left: list[tuple[int, Target]], found: list[Answer]) -> None:
        """Ask about things with one owner, kind and policy: of one, and after each no of twice as many at once."""
        size = 1
        while left:
            some, target = left[:size], left[0][1]
            layers = self._layers(principal, ask, target)
            inside = tuple(text for _, one in some for text in one.inside)
            context = (*ask.context, *_stated(principal, target))
            scope = Scope(ask.actions, inside, context, conditions=ask.conditions)
            answer = self._answered(principal, layers, scope, target.owner, target)
            home = _home(answer, some)
            if answer.result is Granted.NO:
                left, size = left[size:], min(2 * size, _AT_ONCE)
            elif home is not None:
                found[home[0]] = answer
                left = self._moved(principal, answer, home, left, found)
            elif len(some) == 1:
                found[some[0][0]] = answer
                left = left[1:]
            else:
                size = 1

    def _moved(
        self,
        principal: Principal,
        answer: Answer,
        home: tuple[int, Target],
        left: list[tuple[int, Target]],
        found: list[Answer],
    ) -> list[tuple[int, Target]]:
        """Take an answer to all others of the same kind where the evaluator says that it holds; return the rest."""
        request = answer.request
        remaining = []
        for place, one in left:
            if place == home[0] or request is None:
                continue
            tried = replace(request, resource=one.arn + request.resource[len(home[1].arn) :])
            moved = self._shown(principal, tried, self._layers(principal, Ask((request.action,)), one), one)
            if moved is None:
                remaining.append((place, one))
            else:
                found[place] = moved
        return remaining

    def _layers(self, principal: Principal, ask: Ask, target: Target | None) -> Layers:
        own = self.spoken.cut(principal, self.spoken.wanted(ask.actions))
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
        grant = granted(principal.caller, layers, scope, owner=owner, budget=self.budget)
        if grant.result is Granted.NO:
            return NO
        if gaps or grant.witness is None:
            why = self._why(principal, Ask(scope.actions), grant.reason)
            return Answer(Granted.UNKNOWN, reason=gaps[0].reason if gaps else why)
        kept = {key for key, _ in scope.context} - set(_STATED.values())
        shown = self._shown(principal, lean(grant.witness, layers, kept), layers, target)
        return shown or Answer(Granted.UNKNOWN, reason="no request could be shown")

    def _why(self, principal: Principal, ask: Ask, reason: str) -> str:
        """Why an answer is not known: the value that a template leaves open, if a policy has one."""
        words = (word for found in self.spoken.words(principal, ask.actions) for word in found or ())
        open_ = next((hole.name for word in words for hole in holes(word) if hole.kind is HoleKind.ANY), None)
        return reason if open_ is None else f"it depends on `{open_}`, which is not known before deployment"

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
    """Tell which statement of which policy it is."""
    force = InForce(attached, statement, attached.when)
    return Because(layer, force.title, statement.name, force.at())


def _ids(rcp: Levels | None) -> tuple[int, ...] | None:
    return None if rcp is None else tuple(id(one) for level in rcp for one in level)


def _home(answer: Answer, asked: list[tuple[int, Target]]) -> tuple[int, Target] | None:
    """The thing that a request was found for."""
    request = answer.request
    return None if request is None else next((pair for pair in asked if _holds(pair[1], request.resource)), None)


def _holds(target: Target, arn: str) -> bool:
    return arn == target.arn or (len(target.inside) > 1 and arn.startswith((target.arn + "/", target.arn + ":")))
