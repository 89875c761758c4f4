"""Masking (R37): every row of masking.csv, and no digit of a serial on any input."""

import csv
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perisai.privacy import MaskKind, mask

ROWS = list(
    csv.DictReader(Path("seeds/rules/masking.csv").read_text(encoding="utf-8").splitlines())
)
DIGITS = st.text("0123456789", min_size=16, max_size=16)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["case"])
def test_masking_vector(row: dict[str, str]) -> None:
    kinds: dict[str, MaskKind] = {kind: kind for kind in get_args(MaskKind)}
    assert mask(kinds[row["kind"]], row["input"]) == row["masked"]


@given(nik=DIGITS)
def test_masked_nik_shows_no_digit_of_birth_date_or_serial(nik: str) -> None:
    assert mask("nik", nik) == f"{nik[:4]}************"


@given(text=st.text(max_size=40), kind=st.sampled_from(["nik", "phone", "kpj"]))
def test_number_of_another_shape_shows_nothing(text: str, kind: MaskKind) -> None:
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        assert set(mask(kind, text)) <= {"*"}


@given(nik=DIGITS, kind=st.sampled_from(["phone", "kpj", "name", "email"]))
def test_nik_under_another_kind_shows_nothing(nik: str, kind: MaskKind) -> None:
    assert set(mask(kind, nik)) == {"*"}


@given(name=st.text(max_size=60))
def test_masked_name_shows_one_letter_a_word_at_most(name: str) -> None:
    words = mask("name", name).split()
    assert [len(word) for word in words] == [len(word) for word in name.split()]
    for shown, word in zip(words, name.split(), strict=True):
        assert shown in {word[0] + "*" * (len(word) - 1), "*" * len(word)}
        assert not shown[0].isdigit()


def test_arabic_digits_are_no_nik() -> None:
    assert mask("nik", "٣٣٠٠٠٠٥١١١٩٠٠٠٠١") == "*" * 16
