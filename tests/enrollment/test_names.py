"""One name field, kept as it is written (R27). People are invented."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import NameInvalid
from enrollment.names import normalise_name


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("SUPARMAN", "SUPARMAN"),
        ("  Siti   Aminah\t", "Siti Aminah"),
        ("Muh. Ali’udin, S.Pd", "Muh. Ali'udin, S.Pd"),  # noqa: RUF001
        ("Anak-Agung", "Anak-Agung"),
        ("José", "José"),
        ("Jose\u0301", "José"),
        ("X" * 100, "X" * 100),
    ],
)
def test_name_is_kept_as_written_but_tidy(written: str, kept: str) -> None:
    assert normalise_name(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        "Siti123",
        "",
        "   ",
        "...",
        "-",
        "Siti@Aminah",
        "Siti_A",
        "X" * 101,
        "Siti\u202eAminah",
        "A/B",
        "٣",
    ],
    ids=lambda written: ascii(written)[:20],
)
def test_what_is_no_name_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(NameInvalid) as refused:
        normalise_name(written)
    assert refused.value.code == "name_invalid"
    assert "Siti" not in str(refused.value)


@given(st.text(alphabet=st.characters(categories=["L", "M", "Zs"]), min_size=1, max_size=40))
def test_tidying_twice_changes_nothing_more(text: str) -> None:
    try:
        name = normalise_name(text)
    except NameInvalid:
        return
    assert normalise_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
