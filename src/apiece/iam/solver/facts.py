"""What a branch of the search holds true of one request: facts about its resource and about each of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from apiece.iam.solver.atoms import Atom
from apiece.iam.solver.words import Word

RESOURCE = "resource"
"""The variable of the resource; that of a key is `key/NAME` in lower case."""


@dataclass(frozen=True)
class Union:
    """The words of one `Resource` or `NotResource` element."""

    words: tuple[Word, ...]
    star: bool = False
    """Whether `*` is meant to be in it, though no word takes in everything."""

    @cached_property
    def takes_all(self) -> bool:
        return any(word.is_everything for word in self.words)

    @cached_property
    def _hash(self) -> int:
        return hash((self.words, self.star))

    def __hash__(self) -> int:
        return self._hash


Fact = tuple[Union | Atom, bool]
"""The resource is in a union, or a condition holds; or it is not, or does not."""
About = frozenset[Fact]
"""The facts about one variable."""
Facts = Mapping[str, About]
Literal = tuple[str, Fact]
"""A variable and a fact about it."""

NOTHING: About = frozenset()
