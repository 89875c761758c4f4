"""The way into the office while another session holds what it needs: 503, then it goes on."""

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client

from perisai import deadlines
from perisai.models import TotpDevice, User
from tests.factories.perisai import UserFactory, code_now
from tests.supervision.entering import APP, CODE, LOGIN, app_of, enter, first_step
from tests.supervision.test_acts_beside_others import held

pytestmark = pytest.mark.django_db(transaction=True)
STEP_UP = "/admin/step-up/"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "LOCK_SECONDS", 0.2)


@pytest.fixture
def user() -> User:
    return UserFactory.create(role="finance")


def must_say_so(answer: Any) -> None:
    """A page for people, in their language, that says when to come again."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Sedang sibuk" in answer.content.decode()


def test_second_step_and_step_up_say_that_they_wait(user: User) -> None:
    app, browser = app_of(user), Client()
    first_step(browser, user)
    with held("perisai_totpdevice", app.pk):
        must_say_so(browser.post(CODE, {"code": code_now(app)}))
        in_english = browser.post(CODE, {"code": "000000"}, HTTP_ACCEPT_LANGUAGE="en")
    assert "Somebody else is working on this account." in in_english.content.decode()

    assert browser.post(CODE, {"code": code_now(app)}).status_code == 302
    with held("perisai_totpdevice", app.pk):
        must_say_so(browser.post(STEP_UP, {"code": "000000"}))
    assert browser.get("/admin/").status_code == 200


def test_first_use_of_an_app_says_that_it_waits(user: User) -> None:
    browser = Client()
    first_step(browser, user)
    browser.get(APP)
    app = TotpDevice.objects.get(user=user)
    with held("perisai_totpdevice", app.pk):
        must_say_so(browser.post(APP, {"code": code_now(app)}))

    assert browser.post(APP, {"code": code_now(app)}).status_code == 200
    assert browser.get("/admin/").status_code == 200


def test_password_step_says_that_it_waits_and_counts_the_next_failure(user: User) -> None:
    browser = Client()
    wrong = {"username": user.username, "password": "bukan-kata-sandi-nya"}
    assert browser.post(LOGIN, wrong).status_code == 200
    counted = AccessAttempt.objects.get()
    with held("axes_accessattempt", counted.pk):
        must_say_so(browser.post(LOGIN, wrong))
    browser.post(LOGIN, wrong)

    counted.refresh_from_db()
    assert counted.failures_since_start == 2
    assert enter(browser, user).status_code == 302
