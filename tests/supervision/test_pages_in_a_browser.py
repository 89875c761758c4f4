"""Every page in a real browser: no violation of the content policy, no error on the console."""

from collections.abc import Iterator
from typing import Final

import pytest
import time_machine
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from perisai.models import Role, TotpDevice, User
from tests.browsers import Watched
from tests.factories.perisai import PASSWORD, UserFactory, code_now
from tests.supervision.entering import app_of
from tests.supervision.walking import HOME, Walk
from tests.supervision.world import PAGES, TODAY, Corner, list_url, make_corner

DESK, PHONE = 1280, 390
WIDTHS: Final = (DESK, PHONE)
AT_FIRST: Final = {Role.SUPERVISOR: PHONE, Role.FINANCE: PHONE}
"""At which width the pages of a role are loaded; all are looked at in both."""
WALKED: Final[dict[Role, set[str]]] = {
    Role.SUPERVISOR: {"find", "reveal", "correct-identity", "close", "refuse", "upload"},
    Role.NATIONAL: set(),
    Role.AUDITOR: set(),
    Role.FINANCE: set(),
}
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Office(Watched):
    """The offices' pages in a browser."""

    def log_in(self, user: User) -> None:
        """Enter as a person does."""
        app = app_of(user)
        self.visit("/admin/login/?next=/admin/")
        self.page.fill("#id_username", user.username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("input[type=submit]")
        self.page.fill("#id_code", code_now(app))
        self.page.click("input[type=submit]")
        assert self.page.url == f"{self.server.url}/admin/"


@pytest.fixture
def corner(db: None) -> Iterator[Corner]:
    """A branch with one of everything; the server's clock is that of its payments."""
    with time_machine.travel(TODAY, tick=True):
        yield make_corner()


def paths_of(corner: Corner) -> list[str]:
    """Every page of a branch's office, and those that no menu leads to."""
    paths = [HOME, "/admin/password_change/", "/admin/step-up/"]
    for page in PAGES:
        paths += [list_url(page), corner.detail_url(page)]
    return paths


def test_filters_language_and_theme_work_by_hand(
    browser: Browser, live_server: LiveServer, corner: Corner
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="id-ID")
    watched = Office(context, live_server)
    watched.log_in(corner.supervisor)
    page = watched.page
    page.click("#nav-sidebar >> text=Peserta")
    page.click("summary:has-text('Perlindungan')")
    page.click("text=terdaftar, belum bayar")
    assert page.locator(".empty").inner_text() == "Tidak ada yang cocok."
    page.click("text=English")
    assert page.locator("h1").inner_text() == "Members"
    page.wait_for_load_state("load")  # the button works from then on
    page.click("#header .theme-toggle")
    assert page.evaluate("document.documentElement.dataset.theme") in {"dark", "light"}
    page.click("#toggle-nav-sidebar")
    page.click("text=Log out")
    assert watched.faults == []
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_first_login_sets_an_app_up(
    width: int, browser: Browser, live_server: LiveServer, corner: Corner
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="id-ID")
    watched = Office(context, live_server)
    page = watched.page
    watched.visit("/admin/login/")
    page.fill("#id_username", corner.supervisor.username)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    width_of = "image => image.decode().then(() => image.naturalWidth)"
    assert page.locator(".qr img").evaluate(width_of) > 100
    watched.shoot(f"enrol-{width}")
    is_wide = watched.is_wider_than_the_screen()
    page.fill("#id_code", code_now(TotpDevice.objects.get(user=corner.supervisor)))
    page.click("input[type=submit]")
    page.locator(".paper li").first.wait_for()
    assert page.locator(".paper li").count() == 10
    watched.shoot(f"recovery-codes-{width}")
    assert not is_wide
    assert not watched.is_wider_than_the_screen()
    page.click("text=Lanjut")
    assert page.url == f"{live_server.url}/admin/"
    assert watched.faults == []
    context.close()


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.FINANCE])
def test_other_roles_and_lost_pages_break_nothing_either(
    role: Role, browser: Browser, live_server: LiveServer, corner: Corner
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    watched = Office(context, live_server)
    watched.log_in(UserFactory.create(role=role))
    watched.shoot(f"index-{role}")
    assert watched.faults == []
    lost = watched.page.goto(f"{live_server.url}/admin/unknown/")
    assert lost is not None
    assert lost.status == 404
    watched.shoot("lost")
    # The browser reports the status of the page itself as an error; there must be nothing else.
    assert [fault for fault in watched.faults if "404" not in fault] == []
    context.close()


@pytest.mark.parametrize("role", WALKED)
def test_every_page_and_act_in_reach_of_a_role_is_labelled_and_fits(
    role: Role, browser: Browser, live_server: LiveServer, corner: Corner
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="id-ID")
    watched = Office(context, live_server)
    user = UserFactory.create(role=role) if role != Role.SUPERVISOR else corner.supervisor
    watched.log_in(user)
    first = AT_FIRST.get(role, DESK)
    walk = Walk(watched=watched, widths=tuple(sorted(WIDTHS, key=lambda width: width != first)))
    opened = walk.go(*(paths_of(corner) if role == Role.SUPERVISOR else [HOME]))
    assert walk.faults == []
    assert watched.faults == []
    assert walk.acts >= WALKED[role]
    assert len(opened) > len(WALKED[role])
    context.close()
