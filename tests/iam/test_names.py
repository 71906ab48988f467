"""Claims about the names of `apiece.iam`: all there, loaded late, functions even where a module is called so."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

import apiece.iam


@pytest.mark.parametrize("name", apiece.iam.__all__)
def test_every_name_is_there_and_no_module(name: str) -> None:
    """Each name is a function or a class."""
    assert callable(getattr(apiece.iam, name))
    assert not isinstance(getattr(apiece.iam, name), ModuleType)


@pytest.mark.parametrize("name", ["compare", "evaluate", "granted", "minimise"])
def test_a_name_stays_a_function_after_its_module_was_imported(name: str) -> None:
    """`from apiece.iam import compare` does not depend on who imported what before."""
    module = importlib.import_module(f"apiece.iam.{name}")

    assert getattr(module, name) is getattr(apiece.iam, name)


def test_a_name_that_is_none_is_refused() -> None:
    """As any module does."""
    with pytest.raises(AttributeError, match="has no attribute `compere`"):
        _ = apiece.iam.compere  # type: ignore[attr-defined]


def test_the_package_itself_loads_nothing() -> None:
    """Importing it costs nothing: its modules come when a name is used."""
    code = "import sys, apiece.iam; print([name for name in sys.modules if name.startswith('apiece.iam.')])"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)  # noqa: S603

    assert "[]" == done.stdout.strip()
