"""Bill codes: nothing else has their shape, and copying errors are found (`payments.md` 1.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.bill_code import (
    NumberKind,
    classify_number,
    draw_code,
    draw_reserved_code,
    grouped,
    has_code_shape,
    is_bill_code,
    is_reserved,
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


@pytest.mark.parametrize("code", DRAWN)
def test_sample_of_a_drawn_code_is_ours(code: str) -> None:
    assert is_bill_code(code)
    assert not is_reserved(code)


@pytest.mark.parametrize("code", RESERVED)
def test_sample_of_a_reserved_code_is_ours_and_reserved(code: str) -> None:
    assert is_bill_code(code)
    assert is_reserved(code)


@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_number_that_is_no_code_needs_no_look_up(text: str) -> None:
    assert not is_bill_code(text)


def test_drawn_codes_are_sound_never_reserved_and_differ() -> None:
    codes = [draw_code() for _ in range(2_000)]
    assert all(is_bill_code(code) and not is_reserved(code) for code in codes)
    assert {code[7] for code in codes} == set("012345678")
    assert len(set(codes)) == 2_000


def test_reserved_codes_are_sound_and_reserved() -> None:
    codes = [draw_reserved_code() for _ in range(2_000)]
    assert all(is_bill_code(code) and is_reserved(code) for code in codes)
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
    assert classify_number(nik) == "nik"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("26110000017", "kpj"),
        ("90000000015", "kpj"),
        ("9931419592653586", "bill_code"),
        ("9931419592653585", "bill_code"),
        ("9101014101909999", "nik"),
        ("3171015708859901", "nik"),
        ("2611000001", None),
        ("993141959265358", None),
        ("99314195926535860", None),
        ("", None),
        ("3171O15708859901", None),
        ("３１７１０１５７０８８５９９０１", None),  # noqa: RUF001
    ],
    ids=ascii,
)
def test_typed_number_is_told_by_its_shape(text: str, kind: NumberKind | None) -> None:
    assert classify_number(text) == kind


def test_code_is_shown_in_groups_of_four() -> None:
    assert grouped("9931419592653586") == "9931 4195 9265 3586"
