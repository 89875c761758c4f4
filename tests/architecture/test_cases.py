"""Each case of paying at a counter is a test of its number, or docs/cases.md says why not."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "cases.md"
TESTS = ROOT / "tests" / "payments"
CASES = range(1, 79)
ROW = re.compile(r"^\| P(\d+) \| (.+?) \| ?(.*?) ?\|$", re.MULTILINE)
NUMBERED = re.compile(r"^ *(?:async )?def test_((?:p\d+_)+)", re.MULTILINE)


def cases_of(text: str) -> set[int]:
    """The cases that a file's tests are named after."""
    return {int(number) for name in NUMBERED.findall(text) for number in re.findall(r"\d+", name)}


def untrue_rows(page: str, files: Iterable[Path]) -> list[str]:
    """Rows that name a file without such a test, or none although there is one."""
    tested = {file.name: cases_of(file.read_text("utf-8")) for file in files}
    rows = [(int(number), words, named) for number, words, named in ROW.findall(page)]
    faults = [f"P{number}: {len(CASES)} cases, each once" for number in _wrong_numbers(rows)]
    for number, words, named in rows:
        said = set(re.findall(r"`([\w.]+)`", named))
        found = {name for name, cases in tested.items() if number in cases}
        is_none = words.startswith("- ")
        if not said <= found or is_none == bool(said) or is_none == bool(found):
            faults.append(f"P{number}: {sorted(said)} on the page, {sorted(found)} in the tests")
    return faults


def _wrong_numbers(rows: list[tuple[int, str, str]]) -> list[int]:
    """Cases without a row, with two, or that there are not."""
    numbers = [number for number, _, _ in rows]
    return [one for one in sorted({*CASES, *numbers}) if [one] != [n for n in numbers if n == one]]


def test_each_case_is_a_test_or_says_why_not() -> None:
    assert untrue_rows(PAGE.read_text("utf-8"), TESTS.glob("test_*.py")) == []


def test_planted_faults_of_the_page_are_found(tmp_path: Path) -> None:
    file = tmp_path / "test_some.py"
    file.write_text("def test_p7_a() -> None: ...\ndef test_p8_p9_b() -> None: ...\n", "utf-8")
    right = {
        number: f"| P{number} | words | `test_some.py` |"
        if number in {7, 8, 9}
        else f"| P{number} | - none | |"
        for number in CASES
    }

    def faults(**rows: str) -> list[str]:
        changed = right | {int(name[1:]): row for name, row in rows.items()}
        return untrue_rows("\n".join(changed.values()), [file])

    assert faults() == []
    assert len(faults(p10="| P10 | words | `test_some.py` |")) == 1
    assert len(faults(p10="| P10 | words | |")) == 1
    assert len(faults(p7="| P7 | - none | |")) == 1
    assert len(faults(p7="| P7 | words | `test_other.py` |")) == 1
    assert len(faults(p7="")) == 1
    assert len(faults(p7=right[7] + "\n" + right[7])) == 1
