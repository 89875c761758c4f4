"""Receipt numbers and settlement days."""

import re
from datetime import date, datetime, time

import pytest

from payments.receipt_number import draw_receipt_no
from payments.settlement import settlement_date


def test_number_names_its_day_and_no_letter_that_is_read_wrongly() -> None:
    numbers = {draw_receipt_no(date(2026, 11, 20)) for _ in range(200)}

    assert len(numbers) == 200
    assert all(re.fullmatch(r"KP261120[0-9A-HJKMNP-TV-Z]{8}", number) for number in numbers)


@pytest.mark.parametrize(
    ("at", "cutoff", "day"),
    [
        (datetime(2026, 11, 20, 14, 59, 59), time(15), date(2026, 11, 20)),  # noqa: DTZ001
        (datetime(2026, 11, 20, 15, 0, 0), time(15), date(2026, 11, 21)),  # noqa: DTZ001
        (datetime(2026, 12, 31, 23, 0, 0), time(22), date(2027, 1, 1)),  # noqa: DTZ001
    ],
)
def test_r12_settlement_day_ends_at_the_cut_off(at: datetime, cutoff: time, day: date) -> None:
    assert settlement_date(at, cutoff=cutoff) == day
