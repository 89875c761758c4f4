"""R29: who may register, judged at the instant of capture."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from enrollment.cover import CoverDay, CoverState, cover_state, is_running
from enrollment.models import AgentMembership, ClosedReason, Consent, Registration, Verdict
from enrollment.operations import register
from enrollment.services.eligibility import Shortfall, eligibility_of
from perisai.models import (
    Agent,
    AgentEvent,
    AgentEventKind,
    AgentState,
    OfficeContract,
    OutboxMessage,
)
from sync.models import BookEntry
from sync.registry import config_sections
from tests.factories.enrollment import (
    CAPTURED_AT,
    AgentMembershipFactory,
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    register_op,
    registration_data,
)
from tests.factories.perisai import AgentFactory, OfficeFactory

pytestmark = pytest.mark.django_db
JAKARTA = ZoneInfo("Asia/Jakarta")
ON = CAPTURED_AT.date()
NOON = datetime(2026, 11, 18, 12, tzinfo=JAKARTA)


def shortfalls(agent: Agent, at: datetime = CAPTURED_AT) -> list[str]:
    return [word.value for word in eligibility_of(agent, at=at).shortfalls]


def happened(agent: Agent, kind: AgentEventKind, at: datetime, **was: Any) -> AgentEvent:
    plain = {"old_state": AgentState.ACTIVE, "old_office": agent.office}
    return AgentEvent.objects.create(agent=agent, kind=kind, at=at, **plain | was)


def set_to(agent: Agent, **columns: Any) -> None:
    Agent.objects.filter(pk=agent.pk).update(**columns)
    agent.refresh_from_db()


def test_r29_who_meets_every_condition_is_eligible() -> None:
    assert eligibility_of(EligibleAgentFactory.create(), at=CAPTURED_AT).is_eligible


def test_r29_every_condition_that_is_not_met_is_named_in_the_rules_order() -> None:
    office = OfficeFactory.create(contract=None)
    agent = EligibleAgentFactory.create(
        office=office,
        is_indonesian=False,
        is_bpjs_staff=True,
        state=AgentState.SUSPENDED,
        membership__member=MemberFactory.create(birth_date=date(2008, 11, 19)),
    )
    assert shortfalls(agent) == [word.value for word in Shortfall if word != "no_own_membership"]


def test_r29_of_who_is_no_member_herself_neither_age_nor_cover_is_judged() -> None:
    assert shortfalls(AgentFactory.create()) == ["no_own_membership"]


@pytest.mark.parametrize(
    ("captured_at", "synced_at", "word"),
    [
        pytest.param("2026-10-30T09:00:00+07:00", "2026-11-05", "applied", id="in time"),
        pytest.param("2026-10-31T23:59:00+07:00", "2026-11-05", "applied", id="last minute"),
        pytest.param("2026-11-02T09:00:00+07:00", "2026-11-05", "conflict", id="too late"),
    ],
)
def test_r29_contract_ended_and_what_was_captured_before_still_counts(
    captured_at: str, synced_at: str, word: str
) -> None:
    """The rule's example: ended 2026-10-31; captured 10-30 and synced 11-05 is accepted."""
    agent = EligibleAgentFactory.create()
    OfficeContract.objects.filter(office=agent.office).update(valid_to=date(2026, 10, 31))
    op = register_op(agent.pk, registration_data(), at=datetime.fromisoformat(captured_at))
    del synced_at  # when it came is no matter
    result = register(op)
    assert result.word == word
    if word == "conflict":
        assert (result.code, result.other_id) == ("agent_not_eligible", None)
        assert Registration.objects.get().verdict == Verdict.HELD
        assert (cared_for().count(), Consent.objects.count()) == (0, 0)
        assert (BookEntry.objects.count(), OutboxMessage.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("paid_through", "closed_on", "found"),
    [
        pytest.param(date(2026, 11, 1), None, [], id="active"),
        pytest.param(date(2026, 10, 1), None, [], id="overdue at most"),
        pytest.param(date(2026, 9, 1), None, ["own_cover_not_running"], id="grace"),
        pytest.param(date(2026, 7, 1), None, ["own_cover_not_running"], id="lapsed"),
        pytest.param(None, None, ["own_cover_not_running"], id="never paid"),
        pytest.param(date(2026, 11, 1), ON, ["own_cover_not_running"], id="closed that day"),
        pytest.param(date(2026, 11, 1), ON + timedelta(days=1), [], id="closed later"),
    ],
)
def test_r29_own_cover_is_active_or_overdue(
    paid_through: date | None, closed_on: date | None, found: list[str]
) -> None:
    member = MemberFactory.create(
        paid_through=paid_through,
        closed_on=closed_on,
        closed_reason=ClosedReason.WITHDRAWN if closed_on else "",
    )
    assert shortfalls(EligibleAgentFactory.create(membership__member=member)) == found


@pytest.mark.parametrize("months_ago", range(6))
def test_cover_runs_in_the_states_active_and_overdue_and_in_no_other(months_ago: int) -> None:
    paid_through = date(2026, 12 - months_ago, 1)
    for as_of in (date(2026, 11, 1), date(2026, 11, 16), date(2026, 11, 30)):
        day = CoverDay(as_of=as_of, due_on=date(2026, 11, 16))
        state = cover_state(paid_through, closed_on=None, day=day)
        runs = is_running(paid_through, closed_on=None, as_of=as_of)
        assert runs == (state in {CoverState.ACTIVE, CoverState.OVERDUE})


@pytest.mark.parametrize(
    ("born_on", "found"), [(date(2008, 11, 18), []), (date(2008, 11, 19), ["under_age"])]
)
def test_r29_eighteen_on_the_day_of_capture(born_on: date, found: list[str]) -> None:
    member = MemberFactory.create(birth_date=born_on, paid_through=date(2026, 11, 1))
    assert shortfalls(EligibleAgentFactory.create(membership__member=member)) == found


@pytest.mark.parametrize(
    ("days", "found"),
    [
        pytest.param({"from_on": ON}, [], id="first day"),
        pytest.param({"from_on": ON + timedelta(days=1)}, ["no_own_membership"], id="not yet"),
        pytest.param({"to_on": ON}, [], id="last day"),
        pytest.param({"to_on": ON - timedelta(days=1)}, ["no_own_membership"], id="over"),
    ],
)
def test_r29_own_membership_holds_from_its_first_to_its_last_day(
    days: dict[str, date], found: list[str]
) -> None:
    agent = AgentFactory.create()
    AgentMembershipFactory.create(agent=agent, **days)
    assert shortfalls(agent) == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"state": AgentState.SUSPENDED}, ["not_active"], id="suspended"),
        pytest.param(
            {"state": AgentState.ENDED, "ended_on": ON - timedelta(days=1)},
            ["not_active"],
            id="ended",
        ),
        pytest.param({"state": AgentState.ENDED, "ended_on": ON}, [], id="last day"),
        pytest.param(
            {"appointed_on": ON + timedelta(days=1)},
            ["no_office_contract", "not_active"],
            id="not yet appointed",
        ),
    ],
)
def test_r29_of_an_agent_without_events_the_row_is_judged(
    changes: dict[str, Any], found: list[str]
) -> None:
    assert shortfalls(EligibleAgentFactory.create(**changes)) == found


def test_r29_who_was_suspended_later_was_active_then() -> None:
    agent = EligibleAgentFactory.create()
    happened(agent, AgentEventKind.SUSPENDED, NOON)
    set_to(agent, state=AgentState.SUSPENDED)
    assert shortfalls(agent, NOON - timedelta(seconds=1)) == []
    assert shortfalls(agent, NOON) == ["not_active"]
    happened(agent, AgentEventKind.REINSTATED, NOON + timedelta(days=2), old_state="suspended")
    set_to(agent, state=AgentState.ACTIVE)
    assert shortfalls(agent, NOON + timedelta(days=1)) == ["not_active"]
    assert shortfalls(agent, NOON + timedelta(days=3)) == []


def test_r29_the_office_of_that_instant_counts() -> None:
    agent = EligibleAgentFactory.create(office=OfficeFactory.create(contract=None))
    happened(agent, AgentEventKind.MOVED, NOON)
    set_to(agent, office=OfficeFactory.create())
    assert shortfalls(agent, NOON - timedelta(seconds=1)) == ["no_office_contract"]
    assert shortfalls(agent, NOON) == []


def test_r38_the_day_is_that_of_the_official_zone() -> None:
    agent = EligibleAgentFactory.create()
    OfficeContract.objects.filter(office=agent.office).update(valid_to=date(2026, 10, 31))
    assert shortfalls(agent, datetime(2026, 10, 31, 16, 59, tzinfo=UTC)) == []
    assert shortfalls(agent, datetime(2026, 10, 31, 17, 0, tzinfo=UTC)) == ["no_office_contract"]


def test_judging_costs_two_statements() -> None:
    agent = EligibleAgentFactory.create()
    with CaptureQueriesContext(connection) as captured:
        eligibility_of(agent, at=CAPTURED_AT)
    assert len(captured) == 2


def test_the_phone_is_told_what_is_missing() -> None:
    eligible, other = EligibleAgentFactory.create(), AgentFactory.create()
    assert config_sections(eligible.pk)["agent"] == {"eligible": True, "reasons": []}
    assert config_sections(other.pk)["agent"] == {
        "eligible": False,
        "reasons": ["no_own_membership"],
    }


@pytest.mark.parametrize(
    ("days", "is_refused"),
    [
        pytest.param((date(2026, 6, 1), date(2026, 6, 30)), True, id="inside"),
        pytest.param((date(2025, 1, 1), date(2026, 1, 1)), True, id="its last is the first's"),
        pytest.param((date(2025, 1, 1), None), True, id="without an end"),
        pytest.param((date(2025, 1, 1), date(2025, 12, 31)), False, id="the day before"),
        pytest.param((date(2027, 1, 1), None), False, id="the day after"),
    ],
)
def test_an_office_has_one_contract_at_a_time(
    days: tuple[date, date | None], *, is_refused: bool
) -> None:
    office = OfficeFactory.create(contract__valid_from=date(2026, 1, 1))
    office.contracts.update(valid_to=date(2026, 12, 31))
    new = OfficeContract(office=office, number="K-2", valid_from=days[0], valid_to=days[1])
    if is_refused:
        with pytest.raises(IntegrityError, match="office_contract_one_at_a_time"):
            new.save()
    else:
        new.save()
        assert office.contracts.count() == 2


def test_contracts_of_two_offices_may_overlap() -> None:
    OfficeFactory.create_batch(2)
    assert OfficeContract.objects.valid_on(ON).count() == 2


def test_an_agent_and_a_member_have_one_open_membership() -> None:
    agent = EligibleAgentFactory.create()
    member = AgentMembership.objects.get(agent=agent).member
    with pytest.raises(IntegrityError, match="agent_membership_one_open_per_member"):
        AgentMembershipFactory.create(agent=AgentFactory.create(), member=member)
