"""`seed demo`: who is reminded, visited, told of, handed out, and who came back."""

from datetime import date, timedelta
from typing import Final

import pytest
from django.db.models import Min
from django.db.models.functions import TruncDate

from enrollment.cover import CoverState, cover_case
from enrollment.models import HandOver, HandOverProposal, Member
from enrollment.services.cover_days import cover_day
from payments.models import CoverMonth, MemberPayer, Payer
from payments.tariff import PayerKind
from perisai.clock import official_zone
from perisai.models import Branch, OutboxMessage
from retention.models import (
    REMINDER,
    Attempt,
    AttemptChannel,
    Escalation,
    FollowUp,
    FollowUpKind,
    Reminder,
    ReminderRun,
    SettledAs,
    SponsorAlert,
)
from retention.services.hand_out import pool_of
from retention.services.idle_agents import agents_to_warn, idle_agents
from retention.services.recovery import Asked, RecoveryBy, recovery, won_back
from tests.seeds.demonstration import AS_OF

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("printed")]
OWING: Final = {CoverState.OVERDUE, CoverState.GRACE_1, CoverState.GRACE_2, CoverState.LAPSED}


def test_open_follow_ups_of_all_five_kinds_stand_beside_every_state_that_owes() -> None:
    opened = FollowUp.objects.open(as_of=AS_OF)
    assert set(opened.values_list("kind", flat=True)) == set(FollowUpKind.values)
    states = opened.annotate(state=cover_case(cover_day(AS_OF), "member__"))
    seen = set(states.values_list("state", flat=True))
    assert seen >= (OWING - {CoverState.OVERDUE}) | {CoverState.REGISTERED_UNPAID}


def test_a_sponsors_members_are_paid_for_to_the_end_of_its_term() -> None:
    ending = Payer.objects.filter(kind=PayerKind.APBD)
    assert set(ending.values_list("contract_to", flat=True)) == {date(2026, 12, 31)}
    assert {payer.contact.phone[:12] for payer in ending} == {"+62812000071"}
    paid = Member.objects.filter(pk__in=ending.values("members__member"))
    assert set(paid.values_list("paid_through", flat=True)) == {date(2026, 12, 1)}


def test_each_branch_was_told_of_its_sponsors_end() -> None:
    told = SponsorAlert.objects.open(as_of=AS_OF)
    terms = told.order_by("payer__office__branch").values_list("last_month", "days_before")
    assert list(terms) == [(date(2026, 12, 1), 60)] * 2
    sponsored = MemberPayer.objects.filter(payer__in=told.values("payer")).count()
    assert sum(told.values_list("members", flat=True)) == sponsored


def test_a_phone_is_reminded_once_all_left_and_one_is_a_dead_letter() -> None:
    messages = OutboxMessage.objects.filter(kind=REMINDER)
    assert messages.count() == Reminder.objects.count() > 2
    assert messages.dead().count() == 1
    assert messages.filter(sent_at=None).count() == 1
    assert not messages.waiting().exists()
    days = ReminderRun.objects.values_list("day", "regency_code")
    assert set(days) == {(date(2026, 11, 1), "1671"), (date(2026, 11, 1), "8271")}


def test_escalations_stand_open_and_one_of_each_branch_was_decided() -> None:
    told = Escalation.objects.all()
    assert told.open(as_of=AS_OF).exists()
    settled = told.exclude(settled_at=None)
    assert set(settled.values_list("settled_as", flat=True)) == {SettledAs.VISIT_PLANNED}
    assert settled.values("branch").distinct().count() == settled.count() == 2


def test_some_were_handed_out_with_a_reason_and_the_branchs_pool_has_a_member() -> None:
    dealt = HandOverProposal.objects.exclude(members=[])
    assert dealt.exclude(done_at=None).count() == 1
    given = HandOver.objects.get()
    assert given.member_count > 0
    assert "kunjungan dibagi" in given.reason
    assert pool_of(Branch.objects.get(code="PLG").pk).exists()


def test_somebody_came_back_after_a_lapse_and_a_visit() -> None:
    returns = (
        CoverMonth.objects.filter(episode_no__gt=1)
        .values("member", "episode_no")
        .annotate(on=Min("counted_on"))
    )
    days = {(row["member"], row["on"]) for row in returns}
    visits = Attempt.objects.filter(channel=AttemptChannel.VISIT)
    tried = visits.annotate(on=TruncDate("tried_at", tzinfo=official_zone()))
    seen = {(row["member"], row["on"]) for row in tried.values("member", "on")}
    within = [timedelta(days=days) for days in range(1, 12)]
    assert any((member, on - wait) in seen for member, on in days for wait in within)


def test_one_agent_is_to_be_reviewed_and_one_is_warned() -> None:
    assert [agent.number for agent in idle_agents(as_of=AS_OF)] == ["PRS-1671-0006"]
    assert [agent.number for agent in agents_to_warn(as_of=AS_OF)] == ["PRS-1671-0005"]


def test_what_came_of_the_work_is_counted_by_what_went_before() -> None:
    branch = Branch.objects.get(code="PLG")
    lines = recovery(Asked(branch_id=branch.pk, as_of=AS_OF), RecoveryBy.OUTCOME)
    paid = {line.key: line.windows[0].recovered for line in lines}
    assert paid["promised"] > 0
    assert won_back(branch.pk, as_of=AS_OF).came_back > 0
