"""Condition keys as terms of z3, and conditions as pairs of formulas: surely true, surely false (statements 24 to 32).

A key is absent, or has one value, or, where several are documented, as many as there are operators over them and one
more: each operator says something of all values or of one of them, so that more values add nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from typing import Any

import z3
from world import may_have_several
from z3_texts import (
    Formula,
    NotEncodable,
    Term,
    arn_value,
    every,
    exactly,
    in_any_case,
    like,
    no,
    some,
    string,
    text_of,
)

from apiece.iam.document import Condition


class Kind(Enum):
    """What a key's values are, by the operators that ask."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    BYTES = "bytes"


@dataclass(frozen=True)
class Operator:
    """An operator taken apart. `over` is `one`, `all` or `any`."""

    name: str
    negative: bool
    over: str
    if_exists: bool

    @property
    def kind(self) -> Kind | None:
        """None for `Null`."""
        if self.name == "null":
            return None
        stems = {"numeric": Kind.NUMBER, "date": Kind.DATE, "ipaddress": Kind.ADDRESS, "binary": Kind.BYTES}
        return next((kind for stem, kind in stems.items() if self.name.startswith(stem)), Kind.TEXT)


_OPERATOR = re.compile(r"(?:for(all|any)values?:)?(null|(?:[a-z]+?))(ifexists)?")


@lru_cache(maxsize=512)
def operator_of(written: str) -> Operator:
    """Read an operator's name; `StringNotLike` is the negation of `stringlike`."""
    match = _OPERATOR.fullmatch(written.lower())
    if match is None:
        raise NotEncodable(f"operator {written}")
    over, name, if_exists = match.groups()
    positive = name.replace("not", "", 1)
    return Operator(positive, positive != name, over or "one", bool(if_exists))


# ---- reading values --------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NANO = 10**9
_LONGEST_EPOCH = 10**12 - 1


def number_of(text: str) -> Decimal | None:
    """A decimal number, None for anything else."""
    try:
        return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None
    except InvalidOperation:
        return None


def nanoseconds_of(text: str) -> int | None:
    """A date as nanoseconds since 1970: seconds, or ISO 8601 in a form that Python reads too."""
    text = text.strip()
    if re.fullmatch(r"-?[0-9]{1,12}", text):
        return int(text) * _NANO
    if not _DAY.match(text):
        return None
    part = re.search(r"\.([0-9]{1,9})(?=$|Z|z|[+-])", text)
    whole = text.replace(part[0], "") if part else text
    try:
        moment = dt.datetime.fromisoformat(whole)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * _NANO + (int(part[1].ljust(9, "0")) if part else 0)


def block_of(text: str) -> tuple[int, int, int] | None:
    """Version, first and last address of a block; IPv4 in IPv6 form is IPv4."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.version == 6 and first >> 32 == last >> 32 == 0xFFFF:
        return 4, first & 0xFFFFFFFF, last & 0xFFFFFFFF
    return network.version, first, last


def bytes_of(text: str) -> bytes | None:
    """Decode base64, None for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


# ---- one value of a key ----------------------------------------------------------------------------------------------


class Value:
    """One value of a key: a term, whether it is of the kind at all, and how a model's value is written."""

    def __init__(self, name: str, kind: Kind) -> None:
        self.kind = kind
        self.well = z3.Bool(f"{name}.well")
        self.four = z3.Bool(f"{name}.four")
        makers: dict[Kind, Callable[[str], Any]] = {
            Kind.TEXT: z3.String,
            Kind.NUMBER: z3.Real,
            Kind.DATE: z3.Int,
            Kind.ADDRESS: lambda own: z3.BitVec(own, 128),
            Kind.BYTES: z3.Int,
        }
        self.term = makers[kind](name)
        self.known: list[bytes] = []

    def bounds(self) -> list[Formula]:
        """What is true of every value of the kind."""
        if self.kind is Kind.DATE:
            limit = _LONGEST_EPOCH * _NANO
            return [self.term >= -limit, self.term <= limit]
        if self.kind is Kind.ADDRESS:
            mapped = z3.LShR(self.term, 32) == z3.BitVecVal(0xFFFF, 128)
            return [z3.If(self.four, z3.ULE(self.term, z3.BitVecVal(2**32 - 1, 128)), z3.Not(mapped))]
        return []

    def matches(self, operator: Operator, condition: Condition, *, variables: bool) -> Formula:
        """One of the condition's values matches (before negation)."""
        found = [self._matches(operator.name, _plain(word.text), variables=variables) for word in condition.values]
        return some(found)

    def _matches(self, name: str, text: str, *, variables: bool) -> Formula:
        match self.kind:
            case Kind.TEXT:
                return self._text(name, text, variables=variables)
            case Kind.NUMBER:
                bound = number_of(text)
                term = None if bound is None else z3.RealVal(f"{bound:f}")
                return self._ordered(name.removeprefix("numeric"), term)
            case Kind.DATE:
                moment = nanoseconds_of(text)
                return self._ordered(name.removeprefix("date"), None if moment is None else z3.IntVal(moment))
            case Kind.ADDRESS:
                return self._inside(block_of(text))
            case _:
                return self._same_bytes(bytes_of(text))

    def _text(self, name: str, text: str, *, variables: bool) -> Formula:
        if name == "bool":
            return self._in(in_any_case(text)) if text.lower() in {"true", "false"} else False
        if name == "stringequals":
            return self.term == string(exactly(text, variables=variables))
        if name == "stringequalsignorecase":
            return self._in(in_any_case(exactly(text, variables=variables)))
        if name == "stringlike":
            return self._in(like(text, variables=variables))
        return self._in(arn_value(text, variables=variables))

    def _in(self, regex: Term) -> Formula:
        return regex if isinstance(regex, bool) else z3.InRe(self.term, regex)

    def _ordered(self, relation: str, bound: Term) -> Formula:
        if bound is None:
            return False
        relations = {
            "equals": self.term == bound,
            "lessthan": self.term < bound,
            "lessthanequals": self.term <= bound,
            "greaterthan": self.term > bound,
            "greaterthanequals": self.term >= bound,
        }
        return z3.And(self.well, relations[relation])

    def _inside(self, block: tuple[int, int, int] | None) -> Formula:
        if block is None:
            return False
        version, first, last = block
        same = self.four if version == 4 else z3.Not(self.four)
        low, high = z3.BitVecVal(first, 128), z3.BitVecVal(last, 128)
        return z3.And(self.well, same, z3.ULE(low, self.term), z3.ULE(self.term, high))

    def _same_bytes(self, wanted: bytes | None) -> Formula:
        if wanted is None:
            return False
        if wanted not in self.known:
            self.known.append(wanted)
        return z3.And(self.well, self.term == self.known.index(wanted))

    def written(self, model: Term) -> str:
        """The value in a model, as a request would write it."""
        value = model.eval(self.term, model_completion=True)
        if self.kind is Kind.TEXT:
            return text_of(value)
        if not z3.is_true(model.eval(self.well, model_completion=True)):
            return "malformed"
        match self.kind:
            case Kind.NUMBER:
                return _decimal(value.as_fraction())
            case Kind.DATE:
                return _date(value.as_long())
            case Kind.ADDRESS:
                four = z3.is_true(model.eval(self.four, model_completion=True))
                return str((ipaddress.IPv4Address if four else ipaddress.IPv6Address)(value.as_long()))
            case _:
                return self._bytes(value.as_long())

    def _bytes(self, index: int) -> str:
        if 0 <= index < len(self.known):
            return base64.b64encode(self.known[index]).decode()
        others = (bytes([number, 7, number]) for number in range(255))
        return base64.b64encode(next(one for one in others if one not in self.known)).decode()


def _decimal(value: Term) -> str:
    scaled, places = value, 0
    while scaled.denominator != 1:
        scaled, places = scaled * 10, places + 1
        if places > 290:
            raise NotEncodable(f"{value} has no short decimal form")
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    whole, part = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    return ("-" if value < 0 else "") + whole + part


def _date(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _NANO)
    if not rest:
        return str(seconds)
    moment = _EPOCH + dt.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + f".{rest:09d}Z"


def _plain(text: object) -> str:
    if not isinstance(text, str):
        raise NotEncodable(f"open value {text}")
    return text


# ---- a key -----------------------------------------------------------------------------------------------------------


class Key:
    """A condition key: `there[n]` says whether it has an n-th value; without the first it is absent (statement 26)."""

    def __init__(self, name: str, conditions: Iterable[Condition]) -> None:
        operators = {(operator_of(one.operator), one.values) for one in conditions}
        kinds = {operator.kind for operator, _ in operators} - {None}
        if len(kinds) > 1:
            raise NotEncodable(f"{name} is compared as {sorted(str(kind) for kind in kinds)}")
        over = sum(operator.over != "one" for operator, _ in operators)
        count = over + 1 if over and may_have_several(name) else 1
        kind = next(iter(kinds), None) or Kind.TEXT
        self.name = name
        self.there = [z3.Bool(f"{name}#{place}.there") for place in range(count)]
        self.values = [Value(f"{name}#{place}", kind) for place in range(count)]

    def bounds(self) -> list[Formula]:
        """What is true of every key: values have no gaps, and each is of the kind's range."""
        ordered = [z3.Implies(later, earlier) for earlier, later in zip(self.there, self.there[1:], strict=False)]
        return [*ordered, *(bound for value in self.values for bound in value.bounds())]

    def says(self, condition: Condition, *, variables: bool) -> tuple[Formula, Formula]:
        """Surely true, and surely false."""
        operator = operator_of(condition.operator)
        if operator.name == "null":
            return self._null(condition)
        each = []
        for value in self.values:
            found = value.matches(operator, condition, variables=variables)
            each.append(no(found) if operator.negative else found)
        pairs = list(zip(self.there, each, strict=True))
        present = self.there[0]
        if operator.over == "all":
            holds = every(some([no(there), found]) for there, found in pairs)
            return holds, no(holds)
        if operator.over == "any":
            holds = some(every([there, found]) for there, found in pairs)
            return holds, every([present, no(holds)]) if operator.if_exists else no(holds)
        one = every([present, *map(no, self.there[1:2])])
        when_absent = operator.if_exists or operator.negative
        return (
            some([every([no(present), when_absent]), every([one, each[0]])]),
            some([every([no(present), not when_absent]), every([one, no(each[0])])]),
        )

    def _null(self, condition: Condition) -> tuple[Formula, Formula]:
        present = self.there[0]
        wanted = [_plain(word.text).lower() == "true" for word in condition.values]
        holds = some(no(present) if absent else present for absent in wanted)
        return holds, no(holds)

    def written(self, model: Term) -> tuple[str, ...]:
        """The values in a model, none where the key is absent."""
        return tuple(
            value.written(model)
            for there, value in zip(self.there, self.values, strict=True)
            if z3.is_true(model.eval(there, model_completion=True))
        )
