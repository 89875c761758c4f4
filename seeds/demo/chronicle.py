"""The last half year again, day by day: members as they stood, swept as the night would have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from perisai.clock import official_zone
from perisai.months import add_months, month_of
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from seeds.demo.person import Person
from seeds.demo.reminders import remind

SWEPT_MONTHS: Final = 6

# A member's state as her cover months tell it, of payments before an instant (R17).
FOLD_MEMBERS: Final = """
    WITH newest AS (
        SELECT DISTINCT ON (c.member_id) c.member_id, c.episode_no, c.month AS paid_through,
            min((p.paid_at AT TIME ZONE %(zone)s)::date)
                OVER (PARTITION BY c.member_id, c.episode_no) AS started_on
        FROM payments_covermonth c
        JOIN payments_payment p ON p.id = c.payment_id
        WHERE p.posted_at < %(until)s
        ORDER BY c.member_id, c.episode_no DESC, c.month DESC
    )
    UPDATE enrollment_member m
    SET paid_through = n.paid_through, episode_no = n.episode_no,
        episode_started_on = n.started_on
    FROM newest n
    WHERE m.id = n.member_id AND m.paid_through IS DISTINCT FROM n.paid_through
"""
CLOSE_MEMBERS: Final = """
    UPDATE enrollment_member m
    SET closed_on = c.closed_on, closed_reason = c.reason
    FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(reasons)s::text[])
        AS c (id, closed_on, reason)
    WHERE m.id = c.id AND m.closed_on IS NULL AND c.closed_on < %(until)s
"""
PLAN_ANEW: Final = (
    "ANALYZE enrollment_member, payments_bill, payments_billline, payments_payment,"
    " payments_covermonth, payments_journalentry, payments_journalline"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nights:
    """What the nights left: follow-ups that the real sweep opened, phones that were reminded."""

    opened: int
    reminded: int


def replay(people: Sequence[Person], zones: Mapping[str, ZoneInfo], *, as_of: date) -> Nights:
    """Move the members through the nights of six firsts of a month, then to the day itself.

    After the last of these nights who owes is reminded.
    """
    with connection.cursor() as cursor:
        cursor.execute(PLAN_ANEW)
    opened = reminded = 0
    for months_ago in reversed(range(SWEPT_MONTHS)):
        night = add_months(month_of(as_of), -months_ago)
        _move_members(people, until=night)
        codes = list(regencies_to_sweep(night))
        opened += sum(open_follow_ups(code, as_of=night) for code in codes)
        if months_ago == 0 and night < as_of:
            reminded = remind(zones, day=night)
    _move_members(people, until=as_of)
    return Nights(opened=opened, reminded=reminded)


def _move_members(people: Sequence[Person], *, until: date) -> None:
    """Write what was paid and closed before the first instant of an official day."""
    zone: ZoneInfo = official_zone()
    closings = [(person.id, person.closing) for person in people if person.closing is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            FOLD_MEMBERS,
            {
                "until": datetime.combine(until, time(), tzinfo=zone),
                "zone": settings.CLOCK_OFFICIAL_ZONE,
            },
        )
        cursor.execute(
            CLOSE_MEMBERS,
            {
                "ids": [member_id for member_id, _ in closings],
                "days": [closing.on for _, closing in closings],
                "reasons": [str(closing.reason) for _, closing in closings],
                "until": until,
            },
        )
