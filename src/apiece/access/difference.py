"""What a change lets each function do that it could not do before, and what it takes away.

Functions and Lambda roles of two readings are matched by their subject, else by their name. Each pair is compared over
the layers that both readings know, in every deployment that conditions allow; the engine walks what is gained, and the
other way round what is lost (docs/adr/0014-exact-solver.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from apiece.access.effective import other_account
from apiece.access.execution import Execution, executions
from apiece.access.index import index_of
from apiece.access.rights import EXAMPLE_ACCOUNT, caller, in_account, layers, with_delegation
from apiece.access.rows import Asked, Found, Places, in_order, rows
from apiece.estate.estate import Estate
from apiece.estate.gap import Gap
from apiece.estate.when import ALWAYS, When
from apiece.iam.access_change import Bounds, gained_each
from apiece.iam.evaluate import Layers
from apiece.iam.granted import is_allowed
from apiece.iam.request import Caller, Request
from apiece.records.access import AccessChange, Difference, Doubt, Fate, Row
from apiece.text import example

_MOST_CHOICES = 4
_MOST_ROWS = 400
_NOTHING = Layers(identity=())
_ROLE_FACTS = frozenset({"function.role", "role.policies", "role.boundary"})


def difference(old: Estate, new: Estate) -> Difference:
    """Compare the access of all functions of two readings whose stacks are called alike (`estate.renamed`)."""
    left_out = tuple(sorted({"scp", "boundary"} & {*old.outside_source, *new.outside_source}))
    before, after = _Side(old, "old-", left_out), _Side(new, "new-", left_out)
    found = []
    pairs = list(_pairs(before.forms, after.forms))
    for was, now in pairs:
        change = _Pair(before, after, was, now).change()
        if change is not None:
            found.append(change)
    order = [Fate.CHANGED, Fate.ADDED, Fate.REMOVED]
    found.sort(key=lambda one: (not one.gained, order.index(one.fate), one.subject.name, one.subject.key))
    return Difference(compared=len(pairs), functions=tuple(found), left_out=left_out)


class _Side:
    """One reading: its functions in all their forms, by subject."""

    def __init__(self, estate: Estate, prefix: str, left_out: tuple[str, ...]) -> None:
        self.prefix = prefix
        self.estate = estate
        self.left_out = left_out
        self.forms: dict[str, list[Execution]] = {}
        for execution in executions(index_of(estate)):
            self.forms.setdefault(execution.subject.key, []).append(execution)

    def gap(self, forms: Iterable[Execution]) -> Gap | None:
        """Something about the role that could not be read."""
        keys = {subject.key for one in forms for subject in one.subjects}
        return next((gap for gap in self.estate.gaps if gap.subject.key in keys and gap.needs in _ROLE_FACTS), None)

    def form(self, forms: Iterable[Execution], world: When) -> Execution | None:
        """The form that a function has in a deployment, None where it is not there."""
        chosen = dict(world)
        fits = (one for one in forms if all(chosen.get(name, value) is value for name, value in one.when))
        return next(fits, None)

    def layers(self, form: Execution | None, world: When, account: str) -> Layers:
        if form is None:
            return _NOTHING
        found = with_delegation(layers(form, world), account)
        if "scp" in self.left_out:
            found = replace(found, scp=None)
        return replace(found, boundary=None) if "boundary" in self.left_out else found


Forms = Mapping[str, list[Execution]]


def _pairs(old: Forms, new: Forms) -> Iterator[tuple[list[Execution], list[Execution]]]:
    """Match by subject, then what is left by name, then a lone policy with a lone policy."""
    only_old = {key: forms for key, forms in old.items() if key not in new}
    only_new = {key: forms for key, forms in new.items() if key not in old}
    yield from ((old[key], new[key]) for key in old if key in new)
    names = _by_name(only_old)
    if len(old) == len(new) == 1 and all(_is_policy(forms) for forms in (*only_old.values(), *only_new.values())):
        names = {name: key for name in _by_name(only_new) for key in only_old}
    for name, key in _by_name(only_new).items():
        match = names.get(name)
        if match in only_old:
            yield only_old.pop(match), only_new.pop(key)
    yield from ((forms, _running_as(key, new)) for key, forms in only_old.items())
    yield from ((_running_as(key, old), forms) for key, forms in only_new.items())


def _running_as(key: str, forms: Forms) -> list[Execution]:
    """What runs as a role that stands alone on the other side, as one function."""
    users = (every for every in forms.values() if any(one.role and one.role.subject.key == key for one in every))
    return next(users, [])


def _by_name(forms: Forms) -> dict[str, str]:
    """Keys by the name of the function, or of what stands alone; names that two share are left out."""
    found: dict[str, list[str]] = {}
    for key, (first, *_) in forms.items():
        name = example(first.function.name) if first.function is not None else first.subject.name
        found.setdefault(f"{first.subject.kind} {name}", []).append(key)
    return {name: keys[0] for name, keys in found.items() if len(keys) == 1}


def _is_policy(forms: list[Execution]) -> bool:
    return forms[0].function is None and forms[0].role is None


@dataclass
class _Pair:
    """A function on both sides; no forms where it is not there."""

    before: _Side
    after: _Side
    was: list[Execution]
    now: list[Execution]

    def change(self) -> AccessChange | None:
        """What was gained and lost, None for nothing."""
        subject = (self.now or self.was)[0].subject
        fate = Fate.CHANGED if self.was and self.now else Fate.ADDED if self.now else Fate.REMOVED
        gap = self.before.gap(self.was) or self.after.gap(self.now)
        if gap is not None:
            doubt = Doubt(reason=f"not all policies could be read: {gap.reason}")
            return AccessChange(subject=subject, fate=fate, doubts=(doubt,))
        gained: list[Row] = []
        lost: list[Row] = []
        doubts: list[Doubt] = []
        names = sorted({name for one in (*self.was, *self.now) for name in _choices(one)})
        if len(names) > _MOST_CHOICES:
            doubt = Doubt(reason=f"its access depends on {len(names)} conditions, more than {_MOST_CHOICES}")
            return AccessChange(subject=subject, fate=fate, doubts=(doubt,))
        for values in itertools.product((True, False), repeat=len(names)):
            world = tuple(zip(names, values, strict=True))
            if self.after.estate.together(world, ()) is None:
                continue
            more, open_more = _walked((self.before, self.was), (self.after, self.now), world)
            less, open_less = _walked((self.after, self.now), (self.before, self.was), world)
            gained, lost, doubts = gained + more, lost + less, doubts + open_more + open_less
        if fate is Fate.CHANGED and not (gained or lost or doubts):
            return None
        return AccessChange(
            subject=subject,
            fate=fate,
            gained=_merged(gained, 1 << len(names)),
            lost=_merged(lost, 1 << len(names)),
            doubts=tuple(dict.fromkeys(doubts)),
        )


def _walked(
    low: tuple[_Side, list[Execution]], high: tuple[_Side, list[Execution]], world: When
) -> tuple[list[Row], list[Doubt]]:
    """What the higher side allows in a deployment and the lower does not."""
    (below, below_forms), (above, above_forms) = low, high
    form = above.form(above_forms, world)
    if form is None:
        return [], []
    who = caller(form)
    account = who.account or EXAMPLE_ACCOUNT
    small = below.layers(below.form(below_forms, world), world, account)
    large = above.layers(form, world, account)
    places = Places(form, world, large, "new-")
    made: list[Row] = []
    doubts: list[Doubt] = []
    for owner in _owners(who, large):
        change = _Change(who, in_account(small, owner, account), in_account(large, owner, account), owner)
        new, open_ = rows(itertools.islice(change.found(), _MOST_ROWS), places, Asked(change.confirm, account=owner))
        made += new
        doubts += open_
    return made, doubts


@dataclass(frozen=True)
class _Change:
    """A change of layers for a caller, on the resources of one account: the caller's own, or `owner`."""

    caller: Caller
    small: Layers
    large: Layers
    owner: str | None

    def found(self) -> Iterator[Found]:
        for one in gained_each(self.caller, self.small, self.large, Bounds(owner=self.owner)):
            refs = tuple(ref for ref in one.statements if ref.startswith("new-"))
            yield Found(one.witness, one.actions, refs, one.reason)

    def confirm(self, request: Request) -> bool:
        return is_allowed(request, self.large) is True and is_allowed(request, self.small) is False


def _owners(who: Caller, found: Layers) -> list[str | None]:
    """The accounts whose resources are asked about: the caller's, and those that statements name."""
    named = {
        other_account(word.text, who)
        for policy in found.identity or ()
        for statement in policy.statements
        for word in statement.resources or ()
    }
    return [None, *sorted(owner for owner in named if owner is not None)]


def _choices(execution: Execution) -> Iterator[str]:
    """The conditions that an execution depends on."""
    for when in (execution.when, *(one.when for one in (*execution.policies, *execution.boundary))):
        yield from (name for name, _ in when)


def _merged(found: list[Row], worlds: int) -> tuple[Row, ...]:
    """Rows that are the same in every deployment are one, without a condition."""
    groups: dict[bytes, list[Row]] = {}
    for row in found:
        groups.setdefault(msgspec.json.encode(msgspec.structs.replace(row, when=ALWAYS)), []).append(row)
    merged: list[Row] = []
    for same in groups.values():
        merged += [msgspec.structs.replace(same[0], when=ALWAYS)] if len(same) == worlds else same
    return tuple(sorted(merged, key=in_order))
