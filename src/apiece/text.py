"""Strings that may hold parts nobody knows before deployment.

A template says `arn:aws:s3:::${Uploads}/*`; the bucket's physical name exists only after deployment. `Symbolic` keeps
such a string exact: known text and `Hole`s in order. A plain `str` is a text without holes; `Text` is either.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

MARK = "\ufdd0"
"""Stands for a hole while a text is searched: a code point that Unicode keeps free for such use."""
_STEM = 54  # with `-` and eight digits that tell long names apart, as long as the longest bucket name: 63


class HoleKind(StrEnum):
    """What is known of the text that will stand in a hole."""

    NAME = "name"
    """One name of a resource: never empty, without `*`, `?`, `:` and `/`."""
    ACCOUNT = "account"
    """A 12-digit account id."""
    REGION = "region"
    PARTITION = "partition"
    LITERAL = "literal"
    """Some fixed text without `*` and `?` (an endpoint, an ARN of unknown shape)."""
    ANY = "any"
    """Any string at all, wildcards included: an *open* value."""


@dataclass(frozen=True, slots=True, order=True)
class Hole:
    """One unknown part. Two holes with equal fields always stand for the same text.

    `name` is what a reader of the template would write (`Uploads`, `Uploads.Arn`, `AWS::AccountId`); `stack` is the
    file (or nested stack path) it belongs to, empty for pseudo parameters that are the same in every stack of one
    account and region. `why` says why an `ANY` hole could not be resolved.
    """

    name: str
    kind: HoleKind
    stack: str = ""
    why: str = ""

    def example(self) -> str:
        """Give a concrete stand-in, the same each time, that differs between different holes."""
        match self.kind:
            case HoleKind.ACCOUNT:
                return "111122223333"
            case HoleKind.REGION:
                return "us-east-1"
            case HoleKind.PARTITION:
                return "aws"
            case _ if self.name == "AWS::URLSuffix":
                return "amazonaws.com"
            case _:
                stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in self.name)
                return f"{stem[:_STEM]}-{zlib.crc32(f'{self.stack}#{self.name}'.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Symbolic:
    """A string with at least one hole, in normal form: no empty and no two adjacent literal parts.

    Make it with `join`, which returns a plain `str` where no hole is left.
    """

    parts: tuple[str | Hole, ...]

    def __str__(self) -> str:
        return show(self)

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))


Text = str | Symbolic


def join(parts: Iterable[str | Hole | Symbolic]) -> Text:
    """Concatenate texts and holes into normal form."""
    flat: list[str | Hole] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Symbolic) else (part,):
            if isinstance(piece, str):
                if not piece:
                    continue
                if flat and isinstance(flat[-1], str):
                    flat[-1] += piece
                    continue
            flat.append(piece)
    if not flat:
        return ""
    if len(flat) == 1 and isinstance(flat[0], str):
        return flat[0]
    return Symbolic(tuple(flat))


def marked(text: Text) -> str:
    """Write a mark for each hole, in order."""
    return text if isinstance(text, str) else "".join(MARK if isinstance(part, Hole) else part for part in text.parts)


def unmarked(piece: str, rest: Iterator[Hole]) -> Text:
    """Put the next holes back where marks stand."""
    first, *others = piece.split(MARK)
    return join((first, *(part for other in others for part in (next(rest), other))))


def holes(text: Text) -> tuple[Hole, ...]:
    """Return the holes of a text in order, none for a plain string."""
    return text.holes if isinstance(text, Symbolic) else ()


def is_open(text: Text) -> bool:
    """Tell whether the text could be or contain any string, wildcards included."""
    return any(hole.kind is HoleKind.ANY for hole in holes(text))


def example(text: Text) -> str:
    """Return the concrete string that stands for this text in witness requests."""
    if isinstance(text, str):
        return text
    return "".join(part.example() if isinstance(part, Hole) else part for part in text.parts)


def show(text: Text) -> str:
    """Write a text for people: a hole is shown as `${name}`."""
    if isinstance(text, str):
        return text
    return "".join(f"${{{part.name}}}" if isinstance(part, Hole) else part for part in text.parts)
