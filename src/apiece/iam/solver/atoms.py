"""One condition as an atom over one key: operator, set operator, `IfExists`, and the words it compares with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from apiece.iam.document import Condition
from apiece.iam.pattern import Pattern
from apiece.iam.solver.words import Word, word_of
from apiece.text import Text


class Family(Enum):
    """What values an operator compares."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    BYTES = "bytes"
    PRESENCE = "presence"


class Over(Enum):
    """Over which values of a key an operator speaks (statement 27)."""

    ONE = "one"
    ALL = "all"
    ANY = "any"


# The last three are no operators of AWS: they say what is true of all callers of a class. Their word is an example.
_TEXTS = {
    "stringequals": "equal",
    "stringequalsignorecase": "equal_ignoring_case",
    "stringlike": "like",
    "arnlike": "arn",
    "bool": "boolean",
    "isaccount": "any_account",
    "isrole": "any_role",
    "isuser": "any_user",
}
_NEGATIONS = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnlike",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
_WITHOUT_VARIABLES = frozenset({"bool", "binaryequals", "ipaddress"})


@dataclass(frozen=True)
class Atom:
    """A condition, ready to be reasoned about. `name` is the operator without its negation, in lower case."""

    key: str
    name: str
    negative: bool
    over: Over
    if_exists: bool
    words: tuple[Word, ...]

    @cached_property
    def _hash(self) -> int:
        return hash((self.key, self.name, self.negative, self.over.value, self.if_exists, self.words))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def family(self) -> Family:
        if self.name == "null":
            return Family.PRESENCE
        if self.name in _TEXTS:
            return Family.TEXT
        if self.name.startswith("numeric"):
            return Family.NUMBER
        if self.name.startswith("date"):
            return Family.DATE
        return Family.ADDRESS if self.name == "ipaddress" else Family.BYTES

    @cached_property
    def is_opaque(self) -> bool:
        return any(word.is_opaque for word in self.words)

    def language(self, word: Word) -> Pattern | None:
        """The texts that a word of a text operator matches; None for none."""
        found: Pattern | None = getattr(word, _TEXTS[self.name])
        return found

    def is_literal(self, word: Word) -> bool:
        """Tell whether a word of a text operator matches itself and nothing else."""
        if not isinstance(word.text, str) or word.is_opaque or "$" in word.text:
            return False
        return self.name == "stringequals" or (
            self.name in {"stringlike", "arnlike"} and "*" not in word.text and "?" not in word.text
        )

    def when_absent(self) -> bool | None:
        """What the condition says of a key that is absent or has no values (statements 25 and 26)."""
        if self.name == "null":
            return self.null(present=False)
        if self.over is Over.ALL:
            return True
        if self.over is Over.ANY:
            return None if self.if_exists else False
        return self.if_exists or self.negative

    def null(self, *, present: bool) -> bool | None:
        """What `Null` says of a key that is there or not."""
        said = [None if word.is_opaque else (word.plain.lower() == "true") is not present for word in self.words]
        return True if True in said else None if None in said else False


def atom_of(condition: Condition, *, variables: bool) -> Atom:
    """Read a condition. Its operator is one that the grammar knows."""
    name = condition.operator.lower()
    over = Over.ONE
    for prefix, kind in (("forallvalues:", Over.ALL), ("foranyvalue:", Over.ANY)):
        if name.startswith(prefix):
            name, over = name.removeprefix(prefix), kind
    if_exists = name != "null" and name.endswith("ifexists")
    name = name.removesuffix("ifexists") if if_exists else name
    negative = name in _NEGATIONS
    name = "arnlike" if name == "arnequals" else _NEGATIONS.get(name, name)  # statement 28
    fills = variables and name not in _WITHOUT_VARIABLES and not name.startswith(("numeric", "date", "null"))
    words = tuple(word_of(text, variables=fills) for text in _texts(condition))
    return Atom(condition.key.lower(), name, negative, over, if_exists, words)


@lru_cache(maxsize=8192)
def fact(key: str, *values: str | None, name: str = "stringequals") -> Atom:
    """A key is one of some values (or, by another operator, like them); with None it is absent."""
    if values == (None,):
        name, values = "null", ("true",)
    words = tuple(word_of(value, variables=False) for value in values if value is not None)
    return Atom(key, name, negative=False, over=Over.ONE, if_exists=False, words=words)


def _texts(condition: Condition) -> list[Text]:
    return sorted({word.text for word in condition.values}, key=str)
