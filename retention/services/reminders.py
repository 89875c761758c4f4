"""The plan of a day's reminders: a regency, one transaction, few statements (R33, ADR 41).

What is planned are facts that a phone is told of; the words are made when the message leaves. What
of a dearer month is to be told (R35) is a line of the same plan: one message per phone and day.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from enrollment.models import Member
from enrollment.services.cover_days import cover_day
from perisai.deadlines import Deadline, atomic_within
from perisai.models import Regency
from perisai.services.messages import LONGEST_TRY, queue_all
from retention.models import REMINDER, Attempt, NextMonth, ReminderLine, ReminderRun
from retention.price_steps import PriceStep
from retention.reminding import MOST_UNPAID, Occasion, ReminderDays, ReminderWhy, occasions
from retention.services.price_changes import steps_on
from retention.services.price_notices import DueRows, dearer_rows, owes_after
from retention.services.reminded import quiet_hours, reachable

# Ordered, and each once in a plan, so that two plans at once wait for each other instead of
# crossing: who owes and who pays more are written together.
INSERT_REMINDERS: Final = """
    WITH due (member_id, phone_index, why, unpaid_since, price_month, price_was, price_becomes)
        AS ({due})
    INSERT INTO retention_reminder (id, phone_index, day, zone)
    SELECT uuidv7(), phone_index, %s, %s
    FROM (SELECT DISTINCT phone_index FROM due ORDER BY phone_index) AS phone
    ON CONFLICT ON CONSTRAINT reminder_once_per_phone_and_day DO NOTHING
    RETURNING id
"""
# A phone that another plan gave a reminder is told of these members too, unless it has left. Whose
# message may be travelling just now are counted: they are for the next round.
INSERT_LINES: Final = """
    WITH due (member_id, phone_index, why, unpaid_since, price_month, price_was, price_becomes)
        AS ({due}),
    waiting AS (
        SELECT r.id, r.phone_index, o.attempts > 0 AND o.due_at > statement_timestamp()
            AND o.due_at <= statement_timestamp() + %s AS travels
        FROM retention_reminder AS r
        JOIN perisai_outboxmessage AS o ON o.kind = 'reminder' AND o.subject_id = r.id
        WHERE r.day = %s AND r.phone_index IN (SELECT phone_index FROM due)
          AND o.sent_at IS NULL AND o.given_up_at IS NULL
        ORDER BY o.id
        FOR NO KEY UPDATE OF o
    ),
    line AS (
        INSERT INTO retention_reminderline (reminder_id, member_id, day, why, unpaid_since,
            price_month, price_was, price_becomes)
        SELECT waiting.id, due.member_id, %s, due.why, due.unpaid_since,
            due.price_month, due.price_was, due.price_becomes
        FROM due JOIN waiting USING (phone_index)
        WHERE NOT waiting.travels
        ORDER BY due.member_id
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM line),
        (SELECT count(*) FROM due JOIN waiting USING (phone_index) WHERE waiting.travels)
"""
OWING: Final = """
    SELECT person.*, NULL::date, NULL::integer, NULL::integer FROM ({people}) AS person
"""
# Who owes has a line of the day; a rise of the price is told to the others.
BOTH: Final = """
    WITH owing (member_id, phone_index, why, unpaid_since, price_month, price_was, price_becomes)
        AS ({owing}),
    dearer (member_id, phone_index, why, unpaid_since, price_month, price_was, price_becomes)
        AS ({dearer})
    SELECT * FROM owing
    UNION ALL
    SELECT * FROM dearer WHERE NOT EXISTS (
        SELECT FROM owing WHERE owing.member_id = dearer.member_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How many phones a plan added to the day, and how many members they are told of.

    `put_off`: members whose phone's message may be on its way, so that another plan must ask.
    """

    reminders: int
    members: int
    put_off: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _LocalDay:
    """A day in one zone: what it is an occasion for, on which day that is told, and when.

    `steps`: the rises of prices that are told on it; in the evening none, since they would take
    the place of what the next day has to say.
    """

    zone: str
    as_of: date
    told_on: date
    wait: timedelta
    occasions: tuple[Occasion, ...]
    steps: tuple[PriceStep, ...]

    @property
    def is_busy(self) -> bool:
        """Whether anybody may have to be told something."""
        return bool(self.occasions or self.steps)


def regencies_to_remind(now: datetime) -> list[str]:
    """Codes of regencies where somebody may be told something on their day, without its mark.

    A lost message and a killed worker leave no mark, so the next round finds their regency.
    Whether anybody may be told there is left to the plan: this looks at one index alone.
    """
    if settings.REMINDER_PER_PHONE_PER_DAY == 0:
        return []
    zones = Regency.objects.order_by().values_list("province__timezone", flat=True).distinct()
    codes: list[str] = []
    for zone in sorted(zones):
        day = _local_day(zone, now)
        if day.is_busy:
            codes += _unmarked(day)
    return codes


@atomic_within(Deadline.SWEEP)
def plan_reminders(regency_code: str, *, now: datetime) -> Planned:
    """Plan the reminders of a regency's present day in its zone, and mark it.

    In the evening it is told on the next morning. Past days are never looked at, so a late run
    sends nothing stale. Safe to repeat and to run beside itself: a phone has one reminder a day,
    a member one line, and one of each rise of the price, or another if its message came to
    nothing. Who has a line already hears of a rise on the next free day. Without a mark while
    the message of somebody's phone travels, so the next round asks again. Raises
    Regency.DoesNotExist, and DueDateMissing if none was published.
    """
    regency = Regency.objects.select_related("province").get(code=regency_code)
    day = _local_day(regency.province.timezone, now)
    planned = Planned(reminders=0, members=0)
    if day.is_busy and settings.REMINDER_PER_PHONE_PER_DAY > 0:
        planned = _write(_rows(regency_code, day), day)
        if not planned.put_off:
            _mark(regency_code, planned, day=day.as_of)
    return planned


def _local_day(zone: str, now: datetime) -> _LocalDay:
    here = ZoneInfo(zone)
    as_of = now.astimezone(here).date()
    opens_at = quiet_hours().opens_at(now, here)
    told_on = opens_at.astimezone(here).date()
    days = ReminderDays.of(settings.REMINDER_DAYS)
    return _LocalDay(
        zone=zone,
        as_of=as_of,
        told_on=told_on,
        wait=opens_at - now,
        occasions=tuple(occasions(cover_day(as_of), days)),
        steps=steps_on(as_of) if told_on == as_of else (),
    )


def _unmarked(day: _LocalDay) -> list[str]:
    here = OuterRef("code")
    marked = ReminderRun.objects.filter(day=day.as_of, regency_code=here)
    throughs = [one.paid_through for one in day.occasions]
    owing = Q(paid_through__in=[through for through in throughs if through])
    if None in throughs:
        owing |= Q(paid_through__isnull=True)
    if day.steps:
        owing |= owes_after(day.steps, day=day.as_of)
    concerned = Member.objects.live().filter(owing, regency_code=here)
    with_work = Regency.objects.filter(
        ~Exists(marked), Exists(concerned), province__timezone=day.zone
    )
    return list(with_work.order_by("code").values_list("code", flat=True))


def _rows(regency_code: str, day: _LocalDay) -> DueRows:
    """Whom a busy day concerns, each once."""
    if not day.occasions:
        return dearer_rows(regency_code, day.steps, day=day.as_of)
    people = _due(day).filter(regency_code=regency_code)
    columns = people.values_list("pk", "phone_index", "why", "first_unpaid").order_by()
    sql, params = columns.query.sql_with_params()
    owing = DueRows(sql=OWING.format(people=sql), params=tuple(params))
    if not day.steps:
        return owing
    dearer = dearer_rows(regency_code, day.steps, day=day.as_of)
    return DueRows(
        sql=BOTH.format(owing=owing.sql, dearer=dearer.sql), params=owing.params + dearer.params
    )


def _due(day: _LocalDay) -> QuerySet[Any]:  # of Member with `why` and `first_unpaid`
    """Whom an occasion of the day concerns, without who is told something that day already."""
    paid = {one.paid_through: one.why for one in day.occasions if one.paid_through}
    concerned = Q(paid_through__in=list(paid))
    if any(one.paid_through is None for one in day.occasions):
        concerned |= _waits_for_first_payment(day.as_of)
    told = ReminderLine.objects.filter(member=OuterRef("pk"), day__in={day.as_of, day.told_on})
    return (
        reachable(day.as_of)
        .filter(concerned, ~Exists(told))
        .annotate(
            why=Case(
                *(When(paid_through=through, then=Value(why)) for through, why in paid.items()),
                default=Value(ReminderWhy.FIRST_PAYMENT),
                output_field=CharField(),
            ),
            first_unpaid=NextMonth("paid_through"),
        )
    )


def _waits_for_first_payment(as_of: date) -> Q:
    """Registered in full a while ago and never paid; reminded or visited less than three times."""
    told = ReminderLine.objects.filter(member=OuterRef("pk"), why=ReminderWhy.FIRST_PAYMENT)
    tries = Attempt.objects.filter(member=OuterRef("pk"))
    return Q(
        ~Exists(told[MOST_UNPAID - 1 : MOST_UNPAID]),
        ~Exists(tries[MOST_UNPAID - 1 : MOST_UNPAID]),
        paid_through__isnull=True,
        income_monthly__isnull=False,
        registered_on__lte=as_of - settings.FOLLOWUP_FIRST_PAYMENT_AFTER,
    )


def _mark(regency_code: str, planned: Planned, *, day: date) -> None:
    run = ReminderRun(
        day=day,
        regency_code=regency_code,
        reminders=planned.reminders,
        members=planned.members,
    )
    ReminderRun.objects.bulk_create([run], ignore_conflicts=True)


def _write(rows: DueRows, day: _LocalDay) -> Planned:
    sql, params = rows.sql, rows.params
    with connection.cursor() as cursor:
        cursor.execute(INSERT_REMINDERS.format(due=sql), [*params, day.told_on, day.zone])
        new: list[UUID] = [key for (key,) in cursor.fetchall()]
        queue_all(REMINDER, new, wait=day.wait)
        values = [*params, LONGEST_TRY, day.told_on, day.told_on]
        cursor.execute(INSERT_LINES.format(due=sql), values)
        ((members, put_off),) = cursor.fetchall()
        return Planned(reminders=len(new), members=members, put_off=put_off)
