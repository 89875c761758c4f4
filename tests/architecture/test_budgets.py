"""Files of at most 400 lines, functions of at most 40, most of them short; no junk drawers."""

import ast
from pathlib import PurePosixPath
from statistics import median

import pytest

from tests.architecture.tree import Source, functions, sources

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 12
JUNK_DRAWERS = frozenset(
    {"utils", "util", "helpers", "helper", "common", "core", "base", "misc", "selectors", "signals"}
)


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def over_budget(source: Source) -> list[str]:
    lines = len(source.text.splitlines())
    found = [f"{source.path}: {lines} lines"] if lines > LONGEST_FILE else []
    for node in functions(source.tree()):
        if length(node) > LONGEST_FUNCTION:
            found.append(f"{source.path}:{node.lineno} {node.name}: {length(node)} lines")
    return found


def junk_drawer(path: str) -> bool:
    return any(part.removesuffix(".py") in JUNK_DRAWERS for part in PurePosixPath(path).parts)


def test_no_file_and_no_function_is_over_budget() -> None:
    assert [found for source in sources() for found in over_budget(source)] == []


def test_most_functions_are_short() -> None:
    lengths = [length(node) for source in sources() for node in functions(source.tree())]
    assert median(lengths) < MEDIAN_FUNCTION


def test_no_file_is_a_junk_drawer() -> None:
    assert [source.path for source in sources() if junk_drawer(source.path)] == []


def test_planted_long_file_and_function_are_found() -> None:
    body = "    x = 1\n" * LONGEST_FUNCTION
    planted = Source(path="x.py", text=f"def f():\n{body}" + "\n" * LONGEST_FILE)
    assert over_budget(planted) == ["x.py: 441 lines", "x.py:1 f: 41 lines"]
    inside = Source(path="x.py", text=f"def f():\n{body[:-10]}")
    assert over_budget(inside) == []


@pytest.mark.parametrize("path", ["sync/utils.py", "payments/common/rates.py", "perisai/base.py"])
def test_planted_junk_drawer_is_found(path: str) -> None:
    assert junk_drawer(path)
    assert not junk_drawer("perisai/baseline.py")
