"""Every page in Indonesian first, and in English when asked for."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.utils import timezone

from perisai.models import Language, Role
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.entering import enter
from tests.supervision.world import PAGES, Corner, list_url

pytestmark = pytest.mark.django_db

TITLES = {
    "enrollment_member": ("Peserta", "Members"),
    "retention_followup": ("Tindak lanjut", "Follow-ups"),
    "retention_reminder": ("Pengingat", "Reminders"),
    "retention_escalation": ("Eskalasi", "Escalations"),
    "retention_sponsoralert": ("Sponsor yang berakhir", "Ending sponsors"),
    "payments_bill": ("Tagihan", "Bills"),
    "payments_payment": ("Pembayaran", "Payments"),
    "payments_correction": ("Koreksi", "Corrections"),
    "payments_payer": ("Pembayar", "Payers"),
    "payments_latemoney": ("Uang tak bertuan", "Money without an owner"),
    "sync_operation": ("Kiriman bermasalah", "Operations with problems"),
    "sync_conflict": ("Perkara", "Cases"),
    "perisai_agent": ("Agen", "Agents"),
    "supervision_agentreview": ("Tinjauan agen", "Agent reviews"),
    "perisai_user": ("Pengguna kantor", "Office users"),
    "perisai_device": ("Perangkat", "Devices"),
    "perisai_reveallog": ("Riwayat buka data", "Reveal log"),
    "enrollment_subjectrequest": ("Permintaan atas data diri", "Requests about own data"),
    "perisai_office": ("Kantor Perisai", "Perisai offices"),
    "payments_postagent": ("Loket", "Counters"),
    "perisai_importrun": ("Impor data", "Imports"),
    "enrollment_handoverproposal": ("Alih binaan", "Hand-overs"),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_its_title_in_both_languages(page: str, corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    for language, title in zip(("id", "en"), TITLES[page], strict=True):
        text = browser.get(list_url(page), HTTP_ACCEPT_LANGUAGE=language).content.decode()
        assert f"<h1>{title}</h1>" in text
        assert f'<html lang="{language}"' in text


def test_words_on_a_member_are_in_the_readers_language(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    url = corner.detail_url("enrollment_member")
    words = {
        "id": [
            "2 bulan belum dibayar",
            "tidak di rumah",
            "cap jempol",
            "Agustus 2026",
            "Petani padi",
        ],
        "en": ["2 months unpaid", "not at home", "thumbprint", "August 2026", "field-crop farmer"],
    }
    for language, other in (("id", "en"), ("en", "id")):
        text = browser.get(url, HTTP_ACCEPT_LANGUAGE=language).content.decode()
        assert [word for word in words[language] if word not in text] == []
        assert [word for word in words[other] if word in text] == []


def test_without_a_wish_a_page_is_indonesian(corner: Corner) -> None:
    for wish in ("", "fr"):
        text = Client().get("/admin/login/", HTTP_ACCEPT_LANGUAGE=wish).content.decode()
        assert "Nama pengguna" in text


def test_the_switch_stands_on_every_page_and_is_remembered(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    url = list_url("perisai_agent")
    assert 'action="/admin/language/setlang/"' in browser.get(url).content.decode()
    answer = browser.post("/admin/language/setlang/", {"language": "en", "next": url})
    assert (answer.status_code, answer.headers["Location"]) == (302, url)
    assert "<h1>Agents</h1>" in browser.get(url).content.decode()


def test_the_switch_leads_nowhere_else(corner: Corner) -> None:
    sent = {"language": "en", "next": "https://example.com/"}
    answer = Client().post("/admin/language/setlang/", sent)
    assert answer.headers["Location"] == "/"


def test_a_first_login_takes_the_language_of_the_account(db: None, corner: Corner) -> None:
    user = UserFactory.create(role=Role.NATIONAL, language=Language.ENGLISH)
    browser = Client()
    enter(browser, user)
    assert browser.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert "Cover of members today" in browser.get("/admin/").content.decode()

    chosen = Client()
    chosen.cookies[settings.LANGUAGE_COOKIE_NAME] = "id"
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        enter(chosen, user)
    assert chosen.cookies[settings.LANGUAGE_COOKIE_NAME].value == "id"


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_no_column_is_headed_by_the_name_of_its_field(
    model: type[Model], rf: RequestFactory
) -> None:
    page = admin.site._registry[model]
    request = rf.get("/")
    request.user = UserFactory.create(role=Role.NATIONAL)
    columns = page.get_list_display(request)
    assert [name for name in columns if isinstance(name, str) and not hasattr(page, name)] == []
