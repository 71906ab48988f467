"""The embedded organisation, planted and read with the real reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from apiece.api.read import Live, read_targets
from apiece.demo.seed import READER, plant
from apiece.demo.server import REGIONS, embedded_aws
from apiece.read.reading import Reading


def read_demo(*, taken_at: str, told: Callable[[str], None] = lambda _: None, resume: Path | None = None) -> Reading:
    """Start the embedded AWS, plant the organisation, and read it over HTTP. Raises `UsageError` without moto."""
    with embedded_aws():
        plant(told)
        told("reading three accounts over HTTP")
        live = Live(role=READER, resume=resume)
        return read_targets([f"aws:/{','.join(REGIONS)}"], parameters={}, taken_at=taken_at, live=live)
