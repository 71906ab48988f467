"""Where one principal gets by one path: each edge a conjunction of requests that the engine allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apiece.access.asking import NO, Answer, Ask
from apiece.access.principals import Principal
from apiece.access.reach.paths import PATHS, Gives, On, Path, Wanted
from apiece.access.reach.world import World
from apiece.access.targets import Target, verbatim
from apiece.estate.function import Function
from apiece.estate.identity import User
from apiece.estate.policy import AttachedPolicy, PolicyForm
from apiece.iam.document import PolicyKind, parse
from apiece.iam.granted import Granted
from apiece.text import example
from apiece.tree import from_plain

_TRIES = 4
_ELSEWHERE = "arn:*:*:*:*:*elsewhere*"
"""What nothing in an estate is called: it stands for all that is not in it."""
_BESIDE = frozenset({On.NEW, On.ANY})


@dataclass(frozen=True)
class Edge:
    """One way that is open. `answers` hold a request and its conditions for each step.

    `target` None: something that the estate does not hold, such as the resource of the first answer. `into` are the
    principals whose permissions it leads to; `function` is what a trigger makes run.
    """

    path: Path
    by: Principal
    gives: Gives
    answers: tuple[Answer, ...]
    target: Target | None = None
    into: tuple[Principal, ...] = ()
    function: Function | None = None

    @property
    def resource(self) -> str:
        """What the edge leads to, as an ARN."""
        if self.target is not None:
            return self.target.arn
        request = self.answers[0].request
        return request.resource if request is not None else "*"

    @property
    def conditions(self) -> dict[str, str | tuple[str, ...]]:
        """What must hold beside what the calls themselves set."""
        forced = {(key.lower(), text) for one in self.path.requests for key, text in (*one.forced, *one.best)}
        found = (one.conditions.items() for one in self.answers)
        return {key: value for items in found for key, value in items if (key.lower(), value) not in forced}


@dataclass(frozen=True)
class Doubt:
    """A way of which it is not known whether it is open; without a path it is any way at all."""

    path: Path | None
    by: Principal
    target: Target | None
    reason: str


Step = Edge | Doubt


def edges(by: Principal, world: World, paths: Sequence[Path] = PATHS) -> tuple[Step, ...]:
    """All ways from one principal, walked once. Of one whose policies are not all known, none is known."""
    key = (id(by), id(paths))
    if key not in world.walked:
        world.walked[key] = tuple(_walked(by, world, paths))
    return world.walked[key]  # type: ignore[return-value]


def _walked(by: Principal, world: World, paths: Sequence[Path]) -> Iterator[Step]:
    if by.gaps:
        yield Doubt(None, by, None, by.gaps[0].reason)
        return
    for path in paths:
        if all(
            world.asking.spoken.may(by, wanted.actions) or wanted.on is On.RETRUSTED for wanted in path.requests
        ) or (path.slug == "assume-role"):
            yield from _Walk(by, world, path).steps()


@dataclass
class _Walk:
    by: Principal
    world: World
    path: Path

    def steps(self) -> Iterator[Step]:
        rest = self._rest()
        if rest is None:
            return
        if isinstance(rest, Doubt):
            yield rest
            return
        first = self.path.requests[0]
        if first.on in _BESIDE:
            yield Edge(self.path, self.by, self.path.gives, tuple(rest))
            return
        found = False
        targets = self._targets()
        for target, answer in zip(targets, self._among(first, targets), strict=True):
            if answer.result is Granted.NO:
                continue
            for step in self._step(target, answer, rest):
                found = True
                yield step
        if not found and first.on is not On.SOURCE and self.path.slug != "assume-role":
            yield from self._elsewhere(first, rest)

    def _step(self, target: Target, answer: Answer, rest: list[Answer]) -> Iterator[Step]:
        answers = [answer, *self._on_the_same(target, answer)]
        if any(one.result is Granted.NO for one in answers):
            return
        unknown = next((one for one in answers if not one.is_yes), None)
        if unknown is not None:
            yield Doubt(self.path, self.by, target, unknown.reason)
            return
        yield from self._edges(target, (*answers, *rest))

    def _on_the_same(self, target: Target, first: Answer) -> Iterator[Answer]:
        """What the later requests on the target itself come to."""
        for wanted in self.path.requests[1:]:
            if wanted.on is On.RETRUSTED and first.result is not Granted.NO:
                trusting = replace(target, trust=(_trusting(self.by),))
                yield self.world.asking.on(self.by, Ask(wanted.actions), trusting)

    def _edges(self, target: Target, answers: tuple[Answer, ...]) -> Iterator[Edge]:
        whole = Edge(self.path, self.by, self.path.gives, answers, target)
        match self.path.on:
            case On.SOURCE:
                source = next(one for one in self.world.sources if one.target is target)
                for function in source.functions:
                    if function not in self.by.functions:
                        yield replace(whole, function=function, into=self.world.running(function))
            case On.FUNCTION if isinstance(target.thing, Function):
                into = self.world.running(target.thing)
                own = any(one.subject.key == self.by.subject.key for one in into)
                if self.path.gives is Gives.TRIGGER and target.thing not in self.by.functions:
                    yield replace(whole, function=target.thing, into=into)
                elif self.path.gives is Gives.PUBLIC or not own:
                    yield replace(whole, into=into, function=target.thing)
            case On.POLICY | On.GROUP:
                yield replace(whole, gives=Gives.ITSELF) if self._is_own(target) else whole
            case On.LAYER:
                yield whole
            case _ if target.subject.key == self.by.subject.key:
                yield replace(whole, gives=Gives.ITSELF)
            case _:
                yield replace(whole, into=self.world.forms_of(target.subject))

    def _is_own(self, target: Target) -> bool:
        """Tell whether what is written into the target counts for the principal itself."""
        if self.path.on is On.POLICY:
            return self.by.subject.key in self.world.carriers.get(target.arn, frozenset())
        users = [one for one in self.world.index.estate.users if one.subject.key == self.by.subject.key]
        return any(_is_in(user, target) for user in users)

    def _targets(self) -> tuple[Target, ...]:
        match self.path.on:
            case On.SOURCE:
                services = {one.partition(":")[0] for one in self.path.requests[0].actions}
                return tuple(one.target for one in self.world.sources if one.target.arn.split(":")[2] in services)
            case On.PASSED:
                service = self.path.service or ""
                roles = self.world.by_kind[On.ROLE]
                trusted = (one for one in roles if self.world.trusts(one, service) is not Granted.NO)
                return tuple(one for one in trusted if one.subject.key != self.by.subject.key)
            case On.ROLE if self.path.gives is Gives.ROLE:
                asks = self.world.asking.spoken.may(self.by, self.path.requests[0].actions)
                roles = self.world.by_kind[On.ROLE] if asks else self.world.inviting
                return tuple(one for one in roles if one.subject.key != self.by.subject.key)
            case on:
                return self.world.by_kind.get(on, ())

    def _among(self, wanted: Wanted, targets: tuple[Target, ...]) -> list[Answer]:
        """Ask about all targets: with the most harmful choice first, then with any."""
        asking = self.world.asking
        answers = asking.among(self.by, Ask(wanted.actions, (*wanted.forced, *wanted.best)), targets)
        if not wanted.best:
            return answers
        others = [place for place, one in enumerate(answers) if one.result is Granted.NO]
        again = asking.among(self.by, Ask(wanted.actions, wanted.forced), [targets[place] for place in others])
        for place, answer in zip(others, again, strict=True):
            answers[place] = answer
        return answers

    # ---- what is asked beside the target -----------------------------------------------------------------------------

    def _rest(self) -> list[Answer] | Doubt | None:
        """The requests that are not on the target: their answers, why they are not known, or None if one is denied."""
        doubt: Doubt | None = None
        wanted = tuple(one for one in self.path.requests if one.on in _BESIDE)
        for more in self.path.one_of or ((),):
            answers = list(self._conjunction((*wanted, *more)))
            if all(one.is_yes for one in answers):
                return answers
            if not any(one.result is Granted.NO for one in answers):
                reason = next(one.reason for one in answers if not one.is_yes)
                doubt = doubt or Doubt(self.path, self.by, None, reason)
        return doubt

    def _conjunction(self, wanted: tuple[Wanted, ...]) -> Iterator[Answer]:
        for one in wanted:
            if one.on is On.ANY:
                yield self.world.asking.anywhere(self.by, Ask(one.actions, one.forced), one.within)
        yield from self._on_one([one for one in wanted if one.on is On.NEW])

    def _on_one(self, wanted: list[Wanted]) -> list[Answer]:
        """Requests that must all be allowed on one thing, whichever: found for the last, and tried on the others."""
        if not wanted:
            return []
        asking = self.world.asking
        *others, last = wanted
        if not others:
            return [asking.anywhere(self.by, Ask(last.actions), last.within)]
        unknown = ""
        for words in asking.spoken.words(self.by, others[0].actions):
            tried: tuple[str, ...] = ()
            for _ in range(_TRIES):
                found = asking.anywhere(self.by, Ask(last.actions), words or ("*",), without=tried)
                if found.request is None:
                    unknown = unknown or found.reason
                    break
                same = (verbatim(found.request.resource),)
                answers = [asking.anywhere(self.by, Ask(one.actions), same) for one in others]
                if all(one.is_yes for one in answers):
                    return [*answers, found]
                unknown = unknown or "no one thing was found on which all of this is allowed"
                tried = (*tried, *same)
        return [Answer(Granted.UNKNOWN, reason=unknown) if unknown else NO]

    def _elsewhere(self, first: Wanted, rest: list[Answer]) -> Iterator[Step]:
        """The path on something that the estate does not hold: what a word names, or what a pattern of one takes in."""
        known = {one.arn for one in self.world.by_kind.get(On.ROLE if first.on is On.PASSED else first.on, ())}
        ask = Ask(first.actions, (*first.forced, *first.best))
        words = [
            example(word) for found in self.world.asking.spoken.words(self.by, ask.actions) for word in found or ()
        ]
        named = tuple(word for word in words if "*" not in word and word not in known)
        answer = self.world.asking.anywhere(self.by, ask, (*named, _ELSEWHERE))
        request = answer.request
        if request is not None and request.resource not in known and not self._is_itself(request.resource):
            yield Edge(self.path, self.by, self.path.gives, (answer, *rest))
        elif answer.result is Granted.UNKNOWN:
            yield Doubt(self.path, self.by, None, answer.reason)

    def _is_itself(self, arn: str) -> bool:
        return self.path.gives is Gives.ROLE and arn == self.by.caller.arn


def _is_in(user: User, group: Target) -> bool:
    return user.subject.account == group.subject.account and group.name in {example(name) for name in user.groups}


def _trusting(by: Principal) -> AttachedPolicy:
    """A trust policy that names the caller, as the caller would write it."""
    statement = {"Effect": "Allow", "Principal": {"AWS": by.caller.arn}, "Action": "sts:AssumeRole"}
    document = parse(from_plain({"Version": "2012-10-17", "Statement": [statement]}), PolicyKind.TRUST)
    return AttachedPolicy(name="the new trust policy", form=PolicyForm.TRUST, document=document)
