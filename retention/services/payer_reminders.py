"""A payer's contact is reminded of the running month, once, instead of its members (R33, ADR 46).

The outbox message is the fact; its subject is the payer with the month. How many members owe is
counted as it leaves, and none is named.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Exists, Q, QuerySet

from enrollment.cover import CoverDay, paid_through_when
from enrollment.models import Member, unrestricted
from enrollment.services.cover_days import cover_day
from payments.models import MemberPayer, Payer, PayerContact
from payments.services.payer_contacts import contact_of
from perisai.backends import NotDelivered
from perisai.deadlines import Deadline, atomic_within
from perisai.models import OutboxMessage
from perisai.models.outbox import OUTDATED
from perisai.months import month_of
from perisai.privacy import blind_index
from perisai.services.messages import queue_all
from retention.models import Reminder, deaths_not_disproved
from retention.reminding import ReminderDays

log = structlog.get_logger(__name__)

PAYER_DUE: Final = "payer.due"
AT_ONCE: Final = timedelta(0)
_PAYER_BITS: Final = 64  # of a subject; the month stands before them


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PayerStanding:
    """For how many members a payer owes the running month, until when, and who is told."""

    payer: Payer
    contact: PayerContact
    members: int
    due_on: date


@atomic_within(Deadline.SWEEP)
def remind_payers(*, as_of: date) -> int:
    """Queue a message for each payer whose members owe the running month; how many were new.

    From the first reminder before the due date until that date, once a month for each payer that
    has a contact. Safe to repeat, to come late and beside itself. Raises DueDateMissing.
    """
    day = cover_day(as_of)
    if not is_time(day):
        return 0
    owing = _owing(day).filter(payer__in=PayerContact.objects.values("payer"))
    payers = owing.order_by("payer").values_list("payer", flat=True).distinct()
    keys = [subject_of(payer, as_of) for payer in payers]
    known = OutboxMessage.objects.filter(kind=PAYER_DUE, subject_id__in=keys)
    new = set(keys) - set(known.values_list("subject_id", flat=True))
    if new:
        queue_all(PAYER_DUE, sorted(new), wait=AT_ONCE)
        log.info("payers_reminded", payers=len(new))
    return len(new)


def is_time(day: CoverDay) -> bool:
    """Whether a payer may be reminded on a day: in its month, before or on the due date."""
    before_due = ReminderDays.of(settings.REMINDER_DAYS).before_due
    if not before_due or settings.REMINDER_PER_PHONE_PER_DAY == 0:
        return False
    return day.due_on - timedelta(days=max(before_due)) <= day.as_of <= day.due_on


def payer_standing(subject_id: UUID, *, as_of: date) -> PayerStanding | None:
    """What there is to tell on a day; None: its members are paid for, or nobody answers there.

    Raises NotDelivered once the due date is over and members still owe.
    """
    month, payer_id = _read(subject_id)
    payer = Payer.objects.paying_on(as_of).filter(pk=payer_id).first()
    contact = contact_of(payer) if payer else None
    if payer is None or contact is None or settings.REMINDER_PER_PHONE_PER_DAY == 0:
        return None
    day = cover_day(as_of)
    members = _owing(day).filter(payer=payer).count()
    if members == 0:
        return None
    if month != month_of(as_of) or as_of > day.due_on:
        raise NotDelivered(OUTDATED, is_permanent=True)
    return PayerStanding(payer=payer, contact=contact, members=members, due_on=day.due_on)


def hears_today(phone: str, *, today: date) -> bool:
    """Whether somebody is reminded on that phone already, for whom it is a member's too."""
    return Reminder.objects.filter(phone_index=blind_index("phone", phone), day=today).exists()


def subject_of(payer_id: int, day: date) -> UUID:
    """What the message names: the payer, in the month of a day."""
    return UUID(int=month_of(day).toordinal() << _PAYER_BITS | payer_id)


def _read(subject_id: UUID) -> tuple[date, int]:
    month, payer_id = divmod(subject_id.int, 1 << _PAYER_BITS)
    return date.fromordinal(month), payer_id


def _owing(day: CoverDay) -> QuerySet[MemberPayer]:
    """Of whom payers pay for: those without the running month who have not lapsed.

    Nobody whose data are restricted or whom an agent reported dead, and no unfinished form.
    """
    lapsed = paid_through_when(unpaid=day.lapse_after, as_of=day.as_of)
    has_begun = Q(paid_through__gt=lapsed, paid_through__lt=month_of(day.as_of))
    never_paid = Q(paid_through__isnull=True, income_monthly__isnull=False)
    members = Member.objects.live().filter(
        has_begun | never_paid, unrestricted(), ~Exists(deaths_not_disproved())
    )
    return MemberPayer.objects.paying_on(day.as_of).filter(member__in=members)
