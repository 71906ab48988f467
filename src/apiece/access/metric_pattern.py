"""Filter patterns of CloudWatch Logs for JSON: `{ ($.eventName = PutRolePolicy) || ($.eventName = CreateRole) }`.

Source: Amazon CloudWatch Logs user guide, "Filter pattern syntax for metric filters", JSON part: comparison with `=`,
`!=` and numbers, `IS TRUE`, `IS FALSE`, `IS NULL`, `EXISTS`, `NOT EXISTS`, `&&`, `||` and parentheses. Patterns for
other lines, regular expressions and selectors with wildcards are not judged.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apiece.access.kleene import every, some

Event = Mapping[str, object]
Judge = Callable[[Event], "bool | None"]
_MISSING = object()
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>&&|\|\||!=|<=|>=|[(){}=<>])
      | (?P<selector>\$(?:\.[A-Za-z0-9_\-]+|\[\d+\])+)
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | (?P<word>[A-Za-z0-9_*.:/@+\-]+)
    )""",
    re.VERBOSE,
)
_ORDER: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_DEEPEST = 50
_LONGEST = 1024
"""CloudWatch Logs takes no longer pattern."""


class _NotJudged(Exception):
    """The pattern is none that this module reads."""


def matches(pattern: str, event: Event) -> bool | None:
    """Tell whether a pattern matches an event; None where that cannot be told."""
    try:
        return _Parser(_tokens(pattern)).whole()(event)
    except _NotJudged:
        return None


def _tokens(pattern: str) -> list[tuple[str, str]]:
    text = pattern.strip()
    if len(text) > _LONGEST:
        raise _NotJudged
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or token.lastgroup is None:
            raise _NotJudged
        found.append((token.lastgroup, token[token.lastgroup]))
        position = token.end()
    return found


@dataclass
class _Parser:
    """Reads tokens from the left; `&&` binds closer than `||`."""

    tokens: list[tuple[str, str]]
    depth: int = 0

    def whole(self) -> Judge:
        self._take("{")
        judge = self._either()
        self._take("}")
        if self.tokens:
            raise _NotJudged
        return judge

    def _either(self) -> Judge:
        parts = [self._both()]
        while self._next() == ("mark", "||"):
            self.tokens.pop(0)
            parts.append(self._both())
        return lambda event: some(part(event) for part in parts)

    def _both(self) -> Judge:
        parts = [self._one()]
        while self._next() == ("mark", "&&"):
            self.tokens.pop(0)
            parts.append(self._one())
        return lambda event: every(part(event) for part in parts)

    def _one(self) -> Judge:
        if self._next() == ("mark", "("):
            self.depth += 1
            if self.depth > _DEEPEST:
                raise _NotJudged
            self.tokens.pop(0)
            judge = self._either()
            self._take(")")
            self.depth -= 1
            return judge
        kind, selector = self._pop()
        if kind != "selector":
            raise _NotJudged
        return self._condition(selector)

    def _condition(self, selector: str) -> Judge:
        kind, sign = self._pop()
        if kind == "word":
            return self._named(selector, sign.upper())
        kind, value = self._pop()
        if kind not in {"quoted", "word"} or sign not in {"=", "!=", *_ORDER}:
            raise _NotJudged
        if sign in _ORDER:
            return lambda event: _ordered(sign, _at(event, selector), value)
        return lambda event: _equal(_at(event, selector), value, kind, wanted=sign == "=")

    def _named(self, selector: str, word: str) -> Judge:
        if word == "EXISTS":
            return lambda event: _at(event, selector) is not _MISSING
        kind, second = self._pop()
        match (word, second.upper() if kind == "word" else ""):
            case ("NOT", "EXISTS"):
                return lambda event: _at(event, selector) is _MISSING
            case ("IS", "NULL"):
                return lambda event: _at(event, selector) is None
            case ("IS", "TRUE"):
                return lambda event: _at(event, selector) is True
            case ("IS", "FALSE"):
                return lambda event: _at(event, selector) is False
            case _:
                raise _NotJudged

    def _next(self) -> tuple[str, str]:
        return self.tokens[0] if self.tokens else ("", "")

    def _pop(self) -> tuple[str, str]:
        if not self.tokens:
            raise _NotJudged
        return self.tokens.pop(0)

    def _take(self, mark: str) -> None:
        if self._pop() != ("mark", mark):
            raise _NotJudged


def _at(event: object, selector: str) -> object:
    for name, index in re.findall(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]", selector):
        if name:
            event = event.get(name, _MISSING) if isinstance(event, Mapping) else _MISSING
        else:
            event = event[int(index)] if isinstance(event, list) and int(index) < len(event) else _MISSING
    return event


def _equal(value: object, text: str, kind: str, *, wanted: bool) -> bool | None:
    if value is _MISSING:
        return False if wanted else None  # whether `!=` holds for a missing field is not published
    match value:
        case str():
            spelled = re.sub(r"\\(.)", r"\1", text) if kind == "quoted" else text
            pattern = ".*".join(re.escape(part) for part in spelled.split("*"))
            return (re.fullmatch(pattern, value, re.DOTALL) is not None) is wanted
        case bool() | None:
            return None
        case int() | float():
            number = _number(text)
            return None if number is None else (value == number) is wanted
        case _:
            return None


def _ordered(sign: str, value: object, text: str) -> bool | None:
    number = _number(text)
    if number is None:
        return None
    return isinstance(value, int | float) and not isinstance(value, bool) and _ORDER[sign](value, number)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
