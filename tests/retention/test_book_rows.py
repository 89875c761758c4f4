"""What the phone gets of attempts, beside the owner's keys of a member."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from perisai.ids import new_id
from retention.book_rows import attempt_keys
from sync.registry import read_rows
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import bill_for, cared_for_member
from tests.factories.perisai import AgentFactory, UserFactory
from tests.factories.retention import AttemptFactory, FollowUpFactory
from tests.sync.phones import new_phone, statements

pytestmark = pytest.mark.django_db
AGENT = new_id()
NOTHING: dict[str, object] = {
    "attempts": 0,
    "last_attempt": None,
    "promise_on": None,
    "follow_ups_closed": [],
}


def at(day: int) -> datetime:
    """Late in the evening in UTC: the next morning in the official zone."""
    return datetime(2026, 11, day, 20, tzinfo=UTC)


def test_a_member_without_attempts_has_the_keys_too() -> None:
    member = MemberFactory.create(paid_through=date(2026, 8, 1))
    assert dict(attempt_keys(AGENT, [member.pk])()) == {member.pk: NOTHING}


def test_the_newest_attempt_says_which_month_is_counted() -> None:
    member = MemberFactory.create(agent=AgentFactory.create(), paid_through=date(2026, 8, 1))
    AttemptFactory.create(member=member, tried_at=at(1), unpaid_since=date(2026, 8, 1))
    AttemptFactory.create(
        member=member,
        tried_at=at(10),
        contact="met_member",
        decision="promised",
        promise_on=date(2026, 11, 25),
        next_on=date(2026, 11, 26),
    )
    AttemptFactory.create(member=member, tried_at=at(18), next_on=date(2026, 11, 20))

    assert dict(attempt_keys(AGENT, [member.pk])())[member.pk] == {
        "attempts": 2,
        "last_attempt": {
            "at": "2026-11-19",
            "unpaid_since": "2026-09",
            "contact": "not_home",
            "decision": None,
            "next_on": "2026-11-20",
        },
        "promise_on": "2026-11-25",
        "follow_ups_closed": [],
    }


def test_attempts_about_no_month_are_counted_together() -> None:
    member = MemberFactory.create(agent=AgentFactory.create())
    AttemptFactory.create(member=member, tried_at=at(1), unpaid_since=None)
    AttemptFactory.create(member=member, tried_at=at(2), unpaid_since=None)
    found = dict(attempt_keys(AGENT, [member.pk])())[member.pk]
    assert (found["attempts"], found["last_attempt"]["unpaid_since"]) == (2, None)


def test_what_a_person_closed_in_this_episode_is_told() -> None:
    member = MemberFactory.create(agent=AgentFactory.create(), paid_through=date(2026, 8, 1))
    closing = {"closed_on": date(2026, 11, 1), "closed_by": UserFactory.create()}
    FollowUpFactory.create(member=member, **closing)
    FollowUpFactory.create(member=member, unpaid_since=date(2026, 7, 1), **closing)
    FollowUpFactory.create(member=member, unpaid_since=date(2026, 6, 1))
    FollowUpFactory.create(member=member, episode_no=7, **closing)
    assert dict(attempt_keys(AGENT, [member.pk])())[member.pk]["follow_ups_closed"] == [
        {"kind": "arrears", "unpaid_since": "2026-07"},
        {"kind": "arrears", "unpaid_since": "2026-09"},
    ]


def test_one_statement_reads_any_number_of_members(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    agent = AgentFactory.create()
    members = MemberFactory.create_batch(20, agent=agent, paid_through=date(2026, 8, 1))
    for member in members:
        AttemptFactory.create_batch(2, member=member)
    with django_assert_num_queries(1):
        found = dict(attempt_keys(agent.pk, [member.pk for member in members])())
    assert {row["attempts"] for row in found.values()} == {2}
    assert len(found) == 20


def test_the_keys_stand_in_the_row_of_the_book() -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent, paid_through=date(2026, 8, 1))
    foreign = MemberFactory.create(agent=AgentFactory.create())
    AttemptFactory.create(member=member)
    rows = read_rows("member", agent.pk, [member.pk, foreign.pk])
    assert set(rows) == {member.pk}
    assert rows[member.pk]["attempts"] == 1
    assert rows[member.pk]["name"] == "Budi Contoh"


@pytest.mark.parametrize("members", [1, 60])
def test_page_of_whole_members_costs_at_most_eight_statements(members: int) -> None:
    """Sync 9, at its dearest: the first page of a device, which is also noted."""
    phone = new_phone()
    people = [cared_for_member(phone.device.agent) for _ in range(members)]
    for member in people:
        bill_for(member)
        AttemptFactory.create(member=member)

    with CaptureQueriesContext(connection) as caught:
        page = phone.ask(None, max_bytes=1024 * 1024).json()

    assert len(page["changes"]) == members
    assert {"reminders", "bill", "last_attempt"} <= page["changes"][0]["row"].keys()
    assert len(statements(caught)) <= 8
