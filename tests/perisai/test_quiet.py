"""Quiet hours are those of the reader's zone (R33, R38)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perisai.quiet import QuietHours

NIGHT = QuietHours.of("20:00-08:00")
WIB, WITA, WIT = (ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura"))


def test_the_setting_names_an_evening_and_a_morning() -> None:
    assert QuietHours(begins=time(20), ends=time(8)) == NIGHT


@pytest.mark.parametrize("zone", [WIB, WITA, WIT], ids=["WIB", "WITA", "WIT"])
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        pytest.param((11, 7, 59), (11, 8, 0), id="before eight"),
        pytest.param((11, 8, 0), (11, 8, 0), id="eight"),
        pytest.param((11, 19, 59), (11, 19, 59), id="before the evening"),
        pytest.param((11, 20, 0), (12, 8, 0), id="the evening"),
        pytest.param((11, 23, 59), (12, 8, 0), id="before midnight"),
        pytest.param((12, 0, 0), (12, 8, 0), id="midnight"),
    ],
)
def test_a_night_is_waited_for_in_each_zone(
    zone: ZoneInfo, at: tuple[int, int, int], opens: tuple[int, int, int]
) -> None:
    now = datetime(2026, 11, *at, tzinfo=zone)
    assert NIGHT.opens_at(now, zone) == datetime(2026, 11, *opens, tzinfo=zone)


def test_r33_eight_in_the_evening_in_jayapura_is_six_in_jakarta_and_waits() -> None:
    now = datetime(2026, 11, 11, 18, tzinfo=WIB)
    assert NIGHT.opens_at(now, WIB) == now
    assert NIGHT.opens_at(now, WITA) == now
    assert NIGHT.opens_at(now, WIT) == datetime(2026, 11, 12, 8, tzinfo=WIT)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(WIB)),  # noqa: DTZ001  bounds have no zone
    zone=st.sampled_from([WIB, WITA, WIT]),
)
def test_nothing_opens_in_a_night_or_later_than_the_next_morning(
    now: datetime, zone: ZoneInfo
) -> None:
    opens = NIGHT.opens_at(now, zone)
    assert NIGHT.ends <= opens.astimezone(zone).time() < NIGHT.begins
    assert timedelta(0) <= opens - now <= timedelta(hours=12)
    assert NIGHT.opens_at(opens, zone) == opens
