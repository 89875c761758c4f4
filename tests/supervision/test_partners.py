"""Partners and counters on their pages: proposed, confirmed by another, closed at once."""

import re
from typing import Any

import pytest
from django.urls import reverse

from payments.models import PartnerChange, PaymentPartner, PostAgent
from perisai.models import DeviceToken, Role, User
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member, paid
from tests.factories.perisai import UserFactory
from tests.payments.ledger import give_credit
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PARTNER, COUNTER, CHANGE = "payments_paymentpartner", "payments_postagent", "payments_partnerchange"
REASON = "perjanjian kerja sama nomor 7"
TERMS = {"name": "Mitra Baru", "admin_fee": "1500", "cutoff_time": "16:30", "reason": REASON}


def national() -> User:
    return UserFactory.create(role=Role.NATIONAL)


def act_url(page: str, act: str, key: object) -> str:
    return reverse(f"admin:{page}_act", args=[key, act])


def shown_once(answer: Any, label: str = "kata sandi pertama") -> str:
    """The password on a page that nothing keeps."""
    told = label + r".*?((?:[a-z2-9]{4}-){3}[a-z2-9]{4})"
    found = re.search(told, answer.content.decode(), re.DOTALL)
    assert found is not None
    assert "no-store" in answer.headers["Cache-Control"]
    return found[1]


def test_a_partner_shows_terms_balances_its_day_and_its_counters(
    corner: Corner, as_user: As
) -> None:
    outlet = PostAgentFactory.create()
    paid(cared_for_member(corner.agent), outlet, months=3)
    paid(cared_for_member(corner.agent), PostAgentFactory.create(partner=outlet.partner))
    give_credit(corner.member, 600, outlet.partner)
    stranger = PostAgentFactory.create()
    paid(cared_for_member(corner.agent), stranger, months=6)

    page = detail_url(PARTNER, outlet.partner.pk)
    text = as_user(UserFactory.create(role=Role.FINANCE)).get(page).content.decode()

    assert "15.00" in text
    assert "Rp42.600" in text  # 8.400 + 33.600 + 600 in 1100
    assert "Rp42.000" in text  # of it paid today
    assert "Rp5.000" in text  # two fees
    assert detail_url(COUNTER, outlet.pk) in text
    assert detail_url(COUNTER, stranger.pk) not in text


def test_lists_have_their_titles_in_both_languages(corner: Corner, as_user: As) -> None:
    browser = as_user(national())
    for page, titles in (
        (PARTNER, ("Mitra pembayaran", "Payment partners")),
        (CHANGE, ("Perubahan mitra", "Changes of partners")),
    ):
        for language, title in zip(("id", "en"), titles, strict=True):
            answer = browser.get(list_url(page), HTTP_ACCEPT_LANGUAGE=language)
            assert f"<h1>{title}</h1>" in answer.content.decode()


def test_a_partner_is_proposed_by_one_and_confirmed_by_another(corner: Corner, as_user: As) -> None:
    one, other = as_user(national()), as_user(national())
    url = list_url(PARTNER) + "act/propose/"
    assert one.post(url, TERMS | {"code": "mitra-baru"}).status_code == 302
    change = PartnerChange.objects.get(code="mitra-baru")
    url = act_url(CHANGE, "confirm", change.pk)
    one.post(url, {})
    assert not PaymentPartner.objects.filter(code="mitra-baru").exists()
    shown = other.get(detail_url(CHANGE, change.pk)).content.decode()
    assert REASON in shown
    assert "Rp1.500" in shown
    other.post(url, {})
    assert PaymentPartner.objects.get(code="mitra-baru").admin_fee == 1_500


def test_terms_are_asked_for_with_what_holds_now(corner: Corner, as_user: As) -> None:
    partner = corner.outlet.partner
    browser, url = as_user(national()), act_url(PARTNER, "terms", partner.pk)
    asked = browser.get(url).content.decode()
    assert 'value="2500"' in asked
    assert 'value="15:00"' in asked
    assert browser.post(url, TERMS | {"admin_fee": "100001"}).status_code == 422
    assert browser.post(url, TERMS).status_code == 302
    assert PartnerChange.objects.get(partner=partner).admin_fee == 1_500


def test_a_new_counters_password_is_shown_once_to_the_second_person(
    corner: Corner, as_user: As
) -> None:
    sent = {"code": "50111-99", "name": "Kantor Pos Baru", "username": "loket.baru"}
    sent |= {"branch": str(corner.branch.pk), "reason": REASON}
    url = act_url(PARTNER, "counter", corner.outlet.partner.pk)
    as_user(national()).post(url, sent)
    change = PartnerChange.objects.get(username="loket.baru")
    browser = as_user(national())

    answer = browser.post(act_url(CHANGE, "confirm", change.pk), {})

    password = shown_once(answer)
    outlet = PostAgent.objects.get(outlet_code="50111-99")
    assert outlet.user.check_password(password)
    assert outlet.branch == corner.branch
    again = browser.get(detail_url(CHANGE, change.pk)).content.decode()
    assert password not in again


def test_a_partners_own_login_is_opened_by_two_and_its_password_shown_once(
    corner: Corner, as_user: As
) -> None:
    partner = corner.outlet.partner
    sent = {"name": "Bagian Laporan", "username": "mitra.laporan", "reason": REASON}
    one, other, url = (
        as_user(national()),
        as_user(national()),
        act_url(PARTNER, "login", partner.pk),
    )
    assert one.post(url, sent | {"username": "ada blank"}).status_code == 422
    assert one.post(url, sent).status_code == 302
    change = PartnerChange.objects.get(username="mitra.laporan")
    confirming = act_url(CHANGE, "confirm", change.pk)
    one.post(confirming, {})
    assert not partner.outlets.own().exists()

    answer = other.post(confirming, {})

    own = partner.outlets.own().get()
    assert own.user.role == Role.PARTNER
    assert own.user.check_password(shown_once(answer))
    page = other.get(detail_url(PARTNER, partner.pk)).content.decode()
    assert f'href="{detail_url(COUNTER, own.pk)}"' in page
    assert "Usulkan akun mitra" not in page  # it has its one
    assert "akun mitra" in other.get(list_url(COUNTER)).content.decode()
    assert one.get(url).status_code == 302


def test_a_new_password_of_the_partners_own_login_is_the_national_offices_matter(
    corner: Corner, as_user: As
) -> None:
    own = PostAgentFactory.create(
        user__role=Role.PARTNER, outlet_code="", partner=corner.outlet.partner
    )
    url = act_url(COUNTER, "reset", own.pk)
    reason = {"reason": "sandi hilang di kantor mitra"}

    refused = as_user(corner.supervisor).post(url, reason)
    one, other = as_user(national()), as_user(national())
    assert one.post(url, reason).status_code == 302
    confirming = act_url(CHANGE, "confirm", PartnerChange.objects.get(outlet=own).pk)
    assert "kata sandi<" not in one.post(confirming, {}).content.decode()
    answer = other.post(confirming, {})

    assert refused.status_code == 404
    own.user.refresh_from_db()
    assert own.user.check_password(shown_once(answer, ">kata sandi<"))


@pytest.mark.parametrize("page", [PARTNER, COUNTER])
def test_closing_is_one_persons_and_ends_sessions(page: str, corner: Corner, as_user: As) -> None:
    record: Any = corner.records()[page]
    issue_terminal_token(corner.outlet.user, "T-01")
    browser = as_user(national())
    url = act_url(page, "close", record.pk)
    assert browser.post(url, {"reason": "singkat"}).status_code == 422
    assert browser.post(url, {"reason": "pembayaran janggal"}).status_code == 302
    assert not PostAgent.objects.working().filter(pk=corner.outlet.pk).exists()
    assert not DeviceToken.objects.filter(user=corner.outlet.user).exists()
    text = browser.get(corner.detail_url(page)).content.decode()
    assert "tutup" in text
    assert "Usulkan" in text
    assert 'act/close/"' not in text
    opening = browser.post(act_url(page, "open", record.pk), {"reason": "sudah diperiksa"})
    assert opening.status_code == 302
    change = PartnerChange.objects.get(decision="", kind__startswith="open_")
    as_user(national()).post(act_url(CHANGE, "confirm", change.pk), {})
    assert PostAgent.objects.working().filter(pk=corner.outlet.pk).exists()


def test_a_closed_partner_shows_its_counters_as_closed(corner: Corner, as_user: As) -> None:
    PaymentPartner.objects.filter(pk=corner.outlet.partner_id).update(is_active=False)
    text = as_user(corner.supervisor).get(list_url(COUNTER)).content.decode()
    assert 'badge-bad">tutup' in text


def test_a_counter_shows_its_own_day(corner: Corner, as_user: As) -> None:
    paid(cared_for_member(corner.agent), PostAgentFactory.create(), months=3)
    text = as_user(corner.supervisor).get(corner.detail_url(COUNTER)).content.decode()
    assert "Rp8.400" in text
    assert "Rp33.600" not in text
    assert corner.payment.posted_at == NOW


def test_acts_on_partners_want_a_fresh_code(corner: Corner, as_user: As) -> None:
    browser = as_user(national(), has_stepped_up=False)
    for page in (PARTNER, COUNTER):
        url = act_url(page, "close", corner.records()[page].pk)
        answer: Any = browser.post(url, {"reason": "pembayaran janggal"})
        assert answer.headers["Location"].startswith("/admin/step-up/")
    assert PostAgent.objects.working().filter(pk=corner.outlet.pk).exists()
