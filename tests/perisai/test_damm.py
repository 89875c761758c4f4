"""The check digit finds what people get wrong when they copy a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perisai.damm import check_digit, is_sound

DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=20)


@given(DIGITS)
def test_number_with_its_check_digit_is_sound(digits: str) -> None:
    assert is_sound(digits + check_digit(digits))


@given(DIGITS, st.data())
def test_every_single_wrong_digit_is_found(digits: str, data: st.DataObject) -> None:
    number = digits + check_digit(digits)
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not is_sound(number[:place] + wrong + number[place + 1 :])


@given(DIGITS)
def test_every_swap_of_two_neighbours_is_found(digits: str) -> None:
    number = digits + check_digit(digits)
    for place in range(len(number) - 1):
        first, second = number[place], number[place + 1]
        swapped = number[:place] + second + first + number[place + 2 :]
        assert is_sound(swapped) == (first == second)


@pytest.mark.parametrize("text", ["", "12a4", "١٢٣", "²", "-12", "1 2"])
def test_anything_but_digits_has_no_check_digit(text: str) -> None:
    assert not is_sound(text)
    with pytest.raises(ValueError, match="ASCII digits"):
        check_digit(text)
