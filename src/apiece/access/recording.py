"""Which trails record a change of access in a place, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apiece.access.changes import Change, trail_sees
from apiece.access.kleene import every, some
from apiece.access.place import Place
from apiece.estate.watch import Trail
from apiece.records.verdict import Unknown
from apiece.text import show

_NOT_KNOWN = Unknown(reason="what the trails of this region record is not known")


@dataclass(frozen=True)
class Recording:
    """Whether one trail records a change (None: not known), and if not, why: a sentence about the trail."""

    trail: Trail
    answer: bool | None
    why: str = ""


@dataclass(frozen=True)
class Sight:
    """Changes of one service that are not seen, those that may be, and what is not known of them."""

    changes: tuple[Change, ...]
    unseen: tuple[Change, ...]
    in_doubt: tuple[Change, ...]
    unknowns: tuple[Unknown, ...] = ()

    def answer(self, change: Change) -> bool | None:
        """Whether a change is seen; None: not known."""
        return None if change in self.in_doubt else change not in self.unseen

    @property
    def blind(self) -> bool:
        """None of the changes is seen, for sure."""
        return self.unseen == self.changes


def sight(changes: tuple[Change, ...], answers: Iterable[bool | None], unknowns: Iterable[Unknown]) -> Sight:
    """Sort changes by what is known of each. What is not known matters only where a change is not seen for sure."""
    given = tuple(answers)
    doubts = tuple({doubt.reason: doubt for doubt in unknowns}.values())
    unseen = tuple(change for change, answer in zip(changes, given, strict=True) if answer is False)
    in_doubt = tuple(change for change, answer in zip(changes, given, strict=True) if answer is None)
    return Sight(changes, unseen, in_doubt, (doubts or (_NOT_KNOWN,)) if in_doubt else ())


def recordings(place: Place, region: str | None, change: Change) -> tuple[Recording, ...]:
    """What each trail of the place does with a change whose event appears in `region`.

    A multi-region trail records a region that was not read too; a trail of one region records what appears there.
    """
    here = place.watch.trails.get(place.spot, ())
    found = {trail.subject.key: trail for trail in here if region == place.region or trail.multi_region is not False}
    if region is not None and region != place.region:
        found |= {trail.subject.key: trail for trail in place.watch.trails.get((place.account.id, region), ())}
    return tuple(_recording(found[key], place.account.id, region, change) for key in sorted(found))


def _recording(trail: Trail, account: str, region: str | None, change: Change) -> Recording:
    name = show(trail.name)[:80]
    selected = trail_sees(trail, change, account, region or "")
    reaches = change.service != "iam" or trail.multi_region is True or trail.global_events
    answer = every((trail.logging, selected, reaches))
    if trail.logging is False:
        return Recording(trail, answer, f"trail `{name}` is switched off")
    if reaches is False:
        return Recording(trail, answer, f"trail `{name}` leaves out the events of global services")
    return Recording(trail, answer, f"trail `{name}` does not select these events" if selected is False else "")


def doubts(place: Place, region: str | None) -> tuple[Unknown, ...]:
    """What is not known of the trails that may record events of `region`."""
    watch = place.watch
    found = list(watch.unread(place.spot, "trails"))
    spots = [place.spot]
    if region is None:
        found.append(Unknown(reason="where IAM's events appear in this partition is not known to this version"))
    elif region != place.region:
        spot = (place.account.id, region)
        spots.append(spot)
        found += watch.unread(spot, "trails")
        if not watch.is_read(spot):
            found.append(_not_read(region))
    for spot in spots:
        for trail in watch.trails.get(spot, ()):
            found += watch.doubts(trail.subject, "trail.logging", "trail.selectors")
            known = (trail_sees(trail, one, *spot) for _, changes in place.groups for one in changes)
            if trail.selectors is not None and None in known:
                reason = f"trail `{show(trail.name)[:80]}` selects by a field that this version does not know"
                found.append(Unknown(reason=reason, hint="update apiece"))
    return tuple(found)


def _not_read(region: str) -> Unknown:
    return Unknown(
        reason=f"region {region}, where events of IAM appear, was not read",
        hint=f"add {region} to the regions of the target",
    )


def recorded(place: Place, region: str | None, changes: tuple[Change, ...]) -> Sight:
    """Which changes some trail records, and which none does."""
    unknowns = doubts(place, region)
    lists_missing = _lists_missing(place, region)
    answers = [
        some((*(one.answer for one in recordings(place, region, change)), *((None,) if lists_missing else ())))
        for change in changes
    ]
    return sight(changes, answers, unknowns)


def _lists_missing(place: Place, region: str | None) -> bool:
    """Tell whether there may be trails that nobody could list."""
    watch = place.watch
    if watch.unread(place.spot, "trails"):
        return True
    spot = (place.account.id, region or "")
    return region != place.region and (not watch.is_read(spot) or bool(watch.unread(spot, "trails")))
