"""Phone numbers as agents type them (R26). The vector rows are in tests/seeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perisai.errors import PhoneInvalid
from perisai.phones import normalise_phone


@pytest.mark.parametrize(
    "written",
    [
        "0812-3456-7890",
        "+62 812 3456 7890",
        "tel:+62-812-3456-7890",
        "TEL:081234567890",
        "https://wa.me/6281234567890",
    ],
)
def test_one_number_is_kept_in_one_form(written: str) -> None:
    assert normalise_phone(written) == "+6281234567890"


@pytest.mark.parametrize(
    "written",
    [
        "081234567890;ext=12",
        "081234567890#12",
        "081234567890x12",
        "wa.me/6281234567890 Budi",
        "wa.me/wa.me/6281234567890",
        "0" * 5_000,
        "+",
        "\x00",
    ],
)
def test_what_is_no_mobile_number_is_refused(written: str) -> None:
    with pytest.raises(PhoneInvalid):
        normalise_phone(written)


def test_refusal_does_not_repeat_the_number() -> None:
    with pytest.raises(PhoneInvalid) as refused:
        normalise_phone("081234567890 ext 12")
    assert refused.value.code == "phone_invalid"
    assert not any(digit in str(refused.value) for digit in "0123456789")
    assert refused.value.__cause__ is None


@given(st.integers(10**7, 10**9 - 1))
def test_kept_form_is_kept_again(subscriber: int) -> None:
    once = normalise_phone(f"0812{subscriber}"[:13])
    assert normalise_phone(once) == once


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = normalise_phone(text)
    except PhoneInvalid:
        return
    assert number.startswith("+628")
    assert number[1:].isdigit()
