"""How many masked data each person revealed, week by week: what superiors look at (R37)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncWeek

from perisai.models import RevealLog, User

WEEKS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyReveals:
    """One person's reveals of one week, which begins on a Monday."""

    begins_on: date
    username: str
    count: int


def weekly_reveals(user: User, *, today: date) -> list[WeeklyReveals]:
    """The last weeks of everybody whose reveals the user may see, newest week first."""
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    seen = RevealLog.objects.visible_to(user).filter(counted_on__gte=monday)
    counted = (
        seen.order_by()
        .values("actor__username", week=TruncWeek("counted_on"))
        .annotate(n=Count("id"))
        .order_by("-week", "-n", "actor__username")
    )
    return [
        WeeklyReveals(begins_on=row["week"], username=row["actor__username"], count=row["n"])
        for row in counted
    ]
