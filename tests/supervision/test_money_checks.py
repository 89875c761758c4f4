"""The page of nightly checks, and the day's money on the first page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import MoneyCheckRun, Payment
from payments.services.late_notices import LateBooked, LateNotice
from payments.services.late_posting import post_late
from payments.services.money_checks import check_and_keep
from payments.services.partner_figures import Taken
from perisai.models import OutboxMessage, Role, User
from supervision.services.money_today import Suspended, money_today
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member, paid
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "payments_moneycheckrun"
READERS = [Role.FINANCE, Role.NATIONAL, Role.AUDITOR]


def finance() -> User:
    return UserFactory.create(role=Role.FINANCE)


@pytest.mark.parametrize("role", READERS)
def test_a_broken_claim_is_shown_with_its_ids(role: Role, corner: Corner, as_user: As) -> None:
    clean = check_and_keep()
    OutboxMessage.objects.filter(subject_id=corner.payment.pk).delete()
    broken = check_and_keep()
    browser = as_user(UserFactory.create(role=role))

    english = browser.get(list_url(PAGE), HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "<h1>Money checks</h1>" in english
    listed = browser.get(list_url(PAGE)).content.decode()
    assert listed.count("bersih") >= 1
    assert "1 pelanggaran" in listed
    shown = browser.get(detail_url(PAGE, broken.pk)).content.decode()
    assert str(corner.payment.pk) in shown
    assert "setiap pembayaran dan pembatalan dikabarkan" in shown
    other = browser.get(detail_url(PAGE, clean.pk)).content.decode()
    assert str(corner.payment.pk) not in other


def test_a_run_without_an_end_says_so(corner: Corner, as_user: As) -> None:
    run = MoneyCheckRun.objects.create(started_at=NOW)
    browser = as_user(finance())
    assert "tidak selesai" in browser.get(detail_url(PAGE, run.pk)).content.decode()
    assert "0 / 10" in browser.get(list_url(PAGE)).content.decode()


def test_a_branch_reads_no_checks(corner: Corner, as_user: As) -> None:
    run = check_and_keep()
    browser = as_user(corner.supervisor)
    assert browser.get(list_url(PAGE)).status_code == 403
    assert browser.get(detail_url(PAGE, run.pk)).status_code == 403
    assert "Uang hari ini" not in browser.get("/admin/").content.decode()


@pytest.mark.parametrize("role", READERS)
def test_the_first_page_tells_the_days_money(role: Role, corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=role))
    run = check_and_keep()

    text = browser.get("/admin/").content.decode()

    assert "Uang hari ini" in text
    assert corner.payment.amount == 8_400
    assert "Rp8.400" in text
    assert f'href="{detail_url(PAGE, run.pk)}"' in text


def test_before_the_first_night_the_first_page_says_so(as_user: As) -> None:
    text = as_user(finance()).get("/admin/").content.decode()
    assert "Pemeriksaan uang terakhir: Belum ada." in text


def test_a_day_counts_by_channel_and_what_was_taken_back(db: None) -> None:
    outlet = PostAgentFactory.create()
    midnight = NOW.replace(hour=0)
    before = paid(cared_for_member(), outlet, now=midnight - timedelta(seconds=1))
    first = paid(cared_for_member(), outlet, now=midnight)
    last = paid(cared_for_member(), outlet, months=3, now=NOW.replace(hour=23, minute=59))
    paid(cared_for_member(), outlet, now=midnight + timedelta(days=1))
    Payment.objects.filter(pk__in=[before.pk, last.pk]).update(reversed_at=NOW)

    with CaptureQueriesContext(connection) as statements:
        found = money_today(NOW.date(), now=NOW)

    assert found.by_channel == {
        "rest": Taken(count=2, rupiah=first.amount + last.amount, fee=5_000)
    }
    assert found.reversed == Taken(count=2, rupiah=before.amount + last.amount, fee=5_000)
    assert found.last_check is None
    assert len(statements) == 5


@pytest.mark.usefixtures("business_day")
def test_money_without_an_owner_is_told_with_its_age(as_user: As) -> None:
    outlet = PostAgentFactory.create()
    for days_ago, amount in ((3, 5_000), (1, 16_800)):
        at = NOW - timedelta(days=days_ago)
        notice = LateNotice(
            partner_id=outlet.partner_id,
            reference=f"BERKAS-{days_ago}",
            number="90000000000",
            amount=amount,
            paid_at=at,
        )
        assert isinstance(post_late(notice, now=at), LateBooked)

    found = money_today(NOW.date(), now=NOW).suspended

    oldest = NOW - timedelta(days=3)
    assert found == Suspended(count=2, rupiah=21_800, oldest=oldest, for_a_person=0)
    text = as_user(finance()).get("/admin/").content.decode()
    assert "Titipan tanpa pemilik: 2, Rp21.800, tertua 17-11-2026" in text


def test_a_day_without_money_is_empty(db: None) -> None:
    found = money_today(NOW.date(), now=NOW)
    assert (found.by_channel, found.reversed) == ({}, Taken())
    assert found.suspended == Suspended(count=0, rupiah=0, oldest=None, for_a_person=0)
