"""Corrections on their pages: asked for on the payment's, decided by another on their own."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse as url_of

from payments.models import Correction, JournalEntry, Payment
from payments.services.reversal import reverse
from perisai.models import Role, User
from tests.factories.payments import (
    NOW,
    CorrectionFactory,
    PostAgentFactory,
    cared_for_member,
    paid,
    reversal_of,
)
from tests.factories.perisai import UserFactory
from tests.payments.ledger import money_rows
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db

PAGE, PAYMENT = "payments_correction", "payments_payment"
REASON = "dibayar untuk tetangganya"


def finance() -> User:
    return UserFactory.create(role=Role.FINANCE)


def act_url(page: str, act: str, key: object) -> str:
    return url_of(f"admin:{page}_act", args=[key, act])


def words_of(answer: Any) -> str:
    """The page's text."""
    text: str = answer.content.decode()
    return text


def payment_in(corner: Corner) -> Payment:
    """Another payment of the branch, of which nobody asked for anything."""
    return paid(cared_for_member(corner.agent, full_name="DEWI CONTOH"), corner.outlet)


def test_supervisor_asks_on_the_payments_page_and_comes_to_the_correction(
    corner: Corner, as_user: As
) -> None:
    payment = payment_in(corner)
    rows = money_rows()

    answer = as_user(corner.supervisor).post(
        act_url(PAYMENT, "ask-reversal", payment.pk), {"reason": REASON}
    )

    correction = Correction.objects.get(payment=payment)
    assert answer["Location"] == detail_url(PAGE, correction.pk)
    assert (correction.requested_by, correction.reason) == (corner.supervisor, REASON)
    assert (correction.decision, money_rows()) == ("", rows)


def test_a_second_wish_is_refused_on_the_form(corner: Corner, as_user: As) -> None:
    url = act_url(PAYMENT, "ask-reversal", corner.payment.pk)

    answer = as_user(finance()).post(url, {"reason": REASON})

    assert answer.status_code == 422
    assert "Masih ada koreksi untuk uang ini yang belum diputuskan" in words_of(answer)
    assert Correction.objects.filter(payment=corner.payment).count() == 1


def test_page_shows_both_persons_the_reason_and_the_effect(corner: Corner, as_user: As) -> None:
    asker, second = corner.correction.requested_by, finance()
    url = detail_url(PAGE, corner.correction.pk)
    browser = as_user(second)

    waiting = words_of(browser.get(url))
    browser.post(act_url(PAGE, "confirm", corner.correction.pk))
    done = words_of(browser.get(url))

    for text in (waiting, done):
        assert asker.username in text
        assert corner.correction.reason in text
        assert corner.payment.receipt_no in text
        assert "1100" in text
        assert "Rp8.400" in text
        assert "-Rp5.000" in text
        assert "Rp0" in text
    assert waiting.count(second.username) + 1 == done.count(second.username)
    assert "menunggu" in waiting
    assert "disetujui" in done


def test_confirming_takes_the_payment_back_and_its_page_says_so(
    corner: Corner, as_user: As
) -> None:
    browser = as_user(finance())

    answer = browser.post(act_url(PAGE, "confirm", corner.correction.pk))

    corner.payment.refresh_from_db()
    assert answer.status_code == 302
    assert corner.payment.reversed_at is not None
    assert JournalEntry.objects.get(kind="reversal").correction == corner.correction
    text = words_of(browser.get(detail_url(PAYMENT, corner.payment.pk)))
    assert "koreksi oleh dua orang" in text
    assert detail_url(PAGE, corner.correction.pk) in text
    assert act_url(PAYMENT, "ask-reversal", corner.payment.pk) not in text


def test_page_of_a_payment_that_its_counter_took_back_names_the_counter(
    corner: Corner, as_user: As
) -> None:
    payment = payment_in(corner)
    browser = as_user(finance())
    assert "alasan pembatalan" not in words_of(browser.get(detail_url(PAYMENT, payment.pk)))

    reverse(reversal_of(payment, reason="terminal_fault"), now=NOW + timedelta(minutes=5))

    text = words_of(browser.get(detail_url(PAYMENT, payment.pk)))
    assert "gangguan terminal" in text
    assert text.count(corner.outlet.name) == 2  # took it, and took it back


def test_confirming_needs_a_fresh_code(corner: Corner, as_user: As) -> None:
    browser = as_user(finance(), has_stepped_up=False)

    answer = browser.post(act_url(PAGE, "confirm", corner.correction.pk))

    corner.correction.refresh_from_db()
    assert answer["Location"].startswith("/admin/step-up/")
    assert corner.correction.decided_at is None


@pytest.mark.parametrize("who", ["asker", "supervisor", "national"])
def test_neither_who_asked_nor_who_has_no_say_in_its_kind_is_offered_to_confirm(
    who: str, corner: Corner, as_user: As
) -> None:
    people = {
        "asker": corner.correction.requested_by,
        "supervisor": corner.supervisor,
        "national": UserFactory.create(role=Role.NATIONAL),
    }
    browser = as_user(people[who])
    url = act_url(PAGE, "confirm", corner.correction.pk)

    page, answer = browser.get(detail_url(PAGE, corner.correction.pk)), browser.post(url)

    corner.correction.refresh_from_db()
    assert url not in words_of(page)
    assert answer.status_code == 302
    assert corner.correction.decided_at is None


def test_who_asked_may_put_it_aside(corner: Corner, as_user: As) -> None:
    rows = money_rows()

    as_user(corner.correction.requested_by).post(act_url(PAGE, "refuse", corner.correction.pk))

    corner.correction.refresh_from_db()
    assert (corner.correction.decision, money_rows()) == ("refused", rows)


def test_what_meanwhile_forbids_it_is_told_and_it_stays_open(corner: Corner, as_user: As) -> None:
    member = corner.payment.cover_months.all()[0].member
    paid(member, PostAgentFactory.create(), now=NOW + timedelta(hours=1))

    answer = as_user(finance()).post(act_url(PAGE, "confirm", corner.correction.pk))

    corner.correction.refresh_from_db()
    assert answer.status_code == 422
    assert "Sudah ada pembayaran berikutnya untuk peserta ini" in words_of(answer)
    assert corner.correction.decided_at is None


def test_what_waits_stands_first(corner: Corner, as_user: As) -> None:
    outlet = PostAgentFactory.create()
    receipts = [corner.payment.receipt_no]
    for decision in ("confirmed", "refused", "confirmed"):
        payment = paid(cared_for_member(corner.agent), outlet)
        decided = {"decision": decision, "decided_by": finance(), "decided_at": NOW}
        CorrectionFactory.create(payment=payment, **decided)
        receipts.append(payment.receipt_no)

    text = words_of(as_user(finance()).get(list_url(PAGE)))

    places = [text.index(receipt) for receipt in receipts]
    assert places[0] < places[3] < places[1] < places[2]
