"""Who may be reminded (R33, R36): asked when reminders are planned, and again when one leaves.

Of a dearer month (R35) a phone hears only if that is still what the tariff says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.cover import CoverDay, CoverState, cover_state
from enrollment.models import Member, PhoneOwner, Purpose, unrestricted
from enrollment.models.member import MemberQuerySet
from enrollment.services.consents import agrees_to
from enrollment.services.cover_days import cover_day
from enrollment.services.withdrawals import is_taken_back
from payments.models import MemberPayer
from perisai.backends import NotDelivered
from perisai.clock import official_date
from perisai.models.outbox import NOBODY, OUTDATED
from perisai.months import month_of
from perisai.quiet import QuietHours
from perisai.registry import NotYet
from retention.models import Reminder, ReminderLine, deaths_not_disproved
from retention.price_steps import PriceStep
from retention.reminding import ReminderWhy
from retention.services.price_changes import rises

ONE_DAY = timedelta(days=1)
SAID_NOTHING = frozenset({CoverState.LAPSED, CoverState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Household:
    """Whom one reminder tells now; personal data. `is_shared`: somebody else reads that phone.

    `owing` are told where they stand, `dearer` from when their months cost more.
    """

    owing: tuple[Member, ...]
    dearer: tuple[tuple[Member, PriceStep], ...]
    is_shared: bool
    day: CoverDay

    @property
    def members(self) -> list[Member]:
        """Everybody, once."""
        return list(_once(self.owing, self.dearer).values())


def reachable(day: date) -> MemberQuerySet:
    """Live members with a phone who agreed to reminders and on that day pay for themselves.

    Nobody whose data are restricted or whom an agent reported dead. Of the
    sponsored their payer's contact hears, when a term ends (R34).
    """
    sponsored = MemberPayer.objects.paying_on(day).filter(member=OuterRef("pk"))
    return Member.objects.live().filter(
        unrestricted(),
        agrees_to(Purpose.REMINDERS),
        ~is_taken_back(Purpose.REMINDERS),
        ~Exists(sponsored),
        ~Exists(deaths_not_disproved()),
        phone_index__isnull=False,
    )


def household_of(reminder_id: UUID, *, now: datetime) -> Household | None:
    """Whom to tell at this instant; None if there is nothing left to tell.

    A reminder that quiet hours put off tells on the next morning, unless that day has its own.
    Raises NotYet outside the hours of its zone, and NotDelivered if the day is over and there is
    still somebody to tell.
    """
    reminder = Reminder.objects.filter(pk=reminder_id, phone_index__isnull=False).first()
    if reminder is None or settings.REMINDER_PER_PHONE_PER_DAY == 0:
        return None
    zone = ZoneInfo(reminder.zone)
    midnight = datetime.combine(reminder.day, time(), tzinfo=zone)
    opens_at = quiet_hours().opens_at(max(now, midnight), zone)
    if opens_at > now:
        raise NotYet(opens_at - now)
    today = now.astimezone(zone).date()
    is_outdated = reminder.day < today - ONE_DAY
    if not is_outdated and _tells_elsewhere(reminder, today, zone):
        return None
    found = _who_is_told(reminder, today, cover_day(official_date(now)))
    if is_outdated and found is not None:
        raise NotDelivered(OUTDATED, is_permanent=True)
    return found


def quiet_hours() -> QuietHours:
    """Hours in which no reminder goes out."""
    return QuietHours.of(settings.REMINDER_QUIET)


def _tells_elsewhere(reminder: Reminder, today: date, zone: ZoneInfo) -> bool:
    """Whether this phone hears of today by another reminder (one a day, whatever was put off)."""
    others = _of_phone(reminder).exclude(pk=reminder.pk)
    if reminder.day < today:
        return others.filter(day=today).exists()
    begins = datetime.combine(today, time(), tzinfo=zone)
    return others.filter(day=today - ONE_DAY, sent_at__gte=begins).exists()


def _who_is_told(reminder: Reminder, today: date, day: CoverDay) -> Household | None:
    """Those of its members who still have the phone and something to hear of.

    Of yesterday's too, if it waits or gave way to this one; not if a person stopped it.
    """
    gave_way = Q(given_up_at__isnull=True) | Q(code=NOBODY)
    waited = _of_phone(reminder).filter(gave_way, day=reminder.day - ONE_DAY, sent_at__isnull=True)
    keys = [reminder.pk, *waited.values_list("pk", flat=True)]
    lines = list(ReminderLine.objects.filter(reminder__in=keys))
    ids = {line.member_id for line in lines}
    found = reachable(today).filter(phone_index=reminder.phone_index, pk__in=ids)
    people = list(found.order_by("pk"))
    reminded = {line.member_id for line in lines if line.why != ReminderWhy.PRICE_CHANGE}
    owing = tuple(member for member in people if member.pk in reminded and _owes(member, day))
    dearer = tuple(_who_pays_more(people, lines, today))
    told = list(_once(owing, dearer).values())
    if not told:
        return None
    return Household(owing=owing, dearer=dearer, is_shared=_others_read(reminder, told), day=day)


def _who_pays_more(
    people: Sequence[Member], lines: Sequence[ReminderLine], today: date
) -> Iterator[tuple[Member, PriceStep]]:
    """Those whose price rises from the month, and by the amounts, that were to be told."""
    planned = {
        (line.member_id, line.price_month, line.price_was, line.price_becomes)
        for line in lines
        if line.why == ReminderWhy.PRICE_CHANGE
    }
    if not planned:
        return
    found = rises([member.pk for member in people], as_of=today)
    for member in people:
        for step in found.get(member.pk, ()):
            if (member.pk, step.month, step.was, step.becomes) in planned:
                yield member, step


def _once(
    owing: Sequence[Member], dearer: Sequence[tuple[Member, PriceStep]]
) -> dict[UUID, Member]:
    return {member.pk: member for member in (*owing, *(member for member, _ in dearer))}


def _others_read(reminder: Reminder, told: Sequence[Member]) -> bool:
    """Whether somebody may read it who is not the one it is about."""
    readers = Member.objects.live().filter(phone_index=reminder.phone_index)
    return (
        len(told) > 1
        or told[0].phone_owner != PhoneOwner.SELF
        or readers.exclude(pk=told[0].pk).exists()
    )


def _of_phone(reminder: Reminder) -> QuerySet[Any]:  # of Reminder with its outcome
    return Reminder.objects.filter(phone_index=reminder.phone_index).with_outcome()


def _owes(member: Member, day: CoverDay) -> bool:
    through = member.paid_through
    state = cover_state(through, closed_on=member.closed_on, day=day)
    is_covered = through is not None and through >= month_of(day.as_of)
    return not is_covered and state not in SAID_NOTHING
