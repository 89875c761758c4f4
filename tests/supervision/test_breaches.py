"""The page of breaches: recorded with its hours, letters in both languages, people by link."""

import pytest
from django.urls import reverse

from perisai.models import Breach, Role
from tests.factories.perisai import BreachFactory, RevealLogFactory, UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "perisai_breach"
SAID = {
    "detected_at": "2026-11-19 22:00",
    "what": "Laptop kantor hilang dari mobil",
    "classes": ["identity", "contact"],
    "people_guessed": "40",
    "since": "2026-11-19 08:00",
    "until": "2026-11-19 22:00",
}


def test_a_breach_is_recorded_and_told_until_when(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create())
    url = reverse("admin:perisai_breach_list_act", args=["record"])
    answer = browser.post(url, SAID, follow=True)
    assert "22-11-2026 22.00" in answer.content.decode()
    breach = Breach.objects.exclude(pk=corner.breach.pk).get()
    assert (breach.people_guessed, breach.classes) == (40, ["identity", "contact"])
    refused = browser.post(url, SAID | {"detected_at": "2026-12-19 22:00"})
    assert refused.status_code == 422
    assert Breach.objects.count() == 2


def test_the_record_shows_its_lines_its_letters_and_whom_to_tell(
    corner: Corner, as_user: As
) -> None:
    breach = BreachFactory.create()
    RevealLogFactory.create(entity_id=corner.member.pk, revealed_at=breach.since)
    browser = as_user(UserFactory.create())
    note = reverse("admin:perisai_breach_act", args=[breach.pk, "note"])
    browser.post(note, {"kind": "measure", "words": "Akun <ditutup> & sandi diganti"})
    text = browser.get(detail_url(PAGE, breach.pk)).content.decode()
    assert text.count("Akun &lt;ditutup&gt; &amp; sandi diganti") == 5  # its line, four letters
    assert "Pasal 46 UU 27/2022" in text
    assert "Article 46, Law 27/2022" in text
    assert "Kementerian Komunikasi dan Digital (Komdigi)" in text
    assert corner.detail_url("enrollment_member") in text
    assert corner.member.full_name not in text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.FINANCE])
def test_branches_see_no_breach(role: Role, corner: Corner, as_user: As) -> None:
    user = corner.supervisor if role == Role.SUPERVISOR else UserFactory.create(role=role)
    browser = as_user(user)
    assert browser.get(list_url(PAGE)).status_code == 403
    assert browser.get(detail_url(PAGE, corner.breach.pk)).status_code == 403
