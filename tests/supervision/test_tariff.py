"""Tariff and calendar on the offices' pages: read by all, changed by two persons."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.models import DueDate
from payments.models import (
    CreditRun,
    Discount,
    Holiday,
    ProgrammeRate,
    TariffBracket,
    TariffProposal,
)
from perisai.models import Role, User
from tests.factories.payments import TariffProposalFactory
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import detail_url, list_url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_day")]

TITLES = {
    "payments_tariffbracket": ("Lapisan tarif", "Income brackets"),
    "payments_programmerate": ("Tarif program", "Programme rates"),
    "payments_discount": ("Diskon iuran", "Contribution discounts"),
    "payments_holiday": ("Hari libur", "Holidays"),
    "payments_tariffproposal": ("Usulan tarif", "Tariff proposals"),
}
TABLE = {
    "valid_from": "2027-01",
    "rows": "min_income,base_income,jkk,jht\n0,1500000,15000,30000\n2000000,2500000,25000,50000",
    "source": "PP 12/2026",
}
RATE = {"programme": "JKM", "valid_from": "2027-01", "flat_amount": "7000", "source": "PP 12/2026"}
DISCOUNT = {
    "code": "pp12_2026",
    "programmes": ["JKK", "JKM"],
    "sector": "transport",
    "month_from": "2027-04",
    "month_to": "2027-06",
    "percent_off": "50",
    "excluded_payers": ["apbn"],
    "source": "PP 12/2026",
}

CREDIT = "Saldo untuk bulan yang sudah dibayar"
"""The heading above how far the credit of a row is."""


@pytest.fixture
def finance(db: None) -> User:
    return UserFactory.create(role=Role.FINANCE)


@pytest.fixture
def national(db: None) -> User:
    return UserFactory.create(role=Role.NATIONAL)


def propose(browser: Client, page: str, said: dict[str, Any]) -> TariffProposal:
    """Through the form, on to the proposal's page."""
    answer = browser.post(reverse(f"admin:{page}_list_act", args=["propose"]), said)
    assert answer.status_code == 302, answer.content.decode()
    proposal = TariffProposal.objects.latest("pk")
    assert answer.headers["Location"] == detail_url("payments_tariffproposal", proposal.pk)
    return proposal


def decide(browser: Client, proposal: TariffProposal, act: str = "confirm") -> int:
    url = reverse("admin:payments_tariffproposal_act", args=[proposal.pk, act])
    return browser.post(url).status_code


@pytest.mark.parametrize("page", [*TITLES])
def test_each_page_has_its_title_in_both_languages(page: str, as_user: As, finance: User) -> None:
    browser = as_user(finance)
    for language, title in zip(("id", "en"), TITLES[page], strict=True):
        text = browser.get(list_url(page), HTTP_ACCEPT_LANGUAGE=language).content.decode()
        assert f"<h1>{title}</h1>" in text


def test_table_is_pasted_by_one_person_and_confirmed_by_another(
    as_user: As, finance: User, national: User
) -> None:
    proposal = propose(as_user(finance), "payments_tariffbracket", TABLE)
    page = as_user(national).get(detail_url("payments_tariffproposal", proposal.pk))
    assert "Rp2.500.000" in page.content.decode().replace("\xa0", "")

    assert decide(as_user(national), proposal) == 302

    assert TariffBracket.objects.filter(valid_from=date(2027, 1, 1)).count() == 2
    text = as_user(finance).get(list_url("payments_tariffbracket")).content.decode()
    assert "Januari 2027" in text
    assert "belum dipakai" in text
    row = TariffBracket.objects.latest("pk")
    shown = as_user(finance).get(detail_url("payments_tariffbracket", row.pk)).content.decode()
    assert CREDIT in shown


def test_printed_amount_that_is_wrong_stands_at_the_field(as_user: As, finance: User) -> None:
    url = reverse("admin:payments_tariffbracket_list_act", args=["propose"])
    said = TABLE | {"rows": TABLE["rows"].replace("25000,50000", "25001,50000")}
    answer = as_user(finance).post(url, said)

    assert answer.status_code == 422
    assert "Baris 3: JKK tidak sama" in answer.content.decode()
    assert not TariffProposal.objects.exists()


@pytest.mark.parametrize("page", ["payments_programmerate", "payments_discount"])
def test_rate_and_discount_come_and_go_by_two_persons(
    page: str, as_user: As, finance: User, national: User
) -> None:
    said: dict[str, Any] = {"payments_programmerate": RATE, "payments_discount": DISCOUNT}
    model: Any = {"payments_programmerate": ProgrammeRate, "payments_discount": Discount}[page]
    before = model.objects.count()
    proposal = propose(as_user(finance), page, said[page])
    assert decide(as_user(national), proposal) == 302
    assert model.objects.count() == before + 1

    row = model.objects.latest("pk")
    assert CREDIT in as_user(national).get(detail_url(page, row.pk)).content.decode()
    withdraw = reverse(f"admin:{page}_act", args=[row.pk, "withdraw"])
    assert as_user(finance).post(withdraw, {"source": "salah ketik"}).status_code == 302
    assert decide(as_user(national), TariffProposal.objects.latest("pk")) == 302
    assert model.objects.count() == before
    assert not CreditRun.objects.exists()


def test_nobody_is_offered_to_confirm_his_own_proposal(as_user: As, national: User) -> None:
    proposal = propose(as_user(national), "payments_programmerate", RATE)
    text = as_user(national).get(detail_url("payments_tariffproposal", proposal.pk))

    assert "/act/confirm/" not in text.content.decode()
    assert decide(as_user(national), proposal) == 302
    proposal.refresh_from_db()
    assert proposal.decision == ""
    assert decide(as_user(national), proposal, "refuse") == 302
    proposal.refresh_from_db()
    assert proposal.decision == "refused"


def test_deciding_needs_a_fresh_second_factor(as_user: As, national: User) -> None:
    proposal = TariffProposalFactory.create()
    url = reverse("admin:payments_tariffproposal_act", args=[proposal.pk, "confirm"])
    answer = as_user(national, has_stepped_up=False).post(url)

    assert "step-up" in answer.headers["Location"]
    proposal.refresh_from_db()
    assert proposal.decision == ""


def test_a_months_wrong_spelling_is_told(as_user: As, finance: User) -> None:
    url = reverse("admin:payments_programmerate_list_act", args=["propose"])
    answer = as_user(finance).post(url, RATE | {"valid_from": "1/2027"})
    assert answer.status_code == 422
    assert "Bulan ditulis 2027-01." in answer.content.decode()


def due(month: date) -> date:
    return DueDate.objects.get(month=month).due_on


def test_day_is_put_changed_and_removed_and_due_dates_follow(
    as_user: As, finance: User, national: User
) -> None:
    december = date(2026, 12, 1)
    assert due(december) == date(2026, 12, 15)
    said = {
        "rows": "day,kind,name\n2026-12-15,national,Hari Contoh",
        "basis": "decree",
        "source": "SKB 3 Menteri",
    }
    assert decide(as_user(national), propose(as_user(finance), "payments_holiday", said)) == 302
    assert due(december) == date(2026, 12, 16)

    row = Holiday.objects.get(day=date(2026, 12, 15))
    moved = {"day": "2026-12-16", "kind": "joint_leave", "name": "Hari Contoh", "basis": "decree"}
    change = reverse("admin:payments_holiday_act", args=[row.pk, "change-day"])
    assert as_user(finance).post(change, moved | {"source": "SKB ralat"}).status_code == 302
    assert decide(as_user(national), TariffProposal.objects.latest("pk")) == 302
    assert due(december) == date(2026, 12, 15)
    assert not Holiday.objects.filter(day=date(2026, 12, 15)).exists()

    row = Holiday.objects.get(day=date(2026, 12, 16))
    remove = reverse("admin:payments_holiday_act", args=[row.pk, "remove-day"])
    assert as_user(finance).post(remove, {"source": "SKB ralat"}).status_code == 302
    proposal = TariffProposal.objects.latest("pk")
    shown = as_user(national).get(detail_url("payments_tariffproposal", proposal.pk))
    assert "dihapus" in shown.content.decode()
    assert decide(as_user(national), proposal) == 302
    assert not Holiday.objects.filter(day=date(2026, 12, 16)).exists()


def test_a_days_page_tells_who_changed_it(as_user: As, national: User, finance: User) -> None:
    row = Holiday.objects.filter(basis="estimate").order_by("day")[0]
    said = {"day": f"{row.day}", "kind": row.kind, "name": row.name, "basis": "decree"}
    change = reverse("admin:payments_holiday_act", args=[row.pk, "change-day"])
    assert as_user(finance).post(change, said | {"source": "SKB 3 Menteri"}).status_code == 302
    assert decide(as_user(national), TariffProposal.objects.latest("pk")) == 302

    text = as_user(finance).get(detail_url("payments_holiday", row.pk)).content.decode()
    assert "basis: estimate → decree" in text
    assert national.username in text


def test_lists_and_records_keep_their_budgets(as_user: As, finance: User) -> None:
    TariffProposalFactory.create_batch(3)
    browser = as_user(finance)
    browser.get("/admin/")
    for page in TITLES:
        with CaptureQueriesContext(connection) as statements:
            assert browser.get(list_url(page)).status_code == 200
        assert len(statements) <= 15, page
    for page, model in (
        ("payments_tariffbracket", TariffBracket),
        ("payments_programmerate", ProgrammeRate),
        ("payments_discount", Discount),
        ("payments_holiday", Holiday),
        ("payments_tariffproposal", TariffProposal),
    ):
        record = model._default_manager.order_by("pk")[0]
        with CaptureQueriesContext(connection) as statements:
            assert browser.get(detail_url(page, record.pk)).status_code == 200
        assert len(statements) <= 20, page
