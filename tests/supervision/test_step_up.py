"""A fresh code of the second factor before acts that want one."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from perisai.models import User
from supervision.admin.stepping import FRESH_FOR, has_stepped_up
from tests.factories.perisai import TotpDeviceFactory, code_now
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db

URL = "/admin/step-up/"


def stepped_up(browser: Client) -> bool:
    """What an act would see of this browser."""
    request = HttpRequest()
    request.session = browser.session
    return has_stepped_up(request)


def with_app(user: User) -> Any:
    """The user's authenticator app."""
    return TotpDeviceFactory.create(user=user)


def test_a_right_code_leads_back_and_lasts_fifteen_minutes(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    before = browser.session.session_key
    app = with_app(corner.supervisor)
    assert not stepped_up(browser)
    answer = browser.post(f"{URL}?next=/admin/x/", {"code": code_now(app), "next": "/admin/x/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/x/")
    assert stepped_up(browser)
    assert browser.session.session_key != before
    with time_machine.travel(timezone.now() + FRESH_FOR - timedelta(seconds=1), tick=False):
        assert stepped_up(browser)
    with time_machine.travel(timezone.now() + FRESH_FOR, tick=False):
        assert not stepped_up(browser)
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=False):
        assert not stepped_up(browser)


def test_a_wrong_and_a_used_code_step_nobody_up(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    app = with_app(corner.supervisor)
    code = code_now(app)
    for typed in ("000000", ""):
        assert browser.post(URL, {"code": typed}).status_code == 200
        assert not stepped_up(browser)
    spaced = f"{code[:3]} {code[3:]}"
    assert browser.post(URL, {"code": spaced}).status_code == 302
    other = as_user(corner.supervisor, has_stepped_up=False)
    answer = other.post(URL, {"code": code})
    assert answer.status_code == 200
    assert "Kode salah atau sudah dipakai" in answer.content.decode()
    assert not stepped_up(other)


def test_five_wrong_codes_lock_the_page(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    app = with_app(corner.supervisor)
    statuses = [browser.post(URL, {"code": "000000"}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert browser.post(URL, {"code": code_now(app)}).status_code == 429
    assert not stepped_up(browser)


@pytest.mark.parametrize(
    "wish", ["https://lain.example/", "//lain.example/", "javascript:alert(1)", ""]
)
def test_the_way_back_never_leaves_the_host(wish: str, corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    app = with_app(corner.supervisor)
    shown = browser.get(URL, {"next": wish}).content.decode()
    assert '<input type="hidden" name="next" value="/admin/">' in shown
    answer = browser.post(URL, {"code": code_now(app), "next": wish})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


def test_who_is_not_logged_in_is_asked_to(corner: Corner) -> None:
    answer = Client().get(URL)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


def test_the_page_is_in_both_languages(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    for language, words in (("id", "Kode sekali pakai"), ("en", "One-time code")):
        assert words in browser.get(URL, HTTP_ACCEPT_LANGUAGE=language).content.decode()
