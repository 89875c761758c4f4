"""Files on a member's page: blurred for who may reveal, shown once and on record (R37)."""

import base64
import io
import json
import re
from zipfile import ZipFile

import pytest
from django.urls import reverse
from PIL import Image

from enrollment.models import Member, MemberFile
from perisai.models import RevealLog, Role
from perisai.pictures import cleaned
from perisai.services.stored_files import Sent, keep_picture
from retention.models import Attempt, AttemptFile
from supervision.admin.copy_files import copy_file
from supervision.services.dossiers import dossier_of
from tests.factories.payments import NOW
from tests.factories.perisai import UserFactory
from tests.statements import counted
from tests.supervision.conftest import As
from tests.supervision.world import Corner
from tests.sync.photos import photo

pytestmark = pytest.mark.django_db
WHY = "KTP dicocokkan dengan data"
IMAGE = re.compile(r'src="data:image/jpeg;base64,([^"]+)"')
PICTURE = cleaned(photo("kartu"))


def linked(member: Member) -> tuple[MemberFile, AttemptFile]:
    """A card's photograph of the member, and one of a visit to her."""
    assert member.agent_id is not None
    of_card, of_place = (
        keep_picture(Sent(agent_id=member.agent_id, sha256=bytes([n]) * 32), PICTURE, now=NOW)
        for n in (1, 2)
    )
    attempt = Attempt.objects.get(member=member)
    card = MemberFile.objects.create(member=member, role="ktp", file_id=of_card, attached_at=NOW)
    place = AttemptFile.objects.create(
        attempt=attempt, role="place", file_id=of_place, attached_at=NOW
    )
    return card, place


def show_url(member: Member) -> str:
    return reverse("admin:enrollment_member_act", args=[member.pk, "show-file"])


def asked_for(code: str) -> dict[str, str]:
    return {"file": code, "reason": "data_check", "explanation": WHY}


def images_in(page: str) -> list[bytes]:
    return [base64.b64decode(found) for found in IMAGE.findall(page)]


def test_a_page_shows_blurred_previews_to_who_may_reveal(corner: Corner, as_user: As) -> None:
    linked(corner.member)
    url = corner.detail_url("enrollment_member")
    page = as_user(corner.supervisor).get(url).content.decode()
    assert [Image.open(io.BytesIO(one)).size for one in images_in(page)] == [(96, 60)] * 2
    assert PICTURE.thumbnail in images_in(page)
    auditor = as_user(UserFactory.create(role=Role.AUDITOR))
    page = auditor.get(url).content.decode()
    assert images_in(page) == []
    assert "KTP" in page


def test_a_file_is_shown_once_marked_and_on_record(corner: Corner, as_user: As) -> None:
    card, place = linked(corner.member)
    before = RevealLog.objects.count()
    browser = as_user(corner.supervisor)
    for link, entity in ((card, "member_file"), (place, "attempt_file")):
        answer = browser.post(show_url(corner.member), asked_for(f"{entity}:{link.pk}"))
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
        (shown,) = images_in(answer.content.decode())
        assert Image.open(io.BytesIO(shown)).size == (PICTURE.width, PICTURE.height)
        assert shown != PICTURE.content
        row = RevealLog.objects.latest("id")
        assert (row.entity, row.entity_id, row.field) == (entity, link.pk, "photo")
        assert row.branch_id == corner.branch.pk
    assert RevealLog.objects.count() == before + 2


def test_nobody_is_shown_anothers_file_or_one_that_is_gone(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    card, _place = linked(corner.member)
    foreign, _ = linked(elsewhere.member)
    before = RevealLog.objects.count()
    browser = as_user(corner.supervisor)
    MemberFile.objects.filter(pk=card.pk).update(ended_at=NOW)
    for code in (f"member_file:{foreign.pk}", f"member_file:{card.pk}", "nik", ""):
        answer = browser.post(show_url(corner.member), asked_for(code))
        assert answer.status_code == 422
        assert images_in(answer.content.decode()) == []
    without_code = as_user(corner.supervisor, has_stepped_up=False)
    assert without_code.get(show_url(corner.member)).status_code == 302
    assert RevealLog.objects.count() == before


def test_files_cost_a_page_two_statements(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    url = corner.detail_url("enrollment_member")
    browser.get(url)
    with counted() as without:
        browser.get(url)
    linked(corner.member)
    with counted() as with_files:
        browser.get(url)
    assert len(with_files) == len(without) <= 20


def test_a_copy_of_ones_data_holds_the_photos(corner: Corner) -> None:
    linked(corner.member)
    dossier = dossier_of(corner.request.pk, now=NOW)
    with ZipFile(io.BytesIO(copy_file(dossier, language="id"))) as packed:
        assert packed.namelist() == ["data.html", "data.json", "01.jpg", "02.jpg"]
        assert packed.read("01.jpg") == PICTURE.content
        page, said = packed.read("data.html").decode(), json.loads(packed.read("data.json"))
    assert [row["role"] for row in said["photos"]] == ["ktp", "place"]
    assert base64.b64encode(PICTURE.content).decode()[:40] not in page
