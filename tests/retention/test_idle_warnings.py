"""R31: an agent who will be reviewed if she goes on like this learns it, once a month."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import Error, transaction
from pytest_django import Settings

from perisai.models import Agent, AgentState, AgentVillage, OutboxMessage
from perisai.privacy import blind_index
from perisai.registry import Message, NotYet
from retention import tasks
from retention.messages import idle_warning
from retention.models import IDLE_WARNING, IdleWarning
from retention.services.idle_warnings import warn_agents
from sync.services.phone_config import config_for
from tests.factories.payments import WIB
from tests.factories.perisai import AgentFactory
from tests.retention.test_idle_agents import agent_since, contributed
from tests.statements import counted

pytestmark = pytest.mark.django_db
BEGUN = date(2026, 8, 10)
FIRST = date(2026, 11, 1)
PHONE = "+6281234567890"
TERNATE = "8271011001"


@pytest.fixture
def agent() -> Agent:
    """Began in August, brought nothing in September and October."""
    return agent_since(BEGUN, phone=PHONE, phone_index=blind_index("phone", PHONE))


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=WIB)


def warn(agent: Agent, day: date = FIRST) -> int:
    return warn_agents(agent.office.branch_id, as_of=day)


def said(day: date = FIRST, hour: int = 9) -> Message | None:
    """The message of the one warning, as it would leave at an hour of Jakarta."""
    with time_machine.travel(at(day, hour), tick=False):
        return idle_warning(IdleWarning.objects.get().pk)


def told_by_the_phone(agent_id: UUID, day: date) -> Any:
    with time_machine.travel(at(day), tick=False):
        return config_for(agent_id).sections["activity"]


def test_an_agent_is_warned_once_a_month_by_two_statements(agent: Agent) -> None:
    agent_since(BEGUN)  # of another branch
    assert warn(agent, date(2026, 10, 31)) == 0
    with counted() as statements:
        assert warn(agent) == 1
    assert len(statements) == 2
    assert [warn(agent), warn(agent, date(2026, 11, 30))] == [0, 0]
    warning = IdleWarning.objects.get()
    assert (warning.agent, warning.month, warning.active_on) == (agent, FIRST, BEGUN)
    message = OutboxMessage.objects.get()
    assert (message.kind, message.subject_id) == (IDLE_WARNING, warning.pk)
    assert warn(agent, date(2026, 12, 1)) == 0  # to be reviewed by then


def test_who_is_warned_for_longer_is_told_each_month(agent: Agent, settings: Settings) -> None:
    settings.AGENT_IDLE_MONTHS = 4
    assert [warn(agent), warn(agent, date(2026, 12, 1))] == [1, 1]
    assert OutboxMessage.objects.filter(kind=IDLE_WARNING).count() == 2


def test_the_message_says_what_is_so_and_what_comes(agent: Agent) -> None:
    warn(agent)
    message = said()
    assert message is not None
    assert (message.phone_e164, message.language) == (PHONE, "id")
    assert message.template == "agent_idle_warning"
    assert message.text == (
        "Perisai: 2 bulan penuh belum ada peserta baru atau iuran. Satu saja bulan ini sudah"
        " cukup. Bila belum ada, kantor cabang akan membicarakannya dengan Anda mulai"
        " 1 Desember 2026."
    )
    assert dict(message.parameters) == {
        "months": "2",
        "result": "peserta baru atau iuran",
        "day": "1 Desember 2026",
    }


def test_the_message_is_in_her_language_and_of_what_counts(
    agent: Agent, settings: Settings
) -> None:
    warn(agent)
    agent.user.language = "en"
    agent.user.save(update_fields=["language"])
    settings.AGENT_IDLE_TEST = "acquisition"
    message = said()
    assert message is not None
    assert message.text.startswith("Perisai: no new member for 2 full months.")
    assert message.parameters["day"] == "1 December 2026"


def test_who_brought_something_meanwhile_is_not_told(agent: Agent) -> None:
    warn(agent)
    contributed(agent, date(2026, 11, 2))
    assert said(date(2026, 11, 3)) is None


@pytest.mark.parametrize("change", [{"state": AgentState.SUSPENDED}, {"phone": None}])
def test_who_works_no_more_or_has_no_phone_is_not_told(
    agent: Agent, change: dict[str, Any]
) -> None:
    warn(agent)
    said_of = change | ({"phone_index": None} if "phone" in change else {})
    for column, value in said_of.items():
        setattr(agent, column, value)
    agent.save()
    assert said() is None


def test_a_message_of_last_month_is_not_sent(agent: Agent) -> None:
    warn(agent, date(2026, 11, 30))
    assert said(date(2026, 12, 1)) is None


@pytest.mark.parametrize(
    ("village", "hour", "hours"),
    [(None, 6, 2), (None, 21, 11), (TERNATE, 19, 11)],
    ids=["early", "late", "late in the east"],
)
def test_nobody_is_told_at_night(agent: Agent, village: str | None, hour: int, hours: int) -> None:
    if village is not None:
        AgentVillage.objects.create(agent=agent, village_id=village)
    warn(agent)
    with pytest.raises(NotYet) as early:
        said(hour=hour)
    assert early.value.wait.total_seconds() == hours * 3600


def test_the_phone_learns_it_with_its_configuration(agent: Agent) -> None:
    days = [date(2026, 10, 31), FIRST, date(2026, 12, 1)]
    assert [told_by_the_phone(agent.pk, day) for day in days] == [
        {"idle_months": 1, "warned": False, "review_on": None},
        {"idle_months": 2, "warned": True, "review_on": "2026-12-01"},
        {"idle_months": 3, "warned": False, "review_on": None},
    ]
    contributed(agent, date(2026, 11, 2))
    assert told_by_the_phone(agent.pk, date(2026, 11, 3)) == {
        "idle_months": 2,
        "warned": False,
        "review_on": None,
    }


def test_of_who_does_not_work_the_phone_is_not_warned() -> None:
    resting = agent_since(BEGUN, state=AgentState.SUSPENDED)
    assert told_by_the_phone(resting.pk, FIRST)["warned"] is False


def test_the_task_warns_one_branch(agent: Agent) -> None:
    tasks.warn_branch(agent.office.branch_id, FIRST.isoformat())
    assert IdleWarning.objects.get().agent == agent


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_warning_stays(agent: Agent, change: str) -> None:
    warn(agent)
    rows = IdleWarning.objects.all()
    with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
        rows.update(month=date(2026, 12, 1)) if change == "update" else rows.delete()
    assert rows.get().month == FIRST


def test_nobody_is_warned_twice_in_a_month_by_the_database() -> None:
    agent = AgentFactory.create()
    row = {"agent": agent, "month": FIRST, "active_on": BEGUN}
    IdleWarning.objects.create(**row)
    claim = "idle_warning_once_per_agent_and_month"
    with pytest.raises(Error, match=claim), transaction.atomic():
        IdleWarning.objects.create(**row)
