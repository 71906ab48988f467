"""Untrusted names made safe to print."""

from __future__ import annotations

import re
import unicodedata

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")


def safe(text: str, *, most: int = 400) -> str:
    """Escape control, format and surrogate characters, and cut very long texts: a name cannot paint the terminal."""
    shown = "".join(char if _is_plain(char) else _escaped(char) for char in text[:most])
    return shown + ("…" if len(text) > most else "")


def inert(document: str) -> str:
    """Escape in a JSON document what a terminal could obey; a reader of the document gets the same texts back."""
    return _BEYOND_ASCII.sub(lambda found: _in_json(found[0]), document)


def _in_json(char: str) -> str:
    if _is_plain(char):
        return char
    pair = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[place : place + 2].hex()}" for place in range(0, len(pair), 2))


def _is_plain(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
