"""Limits against trying numbers out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import override_settings
from redis.exceptions import ConnectionError as CacheDown

from enrollment.kpj import provisional_kpj
from perisai.api import counting
from perisai.damm import check_digit
from tests.factories.payments import NOW, cared_for_member
from tests.payments.counters import Counter, notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def unknown(number: int) -> str:
    """A KPJ that nobody has."""
    return provisional_kpj(9_500_000_000 + number)


def unknown_codes(count: int) -> list[str]:
    """Codes of bills that nobody has."""
    digits = [f"9900009{number:08d}" for number in range(count)]
    return [known + check_digit(known) for known in digits]


def statuses(answers: Any) -> list[int]:
    """Their status codes."""
    return [answer.status_code for answer in answers]


def test_one_number_is_looked_up_six_times_a_minute_by_all_counters_together() -> None:
    member, one, other = cared_for_member(), Counter(), Counter()

    asked = [counter.inquire(kpj=member.kpj) for counter in (one, other) for _ in range(3)]
    refused = one.inquire(kpj=member.kpj)

    assert statuses(asked) == [200] * 6
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert (refused["Retry-After"], refused.json()["retry"]) == ("60", "same_key")
    assert other.inquire(kpj=cared_for_member().kpj).status_code == 200


def test_twentieth_miss_in_an_hour_shuts_the_counter_out_for_an_hour() -> None:
    member, counter = cared_for_member(), Counter()

    misses = [counter.inquire(kpj=unknown(number)) for number in range(20)]
    shut_out = counter.inquire(kpj=member.kpj)

    assert statuses(misses) == [404] * 20
    assert (shut_out.status_code, shut_out["Retry-After"]) == (429, "3600")
    assert Counter().inquire(kpj=member.kpj).status_code == 200


def test_codes_tried_out_by_paying_shut_out_inquiries_and_no_payment() -> None:
    member, counter = cared_for_member(), Counter()
    bill = counter.inquire(kpj=member.kpj).json()

    tried = [counter.pay(notice(bill) | {"bill_code": code}) for code in unknown_codes(20)]

    assert [answer.json()["code"] for answer in tried] == ["bill_not_found"] * 20
    assert counter.inquire(kpj=cared_for_member().kpj).status_code == 429
    assert counter.pay(notice(bill)).status_code == 201


def test_sixty_inquiries_a_minute_for_each_counter() -> None:
    counter = Counter()
    people = [cared_for_member() for _ in range(61)]

    asked = [counter.inquire(kpj=member.kpj) for member in people]

    assert statuses(asked) == [200] * 60 + [429]


def test_numbers_stand_in_no_counter_in_clear() -> None:
    member, counter = cared_for_member(), Counter()
    counter.inquire(nik=member.nik)
    client = cache._cache.get_client()  # type: ignore[attr-defined]  # the keys as they are stored

    keys = [key.decode() for key in client.keys("*")]

    assert any("inquiry_number" in key for key in keys)
    assert not any(member.nik in key for key in keys)


def test_end_of_a_shut_out_comes_nearer() -> None:
    counter = Counter()
    for number in range(20):
        counter.inquire(kpj=unknown(number))

    with time_machine.travel(NOW + timedelta(minutes=59), tick=False):
        shut_out = counter.inquire(kpj=unknown(1))
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        cache.clear()  # its own clock stood still
        again = counter.inquire(kpj=unknown(1))

    assert (shut_out.status_code, shut_out["Retry-After"]) == (429, "60")
    assert again.status_code == 404


def test_twenty_misses_are_suspicious(caplog: pytest.LogCaptureFixture) -> None:
    counter = Counter()
    for number in range(19):
        counter.inquire(kpj=unknown(number))
    assert "enumeration_suspected" not in caplog.text

    counter.inquire(bill_code="9900009000000003")

    assert "enumeration_suspected" in caplog.text


@pytest.fixture
def _no_cache() -> Iterator[None]:
    """A cache that nobody reaches."""
    nowhere = {
        "default": {
            "BACKEND": "perisai.cache.CountingCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with override_settings(CACHES=nowhere):
        with pytest.raises(CacheDown):
            cache.get("is-it-down")
        yield


@pytest.mark.usefixtures("_no_cache")
def test_p43_limits_stay_on_in_each_process_while_the_cache_is_down() -> None:
    member, counter = cared_for_member(), Counter()

    asked = [counter.inquire(kpj=member.kpj) for _ in range(7)]
    misses = [counter.inquire(kpj=unknown(number)) for number in range(21)]

    assert statuses(asked) == [200] * 6 + [429]
    assert statuses(misses) == [404] * 20 + [429]


@pytest.mark.usefixtures("_no_cache")
def test_p43_payments_go_through_while_the_cache_is_down() -> None:
    counter = Counter()
    bill = counter.inquire(kpj=cared_for_member().kpj).json()

    assert counter.pay(notice(bill)).status_code == 201


def test_own_counters_end_and_have_a_bound() -> None:
    own = counting.OwnCounters(most=3)

    counted = [own.count(key, 60) for key in ("a", "a", "b", "c", "d", "a")]
    with time_machine.travel(NOW + timedelta(seconds=61), tick=False):
        later = own.count("a", 60)

    assert (counted, later) == ([1, 2, 1, 1, 1, 1], 1)
