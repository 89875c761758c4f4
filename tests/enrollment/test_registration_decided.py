"""What a person decides about a form that became a case (R23): the handler runs again."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
import time_machine

from enrollment.errors import AgeOutOfRange
from enrollment.models import (
    Assignment,
    ClosedReason,
    Consent,
    Member,
    MemberChange,
    Registration,
    Verdict,
)
from enrollment.operations import register
from perisai.models import Agent, AgentState
from sync.models import BookEntry
from sync.registry import Decision, Result
from tests.factories.enrollment import (
    AssignmentFactory,
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    in_book,
    invented_nik,
    register_op,
    registration_data,
)
from tests.factories.perisai import AgentFactory

pytestmark = pytest.mark.django_db

NUMBER = 5_000
DECIDED_AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _day_of_decision() -> object:
    with time_machine.travel(DECIDED_AT, tick=False):
        yield


@pytest.fixture
def agent() -> Agent:
    return EligibleAgentFactory.create()


@pytest.fixture
def live() -> Member:
    holder = AgentFactory.create()
    member = in_book(MemberFactory.create(number=NUMBER, agent=holder, birthplace="Gresik"))
    AssignmentFactory.create(member=member, agent=holder)
    return member


def decided(
    agent: Agent, decision: Decision | None, *, case: str = "duplicate_identity", **said: str
) -> Result:
    data = registration_data(NUMBER, full_name="BUDI BARU", **said)
    return register(register_op(agent.pk, data, decision=decision, case=case))


def presence(agent_id: UUID | None) -> list[tuple[bool, str]]:
    entries = BookEntry.objects.filter(book__agent=agent_id, entity="member")
    return list(entries.values_list("is_present", "reason"))


def test_r23_applied_the_member_goes_under_the_agent_of_the_form(
    agent: Agent, live: Member
) -> None:
    result = decided(agent, "apply")
    assert (result.word, result.code, result.rev) == ("redirected", "merged", 2)
    assert result.extra == {"into": str(live.pk)}
    again = cared_for().get()
    assert (again.agent_id, again.branch_id) == (agent.pk, agent.office.branch_id)
    assert (again.full_name, again.birthplace) == ("BUDI BARU", "Gresik")
    assert presence(live.agent_id) == [(False, "reassigned")]
    assert presence(agent.pk) == [(True, "")]
    newest = Assignment.objects.order_by("from_on").reverse()[0]
    assert (newest.agent_id, newest.from_on) == (agent.pk, date(2026, 11, 20))
    assert Registration.objects.get().verdict == Verdict.MERGED


def test_r23_merged_the_member_stays_with_the_own_agent(agent: Agent, live: Member) -> None:
    result = decided(agent, "merge")
    assert (result.word, result.code, result.rev) == ("redirected", "merged", 2)
    again = cared_for().get()
    assert (again.agent_id, again.full_name) == (live.agent_id, "BUDI BARU")
    assert presence(live.agent_id) == [(True, "")]
    assert presence(agent.pk) == []
    assert [row.agent_id for row in Assignment.objects.all()] == [live.agent_id]
    assert Consent.objects.get().member_id == live.pk


@pytest.mark.parametrize("decision", ["apply", "merge"])
def test_r23_a_decided_form_is_one_change(agent: Agent, live: Member, decision: Decision) -> None:
    decided(agent, decision, rt="9")
    change = MemberChange.objects.get()
    assert (change.member_id, change.rev, change.group) == (live.pk, 2, "registration")
    assert {"full_name", "rt"} <= set(change.fields)
    assert "nik" not in change.fields


def test_r29_who_was_not_eligible_is_registered_all_the_same(agent: Agent) -> None:
    agent.state = AgentState.SUSPENDED
    agent.save(update_fields=["state"])
    assert decided(agent, None).code == "agent_not_eligible"
    assert cared_for().count() == 0
    Registration.objects.all().delete()
    assert decided(agent, "apply", case="agent_not_eligible").word == "applied"
    member = cared_for().get()
    assert (member.agent_id, member.nik) == (agent.pk, invented_nik(NUMBER))


def test_r29_what_was_decided_of_the_agent_decides_nothing_about_a_known_nik(
    agent: Agent, live: Member
) -> None:
    agent.state = AgentState.SUSPENDED
    agent.save(update_fields=["state"])
    result = decided(agent, "apply", case="agent_not_eligible")
    assert (result.word, result.code, result.other_id) == (
        "conflict",
        "duplicate_identity",
        live.pk,
    )
    assert cared_for().get().agent_id == live.agent_id


def test_r21_a_decision_lets_nobody_in_who_is_too_old(agent: Agent) -> None:
    too_old = registration_data(birth_date="1950-01-01", soft_checks_confirmed=["birth_differs"])
    op = register_op(agent.pk, too_old, decision="apply", case="agent_not_eligible")
    with pytest.raises(AgeOutOfRange):
        register(op)
    assert cared_for().count() == 0


def test_r20_somebody_held_for_dead_is_opened_again_with_a_trace(agent: Agent) -> None:
    dead = MemberFactory.create(
        number=NUMBER, closed_on=date(2026, 9, 1), closed_reason=ClosedReason.DECEASED
    )
    assert decided(agent, "merge", case="identity_deceased").word == "conflict"
    Registration.objects.all().delete()
    result = decided(agent, "apply", case="identity_deceased")
    assert (result.word, result.code) == ("redirected", "reopened")
    dead.refresh_from_db()
    assert (dead.closed_on, dead.closed_reason, dead.agent_id) == (None, "", agent.pk)
    change = MemberChange.objects.get()
    assert {"closed_on", "closed_reason"} <= set(change.fields)
