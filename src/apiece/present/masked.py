"""Secrets taken out of what is about to be written, in whatever spelling and however far they were cut."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from apiece.estate.seal import mask
from apiece.present.safe import safe

_LONGEST_WORD = len("administrator")
_TELLING = 20
"""So many characters at the beginning of a secret are taken for the secret: messages cut what they quote."""


def masked(text: str, secrets: Iterable[str]) -> str:
    """Replace secrets by `[sealed]`: as they are, as JSON and the terminal spell them, and what was cut off them.

    A password that is a plain word (`admin`, `error`) stays: it stands in what we write ourselves, where a mask would
    spoil the output and tell the password. Where the template has it, excerpts hide it by its place.
    """
    spelled = {form for secret in secrets if not _is_word(secret) for form in _spellings(secret)}
    return mask(text, spelled | {piece for form in spelled for piece in _beginnings(form, text)})


def _is_word(secret: str) -> bool:
    one_case = secret.islower() or secret.isupper() or secret.istitle()
    return len(secret) <= _LONGEST_WORD and secret.isascii() and secret.isalpha() and one_case


def _spellings(secret: str) -> Iterator[str]:
    for form in (secret, safe(secret, most=len(secret))):
        yield form
        for ascii_only in (True, False):
            yield json.dumps(form, ensure_ascii=ascii_only)[1:-1]


def _beginnings(secret: str, text: str) -> Iterator[str]:
    """Yield what the text holds of a secret from its beginning, where that is long enough to tell."""
    head = secret[:_TELLING]
    start = text.find(head) if len(head) == _TELLING else -1
    while start >= 0:
        end = len(head)
        while end < len(secret) and text[start + end : start + end + 1] == secret[end]:
            end += 1
        yield secret[:end]
        start = text.find(head, start + end)
