"""Who may read which page, and who may not even enter."""

from typing import Any

import pytest
from django.contrib.auth import get_user
from django.test import Client

from perisai.models import Role, User
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import PASSWORD, UserFactory
from tests.supervision.conftest import As
from tests.supervision.entering import LOGIN, enter
from tests.supervision.world import PAGES, Corner, list_url

pytestmark = pytest.mark.django_db

MONEY = {"payments_bill", "payments_payment", "payments_correction", "payments_latemoney"}
PEOPLE = {
    *("enrollment_member", "retention_followup", "perisai_agent", "perisai_device"),
    "retention_reminder",
    *("perisai_reveallog", "enrollment_subjectrequest", "perisai_importrun"),
    "retention_escalation",
    "retention_sponsoralert",
    "perisai_user",
    "enrollment_handoverproposal",
    "supervision_agentreview",
}
PLACES = {"perisai_office", "payments_postagent", "payments_payer"}
MAY_READ = {
    Role.SUPERVISOR: MONEY | PEOPLE | PLACES | {"sync_operation", "sync_conflict"},
    Role.NATIONAL: MONEY | PEOPLE | PLACES,
    Role.AUDITOR: MONEY | PEOPLE | PLACES,
    Role.FINANCE: MONEY | {"payments_postagent"},
}


def user_of(role: Role, corner: Corner) -> User:
    """A user of a role; the supervisor is the branch's."""
    return corner.supervisor if role == Role.SUPERVISOR else UserFactory.create(role=role)


@pytest.mark.parametrize("role", MAY_READ)
def test_a_role_reads_its_pages_and_no_other(role: Role, corner: Corner, as_user: As) -> None:
    browser = as_user(user_of(role, corner))
    for page in PAGES:
        expected = 200 if page in MAY_READ[role] else 403
        assert browser.get(list_url(page)).status_code == expected, page
        assert browser.get(corner.detail_url(page)).status_code == expected, page


@pytest.mark.parametrize("role", MAY_READ)
def test_the_menu_names_what_may_be_read(role: Role, corner: Corner, as_user: As) -> None:
    text = as_user(user_of(role, corner)).get("/admin/").content.decode()
    named = {page for page in PAGES if f'href="{list_url(page)}"' in text}
    assert named == MAY_READ[role]


@pytest.mark.parametrize("role", MAY_READ)
def test_office_staff_enter_by_password_and_code(role: Role, corner: Corner) -> None:
    user = user_of(role, corner)
    browser = Client()
    answer = enter(browser, user)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert browser.get("/admin/").status_code == 200


def outsiders(corner: Corner) -> dict[str, User]:
    """People with a right password who do not belong here."""
    flagged = UserFactory.create(role=Role.PARTNER)
    User.objects.filter(pk=flagged.pk).update(is_staff=True)
    return {
        "agent": corner.agent.user,
        "counter": PostAgentFactory.create().user,
        "partner with a wrong flag": User.objects.get(pk=flagged.pk),
        "office without the flag": UserFactory.create(role=Role.NATIONAL, is_staff=False),
        "inactive supervisor": UserFactory.create(
            role=Role.SUPERVISOR, branch=corner.branch, is_active=False
        ),
    }


@pytest.mark.parametrize(
    "who",
    [
        "agent",
        "counter",
        "partner with a wrong flag",
        "office without the flag",
        "inactive supervisor",
    ],
)
def test_nobody_else_enters_and_the_answer_is_that_of_a_wrong_password(
    who: str, corner: Corner
) -> None:
    user = outsiders(corner)[who]
    answers = []
    for name, password in ((user.username, PASSWORD), ("tidak-ada", "salah-sekali-salah")):
        browser = Client()
        answer: Any = browser.post(LOGIN, {"username": name, "password": password})
        errors = answer.context["form"].non_field_errors()
        answers.append((answer.status_code, list(errors)))
        assert get_user(browser).is_anonymous
    assert answers[0] == answers[1]
    assert answers[0][0] == 200


@pytest.mark.parametrize("who", ["agent", "counter", "partner with a wrong flag"])
def test_a_session_of_somebody_else_opens_no_page(who: str, corner: Corner, as_user: As) -> None:
    browser = as_user(outsiders(corner)[who])
    for url in ["/admin/", *(list_url(page) for page in PAGES), corner.detail_url(PAGES[0])]:
        answer = browser.get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(LOGIN)


def test_without_a_login_every_path_leads_to_it(corner: Corner) -> None:
    for url in ["/admin/", list_url(PAGES[0]), corner.detail_url(PAGES[0]), "/admin/unknown/"]:
        answer = Client().get(url)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(LOGIN)


def test_a_suspended_supervisor_is_out_at_once(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    assert browser.get("/admin/").status_code == 200
    User.objects.filter(pk=corner.supervisor.pk).update(is_active=False)
    assert browser.get("/admin/").status_code == 302


def test_five_wrong_passwords_lock_the_login_and_the_right_one_too(corner: Corner) -> None:
    name = corner.supervisor.username
    for _ in range(5):
        Client().post(LOGIN, {"username": name, "password": "salah-sekali-salah"})
    answer = Client().post(LOGIN, {"username": name, "password": PASSWORD})
    assert answer.status_code == 429
    other = UserFactory.create(role=Role.NATIONAL)
    free = Client().post(LOGIN, {"username": other.username, "password": PASSWORD})
    assert free.status_code == 302


def test_pages_are_kept_by_no_cache_and_closed_to_scripts(corner: Corner, as_user: As) -> None:
    answer = as_user(corner.supervisor).get(corner.detail_url("enrollment_member"))
    assert "no-store" in answer.headers["Cache-Control"]
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
