"""Whom the plan of a day tells of a dearer month: rows of the same plan as reminders (R35)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from enrollment.cover import paid_through_when
from enrollment.models import Member, MemberOccupation, lacks_columns
from payments.tariff import Sector
from perisai.services.messages import lost_messages
from retention.models import REMINDER, ReminderLine
from retention.price_steps import PriceStep
from retention.reminding import ReminderWhy
from retention.services.reminded import reachable

# Once per member and rise: whoever was told of the same month and amounts is left out, or is to be
# told by a message that waits. Two plans at once meet at the member's one line a day.
DEARER: Final = """
    SELECT DISTINCT ON (person.id) person.id, person.phone_index, 'price_change',
        (person.paid_through + interval '1 month')::date, step.month, step.was, step.becomes
    FROM ({people}) AS person (id, phone_index, paid_through, income, programmes, is_transport)
    JOIN unnest(%s::date[], %s::bigint[], %s::bigint[], %s::boolean[], %s::boolean[],
                %s::integer[], %s::integer[])
        AS step (month, low, below, is_transport, has_jht, was, becomes)
      ON person.paid_through < step.month
     AND person.income >= step.low AND (step.below IS NULL OR person.income < step.below)
     AND person.is_transport = step.is_transport
     AND ('JHT' = ANY (person.programmes)) = step.has_jht
    WHERE NOT EXISTS (
        SELECT FROM ({told}) AS line (member_id, month, was, becomes)
        WHERE line.member_id = person.id AND line.month = step.month
          AND line.was = step.was AND line.becomes = step.becomes)
    ORDER BY person.id, step.month
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRows:
    """A query of whom to tell: member, phone, why, first unpaid month, and the rise or nulls."""

    sql: str
    params: tuple[Any, ...]


def owes_after(steps: Sequence[PriceStep], *, day: date) -> Q:
    """The condition on members whom one of these rises may concern: not lapsed, not paid so far."""
    lapsed = paid_through_when(unpaid=settings.COVER_LAPSE_AFTER_ENDED_MONTHS, as_of=day)
    return Q(paid_through__gt=lapsed, paid_through__lt=max(step.month for step in steps))


def dearer_rows(regency_code: str, steps: Sequence[PriceStep], *, day: date) -> DueRows:
    """Members of a regency who can be told on a day, and have no line of that day yet."""
    people = _people(steps, day).filter(regency_code=regency_code)
    columns = people.values_list(
        "pk", "phone_index", "paid_through", "income_monthly", "programmes", "is_transport"
    )
    sql, params = columns.order_by().query.sql_with_params()
    told, told_params = _told().query.sql_with_params()
    return DueRows(
        sql=DEARER.format(people=sql, told=told),
        params=(*params, *_columns_of(steps), *told_params),
    )


def _told() -> QuerySet[Any]:  # of rises, as rows
    """Lines about a rise that count: not those whose message came to nothing."""
    lost = lost_messages().filter(kind=REMINDER, subject_id=OuterRef("reminder"))
    lines = ReminderLine.objects.filter(~Exists(lost), why=ReminderWhy.PRICE_CHANGE)
    return lines.order_by().values_list("member", "price_month", "price_was", "price_becomes")


def _people(
    steps: Sequence[PriceStep], day: date
) -> QuerySet[Any]:  # of Member with `is_transport`
    main = MemberOccupation.objects.filter(member=OuterRef("pk"), is_main=True)
    told = ReminderLine.objects.filter(member=OuterRef("pk"), day=day)
    people: QuerySet[Member] = reachable(day).filter(
        owes_after(steps, day=day), ~lacks_columns(), ~Exists(told)
    )
    return people.annotate(is_transport=Subquery(main.values("occupation__transport_sector")[:1]))


def _columns_of(steps: Sequence[PriceStep]) -> tuple[list[Any], ...]:
    return (
        [step.month for step in steps],
        [step.low for step in steps],
        [step.below for step in steps],
        [step.sector == Sector.TRANSPORT for step in steps],
        [step.has_jht for step in steps],
        [step.was for step in steps],
        [step.becomes for step in steps],
    )
