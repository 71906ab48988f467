"""Sets of actions as integers: a bit for each action of the catalogue, and for each unknown name that a policy writes.

Services lie side by side and names are sorted, so that `s3:Get*` is one run of bits (spec/evaluation.md, statements 18,
19 and 36).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from apiece.iam import catalog
from apiece.iam.catalog.domains import KEYS_OF_OTHERS, domains_of
from apiece.iam.document import Word
from apiece.iam.pattern import glob, matches

STAR, ANY_ARN = "*", "arn"
"""Resource domains beside the formats of the catalogue: `*` itself, and any ARN."""
Domains = tuple[str, ...]

_LAST = "\U0010ffff"
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
        for service in table.services:
            actions = sorted(table.actions(service), key=lambda action: action.name.lower())
            self.services.append(service)
            self.offsets.append(len(self.all_names))
            self.offset[service] = len(self.all_names)
            self.names[service] = [action.name.partition(":")[2].lower() for action in actions]
            self.all_names += [action.name for action in actions]
        self.size = len(self.all_names)
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
    service, colon, name = pattern.partition(":")
    if not colon or "*" in service or "?" in service:
        return table.all if pattern == "*" else _looked_up(pattern)
    names = table.names.get(service)
    if names is None:
        return 0
    start = table.offset[service]
    stem = name.rstrip("*")
    if "*" in stem or "?" in stem:
        return _looked_up(pattern)
    first = bisect_left(names, stem)
    if stem == name:
        return 1 << start + first if first < len(names) and names[first] == name else 0
    return ((1 << bisect_right(names, stem + _LAST) - first) - 1) << start + first


def _looked_up(pattern: str) -> int:
    table = _table()
    found = 0
    for action in catalog.load().expand(pattern):
        names = table.names[action.service]
        found |= 1 << table.offset[action.service] + bisect_left(names, action.name.partition(":")[2].lower())
    return found


def forget_patterns() -> None:
    """Clear what is remembered of patterns; the catalogue's table stays."""
    _expanded.cache_clear()


class Universe:
    """The actions that one question speaks about."""

    def __init__(self, words: Iterable[Word]) -> None:
        table = _table()
        self._known = {text: _expanded(text) for text in {_lowered(word) for word in words}}
        unknown = (text for text, bits in self._known.items() if not bits and "*" not in text and "?" not in text)
        self._extra = tuple(sorted(text for text in unknown if text and not any(char.isspace() for char in text)))
        self._size = table.size
        self.all = (1 << table.size + len(self._extra)) - 1
        if self._extra:
            self._known = {text: bits | self._unknown(text) for text, bits in self._known.items()}

    def bits(self, words: Iterable[Word]) -> int:
        """The actions that some word matches, one of those that the universe was made of. An open word matches none."""
        known = self._known
        found = 0
        for word in words:
            found |= known[_lowered(word)]
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

    def _unknown(self, text: str) -> int:
        if "*" not in text and "?" not in text:
            return 0 if _expanded(text) or text not in self._extra else 1 << self._size + self._extra.index(text)
        stem = text.rstrip("*")
        if "*" not in stem and "?" not in stem:
            return sum(1 << self._size + place for place, name in enumerate(self._extra) if name.startswith(stem))
        whole = glob(text, ignore_case=True)
        return sum(1 << self._size + place for place, name in enumerate(self._extra) if matches(whole, name))

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


def _lowered(word: Word) -> str:
    text = word.text
    return text.lower() if isinstance(text, str) else ""


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set; time goes with the length of the number, once."""
    digits = bin(bits)[:1:-1]
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)
