"""Patterns as machines: the texts of policies and the ARN formats of the catalogue, compiled to sets of positions.

A set of positions is one integer, so that a step costs the pattern's length over the machine's word size, however the
pattern is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from apiece.text import Hole, HoleKind, Symbolic, Text

_SEGMENTS = 6
_COLON = frozenset(":")
_NAME = frozenset(":/")
_REGION = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_DIGITS = frozenset("0123456789")
_ACCOUNT_LENGTH = 12
_PIECES = re.compile(r"(\$\{[^}]*\}|[*?:])")
_ESCAPES = {"${*}": "*", "${?}": "?", "${$}": "$"}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_WITH_SLASHES = re.compile(
    r"Path|Object|Parameter|Secret|Log|Alias|Repository|Topic|EventSource|EventBus|Resource|Image"
)


@dataclass(frozen=True, slots=True)
class Wild:
    """A wildcard: one character, or any number of them, within what `forbid` and `only` leave."""

    many: bool
    forbid: frozenset[str] = frozenset()
    only: frozenset[str] | None = None

    def admits(self, char: str) -> bool:
        return char not in self.forbid and (self.only is None or char in self.only)

    @property
    def is_free(self) -> bool:
        """Tell whether every character is admitted."""
        return not self.forbid and self.only is None

    def covers(self, token: Token) -> bool:
        """Tell whether this wildcard admits every character that a token can stand for."""
        if isinstance(token, str):
            return self.admits(token)
        if token.only is not None:
            return all(self.admits(char) for char in token.only - token.forbid)
        return self.only is None and self.forbid <= token.forbid

    def meets(self, token: Token) -> bool:
        """Tell whether some character is admitted by this wildcard and by a token."""
        if isinstance(token, str):
            return self.admits(token)
        if self.only is not None:
            return any(self.admits(char) and token.admits(char) for char in self.only)
        if token.only is not None:
            return any(self.admits(char) and token.admits(char) for char in token.only)
        return True


Token = str | Wild
"""A single literal character, or a wildcard."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern. The position `n` is "before the token `n`"; the last one accepts."""

    tokens: tuple[Token, ...]

    @cached_property
    def named(self) -> frozenset[str]:
        """The characters that some token treats otherwise than the rest of all characters."""
        return frozenset[str]().union(*map(_named_by, self._places))

    @cached_property
    def literals(self) -> frozenset[str]:
        return frozenset(token for token in self._places if isinstance(token, str))

    @cached_property
    def start(self) -> int:
        return self._settled(self._closed(1))

    @cached_property
    def universal(self) -> int:
        """The positions from which every text is accepted."""
        found, free = 0, False
        for position in range(self._length - 1, -1, -1):
            token = self._tokens[position]
            if isinstance(token, str) or not token.many:
                break
            free = free or token.is_free
            found |= free << position
        return found

    def step(self, positions: int, char: str) -> int:
        """Advance a set of positions by one character."""
        once, stay = self.moves(char)
        return self._settled(self._closed((positions & once) << 1 | positions & stay))

    def accepts(self, positions: int) -> bool:
        return bool(positions >> self._length & 1)

    def moves(self, char: str) -> tuple[int, int]:
        """Which positions a character leads one further, and at which it stays."""
        key = char if char in self.named else ""  # the empty text stands for a character that nobody names
        found = self._moves.get(key)
        if found is None:
            once = self._places.get(key, 0) | sum(
                mask for wild, mask in self._wilds if not wild.many and wild.admits(key)
            )
            stay = sum(mask for wild, mask in self._wilds if wild.many and wild.admits(key))
            found = self._moves[key] = (once, stay)
        return found

    def noticed(self, positions: int) -> set[str]:
        """The characters that are treated otherwise than an unnamed one at some of the positions."""
        found: set[str] = set()
        rest = positions & self._choosy
        if rest.bit_count() > len(self._places):
            for token, mask in self._places.items():
                found |= _named_by(token) if rest & mask else frozenset()
            return found
        while rest:
            position = rest.bit_length() - 1
            found |= _named_by(self._tokens[position])
            rest ^= 1 << position
        return found

    def meets(self, other: Pattern) -> bool:
        """Tell whether some text is matched by both; takes no more than the product of the lengths."""
        reach = other._closed(1)
        for token in self._tokens:
            once, stay = other._meeting(token)
            if _is_many(token):
                reach = _through(reach, once | other._stars)
            else:
                reach = other._closed((reach & once) << 1 | reach & stay)
        return other.accepts(reach)

    def surely_takes_in(self, other: Pattern) -> bool:
        """Tell whether, token by token, everything that another matches is matched here; False means "perhaps not"."""
        reach = self._closed(1)
        for token in other._tokens:
            once, stay = self._taking_in(token)
            reach = self._closed(reach & stay if _is_many(token) else (reach & once) << 1 | reach & stay)
            if not reach:
                return False
        return self.accepts(reach)

    def _taking_in(self, token: Token) -> tuple[int, int]:
        """Like `moves`, for all characters that another pattern's token stands for, whichever it is."""
        if isinstance(token, str):
            return self.moves(token)
        places = [(own, mask) for own, mask in self._wilds if own.covers(token)]
        return sum(mask for own, mask in places if not own.many), sum(mask for own, mask in places if own.many)

    @cached_property
    def _tokens(self) -> tuple[Token, ...]:
        """The tokens without repeated stars."""
        kept: list[Token] = []
        for token in self.tokens:
            if not (kept and _is_many(token) and kept[-1] == token):
                kept.append(token)
        return tuple(kept)

    @cached_property
    def _length(self) -> int:
        return len(self._tokens)

    @cached_property
    def _places(self) -> dict[Token, int]:
        found: dict[Token, int] = {}
        for position, token in enumerate(self._tokens):
            found[token] = found.get(token, 0) | 1 << position
        return found

    @cached_property
    def _wilds(self) -> tuple[tuple[Wild, int], ...]:
        return tuple((token, mask) for token, mask in self._places.items() if isinstance(token, Wild))

    @cached_property
    def _choosy(self) -> int:
        """The positions that do not treat all characters alike."""
        return sum(mask for token, mask in self._places.items() if _named_by(token))

    @cached_property
    def _stars(self) -> int:
        return sum(mask for wild, mask in self._wilds if wild.many)

    @cached_property
    def _floors(self) -> dict[int, int]:
        """For each star, the lowest position whose whole way to the star the star could take itself."""
        barriers = {token: 0 for token in self._places if isinstance(token, Wild) and token.many}
        covered = {(star, token): star.covers(token) for star in barriers for token in self._places}
        found: dict[int, int] = {}
        for position, token in enumerate(self._tokens):
            if isinstance(token, Wild) and token.many:
                found[position] = barriers[token]
            for star in barriers:
                if not covered[star, token]:
                    barriers[star] = position + 1
        return found

    @cached_property
    def _moves(self) -> dict[str, tuple[int, int]]:
        return {}

    @cached_property
    def _meetings(self) -> dict[Token, tuple[int, int]]:
        return {}

    def _meeting(self, token: Token) -> tuple[int, int]:
        """Like `moves`, for any of the characters that another pattern's token stands for."""
        if isinstance(token, str):
            return self.moves(token)
        key = Wild(many=False, forbid=token.forbid, only=token.only)
        found = self._meetings.get(key)
        if found is None:
            places = [(own, mask) for own, mask in self._places.items() if key.meets(own)]
            once = sum(mask for own, mask in places if not _is_many(own))
            stay = sum(mask for own, mask in places if _is_many(own))
            found = self._meetings[key] = (once, stay)
        return found

    def _closed(self, positions: int) -> int:
        """Add what is reachable without a character: stars may stand for nothing."""
        return _through(positions, self._stars)

    def _settled(self, positions: int) -> int:
        """Leave out positions below a star that accepts all that they accept: the language stays the same."""
        rest = positions & self._stars
        while rest:
            star = rest.bit_length() - 1
            below = (1 << star) - (1 << self._floors[star])
            positions &= ~below
            rest &= ~below & ~(1 << star)
        return positions


def _through(positions: int, way: int) -> int:
    """Add all positions to which one leads along `way`, whose bits each lead to the next.

    In a sum a bit of `way` carries on to the end of its run, and so changes just the bits that are passed.
    """
    return positions | (((positions & way) + way) ^ way)


def _named_by(token: Token) -> frozenset[str]:
    """The characters that a token treats otherwise than the rest of all characters."""
    if isinstance(token, str):
        return frozenset(token)
    return token.forbid if token.only is None else token.only - token.forbid


def _is_many(token: Token) -> bool:
    return isinstance(token, Wild) and token.many


def glob(text: Text, *, ignore_case: bool = False) -> Pattern:
    """Compile a whole-string pattern: `*` and `?` stand for any characters. Raises `ValueError` for open text.

    With `ignore_case` the pattern is put into lower case; so must be the texts that it is asked about.
    """
    tokens: list[Token] = []
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        plain = example_of(part) if isinstance(part, Hole) else part
        literal = isinstance(part, Hole)
        tokens.extend(
            Wild(many=char == "*") if char in "*?" and not literal else char
            for char in (plain.lower() if ignore_case else plain)
        )
    return Pattern(tuple(tokens))


def resource(text: Text) -> Pattern:
    """Compile a policy's resource pattern (spec/evaluation.md, statements 20 and 21).

    In the first five segments of an ARN a wildcard does not cross `:`; a short ARN is filled up with `*`. Policy
    variables (`${aws:username}`) count as one name. Raises `ValueError` for open text.
    """
    if isinstance(text, str) and text and text.strip("*") == "":
        return Pattern((Wild(many=True),))
    tokens: list[Token] = []
    colons = 0
    for piece in _pieces(text):
        if isinstance(piece, Hole):
            tokens += example_of(piece)
        elif piece in {"*", "?"}:
            tokens.append(Wild(many=piece == "*", forbid=_COLON if colons < _SEGMENTS - 1 else frozenset()))
        elif piece.startswith("${") and piece.endswith("}"):
            tokens += _ESCAPES.get(piece, _variable(piece))
        else:
            colons += piece == ":"
            tokens += piece
    for missing in range(_SEGMENTS - 1 - colons, 0, -1):
        tokens += [":", Wild(many=True, forbid=_COLON if missing > 1 else frozenset())]
    return Pattern(tuple(tokens))


def _pieces(text: Text) -> Iterator[str | Hole]:
    for part in text.parts if isinstance(text, Symbolic) else (text,):
        if isinstance(part, Hole):
            yield part
        else:
            yield from (piece for piece in _PIECES.split(part) if piece)


def example_of(hole: Hole) -> str:
    """Give a hole's stand-in. Raises `ValueError` for an open value, which may hold wildcards."""
    if hole.kind is HoleKind.ANY:
        msg = "an open value is no pattern"
        raise ValueError(msg)
    return hole.example()


def _variable(piece: str) -> str:
    return "".join(char for char in piece if char.isalnum()) or "variable"


@lru_cache(maxsize=4096)
def arn_format(text: str) -> Pattern:
    """Compile a catalogue format such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: the ARNs of one type.

    A variable is never empty. It holds neither `:` nor `/`, except where it is known to name a path, and except the
    last one behind another of the resource part, which may hold both. Regions and account ids keep to their characters.
    """
    texts, variables = _VARIABLE.split(text)[::2], _VARIABLE.findall(text)
    tokens: list[Token] = list(texts[0])
    colons, names = texts[0].count(":"), 0
    for index, (name, following) in enumerate(zip(variables, texts[1:], strict=True)):
        in_resource = colons >= _SEGMENTS - 1
        inside = in_resource and names > 0 and index == len(variables) - 1 and not following
        tokens += _variable_tokens(name, "inside" if inside else "name" if in_resource else name.lower())
        tokens += following
        colons += following.count(":")
        names += in_resource
    return Pattern(tuple(tokens))


def _variable_tokens(name: str, role: str) -> list[Token]:
    match role:
        case "account":
            return [Wild(many=False, only=_DIGITS)] * _ACCOUNT_LENGTH
        case "region" | "partition":
            one = Wild(many=False, only=_REGION)
        case "inside":
            one = Wild(many=False)
        case _:
            one = Wild(many=False, forbid=_COLON if _WITH_SLASHES.search(name) else _NAME)
    return [one, Wild(many=True, forbid=one.forbid, only=one.only)]
