"""The pages of money without an owner and of the journal."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from payments.errors import CreditTakenBack
from payments.models import Correction, JournalEntry, LateMoney, Payment
from payments.services.corrections import confirm_correction
from perisai.models import Role, User
from supervision.admin.acting import Asked
from supervision.admin.credit_back import AskCreditBack
from tests.factories.payments import NOW, bill_for, cared_for_member, paid
from tests.factories.perisai import UserFactory
from tests.payments.late import LATER, ask_release, booked, notice_of
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "payments_latemoney"
JOURNAL = "payments_journalentry"
ENTER = "admin:payments_latemoney_list_act"


def finance() -> User:
    """Somebody of finance."""
    return UserFactory.create(role=Role.FINANCE)


def release_url(money: LateMoney) -> str:
    """Where the release of it is asked for."""
    return reverse("admin:payments_latemoney_act", args=[money.pk, "release"])


def text_of(browser: Any, url: str, **query: str) -> str:
    """A page."""
    answer = browser.get(url, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_open_money_stands_first_by_age_and_the_rest_on_demand(corner: Corner, as_user: As) -> None:
    member = cared_for_member()
    old = notice_of(corner.outlet.partner, member.kpj, 20_000, paid_at=NOW - timedelta(days=9))
    booked(old, now=NOW)
    posted = notice_of(corner.outlet.partner, bill_for(member).code, 8_400)
    booked(posted, now=NOW)
    browser = as_user(finance())

    open_ones = text_of(browser, list_url(PAGE))
    everything = text_of(browser, list_url(PAGE), rest="any")

    assert "jumlah tidak cocok dengan iuran" in open_ones
    assert "Rp20.000" in open_ones
    assert '<td class="field-age">9</td>' in open_ones
    assert posted.number not in open_ones
    assert posted.number in everything
    assert member.kpj not in everything


def test_supervisor_asks_and_finance_sees_it_released(corner: Corner, as_user: As) -> None:
    money = corner.late_money
    browser = as_user(corner.supervisor)
    member = cared_for_member(corner.agent)
    sent = {"number": member.kpj, "reason": "pemiliknya datang ke kantor"}

    refused = browser.post(release_url(money), sent | {"number": "3515142001900001"})
    assert refused.status_code == 422
    assert "Isi kode bayar (16 angka) atau KPJ (11 angka)." in refused.content.decode()
    assert list(Correction.objects.all()) == [corner.correction]

    assert browser.post(release_url(money), sent).status_code == 302
    assert Payment.objects.filter(late_post=True).count() == 0
    asked = Correction.objects.exclude(pk=corner.correction.pk).get()
    page = text_of(as_user(finance()), detail_url("payments_correction", asked.pk))
    assert (money.reference in page, member.kpj in page) == (True, False)
    confirm_correction(asked.pk, by=finance(), now=LATER)
    shown = text_of(as_user(finance()), detail_url(PAGE, money.pk))
    assert "dua orang" in shown
    assert str(Payment.objects.get(late_post=True)) in shown
    assert release_url(money) not in shown
    assert browser.get(release_url(money)).status_code == 302


@pytest.mark.parametrize("came_as", ["payment", "credit", "released", "released as credit"])
def test_money_with_an_owner_is_shown_to_her_branch_alone(
    came_as: str, corner: Corner, as_user: As
) -> None:
    member, partner = cared_for_member(corner.agent), corner.outlet.partner
    if came_as == "payment":
        booked(notice_of(partner, member.kpj, 8_400))
    elif came_as == "credit":
        bill = bill_for(member)
        paid(member, corner.outlet)
        booked(notice_of(partner, bill.code, 8_400))
    else:
        late = booked(notice_of(partner, "", 8_400))
        asked = ask_release(late, member.kpj, is_credit=came_as == "released as credit")
        confirm_correction(asked.pk, by=finance(), now=LATER)
    money, waiting = LateMoney.objects.latest("pk"), corner.late_money
    own = as_user(corner.supervisor)
    stranger = as_user(UserFactory.create(role=Role.SUPERVISOR))

    pages = [text_of(one, list_url(PAGE), rest="any") for one in (own, stranger)]

    assert [detail_url(PAGE, money.pk) in page for page in pages] == [True, False]
    assert all(detail_url(PAGE, waiting.pk) in page for page in pages)
    assert own.get(detail_url(PAGE, money.pk)).status_code == 200
    assert stranger.get(detail_url(PAGE, money.pk)).status_code == 404


def test_credit_of_the_wrong_member_is_asked_back_on_the_moneys_page(
    corner: Corner, as_user: As
) -> None:
    money, member = corner.late_money, cared_for_member(corner.agent)
    late_url = detail_url(PAGE, money.pk)
    url = reverse("admin:payments_latemoney_act", args=[money.pk, "credit-back"])
    browser = as_user(corner.supervisor)
    assert url not in text_of(browser, late_url)
    sent = {"number": member.kpj, "is_credit": "on", "reason": "pemiliknya datang ke kantor"}
    assert browser.post(release_url(money), sent).status_code == 302
    asked = Correction.objects.get(kind="release")
    confirm_correction(asked.pk, by=finance(), now=LATER)

    form = text_of(browser, url)
    assert f"Rp8.400: {member.pk}" in form
    wish = {"gift": asked.entries.get().pk, "reason": "saldo peserta yang salah"}
    assert browser.post(url, wish | {"gift": "0"}).status_code == 422
    assert browser.post(url, wish).status_code == 302

    back = Correction.objects.get(kind="credit")
    page = text_of(as_user(finance()), detail_url("payments_correction", back.pk))
    assert "penarikan saldo yang keliru" in page
    assert (money.reference in page, str(member.pk) in page) == (True, True)
    confirm_correction(back.pk, by=finance(), now=LATER)
    shown = text_of(browser, late_url)
    assert url not in shown
    assert release_url(money) in shown


def test_credit_of_another_branch_is_no_choice_and_what_went_back_is_refused(
    corner: Corner, as_user: As
) -> None:
    money, member = corner.late_money, cared_for_member(corner.agent)
    url = reverse("admin:payments_latemoney_act", args=[money.pk, "credit-back"])
    sent = {"number": member.kpj, "is_credit": "on", "reason": "pemiliknya datang ke kantor"}
    assert as_user(corner.supervisor).post(release_url(money), sent).status_code == 302
    asked = Correction.objects.get(kind="release")
    confirm_correction(asked.pk, by=finance(), now=LATER)
    wish = {"gift": str(asked.entries.get().pk), "reason": "saldo peserta yang salah"}

    stranger = as_user(UserFactory.create(role=Role.SUPERVISOR))
    assert stranger.get(detail_url(PAGE, money.pk)).status_code == 404
    assert [stranger.get(url).status_code, stranger.post(url, wish).status_code] == [404, 404]
    assert not Correction.objects.filter(kind="credit").exists()

    assert as_user(finance()).post(url, wish).status_code == 302
    confirm_correction(Correction.objects.get(kind="credit").pk, by=finance(), now=LATER)
    checked_before = Asked(user=finance(), data=wish, request_id="")
    with pytest.raises(CreditTakenBack):
        AskCreditBack().carry_out(money, checked_before)


def test_suspense_is_withdrawn_by_two_of_finance(corner: Corner, as_user: As) -> None:
    money = corner.late_money
    url = reverse("admin:payments_latemoney_act", args=[money.pk, "withdraw"])
    assert as_user(corner.supervisor).get(url).status_code == 403
    browser = as_user(finance())
    assert url in text_of(browser, detail_url(PAGE, money.pk))

    assert browser.post(url, {"reason": "salah catat nomor referensi"}).status_code == 302

    asked = Correction.objects.get(kind="withdraw")
    page = text_of(as_user(finance()), detail_url("payments_correction", asked.pk))
    assert "pencabutan uang tak bertuan" in page
    assert money.reference in page
    confirm_correction(asked.pk, by=finance(), now=LATER)
    shown = text_of(browser, detail_url(PAGE, money.pk))
    assert "dicabut" in shown
    assert url not in shown
    assert release_url(money) not in shown


def test_finance_enters_what_a_partner_took(corner: Corner, as_user: As) -> None:
    bill = bill_for(cared_for_member())
    browser = as_user(finance())
    url = reverse(ENTER, args=["enter"])
    sent = {
        "partner": corner.outlet.partner_id,
        "reference": "PSP-20261119-000007",
        "number": " ".join(bill.code[place : place + 4] for place in range(0, 16, 4)),
        "amount": 8_400,
        "fee": 2_500,
        "paid_at": "2026-11-19T14:00",
        "terminal": "POS-50111-02",
        "settlement_date": "2026-11-19",
        "reason": "rekening koran mitra, halaman 3",
    }
    assert browser.post(url, sent | {"paid_at": "2026-11-21T14:00"}).status_code == 422
    for day in ("2026-11-18", "2026-11-21"):
        refused = browser.post(url, sent | {"settlement_date": day})
        assert refused.status_code == 422
        assert "dari hari uang dibayar sampai hari yang sedang berjalan" in refused.content.decode()
    assert list(Correction.objects.all()) == [corner.correction]

    assert browser.post(url, sent).status_code == 302
    asked = Correction.objects.exclude(pk=corner.correction.pk).get()
    page = text_of(browser, detail_url("payments_correction", asked.pk))
    assert ("PSP-20261119-000007" in page, bill.code in page) == (True, True)
    confirm_correction(asked.pk, by=finance(), now=NOW)

    money = LateMoney.objects.get(reference="PSP-20261119-000007")
    assert (money.number, money.late_posted, money.terminal) == (bill.code, 8_400, "POS-50111-02")
    assert money.paid_at.isoformat() == "2026-11-19T07:00:00+00:00"
    assert str(money.settlement_date) == "2026-11-19"


def test_journal_is_read_by_who_reads_money_with_lines_and_filters(
    corner: Corner, as_user: As
) -> None:
    entry = JournalEntry.objects.get(payment=corner.payment)
    for role in (Role.SUPERVISOR, Role.NATIONAL):
        assert as_user(UserFactory.create(role=role)).get(list_url(JOURNAL)).status_code == 403
    browser = as_user(UserFactory.create(role=Role.AUDITOR))

    everything = text_of(browser, list_url(JOURNAL))
    suspense = text_of(browser, list_url(JOURNAL), kind="suspense", settled="today")
    shown = text_of(browser, detail_url(JOURNAL, entry.pk))

    change = detail_url(JOURNAL, entry.pk)
    assert change in everything
    assert change not in suspense
    assert suspense.count("uang tak bertuan</td>") == 1
    assert "Tidak ada yang cocok." in text_of(browser, list_url(JOURNAL), settled="x")
    assert "2100" in shown
    assert "Rp5.000" in shown
    assert corner.payment.receipt_no in shown
