"""An agent's own figures: what the server has confirmed, nothing that a phone still holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from enrollment.cover import CoverDay, CoverState, cover_case
from enrollment.models import Member, Registration, Verdict
from payments.models import CoverMonth
from perisai.clock import official_zone
from perisai.months import add_months
from retention.models import FollowUp
from retention.services.follow_ups import work_list
from retention.services.idle_agents import IdleStanding, idle_standing
from sync.models import Book, Operation, ResultWord

STATES: Final = [state for state in CoverState if state != CoverState.CLOSED]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNumbers:
    """One agent and one month; members, open follow-ups and standing as they are on the day."""

    book_version: int
    members: Mapping[CoverState, int]
    new_in_month: int
    contributions: int
    rupiah: int
    follow_ups_open: int
    follow_ups_done: int
    operations: Mapping[str, int]
    standing: IdleStanding


def agent_numbers(agent_id: UUID, *, month: date, day: CoverDay) -> AgentNumbers:
    """A fixed number of statements, whatever the size of the book.

    New: accepted forms by the day of capture. Contributions: cover months credited to the agent and
    not reversed, by the day that counts (R32). Follow-ups done: those that were opened in the month
    and are open no more. Refused operations are those received in the month.
    """
    begin, end = _bounds(month)
    until = add_months(month, 1) - timedelta(days=1)
    contributions, rupiah = _contributions(agent_id, since=month, until=until)
    new = Registration.objects.filter(
        agent=agent_id, verdict=Verdict.ACCEPTED, captured_at__gte=begin, captured_at__lt=end
    )
    return AgentNumbers(
        book_version=_version(agent_id),
        members=_members(agent_id, day=day),
        new_in_month=new.count(),
        contributions=contributions,
        rupiah=rupiah,
        follow_ups_open=len(work_list(agent_id, as_of=day.as_of)),
        follow_ups_done=_done(agent_id, since=month, until=until, as_of=day.as_of),
        operations=_operations(agent_id, begin=begin, end=end),
        standing=idle_standing(agent_id, as_of=day.as_of),
    )


def _bounds(month: date) -> tuple[datetime, datetime]:
    zone = official_zone()
    first = datetime.combine(month, time.min, zone)
    return first, datetime.combine(add_months(month, 1), time.min, zone)


def _version(agent_id: UUID) -> int:
    found = Book.objects.filter(agent=agent_id).values_list("version", flat=True).first()
    return found or 0


def _members(agent_id: UUID, *, day: CoverDay) -> dict[CoverState, int]:
    members = Member.objects.served_by(agent_id).live().order_by()
    found = members.values(state=cover_case(day)).annotate(n=Count("id"))
    counted = {row["state"]: row["n"] for row in found}
    return {state: counted.get(state, 0) for state in STATES}


def _contributions(agent_id: UUID, *, since: date, until: date) -> tuple[int, int]:
    months = CoverMonth.objects.filter(
        agent=agent_id, counted_on__range=(since, until), reversed_at__isnull=True
    )
    found = months.aggregate(n=Count("pk"), rupiah=Sum(F("jkk") + F("jkm") + F("jht")))
    return found["n"], found["rupiah"] or 0


def _done(agent_id: UUID, *, since: date, until: date, as_of: date) -> int:
    opened = FollowUp.objects.filter(agent=agent_id, opened_on__range=(since, until))
    still_open = FollowUp.objects.open(as_of=as_of).filter(agent=agent_id).values("pk")
    return opened.exclude(pk__in=still_open).count()


def _operations(agent_id: UUID, *, begin: datetime, end: datetime) -> dict[str, int]:
    mine = Operation.objects.filter(agent=agent_id, same_as=None)
    in_month = Q(result=ResultWord.REJECTED, received_at__gte=begin, received_at__lt=end)
    waits = Q(result__in=[ResultWord.CONFLICT, ResultWord.BLOCKED])
    found = mine.filter(waits | in_month).order_by().values("result").annotate(n=Count("pk"))
    counted = dict(found.values_list("result", "n"))
    words = (ResultWord.CONFLICT, ResultWord.BLOCKED, ResultWord.REJECTED)
    return {word.value: counted.get(word, 0) for word in words}
