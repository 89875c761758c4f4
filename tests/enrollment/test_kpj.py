"""Our own participant numbers, until the institution's are imported (R10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.kpj import (
    FIRST_IN_SEQUENCE,
    LAST_IN_SEQUENCE,
    has_kpj_shape,
    has_provisional_shape,
    provisional_kpj,
)


def test_first_number_is_the_one_of_the_rule() -> None:
    assert provisional_kpj(FIRST_IN_SEQUENCE) == "90000000015"


@given(st.integers(FIRST_IN_SEQUENCE, LAST_IN_SEQUENCE))
def test_our_number_is_recognised_as_ours(in_sequence: int) -> None:
    kpj = provisional_kpj(in_sequence)
    assert has_kpj_shape(kpj)
    assert has_provisional_shape(kpj)
    assert kpj[:10] == str(in_sequence)


@pytest.mark.parametrize("in_sequence", [0, 1, 9_000_000_000, 10_000_000_000, -9_000_000_001])
def test_nothing_is_numbered_outside_the_sequence(in_sequence: int) -> None:
    with pytest.raises(ValueError, match="run from"):
        provisional_kpj(in_sequence)


@pytest.mark.parametrize(
    ("text", "is_kpj", "is_ours"),
    [
        ("90000000015", True, True),
        ("90000000016", True, False),
        ("26110000017", True, False),
        ("9000000001", False, False),
        ("900000000150", False, False),
        ("9000000001a", False, False),
        ("90000000015\n", False, False),
        ("９００００００００１５", False, False),  # noqa: RUF001
    ],
)
def test_imported_number_is_any_eleven_digits(text: str, is_kpj: bool, is_ours: bool) -> None:  # noqa: FBT001
    assert has_kpj_shape(text) is is_kpj
    assert has_provisional_shape(text) is is_ours
