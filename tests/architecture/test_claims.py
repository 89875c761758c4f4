"""Each claim of the phones' contract is a test or a check of its number, as docs/cases.md says."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "cases.md"
TESTS = ROOT / "tests"
CLAIMS = range(1, 15)
ROW = re.compile(r"^\| `P(\d+)_(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
NUMBERED = re.compile(r"^ *def (?:test_)?((?:p\d+_)+)(\w*)\(", re.MULTILINE)


def claims_of(text: str) -> dict[int, set[str]]:
    """The claims that a file's functions are named after, with the words of their names."""
    found: dict[int, set[str]] = {}
    for numbers, words in NUMBERED.findall(text):
        for number in re.findall(r"\d+", numbers):
            found.setdefault(int(number), set()).add(words)
    return found


def untrue_rows(page: str, root: Path, files: Iterable[Path]) -> list[str]:
    """Claims without a row, with two, or whose row names a file that has no check of theirs.

    One check at least has the claim's own words.
    """
    shown = {
        file.relative_to(root).as_posix(): claims_of(file.read_text("utf-8")) for file in files
    }
    rows = [(int(number), words, named) for number, words, _said, named in ROW.findall(page)]
    numbers = [number for number, _, _ in rows]
    faults = [f"P{one}: once" for one in {*CLAIMS, *numbers} if numbers.count(one) != 1]
    for number, words, named in rows:
        said = re.findall(r"`([\w./]+)`", named)
        checks = [shown.get(name, {}).get(number, set()) for name in said]
        if not all(checks) or words not in set().union(*checks):
            faults.append(f"P{number}: {said}")
    return faults


def checks() -> list[Path]:
    """Where claims may be checked; the cases of paying have numbers of their own."""
    payments = TESTS / "payments"
    return [file for file in TESTS.rglob("*.py") if payments not in file.parents]


def test_each_claim_is_checked_where_the_page_says() -> None:
    assert untrue_rows(PAGE.read_text("utf-8"), ROOT, checks()) == []


def test_planted_faults_of_the_page_are_found(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    names = [f"def p{number}_words_{number}() -> None: ...\n" for number in CLAIMS]
    file.write_text("".join(names), "utf-8")
    right = {number: f"| `P{number}_words_{number}` | said | `some.py` |" for number in CLAIMS}

    def faults(**rows: str) -> list[str]:
        changed = right | {int(name[1:]): row for name, row in rows.items()}
        return untrue_rows("\n".join(changed.values()), tmp_path, [file])

    assert faults() == []
    assert len(faults(p8="")) == 1
    assert len(faults(p8="| `P8_words_8` | said | `other.py` |")) == 1
    assert len(faults(p8="| `P8_other_words` | said | `some.py` |")) == 1
    assert len(faults(p8="| `P8_words_8` | said | `some.py`, `other.py` |")) == 1
    assert len(faults(p8=right[8] + "\n" + right[8])) == 1
