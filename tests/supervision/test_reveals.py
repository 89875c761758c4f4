"""The page that reveals: POST alone, a fresh second factor, shown once, in no list (R37)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse

from enrollment.models import Heir, Member
from perisai.ids import new_id
from perisai.models import RevealApproval, RevealLog, Role, User
from tests.factories.perisai import UserFactory
from tests.statements import counted
from tests.supervision.conftest import As
from tests.supervision.test_roles import MAY_READ, user_of
from tests.supervision.world import PAGES, PHONE, TODAY, Corner, list_url

pytestmark = pytest.mark.django_db
WHY = "NIK dicocokkan dengan KTP asli"


def reveal_url(member: Member) -> str:
    """Where a member's data are revealed."""
    return reverse("admin:enrollment_member_act", args=[member.pk, "reveal"])


def sent(field: str = "nik") -> dict[str, str]:
    """What the form sends for one field."""
    return {"datum": field, "reason": "data_check", "explanation": WHY}


def more_url(row: RevealLog) -> str:
    """Where a second person allows more."""
    return reverse("admin:perisai_reveallog_act", args=[row.pk, "allow-more"])


def reveals_of(member: Member) -> int:
    """Rows about a member, but for the one that every corner has."""
    return RevealLog.objects.filter(entity_id=member.pk).count() - 1


def test_a_datum_is_shown_once_and_kept_by_no_cache(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    answer = browser.post(reveal_url(corner.member), sent())
    assert answer.status_code == 200
    assert corner.member.nik in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    row = RevealLog.objects.exclude(pk=corner.revealed.pk).get()
    assert (row.actor_id, row.field, row.explanation) == (corner.supervisor.pk, "nik", WHY)
    assert row.request_id == answer.headers["X-Request-Id"]
    assert len(row.session) == 32
    assert str(browser.session.session_key) not in row.session


def test_reveal_needs_step_up(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor, has_stepped_up=False)
    for answer in (
        browser.get(reveal_url(corner.member)),
        browser.post(reveal_url(corner.member), sent()),
    ):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("admin:step_up"))
    assert reveals_of(corner.member) == 0

    with time_machine.travel(TODAY, tick=False) as clock:
        fresh = as_user(corner.supervisor)
        clock.shift(timedelta(minutes=15))
        answer = fresh.post(reveal_url(corner.member), sent())
    assert answer.headers["Location"].startswith(reverse("admin:step_up"))
    assert reveals_of(corner.member) == 0


def test_reveal_get_refused(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    answer = browser.get(reveal_url(corner.member), sent())
    assert answer.status_code == 200  # the empty form
    assert corner.member.nik not in answer.content.decode()
    assert PHONE not in answer.content.decode()
    assert reveals_of(corner.member) == 0


@override_settings(REVEAL_QUOTA=2)  # the corner's own row is one
def test_the_share_of_a_day_and_a_second_person(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    assert browser.post(reveal_url(corner.member), sent()).status_code == 200
    refused = browser.post(reveal_url(corner.member), sent("phone"))
    assert refused.status_code == 422
    assert PHONE not in refused.content.decode()
    assert reveals_of(corner.member) == 1

    more = {"extra": "1", "explanation": "Pemutakhiran data massal"}
    assert browser.post(more_url(corner.revealed), more).status_code == 302  # his own: not offered
    assert RevealApproval.objects.count() == 0
    colleague = UserFactory.create(role=Role.SUPERVISOR, branch=corner.branch)
    answer = as_user(colleague).post(more_url(corner.revealed), more)
    assert (answer.status_code, RevealApproval.objects.get().approved_by_id) == (302, colleague.pk)
    shown = browser.post(reveal_url(corner.member), sent("phone"))
    assert PHONE in shown.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"explanation": "cek"},
        {"reason": "curious"},
        {"reason": ""},
        {"datum": "x:nik"},
        {"datum": ""},
    ],
)
def test_a_form_without_its_reason_reveals_nothing(
    change: dict[str, str], corner: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    answer = browser.post(reveal_url(corner.member), sent() | change)
    assert answer.status_code == 422
    assert corner.member.nik not in answer.content.decode()
    assert reveals_of(corner.member) == 0


def test_one_field_of_this_member_at_a_time(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    heir = Heir.objects.create(
        member=elsewhere.member, position=1, name="ANI WARIS", relation="child"
    )
    foreign = sent(f"{heir.pk}:name")
    assert browser.post(reveal_url(corner.member), foreign).status_code == 422
    several = sent() | {"datum": ["nik", "phone"]}
    answer = browser.post(reveal_url(corner.member), several)
    text = answer.content.decode()
    assert (corner.member.nik in text, PHONE in text) == (False, True)
    assert reveals_of(corner.member) == 1


def test_an_heir_is_revealed_on_the_members_page(corner: Corner, as_user: As) -> None:
    heir = Heir.objects.create(member=corner.member, position=1, name="ANI WARIS", relation="child")
    browser = as_user(corner.supervisor)
    form = browser.get(reveal_url(corner.member)).content.decode()
    assert f"{heir.pk}:name" in form
    assert f"{heir.pk}:nik" not in form  # nothing is kept there
    assert 'value="full_name"' not in form  # he reads it anyway
    said = sent(f"{heir.pk}:name")
    assert "ANI WARIS" in browser.post(reveal_url(corner.member), said).content.decode()


def test_a_foreign_member_is_as_unknown_as_none(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    unknown = reverse("admin:enrollment_member_act", args=[new_id(), "reveal"])
    answers = []
    for url in (reveal_url(elsewhere.member), unknown):
        with counted() as statements:
            answer = browser.post(url, sent())
        answers.append((answer.status_code, answer.content, len(statements)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert reveals_of(elsewhere.member) == 0


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE])
def test_who_only_reads_reveals_nothing(role: Role, corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=role))
    for answer in (
        browser.get(reveal_url(corner.member)),
        browser.post(reveal_url(corner.member), sent()),
    ):
        assert answer.status_code == 403
    assert reveals_of(corner.member) == 0


@pytest.mark.parametrize("who", ["agent", "nobody"])
def test_agents_and_strangers_are_sent_to_the_login(who: str, corner: Corner, as_user: As) -> None:
    browser = as_user(corner.agent.user) if who == "agent" else Client()
    answer = browser.post(reveal_url(corner.member), sent())
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")
    assert reveals_of(corner.member) == 0


def everything_read(user: User, corner: Corner, as_user: As) -> str:
    """All lists and details that a user may read, as one text."""
    browser = as_user(user)
    role = Role(user.role)
    urls = ["/admin/", *(list_url(page) for page in PAGES if page in MAY_READ[role])]
    urls += [corner.detail_url(page) for page in PAGES if page in MAY_READ[role]]
    return "\n".join(browser.get(url).content.decode() for url in urls)


@pytest.mark.parametrize("role", MAY_READ)
def test_no_list_endpoint_reveals(role: Role, corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    for field in ("nik", "phone", "address_line"):
        browser.post(reveal_url(corner.member), sent(field))
    assert reveals_of(corner.member) == 3
    member: Any = corner.member
    text = everything_read(user_of(role, corner), corner, as_user)
    for datum in (member.nik, PHONE, PHONE[3:], member.address_line):
        assert datum not in text


def test_the_log_counts_weeks_for_who_answers(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    url = list_url("perisai_reveallog")
    text = as_user(UserFactory.create(role=Role.NATIONAL)).get(url).content.decode()
    assert text.count("16 Nov. 2026") == 2
    own = as_user(corner.supervisor).get(url).content.decode()
    assert own.count("16 Nov. 2026") == 1
    assert elsewhere.supervisor.username not in own
