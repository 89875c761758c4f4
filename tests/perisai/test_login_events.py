"""One row per try to log in, without what was typed."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from perisai.errors import FactorCodeWrong
from perisai.models import Device, LoginEvent, Role
from perisai.services.factors import check_code
from perisai.services.login_events import net_of
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import (
    PASSWORD,
    AgentFactory,
    TotpDeviceFactory,
    UserFactory,
    code_now,
    login_body,
)
from tests.fixtures import Caller

pytestmark = pytest.mark.django_db

URL = "/api/v1/auth/login"
PAGE = "/admin/login/"
TYPED = "+6281234567890"


def rows() -> list[tuple[Any, ...]]:
    found = LoginEvent.objects.order_by("id")
    return list(found.values_list("step", "result", "user", "device"))


@pytest.mark.parametrize(
    ("address", "net"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::9", "2001:db8:1::/48"),
        (None, ""),
        ("unix", ""),
    ],
)
def test_an_address_is_kept_as_its_net(address: str | None, net: str) -> None:
    assert net_of(address) == net


def test_agents_tries_are_noted_right_and_wrong(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    body = login_body(agent)
    assert anonymous.post(URL, body).status_code == 200
    assert anonymous.post(URL, body).status_code == 200
    assert anonymous.post(URL, body | {"password": "salah-sekali-salah"}).status_code == 401
    device = Device.objects.get()
    assert rows() == [
        ("agent", "right", agent.user_id, None),
        ("agent", "right", agent.user_id, device.pk),
        ("agent", "wrong", None, None),
    ]
    assert set(LoginEvent.objects.values_list("net", flat=True)) == {"127.0.0.0/24"}


def test_a_locked_try_is_noted_too(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    for _ in range(5):
        anonymous.post(URL, login_body(agent, password="salah-sekali-salah"))  # noqa: S106
    assert anonymous.post(URL, login_body(agent)).status_code == 429
    assert [result for _step, result, _user, _device in rows()] == ["wrong"] * 5 + ["locked"]


def test_counters_and_office_logins_are_noted() -> None:
    counter = PostAgentFactory.create()
    body = {"username": counter.user.username, "password": PASSWORD, "terminal_id": "T-01"}
    assert Caller().post("/api/v1/pospay/login", body).status_code == 200
    user = UserFactory.create(role=Role.NATIONAL)
    Client().post(PAGE, {"username": user.username, "password": "salah"})
    Client().post(PAGE, {"username": user.username, "password": PASSWORD})
    device = TotpDeviceFactory.create(user=user)
    for code in ("000000", code_now(device)):
        request = RequestFactory().post("/")
        try:
            check_code(request, user, code, now=timezone.now())
        except FactorCodeWrong:
            continue
    assert rows() == [
        ("terminal", "right", counter.user_id, None),
        ("office", "wrong", None, None),
        ("office", "right", user.pk, None),
        ("factor", "wrong", user.pk, None),
        ("factor", "right", user.pk, None),
    ]


def test_nothing_that_was_typed_is_kept(anonymous: Caller) -> None:
    agent = AgentFactory.create()
    anonymous.post(URL, login_body(agent, login=TYPED))
    Client().post(PAGE, {"username": TYPED, "password": TYPED})
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM perisai_loginevent e")
        text = cursor.fetchone()[0]
    assert "812345" not in text
    digests = set(LoginEvent.objects.values_list("login_digest", flat=True))
    assert len(digests) == 1, "one login, one digest, wherever it is typed"


def test_a_row_is_never_changed_and_never_deleted() -> None:
    event = LoginEvent.objects.create(step="office", result="wrong", login_digest="x")
    for change in (
        lambda: LoginEvent.objects.filter(pk=event.pk).update(result="right"),
        event.delete,
    ):
        with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
            change()
    event.refresh_from_db()
    assert event.result == "wrong"


def test_forwarded_for_is_ignored_without_proxy() -> None:
    forged = {"HTTP_X_FORWARDED_FOR": "198.51.100.9"}
    sent = {"username": "tidak-ada", "password": "salah"}
    with override_settings(TRUSTED_PROXIES=0):
        Client().post(PAGE, sent, **forged)  # type: ignore[arg-type]  # a header
    assert LoginEvent.objects.get().net == "127.0.0.0/24"
