"""Ways into the office: a session as two steps leave it, and the two steps by hand."""

from typing import Any

from django.test import Client
from django.utils import timezone

from perisai.models import TotpDevice, User
from supervision.admin.sessions import OPENED_AT, SEEN_AT
from supervision.admin.stepping import SESSION_KEY
from tests.factories.perisai import PASSWORD, TotpDeviceFactory, code_now

LOGIN = "/admin/login/"
CODE = "/admin/login/code/"
APP = "/admin/login/app/"


def open_office(browser: Client, user: User, *, has_stepped_up: bool = True) -> None:
    """Log a browser in as both steps would, with or without a fresh code."""
    browser.force_login(user)
    session = browser.session
    now = timezone.now()
    session[OPENED_AT] = session[SEEN_AT] = int(now.timestamp())
    if has_stepped_up:
        session[SESSION_KEY] = now.timestamp()
    session.save()


def app_of(user: User) -> TotpDevice:
    """The user's authenticator app, in use; one is made for who has none."""
    return TotpDevice.objects.filter(user=user).first() or TotpDeviceFactory.create(user=user)


def first_step(browser: Client, user: User, *, then: str = "/admin/") -> Any:
    """Type name and password."""
    return browser.post(LOGIN, {"username": user.username, "password": PASSWORD, "next": then})


def enter(browser: Client, user: User, *, then: str = "/admin/") -> Any:
    """Both steps as a person does them; returns the answer to the second."""
    app = app_of(user)
    first_step(browser, user, then=then)
    return browser.post(CODE, {"code": code_now(app)})
