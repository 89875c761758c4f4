"""Taking a payment back, whole, once (R12): mirrored entries, free months, and the fold.

Lock order as in posting: reference, key, reserved code, bill, members by ascending id, inserts,
books.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import QuerySet

from payments.errors import (
    BillReversed,
    PaymentNotFound,
    ReversalBlockedByClaim,
    ReversalBlockedByLaterPayment,
    ReversalWindowClosed,
)
from payments.models import Bill, Correction, LateMoney, Payment, ReservedCode, ReversalReason
from payments.services import reversal_statements as sql
from payments.services.discount_credit import take_back_credit
from payments.services.idempotency import (
    Claim,
    Earlier,
    alone_with,
    claim_key,
    conclude_with_payment,
    conclude_with_refusal,
)
from payments.services.outcomes import (
    Busy,
    Inconsistent,
    Recorded,
    Refused,
    Replayed,
    Reversed,
)
from payments.services.pay_commands import Taker
from payments.services.posting import tell_agents
from payments.settlement import DEFAULT_CUTOFF, settlement_date
from perisai.clock import official_zone
from perisai.deadlines import Deadline, is_lock_timeout
from perisai.errors import DomainError
from perisai.services import messages
from sync.services import book

log = structlog.get_logger(__name__)

MOST_NAMED: Final = 50
"""How many members a refusal names."""

RECORDED: Final = "recorded"

ReverseOutcome = Reversed | Recorded | Replayed | Inconsistent | Refused | Busy


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseCommand:
    """What a counter wants taken back: a payment of its own, by its reference or by our id."""

    taker: Taker
    key: str
    target: str | UUID
    reason: ReversalReason

    @property
    def caller(self) -> str:
        """Whose keys these are, and who acts in the journal."""
        return f"partner:{self.taker.partner_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """What stands against taking a payment back. Members by id, at most fifty of each."""

    reversed_at: datetime | None
    claimed: Sequence[UUID]
    paid_later: Sequence[UUID]
    spent: Sequence[UUID]  # the credit that the payment gave them was used

    def check(self) -> None:
        """Raises ReversalBlockedByClaim and ReversalBlockedByLaterPayment."""
        if self.claimed:
            raise ReversalBlockedByClaim(member_ids=[str(one) for one in self.claimed])
        if later := [*self.paid_later, *self.spent]:
            raise ReversalBlockedByLaterPayment(member_ids=[str(one) for one in later])


def reverse(command: ReverseCommand, *, now: datetime) -> ReverseOutcome:
    """Take a counter's payment back, in its window, once for ever.

    A payment that was taken back is replayed, whatever the key. An unknown reference is recorded:
    its payment will be refused. Money that was booked late is left to two persons. Busy, and an
    unknown id, leave no trace; any other refusal is remembered under the key.
    """
    reference = _reference_of(command)
    if reference is None:
        return Refused(code=PaymentNotFound.code)
    try:
        with book.recording(Deadline.POSTING) as changes:
            return _reverse_once(command, reference, changes, now=now)
    except OperationalError as fault:
        if not is_lock_timeout(fault):
            raise
        return Busy()


def reverse_by_correction(correction: Correction, *, now: datetime) -> None:
    """Take back the payment of a confirmed correction, at any time; joins its transaction.

    Raises BillReversed, ReversalBlockedByClaim and ReversalBlockedByLaterPayment.
    """
    if correction.payment_id is None:
        raise AssertionError("correction_names_its_target")
    with book.recording(Deadline.CORRECTION) as changes:
        payment = _with_bill_locked(Payment.objects.filter(pk=correction.payment_id))
        if payment is None:
            raise AssertionError("payment_is_kept")
        members = _locked_members(payment)
        look = look_back(payment.pk)
        if look.reversed_at is not None:
            raise BillReversed
        look.check()
        cause = _Cause(
            reason=ReversalReason.CORRECTION,
            actor=f"user:{correction.decided_by_id}",
            correction_id=correction.pk,
        )
        _take_back(payment, cause, now=now)
        _tell(payment, members, changes)


def look_back(payment_id: UUID) -> LookBack:
    """One statement of its own: one that had to wait for a lock still sees what was before."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LOOK_BACK, {"payment": payment_id, "most": MOST_NAMED})
        reversed_at, claimed, paid_later, spent = cursor.fetchone()
    return LookBack(reversed_at=reversed_at, claimed=claimed, paid_later=paid_later, spent=spent)


def fold_members(member_ids: Collection[UUID]) -> None:
    """Let members show what their cover months and their opening cover come to."""
    parameters = {"members": list(member_ids), "zone": settings.CLOCK_OFFICIAL_ZONE}
    with connection.cursor() as cursor:
        cursor.execute(sql.FOLD_MEMBERS, parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """Why a payment is taken back, by whom: a counter's key, or a correction."""

    reason: ReversalReason
    actor: str
    key: str = ""
    key_id: int | None = None
    outlet_id: int | None = None
    correction_id: UUID | None = None


def _reference_of(command: ReverseCommand) -> str | None:
    """The reference that is meant; None for an id that this counter does not know."""
    if isinstance(command.target, str):
        return command.target
    found = _own_payments(command).filter(pk=command.target)
    return found.values_list("reference", flat=True).first()


def _own_payments(command: ReverseCommand) -> QuerySet[Payment]:
    """What the counter took or may have taken; its partner's, where no counter calls."""
    return Payment.objects.known_to(command.taker.partner_id, command.taker.outlet_id)


def _reverse_once(
    command: ReverseCommand, reference: str, changes: book.Changes, *, now: datetime
) -> ReverseOutcome:
    claimed = claim_key(_claim(command, reference))
    if isinstance(claimed, Earlier):
        return _earlier(claimed, command)
    payment = _with_bill_locked(_own_payments(command).filter(reference=reference))
    if payment is None:
        return _without_payment(command, reference, key_id=claimed, now=now)
    members = _locked_members(payment)
    look = look_back(payment.pk)
    if look.reversed_at is not None:
        conclude_with_payment(claimed, payment.pk, bill_id=payment.bill_id)
        return Replayed(payment_id=payment.pk)
    try:
        _check_window(payment, command, now=now)
        look.check()
    except DomainError as refusal:
        refused = Refused.of(refusal)
        conclude_with_refusal(claimed, refused)
        return refused
    _take_back(payment, _cause(command, key_id=claimed), now=now)
    _tell(payment, members, changes)
    return Reversed(payment_id=payment.pk, reversed_at=now)


def _claim(command: ReverseCommand, reference: str) -> Claim:
    """The key, and the right to say first whether a payment of this reference stands."""
    return Claim(
        caller=command.caller,
        operation="reverse",
        key=command.key,
        content=reference,
        alone=alone_with(command.taker.partner_id, reference),
    )


def _earlier(
    earlier: Earlier, command: ReverseCommand
) -> Replayed | Recorded | Inconsistent | Refused:
    """The first answer again, or the news that the key was about something else."""
    if not earlier.is_same:
        log.warning("reversal_key_reused", caller=command.caller)
        return Inconsistent(payment_id=earlier.payment_id)
    if earlier.payment_id is not None:
        return Replayed(payment_id=earlier.payment_id)
    is_recorded = earlier.refused.code == RECORDED
    return Recorded(is_repeat=True) if is_recorded else earlier.refused


def _without_payment(
    command: ReverseCommand, reference: str, *, key_id: int, now: datetime
) -> Recorded | Refused:
    """Recorded, unless somebody has late money of the reference already."""
    named = LateMoney.objects.filter(partner=command.taker.partner_id, reference=reference)
    if named.with_an_owner().exists():
        refused = Refused(code=ReversalWindowClosed.code)
        conclude_with_refusal(key_id, refused)
        return refused
    _record_tombstone(command, reference, key_id=key_id, now=now)
    return Recorded()


def _with_bill_locked(payments: QuerySet[Payment]) -> Payment | None:
    """The one payment, with a lock on its code and its bill: what it has of these by then."""
    payment = payments.select_related("partner").first()
    if payment is None:
        return None
    if payment.reservation_id is not None:
        codes = ReservedCode.objects.filter(pk=payment.reservation_id)
        codes.select_for_update(no_key=True).get()
        payment.refresh_from_db(fields=["bill"])
    if payment.bill_id is not None:
        Bill.objects.only("pk").select_for_update(no_key=True).get(pk=payment.bill_id)
    return payment


def _locked_members(payment: Payment) -> list[tuple[UUID, UUID | None]]:
    """Whose months or credit the payment gave, with their present agents, by ascending id."""
    with connection.cursor() as cursor:
        cursor.execute(sql.LOCK_TOUCHED, {"payment": payment.pk, "bill": payment.bill_id})
        return list(cursor.fetchall())


def _check_window(payment: Payment, command: ReverseCommand, *, now: datetime) -> None:
    """Until the cut-off of its settlement day, and never of late money.

    Raises ReversalWindowClosed.
    """
    today = settlement_date(now.astimezone(official_zone()), cutoff=command.taker.cutoff)
    if payment.late_post or today > payment.settlement_date:
        raise ReversalWindowClosed


def _cause(command: ReverseCommand, *, key_id: int) -> _Cause:
    return _Cause(
        reason=command.reason,
        actor=command.caller,
        key=command.key,
        key_id=key_id,
        outlet_id=command.taker.outlet_id,
    )


def _record_tombstone(
    command: ReverseCommand, reference: str, *, key_id: int, now: datetime
) -> None:
    parameters: dict[str, Any] = {
        "partner": command.taker.partner_id,
        "reference": reference,
        "key": command.key,
        "key_id": key_id,
        "reason": command.reason,
        "outlet": command.taker.outlet_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.RECORD_TOMBSTONE, parameters)
    log.info("reversal_recorded", caller=command.caller)


def _take_back(payment: Payment, cause: _Cause, *, now: datetime) -> None:
    """The reversal, free months, the mirror of every entry, and the credit of the months."""
    partner = payment.partner
    settled_on = settlement_date(
        now.astimezone(official_zone()), cutoff=partner.cutoff_time if partner else DEFAULT_CUTOFF
    )
    parameters: dict[str, Any] = {
        "payment": payment.pk,
        "bill": payment.bill_id,
        "partner": payment.partner_id,
        "reference": payment.reference,
        "key": cause.key,
        "key_id": cause.key_id,
        "reason": cause.reason,
        "outlet": cause.outlet_id,
        "correction": cause.correction_id,
        "actor": cause.actor,
        "settlement_date": settled_on,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.TAKE_BACK, parameters)
        cursor.execute(sql.MIRROR_ENTRIES, parameters)
    take_back_credit(payment.pk, actor=cause.actor, now=now)


def _tell(
    payment: Payment, members: Sequence[tuple[UUID, UUID | None]], changes: book.Changes
) -> None:
    """The members as they are now, the outbox, and the books of their agents."""
    fold_members([member_id for member_id, _agent_id in members])
    messages.queue("payment.reversed", payment.pk)
    tell_agents(members, changes)
    log.info("payment_reversed", payment=str(payment.pk))
