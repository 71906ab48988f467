"""Breaks the policy engine in one place at a time, at random, and runs the tests: what they do not notice is listed.

    python tools/mutate_engine.py --mutants 300 --seed 0 --jobs 2 [--only solver/keys.py] [--json FILE]

Each job works in a copy of the tree, made at the start. Tests run in one process, the fastest first, and end with the
first that fails; a mutant that makes them take longer than `--seconds` counts as noticed too, apart. Steps that are
only counted (`spend`) are left alone: that they are counted changes no answer.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parent.parent
ENGINE = Path("src/apiece/iam")
FOLDERS = ("solver", "checker", "pattern", "condition")
FILES = ("evaluate.py", "match.py", "statements.py", "principal.py", "compare.py", "minimise.py", "exposure.py")
TESTS = (
    "tests/iam/test_match.py",
    "tests/iam/test_exposure.py",
    "tests/iam/test_solver_probes.py",
    "tests/iam/test_principal.py",
    "tests/spec",
    "tests/iam/test_condition.py",
    "tests/cli/test_prove.py",
    "tests/properties/test_two_matchers.py",
    "tests/iam/test_open_actions.py",
    "tests/iam/test_hostile_policies.py",
    "tests/properties/test_layers_agree.py",
    "tests/properties/test_solver_laws.py",
)
"""For every part of the engine, the fastest first."""
MORE_TESTS = {
    "checker": ("tests/iam/checker",),
    "pattern": ("tests/iam/test_pattern.py",),
    "evaluate.py": ("tests/iam/test_evaluate.py",),
}
"""For a part of the engine, before the others."""
_COPIED = ("src", "tests", "spec", "tools", "docs", "examples", "pyproject.toml")
_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift,
}  # fmt: skip
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Site:
    """One change to one file; `place` is the node's, in the order of a walk."""

    file: str
    place: int
    line: int
    what: str


@dataclass(frozen=True)
class Outcome:
    """What the tests made of a mutant: `killed`, `timeout` or `survived`."""

    file: str
    line: int
    what: str
    outcome: str


# ----------------------------------------------------------------------------------------------------------- mutants


def sites(path: Path) -> list[Site]:
    """All changes to a file that are tried."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [
        Site(str(path), place, getattr(node, "lineno", 0), what)
        for place, node in enumerate(ast.walk(tree))
        for what, _ in _changes(node)
    ]


def changed(site: Site, source: str) -> str:
    """The file with the change."""
    tree = ast.parse(source)
    node = next(one for place, one in enumerate(ast.walk(tree)) if place == site.place)
    dict(_changes(node))[site.what]()
    return ast.unparse(ast.fix_missing_locations(tree))


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """The changes to one node, each with its name."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
        yield f"comparison {ast.unparse(node)[:60]}", lambda: _swap(node)
    elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _SWAPPED and not _is_type(node):
        yield f"operator of {ast.unparse(node)[:60]}", lambda: _set_operator(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):  # a boolean is one too
        value = node.value
        yield f"constant {value}", lambda: setattr(node, "value", not value if isinstance(value, bool) else value + 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _NAMES:
        called = node.func
        yield f"{called.id} swapped", lambda: setattr(called, "id", _NAMES[called.id])
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield f"returns None, not {ast.unparse(node.value)[:60]}", lambda: setattr(node, "value", ast.Constant(None))
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        test = node.test
        yield (
            f"condition inverted: {ast.unparse(test)[:60]}",
            lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test)),
        )
    elif isinstance(node, ast.FunctionDef | ast.For | ast.If):
        yield from _without_statements(node)


def _without_statements(node: ast.FunctionDef | ast.For | ast.If) -> Iterator[tuple[str, Callable[[], None]]]:
    for place, one in enumerate(node.body):
        text = ast.unparse(one)
        is_docstring = isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
        if isinstance(one, ast.Assign | ast.AugAssign | ast.Expr) and not is_docstring and ".spend(" not in text:
            yield f"without {text[:60]}", lambda place=place: _drop(node, place)  # type: ignore[misc]


def _drop(node: ast.FunctionDef | ast.For | ast.If, place: int) -> None:
    node.body[place] = ast.Pass()


def _swap(node: ast.Compare) -> None:
    swapped = _SWAPPED[type(node.ops[0])]()
    if isinstance(swapped, ast.cmpop):
        node.ops[0] = swapped


def _set_operator(node: ast.BoolOp | ast.BinOp) -> None:
    node.op = _SWAPPED[type(node.op)]()  # type: ignore[assignment]


def _is_type(node: ast.BoolOp | ast.BinOp) -> bool:
    """Tell whether this is a union of types, as annotations are."""
    right = node.right if isinstance(node, ast.BinOp) else None
    return isinstance(right, ast.Constant) or (isinstance(right, ast.Name) and right.id[:1].isupper())


def sampled(options: argparse.Namespace) -> list[Site]:
    """Some mutants of the engine, chosen by the seed."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / ENGINE / folder).glob("*.py"))]
    paths += [ROOT / ENGINE / name for name in FILES]
    chosen = [path.relative_to(ROOT) for path in paths if options.only is None or options.only in str(path)]
    every = [site for path in chosen for site in sites(path)]
    turn = random.Random(options.seed)  # noqa: S311 (a sample)
    return turn.sample(every, min(options.mutants, len(every)))


# ------------------------------------------------------------------------------------------------------------- tests


def tried(site: Site, tree: Path, seconds: int) -> Outcome:
    """Run the tests on a mutant, in a tree of its own."""
    target = tree / site.file
    before = target.read_text(encoding="utf-8")
    target.write_text(changed(site, before), encoding="utf-8")
    more = MORE_TESTS.get(Path(site.file).relative_to(ENGINE).parts[0], ())
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *more, *TESTS]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(  # noqa: S603 (our own tests)
            command, cwd=tree, env=environment, capture_output=True, timeout=seconds, check=False
        )
        outcome = "survived" if done.returncode == 0 else "killed"
    except subprocess.TimeoutExpired:
        outcome = "timeout"
    finally:
        target.write_text(before, encoding="utf-8")
    return Outcome(site.file, site.line, site.what, outcome)


def copied(folder: Path) -> Path:
    """A copy of the tree."""
    folder.mkdir()
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def main() -> None:
    """Try all mutants and print what the tests made of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--only")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chosen = sampled(options)
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.jobs) as pool:
        trees: Queue[Path] = Queue()
        for number in range(options.jobs):
            trees.put(copied(Path(scratch) / str(number)))

        def run(site: Site) -> Outcome:
            tree = trees.get()
            try:
                return tried(site, tree, options.seconds)
            finally:
                trees.put(tree)

        for one in pool.map(run, chosen):
            found.append(one)
            print(f"{one.outcome}: {one.file}:{one.line} {one.what}", flush=True)
    counts = Counter(one.outcome for one in found)
    print(f"{len(found)} mutants: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
