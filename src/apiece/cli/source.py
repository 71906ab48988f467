"""A text that the user names: a file, or `-` for standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from apiece.errors import UsageError


def read(source: str) -> str:
    """Read a text. Raises `UsageError` for what cannot be read or is not UTF-8."""
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        message = f"cannot read `{source[:200]}`: {error.strerror}"
        raise UsageError(message) from error
    except UnicodeDecodeError as error:
        message = f"`{source[:200]}` is not UTF-8"
        raise UsageError(message) from error
