"""Where the program meets the terminal: output, errors, exit codes."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path

import click

from apiece.errors import ApieceError, UsageError
from apiece.present.masked import masked
from apiece.present.safe import safe

BUG = 70
INTERRUPTED = 130


def run(command: click.Command) -> int:
    """Run a command; every error becomes a message on stderr and an exit code."""
    try:
        result = command.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.ClickException as error:
        _complain_of_usage(error)
        return 2
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        _abandon()
        return INTERRUPTED
    except ApieceError as error:
        complain(error)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the one place: a bug must not look like a result
        _report_bug(error)
        return BUG
    return result if isinstance(result, int) else 0


def _abandon() -> None:
    """Leave at once where threads still wait for AWS: Python would wait for them, a minute each."""
    if any(thread.name.startswith("apiece-read") for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)


def complain(error: ApieceError) -> None:
    """Write an error the way findings are written."""
    click.echo(f"error: {safe(error.message)}", err=True)
    if error.span is not None:
        click.echo(f"  --> {safe(str(error.span))}", err=True)
    if error.hint:
        click.echo(f"   = help: {safe(error.hint)}", err=True)


def _complain_of_usage(error: click.ClickException) -> None:
    shown = io.StringIO()
    error.show(file=shown)
    for line in shown.getvalue().splitlines():
        click.echo(safe(line), err=True)


def _report_bug(error: Exception) -> None:
    """Say where it happened and nothing of what was read: values may be secret."""
    frames = traceback.extract_tb(error.__traceback__)
    click.echo(f"this is a bug in apiece: {type(error).__name__}", err=True)
    for frame in frames[-4:]:
        name = frame.filename.rpartition("apiece/")[2] or Path(frame.filename).name
        click.echo(f"  at {name}:{frame.lineno} in {frame.name}", err=True)
    click.echo(
        "no result was written; please report it with these lines and the smallest input that shows it", err=True
    )


def write(text: str, target: str | None, *, secrets: Iterable[str] = ()) -> None:
    """Write a result to a file, whole or not at all, or to standard output; secrets that were seen are masked."""
    write_bytes(masked(text, secrets).encode("utf-8", "replace"), target)


def write_bytes(shown: bytes, target: str | None) -> None:
    """Write what is no text, or no text any more; to a file whole or not at all."""
    if target is None or target == "-":
        _write_out(shown)
        return
    path = Path(target).resolve()  # a link stays, what it points at is written
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(shown)  # a device or a pipe: it is written to, never replaced
            return
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=".apiece-", delete=False) as stream:
            stream.write(shown)
        umask = os.umask(0)
        os.umask(umask)
        Path(stream.name).chmod(0o666 & ~umask)
        Path(stream.name).replace(path)
    except OSError as error:
        message = f"cannot write `{target[:200]}`: {error.strerror}"
        raise UsageError(message) from error


def _write_out(shown: bytes) -> None:
    if sys.stdout is None:
        message = "standard output is closed"
        raise UsageError(message, hint="name a file with `--output`")
    try:
        click.echo(shown, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        message = f"cannot write to standard output: {error.strerror}"
        raise UsageError(message) from error


def progress(text: str) -> None:
    """Say what is going on, if somebody is watching."""
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo(safe(text), err=True)


def tick(text: str) -> None:
    """Say how far it is, over what was said last, if somebody is watching."""
    if sys.stderr is not None and sys.stderr.isatty():
        click.echo(f"\r{safe(text)}\x1b[K\r", err=True, nl=False)
