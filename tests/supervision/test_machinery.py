"""The page of the machinery: for who watches it, without a broker too, and at a fixed cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from perisai.ids import new_id
from perisai.models import LoginEvent, LoginResult, LoginStep, OutboxMessage, PulsePart, Role
from perisai.services.pulses import note_pulse
from supervision.admin.showing import day
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db
PAGE = "/admin/machinery/"
MOST = 15


@pytest.mark.parametrize("role", [Role.NATIONAL, Role.AUDITOR])
def test_who_watches_sees_queues_and_what_waits(role: Role, corner: Corner, as_user: As) -> None:
    now = timezone.now()
    note_pulse(PulsePart.BEAT, now)
    OutboxMessage.objects.all().delete()
    OutboxMessage.objects.create(kind="a", subject_id=new_id(), due_at=now - timedelta(seconds=90))
    OutboxMessage.objects.create(kind="b", subject_id=new_id(), given_up_at=now)
    LoginEvent.objects.create(step=LoginStep.FACTOR, result=LoginResult.WRONG, login_digest="x")
    browser = as_user(UserFactory.create(role=role))

    text = browser.get(PAGE).content.decode()

    for word in ("menjawab", "90 detik", "penyapuan", "faktor kedua", day(date(2026, 11, 20))):
        assert word in text
    assert (
        "<h1>State of the system</h1>"
        in browser.get(PAGE, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    )
    assert f'href="{PAGE}"' in browser.get("/admin/").content.decode()


@pytest.mark.parametrize("role", [Role.FINANCE, Role.SUPERVISOR])
def test_nobody_else_reads_it_or_finds_it_in_the_menu(
    role: Role, corner: Corner, as_user: As
) -> None:
    is_supervisor = role == Role.SUPERVISOR
    browser = as_user(corner.supervisor if is_supervisor else UserFactory.create(role=role))
    assert browser.get(PAGE).status_code == 403
    assert f'href="{PAGE}"' not in browser.get("/admin/").content.decode()


def test_without_a_broker_it_says_so_and_shows_the_rest(
    corner: Corner, as_user: As, settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answer = as_user(UserFactory.create(role=Role.NATIONAL)).get(PAGE)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "tidak menjawab" in text
    assert "pesan menunggu" in text
    assert "penyapuan" not in text


def test_it_costs_the_same_whatever_there_is(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.NATIONAL))
    browser.get(PAGE)
    first = cost(browser)
    for _ in range(50):
        OutboxMessage.objects.create(kind="a", subject_id=new_id())
        LoginEvent.objects.create(step=LoginStep.AGENT, result=LoginResult.WRONG, login_digest="x")
    assert cost(browser) == first <= MOST


def cost(browser: object) -> int:
    """Statements of the page."""
    with CaptureQueriesContext(connection) as statements:
        assert browser.get(PAGE).status_code == 200  # type: ignore[attr-defined]
    return len(statements)


def test_nothing_is_sent_to_it(corner: Corner, as_user: As) -> None:
    assert as_user(UserFactory.create(role=Role.NATIONAL)).post(PAGE).status_code == 403
