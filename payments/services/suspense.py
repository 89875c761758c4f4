"""Money in suspense finds its owner: two persons say who it is, or the owner arrives (R12).

Lock order: reference, key, bill, members by ascending id, inserts, books.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from enrollment.errors import MemberClosed
from enrollment.models import Member
from enrollment.services.counted_members import counted_member, lock_counted_member
from payments.errors import (
    AlreadyPaid,
    AmountMismatch,
    BillNotFound,
    MemberNotEligible,
    MemberNotFound,
    ReferenceReused,
    ReversedBeforePosting,
    SuspenseReleased,
)
from payments.late_plan import LatePlan, SuspenseReason
from payments.models import Account, EntryKind, JournalEntry, LateMoney, Payment, Release
from payments.services.idempotency import Claim, Earlier, claim_key
from payments.services.journal import EntryDraft, LineDraft, enter
from payments.services.late_booking import Booking, credit_lines, pay_judged, tell_books, with_bill
from payments.services.late_judging import Judged, judge, was_taken_back
from payments.services.late_notices import LateNotice
from payments.services.late_posting import claim_reference, open_day
from payments.services.pay_commands import LateTerms
from perisai.clock import official_date
from perisai.deadlines import Deadline, is_lock_timeout
from perisai.errors import DomainError
from sync.services import book

log = structlog.get_logger(__name__)

REFUSALS: Final[dict[SuspenseReason, type[DomainError]]] = {
    SuspenseReason.UNKNOWN_NUMBER: BillNotFound,
    SuspenseReason.MEMBER_CLOSED: MemberClosed,
    SuspenseReason.AMOUNT_BELOW: AmountMismatch,
    SuspenseReason.AMOUNT_ABOVE: AmountMismatch,
    SuspenseReason.AMOUNT_FITS_NOTHING: AmountMismatch,
    SuspenseReason.NOT_BILLABLE: MemberNotEligible,
    SuspenseReason.MONTHS_COVERED: AlreadyPaid,
    SuspenseReason.TAKEN_BACK: ReversedBeforePosting,
    SuspenseReason.KEY_TAKEN: ReferenceReused,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrder:
    """Whose the money in a suspense entry is.

    `number`: the bill code or KPJ that the partner should have said. `is_credit`: no month is to
    be paid by it, it becomes the credit of the member with this KPJ.
    """

    suspense_id: int
    number: str
    is_credit: bool = False
    correction_id: UUID | None = None


def release_suspense(order: ReleaseOrder, *, now: datetime) -> list[Release]:
    """Give what is left of suspended money to its owner; what still fits nowhere stays there.

    Joins the transaction of who decided it. Raises SuspenseReleased when nothing is left, else why
    it can pay nothing: MemberClosed, BillNotFound, MemberNotFound, AmountMismatch, AlreadyPaid,
    MemberNotEligible, ReversedBeforePosting.
    """
    with book.recording(Deadline.CORRECTION) as changes:
        money = LateMoney.objects.get(suspense=order.suspense_id)
        pending = _Pending.of(money)
        judged = judge_release(order, pending.rest, money, now=now)
        if judged.plan.suspended == pending.rest:
            raise _refusal(judged.plan.why)
        return _release(pending, judged, order.correction_id, changes, now=now)


def judge_release(
    order: ReleaseOrder, rest: int, money: LateMoney, *, now: datetime, is_preview: bool = False
) -> Judged:
    """What the rest pays for under the order's number. Raises SuspenseReleased and MemberNotFound.

    Locks the bill and members; a preview locks nothing. Money that the partner took back is
    nobody's: neither a month nor credit.
    """
    if not rest:
        raise SuspenseReleased
    words = replace(_words(money), number=order.number, amount=rest)
    if order.is_credit and not was_taken_back(words):
        return Judged(plan=_all_credit(order.number, rest, now=now, is_preview=is_preview))
    return judge(words, now=now, is_preview=is_preview)


def retry_suspense(read_clock: Callable[[], datetime]) -> int:
    """Try money again whose bill or member may have arrived meanwhile; how many found their owner.

    One transaction each, at its own time: no payment appears long after its `posted_at`. A fault of
    one is told and holds up no other; the end of the task's time ends it, and the next night goes
    on. Safe beside itself and beside any payment.
    """
    waiting = LateMoney.objects.worth_another_try().order_by("pk").values_list("pk", flat=True)
    return sum(_retry(money_id, now=read_clock()) for money_id in list(waiting))


def _retry(money_id: int, *, now: datetime) -> bool:
    """Whether all of it was released now."""
    try:
        with book.recording(Deadline.POSTING) as changes:
            is_released = _retry_once(LateMoney.objects.get(pk=money_id), changes, now=now)
    except SoftTimeLimitExceeded:  # no fault of this money: the task ends
        raise
    except Exception as fault:  # the money behind it is other people's
        # Somebody pays or is paid for: the next night is soon enough.
        if not (isinstance(fault, OperationalError) and is_lock_timeout(fault)):
            error = type(fault).__name__  # its text may quote a row
            log.error("suspense_retry_failed", money=money_id, error=error)  # noqa: TRY400
        return False
    if is_released:
        log.info("suspense_released", money=money_id)
    return is_released


def _retry_once(money: LateMoney, changes: book.Changes, *, now: datetime) -> bool:
    pending = _Pending.of(money)
    if not LateMoney.objects.worth_another_try().filter(pk=money.pk).exists():
        return False
    judged = judge(_words(money), now=now)
    if judged.plan.suspended:
        return False
    _release(pending, judged, None, changes, now=now)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """Late money with a rest in suspense, its reference held against everybody else."""

    money: LateMoney
    key_id: int | None
    rest: int

    @classmethod
    def of(cls, money: LateMoney) -> "_Pending":
        """Waits for whoever works on the reference, then counts what is left."""
        key_id = claim_reference(_words(money))
        return cls(money=money, key_id=key_id, rest=LateMoney.objects.rest_of(money.pk))


def _words(money: LateMoney) -> LateNotice:
    """What the partner said."""
    return LateNotice(
        partner_id=money.partner_id,
        reference=money.reference,
        number=money.number,
        amount=money.amount,
        paid_at=money.paid_at,
        fee=money.fee,
        terminal=money.terminal,
    )


def _all_credit(kpj: str, rest: int, *, now: datetime, is_preview: bool) -> LatePlan:
    """Raises MemberNotFound and MemberClosed."""
    member_id = counted_member(kpj) if is_preview else lock_counted_member(kpj)
    if member_id is None:
        raise MemberNotFound
    closed_on = Member.objects.values_list("closed_on", flat=True).get(pk=member_id)
    if closed_on is not None and closed_on <= official_date(now):
        raise MemberClosed
    return LatePlan(credits={member_id: rest})


def _refusal(why: SuspenseReason | None) -> DomainError:
    if why is None:
        raise AssertionError("late_money_suspense_names_its_entry")
    return REFUSALS[why]()


def _release(
    pending: _Pending,
    judged: Judged,
    correction_id: UUID | None,
    changes: book.Changes,
    *,
    now: datetime,
) -> list[Release]:
    """The payment, the credits, and the facts."""
    money = pending.money
    booking = Booking(
        notice=replace(_words(money), correction_id=correction_id),
        judged=judged,
        settled_on=open_day(money.partner_id, now=now),
        now=now,
    )
    releases = [_as_payment(booking, pending)] if judged.plan.lines else []
    releases += [_as_credit(booking, money, *credit) for credit in judged.plan.credits.items()]
    tell_books(judged, changes)
    return releases


def _as_payment(booking: Booking, pending: _Pending) -> Release:
    """A payment whose debit is the suspense, under the partner's reference if that is free."""
    booking = with_bill(booking)
    money, notice, key_id = pending.money, booking.notice, pending.key_id
    if key_id is None or Payment.objects.filter(
        partner=money.partner_id, reference=money.reference
    ):
        number = 1 + Release.objects.filter(suspense=money.suspense_id).count()
        notice = replace(notice, reference=f"{money.reference}/{number}", fee=0)
        key_id = _new_key(notice, booking.judged)
    terms = LateTerms(
        settlement_date=booking.settled_on,
        fee=notice.fee,
        kind=EntryKind.RELEASE,
        correction_id=notice.correction_id,
    )
    payment_id = pay_judged(replace(booking, notice=notice), terms, key_id=key_id)
    return Release.objects.create(
        suspense=_suspense(money),
        entry=JournalEntry.objects.get(payment=payment_id),
        amount=booking.judged.plan.payable,
        payment_id=payment_id,
        correction_id=notice.correction_id,
        posted_at=booking.now,
    )


def _new_key(notice: LateNotice, judged: Judged) -> int:
    """The key of a part of the money, whose reference no partner can have."""
    claimed = claim_key(
        Claim(
            caller=notice.caller,
            operation="pay",
            key=notice.reference,
            content=f"{judged.bill.code if judged.bill else ''}||{judged.plan.payable}",
        )
    )
    if isinstance(claimed, Earlier):
        raise ReferenceReused
    return claimed


def _as_credit(booking: Booking, money: LateMoney, member_id: UUID, amount: int) -> Release:
    freed = LineDraft(account=Account.SUSPENSE, amount=amount, partner_id=money.partner_id)
    entry = enter(
        EntryDraft(
            kind=EntryKind.RELEASE,
            settlement_date=booking.settled_on,
            posted_at=booking.now,
            actor=booking.notice.caller,
            correction_id=booking.notice.correction_id,
            lines=[freed, *credit_lines([(member_id, amount)])],
        )
    )
    return Release.objects.create(
        suspense=_suspense(money),
        entry=entry,
        amount=amount,
        member_id=member_id,
        correction_id=booking.notice.correction_id,
        posted_at=booking.now,
    )


def _suspense(money: LateMoney) -> JournalEntry:
    if money.suspense is None:
        raise AssertionError("late_money_suspense_names_its_entry")
    return money.suspense
