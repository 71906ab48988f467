"""One word of a policy as a language: exact where it can be, else a larger language that surely takes it in.

A word is *opaque* where a policy variable or an open value of a template stands in it: what it matches depends on the
request or on the deployment. Its language is then an upper bound (docs/adr/0014-exact-solver.md, step 6).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import ClassVar

from apiece.iam.pattern import Pattern, Token, Wild
from apiece.text import Hole, HoleKind, Symbolic, Text

SEGMENTS = 6
ANY = Wild(many=True)
_ONE = Wild(many=False)
_COLON = frozenset(":")
_IN_SEGMENT = {"*": Wild(many=True, forbid=_COLON), "?": Wild(many=False, forbid=_COLON)}
_FREE = {"*": ANY, "?": _ONE}
_PIECES = re.compile(r"(\$\{[^}]*\}|[*?:])")
_PLAIN = re.compile(r"([*?:])")
_ACCOUNT = (Wild(many=False, only=frozenset("0123456789")),) * 12
_PARTITION = Wild(many=True, only=frozenset("abcdefghijklmnopqrstuvwxyz0123456789-"))
_PRINCIPAL = (*"arn:aws", _PARTITION, *":iam::", *_ACCOUNT, ":")
_KELVIN = "\u212a"


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable inside of a word: its key in lower case, its default (statement 31), and as it is written."""

    key: str
    default: str | None
    text: str


@dataclass(frozen=True)
class Word:
    """One word, compiled when it is first needed.

    `text` with `variables` tells words apart. `pad` says that a short ARN is always filled up (statement 21).
    """

    text: Text
    variables: bool
    pad: bool

    @cached_property
    def is_everything(self) -> bool:
        return isinstance(self.text, str) and self.text.strip("*") == "" and self.text != ""

    @cached_property
    def is_opaque(self) -> bool:
        """Tell whether the language is only an upper bound."""
        return any(isinstance(piece, Variable | Hole) for piece in self._parts)

    @cached_property
    def unknown_variables(self) -> tuple[Variable, ...]:
        return tuple(piece for piece in self._parts if isinstance(piece, Variable))

    @cached_property
    def has_open_value(self) -> bool:
        return any(isinstance(piece, Hole) for piece in self._parts)

    @cached_property
    def _parts(self) -> tuple[Token | Variable | Hole, ...]:
        if isinstance(self.text, str) and "${" not in self.text:
            return tuple(_FREE.get(char, char) for char in self.text)
        return tuple(_parts(self.text, variables=self.variables))

    @cached_property
    def head(self) -> tuple[str | None, ...]:
        """The first segments of an ARN as far as they are fixed, None for one that is not."""
        if not isinstance(self.text, str):
            return ()
        found: list[str | None] = []
        for piece in self.text.split(":", SEGMENTS - 1)[: SEGMENTS - 1]:
            if "$" in piece:
                break
            found.append(None if "*" in piece or "?" in piece else piece)
        return tuple(found)

    @cached_property
    def stem(self) -> str:
        """What every text of the language begins with."""
        text = self.text if isinstance(self.text, str) else self.text.parts[0]
        return re.split(r"[*?$]", text, maxsplit=1)[0] if isinstance(text, str) else ""

    @cached_property
    def tail(self) -> str | None:
        """What the sixth segment of every ARN of the language begins with; None where that is not known at a look."""
        if not isinstance(self.text, str):
            return None
        *first, last = self.text.split(":", SEGMENTS - 1)
        if len(first) < SEGMENTS - 1 or any("$" in part for part in first):
            return None
        return re.split(r"[*?$]", last, maxsplit=1)[0]

    @cached_property
    def _segmented(self) -> tuple[tuple[Token, ...], int]:
        """The word as an ARN, and how many of its six segments it lacks.

        Wildcards of the first five segments do not cross `:`; behind a part that is not known, nobody knows the
        segment.
        """
        tokens: list[Token] = []
        colons, loose = 0, False
        for part in self._parts:
            if isinstance(part, Variable | Hole):
                tokens.append(ANY)
                loose = True
            elif isinstance(part, Wild):
                inside = colons < SEGMENTS - 1 and not loose
                tokens.append(_IN_SEGMENT["*" if part.many else "?"] if inside else part)
            else:
                colons += part == ":"
                tokens.append(part)
        return tuple(tokens), max(SEGMENTS - 1 - colons, 0)

    @cached_property
    def resource(self) -> Pattern | None:
        """The language as a resource (statements 20 and 21), None where it is empty."""
        if "*" in self._parts or "?" in self._parts:
            return None  # the resources of the world hold neither
        tokens, missing = self._segmented
        if not missing:
            return Pattern(tokens)
        if self.is_opaque:
            return Pattern((*tokens, ANY))
        if not self.pad and not any(isinstance(part, Wild) for part in self._parts):
            return None
        padding = (":", _IN_SEGMENT["*"]) * (missing - 1)
        return Pattern((*tokens, *padding, ":", ANY))

    @cached_property
    def like(self) -> Pattern:
        """The language of `StringLike`: wildcards cross everything."""
        return Pattern(tuple(ANY if isinstance(part, Variable | Hole) else part for part in self._parts))

    @cached_property
    def equal(self) -> Pattern:
        """The language of `StringEquals`: wildcards are characters (statement 30)."""
        return Pattern(tuple(_literally(part) for part in self._parts))

    @cached_property
    def equal_ignoring_case(self) -> Pattern:
        return Pattern(tuple(_any_case(_literally(part)) for part in self._parts))

    @cached_property
    def arn(self) -> Pattern | None:
        """The language of `ArnLike`: six segments (statement 28); `*` alone is every ARN. None where it is empty."""
        if self.is_everything:
            return _EVERY_ARN if self.text == "*" else None
        tokens, missing = self._segmented
        return None if missing and not self.is_opaque else Pattern(tokens)

    @cached_property
    def boolean(self) -> Pattern | None:
        """The language of `Bool`: the word itself in any case, if it is one of the two (statement 32)."""
        plain = self.plain
        if self.has_open_value:
            return Pattern((ANY,))
        return Pattern(tuple(_any_case(char) for char in plain)) if plain.lower() in {"true", "false"} else None

    any_account: ClassVar[Pattern] = Pattern(_ACCOUNT)
    any_role: ClassVar[Pattern] = Pattern((*_PRINCIPAL, *"role/", _ONE, ANY))
    any_user: ClassVar[Pattern] = Pattern((*_PRINCIPAL, *"user/", _ONE, ANY))

    @cached_property
    def plain(self) -> str:
        """The text of a word for operators that know neither wildcards nor variables."""
        if isinstance(self.text, str):
            return self.text
        return "".join(part if isinstance(part, str) else part.example() for part in self.text.parts)


_MIDDLE: tuple[Token, ...] = (_IN_SEGMENT["*"], ":") * (SEGMENTS - 2)
_EVERY_ARN = Pattern((*"arn:", *_MIDDLE, ANY))


@lru_cache(maxsize=65536)
def word_of(text: Text, *, variables: bool, pad: bool = False) -> Word:
    """Intern a word, so that it is compiled once."""
    return Word(text, variables, pad)


def forget() -> None:
    """Clear what is remembered."""
    word_of.cache_clear()


def _parts(text: Text, *, variables: bool) -> list[Token | Variable | Hole]:
    found: list[Token | Variable | Hole] = []
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            found += [part] if part.kind is HoleKind.ANY else part.example()
            continue
        for piece in _cut(part) if variables else _PLAIN.split(part):
            if variables and piece.startswith("${") and piece.endswith("}"):
                found += _variable(piece[2:-1])
            elif piece in {"*", "?"}:
                found.append(_FREE[piece])
            else:
                found += piece
    return found


def _cut(text: str) -> list[str]:
    """Cut at variables, wildcards and colons. Behind the last brace no variable ends, and none is looked for."""
    end = text.rfind("}") + 1
    return [*_PIECES.split(text[:end]), *_PLAIN.split(text[end:])]


def pieces(text: str) -> list[str | Variable]:
    """Cut a text into policy variables and what stands between them, as it is written."""
    found: list[str | Variable] = []
    end = text.rfind("}") + 1
    for piece in (*re.split(r"(\$\{[^}]*\})", text[:end]), text[end:]):
        made = _variable(piece[2:-1]) if piece.startswith("${") and piece.endswith("}") else [piece]
        found += [one if isinstance(one, Variable) else piece for one in made[:1]]
    return found


def _variable(body: str) -> list[Token | Variable | Hole]:
    name, comma, rest = body.partition(",")
    name, default = name.strip(), rest.strip()
    if name in {"*", "?", "$"}:
        return [name]
    quoted = comma and len(default) > 1 and default[0] == default[-1] == "'"
    return [Variable(name.lower(), default[1:-1] if quoted else None, f"${{{body}}}")]


def _literally(part: Token | Variable | Hole) -> Token:
    match part:
        case Variable() | Hole():
            return ANY
        case Wild():
            return "*" if part.many else "?"
        case _:
            return part


def _any_case(token: Token) -> Token:
    if not isinstance(token, str):
        return token
    low = token.lower()
    if not token.isascii():
        alike = _alike().get(low, frozenset(token)) if len(low) == 1 else frozenset(token)
    else:
        alike = frozenset({low, token.upper()} | ({_KELVIN} if low == "k" else set()))
    return token if len(alike) == 1 else Wild(many=False, only=alike)


@cache
def _alike() -> dict[str, frozenset[str]]:
    """All characters that become the same one in lower case, by that one."""
    found: dict[str, set[str]] = {}
    for char in map(chr, range(sys.maxunicode + 1)):
        low = char.lower()
        if low != char and len(low) == 1:
            found.setdefault(low, {low}).add(char)
    return {low: frozenset(chars) for low, chars in found.items()}
