"""Documentation is generated from the code, or run, or at least points at things that exist."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
DOCUMENTS = sorted(path for folder in ("docs", "spec", "examples") for path in (ROOT / folder).rglob("*.md")) + [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.fixture(scope="module")
def build_docs() -> dict[str, object]:
    """The generator, loaded as the script that it is."""
    sys.path.insert(0, str(TOOLS))
    try:
        return runpy.run_path(str(TOOLS / "build_docs.py"))
    finally:
        sys.path.remove(str(TOOLS))


def test_reference_pages_say_what_the_code_says(build_docs: dict[str, object]) -> None:
    """`make docs` would change no generated page."""
    pages = build_docs["pages"]()  # type: ignore[operator]

    stale = [name for name, text in pages.items() if (ROOT / "docs" / name).read_text() != text]

    assert [] == stale, "run `make docs`"


def test_no_page_is_left_over_from_a_control_that_is_gone(build_docs: dict[str, object]) -> None:
    """Every file among the generated pages is one that would be generated."""
    pages = build_docs["pages"]()  # type: ignore[operator]

    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs/reference/controls").iterdir()}

    assert set() == there - set(pages)


def test_sessions_print_what_the_documents_show(build_docs: dict[str, object]) -> None:
    """Every session in a document, run again, prints the same."""
    documents = build_docs["documents"](ROOT)  # type: ignore[operator]

    stale = [name for name, text in documents.items() if (ROOT / name).read_text() != text]

    assert [] == stale, "run `make docs`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_inside_the_repository_lead_somewhere(path: Path) -> None:
    """Every relative link names a file or folder that exists."""
    broken = [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()]

    assert [] == broken


def test_the_python_example_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The example of the engine in Python runs, and prints what its comment promises."""
    text = (ROOT / "docs/how-to/policy-engine.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    promised = code[1].rsplit("# ", 1)[1].strip()

    exec(compile(code[1], "policy-engine.md", "exec"), {})  # noqa: S102

    assert promised == capsys.readouterr().out.strip()


def test_the_examples_of_proofs_print_what_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    """The examples of questions about all requests run, and print what their comments promise."""
    text = (ROOT / "docs/how-to/prove-access.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    promised = re.findall(r"# prints: (.*)", code)

    exec(compile(code, "prove-access.md", "exec"), {})  # noqa: S102

    assert promised == capsys.readouterr().out.splitlines()


def test_the_settings_shown_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration page's example is a configuration."""
    from apiece.cli.options import config

    text = (ROOT / "docs/reference/configuration.md").read_text()
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example is not None
    (tmp_path / "apiece.toml").write_text(example[1])
    monkeypatch.chdir(tmp_path)

    assert ("warning", ("open-security-group",), "prod") == (
        (settings := config()).fail_on,
        settings.skip,
        settings.parameters["Stage"],
    )
