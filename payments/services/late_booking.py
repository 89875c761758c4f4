"""Writing down late money: its payment, its entries, and the fact of where each rupiah went."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from payments.late_plan import LatePlan
from payments.models import Account, Bill, Channel, EntryKind, JournalEntry, LateMoney
from payments.services.bill_writing import write_bill
from payments.services.holding import keep
from payments.services.journal import EntryDraft, LineDraft, enter
from payments.services.late_judging import Judged
from payments.services.late_notices import LateNotice
from payments.services.makers import SystemMaker
from payments.services.pay_commands import LateTerms, PayCommand, Taker
from payments.services.posting import book_payment, tell_agents
from perisai.clock import official_date
from perisai.months import month_of
from sync.services import book


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Late money that was judged, and the settlement day that it is booked on."""

    notice: LateNotice
    judged: Judged
    settled_on: date
    now: datetime
    payment_id: UUID | None = None


def with_bill(booking: Booking) -> Booking:
    """The judged bill, which is made now unless there is one."""
    judged = booking.judged
    if judged.draft is None:
        return booking
    bill_id = write_bill(judged.draft, maker=SystemMaker(), now=booking.notice.paid_at)
    bill = Bill.objects.get(pk=bill_id)
    return replace(booking, judged=replace(judged, bill=bill, draft=None))


def pay_judged(booking: Booking, terms: LateTerms, *, key_id: int) -> UUID:
    """The payment of the judged bill; its id."""
    bill = booking.judged.bill
    if bill is None:
        raise AssertionError("lines are paid by a bill")
    command = _command(booking.notice, bill.code, booking.judged.plan.payable, terms)
    return book_payment(bill.pk, command, key_id=key_id, now=booking.now).pk


def hold_for_code(booking: Booking, terms: LateTerms, *, key_id: int) -> Booking:
    """All of it under the code that its number is, whose member has not come yet (R10)."""
    notice = booking.notice
    command = _command(notice, notice.known_number, notice.amount, terms)
    month = month_of(official_date(notice.paid_at))
    kept = keep(command, month, key_id=key_id, now=booking.now)
    judged = Judged(plan=LatePlan(held=notice.amount))
    return replace(booking, judged=judged, payment_id=kept["payment"])


def _command(notice: LateNotice, code: str, amount: int, terms: LateTerms) -> PayCommand:
    """The partner's words as those of a counter that took so much for a code."""
    return PayCommand(
        channel=Channel.SETTLEMENT,
        taker=Taker(
            partner_id=notice.partner_id, admin_fee=notice.fee, cutoff=time(), outlet_id=None
        ),
        key=notice.reference,
        bill_code=code,
        amount=amount,
        reference=notice.reference,
        paid_at=notice.paid_at,
        terminal=notice.terminal,
        late=terms,
    )


def tell_books(judged: Judged, changes: book.Changes) -> None:
    """The phones of the members whose cover moved."""
    moved = dict.fromkeys(line.member_id for line in judged.plan.lines)
    tell_agents(((member_id, judged.agents[member_id]) for member_id in moved), changes)


def keep_money(booking: Booking) -> LateMoney:
    """The entries of what pays for no month, and the fact."""
    notice, plan = booking.notice, booking.judged.plan
    return LateMoney.objects.create(
        partner_id=notice.partner_id,
        reference=notice.reference,
        number=notice.known_number,
        amount=notice.amount,
        fee=notice.fee,
        paid_at=notice.paid_at,
        terminal=notice.terminal,
        settlement_date=booking.settled_on,
        late_posted=plan.payable + plan.held,
        credited=plan.credited,
        suspended=plan.suspended,
        why=plan.why or "",
        payment_id=booking.payment_id,
        surplus=_enter(booking, EntryKind.SURPLUS, credit_lines(plan.credits.items())),
        suspense=_enter(booking, EntryKind.SUSPENSE, _suspense_lines(booking)),
        correction_id=notice.correction_id,
        posted_at=booking.now,
    )


def credit_lines(credits: Iterable[tuple[UUID, int]]) -> list[LineDraft]:
    """Rupiah on members' credit, by ascending id."""
    return [
        LineDraft(account=Account.MEMBER_CREDIT, amount=-amount, member_id=member_id)
        for member_id, amount in sorted(credits)
    ]


def _suspense_lines(booking: Booking) -> list[LineDraft]:
    suspended = booking.judged.plan.suspended
    if not suspended:
        return []
    return [
        LineDraft(account=Account.SUSPENSE, amount=-suspended, partner_id=booking.notice.partner_id)
    ]


def _enter(booking: Booking, kind: EntryKind, lines: list[LineDraft]) -> JournalEntry | None:
    """What the partner owes for the lines. A surplus goes with its payment, suspense waits."""
    if not lines:
        return None
    notice = booking.notice
    owed = LineDraft(
        account=Account.PARTNER_RECEIVABLE,
        amount=-sum(line.amount for line in lines),
        partner_id=notice.partner_id,
    )
    return enter(
        EntryDraft(
            kind=kind,
            settlement_date=booking.settled_on,
            posted_at=booking.now,
            actor=notice.caller,
            reference=f"{notice.caller}:{notice.reference}",
            correction_id=notice.correction_id,
            payment_id=booking.payment_id if kind == EntryKind.SURPLUS else None,
            lines=[owed, *lines],
        )
    )
