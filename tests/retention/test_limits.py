"""Restriction and objection: out of lists, sweeps and messages; cover and money go on (R36)."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from enrollment.models import IdentityCheck, LimitKind, Member, Outcome, RequestKind
from enrollment.services.processing_limits import lift_limit
from enrollment.services.subject_requests import (
    DecisionForm,
    RequestForm,
    decide_request,
    take_in_by_agent,
)
from payments.models import CoverMonth
from perisai.ids import new_id
from perisai.models import Role
from perisai.services.messages import queue, relay
from retention.models import FollowUp
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from sync.services import book
from sync.services.book import open_book
from tests.factories.enrollment import ConsentFactory, MemberFactory
from tests.factories.payments import PostAgentFactory, paid
from tests.factories.perisai import UserFactory
from tests.factories.retention import FollowUpFactory
from tests.factories.subject_requests import RECEIVED_AT, SubjectRequestFactory
from tests.fixtures import AgentClient

pytestmark = pytest.mark.django_db
AUGUST = date(2026, 8, 1)
AS_OF = date(2026, 11, 20)
SIDOARJO = "3515"


@pytest.fixture(autouse=True)
def _twentieth_of_november() -> Any:
    with time_machine.travel("2026-11-20T09:00:00+07:00", tick=False):
        yield


def grant(member: Member, kind: RequestKind) -> None:
    """What somebody asked for is granted."""
    request = SubjectRequestFactory.create(member=member, kind=kind)
    said = DecisionForm(outcome=Outcome.DONE, reason="Identitas sudah diperiksa")
    decide_request(request.pk, said, by=UserFactory.create(), now=RECEIVED_AT + timedelta(hours=1))


def got(caller: AgentClient, url: str) -> Any:
    """An answer, which must be 200."""
    answer: Any = caller.get(url)
    assert answer.status_code == 200, answer.content
    return answer.json()


def row_on_the_phone(caller: AgentClient, member: Member) -> Any:
    """What the book holds of a member."""
    changes = got(caller, "/api/v1/sync/changes")["changes"]
    return next(one["row"] for one in changes if one["id"] == str(member.pk))


def test_a_restricted_person_stands_in_no_list_and_the_phone_is_told(
    agent_client: AgentClient,
) -> None:
    member = MemberFactory.create(agent=agent_client.agent, paid_through=AUGUST)
    search = {"phone": member.phone}
    urls = ("/api/v1/members", "/api/v1/follow-ups")
    assert [len(got(agent_client, url)["results"]) for url in urls] == [1, 1]

    grant(member, RequestKind.RESTRICTION)
    assert [len(got(agent_client, url)["results"]) for url in urls] == [0, 0]
    found: Any = agent_client.post("/api/v1/members/search", search)
    assert found.json()["results"] == []
    row = row_on_the_phone(agent_client, member)
    assert (row["restricted"], row["reminders"], row["scored"]) == (True, False, True)
    assert got(agent_client, f"/api/v1/members/{member.pk}")["id"] == str(member.pk)

    now = timezone.now()
    lift_limit(member.pk, LimitKind.RESTRICTION, by=UserFactory.create(), now=now)
    assert [len(got(agent_client, url)["results"]) for url in urls] == [1, 1]
    assert row_on_the_phone(agent_client, member)["restricted"] is False


def test_a_withdrawal_stops_reminders_on_the_day_of_asking(agent_client: AgentClient) -> None:
    member = MemberFactory.create(agent=agent_client.agent)
    ConsentFactory.create(member=member, agent=agent_client.agent)
    open_book(agent_client.agent.pk)
    form = RequestForm(
        id=new_id(), kind=RequestKind.WITHDRAWAL, identity_check=IdentityCheck.IN_PERSON
    )
    taken, _is_new = take_in_by_agent(member.pk, form, agent=agent_client.agent, now=timezone.now())
    assert row_on_the_phone(agent_client, member)["reminders"] is False

    said = DecisionForm(outcome=Outcome.REFUSED, reason="Bukan peserta yang meminta")
    decide_request(taken.pk, said, by=UserFactory.create(), now=timezone.now())
    assert row_on_the_phone(agent_client, member)["reminders"] is True


def test_who_agrees_again_is_reminded_again(agent_client: AgentClient) -> None:
    member = MemberFactory.create(agent=agent_client.agent)
    SubjectRequestFactory.create(member=member, kind=RequestKind.WITHDRAWAL)
    later = RECEIVED_AT + timedelta(days=1)
    with book.recording() as changes:
        changes.put(agent_client.agent.pk, "member", [member.pk])
    assert row_on_the_phone(agent_client, member)["reminders"] is False
    ConsentFactory.create(member=member, agent=agent_client.agent, given_at=later)
    assert row_on_the_phone(agent_client, member)["reminders"] is True


def test_the_sweep_passes_a_restricted_person_over() -> None:
    member = MemberFactory.create(paid_through=AUGUST)
    grant(member, RequestKind.RESTRICTION)
    assert list(regencies_to_sweep(AS_OF)) == []
    assert open_follow_ups(SIDOARJO, as_of=AS_OF) == 0
    lift_limit(member.pk, LimitKind.RESTRICTION, by=UserFactory.create(), now=timezone.now())
    assert list(regencies_to_sweep(AS_OF)) == []  # marked already
    assert open_follow_ups(SIDOARJO, as_of=AS_OF + timedelta(days=1)) == 1


def test_an_open_follow_up_of_a_restricted_person_is_nobodys_work() -> None:
    member = MemberFactory.create(paid_through=AUGUST)
    FollowUpFactory.create(member=member)
    assert FollowUp.objects.open(as_of=AS_OF).count() == 1
    grant(member, RequestKind.RESTRICTION)
    assert FollowUp.objects.open(as_of=AS_OF).count() == 0
    assert [row.is_open for row in FollowUp.objects.with_openness(as_of=AS_OF)] == [False]  # type: ignore[attr-defined]  # annotated


def test_money_goes_on_under_a_restriction_and_nobody_is_written_to(
    agent_client: AgentClient, sent_messages: list[Any]
) -> None:
    member = MemberFactory.create(agent=agent_client.agent, paid_through=date(2026, 10, 1))
    grant(member, RequestKind.RESTRICTION)
    payment = paid(member, PostAgentFactory.create())
    member.refresh_from_db()
    assert member.paid_through == date(2026, 11, 1)
    assert CoverMonth.objects.filter(payment=payment).count() == 1
    queue("member.registered", member.pk)
    relay(timezone.now() + timedelta(days=1), limit=10)
    assert sent_messages == []


def test_who_objects_is_not_scored_and_stands_first_for_a_person_to_judge(
    agent_client: AgentClient,
) -> None:
    urgent = MemberFactory.create(agent=agent_client.agent, paid_through=AUGUST)
    other = MemberFactory.create(agent=agent_client.agent, paid_through=date(2026, 9, 1))
    grant(other, RequestKind.OBJECTION)
    lines = got(agent_client, "/api/v1/follow-ups")["results"]
    assert [line["member_id"] for line in lines] == [str(other.pk), str(urgent.pk)]
    assert (lines[0]["priority"], lines[0]["priority_parts"]) == (None, {})
    assert lines[1]["priority"] > 0
    assert row_on_the_phone(agent_client, other)["scored"] is False


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.NATIONAL])
def test_the_offices_counts_leave_a_restricted_person_out(role: Role) -> None:
    member = MemberFactory.create(paid_through=AUGUST)
    FollowUpFactory.create(member=member)
    grant(member, RequestKind.RESTRICTION)
    branch = member.branch if role == Role.SUPERVISOR else None
    user = UserFactory.create(role=role, branch=branch)
    assert FollowUp.objects.visible_to(user).open(as_of=AS_OF).count() == 0
