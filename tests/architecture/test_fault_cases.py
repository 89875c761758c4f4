"""Each fault of syncing is a test of its number, or docs/cases.md says why not."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "cases.md"
TESTS = ROOT / "tests"
FAULTS = range(1, 40)
ROW = re.compile(r"^\| F(\d+) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
NUMBERED = re.compile(r"^ *(?:async )?def test_f(\d+)_", re.MULTILINE)


def untrue_rows(page: str, root: Path, files: Iterable[Path]) -> list[str]:
    """Rows that do not name each file with such a test, and no other."""
    tested = {
        file.relative_to(root).as_posix(): {int(n) for n in NUMBERED.findall(file.read_text())}
        for file in files
    }
    rows = [(int(number), words, named) for number, words, named in ROW.findall(page)]
    numbers = [number for number, _, _ in rows]
    faults = [f"F{one}: once" for one in {*FAULTS, *numbers} if numbers.count(one) != 1]
    for number, words, named in rows:
        said = set(re.findall(r"`([\w./]+)`", named))
        found = {name for name, cases in tested.items() if number in cases}
        if said != found or words.startswith("- ") is bool(said):
            faults.append(f"F{number}: {sorted(said)} on the page, {sorted(found)} in the tests")
    return faults


def test_each_fault_is_a_test_or_says_why_not() -> None:
    assert untrue_rows(PAGE.read_text("utf-8"), ROOT, TESTS.rglob("test_*.py")) == []


def test_planted_faults_of_the_page_are_found(tmp_path: Path) -> None:
    file = tmp_path / "sync" / "test_some.py"
    file.parent.mkdir()
    file.write_text("def test_f7_a() -> None: ...\n", "utf-8")
    other = file.with_name("test_others.py")
    other.write_text("def test_f9_a() -> None: ...\n", "utf-8")
    right = {number: f"| F{number} | - none | |" for number in FAULTS}
    right[7] = "| F7 | words | `sync/test_some.py` |"
    right[9] = "| F9 | words | `sync/test_others.py` |"

    def faults(**rows: str) -> list[str]:
        changed = right | {int(name[1:]): row for name, row in rows.items()}
        return untrue_rows("\n".join(changed.values()), tmp_path, [file, other])

    assert faults() == []
    assert len(faults(f8="| F8 | words | |")) == 1
    assert len(faults(f8="| F8 | words | `sync/test_some.py` |")) == 1
    assert len(faults(f7="| F7 | - none | |")) == 1
    assert len(faults(f7="| F7 | words | `sync/test_other.py` |")) == 1
    assert len(faults(f7="| F7 | words | `sync/test_some.py`, `sync/test_others.py` |")) == 1
    assert len(faults(f8="")) == 1
    assert len(faults(f7=right[7] + "\n" + right[7])) == 1
    other.write_text("def test_f7_b() -> None: ...\ndef test_f9_a() -> None: ...\n", "utf-8")
    assert len(faults()) == 1
