"""Our own participant numbers, until the institution's are imported (R10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.kpj import (
    FIRST_IN_SEQUENCE,
    LAST_IN_SEQUENCE,
    has_kpj_shape,
    provisional_kpj,
)
from perisai.damm import is_sound


def test_first_number_is_the_one_of_the_rule() -> None:
    assert provisional_kpj(FIRST_IN_SEQUENCE) == "90000000015"


@given(st.integers(FIRST_IN_SEQUENCE, LAST_IN_SEQUENCE))
def test_our_number_is_the_sequence_with_its_check_digit(in_sequence: int) -> None:
    kpj = provisional_kpj(in_sequence)
    assert has_kpj_shape(kpj)
    assert is_sound(kpj)
    assert kpj[:10] == str(in_sequence)


@pytest.mark.parametrize("in_sequence", [0, 1, 9_000_000_000, 10_000_000_000, -9_000_000_001])
def test_nothing_is_numbered_outside_the_sequence(in_sequence: int) -> None:
    with pytest.raises(ValueError, match="run from"):
        provisional_kpj(in_sequence)


@pytest.mark.parametrize(
    ("text", "is_kpj"),
    [
        ("90000000015", True),
        ("90000000016", True),
        ("26110000017", True),
        ("9000000001", False),
        ("900000000150", False),
        ("9000000001a", False),
        ("90000000015\n", False),
        ("９００００００００１５", False),  # noqa: RUF001
    ],
)
def test_imported_number_is_any_eleven_digits(text: str, is_kpj: bool) -> None:  # noqa: FBT001
    assert has_kpj_shape(text) is is_kpj
