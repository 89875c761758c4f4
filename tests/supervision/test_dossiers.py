"""A copy holds everything that is kept of a person, and goes to one hand, once, within a day."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from enrollment.errors import (
    CopyGone,
    CopyNotHandedOver,
    CopyNotReady,
    NotAskedForACopy,
    TakenInByOneself,
)
from enrollment.models import Heir, Member, Outcome, RequestKind, SubjectCopy, SubjectRequest
from enrollment.services.subject_copies import ask_for_copy, end_old_copies, hand_over
from enrollment.services.subject_requests import DecisionForm, decide_request
from perisai.errors import NotFound
from perisai.models import RevealReason, Role
from perisai.services.reveals import RevealAsk, Revealer, reveal
from supervision.services.dossiers import build_copies, dossier_of, tables_about_people
from tests.factories.perisai import UserFactory
from tests.factories.subject_requests import RECEIVED_AT, SubjectRequestFactory
from tests.statements import run_sql
from tests.supervision.world import ADDRESS, NOTE, PHONE, Corner

pytestmark = pytest.mark.django_db
LATER = RECEIVED_AT + timedelta(hours=1)
DAY = timedelta(hours=24)


def wanted_copy(member: Member) -> tuple[SubjectRequest, SubjectCopy]:
    """A request for access, and the copy that somebody asked for."""
    request = SubjectRequestFactory.create(member=member)
    by = UserFactory.create()
    return request, ask_for_copy(request.pk, by=by, language="id", now=LATER)


def test_a_copy_holds_everything_and_who_revealed_what(corner: Corner) -> None:
    member = corner.member
    Heir.objects.create(member=member, position=1, name="ANI WARIS", relation="child")
    ask = RevealAsk(
        entity="member",
        entity_id=member.pk,
        field="nik",
        reason=RevealReason.CLAIM,
        explanation="klaim JKM diperiksa",
    )
    by = Revealer(user=corner.supervisor, request_id="req-7", session="0" * 32)
    reveal(ask, by=by, now=LATER)
    request = SubjectRequestFactory.create(member=member, words="minta semua data saya")
    dossier = dossier_of(request.pk, now=LATER)
    text = json.dumps(dossier, ensure_ascii=False)
    for datum in (member.nik, member.full_name, PHONE, ADDRESS, NOTE, "ANI WARIS"):
        assert datum in text
    for datum in ("minta semua data saya", "klaim JKM diperiksa", corner.supervisor.username):
        assert datum in text
    reveals = dossier["reveallog"]
    assert [row["field"] for row in reveals] == ["phone", "nik"]
    assert dossier["member"][0]["birth_date"] == member.birth_date.isoformat()
    assert len(dossier["consent"]) == len(dossier["attempt"]) == len(dossier["heir"]) == 1


def test_a_copy_tells_of_nobody_else_and_nothing_of_our_indexes(
    corner: Corner, elsewhere: Corner
) -> None:
    request = SubjectRequestFactory.create(member=corner.member)
    dossier = dossier_of(request.pk, now=LATER)
    text = json.dumps(dossier)
    assert elsewhere.member.nik not in text
    assert "ANI LAIN" not in text
    assert str(corner.payment.pk) not in text  # of another member of the branch
    assert not [name for name in dossier["member"][0] if name.endswith(("_index", "_words"))]


def test_every_table_that_points_at_a_member_is_in_a_copy(corner: Corner) -> None:
    tables = {model._meta.model_name for model, _column in tables_about_people()}
    assert {"heir", "consent", "registration", "covermonth", "attempt", "followup"} <= tables
    request = SubjectRequestFactory.create(member=corner.member)
    assert tables <= dossier_of(request.pk, now=LATER).keys()


def test_a_copy_is_ciphertext_until_it_is_handed_over_once(corner: Corner) -> None:
    request, copy = wanted_copy(corner.member)
    by = copy.made_by
    with pytest.raises(CopyNotReady):
        hand_over(request.pk, by=by, now=LATER)
    assert build_copies(LATER) == 1
    assert build_copies(LATER) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM enrollment_subjectcopy")
        stored = bytes(cursor.fetchone()[0])
    assert corner.member.nik.encode() not in stored
    for other in (UserFactory.create(), corner.supervisor):
        with pytest.raises(NotFound):
            hand_over(request.pk, by=other, now=LATER)
    _copy, dossier = hand_over(request.pk, by=by, now=LATER)
    said: Any = dossier["member"]
    assert said[0]["nik"] == corner.member.nik
    with pytest.raises(CopyGone):
        hand_over(request.pk, by=by, now=LATER)
    kept = SubjectCopy.objects.get()
    assert (kept.content, kept.handed_at, kept.gone_at) == (None, LATER, LATER)


def test_a_copy_that_nobody_fetched_is_gone_after_a_day(corner: Corner) -> None:
    request, copy = wanted_copy(corner.member)
    build_copies(LATER)
    assert end_old_copies(LATER + DAY - timedelta(seconds=1)) == 0
    with pytest.raises(CopyGone):
        hand_over(request.pk, by=copy.made_by, now=LATER + DAY)
    assert (end_old_copies(LATER + DAY), end_old_copies(LATER + DAY)) == (1, 0)
    copy.refresh_from_db()
    assert (copy.content, copy.handed_at, copy.gone_at) == (None, None, LATER + DAY)
    again = ask_for_copy(request.pk, by=copy.made_by, language="en", now=LATER + DAY)
    build_copies(LATER + DAY)
    handed, _dossier = hand_over(request.pk, by=copy.made_by, now=LATER + DAY)
    assert (handed.pk, handed.language) == (again.pk, "en")


def test_access_is_done_when_a_copy_was_handed_over(corner: Corner) -> None:
    request, copy = wanted_copy(corner.member)
    done = DecisionForm(outcome=Outcome.DONE, reason="Salinan diserahkan di kantor")
    with pytest.raises(CopyNotHandedOver):
        decide_request(request.pk, done, by=copy.made_by, now=LATER)
    assert request in SubjectRequest.objects.undecided()
    build_copies(LATER)
    hand_over(request.pk, by=copy.made_by, now=LATER)
    decide_request(request.pk, done, by=copy.made_by, now=LATER)
    assert request not in SubjectRequest.objects.undecided()


def test_who_may_not_decide_asks_for_no_copy(corner: Corner) -> None:
    request = SubjectRequestFactory.create(member=corner.member)
    for by in (corner.supervisor, UserFactory.create(role=Role.AUDITOR)):
        with pytest.raises(NotFound):
            ask_for_copy(request.pk, by=by, language="id", now=LATER)
    other = SubjectRequestFactory.create(member=corner.member, kind=RequestKind.ERASURE)
    with pytest.raises(NotAskedForACopy):
        ask_for_copy(other.pk, by=UserFactory.create(), language="id", now=LATER)
    assert SubjectCopy.objects.count() == 0


def test_who_took_the_request_in_asks_for_no_copy(corner: Corner) -> None:
    request, _copy = wanted_copy(corner.member)
    before = SubjectCopy.objects.count()
    with pytest.raises(TakenInByOneself):
        ask_for_copy(request.pk, by=request.taken_by, language="id", now=LATER)
    assert SubjectCopy.objects.count() == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM enrollment_subjectcopy",
        "UPDATE enrollment_subjectcopy SET gone_at = NULL",
        "UPDATE enrollment_subjectcopy SET made_by_id = made_by_id + 1",
    ],
)
def test_a_copy_that_is_gone_stays_gone(statement: str, corner: Corner) -> None:
    request, copy = wanted_copy(corner.member)
    build_copies(LATER)
    hand_over(request.pk, by=copy.made_by, now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(statement)
