"""`manage.py check_rules`: what it says, and with which status it ends."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

RULES = Path(__file__).parents[2] / "seeds" / "rules"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules"))


def run(path: Path) -> tuple[int, list[str]]:
    """The exit status, and what was printed line by line, the last word included."""
    out, err = StringIO(), StringIO()
    status, verdict = 0, ""
    try:
        call_command("check_rules", str(path), stdout=out, stderr=err)
    except CommandError as failed:
        status, verdict = failed.returncode, str(failed)
    printed = out.getvalue() + err.getvalue() + verdict
    return status, printed.splitlines()


def plant(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_own_vectors_agree_without_a_database() -> None:
    assert run(RULES) == (
        0,
        [
            "age.csv: 16 rows checked, 0 differ",
            "bills.csv: 35 rows checked, 0 differ",
            "cover_states.csv: 58 rows checked, 0 differ",
            "due_dates.csv: 36 rows checked, 0 differ",
            "incentives.csv: not checked yet (incentives follow)",
            "jkm_tier.csv: 12 rows checked, 0 differ",
            "masking.csv: 12 rows checked, 0 differ",
            "nik_vectors.csv: 78 rows checked, 0 differ",
            "phone_vectors.csv: 65 rows checked, 0 differ",
            "tariff.csv: 65 rows checked, 0 differ",
            "all 377 rows agree",
        ],
    )


def test_single_file_is_checked_alone() -> None:
    assert run(RULES / "tariff.csv") == (
        0,
        ["tariff.csv: 65 rows checked, 0 differ", "all 65 rows agree"],
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        (
            "tariff.csv",
            "T004,2026-04,1000000,JKK+JKM,non_transport,self,0,1000000,5000,3400,0,8400,",
            "T004,2026-04,1000000,JKK+JKM,non_transport,self,0,1000000,5001,3400,0,8401,",
            "  T004: jkk: expected 5001, got 5000; total: expected 8401, got 8400",
        ),
        (
            "bills.csv",
            "B031,2026-11-20,2026-10,4,1,1000000,JKK+JKM,non_transport,self,0,,months_not_allowed",
            "B031,2026-11-20,2026-10,4,1,1000000,JKK+JKM,non_transport,self,0,,too_far_ahead",
            "  B031: error: expected too_far_ahead, got months_not_allowed",
        ),
        (
            "due_dates.csv",
            "2026-11,2026-11-16,",
            "2026-11,2026-11-15,",
            "  2026-11: due_cuti_counted: expected 2026-11-15, got 2026-11-16",
        ),
        (
            "cover_states.csv",
            "C013,2025-03-04,2026-08,2026-12-01,3,1,LAPSED",
            "C013,2025-03-04,2026-08,2026-12-01,3,1,GRACE_3",
            "  C013: state: expected GRACE_3, got LAPSED",
        ),
        (
            "age.csv",
            "2026-11-20,2026-11-21,first,18,65,64,65,too_old_at_payment",
            "2026-11-20,2026-11-21,first,18,65,64,65,ok",
            "  A002: result: expected ok, got too_old_at_payment",
        ),
        (
            "jkm_tier.csv",
            "2026-12-10,2026-12-10,full,42000000",
            "2026-12-10,2026-12-10,full,",
            "  J002: amount: expected nothing, got 42000000",
        ),
        (
            "masking.csv",
            "K011,email,siti@contoh.test,s***@",
            "K011,email,siti@contoh.test,si**@",
            "  K011: masked: expected si**@contoh.test, got s***@contoh.test",
        ),
        (
            "nik_vectors.csv",
            "3171015708859901,valid,ok,3171015708859901,P,1985-08-17,,40,31,3171,317101,current,"
            '2026-06-30,"female, day 17+40',
            "3171015708859901,valid,ok,3171015708859901,L,1985-08-17,,40,31,3171,317101,current,"
            '2026-06-30,"female, day 17+40',
            "  line 2: sex: expected L, got P",
        ),
        (
            "phone_vectors.csv",
            "0812-3456-7890,valid,+6281234567890,mobile,accept",
            "0812-3456-7890,valid,+6281234567890,mobile,reject",
            "  line 3: action: expected reject, got accept",
        ),
    ],
    ids=lambda value: value if value.endswith(".csv") else "",
)
def test_planted_wrong_row_is_named_and_fails(
    folder: Path, name: str, old: str, new: str, line: str
) -> None:
    plant(folder / name, old, new)
    status, printed = run(folder)
    assert status == 1
    assert [text for text in printed if text.startswith("  ")] == [line]
    assert printed[-1] == "1 of 377 rows differ"
    assert any(text.startswith(f"{name}: ") and text.endswith(" 1 differ") for text in printed)


def test_unknown_file_gets_one_line_and_the_rest_is_still_checked(folder: Path) -> None:
    (folder / "premiums.csv").write_text("case\nP1\n", encoding="utf-8")
    status, printed = run(folder)
    named = [line for line in printed if line.startswith("premiums.csv")]
    assert status == 2
    assert len(named) == 1
    assert named[0].startswith("premiums.csv: no rule goes by this name (known: age.csv, bills.csv")
    assert printed.count("tariff.csv: 65 rows checked, 0 differ") == 1
    assert printed[-1] == named[0]


def test_difference_decides_the_status_beside_an_unknown_file(folder: Path) -> None:
    (folder / "premiums.csv").write_text("case\nP1\n", encoding="utf-8")
    plant(folder / "due_dates.csv", "2026-11,2026-11-16,", "2026-11,2026-11-15,")
    status, printed = run(folder)
    assert status == 1
    assert printed[-2].startswith("premiums.csv: ")
    assert printed[-1] == "1 of 377 rows differ"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"month,due_cuti_counted,due_cuti_not_counted,basis,moved_by\n", "has no rows"),
        (
            b"month,due_cuti_counted,basis\n2026-11,x,y\n",
            "lacks the column due_cuti_not_counted, moved_by",
        ),
        (
            b"month,due_cuti_counted,due_cuti_not_counted,basis,moved_by\n2026-11,x\n",
            "line 2 has not as many cells as the header",
        ),
        (
            b"month,due_cuti_counted,due_cuti_not_counted,basis,moved_by\n2026-11,a,b,c,d,e\n",
            "line 2 has not as many cells as the header",
        ),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b'month,"due\n', "is not CSV: unexpected end of data"),
    ],
    ids=["empty", "header-only", "column", "short-row", "long-row", "encoding", "quote"],
)
def test_file_that_cannot_be_read_gets_one_clear_line(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "due_dates.csv"
    file.write_bytes(content)
    assert run(file) == (2, [f"due_dates.csv: {reason}"])


def test_cell_that_cannot_be_read_is_a_row_that_differs(folder: Path) -> None:
    plant(folder / "age.csv", "A003,1961-11-20,", "A003,20/11/1961,")
    status, printed = run(folder / "age.csv")
    assert status == 1
    assert printed[1] == "  A003: born_on cannot be read: '20/11/1961'"


def test_file_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(folder: Path) -> None:
    file = folder / "age.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert run(file)[0] == 0


def test_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert run(missing) == (2, [f"{missing}: no such file or folder"])


def test_folder_without_vectors_is_named(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("words", encoding="utf-8")
    assert run(tmp_path) == (2, [f"{tmp_path}: no CSV file in this folder"])


def test_file_that_follows_later_is_not_taken_for_checked() -> None:
    assert run(RULES / "incentives.csv") == (
        2,
        ["incentives.csv: not checked yet (incentives follow)", "nothing was checked"],
    )
