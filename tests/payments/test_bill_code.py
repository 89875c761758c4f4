"""Bill codes: nothing else has their shape, and copying errors are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.bill_code import (
    draw_code,
    has_code_shape,
    is_bill_code,
)

DRAWN = [
    "9900009000000003",
    "9900009000000016",
    "9912349567890122",
    "9927189281828451",
    "9931419592653586",
    "9961129031000178",
]
RESERVED = ["9900009900000006", "9931419926535894"]
REFUSED = [
    "9900009000000004",
    "9931419592653585",
    "9931419529653586",
    "9101014101909999",
    "993141959265358",
    "9931 4195 9265 3586",
    "9931419592653586\n",
    "",
]


@pytest.mark.parametrize("code", DRAWN + RESERVED)
def test_sample_of_a_code_is_ours(code: str) -> None:
    assert is_bill_code(code)


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_number_that_is_no_code_needs_no_look_up(text: str) -> None:
    assert not is_bill_code(text)


def test_drawn_codes_are_sound_never_reserved_and_differ() -> None:
    codes = [draw_code() for _ in range(2_000)]
    assert all(is_bill_code(code) for code in codes)
    assert {code[7] for code in codes} == set("012345678")
    assert len(set(codes)) == 2_000


@given(st.sampled_from(DRAWN + RESERVED), st.integers(0, 15), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_found(code: str, place: int, digit: str) -> None:
    changed = code[:place] + digit + code[place + 1 :]
    assert is_bill_code(changed) == (changed == code)


@given(
    region=st.from_regex(r"[0-9]{6}", fullmatch=True),
    day=st.integers(1, 31) | st.integers(41, 71),
    rest=st.from_regex(r"[0-9]{8}", fullmatch=True),
)
def test_no_nik_has_the_shape_of_a_code(region: str, day: int, rest: str) -> None:
    nik = f"{region}{day:02}{rest}"
    assert not has_code_shape(nik)
