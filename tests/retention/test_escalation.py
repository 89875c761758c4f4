"""The supervisor is told what nobody else would notice, each thing once (R16)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from enrollment.models import ClosedReason, Member
from enrollment.services.handover import hand_over
from perisai.errors import NotFound
from perisai.models import Agent, Role, User
from retention import tasks
from retention.errors import EscalationSettled
from retention.models import Contact, Escalation, EscalationReason, FollowUp, SettledAs
from retention.services.escalation import branches_to_escalate, settle_escalation
from retention.services.sweep import open_follow_ups
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory, OfficeFactory, UserFactory
from tests.factories.retention import AttemptFactory, EscalationFactory, FollowUpFactory
from tests.retention.escalated import (
    AUGUST,
    DUE,
    OPENED,
    known_agent,
    opened,
    owing,
    raised,
    told,
    tried,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_is_silent(settings: Settings) -> None:
    """Agents of these tests have no phones; what is said of silence has tests of its own."""
    settings.AGENT_SILENT_AFTER = 36_500


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


@pytest.fixture
def supervisor(agent: Agent) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=agent.branch)


def test_nobody_came_for_fourteen_days(agent: Agent) -> None:
    follow_up = owing(agent)
    assert raised(agent, DUE - timedelta(days=1)) == 0
    assert raised(agent) == 1
    found = Escalation.objects.get()
    assert (found.reason, found.follow_up, found.agent, found.branch) == (
        EscalationReason.NO_ATTEMPT,
        follow_up,
        agent,
        agent.branch,
    )
    assert (found.since, found.raised_on, opened()) == (OPENED, DUE, 1)


def test_the_days_are_a_setting(agent: Agent, settings: Settings) -> None:
    settings.FOLLOWUP_ESCALATE_AFTER = 3
    owing(agent)
    assert [raised(agent, OPENED + timedelta(days=days)) for days in (2, 3)] == [0, 1]


@pytest.mark.parametrize("contact", [Contact.NOT_HOME, Contact.MET_MEMBER])
def test_an_attempt_gives_fourteen_days_whoever_was_met(agent: Agent, contact: Contact) -> None:
    """One attempt silences nobody for good: each silence is told of, once."""
    follow_up = owing(agent)
    for visited in (date(2026, 10, 2), date(2026, 10, 18)):
        tried(follow_up, visited, contact)
        days = [visited + timedelta(days=days) for days in (13, 14, 15, 60)]
        assert [raised(agent, day) for day in days] == [0, 1, 0, 0]
        assert (told()[-1], opened(days[1])) == (("no_attempt", visited, days[1]), 1)


def test_the_day_of_the_next_attempt_or_of_a_promise_counts_where_it_is_later(
    agent: Agent,
) -> None:
    waits, promised = owing(agent), owing(agent)
    tried(waits, OPENED, next_on=date(2026, 10, 10))
    promise = {"decision": "promised", "promise_on": date(2026, 10, 12)}
    tried(promised, OPENED, Contact.MET_MEMBER, **promise)
    days = [date(2026, 10, day) for day in (23, 24, 25, 26, 27)]
    assert [raised(agent, day) for day in days] == [0, 1, 0, 1, 0]
    assert [since for _, since, _ in told()] == [date(2026, 10, 10), date(2026, 10, 12)]


def test_what_was_done_before_and_arrives_late_ends_no_silence(agent: Agent) -> None:
    follow_up = owing(agent)
    tried(follow_up, date(2026, 10, 5))
    told_on = date(2026, 10, 19)
    assert raised(agent, told_on) == 1
    tried(follow_up, date(2026, 10, 3))
    assert (raised(agent, told_on), opened(told_on)) == (0, 1)
    tried(follow_up, date(2026, 10, 17), Contact.MET_MEMBER)
    assert (raised(agent, told_on), opened(told_on)) == (0, 0)


def test_an_attempt_before_it_opened_or_about_another_month_is_none(agent: Agent) -> None:
    tried(owing(agent), OPENED - timedelta(days=1))
    other = owing(agent)
    AttemptFactory.create(member=other.member, unpaid_since=AUGUST, tried_at=NOW)
    assert raised(agent) == 2


def test_a_member_without_an_agent_is_told_too(agent: Agent) -> None:
    member = MemberFactory.create(branch=agent.branch, paid_through=AUGUST)
    FollowUpFactory.create(member=member)
    assert raised(agent) == 1
    assert (Escalation.objects.get().agent, opened()) == (None, 1)


def test_three_attempts_in_a_row_that_met_nobody(agent: Agent) -> None:
    follow_up = owing(agent)
    for day, contact in enumerate([Contact.NOT_HOME, Contact.NO_ANSWER], start=2):
        tried(follow_up, date(2026, 10, day), contact)
    assert raised(agent) == 0
    tried(follow_up, date(2026, 10, 4), Contact.NUMBER_WRONG)
    assert raised(agent) == 1
    assert told() == [("failed_attempts", OPENED, DUE)]
    for day in (16, 17, 18):
        tried(follow_up, date(2026, 10, day))
    assert raised(agent, date(2026, 10, 19)) == 0
    tried(follow_up, date(2026, 10, 20), Contact.MET_FAMILY)
    assert opened(date(2026, 10, 21)) == 0
    for day in (21, 22, 23):
        assert raised(agent, date(2026, 10, day)) == 0
        tried(follow_up, date(2026, 10, day))
    assert [raised(agent, date(2026, 10, day)) for day in (24, 25)] == [1, 0]
    assert told()[1:] == [("failed_attempts", date(2026, 10, 20), date(2026, 10, 24))]


def test_a_new_agent_begins_the_count_anew(agent: Agent, supervisor: User) -> None:
    follow_up = owing(agent)
    for day in (2, 3, 4):
        tried(follow_up, date(2026, 10, day))
    assert raised(agent) == 1
    other = AgentFactory.create(office=OfficeFactory.create(branch=agent.branch))
    said = {"to_agent": other, "by": supervisor, "reason": "Agen lama sakit", "now": NOW}
    hand_over([follow_up.member_id], **said)  # type: ignore[arg-type]  # by name
    follow_up.member.refresh_from_db()
    for day in (20, 21, 22):
        assert raised(agent, date(2026, 10, day)) == 0
        tried(follow_up, date(2026, 10, day))
    assert raised(agent, date(2026, 10, 23)) == 1
    assert told()[-1] == ("failed_attempts", NOW.date(), date(2026, 10, 23))


def test_who_was_met_in_between_begins_the_count_anew(agent: Agent) -> None:
    follow_up = owing(agent)
    for day in (2, 3, 5, 6):
        tried(follow_up, date(2026, 10, day))
    tried(follow_up, date(2026, 10, 4), Contact.MET_FAMILY)
    assert raised(agent) == 0
    tried(follow_up, date(2026, 10, 7))
    assert raised(agent) == 1


def test_a_visit_ends_what_was_told_and_a_failed_one_does_not_end_failures(agent: Agent) -> None:
    missed, failed = owing(agent), owing(agent)
    for day in (2, 3, 4):
        tried(failed, date(2026, 10, day))
    assert raised(agent) == 2
    tried(missed, date(2026, 10, 16))
    tried(failed, date(2026, 10, 16))
    assert [one.reason for one in Escalation.objects.open(as_of=DUE)] == ["failed_attempts"]
    tried(failed, date(2026, 10, 17), Contact.PHONE_ANSWERED)
    assert opened() == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"paid_through": date(2026, 9, 1)}, id="paid"),
        pytest.param(
            {"closed_on": DUE, "closed_reason": ClosedReason.WITHDRAWN}, id="membership closed"
        ),
        pytest.param({"episode_no": 2}, id="new episode"),
    ],
)
def test_what_ends_a_follow_up_ends_what_was_told(agent: Agent, change: dict[str, Any]) -> None:
    follow_up = owing(agent)
    raised(agent)
    Member.objects.filter(pk=follow_up.member_id).update(**change)
    assert (opened(), Escalation.objects.count()) == (0, 1)
    assert raised(agent, date(2026, 10, 30)) == 0


def test_a_hand_over_ends_it_and_the_new_agent_has_fourteen_days(
    agent: Agent, supervisor: User
) -> None:
    follow_up = owing(agent)
    raised(agent)
    other = AgentFactory.create(office=OfficeFactory.create(branch=agent.branch))
    ways = ((other, NOW), (agent, NOW + timedelta(days=2)))
    for taker, at in ways:
        said = {"to_agent": taker, "by": supervisor, "reason": "Agen lama sakit", "now": at}
        hand_over([follow_up.member_id], **said)  # type: ignore[arg-type]  # by name
        assert opened() == 0
    care_began = date(2026, 10, 22)
    assert raised(agent, care_began + timedelta(days=13)) == 0
    assert raised(agent, care_began + timedelta(days=14)) == 1
    assert told()[-1] == ("no_attempt", care_began, date(2026, 11, 5))


def test_nothing_is_told_twice(agent: Agent) -> None:
    owing(agent)
    failed = owing(agent)
    for day in (2, 3, 4):
        tried(failed, date(2026, 10, day))
    assert raised(agent) == 2
    first = told()
    for days in (0, 1, 2):
        assert raised(agent, DUE + timedelta(days=days)) == 0
    assert told() == first
    for days in (30, 31, 100):  # who tried and then came no more: another thing, once too
        raised(agent, DUE + timedelta(days=days))
    assert told()[2:] == [("no_attempt", date(2026, 10, 4), DUE + timedelta(days=30))]


def test_the_database_holds_each_thing_once(agent: Agent) -> None:
    follow_up = owing(agent)
    EscalationFactory.create(follow_up=follow_up)
    with (
        pytest.raises(IntegrityError, match="escalation_once_per_follow_up"),
        transaction.atomic(),
    ):
        EscalationFactory.create(follow_up=follow_up, raised_on=NOW.date())


def test_a_follow_up_of_long_ago_is_not_told_any_more(agent: Agent) -> None:
    owing(agent)
    assert raised(agent, OPENED + timedelta(days=181)) == 0


def test_another_branch_is_told_nothing(agent: Agent) -> None:
    owing(agent)
    far = AgentFactory.create()
    assert (raised(far), raised(agent)) == (0, 1)


def test_three_reasons_cost_one_statement_however_many(
    agent: Agent, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        owing(agent)
    with django_assert_num_queries(3):  # with the two of its savepoint
        assert raised(agent) == 20


def test_a_settled_one_is_reopened_by_nothing(agent: Agent, supervisor: User) -> None:
    follow_up = owing(agent)
    raised(agent)
    found = Escalation.objects.get()
    settle_escalation(found.pk, SettledAs.AGENT_SPOKEN_TO, by=supervisor, now=NOW)
    found.refresh_from_db()
    assert (found.settled_as, found.settled_by, found.settled_at) == (
        SettledAs.AGENT_SPOKEN_TO,
        supervisor,
        NOW,
    )
    members = Member.objects.filter(pk=follow_up.member_id)
    for through in (date(2026, 9, 1), AUGUST):  # paid, and taken back
        members.update(paid_through=through)
        open_follow_ups("3515", as_of=date(2026, 11, 20))
        raised(agent, date(2026, 11, 20))
        assert opened(date(2026, 11, 20)) == 0
    assert FollowUp.objects.open(as_of=date(2026, 11, 20)).get() == follow_up


def test_it_is_settled_once_and_kept(agent: Agent, supervisor: User) -> None:
    owing(agent)
    raised(agent)
    found = Escalation.objects.get()
    settle_escalation(found.pk, SettledAs.AGENT_SPOKEN_TO, by=supervisor, now=NOW)
    with pytest.raises(EscalationSettled):
        settle_escalation(found.pk, SettledAs.NOT_NEEDED, by=supervisor, now=NOW)
    for column in ({"since": DUE}, {"settled_as": SettledAs.NOT_NEEDED}):
        with pytest.raises(DatabaseError, match="settled once"), transaction.atomic():
            Escalation.objects.filter(pk=found.pk).update(**column)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        found.delete()


def test_a_visit_that_ended_it_ends_it_for_good(agent: Agent) -> None:
    follow_up = owing(agent)
    raised(agent)
    tried(follow_up, date(2026, 10, 16))
    members = Member.objects.filter(pk=follow_up.member_id)
    for through in (date(2026, 9, 1), AUGUST):
        members.update(paid_through=through)
    assert (FollowUp.objects.open(as_of=DUE).count(), opened()) == (1, 0)


def test_only_the_branchs_supervisor_settles(agent: Agent) -> None:
    owing(agent)
    raised(agent)
    found = Escalation.objects.get()
    for role in (Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR, Role.FINANCE, Role.AGENT):
        with pytest.raises(NotFound):
            settle_escalation(
                found.pk, SettledAs.NOT_NEEDED, by=UserFactory.create(role=role), now=NOW
            )
    assert opened() == 1


def test_each_role_sees_what_is_its_own(agent: Agent, supervisor: User) -> None:
    follow_up = owing(agent)
    raised(agent)
    seen = Escalation.objects.visible_to
    others = [UserFactory.create(role=role) for role in (Role.SUPERVISOR, Role.FINANCE)]
    assert [seen(user).count() for user in (supervisor, UserFactory.create(), *others)] == [
        *(1, 1, 0, 0)
    ]
    moved = AgentFactory.create()
    Member.objects.filter(pk=follow_up.member_id).update(agent=moved, branch=moved.branch)
    assert seen(supervisor).count() == 0


def test_openness_of_each_is_that_of_the_filter(agent: Agent) -> None:
    follow_ups = [owing(agent) for _ in range(2)]
    raised(agent)
    tried(follow_ups[0], date(2026, 10, 16))
    shown: Any = Escalation.objects.with_openness(as_of=DUE)
    assert {row.pk for row in shown if row.is_open} == set(
        Escalation.objects.open(as_of=DUE).values_list("pk", flat=True)
    )
    assert opened() == 1


def test_a_task_does_one_branch_of_a_day_given_as_text(agent: Agent) -> None:
    owing(agent)
    assert agent.office.branch_id in branches_to_escalate()
    tasks.escalate_branch(agent.office.branch_id, "2026-10-15")
    assert told() == [("no_attempt", OPENED, DUE)]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_runs_tell_each_thing_once(settings: Settings) -> None:
    settings.AGENT_SILENT_AFTER = 10
    agent = known_agent()
    for number in range(12):
        follow_up = owing(agent)
        for day in (2, 3, 4) if number % 2 else ():
            tried(follow_up, date(2026, 10, day))
    together = Barrier(4)

    def run(_: int) -> int:
        try:
            together.wait(timeout=10)
            return raised(agent)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        counts = list(pool.map(run, range(4)))

    reasons = list(Escalation.objects.values_list("reason", flat=True))
    assert sum(counts) == len(reasons) == 13
    assert {reason: reasons.count(reason) for reason in EscalationReason.values} == {
        "no_attempt": 6,
        "failed_attempts": 6,
        "silent_agent": 1,
    }
