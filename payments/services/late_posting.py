"""Money that a partner took and we never booked is booked, whatever became of its bill (R12).

For the bill, or for those of its months that are free; to the credit of who paid for the others;
under the code of a form that has not come; or to suspense, until its owner is found. Its reference
is its key, so that an advice replays it.
Lock order: reference, key, reserved code, bill, members by ascending id, inserts, books.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

import structlog
from django.db import IntegrityError, OperationalError
from django.utils.translation import gettext as _

from payments.errors import FieldInvalid, ReferenceReused
from payments.late_plan import SuspenseReason, suspend
from payments.models import IdempotencyKey, LateMoney, Payment, PaymentPartner
from payments.services.idempotency import (
    Claim,
    Earlier,
    alone_with,
    be_alone,
    claim_key,
    conclude_with_refusal,
)
from payments.services.late_booking import (
    Booking,
    hold_for_code,
    keep_money,
    pay_judged,
    tell_books,
    with_bill,
)
from payments.services.late_judging import Judged, judge, was_taken_back
from payments.services.late_notices import (
    AlreadyBooked,
    LateBooked,
    LateKnown,
    LateNotice,
    LateOutcome,
)
from payments.services.outcomes import Busy, Inconsistent, Refused
from payments.services.pay_commands import LateTerms
from payments.services.posting import MOST_AHEAD, violated
from payments.settlement import settlement_date
from perisai.clock import official_date, official_zone
from perisai.deadlines import Deadline, is_lock_timeout
from perisai.errors import FieldError
from sync.services import book

log = structlog.get_logger(__name__)

ONCE: Final = frozenset({"payment_reference_once_per_partner", "late_money_once_per_reference"})


def post_late(notice: LateNotice, *, now: datetime) -> LateOutcome:
    """Book money that was taken already, whole and once for ever under its reference.

    Busy leaves no trace. Raises FieldInvalid, as `check_notice` does.
    """
    try:
        with book.recording(Deadline.POSTING) as changes:
            check_notice(notice, now=now)
            return _post_once(notice, changes, now=now)
    except OperationalError as fault:
        if not is_lock_timeout(fault):
            raise
        return Busy()
    except IntegrityError as broken:
        known = _known(notice) if violated(broken) in ONCE else None
        if known is None:
            raise
        return known


def check_notice(notice: LateNotice, *, now: datetime) -> None:
    """Raises FieldInvalid for what no money can be.

    That is nothing, taken in the future, or of a settlement day before it was taken or yet to come.
    """
    if notice.amount < 1:
        detail = _("Jumlah harus lebih dari nol.")
        fault = FieldError(pointer="/amount", code="invalid_field", detail=detail)
    elif notice.paid_at > now + MOST_AHEAD:
        detail = _("Waktu bayar belum tiba.")
        fault = FieldError(pointer="/paid_at", code="invalid_field", detail=detail)
    elif not _could_settle(notice, now=now):
        detail = _("Tanggal rekonsiliasi: dari hari uang dibayar sampai hari yang sedang berjalan.")
        fault = FieldError(pointer="/settlement_date", code="invalid_field", detail=detail)
    else:
        return
    raise FieldInvalid(detail, errors=(fault,))


def _could_settle(notice: LateNotice, *, now: datetime) -> bool:
    """Whether the given settlement day, if any, can be the money's."""
    day = notice.settlement_date
    if day is None:
        return True
    return official_date(notice.paid_at) <= day <= open_day(notice.partner_id, now=now)


def _post_once(notice: LateNotice, changes: book.Changes, *, now: datetime) -> LateOutcome:
    be_alone(notice.partner_id, notice.reference)
    known = _known(notice)
    if known is not None:
        return known
    key_id = claim_reference(notice)
    settled_on = notice.settlement_date or open_day(notice.partner_id, now=now)
    if key_id is None:
        is_back = was_taken_back(notice)
        why = SuspenseReason.TAKEN_BACK if is_back else SuspenseReason.KEY_TAKEN
        judged = Judged(plan=suspend(notice.amount, why))
        booking = Booking(notice=notice, judged=judged, settled_on=settled_on, now=now)
    else:
        judged = judge(notice, now=now)
        booking = Booking(notice=notice, judged=judged, settled_on=settled_on, now=now)
        booking = _paid(booking, key_id, changes)
    money = keep_money(booking)
    log.info("late_money_booked", money=money.pk, partner=notice.partner_id, why=money.why)
    return LateBooked(
        money_id=money.pk,
        payment_id=money.payment_id,
        late_posted=money.late_posted,
        credited=money.credited,
        suspended=money.suspended,
        why=booking.judged.plan.why,
    )


def claim_reference(notice: LateNotice) -> int | None:
    """The id of the reference's key, which may remember a refusal: that binds no taken money.

    None if it stands for a payment. Whoever names the same reference waits for this transaction.
    """
    claim = Claim(
        caller=notice.caller,
        operation="pay",
        key=notice.reference,
        content=notice.content,
        alone=alone_with(notice.partner_id, notice.reference),
    )
    claimed = claim_key(claim)
    if not isinstance(claimed, Earlier):
        return claimed
    rows = IdempotencyKey.objects.filter(
        caller=claim.caller, operation=claim.operation, key=claim.key
    )
    row = rows.select_for_update(no_key=True).get()
    if row.payment_id is not None:
        return None
    row.fingerprint, row.context = claim.fingerprint, {}
    row.save(update_fields=["fingerprint", "context"])
    return row.pk


def _known(notice: LateNotice) -> LateKnown | AlreadyBooked | Inconsistent | None:
    """What was booked under the reference before."""
    named = {"partner": notice.partner_id, "reference": notice.reference}
    money = LateMoney.objects.filter(**named).first()
    if money is not None:
        is_same = (money.number, money.amount) == (notice.known_number, notice.amount)
        return LateKnown(money_id=money.pk) if is_same else Inconsistent(payment_id=None)
    payment = Payment.objects.filter(**named).first()
    if payment is None or payment.reversed_at is not None:
        return None
    return AlreadyBooked(payment_id=payment.pk, is_same_amount=payment.amount == notice.amount)


def open_day(partner_id: int, *, now: datetime) -> date:
    """The settlement day that runs at the partner's."""
    partner = PaymentPartner.objects.only("cutoff_time").get(pk=partner_id)
    return settlement_date(now.astimezone(official_zone()), cutoff=partner.cutoff_time)


def _paid(booking: Booking, key_id: int, changes: book.Changes) -> Booking:
    """With its payment, if it pays for a month or waits for a form.

    The key remembers that it is booked either way.
    """
    terms = LateTerms(
        settlement_date=booking.settled_on,
        fee=booking.notice.fee,
        correction_id=booking.notice.correction_id,
    )
    if booking.judged.is_for_code:
        return hold_for_code(booking, terms, key_id=key_id)
    if not booking.judged.plan.lines:
        conclude_with_refusal(key_id, Refused(code=ReferenceReused.code))
        return booking
    booking = with_bill(booking)
    payment_id = pay_judged(booking, terms, key_id=key_id)
    tell_books(booking.judged, changes)
    return replace(booking, payment_id=payment_id)
