"""Limits against trying numbers out."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings
from redis.exceptions import ConnectionError as CacheDown

from enrollment.kpj import provisional_kpj
from tests.factories.payments import cared_for_member
from tests.payments.counters import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]


def unknown(number: int) -> str:
    """A KPJ that nobody has."""
    return provisional_kpj(9_500_000_000 + number)


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


def test_cache_that_is_down_lets_inquiries_through() -> None:
    member = cared_for_member()
    counter = Counter()
    nowhere = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    with override_settings(CACHES=nowhere):
        with pytest.raises(CacheDown):
            cache.get("is-it-down")
        asked = [counter.inquire(kpj=member.kpj) for _ in range(7)]

    assert statuses(asked) == [200] * 7
