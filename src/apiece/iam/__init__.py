"""The law: the policy language of AWS, pure, on the standard library alone.

Its public names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

_HOMES = {
    "Bounds": "apiece.iam.access_change",
    "Caller": "apiece.iam.request",
    "Comparison": "apiece.iam.compare",
    "Decision": "apiece.iam.evaluate",
    "Equivalence": "apiece.iam.minimise",
    "Exposure": "apiece.iam.exposure",
    "Grant": "apiece.iam.granted",
    "Granted": "apiece.iam.granted",
    "Ground": "apiece.iam.exposure",
    "Layers": "apiece.iam.evaluate",
    "Minimised": "apiece.iam.minimise",
    "Policy": "apiece.iam.document",
    "PolicyKind": "apiece.iam.document",
    "Request": "apiece.iam.request",
    "Scope": "apiece.iam.scope",
    "Verdict": "apiece.iam.compare",
    "caller_named": "apiece.iam.request",
    "compare": "apiece.iam.compare",
    "cross_account": "apiece.iam.exposure",
    "equivalent": "apiece.iam.minimise",
    "evaluate": "apiece.iam.evaluate",
    "gained": "apiece.iam.access_change",
    "gained_each": "apiece.iam.access_change",
    "granted": "apiece.iam.granted",
    "granted_each": "apiece.iam.granted",
    "is_empty": "apiece.iam.minimise",
    "minimise": "apiece.iam.minimise",
    "parse_json": "apiece.iam.document",
    "public": "apiece.iam.exposure",
    "redundant": "apiece.iam.minimise",
}
__all__ = [
    "Bounds",
    "Caller",
    "Comparison",
    "Decision",
    "Equivalence",
    "Exposure",
    "Grant",
    "Granted",
    "Ground",
    "Layers",
    "Minimised",
    "Policy",
    "PolicyKind",
    "Request",
    "Scope",
    "Verdict",
    "caller_named",
    "compare",
    "cross_account",
    "equivalent",
    "evaluate",
    "gained",
    "gained_each",
    "granted",
    "granted_each",
    "is_empty",
    "minimise",
    "parse_json",
    "public",
    "redundant",
]

if TYPE_CHECKING:
    from apiece.iam.access_change import Bounds, gained, gained_each
    from apiece.iam.compare import Comparison, Verdict, compare
    from apiece.iam.document import Policy, PolicyKind, parse_json
    from apiece.iam.evaluate import Decision, Layers, evaluate
    from apiece.iam.exposure import Exposure, Ground, cross_account, public
    from apiece.iam.granted import Grant, Granted, granted, granted_each
    from apiece.iam.minimise import Equivalence, Minimised, equivalent, is_empty, minimise, redundant
    from apiece.iam.request import Caller, Request, caller_named
    from apiece.iam.scope import Scope


class _Package(ModuleType):
    """A package in which `compare` is the function: importing `apiece.iam.compare` does not put the module there."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module `apiece.iam` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return list(__all__)
