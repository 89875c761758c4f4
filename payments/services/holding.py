"""Money for a code whose member has not come yet: taken, and held in suspense under it (R10).

Lock order as in posting, the code in place of the bill: whoever binds it waits for it, or comes
first.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from payments.errors import (
    AlreadyPaid,
    BillExpired,
    BillNotFound,
    ReferenceReused,
    ReversedBeforePosting,
)
from payments.models import Account, EntryKind, ReservedCode
from payments.reserved_quote import ReservedQuote, quote_reserved
from payments.services.journal import EntryDraft, LineDraft, enter
from payments.services.masked_members import CANDIDATE
from payments.services.outcomes import Held
from payments.services.pay_commands import PayCommand, payment_parameters
from payments.services.payments import PaymentAnswer
from payments.services.rates import rate_book
from payments.worded_refusals import amount_mismatch
from perisai.clock import official_zone
from perisai.months import add_months, month_of
from perisai.services import messages

LOCK_CODE: Final = """
    SELECT months, expires_at, bound_at FROM payments_reservedcode
    WHERE code = %(code)s
    FOR NO KEY UPDATE
"""

# A statement of its own: one that waited for the lock still sees elsewhere what was there before.
LOOK_AT_CODE: Final = """
    SELECT
        EXISTS (SELECT 1 FROM payments_bill WHERE code = %(code)s) AS is_borne,
        EXISTS (
            SELECT 1 FROM payments_payment
            WHERE reservation_id = %(code)s AND reversed_at IS NULL
        ) AS is_paid,
        EXISTS (
            SELECT 1 FROM payments_reversal
            WHERE partner_id = %(partner)s AND reference = %(reference)s AND payment_id IS NULL
              AND (outlet_id IS NULL OR outlet_id = %(outlet)s)
        ) AS is_tombstoned,
        EXISTS (
            SELECT 1 FROM payments_latemoney
            WHERE partner_id = %(partner)s AND reference = %(reference)s
        ) AS is_booked_late
"""

INSERT_HELD: Final = """
    WITH taken AS (
        INSERT INTO payments_payment (
            id, receipt_no, reservation_id, quoted_month, channel, partner_id, reference, outlet_id,
            terminal, amount, fee, paid_at, posted_at, settlement_date, late_post
        ) VALUES (
            %(payment)s, %(receipt_no)s, %(code)s, %(quoted_month)s, %(channel)s, %(partner)s,
            %(reference)s, %(outlet)s, %(terminal)s, %(amount)s, %(fee)s, %(paid_at)s,
            %(posted_at)s, %(settlement_date)s, %(late_post)s
        )
        RETURNING id
    )
    UPDATE payments_idempotencykey k
    SET outcome = 'posted', payment_id = taken.id
    FROM taken WHERE k.id = %(key_id)s
"""


class _LockedCode(NamedTuple):
    """What a payment must know of a code, in the order of LOCK_CODE."""

    months: int
    expires_at: datetime
    bound_at: datetime | None


class _Look(NamedTuple):
    """What stands against holding money, in the order of LOOK_AT_CODE."""

    is_borne: bool
    is_paid: bool
    is_tombstoned: bool = False
    is_booked_late: bool = False


def quote_of_code(command: PayCommand, *, now: datetime) -> ReservedQuote | None:
    """What is to be held for a code, now locked; None where a bill bears it and is to be paid.

    Raises BillNotFound, ReversedBeforePosting, ReferenceReused, AlreadyPaid, BillExpired and
    AmountMismatch.
    """
    code = _locked(command.bill_code)
    look = _look(command)
    if look.is_borne:
        return None
    if look.is_tombstoned:
        raise ReversedBeforePosting
    if look.is_booked_late:
        raise ReferenceReused
    if look.is_paid:
        raise AlreadyPaid
    is_over = now > code.expires_at and not command.is_timely_advice(code.expires_at, now=now)
    if is_over or code.bound_at is not None:
        raise BillExpired
    quote = _quote(command.bill_code, code, at=command.paid_at if command.advice else now)
    if command.amount != quote.payable:
        raise amount_mismatch(quote.payable)
    return quote


def look_at_code(code: ReservedCode, *, now: datetime) -> ReservedQuote:
    """What a counter would take for a code without a bill. Raises AlreadyPaid and BillExpired."""
    if code.held.filter(reversed_at__isnull=True).exists():
        raise AlreadyPaid
    if now > code.expires_at or code.bound_at is not None:
        raise BillExpired
    return _quote(
        code.code,
        _LockedCode(months=code.months, expires_at=code.expires_at, bound_at=None),
        at=now,
    )


def hold(quote: ReservedQuote, command: PayCommand, *, key_id: int, now: datetime) -> Held:
    """What was quoted, under the code; joins the caller's transaction, which holds key and code."""
    kept = keep(command, quote.first_month, key_id=key_id, now=now)
    payment_id: UUID = kept["payment"]
    answer = PaymentAnswer(
        id=payment_id,
        receipt_no=kept["receipt_no"],
        reference=command.reference,
        bill_code=quote.code,
        amount=command.amount,
        admin_fee=kept["fee"],
        paid_at=command.paid_at,
        posted_at=now,
        settlement_date=kept["settlement_date"],
        first_month=quote.first_month,
        last_month=quote.last_month,
        member=CANDIDATE,
        late_post=False,
        reversed_at=None,
        is_held=True,
    )
    return Held(payment_id=payment_id, answer=answer)


def keep(
    command: PayCommand, quoted_month: date, *, key_id: int, now: datetime
) -> Mapping[str, Any]:
    """Payment, suspense and message, for whoever comes with the code; the payment's columns."""
    parameters = payment_parameters(None, command, now=now) | {
        "key_id": key_id,
        "code": command.bill_code,
        "quoted_month": quoted_month,
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT_HELD, parameters)
    _suspend(parameters)
    messages.queue("payment.posted", parameters["payment"])
    return parameters


def _suspend(payment: Mapping[str, Any]) -> None:
    """What the partner owes, and who for is not known yet."""
    amount, partner_id = payment["amount"], payment["partner"]
    owed = LineDraft(account=Account.PARTNER_RECEIVABLE, amount=amount, partner_id=partner_id)
    kept = LineDraft(account=Account.SUSPENSE, amount=-amount, partner_id=partner_id)
    enter(
        EntryDraft(
            kind=EntryKind.SUSPENSE,
            settlement_date=payment["settlement_date"],
            posted_at=payment["posted_at"],
            actor=payment["actor"],
            payment_id=payment["payment"],
            correction_id=payment["correction"],
            lines=[owed, kept],
        )
    )


def _locked(code: str) -> _LockedCode:
    """Raises BillNotFound."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CODE, {"code": code})
        found = cursor.fetchone()
    if found is None:
        raise BillNotFound
    return _LockedCode(*found)


def _look(command: PayCommand) -> _Look:
    taker = command.taker
    named = {
        "code": command.bill_code,
        "partner": taker.partner_id if taker else None,
        "outlet": taker.outlet_id if taker else None,
        "reference": command.reference,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK_AT_CODE, named)
        return _Look(*cursor.fetchone())


def _quote(number: str, code: _LockedCode, *, at: datetime) -> ReservedQuote:
    """Good until the month ends, or the code."""
    local = at.astimezone(official_zone())
    next_month = datetime.combine(
        add_months(month_of(local.date()), 1), time(), tzinfo=official_zone()
    )
    return quote_reserved(
        number,
        code.months,
        on=local.date(),
        until=min(code.expires_at, next_month - timedelta(seconds=1)),
        rates=rate_book(),
    )
