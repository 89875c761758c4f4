"""People to remind, and instants of their days, for the tests of reminders."""

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from enrollment.models import Member
from perisai.models import Agent, OutboxMessage
from retention.models import REMINDER, ReminderLine
from tests.factories.enrollment import ConsentFactory, MemberFactory
from tests.factories.perisai import AgentFactory

SIDOARJO: Final = "3515"
TERNATE: Final = "8271"
OCTOBER: Final = date(2026, 10, 1)
WIB: Final = ZoneInfo("Asia/Jakarta")
WIT: Final = ZoneInfo("Asia/Jayapura")


def at(text: str, zone: ZoneInfo = WIB) -> datetime:
    """An instant as the clocks of a zone show it: `2026-11-11 00:40`."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def who_agreed(agent: Agent | None = None, *, language: str = "id", **columns: Any) -> Member:
    """A farmer who agreed to reminders, paid through October unless said otherwise."""
    agent = agent or AgentFactory.create()
    member = MemberFactory.create(agent=agent, **({"paid_through": OCTOBER} | columns))
    version = f"2026-09-{language}"
    ConsentFactory.create(member=member, agent=agent, language=language, text_version_id=version)
    return member


def told() -> list[tuple[Any, ...]]:
    """Who is told what on which day, in the order of the days."""
    columns = ("member_id", "day", "why", "unpaid_since")
    return list(ReminderLine.objects.order_by("day", "pk").values_list(*columns))


def queued() -> list[OutboxMessage]:
    """The messages of reminders, oldest first."""
    return list(OutboxMessage.objects.filter(kind=REMINDER).order_by("pk"))
