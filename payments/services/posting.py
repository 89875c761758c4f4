"""The one way in for money: at most ten statements in one transaction (R11).

Lock order: reference, key, reserved code, bill, members by ascending id, inserts, books. A refusal
after the key's insert commits with the key; everything that may heal by itself rolls the key back.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _

from payments.bill_code import is_reserved
from payments.errors import (
    BillCancelled,
    BillExpired,
    BillNotFound,
    FieldInvalid,
    ReferenceReused,
)
from payments.models import LateMoney, Payment
from payments.services import posting_statements as sql
from payments.services.holding import hold, quote_of_code
from payments.services.idempotency import (
    Claim,
    Earlier,
    alone_with,
    claim_key,
    conclude_with_refusal,
)
from payments.services.look import Taking, look_at
from payments.services.masked_members import masked_as_stored
from payments.services.outcomes import (
    Busy,
    Held,
    Inconsistent,
    Posted,
    Refused,
    Replayed,
    Unknown,
)
from payments.services.pay_commands import PayCommand, payment_parameters
from payments.services.payments import PaymentAnswer
from payments.worded_refusals import amount_mismatch
from perisai.deadlines import CommitUnanswered, Deadline, is_lock_timeout
from perisai.errors import DomainError, FieldError
from perisai.services import messages
from sync.services import book

log = structlog.get_logger(__name__)

MOST_AHEAD: Final = timedelta(minutes=5)
MOST_BACK: Final = timedelta(hours=48)

PayOutcome = Posted | Held | Replayed | Inconsistent | Refused | Busy | Unknown


class _LockedBill(NamedTuple):
    """What posting must know of a bill, in the order of LOCK_BILL."""

    pk: UUID
    payable: int
    expires_at: datetime
    cancelled_at: datetime | None


class _LockedMember(NamedTuple):
    """What posting must know of a member, in the order of LOCK_MEMBERS; the name is sealed."""

    pk: UUID
    agent_id: UUID | None
    full_name: bytes
    kpj: str


class Booked(NamedTuple):
    """What posting has made; months as their first days."""

    pk: UUID
    receipt_no: str
    settlement_date: date
    first_month: date
    last_month: date


def pay(command: PayCommand, *, now: datetime) -> PayOutcome:
    """Book one payment of one whole bill, once for ever under its key; or hold it for a code.

    A repeat gets the first outcome. Busy, and Refused with the `reference_reused` of another
    payment, leave no trace; any other refusal is remembered under the key. Unknown: the connection
    was lost in COMMIT. Raises FieldInvalid for a counter's payment of nothing, and for a new one
    whose `paid_at` lies more than 48 hours back or 5 minutes ahead; a repeat may come at any time.
    An advice of money that was booked late meanwhile, under whatever key, is a repeat too, whatever
    would refuse it now.
    """
    try:
        outcome = _pay(command, now=now)
    except FieldInvalid:
        late = _booked_late(command)
        if late is None:
            raise
        return late
    return (_booked_late(command) or outcome) if isinstance(outcome, Refused) else outcome


def _pay(command: PayCommand, *, now: datetime) -> PayOutcome:
    try:
        with book.recording(Deadline.POSTING) as changes:
            return _pay_once(command, changes, now=now)
    except CommitUnanswered:
        log.error("payment_outcome_unknown", caller=command.caller, reference=command.reference)  # noqa: TRY400  no more is known
        return Unknown()
    except OperationalError as fault:
        if not is_lock_timeout(fault):
            raise
        return Busy()
    except IntegrityError as broken:
        if violated(broken) != "payment_reference_once_per_partner":
            raise
        return Refused(code=ReferenceReused.code)


def _booked_late(command: PayCommand) -> Replayed | None:
    """The payment that late money became, if this is an advice in its words."""
    if not command.advice:
        return None
    named = {
        "partner": command.taker.partner_id if command.taker else None,
        "reference": command.reference,
    }
    late = LateMoney.objects.filter(**named, number=command.bill_code, amount=command.amount)
    if not late.exists():
        return None
    # Booked at once, or out of suspense by a release: under the partner's reference either way.
    booked = Payment.objects.filter(**named)
    payment_id = booked.values_list("pk", flat=True).first()
    return Replayed(payment_id=payment_id) if payment_id else None


def tell_agents(members: Iterable[tuple[UUID, UUID | None]], changes: book.Changes) -> None:
    """Members that show something else now are in the books of their present agents."""
    for member_id, agent_id in members:
        if agent_id is not None:
            changes.put(agent_id, "member", [member_id])


def _check_paid_at(paid_at: datetime, *, now: datetime) -> None:
    if now - MOST_BACK <= paid_at <= now + MOST_AHEAD:
        return
    detail = _("Waktu bayar paling lama 48 jam yang lalu dan paling jauh 5 menit ke depan.")
    fault = FieldError(pointer="/paid_at", code="invalid_field", detail=detail)
    raise FieldInvalid(detail, errors=(fault,))


def _check_amount(command: PayCommand) -> None:
    """No counter takes nothing: what credit pays whole is settled by who asks for its bill."""
    if command.amount or command.taker is None:
        return
    detail = _("Jumlah harus lebih dari nol.")
    fault = FieldError(pointer="/amount", code="invalid_field", detail=detail)
    raise FieldInvalid(detail, errors=(fault,))


def _pay_once(command: PayCommand, changes: book.Changes, *, now: datetime) -> PayOutcome:
    claimed = claim_key(_claim(command))
    if isinstance(claimed, Earlier):
        return _earlier(claimed, command)
    _check_paid_at(command.paid_at, now=now)
    try:
        quote = quote_of_code(command, now=now) if is_reserved(command.bill_code) else None
        if quote is not None:
            return hold(quote, command, key_id=claimed, now=now)
        bill = _locked_bill(command, now=now)
        members = _locked_members(bill.pk)
        look_at(bill.pk, taking=_taking(command), now=now).check(may_repeat=command.confirm_repeat)
        _check_amount(command)
    except FieldInvalid:
        raise
    except DomainError as refusal:
        refused = Refused.of(refusal)
        conclude_with_refusal(claimed, refused)
        return refused
    booked = book_payment(bill.pk, command, key_id=claimed, now=now)
    tell_agents(((member.pk, member.agent_id) for member in members), changes)
    return Posted(payment_id=booked.pk, answer=_answer(booked, command, members, now=now))


def _claim(command: PayCommand) -> Claim:
    taker = command.taker
    return Claim(
        caller=command.caller,
        operation="pay",
        key=command.key,
        content=f"{command.bill_code}||{command.amount}",
        alone=alone_with(taker.partner_id, command.reference) if taker else "",
    )


def _taking(command: PayCommand) -> Taking | None:
    taker = command.taker
    if taker is None:
        return None
    return Taking(
        partner_id=taker.partner_id, outlet_id=taker.outlet_id, reference=command.reference
    )


def _earlier(earlier: Earlier, command: PayCommand) -> Replayed | Inconsistent | Refused:
    """The first answer again, or the news that the key was about something else."""
    if not earlier.is_same:
        log.warning("payment_key_reused", caller=command.caller)
        return Inconsistent(payment_id=earlier.payment_id)
    if earlier.payment_id is None:
        return earlier.refused
    return Replayed(payment_id=earlier.payment_id)


def _locked_members(bill_id: UUID) -> list[_LockedMember]:
    """A bill's members in the order in which they were locked."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_MEMBERS, {"bill": bill_id})
        return [_LockedMember(*found) for found in cursor.fetchall()]


def _locked_bill(command: PayCommand, *, now: datetime) -> _LockedBill:
    """Raises BillNotFound, BillCancelled, BillExpired or AmountMismatch."""
    partner_id = command.taker.partner_id if command.taker else None
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_BILL, {"code": command.bill_code, "partner": partner_id})
        found = cursor.fetchone()
    if found is None:
        raise BillNotFound
    bill = _LockedBill(*found)
    if bill.cancelled_at is not None:
        raise BillCancelled
    if now > bill.expires_at and not command.is_timely_advice(bill.expires_at, now=now):
        raise BillExpired
    if command.amount != bill.payable:
        raise amount_mismatch(bill.payable)
    return bill


def book_payment(bill_id: UUID, command: PayCommand, *, key_id: int, now: datetime) -> Booked:
    """Payment, cover months, members, journal and message.

    Joins the caller's transaction, which holds key, bill and members and has judged everything.
    """
    parameters = payment_parameters(bill_id, command, now=now) | {"key_id": key_id}
    with connection.cursor() as cursor:
        cursor.execute(sql.INSERT_PAYMENT, parameters)
        cursor.execute(sql.INSERT_COVER_MONTHS, parameters)
        first_month, last_month = cursor.fetchone()
        cursor.execute(sql.MOVE_MEMBERS, parameters)
        cursor.execute(sql.INSERT_JOURNAL, parameters)
    payment_id: UUID = parameters["payment"]
    messages.queue("payment.posted", payment_id)
    return Booked(
        pk=payment_id,
        receipt_no=parameters["receipt_no"],
        settlement_date=parameters["settlement_date"],
        first_month=first_month,
        last_month=last_month,
    )


def _answer(
    booked: Booked, command: PayCommand, members: Sequence[_LockedMember], *, now: datetime
) -> PaymentAnswer:
    """What every later look at the payment shows, without that look."""
    alone = members[0] if len(members) == 1 else None
    return PaymentAnswer(
        id=booked.pk,
        receipt_no=booked.receipt_no,
        reference=command.reference,
        bill_code=command.bill_code,
        amount=command.amount,
        admin_fee=command.taker.admin_fee if command.taker else 0,
        paid_at=command.paid_at,
        posted_at=now,
        settlement_date=booked.settlement_date,
        first_month=booked.first_month,
        last_month=booked.last_month,
        member=masked_as_stored(alone.pk, name=alone.full_name, kpj=alone.kpj) if alone else None,
        late_post=False,
        reversed_at=None,
    )


def violated(broken: IntegrityError) -> str | None:
    """The constraint that a row would have broken."""
    diagnosis = getattr(broken.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
