"""The second factor: a code is good once, wrong ones lock, codes on paper stand in once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from perisai import totp
from perisai.errors import FactorCodeWrong, NotFound, RateLimited
from perisai.models import RecoveryCode, TotpDevice, User
from perisai.services.factors import (
    begin_factor,
    check_code,
    confirm_factor,
    has_factor,
    spend_recovery_code,
)
from tests.factories.perisai import TotpDeviceFactory, UserFactory, code_now

pytestmark = pytest.mark.django_db

WRONG = "000000"


@pytest.fixture(autouse=True)
def standing_clock() -> Any:
    with time_machine.travel("2026-11-20T09:00:10+00:00", tick=False) as clock:
        yield clock


def request() -> Any:
    return RequestFactory().post("/")


def enrolled() -> tuple[User, list[str]]:
    """A user with an app in use, and his codes on paper."""
    user = UserFactory.create()
    begin_factor(user)
    device = TotpDevice.objects.get(user=user)
    return user, confirm_factor(request(), user, code_now(device), now=timezone.now())


def check(user: User, code: str) -> None:
    check_code(request(), user, code, now=timezone.now())


def test_an_app_is_in_use_once_its_first_code_was_typed() -> None:
    user = UserFactory.create()
    told = begin_factor(user)
    assert begin_factor(user) == told
    assert not has_factor(user)
    with pytest.raises(FactorCodeWrong):
        confirm_factor(request(), user, WRONG, now=timezone.now())
    assert not has_factor(user)
    code = totp.code_at(told.secret, totp.step_of(timezone.now()))
    codes = confirm_factor(request(), user, code, now=timezone.now())
    assert has_factor(user)
    assert len(set(codes)) == 10
    with pytest.raises(NotFound):
        begin_factor(user)


def test_a_code_of_an_app_that_is_not_in_use_opens_nothing() -> None:
    device = TotpDeviceFactory.create(confirmed_at=None)
    with pytest.raises(FactorCodeWrong):
        check(device.user, code_now(device))


def test_totp_replay_refused() -> None:
    device = TotpDeviceFactory.create()
    code = code_now(device)
    check(device.user, code)
    with pytest.raises(FactorCodeWrong):
        check(device.user, code)
    device.refresh_from_db()
    assert device.last_step == totp.step_of(timezone.now())


def test_the_code_of_the_enrolment_opens_nothing_more() -> None:
    user, _codes = enrolled()
    with pytest.raises(FactorCodeWrong):
        check(user, code_now(TotpDevice.objects.get(user=user)))


def test_another_users_code_is_wrong() -> None:
    mine, yours = TotpDeviceFactory.create(), TotpDeviceFactory.create()
    with pytest.raises(FactorCodeWrong):
        check(mine.user, code_now(yours))


def test_five_wrong_codes_lock_the_right_one_for_a_while(standing_clock: Any) -> None:
    device, other = TotpDeviceFactory.create(), TotpDeviceFactory.create()
    for _ in range(5):
        with pytest.raises(FactorCodeWrong):
            check(device.user, WRONG)
    cache.clear()
    with pytest.raises(RateLimited) as locked:
        check(device.user, code_now(device))
    assert 0 < locked.value.context["retry_after"] <= 901
    check(other.user, code_now(other))
    standing_clock.shift(timedelta(minutes=16))
    check(device.user, code_now(device))


def test_a_right_code_forgets_the_wrong_ones(standing_clock: Any) -> None:
    device = TotpDeviceFactory.create()
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(FactorCodeWrong):
                check(device.user, WRONG)
        check(device.user, code_now(device))
        standing_clock.shift(timedelta(seconds=31))


def test_recovery_code_once() -> None:
    user, codes = enrolled()
    typed = codes[3].lower().replace("-", " ")
    assert spend_recovery_code(request(), user, typed, now=timezone.now()) == 9
    with pytest.raises(FactorCodeWrong):
        spend_recovery_code(request(), user, codes[3], now=timezone.now())
    assert RecoveryCode.objects.filter(user=user, used_at=None).count() == 9


def test_another_users_recovery_code_is_wrong() -> None:
    (mine, _codes), (yours, your_codes) = enrolled(), enrolled()
    with pytest.raises(FactorCodeWrong):
        spend_recovery_code(request(), mine, your_codes[0], now=timezone.now())
    assert RecoveryCode.objects.filter(user=yours, used_at=None).count() == 10


def test_wrong_recovery_codes_lock_the_app_too() -> None:
    device = TotpDeviceFactory.create()
    for _ in range(5):
        with pytest.raises(FactorCodeWrong):
            spend_recovery_code(request(), device.user, "AAAA-BBBB-CCCC", now=timezone.now())
    with pytest.raises(RateLimited):
        check(device.user, code_now(device))


def test_neither_secret_nor_code_stands_in_the_database() -> None:
    user, codes = enrolled()
    device = TotpDevice.objects.get(user=user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM perisai_totpdevice")
        stored = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT string_agg(r::text, ' ') FROM perisai_recoverycode r")
        rows = cursor.fetchone()[0]
    assert device.secret.encode() not in stored
    assert not any(code in rows or code.encode().hex() in rows for code in codes)
