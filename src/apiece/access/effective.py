"""What a function may do: every action of the catalogue on what its role's policies name, all layers counted.

The role's Allow statements only say where to look. For each resource word that they hold the engine walks the actions
that are allowed on some resource which the word means, so that a Deny, a boundary and control policies count as they do
in AWS (docs/adr/0014-exact-solver.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from apiece.access.execution import Execution
from apiece.access.rights import EXAMPLE_ACCOUNT, caller, in_account, layers_of
from apiece.access.rows import Asked, Found, Places, in_order, rows
from apiece.arn import try_parse
from apiece.estate.gap import Gap
from apiece.iam.document import Effect, Policy, Statement
from apiece.iam.evaluate import Layers
from apiece.iam.granted import granted_each, is_allowed
from apiece.iam.pattern import Pattern, contains, glob, matches, resource
from apiece.iam.request import Caller
from apiece.iam.scope import Scope
from apiece.records.access import Allowance, Doubt, Row
from apiece.text import Text, example, holes, is_open, show

_MOST_EXCEPTIONS = 3


@dataclass(frozen=True)
class _Spot:
    """Where to look: a resource word, the statements that hold it, and how it is called."""

    word: Text
    statements: tuple[Statement, ...]
    title: str

    @property
    def actions(self) -> tuple[str, ...]:
        """The action words of its statements."""
        if any(one.actions is None for one in self.statements):
            return ("*",)
        words = [word.text for one in self.statements for word in one.actions or ()]
        return tuple(dict.fromkeys(text if isinstance(text, str) else "*" for text in words))

    def alone(self, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        """The policies without the Allow statements that do not hold the word."""
        kept = {id(one) for one in self.statements}
        return tuple(
            replace(policy, statements=tuple(one for one in policy.statements if _denies(one) or id(one) in kept))
            for policy in policies
        )


def effective(execution: Execution, gaps: tuple[Gap, ...] = ()) -> Allowance:
    """List what an execution may do, the widest resource first asked, each action once for what one word takes in."""
    looking = _Looking(execution)
    made: list[Row] = []
    doubts: list[Doubt] = []
    for spot in _spots(looking.layers):
        new, open_ = looking.at(spot)
        made += new
        doubts += open_
    role = execution.role
    return Allowance(
        subject=execution.subject,
        role=role.subject.name if role is not None else None,
        rows=tuple(sorted(made, key=in_order)),
        doubts=tuple(doubts),
        gaps=gaps,
        when=execution.when,
    )


class _Looking:
    """Remembers what is allowed on all that a word means, so that it is not told again for a narrower word."""

    def __init__(self, execution: Execution) -> None:
        self.caller = caller(execution)
        self.account = self.caller.account or EXAMPLE_ACCOUNT
        self.layers = layers_of(execution, execution.when)
        self._execution = execution
        self._denials = [one for policy in _policies(self.layers) for one in policy.statements if _denies(one)]
        self._whole: list[tuple[Text, frozenset[str]]] = []

    def at(self, spot: _Spot) -> tuple[list[Row], list[Doubt]]:
        """What the statements of a word allow on it, all other layers and every Deny counted."""
        owner = other_account(spot.word, self.caller)
        asked = replace(in_account(self.layers, owner, self.account), identity=spot.alone(self.layers.identity or ()))
        places = Places(self._execution, self._execution.when, asked)
        told = frozenset[str]().union(*(names for word, names in self._whole if _takes_in(word, spot.word)))
        found = []
        for grant in granted_each(self.caller, asked, Scope(spot.actions, (spot.word,)), owner=owner):
            names = tuple(name for name in grant.actions if name not in told)
            if names or not grant.actions:
                found.append(Found(grant.witness, names, grant.statements, grant.reason))
        if spot.statements[0].not_resources is None:
            whole = (name for one in found if one.request and _is_whole(one, places) for name in one.actions)
            self._whole.append((spot.word, frozenset(name for name in whole if not self._is_denied(name))))
        return rows(found, places, Asked(lambda request: is_allowed(request, asked), spot.title, owner))

    def _is_denied(self, name: str) -> bool:
        return any(_names(one, name) for one in self._denials)


def _is_whole(found: Found, places: Places) -> bool:
    """Tell whether the statements allow the actions on everything that they name, under no condition."""
    return all(
        not one.conditions and one.not_resources is None and (ref.startswith("identity") or _is_everywhere(one))
        for ref, (_, one) in places.statements(found.refs).items()
    )


def _policies(found: Layers) -> Iterator[Policy]:
    yield from found.identity or ()
    yield from found.boundary or ()
    for level in found.scp or ():
        yield from level


def _denies(one: Statement) -> bool:
    return one.effect is Effect.DENY


def _names(one: Statement, action: str) -> bool:
    """Tell whether a statement is certainly about an action."""
    words = one.actions if one.actions is not None else one.not_actions or ()
    named = any(isinstance(word.text, str) and matches(_pattern(word.text), action.lower()) for word in words)
    return named if one.actions is not None else not named


@lru_cache(maxsize=8192)
def _pattern(text: str) -> Pattern:
    return glob(text, ignore_case=True)


def _is_everywhere(one: Statement) -> bool:
    return any(word.text == "*" for word in one.resources or ())


def _spots(found: Layers) -> list[_Spot]:
    """Every resource word of the Allow statements, those that take in others before them."""
    by_word: dict[tuple[Text, str], list[Statement]] = {}
    for policy in found.identity or ():
        for statement in policy.statements:
            if statement.effect is Effect.ALLOW:
                for word, title in _words(statement):
                    by_word.setdefault((word, title), []).append(statement)
    spots = [_Spot(word, tuple(statements), title) for (word, title), statements in by_word.items()]
    return sorted(spots, key=lambda spot: (sum(_takes_in(other.word, spot.word) for other in spots), spot.title))


def _words(statement: Statement) -> Iterator[tuple[Text, str]]:
    if statement.resources is not None:
        yield from ((word.text, show(word.text)) for word in statement.resources)
    elif statement.not_resources is not None:
        names = [show(word.text) for word in statement.not_resources]
        rest = len(names) - _MOST_EXCEPTIONS
        more = f" and {rest} more" if rest > 0 else ""
        yield "*", f"* but {', '.join(names[:_MOST_EXCEPTIONS])}{more}"


def _takes_in(outer: Text, inner: Text) -> bool:
    if outer in {inner, "*"}:
        return True
    if is_open(outer) or is_open(inner):
        return False
    return contains(resource(outer), resource(inner))


def other_account(word: Text, who: Caller) -> str | None:
    """The account that a word names, if it is not the caller's."""
    arn = try_parse(example(word))
    if arn is None or not arn.account.isdigit() or arn.account == who.account:
        return None
    return None if holes(word) and arn.account == EXAMPLE_ACCOUNT else arn.account
