"""An agent's life: each step by whom, when and why; what it ends, and that it may be repeated."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from perisai.errors import (
    AgentHasEnded,
    AgentPhoneTaken,
    AgentReturnsLater,
    DomainError,
    Invalid,
    NotFound,
)
from perisai.models import (
    Agent,
    AgentEvent,
    AgentState,
    AgentVillage,
    Device,
    DeviceState,
    DeviceToken,
    Office,
    Role,
    User,
    WipeOrder,
)
from perisai.privacy import blind_index
from perisai.services.agent_states import end_agent, reinstate_agent, suspend_agent
from perisai.services.agents import (
    AgentDraft,
    Decision,
    appoint_agent,
    assign_villages,
    move_agent,
)
from tests.factories.perisai import (
    PASSWORD,
    AgentFactory,
    DeviceFactory,
    OfficeFactory,
    UserFactory,
    login_body,
)
from tests.fixtures import Caller, LogIn

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
TODAY = date(2026, 11, 20)
SUKODONO, BOHAR = "3515142001", "3515142002"


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


def supervisor_of(agent: Agent) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=agent.office.branch)


def decided(agent: Agent, *, at: datetime = NOW, reason: str = "atas laporan") -> Decision:
    return Decision(by=supervisor_of(agent), at=at, reason=reason)


def steps(agent: Agent) -> list[tuple[str, str, int | None]]:
    events = AgentEvent.objects.filter(agent=agent).order_by("at", "id")
    return [(event.kind, event.old_state, event.old_office_id) for event in events]


def test_appointment_is_a_fact_from_its_day_on() -> None:
    office = OfficeFactory.create()
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=office.branch)
    draft = AgentDraft(
        number="PRS-1671-0007", name="Sari Contoh", office=office, appointed_on=TODAY
    )
    agent = appoint_agent(draft, password=PASSWORD, by=supervisor)
    event = AgentEvent.objects.get(agent=agent)
    assert (event.kind, event.by, event.old_state) == ("appointed", supervisor, "")
    assert event.at.isoformat() == "2026-11-19T17:00:00+00:00"  # midnight in Jakarta (R38)


def test_supervisor_appoints_for_offices_of_his_branch_alone() -> None:
    foreign = UserFactory.create(role=Role.SUPERVISOR)
    draft = AgentDraft(
        number="PRS-1671-0007", name="Sari", office=OfficeFactory.create(), appointed_on=TODAY
    )
    with pytest.raises(NotFound):
        appoint_agent(draft, password=PASSWORD, by=foreign)
    assert (Agent.objects.count(), AgentEvent.objects.count()) == (0, 0)


def test_move_keeps_the_office_that_was(agent: Agent) -> None:
    old, new = agent.office, OfficeFactory.create(branch=agent.office.branch)
    decision = decided(agent)
    for _ in range(2):
        assert move_agent(agent, new, decision).office == new
    assert steps(agent) == [("moved", "active", old.pk)]
    event = AgentEvent.objects.get()
    assert (event.by, event.reason, event.at) == (decision.by, "atas laporan", NOW)


def test_move_to_another_branch_is_refused(agent: Agent) -> None:
    with pytest.raises(NotFound):
        move_agent(agent, OfficeFactory.create(), decided(agent))
    agent.refresh_from_db()
    assert (agent.office.branch, steps(agent)) == (Office.objects.get(agents=agent).branch, [])


def test_villages_change_and_what_was_is_kept(agent: Agent) -> None:
    agent.villages.create(village_id=SUKODONO)
    for _ in range(2):
        assign_villages(agent, [BOHAR], decided(agent))
    assert agent.village_codes() == [BOHAR]
    rows = AgentVillage.objects.order_by("village").values_list("village", "from_on", "to_on")
    assert list(rows) == [(SUKODONO, None, TODAY), (BOHAR, TODAY, None)]
    assert [kind for kind, _state, _office in steps(agent)] == ["villages"]
    assign_villages(agent, [SUKODONO, BOHAR], decided(agent))
    assert agent.village_codes() == [SUKODONO, BOHAR]


def test_unknown_village_changes_nothing(agent: Agent) -> None:
    with pytest.raises(Invalid):
        assign_villages(agent, [SUKODONO, "0000000000"], decided(agent))
    assert (agent.village_codes(), steps(agent)) == ([], [])


def test_suspension_ends_everything(log_in: LogIn, agent: Agent) -> None:
    first, second, lost = log_in(agent), log_in(agent), log_in(agent)
    Device.objects.filter(pk=lost.device_id).update(
        state=DeviceState.LOST, lost_at=NOW, wipe=WipeOrder.WIPE
    )
    other = log_in(AgentFactory.create())
    decision = decided(agent)
    for _ in range(2):
        assert suspend_agent(agent, decision).state == AgentState.SUSPENDED
    for client in (first, second):
        assert client.get("/api/v1/devices").status_code == 401
        assert Device.objects.get(pk=client.device_id).state == DeviceState.LIMITED
    assert list(DeviceToken.objects.filter(user=agent.user).values_list("device")) == [
        (Device.objects.get(pk=lost.device_id).pk,)
    ]
    assert lost.get("/api/v1/devices").json()["code"] == "device_revoked"
    assert other.get("/api/v1/devices").status_code == 200
    assert steps(agent) == [("suspended", "active", agent.office_id)]


def test_reinstated_agent_works_on_the_device_she_has(log_in: LogIn, agent: Agent) -> None:
    client = log_in(agent)
    suspend_agent(agent, decided(agent))
    for _ in range(2):
        assert reinstate_agent(agent, decided(agent)).state == AgentState.ACTIVE
    assert Device.objects.get(pk=client.device_id).state == DeviceState.ACTIVE
    assert [kind for kind, _state, _office in steps(agent)] == ["suspended", "reinstated"]


def test_reinstatement_is_refused_while_another_has_the_login_phone() -> None:
    phone = {"phone": "+6281111111111", "phone_index": blind_index("phone", "+6281111111111")}
    agent = AgentFactory.create(**phone)
    suspend_agent(agent, decided(agent))
    AgentFactory.create(**phone)
    with pytest.raises(AgentPhoneTaken):
        reinstate_agent(agent, decided(agent))
    agent.refresh_from_db()
    assert agent.state == AgentState.SUSPENDED


@pytest.mark.parametrize(
    ("on", "is_early"),
    [(date(2027, 4, 30), True), (date(2027, 5, 1), False)],
    ids=["day before", "six months"],
)
def test_r31_the_idle_return_after_six_months(agent: Agent, on: date, *, is_early: bool) -> None:
    """The rule's example: deactivated 2026-11-01, back on 2027-05-01 at the earliest."""
    away = decided(agent, at=datetime(2026, 11, 1, 3, tzinfo=UTC))
    suspend_agent(agent, away, is_idle=True)
    back = decided(agent, at=datetime(on.year, on.month, on.day, 3, tzinfo=UTC))
    if is_early:
        with pytest.raises(AgentReturnsLater):
            reinstate_agent(agent, back)
        assert Agent.objects.get().state == AgentState.SUSPENDED
    else:
        assert reinstate_agent(agent, back).state == AgentState.ACTIVE


def test_end_refuses_logins_and_tells_phones_to_drain_and_wipe(
    log_in: LogIn, anonymous: Caller, agent: Agent
) -> None:
    client = log_in(agent)
    for _ in range(2):
        ended = end_agent(agent, decided(agent))
    assert (ended.state, ended.ended_on) == (AgentState.ENDED, TODAY)
    told = client.get("/api/v1/devices").json()
    assert (told["code"], told["wipe"]) == ("device_revoked", "drain_then_wipe")
    device = Device.objects.get(pk=client.device_id)
    assert (device.state, device.revoked_reason, device.lost_at) == ("lost", "left", NOW)
    assert anonymous.post("/api/v1/auth/login", login_body(agent)).status_code == 401
    assert steps(agent) == [("ended", "active", agent.office_id)]


def test_end_leaves_an_order_to_wipe_at_once_as_it_is(agent: Agent) -> None:
    lost_at = NOW - timedelta(days=1)
    DeviceFactory.create(agent=agent, state=DeviceState.LOST, lost_at=lost_at, wipe=WipeOrder.WIPE)
    end_agent(agent, decided(agent))
    device = Device.objects.get()
    assert (device.wipe, device.lost_at, device.revoked_reason) == ("wipe", lost_at, "")


Step = Callable[[Agent, Decision], Any]


@pytest.mark.parametrize(
    "step",
    [
        suspend_agent,
        reinstate_agent,
        lambda agent, by: move_agent(agent, agent.office, by),
        lambda agent, by: assign_villages(agent, [], by),
    ],
    ids=["suspend", "reinstate", "move", "villages"],
)
def test_ended_agent_stays_ended(step: Step) -> None:
    agent = AgentFactory.create(state=AgentState.ENDED, ended_on="2026-01-01")
    with pytest.raises(AgentHasEnded):
        step(agent, decided(agent))
    agent.refresh_from_db()
    assert (agent.state, steps(agent)) == (AgentState.ENDED, [])


@pytest.mark.parametrize(
    "change",
    [lambda event: event.delete(), lambda event: event.save(update_fields=["kind"])],
    ids=["deleted", "changed"],
)
def test_what_happened_stays(agent: Agent, change: Callable[[AgentEvent], object]) -> None:
    suspend_agent(agent, decided(agent))
    event = AgentEvent.objects.get()
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        change(event)
    assert steps(agent) == [("suspended", "active", agent.office_id)]


def test_reason_is_ciphertext(agent: Agent) -> None:
    suspend_agent(agent, decided(agent, reason="laporan-rahasia"))
    assert AgentEvent.objects.get().reason == "laporan-rahasia"
    assert str(AgentEvent.objects.get()) == f"{agent.pk} suspended"


def test_refusal_says_the_day_and_nothing_personal(agent: Agent) -> None:
    suspend_agent(agent, decided(agent), is_idle=True)
    with pytest.raises(DomainError, match=r"^2027-05-20$"):
        reinstate_agent(agent, decided(agent))
