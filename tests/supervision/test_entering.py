"""Two steps into the office: the password alone opens nothing, a session ends by itself."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as ours
from django.contrib.auth import get_user
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from perisai.models import Role, TotpDevice, User
from perisai.services.factors import has_factor
from perisai.services.sessions import end_sessions
from supervision.admin.sessions import REST
from tests.factories.perisai import PASSWORD, UserFactory, code_now
from tests.supervision.conftest import As
from tests.supervision.entering import APP, CODE, LOGIN, app_of, enter, first_step
from tests.supervision.world import PAGES, Corner, list_url

pytestmark = pytest.mark.django_db

WRONG = "000000"
CHANGE = "/admin/password_change/"


def session_id(browser: Client) -> str:
    return browser.cookies[ours.SESSION_COOKIE_NAME].value


def is_in(browser: Client) -> bool:
    """Whether the office is open to this browser."""
    return browser.get("/admin/").status_code == 200


def after(moment: timedelta) -> Any:
    return time_machine.travel(timezone.now() + moment, tick=False)


def test_admin_without_totp_sees_login_only(corner: Corner) -> None:
    app_of(corner.supervisor)
    browser = Client()
    answer = first_step(browser, corner.supervisor)
    assert answer.headers["Location"] == CODE
    for url in ["/admin/", CHANGE, *(list_url(page) for page in PAGES), "/admin/step-up/"]:
        found = browser.get(url)
        assert found.headers["Location"].startswith(LOGIN), url
    assert get_user(browser).is_anonymous
    assert browser.post(CODE, {"code": WRONG}).status_code == 200
    assert not is_in(browser)


def test_a_session_without_the_second_step_opens_nothing(corner: Corner) -> None:
    browser = Client()
    browser.force_login(corner.supervisor)
    assert browser.get("/admin/").headers["Location"].startswith(LOGIN)


def test_session_fixation(corner: Corner) -> None:
    app = app_of(corner.supervisor)
    browser = Client()
    planted = browser.session
    planted["planted"] = "here"
    planted.save()
    browser.cookies[ours.SESSION_COOKIE_NAME] = str(planted.session_key)
    first_step(browser, corner.supervisor)
    between = session_id(browser)
    browser.post(CODE, {"code": code_now(app)})
    assert len({planted.session_key, between, session_id(browser)}) == 3
    assert is_in(browser)
    for known in (planted.session_key, between):
        other = Client()
        other.cookies[ours.SESSION_COOKIE_NAME] = str(known)
        assert not is_in(other)
        assert other.get(CODE).headers["Location"] == LOGIN
    assert "planted" not in browser.session


def test_a_first_login_sets_an_app_up(corner: Corner) -> None:
    browser = Client()
    assert first_step(browser, corner.supervisor, then="/admin/x/").headers["Location"] == APP
    page = browser.get(APP)
    text = page.content.decode()
    device = TotpDevice.objects.get(user=corner.supervisor)
    assert "no-store" in page.headers["Cache-Control"]
    assert 'src="data:image/png;base64,' in text
    assert " ".join(re.findall("....", device.secret)) in text
    assert browser.get(CODE).headers["Location"] == APP
    answer = browser.post(APP, {"code": code_now(device)})
    codes = re.findall(r"<li><code>([A-Z2-9-]{14})</code></li>", answer.content.decode())
    assert len(codes) == 10
    assert 'href="/admin/x/"' in answer.content.decode()
    assert is_in(browser)

    later = Client()
    first_step(later, corner.supervisor)
    assert later.get(APP).headers["Location"] == CODE
    assert later.post(CODE, {"code": codes[0]}).headers["Location"] == "/admin/"
    assert is_in(later)


def test_a_code_from_paper_steps_nobody_up(corner: Corner, as_user: As) -> None:
    browser = Client()
    first_step(browser, corner.supervisor)
    browser.get(APP)
    device = TotpDevice.objects.get(user=corner.supervisor)
    answer = browser.post(APP, {"code": code_now(device)})
    paper = re.findall(r"<li><code>([A-Z2-9-]{14})</code></li>", answer.content.decode())
    later = Client()
    first_step(later, corner.supervisor)
    later.post(CODE, {"code": paper[1]})
    assert "second_factor_at" in browser.session
    assert "second_factor_at" not in later.session


def test_the_second_step_waits_ten_minutes(corner: Corner) -> None:
    app = app_of(corner.supervisor)
    browser = Client()
    first_step(browser, corner.supervisor)
    with after(timedelta(minutes=10)):
        answer = browser.post(CODE, {"code": code_now(app)})
        assert answer.headers["Location"] == LOGIN
        assert not is_in(browser)


@pytest.mark.parametrize("change", ["password", "sessions", "inactive", "role"])
def test_what_changes_between_the_steps_ends_the_login(change: str, corner: Corner) -> None:
    user = UserFactory.create(role=Role.NATIONAL)
    app = app_of(user)
    browser = Client()
    first_step(browser, user)
    if change == "password":
        user.set_password("kata-sandi-yang-lain-lagi")
        user.save()
    elif change == "sessions":
        end_sessions(user)
    elif change == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        User.objects.filter(pk=user.pk).update(role=Role.PARTNER)
    assert browser.post(CODE, {"code": code_now(app)}).headers["Location"] == LOGIN
    assert not is_in(browser)


def test_five_wrong_codes_lock_the_second_step(corner: Corner) -> None:
    app = app_of(corner.supervisor)
    browser = Client()
    first_step(browser, corner.supervisor)
    statuses = [browser.post(CODE, {"code": WRONG}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    again = Client()
    first_step(again, corner.supervisor)
    assert again.post(CODE, {"code": code_now(app)}).status_code == 429
    assert not is_in(again)


def test_half_an_hour_of_rest_ends_a_session(corner: Corner) -> None:
    browser = Client()
    enter(browser, corner.supervisor)
    with after(REST - timedelta(seconds=1)):
        assert is_in(browser)
        with after(REST - timedelta(seconds=1)):
            assert is_in(browser)
            with after(REST):
                assert not is_in(browser)
                assert browser.get(LOGIN).status_code == 200
                assert get_user(browser).is_anonymous


def test_eight_hours_end_a_session_in_use(corner: Corner) -> None:
    browser = Client()
    enter(browser, corner.supervisor)
    for minutes in range(20, 8 * 60, 20):
        with after(timedelta(minutes=minutes)):
            assert is_in(browser), minutes
    with after(timedelta(hours=8)):
        assert not is_in(browser)


def test_a_new_password_ends_the_other_sessions(corner: Corner, as_user: As) -> None:
    mine, other = as_user(corner.supervisor), as_user(corner.supervisor)
    new = "sandi-baru-yang-panjang"
    sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert mine.post(CHANGE, sent).status_code == 302
    assert is_in(mine)
    assert not is_in(other)


def test_a_weak_new_password_is_refused_and_ends_nothing(corner: Corner, as_user: As) -> None:
    mine, other = as_user(corner.supervisor), as_user(corner.supervisor)
    sent = {"old_password": PASSWORD, "new_password1": "pendek", "new_password2": "pendek"}
    assert mine.post(CHANGE, sent).status_code == 200
    assert is_in(mine)
    assert is_in(other)


def test_ended_sessions_are_out_at_once(corner: Corner, as_user: As) -> None:
    browser, bystander = as_user(corner.supervisor), as_user(UserFactory.create())
    end_sessions(corner.supervisor)
    assert not is_in(browser)
    assert is_in(bystander)
    assert not has_factor(corner.supervisor)


def test_the_way_on_never_leaves_the_host(corner: Corner) -> None:
    answer = enter(Client(), corner.supervisor, then="https://lain.example/")
    assert answer.headers["Location"] == "/admin/"


def test_the_second_step_is_in_both_languages(corner: Corner) -> None:
    app_of(corner.supervisor)
    browser = Client()
    first_step(browser, corner.supervisor)
    for language, words in (("id", "Langkah kedua"), ("en", "Second step")):
        assert words in browser.get(CODE, HTTP_ACCEPT_LANGUAGE=language).content.decode()


def test_nobody_is_out_while_the_cache_is_away(
    corner: Corner, as_user: As, settings: Settings
) -> None:
    browser = as_user(corner.supervisor)
    nowhere = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    assert is_in(browser)
    with after(REST):
        assert not is_in(browser)
