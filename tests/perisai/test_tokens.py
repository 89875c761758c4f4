"""Tokens of terminals, and first use beside itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from knox.crypto import hash_token

from perisai.models import DeviceToken, Role
from perisai.services.tokens import issue_device_token, issue_terminal_token, note_use
from tests.factories.perisai import DeviceFactory, UserFactory


@pytest.mark.django_db
def test_terminal_has_one_live_token_of_twelve_hours() -> None:
    user = UserFactory.create(role=Role.POST_AGENT)
    with time_machine.travel(timezone.now(), tick=False):
        issue_terminal_token(user, "T-01")
        token, ends = issue_terminal_token(user, "T-01")
        assert ends == timezone.now() + timedelta(hours=12)
    assert [row.digest for row in DeviceToken.objects.all()] == [hash_token(token)]


@pytest.mark.django_db
def test_terminals_and_users_do_not_end_each_others_tokens() -> None:
    user, other = UserFactory.create_batch(2, role=Role.POST_AGENT)
    issue_terminal_token(user, "T-01")
    issue_terminal_token(user, "T-02")
    issue_terminal_token(other, "T-01")
    assert DeviceToken.objects.count() == 3


@pytest.mark.django_db
def test_terminal_token_is_never_renewed() -> None:
    user = UserFactory.create(role=Role.POST_AGENT)
    _token, ends = issue_terminal_token(user, "T-01")
    note_use(DeviceToken.objects.get(), now=ends - timedelta(seconds=1))
    assert DeviceToken.objects.get().expiry == ends


@pytest.mark.django_db
def test_token_ended_meanwhile_is_not_revived_by_its_renewal() -> None:
    device = DeviceFactory.create()
    issue_device_token(device)
    row = DeviceToken.objects.select_related("device").get()
    DeviceToken.objects.all().delete()
    note_use(row, now=timezone.now() + timedelta(days=5))
    assert DeviceToken.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_simultaneous_logins_of_a_terminal_leave_one_token() -> None:
    user = UserFactory.create(role=Role.POST_AGENT)

    def log_in(_: int) -> None:
        try:
            issue_terminal_token(user, "T-01")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(log_in, range(8)))

    assert DeviceToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_simultaneous_first_uses_leave_the_newest_token() -> None:
    device = DeviceFactory.create()
    for _ in range(4):
        issue_device_token(device)
    rows = list(DeviceToken.objects.select_related("device").order_by("created"))

    def use(row: DeviceToken) -> None:
        try:
            note_use(row, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(use, rows))

    assert list(DeviceToken.objects.values_list("pk", flat=True)) == [rows[-1].pk]
