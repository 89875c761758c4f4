"""Follow-ups with stage and priority, closed by a supervisor; the nights of the sweep."""

from datetime import date

import pytest
from django.urls import reverse

from perisai.models import Role
from retention.errors import FollowUpNotOpen
from retention.models import ClosingReason, FollowUp, FollowUpKind, SweepFault, SweepRun
from retention.services.follow_up_closing import close_follow_up
from retention.services.follow_ups import work_list
from retention.services.sweep import open_follow_ups
from sync.models import BookEntry
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import UserFactory
from tests.factories.retention import FollowUpFactory
from tests.supervision.conftest import As
from tests.supervision.world import AUGUST, Corner, detail_url, list_url

pytestmark = pytest.mark.django_db
PAGE = "retention_followup"
TODAY = date(2026, 11, 20)


def test_the_list_shows_stage_and_priority(corner: Corner, as_user: As) -> None:
    text = as_user(corner.supervisor).get(list_url(PAGE)).content.decode()
    assert "2 bulan belum dibayar" in text
    item = work_list(corner.agent.pk, as_of=TODAY)[0]
    assert item.member_id == corner.member.pk
    assert f'<td class="field-priority">{item.priority}</td>' in text


def test_a_record_shows_every_part_of_its_priority(corner: Corner, as_user: As) -> None:
    text = as_user(corner.supervisor).get(corner.detail_url(PAGE)).content.decode()
    for word in ("bulan yang sudah berakhir", "sisa hari sampai tidak aktif", "kunjungan yang"):
        assert word in text
    parts = work_list(corner.agent.pk, as_of=TODAY)[0].parts
    assert set(parts) == {"ended_month", "near_days", "try"}
    for points in parts.values():
        assert f"<td>{points}</td>" in text


def test_the_list_is_narrowed_by_kind_stage_agent_and_regency(corner: Corner, as_user: As) -> None:
    data = MemberFactory.create(
        agent=corner.agent, paid_through=date(2026, 11, 1), income_monthly=None
    )
    FollowUpFactory.create(member=data, kind=FollowUpKind.DATA, unpaid_since=date(2026, 12, 1))
    browser = as_user(corner.supervisor)

    def chosen(query: str) -> set[object]:
        lines = browser.get(f"{list_url(PAGE)}?{query}").context["cl"]
        return {row.member_id for row in lines.result_list}

    both = {corner.member.pk, data.pk}
    assert chosen("") == both
    assert chosen("kind=data") == {data.pk}
    assert chosen("cover=grace_2") == {corner.member.pk}
    assert chosen(f"q={corner.agent.number}") == both
    assert chosen("q=3515") == both
    assert chosen("q=8271") == chosen("q=PRS-0000") == set()


def test_a_supervisor_closes_one_with_a_reason_and_the_phone_is_told(
    corner: Corner, as_user: As
) -> None:
    browser = as_user(corner.supervisor)
    url = reverse("admin:retention_followup_act", args=[corner.follow_up.pk, "close"])
    assert browser.post(url, {"reason": ""}).status_code == 422
    assert browser.post(url, {"reason": "moved_away"}).status_code == 302

    closed = FollowUp.objects.get(pk=corner.follow_up.pk)
    assert (closed.closed_on, closed.closed_by) == (TODAY, corner.supervisor)
    assert closed.closed_reason == ClosingReason.MOVED_AWAY
    assert work_list(corner.agent.pk, as_of=TODAY) == []
    assert BookEntry.objects.filter(entity_id=corner.member.pk, is_present=True).exists()
    text = browser.get(corner.detail_url(PAGE)).content.decode()
    assert "sudah pindah" in text
    assert url not in text
    assert browser.post(url, {"reason": "unsafe"}).status_code == 302
    assert FollowUp.objects.get(pk=closed.pk).closed_reason == ClosingReason.MOVED_AWAY


def test_what_is_paid_or_closed_is_not_closed_again(corner: Corner) -> None:
    corner.member.paid_through = date(2026, 9, 1)
    corner.member.save(update_fields=["paid_through"])
    with pytest.raises(FollowUpNotOpen):
        close_follow_up(
            corner.follow_up.pk, ClosingReason.UNSAFE, by=corner.supervisor, as_of=TODAY
        )
    assert not FollowUp.objects.exclude(closed_on=None).exists()


def test_a_closed_one_stays_closed_after_the_next_sweep(corner: Corner) -> None:
    close_follow_up(corner.follow_up.pk, ClosingReason.UNSAFE, by=corner.supervisor, as_of=TODAY)
    open_follow_ups("3515", as_of=TODAY)
    opened = FollowUp.objects.open(as_of=TODAY).filter(member=corner.member)
    assert not opened.exists()


def test_the_nights_of_the_sweep_are_shown_with_their_faults(corner: Corner, as_user: As) -> None:
    MemberFactory.create(paid_through=AUGUST, regency_code="8271")
    browser = as_user(UserFactory.create(role=Role.NATIONAL))
    text = browser.get(list_url("retention_sweeprun")).content.decode()
    assert "Malam-malam terakhir" in text
    assert "Hari ini belum disisir: 2 kabupaten/kota" in text
    assert '<span class="badge badge-bad">1</span>' in text

    run = SweepRun.objects.get()
    shown = browser.get(detail_url("retention_sweeprun", run.pk)).content.decode()
    fault = SweepFault.objects.get()
    assert detail_url("retention_sweepfault", fault.pk) in shown
    assert "follow_up_unpaid_since_is_first_day" in shown
    english = browser.get(
        detail_url("retention_sweepfault", fault.pk), HTTP_ACCEPT_LANGUAGE="en"
    ).content.decode()
    assert "rule of the database" in english
    assert corner.member.full_name not in english
