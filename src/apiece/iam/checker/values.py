"""Whether what is known of one value contradicts itself.

Texts are languages. Numbers, dates, addresses and bytes are tried at their critical points: between two of these no
comparison changes.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from apiece.iam.checker.language import contradict as texts_contradict
from apiece.iam.checker.meter import Meter
from apiece.iam.checker.words import compared
from apiece.iam.condition.operators import FAMILIES, moment, number
from apiece.text import Text, example, is_open

_NANOSECOND = Fraction(1, 10**9)
_RELATIONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
_MALFORMED = "\n"
"""A value that is no number, date, address or base64 text."""


@dataclass(frozen=True, slots=True)
class Test:
    """One of the words matches the value, or, with `matched` false, none does. `base` is never a negated operator."""

    base: str
    words: tuple[Text, ...]
    variables: bool
    matched: bool

    @property
    def kind(self) -> str:
        """What the operator takes its values for."""
        for kind in ("numeric", "date", "ipaddress", "binary"):
            if self.base.startswith(kind):
                return kind
        return "text"


def contradict(tests: Sequence[Test], meter: Meter) -> bool:
    """Tell whether no value passes the tests. True is certain; tests of different kinds are not brought together.

    Some of the tests that no value passes are enough: more tests let through fewer values.
    """
    for kind in dict.fromkeys(test.kind for test in tests):
        same = [test for test in tests if test.kind == kind]
        if _texts(same, meter) if kind == "text" else _scalars(kind, same, meter):
            return True
    return False


def _texts(tests: Sequence[Test], meter: Meter) -> bool:
    read = [(test, tuple(compared(test.base, word, variables=test.variables) for word in test.words)) for test in tests]
    required = [patterns for test, patterns in read if test.matched]
    excluded = [pattern for test, patterns in read if not test.matched for pattern in patterns]
    return texts_contradict(required, excluded, meter)


def _scalars(kind: str, tests: Sequence[Test], meter: Meter) -> bool:
    refuted = {(test.base, word) for test in tests if not test.matched for word in test.words}
    required: list[tuple[str, tuple[str, ...]]] = []
    for test in tests:
        if test.matched:
            rest = tuple(word for word in test.words if (test.base, word) not in refuted)
            if not any(map(is_open, rest)):  # an open value may be one that matches
                required.append((test.base, tuple(map(example, rest))))
    excluded = [(base, example(word)) for base, word in refuted if not is_open(word)]
    written = [*excluded, *((base, word) for base, words in required for word in words)]
    passes, values = _kinds[kind]([word for _, word in written])
    meter.spend((1 + len(values)) * (1 + len(written)))
    return not any(
        all(any(passes(base, word, value) for word in words) for base, words in required)
        and not any(passes(base, word, value) for base, word in excluded)
        for value in values
    )


Passes = Callable[[str, str, object], bool]
Trial = tuple[Passes, list[object]]


def _numbers(words: list[str]) -> Trial:
    bounds = sorted({bound for bound in map(number, words) if bound is not None}) or [Fraction(0)]
    between = [(low + high) / 2 for low, high in itertools.pairwise(bounds)]
    return _relation("numeric", number), [*bounds, *between, bounds[0] - 1, bounds[-1] + 1, None]


def _dates(words: list[str]) -> Trial:
    """A date is a whole number of nanoseconds."""
    bounds = sorted({bound for bound in map(moment, words) if bound is not None}) or [Fraction(0)]
    near = [bound + step for bound in bounds for step in (-_NANOSECOND, Fraction(0), _NANOSECOND)]
    return _relation("date", moment), [*near, None]


def _relation(prefix: str, read: Callable[[str], Fraction | None]) -> Passes:
    read = cache(read)

    def passes(base: str, word: str, value: object) -> bool:
        bound = read(word)
        if bound is None or not isinstance(value, Fraction):
            return False
        return _RELATIONS[base.removeprefix(prefix)](value, bound)

    return passes


def _addresses(words: list[str]) -> Trial:
    """Whether an address is in a block changes only at a block's first address and behind its last."""
    values: list[object] = [_MALFORMED, "0.0.0.0", "::", "::1:0:0:0"]  # noqa: S104 - the first of all addresses
    for word in words:
        try:
            block = ipaddress.ip_network(word.strip(), strict=False)
        except ValueError:
            continue
        values.append(str(block.network_address))
        if int(block.broadcast_address) < 2**block.max_prefixlen - 1:
            values.append(str(block.broadcast_address + 1))
    return _judged, values


def _bytes(words: list[str]) -> Trial:
    longest = max(map(len, words), default=0)
    unwritten = base64.b64encode(bytes(longest + 1)).decode()
    return _judged, [_MALFORMED, unwritten, *(word for word in words if _is_base64(word))]


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _judged(base: str, word: str, value: object) -> bool:
    return isinstance(value, str) and FAMILIES[base].matches(tuple(word), value)


_kinds: dict[str, Callable[[list[str]], Trial]] = {
    "numeric": _numbers,
    "date": _dates,
    "ipaddress": _addresses,
    "binary": _bytes,
}
