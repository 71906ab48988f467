"""Sets of actions as integers: a bit for each action of the catalogue, and for each unknown name that a policy writes.

Services lie side by side and names are sorted, so that `s3:Get*` is one run of bits (spec/evaluation.md, statements 18,
19 and 36).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache

from apiece.iam import catalog
from apiece.iam.catalog.domains import KEYS_OF_OTHERS, domains_of
from apiece.iam.document import Word
from apiece.iam.pattern import glob, matches

STAR, ANY_ARN = "*", "arn"
"""Resource domains beside the formats of the catalogue: `*` itself, and any ARN."""
Domains = tuple[str, ...]
Located = tuple[list[int], list[str]]

_LAST = "\U0010ffff"
_MOST_WORDS = 2_000
_FEW = 8
_UNKNOWN: Domains = (STAR, ANY_ARN)


class _Table:
    """The catalogue's actions in order of service and name."""

    def __init__(self) -> None:
        table = catalog.load()
        self.services: list[str] = []
        self.offsets: list[int] = []
        self.names: dict[str, list[str]] = {}
        self.offset: dict[str, int] = {}
        self.groups: dict[str, dict[Domains, int]] = {}
        self.all_names: list[str] = []
        self.places: dict[str, int] = {}
        for service in table.services:
            actions = sorted(table.actions(service), key=lambda action: action.name.lower())
            self.services.append(service)
            self.offsets.append(len(self.all_names))
            self.offset[service] = len(self.all_names)
            self.names[service] = [action.name.partition(":")[2].lower() for action in actions]
            self.all_names += [action.name for action in actions]
        self.size = len(self.all_names)
        for place, name in enumerate(self.all_names):
            self.places[name] = self.places[name.lower()] = place
        self.all = (1 << self.size) - 1

    def grouped(self, service: str) -> dict[Domains, int]:
        """The actions of a service by their resource domains, as bits from the service's own start."""
        found = self.groups.get(service)
        if found is None:
            found = self.groups[service] = {}
            start = self.offset[service]
            for place in range(len(self.names[service])):
                domains = domains_of(self.all_names[start + place])
                found[domains] = found.get(domains, 0) | 1 << place
        return found


@cache
def _table() -> _Table:
    return _Table()


@lru_cache(maxsize=65536)
def _expanded(pattern: str) -> int:
    """The catalogue's actions that a pattern in lower case matches."""
    table = _table()
    place = table.places.get(pattern)
    if place is not None:
        return 1 << place
    service, colon, name = pattern.partition(":")
    if not colon or "*" in service or "?" in service:
        return table.all if pattern == "*" else _looked_up(pattern)
    names = table.names.get(service)
    stem = name.rstrip("*")
    if names is None or not {"*", "?"} & set(name):
        return 0
    if "*" in stem or "?" in stem:
        return _looked_up(pattern)
    first = bisect_left(names, stem)
    return ((1 << bisect_right(names, stem + _LAST) - first) - 1) << table.offset[service] + first


def _is_looked_for(pattern: str) -> bool:
    """Tell wildcards before the end from what is found at once."""
    return bool(set(pattern.rstrip("*")) & {"*", "?"})


def are_too_many(texts: Collection[str]) -> bool:
    """Tell whether more action words have to be looked for in the whole catalogue than any policies of people hold."""
    return len(texts) > _MOST_WORDS and sum(map(_is_looked_for, texts)) > _MOST_WORDS


def _is_name(text: str) -> bool:
    return "*" not in text and "?" not in text and not any(map(str.isspace, text))


def _looked_up(pattern: str) -> int:
    table = _table()
    return _set([table.places[action.name] for action in catalog.load().expand(pattern)])


def _set(places: Sequence[int]) -> int:
    """A set with these places."""
    if len(places) < _FEW:
        return _or(1 << place for place in places)
    found = bytearray((_table().size >> 3) + 1)
    for place in places:
        found[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(found, "little")


def forget_patterns() -> None:
    """Clear what is remembered of patterns; the catalogue's table stays."""
    _expanded.cache_clear()


def texts_of(words: Iterable[Word]) -> list[str]:
    """The words that are known, as they are written."""
    return [word.text for word in words if isinstance(word.text, str)]


def located(texts: Sequence[str]) -> Located:
    """The places of those words that are names of the catalogue, and all other words."""
    get = _table().places.get
    found = list(map(get, texts))
    if None in found:
        found = [get(text.lower()) if place is None else place for text, place in zip(texts, found, strict=True)]
    others = [text for text, place in zip(texts, found, strict=True) if place is None] if None in found else []
    return [place for place in found if place is not None], others


class Universe:
    """The actions that one question speaks about; `texts` are all its action words, as they are written."""

    def __init__(self, texts: Iterable[str]) -> None:
        table = _table()
        lowered = {text: text.lower() for text in texts}
        names = {low for low in lowered.values() if low and low not in table.places and _is_name(low)}
        self._extra = tuple(sorted(names))
        self._size = table.size
        self.all = (1 << table.size + len(self._extra)) - 1
        self._known = {text: _expanded(low) | self._unknown(low) << self._size for text, low in lowered.items()}

    def bits(self, words: Located) -> int:
        """The actions that some word matches, one of those that the universe was made of."""
        places, others = words
        found = _set(places)
        for text in others:
            found |= self._known[text]
        return found

    def named(self, names: Iterable[str]) -> int:
        """The actions of the universe with these names."""
        lowered = [name.lower() for name in names]
        extra = sum(1 << self._size + self._extra.index(name) for name in lowered if name in self._extra)
        return extra | _or(_expanded(name) for name in lowered)

    @property
    def on_keys(self) -> int:
        """The actions that may be requested on a KMS key."""
        return self.named(("kms:*", *KEYS_OF_OTHERS)) | self.all >> self._size << self._size

    def _unknown(self, pattern: str) -> int:
        """The unknown names that a pattern in lower case matches, as bits from their own start."""
        extra = self._extra
        stem = pattern.rstrip("*")
        if "*" in stem or "?" in stem:
            whole = glob(pattern, ignore_case=True)
            return sum(1 << place for place, name in enumerate(extra) if matches(whole, name))
        first = bisect_left(extra, stem)
        if stem == pattern:
            return 1 << first if first < len(extra) and extra[first] == pattern else 0
        return (1 << bisect_right(extra, stem + _LAST) - first) - 1 << first

    def name(self, bit: int) -> str:
        """The action at a place: as the catalogue writes it, or in lower case where it is not known."""
        return _table().all_names[bit] if bit < self._size else self._extra[bit - self._size]

    def names(self, bits: int) -> list[str]:
        """All actions of a set, in order of their bits."""
        return [self.name(bit) for bit in _places(bits)]

    def grouped(self, bits: int) -> Iterator[tuple[Domains, int]]:
        """Split a set by the resource domains of its actions."""
        table = _table()
        known = bits & table.all
        while known:
            lowest = (known & -known).bit_length() - 1
            service = table.services[bisect_right(table.offsets, lowest) - 1]
            start = table.offset[service]
            local = known >> start & (1 << len(table.names[service])) - 1
            known ^= local << start
            if local.bit_count() == 1:
                yield domains_of(table.all_names[lowest]), local << start
                continue
            for domains, group in table.grouped(service).items():
                if local & group:
                    yield domains, (local & group) << start
        if bits >> self._size:
            yield _UNKNOWN, bits >> self._size << self._size


def _or(sets: Iterable[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set; time goes with the length of the number, once."""
    digits = bin(bits)[:1:-1]
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)
