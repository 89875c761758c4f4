"""R16: the branch sees what it was told, and says what it did about it."""

import pytest
from django.urls import reverse

from perisai import clock
from perisai.models import Role
from retention.models import Escalation, EscalationReason, SettledAs
from tests.factories.perisai import UserFactory
from tests.factories.retention import AttemptFactory, EscalationFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "retention_escalation"


def told(corner: Corner) -> Escalation:
    return Escalation.objects.get(follow_up=corner.follow_up)


def test_a_supervisor_reads_what_was_told_and_goes_on_from_there(
    corner: Corner, as_user: As
) -> None:
    text = as_user(corner.supervisor).get(corner.detail_url(PAGE)).content.decode()
    assert "belum ada kunjungan" in text
    assert corner.member.full_name in text
    for page in ("enrollment_member", "retention_followup", "perisai_agent"):
        assert corner.detail_url(page) in text
    assert "tidak di rumah" in text


def test_others_see_initials(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.AUDITOR))
    for url in (list_url(PAGE), corner.detail_url(PAGE)):
        text = browser.get(url).content.decode()
        assert corner.member.full_name not in text
        assert "S*** C*****" in text


def test_it_is_settled_once_with_what_was_done(corner: Corner, as_user: As) -> None:
    browser, found = as_user(corner.supervisor), told(corner)
    url = reverse(f"admin:{PAGE}_act", args=[found.pk, "settle"])
    assert browser.post(url, {"settled_as": "forgotten"}).status_code == 422
    assert browser.post(url, {"settled_as": "visit_planned"}).status_code == 302
    found.refresh_from_db()
    assert (found.settled_as, found.settled_by, found.settled_at) == (
        SettledAs.VISIT_PLANNED,
        corner.supervisor,
        clock.now(),
    )
    text = browser.get(detail_url(PAGE, found.pk)).content.decode()
    assert "kunjungan sudah dijadwalkan" in text
    assert url not in text


def test_the_list_is_filtered_by_openness_and_reason(corner: Corner, as_user: As) -> None:
    silence = EscalationFactory.create(
        follow_up=None,
        agent=corner.agent,
        branch=corner.branch,
        reason=EscalationReason.SILENT_AGENT,
        since=clock.today(),
    )
    AttemptFactory.create(member=corner.member)
    browser = as_user(corner.supervisor)

    def chosen(query: str) -> set[object]:
        lines = browser.get(f"{list_url(PAGE)}?{query}").context["cl"]
        return {record.pk for record in lines.result_list}

    assert chosen("") == {silence.pk}
    assert chosen("open=no") == {told(corner).pk}
    assert chosen("reason=silent_agent") == {silence.pk}
    assert chosen("reason=gone") == set()
    assert browser.get(detail_url(PAGE, silence.pk)).status_code == 200


def test_the_first_page_counts_what_waits_in_the_branch(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    link = f"{list_url(PAGE)}?reason=no_attempt"
    text = browser.get("/admin/").content.decode()
    assert "Eskalasi yang menunggu" in text
    assert link in text
    AttemptFactory.create(member=corner.member)
    assert "Eskalasi yang menunggu" not in browser.get("/admin/").content.decode()
    assert told(elsewhere).pk in Escalation.objects.open(as_of=clock.today()).values_list(
        "pk", flat=True
    )
