"""apiece: a role apiece. SOC 2 access control for AWS Lambda estates, proved.

The public Python API. Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "ApieceError": "apiece.errors",
    "CheckRun": "apiece.records.run",
    "Decision": "apiece.iam.evaluate",
    "Estate": "apiece.estate.estate",
    "Finding": "apiece.records.finding",
    "Gap": "apiece.estate.gap",
    "Layers": "apiece.iam.evaluate",
    "Policy": "apiece.iam.document",
    "PolicyKind": "apiece.iam.document",
    "Request": "apiece.iam.request",
    "Severity": "apiece.records.verdict",
    "Verdict": "apiece.records.verdict",
    "all_controls": "apiece.controls.registry",
    "check": "apiece.api.check",
    "evaluate": "apiece.iam.evaluate",
    "parse_json": "apiece.iam.document",
    "read_targets": "apiece.api.read",
}
__all__ = [
    "ApieceError",
    "CheckRun",
    "Decision",
    "Estate",
    "Finding",
    "Gap",
    "Layers",
    "Policy",
    "PolicyKind",
    "Request",
    "Severity",
    "Verdict",
    "__version__",
    "all_controls",
    "check",
    "evaluate",
    "parse_json",
    "read_targets",
]

if TYPE_CHECKING:
    from apiece.api.check import check
    from apiece.api.read import read_targets
    from apiece.controls.registry import all_controls
    from apiece.errors import ApieceError
    from apiece.estate.estate import Estate
    from apiece.estate.gap import Gap
    from apiece.iam.document import Policy, PolicyKind, parse_json
    from apiece.iam.evaluate import Decision, Layers, evaluate
    from apiece.iam.request import Request
    from apiece.records.finding import Finding
    from apiece.records.run import CheckRun
    from apiece.records.verdict import Severity, Verdict


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module `apiece` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
