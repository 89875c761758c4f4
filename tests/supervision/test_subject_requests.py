"""The offices' pages for requests about one's own data: taken in, copied, decided (R36)."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enrollment.models import ProcessingLimit, RequestKind, SubjectDecision, SubjectRequest
from perisai.models import Role, User
from supervision.tasks import build_subject_copies
from tests.factories.perisai import UserFactory
from tests.factories.subject_requests import SubjectRequestFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db
WHY = "Identitas sudah diperiksa"


def take_in_url(corner: Corner) -> str:
    """Where a request of the corner's member is noted."""
    return reverse("admin:enrollment_member_act", args=[corner.member.pk, "subject-request"])


def act_url(request: SubjectRequest, name: str) -> str:
    """Where something is done with a request."""
    return reverse("admin:enrollment_subjectrequest_act", args=[request.pk, name])


def page_url(request: SubjectRequest) -> str:
    """Where a request is shown."""
    return reverse("admin:enrollment_subjectrequest_change", args=[request.pk])


@pytest.fixture
def national(corner: Corner, as_user: As) -> Client:
    """A national user, a moment after a right code."""
    return as_user(UserFactory.create())


def test_a_branch_notes_a_request_once_however_often_it_is_sent(
    corner: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    form = browser.get(take_in_url(corner)).context["form"]
    said = {
        "id": str(form["id"].value()),
        "kind": "correction",
        "identity_check": "in_person",
        "words": "nama saya salah tulis",
    }
    for _ in range(2):
        assert browser.post(take_in_url(corner), said).status_code == 302
    taken = SubjectRequest.objects.get(kind=RequestKind.CORRECTION)
    assert (taken.taken_by_id, taken.words) == (corner.supervisor.pk, said["words"])
    shown = browser.get(page_url(taken)).content.decode()
    assert "sisa 72 jam" in shown
    assert said["words"] in shown


def test_a_copy_is_asked_for_built_and_taken_once(corner: Corner, national: Client) -> None:
    asked = national.post(act_url(corner.request, "ask-copy"))
    assert asked.status_code == 302
    build_subject_copies()
    answer = national.post(act_url(corner.request, "hand-over"))
    assert answer.headers["Content-Type"] == "application/zip"
    assert "no-store" in answer.headers["Cache-Control"]
    assert corner.member.full_name.split()[0] not in answer.headers["Content-Disposition"]
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["data.html", "data.json"]
        page = archive.read("data.html").decode()
        told: Any = json.loads(archive.read("data.json"))
    assert corner.member.nik in page
    assert "nama gadis ibu kandung" in page
    assert told["member"][0]["nik"] == corner.member.nik
    again = national.post(act_url(corner.request, "hand-over"))
    assert again.headers["Content-Type"].startswith("text/html")
    assert corner.member.nik not in again.content.decode()


def test_a_colleagues_copy_is_not_offered(corner: Corner, national: Client, as_user: As) -> None:
    national.post(act_url(corner.request, "ask-copy"))
    build_subject_copies()
    other = as_user(UserFactory.create())
    answer = other.post(act_url(corner.request, "hand-over"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == page_url(corner.request)


def test_a_request_is_decided_with_a_reason_and_shown_so(corner: Corner, national: Client) -> None:
    said = {"outcome": "refused", "reason": "Sengketa belum selesai"}
    assert national.post(act_url(corner.request, "decide"), said).status_code == 302
    decision = SubjectDecision.objects.get()
    assert (decision.outcome, decision.reason) == ("refused", said["reason"])
    shown = national.get(page_url(corner.request)).content.decode()
    assert said["reason"] in shown
    assert "ditolak" in shown


def test_a_word_of_one_letter_decides_nothing(corner: Corner, national: Client) -> None:
    said = {"outcome": "refused", "reason": "x"}
    assert national.post(act_url(corner.request, "decide"), said).status_code == 422
    assert national.post(act_url(corner.request, "decide"), {}).status_code == 422
    assert SubjectDecision.objects.count() == 0


def test_who_took_a_request_in_is_not_offered_its_decision(corner: Corner, as_user: As) -> None:
    taker = UserFactory.create()
    request = SubjectRequestFactory.create(member=corner.member, taken_by=taker)
    browser = as_user(taker)
    said = {"outcome": "refused", "reason": WHY}
    assert browser.post(act_url(request, "decide"), said).status_code == 302
    assert SubjectDecision.objects.count() == 0


@pytest.mark.parametrize("name", ["decide", "ask-copy", "hand-over", "lift"])
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
def test_branches_and_auditors_read_and_decide_nothing(
    name: str, role: Role, corner: Corner, as_user: As
) -> None:
    user: User = corner.supervisor if role == Role.SUPERVISOR else UserFactory.create(role=role)
    browser = as_user(user)
    assert browser.get(page_url(corner.request)).status_code == 200
    answer = browser.post(act_url(corner.request, name), {"outcome": "refused", "reason": WHY})
    assert answer.status_code == 403
    assert SubjectDecision.objects.count() == 0


def test_a_restriction_takes_the_member_out_of_the_list_and_ends(
    corner: Corner, national: Client, as_user: As
) -> None:
    request = SubjectRequestFactory.create(member=corner.member, kind=RequestKind.RESTRICTION)
    members = reverse("admin:enrollment_member_changelist")
    supervisor = as_user(corner.supervisor)
    assert corner.detail_url("enrollment_member") in supervisor.get(members).content.decode()
    national.post(act_url(request, "decide"), {"outcome": "done", "reason": WHY})
    assert ProcessingLimit.objects.count() == 1
    assert corner.detail_url("enrollment_member") not in supervisor.get(members).content.decode()
    assert supervisor.get(corner.detail_url("enrollment_member")).status_code == 200
    national.post(act_url(request, "lift"))
    assert corner.detail_url("enrollment_member") in supervisor.get(members).content.decode()


def test_the_first_page_names_what_waits_and_for_how_long(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    with time_machine.travel("2026-11-22T20:00:00+07:00", tick=False):
        text = as_user(corner.supervisor).get("/admin/").content.decode()
        assert "sisa 14 jam" in text
        assert page_url(corner.request) in text
        assert page_url(elsewhere.request) not in text
    with time_machine.travel("2026-11-23T10:00:01+07:00", tick=False):
        text = as_user(corner.supervisor).get("/admin/").content.decode()
        assert "lewat batas waktu" in text
