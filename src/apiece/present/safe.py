"""Untrusted names made safe to print."""

from __future__ import annotations

import unicodedata


def safe(text: str, *, most: int = 400) -> str:
    """Escape control, format and surrogate characters, and cut very long texts: a name cannot paint the terminal."""
    shown = "".join(char if _is_plain(char) else _escaped(char) for char in text[:most])
    return shown + ("…" if len(text) > most else "")


def _is_plain(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
