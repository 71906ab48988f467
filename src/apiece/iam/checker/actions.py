"""The actions of the world, each with the resources it is requested on, as bits (docs/adr/0014, "The world")."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache

from apiece.iam import catalog
from apiece.iam.catalog.domains import domains_of
from apiece.iam.document import Statement, Word
from apiece.iam.match import glob, prepare
from apiece.text import Text, example, is_open

ANYTHING, ANY_ARN = "*", "arn"
_UNKNOWN_TO_CATALOG = (ANYTHING, ANY_ARN)


class World:
    """The catalogue's actions and those that only the statements name.

    A *pair* is an action and one of its resource domains; every set of pairs is one integer.
    """

    def __init__(self, statements: Iterable[Statement]) -> None:
        places, domains, size = _known()
        self._places = dict(places)
        self._more = sorted(_only_written(statements))
        self._domains = {domain: list(pairs) for domain, pairs in domains.items()} if self._more else domains
        for name in self._more:
            self._places[name] = range(size, size + len(_UNKNOWN_TO_CATALOG))
            for domain in _UNKNOWN_TO_CATALOG:
                self._domains.setdefault(domain, []).append(size)
                size += 1
        self._size = size
        self.all = (1 << size) - 1
        self._words: dict[Text, int | None] = {}
        self._of_domain: dict[str, int] = {}

    def has(self, name: str) -> bool:
        """Tell whether there is an action of this name, in lower case."""
        return name in self._places

    def pairs(self, names: Iterable[str]) -> int:
        """All pairs of actions, by their names in lower case. Raises `KeyError` for one that does not exist."""
        return self._bits(place for name in names for place in self._places[name])

    def on(self, domain: str) -> int:
        """All pairs of a resource domain, none for one that no action has."""
        if domain not in self._of_domain:
            self._of_domain[domain] = self._bits(self._domains.get(domain, ()))
        return self._of_domain[domain]

    def example(self, pairs: int) -> str:
        """Name one of some pairs."""
        place = (pairs & -pairs).bit_length() - 1
        name = next(name for name, places in self._places.items() if place in places)
        return f"{name} on {next(domain for domain, found in self._domains.items() if place in found)}"

    def about(self, statement: Statement) -> tuple[int, int]:
        """The pairs whose action a statement may be about, and those that it is certainly about (18, 19)."""
        words = statement.actions if statement.actions is not None else statement.not_actions or ()
        found = [self._matched(word) for word in words]
        sure = 0
        for pairs in found:
            sure |= pairs or 0
        if statement.actions is not None:
            return (self.all if None in found else sure), sure
        rest = self.all & ~sure
        return rest, (0 if None in found else rest)

    def _matched(self, word: Word) -> int | None:
        """The pairs that an action word matches, None if that is not known."""
        if word.text not in self._words:
            self._words[word.text] = None if is_open(word.text) else self._expanded(example(word.text))
        return self._words[word.text]

    def _expanded(self, text: str) -> int:
        if any(char.isspace() for char in text):
            return 0
        if text and not text.strip("*"):
            return self.all
        return self.pairs(
            [*(action.name.lower() for action in catalog.load().expand(text)), *self._written(text.lower())]
        )

    def _written(self, text: str) -> list[str]:
        """The names that only the statements know which a word matches: all of them begin as the word does."""
        start = text.partition("*")[0].partition("?")[0]
        near = self._more[bisect_left(self._more, start) :]
        if start == text:
            return near[:1] if near[:1] == [text] else []
        pattern = prepare(text, variables=False, context={})
        begun = itertools.takewhile(lambda name: name.startswith(start), near)
        return [name for name in begun if isinstance(pattern, tuple) and glob(pattern, tuple(name))]

    def _bits(self, places: Iterable[int]) -> int:
        found = bytearray(self._size // 8 + 1)
        for place in places:
            found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")


@cache
def _known() -> tuple[dict[str, range], dict[str, list[int]], int]:
    """Number the pairs of the catalogue: by action, by domain, and how many there are."""
    table = catalog.load()
    places: dict[str, range] = {}
    domains: dict[str, list[int]] = {}
    size = 0
    for service in table.services:
        for action in table.actions(service):
            found = domains_of(action.name)
            places[action.name.lower()] = range(size, size + len(found))
            for domain in found:
                domains.setdefault(domain, []).append(size)
                size += 1
    return places, domains, size


def _only_written(statements: Iterable[Statement]) -> set[str]:
    """The literal action names that the catalogue does not know (statement 36)."""
    words = {word for one in statements for word in (*(one.actions or ()), *(one.not_actions or ()))}
    texts = {example(word.text) for word in words if not is_open(word.text)}
    return {
        text.lower()
        for text in texts
        if text and not any(char in "*?" or char.isspace() for char in text) and catalog.load().action(text) is None
    }
